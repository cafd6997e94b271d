"""Where the optima of a problem must lie, by the claims' own closed forms, in balls.

Each law takes a `Problem`, raises `Slip` if its parameters are outside the claim's hypotheses or its cosines away from the
stated optimum, and returns the side of the claim's threshold on which the problem lies ("" where there is none).
Increasing equations are not solved: a cosine is near the root if the equation changes sign between c - tol and c + tol.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from flint import arb

from contrastive_claims.theory.certify.duality import multipliers, population_gradient
from contrastive_claims.theory.certify.expression import rational
from contrastive_claims.theory.certify.problems import Matrix, Problem
from contrastive_claims.theory.certify.statements import Slip

Law = Callable[[Problem], str]
EXACT, NEAR, APART = arb("1e-12"), arb("1e-6"), arb("1e-3")


def demand(holds: bool, slip: str) -> None:
    """Raise Slip unless a ball comparison is certain."""
    if not holds:
        raise Slip(slip)


def equal(a: arb, b: arb) -> bool:
    """Equality of parameters that floats hold up to rounding, which is relative to their size."""
    return bool(abs(a - b) <= EXACT * (abs(a) + abs(b)))


def every_cosine(problem: Problem, target: Callable[[int, int], arb | None], tolerance: arb, what: str) -> None:
    """Raise Slip unless each cosine lies within `tolerance` of its target (None: free)."""
    for m, k in combinations(range(problem.size), 2):
        aim = target(m, k)
        if aim is not None and not abs(problem.gram[m][k] - aim) < tolerance:
            raise Slip(
                f"does not hold: the cosine of vectors {m + 1} and {k + 1} is {problem.gram[m][k]}, not near {what}, {aim}"
            )


def at_root(excess: Callable[[arb], arb], cosine: arb, tolerance: arb, what: str) -> str:
    """Raise Slip unless `cosine` is near the root of an increasing function cut at +-1; returns "merged" if cut at 1."""
    if excess(arb(1)) < 0:
        demand(1 - cosine < NEAR, f"does not hold: {what} is 1, the cosine {cosine}")
        return "merged"
    if excess(arb(-1)) > 0:
        demand(1 + cosine < NEAR, f"does not hold: {what} is -1, the cosine {cosine}")
        return "apart"
    demand(
        excess(cosine - tolerance) < 0 and excess(cosine + tolerance) > 0,
        f"does not hold: the cosine {cosine} is not near {what}",
    )
    return "apart"


def fraction(text: str) -> arb:
    """A rational from its text."""
    return arb(rational(text))


# Paper A: classes over free embeddings.


def labels_of(problem: Problem, sizes: tuple[int, ...], temperature: str, loss: str) -> None:
    """Raise Slip unless the problem has these class sizes, in order, this temperature and this loss."""
    given = tuple(problem.labels.count(label) for label in sorted(set(problem.labels)))
    demand(
        given == sizes and list(problem.labels) == sorted(problem.labels),
        f"certifies classes {list(given)}, the claim needs {list(sizes)}",
    )
    demand(equal(problem.temperature, fraction(temperature)), f"has another temperature than {temperature}")
    demand(problem.loss == loss, f"has the loss {problem.loss}, not {loss}")


def collapsed_classes(sizes: tuple[int, ...], temperature: str, epsilon: str, loss: str) -> Law:
    """A12, A13: every class one point; balanced classes at the simplex, cosines -1/(K-1)."""

    def law(problem: Problem) -> str:
        labels_of(problem, sizes, temperature, loss)
        demand(equal(problem.epsilon, fraction(epsilon)), f"has another eps than {epsilon}")
        simplex = arb(-1) / (len(sizes) - 1) if len(set(sizes)) == 1 else None

        def target(k: int, m: int) -> arb | None:
            return arb(1) if problem.labels[k] == problem.labels[m] else simplex

        every_cosine(problem, target, NEAR, "the collapsed classes, at the simplex if balanced")
        return ""

    return law


def merging_margin(minority: int, majority: int, temperature: arb, epsilon: arb, loss: str) -> arb:
    """M (1 + Z_1/Z_3) - 4 m E^2: not negative iff the two minorities merge (A21)."""
    e, q = (1 / temperature).exp(), (-epsilon).exp()
    first, third = (1, 1) if loss == "eps_sup_infonce" else (minority - 1, majority - 1)
    z1, z3 = first * e * q + minority * e + majority / e, third * e * q + 2 * minority / e
    return majority * (1 + z1 / z3) - 4 * minority * e * e


def minorities(minority: int, majority: int, temperature: str, loss: str, merged: bool) -> Law:
    """A21: just above eps* the minorities are one point opposite to the majority, just below they are apart."""

    def law(problem: Problem) -> str:
        labels_of(problem, (minority, minority, majority), temperature, loss)

        def margin(shift: str) -> arb:
            return merging_margin(minority, majority, problem.temperature, problem.epsilon + arb(shift), loss)

        side = "above" if merged else "below"
        demand(
            (margin("0") > 0) if merged else (margin("0") < 0), f"has eps = {problem.epsilon}, which is not {side} eps*"
        )
        demand(margin("0.05") > 0 and margin("-0.05") < 0, f"has eps = {problem.epsilon}, not within .05 of eps*")
        labels = problem.labels
        small = [label < 2 for label in labels]

        def target(k: int, m: int) -> arb | None:
            if labels[k] == labels[m] or (merged and small[k] == small[m]):
                return arb(1)
            return arb(-1) if merged else None

        every_cosine(problem, target, NEAR, "its optimum")
        demand(
            merged or 1 - problem.gram[0][minority] > APART, "does not hold: the minorities are not apart below eps*"
        )
        return "merged" if merged else "apart"

    return law


# Paper B: block models.


def connected_only(problem: Problem, pairs: set[tuple[int, int]]) -> bool:
    """Whether exactly these pairs of different blocks are connected."""
    return all((problem.connectivity[k][m] > 0) == ((k, m) in pairs) for k, m in combinations(range(problem.size), 2))


def equal_within(problem: Problem, first: int = 0) -> bool:
    """Whether the blocks from `first` on have equal positive connections within."""
    within = [problem.connectivity[k][k] for k in range(first, problem.size)]
    return bool(within[0] > 0) and all(equal(value, within[0]) for value in within)


def equal_shares(problem: Problem, first: int = 0) -> bool:
    """Whether the blocks from `first` on have equal shares (relative to their own size)."""
    return all(abs(share / problem.shares[-1] - 1) < arb("1e-9") for share in problem.shares[first:])


def blocks_between(least: int, most: int) -> Law:
    """B3: any block model of that many blocks."""

    def law(problem: Problem) -> str:
        demand(least <= problem.size <= most, f"has {problem.size} blocks, the claim's are {least} to {most}")
        return f"of {problem.size} blocks"

    return law


def simplex(blocks: int, temperature: str) -> Law:
    """B7: balanced disconnected blocks at the simplex."""

    def law(problem: Problem) -> str:
        demand(problem.size == blocks, f"has {problem.size} blocks, not {blocks}")
        demand(equal(problem.temperature, fraction(temperature)), f"has another temperature than {temperature}")
        demand(equal_shares(problem), f"has shares {[str(s)[:6] for s in problem.shares]}, which are not balanced")
        demand(connected_only(problem, set()) and equal_within(problem), "has connected or unequal blocks")
        every_cosine(problem, lambda k, m: arb(-1) / (blocks - 1), NEAR, "the simplex ETF")
        return ""

    return law


def pmi(problem: Problem) -> str:
    """B15: cosines 1 + tau log(alpha_kl/p), for equal connections within blocks; says of how many blocks."""
    demand(problem.size > 1, "is a model of one block, of which the claim says nothing")
    demand(equal_within(problem), "does not hold: its connections within blocks are not equal")
    demand(all(entry > 0 for row in problem.connectivity for entry in row), "has blocks that are not connected")
    p = problem.connectivity[0][0]
    demand(
        any(p - entry > APART for row in problem.connectivity for entry in row),
        "has all connections equal: no structure",
    )
    every_cosine(
        problem,
        lambda k, m: 1 + problem.temperature * (problem.connectivity[k][m] / p).log(),
        arb("1e-5"),
        "the PMI law",
    )
    return f"of {problem.size} blocks"


def merged_sums(problem: Problem) -> tuple[arb, arb, arb, arb, arb]:
    """E, Z, Z_3, d_1, d_2 of three blocks of which only the first two are connected."""
    demand(
        problem.size == 3 and connected_only(problem, {(0, 1)}),
        "is no model of three blocks of which the first two are tied",
    )
    (s1, s2, s3), a = problem.shares, problem.connectivity
    e = (1 / problem.temperature).exp()
    d1, d2 = s1 * a[0][0] + s2 * a[0][1], s1 * a[0][1] + s2 * a[1][1]
    return e, (s1 + s2) * e + s3 / e, (s1 + s2) / e + s3 * e, d1, d2


def pair_margin(problem: Problem) -> arb:
    """B17's margin: not negative iff h_1 = h_2 = -h_3 is optimal."""
    e, z, z3, d1, d2 = merged_sums(problem)
    s1, s2, s3 = problem.shares
    return problem.connectivity[0][1] * (1 / d1 + 1 / d2) - 2 * e / z + s3 / ((s1 + s2) * e) * (1 / z + 1 / z3)


