"""What a finished piece of work depends on, as one digest: code (as syntax, without comments and docstrings), data,
versions, device, threads."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import subprocess
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

FIRST_PARTY = ("contrastive_claims",)
ABSENT = "absent"
LIBRARIES = ("numpy", "scipy", "torch", "python-flint")


def digest(content: Any) -> str:
    """SHA-256 of canonical JSON. Raises ValueError or TypeError on anything that strict JSON cannot hold."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache
def versions() -> Mapping[str, str]:
    """Versions of the libraries that can change a number."""
    return {name: version(name) for name in LIBRARIES}


@lru_cache
def package_versions(names: tuple[str, ...]) -> Mapping[str, str]:
    """Versions of other distributions by name, "absent" where one is not installed."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ABSENT
    return found


def fingerprint(modules: Iterable[str]) -> str:
    """Digest of the syntax trees of `modules` and of all that they import from this project, transitively.

    Comments, docstrings and layout do not count; imports inside functions do.
    """
    trees: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in trees or name.split(".")[0] not in FIRST_PARTY:
            continue
        path = source_of(name)
        if path is None:
            continue
        tree = ast.parse(path.read_text("utf-8"), str(path))
        trees[name] = hashlib.sha256(ast.dump(without_docstrings(tree)).encode()).hexdigest()
        waiting += imported(tree, name if path.name == "__init__.py" else name.rpartition(".")[0])
        waiting += [name.rpartition(".")[0]]
    return digest(trees)


def source_of(name: str) -> Path | None:
    """Source file of a module, found without running it; None if there is no such module (an attribute, say)."""
    root = importlib.util.find_spec(name.split(".")[0])
    if root is None or not root.submodule_search_locations:
        return None
    for folder in root.submodule_search_locations:  # in a checkout two
        base = Path(folder).joinpath(*name.split(".")[1:])
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                return path
    return None


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return tree


def imported(tree: ast.Module, package: str) -> list[str]:
    """Names that a module may import: for `from a import b` both a and a.b, since b may be a module."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


def commit() -> str:
    """The checkout's commit, with "+" if there are changes on top; "" outside a checkout of this project (installed into
    another one's folder, that one's commit would say nothing)."""
    here = Path(__file__).parents[2]

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(here), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        top = git("rev-parse", "--show-toplevel")
        if not top or Path(top).resolve() != here.resolve():
            return ""
        head = git("rev-parse", "HEAD")
        return head + ("+" if head and git("status", "--porcelain", "--", "*.py") else "")
    except FileNotFoundError:  # no git on this machine: the record says so by an empty commit
        return ""
