"""The formulas that certificates speak of: plain nested lists, evaluated in whatever arithmetic the proof needs.

A formula is a symbol ("x"), a rational ("3/5" or an int) or [operation, argument, ...] with the operations below. It is
data: strict JSON, never code. Evaluation over exact rational functions decides identities, over Arb balls signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flint import arb, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

Formula = Any  # str | int | list; recursive, so not worth a type of its own
RATIONAL = "-?[0-9]+(/[0-9]*[1-9][0-9]*)?"
TERMS = 200_000  # of a product of polynomials before like terms are collected: ten times what the claims need


class Expression:
    """A formula under construction: `(x * q + y) / x` reads as it is written; `.formula` is the plain data."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def __add__(self, other: Expression | int | str) -> Expression:
        return _node("+", self, other)

    def __radd__(self, other: int) -> Expression:
        return _node("+", other, self)

    def __sub__(self, other: Expression | int | str) -> Expression:
        return _node("-", self, other)

    def __rsub__(self, other: int) -> Expression:
        return _node("-", other, self)

    def __mul__(self, other: Expression | int | str) -> Expression:
        return _node("*", self, other)

    def __rmul__(self, other: int) -> Expression:
        return _node("*", other, self)

    def __truediv__(self, other: Expression | int | str) -> Expression:
        return _node("/", self, other)

    def __rtruediv__(self, other: int) -> Expression:
        return _node("/", other, self)


def symbols(names: str) -> list[Expression]:
    """Symbols from a blank-separated list of names."""
    return [Expression(name) for name in names.split()]


def function(name: str, argument: Expression) -> Expression:
    """exp, log, sinh, cosh or tanh of an expression."""
    return _node(name, argument)


def _node(operation: str, *arguments: Expression | int | str) -> Expression:
    return Expression([operation, *(a.formula if isinstance(a, Expression) else a for a in arguments)])


def rational(text: str | int) -> fmpq:
    """An exact rational from an int, "p" or "p/q" in plain digits. Raises ValueError on anything else."""
    if isinstance(text, bool) or not isinstance(text, int | str) or not re.fullmatch(RATIONAL, str(text)):
        raise ValueError(f"{text!r:.80} is not a rational")
    top, _, bottom = str(text).partition("/")
    return fmpq(int(top), int(bottom or 1))


def symbol(name: str) -> str:
    """`name` if it can be a symbol. Raises ValueError otherwise: a certificate may give no value to a literal."""
    if not name.isidentifier():
        raise ValueError(f"{name!r} is not a symbol")
    return name


def evaluate(formula: Formula, at: Mapping[str, Any], number: Callable[[fmpq], Any] = arb) -> Any:
    """A formula at a point of balls (an enclosure), or of rationals with `number=fmpq` (exact, without functions).

    Raises ValueError on an unknown symbol or operation, ZeroDivisionError on an exact division by zero.
    """
    if isinstance(formula, str) and formula in at:
        return at[formula]
    if isinstance(formula, str | int):
        return number(rational(formula))
    operation, *arguments = formula
    values = [evaluate(argument, at, number) for argument in arguments]
    match operation, values:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b]:
            return a / b
        case (("exp" | "log" | "sinh" | "cosh" | "tanh"), [a]):
            return getattr(a, operation)()
    raise ValueError(f"unknown operation {operation!r} with {len(values)} arguments")


def canonical(formula: Formula) -> Any:
    """A formula as nested tuples in which an int and its text are one, so that equal formulas compare equal.

    Raises ValueError for what is no formula (a boolean, a float, a dictionary).
    """
    if isinstance(formula, bool) or not isinstance(formula, int | str | list | tuple):
        raise ValueError(f"{formula!r:.80} is not a formula")
    if isinstance(formula, int | str):
        return str(formula)
    if not formula or not isinstance(formula[0], str):
        raise ValueError(f"{formula!r:.80} is not a formula")
    return (formula[0], *(canonical(argument) for argument in formula[1:]))


def written(formula: Formula) -> str:
    """A formula as one writes it, for messages."""
    if not isinstance(formula, list | tuple):
        return str(formula)
    if len(formula) == 3:
        return f"({written(formula[1])} {formula[0]} {written(formula[2])})"
    return f"{formula[0]}({', '.join(written(argument) for argument in formula[1:])})"


def denominators(formula: Formula) -> list[Formula]:
    """Everything that a formula divides by."""
    if not isinstance(formula, list | tuple):
        return []
    inner = [found for argument in formula[1:] for found in denominators(argument)]
    return [*inner, formula[2]] if formula[0] == "/" else inner


def _product(a: fmpq_mpoly, b: fmpq_mpoly) -> fmpq_mpoly:
    """a b. Raises ValueError where expanding it could take all time and memory."""
    if len(a) * len(b) > TERMS:
        raise ValueError(f"a product of polynomials of {len(a)} and {len(b)} terms is too large")
    return a * b


class Fraction:
    """Quotient of two polynomials over the rationals; kept unreduced, compared by cross-multiplication."""

    def __init__(self, top: fmpq_mpoly, bottom: fmpq_mpoly) -> None:
        if bottom == 0:
            raise ValueError("a denominator vanishes identically")
        self.top, self.bottom = top, bottom

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fraction) and _product(self.top, other.bottom) == _product(other.top, self.bottom)

    __hash__ = None  # type: ignore[assignment]


def names_in(formula: Formula) -> set[str]:
    """Symbols of a formula (what reads as an identifier; everything else must be a rational)."""
    if isinstance(formula, int):
        return set()
    if isinstance(formula, str):
        return {formula} if formula.isidentifier() else set()
    return set().union(*(names_in(argument) for argument in formula[1:]))


def rational_function(formula: Formula, names: list[str]) -> Fraction:
    """A formula without transcendental operations as an exact rational function of `names`."""
    context = fmpq_mpoly_ctx.get(names, "lex")
    generators = dict(zip(names, context.gens(), strict=True))
    one = context.constant(1)

    def build(part: Formula) -> Fraction:
        if isinstance(part, str) and part in generators:
            return Fraction(generators[part], one)
        if isinstance(part, str | int):
            return Fraction(context.constant(rational(part)), one)
        operation, left, right = part
        a, b = build(left), build(right)
        match operation:
            case "+":
                return Fraction(_product(a.top, b.bottom) + _product(b.top, a.bottom), _product(a.bottom, b.bottom))
            case "-":
                return Fraction(_product(a.top, b.bottom) - _product(b.top, a.bottom), _product(a.bottom, b.bottom))
            case "*":
                return Fraction(_product(a.top, b.top), _product(a.bottom, b.bottom))
            case "/":
                return Fraction(_product(a.top, b.bottom), _product(a.bottom, b.top))
        raise ValueError(f"operation {operation!r} has no exact rational value")

    return build(formula)
