"""Where the optima beside vanishing minorities must lie (B5, B8, B18, B19, B22): laws as in `laws.py`, at shares small enough
for an optimum to stand for the limit."""

from __future__ import annotations

from flint import arb

from contrastive_claims.theory.certify.laws import (
    APART,
    NEAR,
    Law,
    at_root,
    connected_only,
    demand,
    equal,
    equal_shares,
    equal_within,
)
from contrastive_claims.theory.certify.problems import Problem

SMALL = arb("1e-4")  # the largest share of a minority that stands for a vanishing one


def beside(problem: Problem, pairs: set[tuple[int, int]], equal_majorities: bool = True) -> tuple[arb, arb]:
    """(p, alpha) of a vanishing block 1 tied to block 2 beside majorities connected as `pairs` say. Raises Slip otherwise."""
    demand(problem.size >= 3 and problem.shares[0] < SMALL, "has no vanishing minority, or fewer than two majorities")
    demand(connected_only(problem, {(0, 1), *pairs}), "has other blocks connected than the claim's")
    demand(equal_within(problem, 1), "has majorities of unequal connection within")
    demand(not equal_majorities or equal_shares(problem, 1), "has majorities of unequal shares")
    return problem.connectivity[1][1], problem.connectivity[0][1]


def two_majorities_excess(problem: Problem, ratio: arb, c: arb) -> arb:
    """tanh(c/tau) + sinh(c/tau)/cosh(1/tau) - 1 - ratio."""
    tau = problem.temperature
    return (c / tau).tanh() + (c / tau).sinh() / (1 / tau).cosh() - 1 - ratio


def vanishing(problem: Problem) -> str:
    """B5: the limit's root, cut at 1, beside two equal disconnected majorities."""
    p, alpha = beside(problem, set())
    demand(problem.size == 3, "has another number of blocks than three")
    demand(1 + problem.gram[1][2] < APART, "does not hold: the majorities are not antipodal")
    side = at_root(lambda c: two_majorities_excess(problem, alpha / p, c), problem.gram[0][1], APART, "B5's limit")
    demand(side == "merged" or 1 - problem.gram[0][1] > APART, "does not hold: merged below the threshold")
    return side


def near_threshold(problem: Problem) -> str:
    """B8: the same, close to the critical temperature."""
    side = vanishing(problem)
    margin = two_majorities_excess(problem, problem.connectivity[0][1] / problem.connectivity[1][1], arb(1))
    demand(abs(margin) < arb("0.05"), "is not close to the critical temperature")
    return side


def many_majorities(count: int) -> Law:
    """B18: psi(c)/phi(c) + psi(c)/phi(1) = 1 + alpha/p beside `count` equal disconnected majorities."""

    def law(problem: Problem) -> str:
        p, alpha = beside(problem, set())
        demand(problem.size == count + 1, f"has {problem.size - 1} majorities, not {count}")

        def phi(x: arb) -> arb:
            return (x / problem.temperature).exp() + (count - 1) * (-x / ((count - 1) * problem.temperature)).exp()

        def psi(x: arb) -> arb:
            return (x / problem.temperature).exp() - (-x / ((count - 1) * problem.temperature)).exp()

        return at_root(
            lambda c: psi(c) / phi(c) + psi(c) / phi(arb(1)) - 1 - alpha / p,
            problem.gram[0][1],
            arb("2e-3"),
            "B18's limit",
        )

    return law


def unequal_majorities(problem: Problem) -> str:
    """B18: (a-b)/(a+b) + a/Z_2 - b/Z_3 = 1 + alpha/p beside two majorities of unequal shares."""
    p, alpha = beside(problem, set(), equal_majorities=False)
    tau, total = problem.temperature, problem.shares[1] + problem.shares[2]
    w = problem.shares[1] / total
    demand(problem.size == 3 and abs(w - arb("0.5")) > arb("0.05"), "does not have two unequal majorities")
    e = (1 / tau).exp()

    def excess(c: arb) -> arb:
        a, b = w * (c / tau).exp(), (1 - w) * (-c / tau).exp()
        return (a - b) / (a + b) + a / (w * e + (1 - w) / e) - b / (w / e + (1 - w) * e) - 1 - alpha / p

    return at_root(excess, problem.gram[0][1], arb("2e-3"), "the limit beside unequal majorities")


def connected_majorities(problem: Problem) -> str:
    """B19: B5 with alpha/(p+beta) while beta <= p e^(-2/tau); else majorities at 1 + tau log(beta/p) and never a merger. At
    beta = 0 they are not joined: a side of its own."""
    pairs = {(1, 2)} if problem.size == 3 and problem.connectivity[1][2] > 0 else set()
    p, alpha = beside(problem, pairs)
    demand(problem.size == 3, "has another number of blocks than three")
    tau, c = problem.temperature, problem.gram[0][1]
    beta = problem.connectivity[1][2]
    ratio = alpha / (p + beta)
    if beta < p * (-2 / tau).exp():
        at_root(lambda x: two_majorities_excess(problem, ratio, x), c, APART, "B5's limit at alpha/(p+beta)")
        return "antipodal" if beta > 0 else "disconnected"
    demand(beta < p and beta > p * (-2 / tau).exp(), "has beta >= p, or on the boundary")
    between = 1 + tau * (beta / p).log()
    demand(abs(problem.gram[1][2] - between) < APART, "does not hold: the majorities are not at 1 + tau log(beta/p)")
    gap, angle = between.acos(), c.acos()

    def slope(t: arb) -> arb:
        near, far = ((t.cos() - 1) / tau).exp(), (((t + gap).cos() - 1) / tau).exp()
        in_g2 = near / (near + far) + near / (1 + beta / p) - 1 - ratio
        in_g3 = far / (near + far) + far / (1 + beta / p)
        return -t.sin() * in_g2 - (t + gap).sin() * in_g3

    demand(
        slope(angle - APART) < 0 and slope(angle + APART) > 0, f"does not hold: the cosine {c} is not near the limit"
    )
    demand(1 - c > APART, "does not hold: full collapse beside connected majorities")
    return "tilted"


def biased_groups(problem: Problem) -> str:
    """B22: groups (class, bias) in the order 00, 01, 10, 11; (beta - gamma)(cos_bias - cos_class) >= 0."""
    a, s = problem.connectivity, problem.shares
    demand(
        problem.size == 4 and equal(s[0], s[3]) and equal(s[1], s[2]), "is no biased graph of two classes: its shares"
    )
    same = [(a[0][1], a[2][3]), (a[0][2], a[1][3]), (a[0][3], a[1][2]), *((a[0][0], a[k][k]) for k in (1, 2, 3))]
    demand(all(equal(x, y) for x, y in same), "is no biased graph of two classes: its connections")
    beta, gamma = a[0][2], a[0][1]
    demand(abs(beta - gamma) > arb("1e-4"), "has beta = gamma, where the claim says nothing")
    product, error = (
        (beta - gamma) * (problem.gram[1][3] - problem.gram[0][1]),
        problem.errors[1][3] + problem.errors[0][1],
    )
    tied = product > arb("-1e-9") and 1 - problem.gram[0][3] < NEAR  # the aligned groups share one vector
    demand(
        product > abs(beta - gamma) * error or tied,
        "does not hold: a conflicting group is not on the side of its stronger tie",
    )
    return "bias" if beta > gamma else "class"
