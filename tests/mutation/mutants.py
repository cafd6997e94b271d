"""Mutants of a module, and a server that runs tests against one: this project's few changes of syntax, and an import hook.

Of our own, since mutmut and cosmic-ray write each mutant into the tree and take a module's name from its path, and here the
folders at the top are packages of `contrastive_claims`. No file is written: the loader is handed other source in a child process,
so that a run can be killed at any moment. The server has imported what is not ours (torch takes seconds), and forks for each.
What only processes that tests start would notice is not noticed.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.machinery
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
DROPPED = {"log", "exp", "expm1", "log1p", "sqrt", "abs", "clip", "maximum", "minimum", "sorted", "sort", "normalise"}
EXCHANGED = {
    "min": "max", "max": "min", "argmin": "argmax", "argmax": "argmin", "any": "all", "all": "any", "sum": "mean", "mean": "sum",
    "amin": "amax", "amax": "amin",
}  # fmt: skip
SKIPPED = ("annotation", "returns", "decorator_list")
MEMORY = 16 << 30


@dataclass(frozen=True)
class Mutant:
    """`old` at bytes [start, end) of the file's source becomes `new`."""

    path: str
    line: int
    start: int
    end: int
    old: str
    new: str

    def source(self) -> str:
        text = (ROOT / self.path).read_bytes()
        return (text[: self.start] + self.new.encode() + text[self.end :]).decode()

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.path}:{self.line}: {old[:100]} -> {new[:100]}"


def mutants(path: str, text: str) -> list[Mutant]:
    """All mutants of a module: of operators, comparisons, conditions, numbers, signs, calls, `raise` and statements.

    Texts, f-strings, annotations, decorators and __all__ are left alone: what they say decides no number.
    """
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node, new in _changes(ast.parse(text)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        old = text.encode()[start:end].decode()
        if isinstance(node, ast.expr):
            new = f"({new})"
        found.append(Mutant(path, node.lineno, start, end, old, new))
    return found


def _changes(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield from ((node, ast.unparse(ast.fix_missing_locations(new))) for new in _changed(node))
        if isinstance(node, ast.If | ast.IfExp):
            yield node.test, f"not ({ast.unparse(node.test)})"
        for name, value in ast.iter_fields(node):
            if name not in SKIPPED:
                waiting += [part for part in (value if isinstance(value, list) else [value]) if _visited(part)]


def _visited(node: object) -> bool:
    # an f-string's parts have no places of their own in Python 3.11
    return isinstance(node, ast.AST) and not isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom)


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in COMPARISONS:
            yield ast.Compare(left, [COMPARISONS[type(operator)]()], [right])
        case ast.BinOp(left, operator, right) if type(operator) in ARITHMETIC and not _text(left, right):
            yield ast.BinOp(left, ARITHMETIC[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.And() if isinstance(operator, ast.Or) else ast.Or(), values)
        case ast.UnaryOp(operator, operand) if not isinstance(operator, ast.UAdd):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(float(value)):
            yield ast.Constant(2 * value or 1.0)
        case ast.Call(ast.Name(name) | ast.Attribute(attr=name), [first, *_]) if name in DROPPED:
            yield first
        case ast.Call(ast.Name(name), arguments, keywords) if name in EXCHANGED:
            yield ast.Call(ast.Name(EXCHANGED[name]), arguments, keywords)
        case ast.Call(ast.Attribute(owner, name), arguments, keywords) if name in EXCHANGED:
            yield ast.Call(ast.Attribute(owner, EXCHANGED[name]), arguments, keywords)
        case ast.Raise() | ast.AugAssign() | ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Slice(lower, upper, step) if lower is not None and upper is None:
            yield ast.Slice(None, lower, step)


def _text(*nodes: ast.AST) -> bool:
    return any(
        isinstance(n, ast.JoinedStr) or (isinstance(n, ast.Constant) and isinstance(n.value, str)) for n in nodes
    )


def handed(path: Path, source: str) -> None:
    """From now on the module at `path` is made of `source`, whatever loader reads it."""
    real = importlib.machinery.SourceFileLoader.get_data

    def get_data(loader: importlib.machinery.SourceFileLoader, name: str) -> bytes:
        if Path(loader.path).resolve() != path.resolve():
            return real(loader, name)
        if Path(name).suffix == ".pyc":
            raise OSError("compiled from the file's own source")
        return source.encode()

    importlib.machinery.SourceFileLoader.get_data = get_data
    sys.dont_write_bytecode = True  # it would lie where that of the file's own source does


def _tested(task: dict) -> int:
    """In the forked child: pytest's exit status with the mutant in place of its module."""
    import hypothesis
    import pytest

    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    silent = os.open(task["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # nobody asks for the smallest example
    hypothesis.settings.register_profile("mutation", phases=phases, database=None, deadline=None)
    hypothesis.settings.load_profile("mutation")
    if task["source"] is not None:
        handed(ROOT / task["path"], task["source"])
    preloaded = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *preloaded, *task["options"], *task["tests"]]))


def serve() -> None:
    """One line of JSON for each task on stdin: {path, source, tests, options, log, limit}; {status, seconds} on stdout. A status
    of None: killed at the limit of time, or by a signal."""
    import beartype  # noqa: F401
    import hypothesis.extra.numpy  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import networkx  # noqa: F401
    import pyarrow  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    import torch
    import torch._dynamo  # the first optimiser imports it

    torch.set_num_threads(1)
    for line in sys.stdin:
        task = json.loads(line)
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            status = 3
            try:
                status = _tested(task)
            except Exception:  # noqa: BLE001 (the parent's loop must not go on here)
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        status = _waited(child, began + task["limit"])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what the tests started and left
        print(json.dumps({"status": status, "seconds": time.monotonic() - began}), flush=True)


def _waited(child: int, until: float) -> int | None:
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else None
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    serve()
