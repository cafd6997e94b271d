"""Where the optima of B31's witness must lie: laws as in `laws.py`, with the distance that a gap leaves to the optimum."""

from __future__ import annotations

from flint import arb

from contrastive_claims.theory.certify.laws import Law, demand, equal, fraction
from contrastive_claims.theory.certify.problems import Problem

# B31's witness: shares, and connections other than alpha_12
APART_SHARES = ("9/10", "1/100", "9/100")
APART_TIES = {(0, 0): "4/5", (1, 1): "4/5", (2, 2): "3/10", (0, 2): "7/10", (1, 2): "3/10"}


def moved_apart(alpha: str, above: str = "", below: str = "") -> Law:
    """B31: the witness at that alpha_12, the optimum's cos(h1, h2) above or below a bound."""

    def law(problem: Problem) -> str:
        ties = {**APART_TIES, (0, 1): alpha}
        demand(problem.size == 3, f"has {problem.size} blocks, the witness three")
        demand(equal(problem.temperature, arb(2)), "has another temperature than 2")
        demand(
            all(equal(share, fraction(text)) for share, text in zip(problem.shares, APART_SHARES, strict=True)),
            "has other shares than the witness",
        )
        demand(
            all(equal(problem.connectivity[k][m], fraction(text)) for (k, m), text in ties.items()),
            f"does not hold: it has other connections than the witness at alpha_12 = {alpha}",
        )
        cosine, error = problem.gram[0][1], problem.errors[0][1]
        if above:
            demand(cosine - error > fraction(above), f"does not hold: the cosine {cosine} is not above {above}")
        if below:
            demand(cosine + error < fraction(below), f"does not hold: the cosine {cosine} is not below {below}")
        return ""

    return law
