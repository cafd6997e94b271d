"""Builders of certificate steps: what a proof hands to the re-checker, as plain data (see `recheck.py` for the kinds)."""

from __future__ import annotations

from typing import Any

from theory.certify.expression import Expression

Step = dict[str, Any]
Fact = tuple[Expression, str, str]  # formula, sign (">0" or ">=0"), why


def plain(value: Expression | int) -> Any:
    """The data of an expression."""
    return value.formula if isinstance(value, Expression) else value


def identity(says: str, left: Expression | int, right: Expression | int) -> Step:
    """left = right as rational functions of their symbols."""
    return {"kind": "identity", "says": says, "left": plain(left), "right": plain(right)}


def nonnegative(
    says: str,
    expression: Expression,
    given: dict[str, Fact],
    combination: list[tuple[str, list[str]]],
    strict: bool = False,
) -> Step:
    """expression = sum of coefficient * product of facts, hence >= 0 (> 0 if strict)."""
    return {
        "kind": "nonnegative",
        "says": says,
        "expression": expression.formula,
        "given": {name: {"formula": e.formula, "sign": sign, "because": why} for name, (e, sign, why) in given.items()},
        "combination": [[coefficient, factors] for coefficient, factors in combination],
        "strict": strict,
    }


def witness(says: str, expression: Expression, relation: str, at: dict[str, str]) -> Step:
    """expression relation 0 at one rational point."""
    return {"kind": "witness", "says": says, "expression": expression.formula, "relation": relation, "at": at}


def boxes(says: str, expression: Expression, domain: dict[str, tuple[str, str]], tree: Any) -> Step:
    """expression > 0 on the box `domain`, on the leaves of a bisection tree."""
    return {
        "kind": "boxes",
        "says": says,
        "expression": expression.formula,
        "domain": {name: list(ends) for name, ends in domain.items()},
        "tree": tree,
    }
