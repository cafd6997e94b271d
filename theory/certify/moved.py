"""Where the optima of B31's witness must lie: laws as in `laws.py`, with the distance that a gap leaves to the true optimum."""

from __future__ import annotations

from flint import arb

from theory.certify.laws import Law, demand, equal, fraction
from theory.certify.problems import Problem

# B31's witness: shares, and connections other than alpha_12
APART_SHARES = ("9/10", "1/100", "9/100")
APART_TIES = {(0, 0): "4/5", (1, 1): "4/5", (2, 2): "3/10", (0, 2): "7/10", (1, 2): "3/10"}


def distance_from_optimum(problem: Problem, k: int, m: int) -> arb:
    """How far cosine (k, m) of vectors within the gap may lie from the optimum's.

    Statement. |G_km - G*_km|^2 <= 2 gap tau^2 e^(2/tau)/(pi_k pi_m (pi_k + pi_m)). Proof. On the segment from G* to G, of
    direction H (zero diagonal), the loss has the second derivative sum_i pi_i Var_i(H_i.)/tau^2, Var_i under the softmax
    weights w_il ~ pi_l e^(G_il/tau). w_ii >= pi_i and w_il >= pi_l e^(-2/tau), as -1 <= G <= 1, so that rows k and m alone give
    at least (pi_k^2 pi_m + pi_m^2 pi_k) e^(-2/tau) H_km^2/tau^2; at the optimum G* the first derivative is not negative, and
    the gap bounds f(G) - f(G*). QED.
    """
    tau, s, t = problem.temperature, problem.shares[k], problem.shares[m]
    return (2 * arb(problem.gap) * tau * tau * (2 / tau).exp() / (s * t * (s + t))).sqrt()


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
        cosine, error = problem.gram[0][1], distance_from_optimum(problem, 0, 1)
        if above:
            demand(cosine - error > fraction(above), f"does not hold: the cosine {cosine} is not above {above}")
        if below:
            demand(cosine + error < fraction(below), f"does not hold: the cosine {cosine} is not below {below}")
        return ""

    return law
