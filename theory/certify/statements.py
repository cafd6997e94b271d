"""What a step of a proof concludes: plain data owned by a specification, to which a certificate adds a witness only.

- Identity: left = right as rational functions of their symbols, where no denominator vanishes.
- Nonnegative: expression >= 0 (> 0 if strict), by a nonnegative combination of products of facts (Handelman's form).
- Summed: expression >= 0, where expression is the sum over a finite index of terms that are each >= 0.
- Pointwise: expression compared with 0 at one rational point; the point is the statement's, or (an existence claim) the
  certificate's, and then the same for all such steps of a claim and within the claim's domain.
- Boxes: expression > 0 on a box, by interval evaluation on the leaves of a bisection tree that covers it by construction.
- Enclosure: a root in y lies in (low, high), no wider than `widest` (difference, ratio), on a whole box of the other symbols.
- Optimum: vectors whose loss lies within `GAP` of the minimum, for a problem and near an optimum that `law` accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from contrastive_claims.theory.certify.expression import (
    Expression,
    Formula,
    canonical,
    denominators,
    names_in,
    rational_function,
    written,
)
from contrastive_claims.theory.certify.facts import Fact, Known


class Slip(Exception):
    """Why a step of a certificate is refused."""


def plain(value: Expression | Formula) -> Formula:
    """The data of an expression."""
    return value.formula if isinstance(value, Expression) else value


@dataclass(frozen=True)
class Identity:
    name: str
    says: str
    left: Formula
    right: Formula

    kind = "identity"
    witness = ()

    def stated(self) -> dict[str, Any]:
        return {"left": self.left, "right": self.right}


@dataclass(frozen=True)
class Nonnegative:
    name: str
    says: str
    expression: Formula
    strict: bool = False
    assuming: tuple[Fact, ...] = ()

    kind = "nonnegative"
    witness = ("combination",)

    def stated(self) -> dict[str, Any]:
        return {"expression": self.expression, "strict": self.strict}


@dataclass(frozen=True)
class Summed:
    """`sums`: (what depends on the index, its sum over it), the constant term "1" with the number of terms among them."""

    name: str
    says: str
    expression: Formula
    sums: tuple[tuple[Formula, Formula], ...]

    kind = "summed"
    witness = ("coefficients", "combination")
    strict = False

    def stated(self) -> dict[str, Any]:
        return {"expression": self.expression, "sums": [list(pair) for pair in self.sums]}


@dataclass(frozen=True)
class Pointwise:
    name: str
    says: str
    expression: Formula
    relation: str
    at: tuple[tuple[str, str], ...] | None = None  # None: the certificate's

    kind = "pointwise"

    @property
    def witness(self) -> tuple[str, ...]:
        return () if self.at else ("at",)

    def stated(self) -> dict[str, Any]:
        owned = {"at": dict(self.at)} if self.at else {}
        return {"expression": self.expression, "relation": self.relation, **owned}


@dataclass(frozen=True)
class Boxes:
    name: str
    says: str
    expression: Formula
    domain: tuple[tuple[str, tuple[str, str]], ...]

    kind = "boxes"
    witness = ("tree",)

    def stated(self) -> dict[str, Any]:
        return {"expression": self.expression, "domain": {name: list(ends) for name, ends in self.domain}}


@dataclass(frozen=True)
class Enclosure:
    """expression < 0 at y = low and > 0 at y = high, on the whole box; high - low and high / low at most `widest`."""

    name: str
    says: str
    expression: Formula
    domain: tuple[tuple[str, tuple[str, str]], ...]
    widest: tuple[str, str]

    kind = "enclosure"
    witness = ("low", "high", "below", "above")

    def stated(self) -> dict[str, Any]:
        return {"expression": self.expression, "domain": {name: list(ends) for name, ends in self.domain}}


@dataclass(frozen=True)
class Optimum:
    """`law` names the side of a threshold on which the problem lies, or raises Slip: the problem is outside the claim's
    hypotheses, or the vectors are not near the optimum that the claim states."""

    name: str
    says: str
    problem: str  # "population" or "supervised"
    law: Callable[[Any], str]

    kind = "duality"

    @property
    def witness(self) -> tuple[str, ...]:
        return PROBLEMS[self.problem]

    def stated(self) -> dict[str, Any]:
        return {"problem": self.problem}


PROBLEMS = {
    "population": ("proportions", "connectivity", "temperature", "vectors", "gap"),
    "supervised": ("labels", "temperature", "epsilon", "loss", "vectors", "gap"),
}
FUNCTIONS = ("exp", "log", "sinh", "cosh", "tanh")
Statement = Identity | Nonnegative | Summed | Pointwise | Boxes | Enclosure | Optimum


@dataclass(frozen=True)
class Specification:
    """What must be concluded for a claim, from which facts, and what stays in prose.

    Raises ValueError, when made, for a step that bears another's name, a conclusion that is already a fact, or a denominator
    that may vanish on the domain.
    """

    claim: str
    facts: tuple[Fact, ...]
    steps: tuple[Statement, ...]
    rests_on: tuple[str, ...]
    logarithms: tuple[tuple[str, Formula], ...] = ()  # (symbol, what it is the logarithm of)
    sides: tuple[tuple[str, int], ...] = ()  # (side of a law, the least number of optima on it)

    def __post_init__(self) -> None:
        if len({step.name for step in self.steps}) < len(self.steps) or not self.steps or not self.rests_on:
            raise ValueError(f"{self.claim}: steps need names of their own, and what stays in prose must be said")
        known = self.known()
        for step in self.steps:
            here = known.and_also(getattr(step, "assuming", ()))
            if isinstance(step, Identity):
                check_denominators(["+", step.left, step.right], here)
            if isinstance(step, Nonnegative | Summed):
                check_denominators(step.expression, here)
                if any(restates(step.expression, fact) for fact in here.signs):
                    raise ValueError(f"{self.claim}, {step.name!r}: the conclusion is already a fact")
                known = known.concluding(step)
            if isinstance(step, Summed):
                indexed = set().union(*(names_in(part) for part, _ in step.sums))
                if indexed & (names_in(step.expression).union(*(names_in(total) for _, total in step.sums))):
                    raise ValueError(f"{self.claim}, {step.name!r}: the index occurs outside of its sum")

    def known(self) -> Known:
        """What is known before the first step."""
        signs = {canonical(fact.formula): fact.sign for fact in self.facts}
        return Known(signs, {name: ("log", canonical(of)) for name, of in self.logarithms})

    @property
    def point(self) -> set[str]:
        """The symbols to which a certificate gives values: those of the existence claims."""
        free = [step.expression for step in self.steps if isinstance(step, Pointwise) and step.at is None]
        return set().union(*map(names_in, free))

    def step(self, name: str) -> Statement:
        """The step of that name. Raises LookupError if there is none."""
        found = [step for step in self.steps if step.name == name]
        if not found:
            raise LookupError(f"{self.claim} has no step {name!r}")
        return found[0]


def check_denominators(formula: Any, known: Known) -> None:
    """Raise ValueError if a formula divides by something that is not positive by construction."""
    for bottom in denominators(formula):
        if known.sign(bottom) != ">0":
            raise ValueError(f"divides by {written(bottom)}, which may vanish")


def identity(name: str, says: str, left: Expression | int, right: Expression | int) -> Identity:
    """left = right."""
    return Identity(name, says, plain(left), plain(right))


def nonnegative(
    name: str, says: str, expression: Expression, strict: bool = False, assuming: tuple[Fact, ...] = ()
) -> Nonnegative:
    """expression >= 0, or > 0."""
    return Nonnegative(name, says, plain(expression), strict, assuming)


def summed(name: str, says: str, expression: Expression, sums: Mapping[Any, Any]) -> Summed:
    """expression >= 0 as a sum over an index; `sums`: what depends on the index -> its sum."""
    return Summed(name, says, plain(expression), tuple((plain(part), plain(total)) for part, total in sums.items()))


def pointwise(
    name: str, says: str, expression: Expression, relation: str, at: Mapping[str, str] | None = None
) -> Pointwise:
    """expression relation 0 at a point."""
    return Pointwise(name, says, plain(expression), relation, tuple(at.items()) if at else None)


def boxes(name: str, says: str, expression: Expression, domain: Mapping[str, tuple[str, str]]) -> Boxes:
    """expression > 0 on a box."""
    return Boxes(name, says, plain(expression), tuple(domain.items()))


def restates(conclusion: Formula, fact: Formula) -> bool:
    """Whether a conclusion is a positive multiple of a fact."""
    if any(isinstance(part, tuple | list) and part[0] in FUNCTIONS for part in (conclusion, fact)):
        return canonical(conclusion) == canonical(fact)
    names = sorted(names_in(conclusion) | names_in(fact))
    a, b = rational_function(conclusion, names), rational_function(fact, names)
    point = [fmpq(2 * k + 3, k + 2) for k in range(len(names))]
    if not names:
        return canonical(conclusion) == canonical(fact)
    values = [part(*point) for part in (a.top, b.bottom, a.bottom, b.top)]
    if not all(values):
        return canonical(conclusion) == canonical(fact)
    multiple = values[0] * values[1] / (values[2] * values[3])
    return bool(multiple > 0) and same_function(conclusion, ["*", str(multiple), fact])


def same_function(left: Formula, right: Formula) -> bool:
    """Whether two formulas are the same rational function."""
    names = sorted(names_in(left) | names_in(right))
    return rational_function(left, names) == rational_function(right, names)
