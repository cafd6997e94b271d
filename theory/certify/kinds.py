"""How a step of each kind is proved from its witness: exact rational functions, exact points, interval boxes, duality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from typing import Any

from flint import arb, ctx, fmpq

from contrastive_claims.theory.certify import statements as st
from contrastive_claims.theory.certify.duality import distances_from_optimum, gap_holds, sharpened
from contrastive_claims.theory.certify.expression import (
    Formula,
    canonical,
    evaluate,
    names_in,
    rational,
    symbol,
    written,
)
from contrastive_claims.theory.certify.facts import Known
from contrastive_claims.theory.certify.problems import Problem
from contrastive_claims.theory.certify.statements import Slip, Specification

PRECISION = 192
PLACE = arb("1e-3")  # how near the optimum's cosines must lie to those of the vectors


class Seen:
    """What the steps of one certificate have in common: its free point, its problems, and their sides."""

    def __init__(self, specification: Specification) -> None:
        self.specification = specification
        self.point: dict[str, fmpq] | None = None
        self.problems: set[Any] = set()
        self.sides: list[str] = []


def identity(statement: st.Identity, step: Mapping[str, Any], known: Known, seen: Seen) -> None:
    if not st.same_function(statement.left, statement.right):
        raise Slip("does not hold")


def combined(terms: Any, goal: Formula, known: Known, alone: bool) -> bool:
    """Prove `goal` by a combination, as rational functions; returns whether strictly. Raises Slip if it does not.

    `alone`: a fact that is the goal itself is a proof too (of a sum's term, which is no conclusion).
    """
    if not isinstance(terms, list) or not terms:
        raise Slip("has no combination")
    strict, total = False, "0"
    for coefficient, factors in terms:
        weight = rational(coefficient)
        if weight < 0:
            raise Slip(f"takes {coefficient} times a fact: a combination is nonnegative")
        if not isinstance(factors, list):
            raise Slip("has no list of factors")
        read, signs = [canonical(factor) for factor in factors], []
        for factor in read:
            try:
                st.check_denominators(factor, known)
            except ValueError as error:
                raise Slip(f"uses a fact that {error}") from None
            sign = known.sign(factor)
            if sign is None:
                raise Slip(
                    f"takes {written(factor):.200} >= 0 at its word: neither a fact of the claim nor concluded before"
                )
            signs.append(sign)
        proper = [factor for factor in read if names_in(factor)]
        if not alone and weight > 0 and len(proper) == 1 and st.restates(goal, proper[0]):
            raise Slip(f"takes its conclusion for a fact: {written(proper[0]):.200}")
        strict |= weight > 0 and all(sign == ">0" for sign in signs)
        for factor in read:
            coefficient = ["*", coefficient, factor]
        total = ["+", total, coefficient]
    if not st.same_function(goal, total):
        raise Slip("does not hold: its combination is not what it states")
    return strict


def nonnegative(statement: st.Nonnegative, step: Mapping[str, Any], known: Known, seen: Seen) -> None:
    strict = combined(step["combination"], statement.expression, known, alone=False)
    if statement.strict and not strict:
        raise Slip("is not strict: no term of its combination is positive")


def summed(statement: st.Summed, step: Mapping[str, Any], known: Known, seen: Seen) -> None:
    coefficients = [canonical(value) for value in step["coefficients"]]
    parts = [part for part, _ in statement.sums]
    indexed = set().union(*map(names_in, parts))
    if len(coefficients) != len(parts):
        raise Slip("needs one coefficient for each line of its sums")
    for value in coefficients:
        if names_in(value) & indexed:
            raise Slip(f"has the coefficient {written(value):.100}, which depends on the index")
        st.check_denominators(value, known)
    term: Formula = "0"
    total: Formula = "0"
    for value, (part, sum_of_part) in zip(coefficients, statement.sums, strict=True):
        term, total = ["+", term, ["*", value, part]], ["+", total, ["*", value, sum_of_part]]
    if not st.same_function(total, statement.expression):
        raise Slip("does not hold: its terms do not sum to what it states")
    combined(step["combination"], term, known, alone=True)


def pointwise(statement: st.Pointwise, step: Mapping[str, Any], known: Known, seen: Seen) -> None:
    at = {symbol(name): rational(value) for name, value in (statement.at or step["at"].items())}
    if statement.at is None:
        if seen.point is not None and at != seen.point:
            raise Slip("is at another point than the steps before it")
        seen.point = at
        if at.keys() != seen.specification.point:
            raise Slip("gives a value to other symbols than the claim's")
        for fact in [fact for fact in seen.specification.facts if names_in(fact.formula) <= at.keys()]:
            value = evaluate(fact.formula, at, fmpq)
            if not (value > 0 if fact.sign == ">0" else value >= 0):
                raise Slip(f"has a point outside the claim's domain: {written(fact.formula)} {fact.sign} fails")
    if not compared(statement.expression, statement.relation, at):
        raise Slip(f"does not hold: {written(statement.expression):.200} {statement.relation} 0 is false at its point")


def compared(expression: Formula, relation: str, at: Mapping[str, fmpq]) -> bool:
    """Whether expression relation 0 at a rational point; "==" by exact arithmetic only."""
    if relation == "==":
        return bool(evaluate(expression, at, fmpq) == 0)
    if relation not in ("<", ">"):
        raise ValueError(f"unknown relation {relation!r:.20}")
    with precision():
        value = evaluate(expression, {name: arb(point) for name, point in at.items()})
        return bool(value > 0) if relation == ">" else bool(value < 0)


def boxes(statement: st.Boxes, step: Mapping[str, Any], known: Known, seen: Seen) -> None:
    if not covered(step["tree"], statement.expression, statement.domain, {}):
        raise Slip("does not hold on every leaf of its tree")


def enclosure(statement: st.Enclosure, step: Mapping[str, Any], known: Known, seen: Seen) -> None:
    low, high = rational(step["low"]), rational(step["high"])
    widest, ratio = (rational(text) for text in statement.widest)
    if not 0 < low < high or high - low > widest or high > ratio * low:
        raise Slip(f"encloses by ({low}, {high}): empty, or wider than {widest}, or than a factor of {ratio}")
    for side, end, formula in (
        ("below", low, ["-", "0", statement.expression]),
        ("above", high, statement.expression),
    ):
        if not covered(step[side], formula, statement.domain, {"y": arb(end)}):
            raise Slip(f"does not hold: its end {side} is not proved to enclose")


def covered(tree: Any, expression: Formula, domain: Any, fixed: Mapping[str, arb]) -> bool:
    """Whether interval evaluation is positive on every leaf of a bisection tree of the domain."""

    def positive(tree: Any, box: dict[str, Any]) -> bool:
        if tree is None:
            return bool(evaluate(expression, {**fixed, **{name: hull(*ends) for name, ends in box.items()}}) > 0)
        name, lower, upper = tree
        low, high = box[name]
        middle = (low + high) / 2
        return positive(lower, {**box, name: (low, middle)}) and positive(upper, {**box, name: (middle, high)})

    with precision():
        box = {symbol(name): (rational(low), rational(high)) for name, (low, high) in domain}
        return all(low <= high for low, high in box.values()) and positive(tree, box)


def optimum(statement: st.Optimum, step: Mapping[str, Any], known: Known, seen: Seen) -> None:
    with precision():
        problem = Problem.read(step)
        if problem.key in seen.problems:
            raise Slip("solves a problem that an earlier step has solved")
        seen.problems.add(problem.key)
        if problem.connectivity:
            problem = located(problem)
        seen.sides.append(statement.law(problem))
    if not gap_holds(problem):
        raise Slip("does not hold: its vectors are not within the gap of the minimum")


def located(problem: Problem) -> Problem:
    """A block model's problem with its smallest gap and what that leaves open. Raises Slip if it leaves a cosine of the optimum
    free by PLACE or more: then vectors within the gap say nothing of the optimum."""
    if not gap_holds(problem):
        raise Slip("does not hold: its vectors are not within the gap of the minimum")
    problem = sharpened(problem)
    errors = distances_from_optimum(problem)
    for m, k in combinations(range(problem.size), 2):
        if not (errors[m][k] < problem.temperature / 4 and errors[m][k] < PLACE):
            raise Slip(
                f"does not hold: its gap leaves the cosine of vectors {m + 1} and {k + 1} open by {errors[m][k]}"
            )
    return replace(problem, errors=errors)


def refuted(step: Mapping[str, Any]) -> bool:
    """Whether a step fails as it stands, whatever the claim: its sides, or its expression and its witness, differ."""
    if step["kind"] == "identity":
        return differs(canonical(step["left"]), canonical(step["right"]))
    total: Formula = "0"
    if step["kind"] == "summed":
        for value, (_, part) in zip(step["coefficients"], step["sums"], strict=True):
            total = ["+", total, ["*", value, part]]
    elif step["kind"] == "nonnegative":
        for coefficient, factors in step["combination"]:
            for factor in factors:
                coefficient = ["*", coefficient, factor]
            total = ["+", total, coefficient]
    else:
        return not compared(
            canonical(step["expression"]), step["relation"], {symbol(n): rational(v) for n, v in step["at"].items()}
        )
    return differs(canonical(step["expression"]), canonical(total))


def differs(given: Formula, demanded: Formula) -> bool:
    """Whether two formulas have other values at a sample point, and so are other functions."""
    names = sorted(names_in(given) | names_in(demanded))
    with precision():
        at = {name: arb(fmpq(2 * k + 3, k + 2)) for k, name in enumerate(names)}
        difference = evaluate(given, at) - evaluate(demanded, at)
        return not bool(abs(difference) < arb("1e-20"))


def hull(low: Any, high: Any) -> arb:
    """A ball that contains the closed interval [low, high]."""
    return arb(low).union(arb(high))


@contextmanager
def precision():  # noqa: ANN201
    """192 bits inside, what was before afterwards."""
    before, ctx.prec = ctx.prec, PRECISION
    try:
        yield
    finally:
        ctx.prec = before


PROOFS: dict[type, Callable[..., None]] = {
    st.Identity: identity,
    st.Nonnegative: nonnegative,
    st.Summed: summed,
    st.Pointwise: pointwise,
    st.Boxes: boxes,
    st.Enclosure: enclosure,
    st.Optimum: optimum,
}
