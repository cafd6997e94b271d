"""What a check really calls: the definitions that its code can reach by name, and one digest of them.

From a function the search follows every name that its syntax mentions (calls, constants, classes, annotations, imports inside
functions), through imports and attributes of modules, to the definition in this project's own code. A name that leads to a
package of `stops` ends the search there: what lies behind is keyed otherwise (trained models: by their recipe versions).
Module-level statements that define nothing count for every module that is reached. Names put together at run time are not
seen: checks have none.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from contrastive_claims.experiments.ledger import keys


@dataclass(frozen=True)
class Module:
    """A module's definitions by name, what its imports bind, and its other statements."""

    name: str
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, str] = field(
        default_factory=dict
    )  # bound name -> dotted path of a module or of something in one
    statements: list[ast.stmt] = field(default_factory=list)


@dataclass(frozen=True)
class Reached:
    """Digests of the definitions reached, by "module:name", and the packages at which the search stopped."""

    code: dict[str, str]
    stopped: frozenset[str]


def reached(check: str, stops: Iterable[str] = ()) -> Reached:
    """What the function "module:name" can reach; of code that is not this project's, nothing.

    Raises ValueError if this project has no such function.
    """
    module, _, name = check.partition(":")
    if module.split(".")[0] not in keys.FIRST_PARTY:
        return Reached({}, frozenset())
    if name not in _module(module).definitions:
        raise ValueError(f"there is no function {check}")
    code: dict[str, str] = {}
    stopped: set[str] = set()
    stops, waiting = tuple(stops), [f"{module}.{name}"]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        if stop := next((stop for stop in stops if path == stop or path.startswith(f"{stop}.")), None):
            stopped.add(stop)
            continue
        found, mentioned = _look(path)
        code |= found
        waiting += mentioned
    return Reached(code, frozenset(stopped))


@cache  # the source of a running process does not change
def _look(path: str) -> tuple[dict[str, str], list[str]]:
    """Digests of what stands at a dotted path, and the paths that it mentions."""
    if path.split(".")[0] not in keys.FIRST_PARTY:
        return {}, []
    if keys.source_of(path) is not None:  # a module used as such: all of it
        module = _module(path)
        return {}, [*(f"{path}.{name}" for name in module.definitions), *module.imports.values()]
    where, _, name = path.rpartition(".")
    if not where or keys.source_of(where) is None:  # an attribute of a definition: that definition counts
        return {}, [where] if where else []
    module = _module(where)
    if name in module.definitions:
        nodes = module.definitions[name]
        code = {f"{where}:{name}": _digest(nodes)}
        if module.statements:
            code[where] = _digest(module.statements)
        mentioned = {path for node in (*nodes, *module.statements) for path in _mentioned(node, module)}
        return code, sorted(mentioned)
    return {}, [module.imports[name]] if name in module.imports else []


def _mentioned(node: ast.AST, module: Module) -> Iterator[str]:
    """Dotted paths of the names and attribute chains in a definition, as far as imports and definitions resolve them."""
    bound = {**{name: f"{module.name}.{name}" for name in module.definitions}, **module.imports}
    for part in ast.walk(node):
        if isinstance(part, ast.Import | ast.ImportFrom):
            bound |= _bound_by(part, module.name)
    inner: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and id(part) not in inner:
            chain: ast.expr = part
            names: list[str] = []
            while isinstance(chain, ast.Attribute):
                names.append(chain.attr)
                chain = chain.value
                inner.add(id(chain))
            if isinstance(chain, ast.Name) and chain.id in bound:
                yield _deepest(bound[chain.id], names[::-1])
        elif isinstance(part, ast.Name) and id(part) not in inner and part.id in bound:
            yield bound[part.id]


def _deepest(path: str, attributes: list[str]) -> str:
    """The path followed through attributes while it is a module: what is asked of a definition belongs to the definition."""
    for attribute in attributes:
        if keys.source_of(path) is None:
            break
        path = f"{path}.{attribute}"
    return path


def _bound_by(node: ast.Import | ast.ImportFrom, module: str) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.split(".")[0]: alias.name if alias.asname else alias.name.split(".")[0]
            for alias in node.names
        }
    base = node.module or ""
    if node.level:
        path = keys.source_of(module)
        above = module if path is not None and path.name == "__init__.py" else module.rpartition(".")[0]
        above = ".".join(above.split(".")[: len(above.split(".")) - node.level + 1])
        base = f"{above}.{base}" if base else above
    return {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}


def _module(name: str) -> Module:
    path = keys.source_of(name)
    if path is None:
        raise ValueError(f"there is no module {name}")
    return _parsed(name, path)


@cache
def _parsed(name: str, path: Path) -> Module:
    module = Module(name)
    for node in keys.without_docstrings(ast.parse(path.read_text("utf-8"), str(path))).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module.imports.update(_bound_by(node, name))
        elif names := _defined(node):
            for each in names:
                module.definitions.setdefault(each, []).append(node)
        else:
            module.statements.append(node)
    return module


def _defined(node: ast.stmt) -> list[str]:
    """Names that a statement defines, [] if it does something else."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    names = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    return names if all(isinstance(t, ast.Name | ast.Tuple | ast.List) for t in targets) else []


def _digest(nodes: list[ast.stmt]) -> str:
    return hashlib.sha256("\n".join(ast.dump(node) for node in nodes).encode()).hexdigest()