MERGED = ((1, 1, -1), (1, 1, -1), (-1, -1, 1))


def merging_pair(problem: Problem) -> str:
    """B17: merged where the margin is positive, away from it where it is negative."""
    margin = pair_margin(problem)
    if margin > 0:
        every_cosine(problem, lambda k, m: arb(MERGED[k][m]), NEAR, "the merged pair")
        return "merged"
    demand(margin < 0, "lies on the margin: no side")
    away = [abs(problem.gram[k][m] - MERGED[k][m]) - problem.errors[k][m] for k, m in combinations(range(3), 2)]
    demand(
        any(distance > arb("1e-4") for distance in away), "does not hold: it is merged though the margin is negative"
    )
    return "apart"


def merged_multipliers(problem: Problem) -> str:
    """B24: at a merged pair the multipliers are the closed form; says whether the pair spreads."""
    demand(pair_margin(problem) > 0 and merging_pair(problem) == "merged", "is no merged pair")
    e, z, z3, d1, d2 = merged_sums(problem)
    (s1, s2, s3), a = problem.shares, problem.connectivity[0][1]
    lean, push = a / 2 * (1 / d1 - 1 / d2), s3 / e * (3 / (2 * z) + 1 / (2 * z3))
    closed = [s2 * lean - push, -s1 * lean - push, -(s1 + s2) / e * (1 / (2 * z) + 3 / (2 * z3))]
    exact: Matrix = [[arb(entry) for entry in row] for row in MERGED]
    gradient = population_gradient(exact, problem.shares, problem.connectivity, problem.temperature)
    for value, share, law in zip(multipliers(gradient, exact), problem.shares, closed, strict=True):
        demand(equal(problem.temperature * value / share, law), "does not hold: a multiplier is not the closed form")
    return "spreading" if closed[0] > 0 or closed[1] > 0 else "staying"


def two_blocks(problem: Problem) -> str:
    """B25: y/(pi_1 + pi_2 y) + y/(pi_1 y + pi_2) = A, y = e^((c-1)/tau), cut at +-1: merged iff A >= 2."""
    demand(problem.size == 2, f"has {problem.size} blocks, not two")
    (s, t), a = problem.shares, problem.connectivity
    bond = a[0][1] * (1 / (s * a[0][0] + t * a[0][1]) + 1 / (s * a[0][1] + t * a[1][1]))

    def excess(c: arb) -> arb:
        y = ((c - 1) / problem.temperature).exp()
        return y / (s + t * y) + y / (s * y + t) - bond

    return at_root(excess, problem.gram[0][1], arb("1e-5"), "the quadratic's cosine")
