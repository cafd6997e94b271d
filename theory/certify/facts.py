"""The primitive facts: what alone a proof may take for granted, and the signs that follow by construction.

A fact is declared by a specification, never by a certificate. Each is an instance of a template below (checked when it is
made) with its meaning in words. From declared facts a sign follows *by construction* for sums, products and quotients of
positive things, for squares, and for r - 1 - log r; anything else has to be the conclusion of an earlier step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flint import fmpq

from contrastive_claims.theory.certify.expression import (
    Expression,
    Formula,
    canonical,
    evaluate,
    names_in,
    rational,
    written,
)

POSITIVE, NONNEGATIVE = ">0", ">=0"


def _is_symbol(formula: Any) -> bool:
    return isinstance(formula, str) and formula.isidentifier()


def _is_difference(formula: Any) -> bool:
    return isinstance(formula, tuple) and formula[0] == "-" and all(_is_symbol(part) for part in formula[1:])


def _is_bounded_symbol(formula: Any) -> bool:
    """x, x + k, x - k or k - x for a symbol x and a rational k."""
    if _is_symbol(formula):
        return True
    sides = formula[1:] if isinstance(formula, tuple) and formula[0] in ("+", "-") else ()
    return len(sides) == 2 and sum(_is_symbol(side) for side in sides) == 1 and all(isinstance(s, str) for s in sides)


# name: (why it is true, which formulas are instances, which signs it may have)
PRIMITIVES: dict[str, tuple[str, Callable[[Any], bool], tuple[str, ...]]] = {
    "exponential": ("e^u > 0, and so is a nonempty sum of exponentials", _is_symbol, (POSITIVE,)),
    "largest": ("of finitely many numbers none exceeds the largest; exp keeps the order", _is_difference, (NONNEGATIVE,)),
    "number": ("a share, a probability, a connection, a count or a temperature within the bounds of its kind",
               _is_bounded_symbol, (POSITIVE, NONNEGATIVE)),
    "length": ("a square, a squared length or a variance", lambda f: isinstance(f, str | tuple), (NONNEGATIVE, POSITIVE)),
    "increment": ("an arbitrary step upwards", _is_symbol, (POSITIVE,)),
    "case": ("the case, or hypothesis, under which the step speaks", lambda f: True, (POSITIVE, NONNEGATIVE)),
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """formula sign 0, by the primitive fact of that name. Raises ValueError unless it is an instance of its template."""

    formula: Formula
    sign: str
    primitive: str
    meaning: str

    def __post_init__(self) -> None:
        _, fits, signs = PRIMITIVES[self.primitive]
        if self.sign not in signs or not fits(canonical(self.formula)) or not self.meaning:
            raise ValueError(f"{written(self.formula)} {self.sign} is no instance of {self.primitive!r}")


def fact(formula: Expression | str, sign: str, primitive: str, meaning: str) -> Fact:
    """A fact from an expression or the name of a symbol."""
    return Fact(formula.formula if isinstance(formula, Expression) else formula, sign, primitive, meaning)


def positive(names: str, primitive: str, meaning: str) -> tuple[Fact, ...]:
    """name > 0 for each of a blank-separated list of symbols."""
    return tuple(Fact(name, POSITIVE, primitive, meaning) for name in names.split())


@dataclass(frozen=True)
class Known:
    """What is known at a step: signs of formulas (declared, or concluded earlier), and which symbols are logarithms of what."""

    signs: Mapping[Any, str]
    logarithms: Mapping[str, Any] = field(default_factory=dict)

    def and_also(self, facts: tuple[Fact, ...]) -> Known:
        """With more facts."""
        return Known({**self.signs, **{canonical(f.formula): f.sign for f in facts}}, self.logarithms)

    def concluding(self, step: Any) -> Known:
        """With the conclusion of a step; what was concluded in one case only does not outlive it."""
        if getattr(step, "assuming", ()):
            return self
        return Known(
            {**self.signs, canonical(step.expression): POSITIVE if step.strict else NONNEGATIVE}, self.logarithms
        )

    def sign(self, formula: Formula) -> str | None:
        """The sign of a formula that follows from what is known by construction; None if none does."""
        return self._sign(canonical(formula))

    def _sign(self, formula: Any) -> str | None:
        declared = self.signs.get(formula)
        return declared if declared == POSITIVE else self._built(formula) or declared

    def _built(self, formula: Any) -> str | None:
        if isinstance(formula, str) and not names_in(formula):
            value = rational(formula)
            return POSITIVE if value > 0 else NONNEGATIVE if value == 0 else None
        if isinstance(formula, str):
            return None
        if formula[0] == "exp" and len(formula) == 2:
            return POSITIVE
        if len(formula) != 3:
            return None
        operation, left, right = formula
        if operation == "-" and not names_in(left) and not names_in(right):
            return self._sign(str(evaluate(formula, {}, fmpq)))
        if operation == "-":
            return NONNEGATIVE if self._is_tangent(left, right) else None
        a, b = self._sign(left), self._sign(right)
        if operation == "*" and left == right:
            return POSITIVE if a == POSITIVE else NONNEGATIVE
        if not a or not b or operation not in ("+", "*", "/") or (operation == "/" and b != POSITIVE):
            return None
        both = (a == POSITIVE) + (b == POSITIVE)
        return (
            POSITIVE
            if both == 2 or (operation == "+" and both == 1) or (operation == "/" and a == POSITIVE)
            else NONNEGATIVE
        )

    def _is_tangent(self, left: Any, right: Any) -> bool:
        """Whether left - right is r - 1 - log r for an r > 0."""
        if not (isinstance(left, tuple) and left[0] == "-" and len(left) == 3 and left[2] == "1"):
            return False
        logarithm = self.logarithms.get(right) if isinstance(right, str) else right
        return logarithm == ("log", left[1]) and self._sign(left[1]) == POSITIVE
