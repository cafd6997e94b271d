"""Supervised losses over free embeddings: A12, A13, A21."""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.facts import fact, positive
from contrastive_claims.theory.certify.laws import collapsed_classes, minorities
from contrastive_claims.theory.certify.problems import LOSSES
from contrastive_claims.theory.certify.statements import (
    Optimum,
    Specification,
    Statement,
    identity,
    nonnegative,
    summed,
)

ONE = Expression("1")
x, top, y, q, p = symbols("x M y q P")
chance, w, mean, log_w, log_mean = symbols("c_i w_i m l_i L")
k, g, ratio, t, row = symbols("K g r_l t_l R")
COLLAPSE: tuple[Statement, ...] = (
    nonnegative("collapse of eps-SupInfoNCE", "(x q + y)/x - (M q + y)/M >= 0: a positive's term falls up to coincidence",
                (x * q + y) / x - (top * q + y) / top),
    identity("collapse of eps-SupCon", "(q P g + y)/g falls as much from g = x to g = M",
             (q * p * x + y) / x - (q * p * top + y) / top, (x * q + y) / x - (top * q + y) / top),
    summed("Jensen for the random member", "-E log(w/m) >= 0 for w > 0 of mean m: E log(q + Y) <= log(q + E Y)",
           0 - log_mean, {chance: ONE, chance * w: mean, chance * log_w: log_mean}),
)  # fmt: skip
BALANCED: tuple[Statement, ...] = (
    summed("Jensen within a row", "sum_l e^(g_l - gbar) - (K - 1) >= 0 over the K - 1 other classes, in logits",
           row - (k - 1), {ONE: k - 1, ratio: row, t: Expression("0")}),
    nonnegative("the mean cosine", "gbar + 1/(K-1) >= 0, as |sum_k h_k|^2 = K + K (K-1) gbar", g + 1 / (k - 1)),
    identity("the simplex attains it", "gbar = -1/(K-1) has |sum_k h_k|^2 = 0", k + k * (k - 1) * ((0 - ONE) / (k - 1)), 0),
)  # fmt: skip
FACTS = (
    *positive("x M q", "exponential", "x = e^s+, M = e^(1/tau), q = e^-eps"),
    *positive("y", "exponential", "the sum of the negatives' exponentials, N >= 1"),
    fact(top - x, ">=0", "largest", "s+ <= 1/tau, with equality only if the two samples coincide"),
    fact("P", ">0", "number", "the number of positives"),
    fact("c_i", ">=0", "number", "a probability"),
    *positive("w_i m", "exponential", "w = q + Y, a sum of exponentials, and its mean"),
    fact("K", ">0", "number", "the number of classes"), fact(k - 1, ">0", "number", "K >= 2"),
    *positive("r_l", "exponential", "r_l = e^(t_l), t_l = (g_l - gbar)/tau"),
    fact(k + k * (k - 1) * g, ">=0", "length", "|sum_k h_k|^2 for unit h_k of mean cosine gbar"),
)  # fmt: skip
LOGARITHMS = (("l_i", (w / mean).formula), ("t_l", "r_l"))
SUPERVISED_DUALITY = (
    "the convexity of the losses in the Gram matrix, on which the certified optima rest (theory.certify.duality); they certify "
    "values: vectors within the gap may stand elsewhere, at tau = 1/10 anywhere near"
)
PROSE = (
    "that x, y, q, M stand for e^s+, sum_j e^s-_j, e^-eps, e^(1/tau) in the losses, and x = M only where two samples coincide",
    "that eps-SupCon's mean over i is at least log(q P g + y) - log g at the geometric mean g of the x_i (docstring of "
    "theory.margins.proofs.supervised.collapse_within_classes)",
    "that averaging over one random member of every class yields some collapsed configuration that is no worse (there)",
    "balanced classes, d >= K - 1: convexity of u -> log(A + B e^u) over the rows, and uniqueness of the simplex (there)",
    SUPERVISED_DUALITY,
)
CASES = (
    ((2, 2), "1/10", "0"), ((3, 3, 3), "1/2", "1/4"), ((4, 4, 4), "1/10", "1"), ((2, 2, 2, 2), "1", "5"),
    ((3, 3, 3, 3, 3), "1/5", "0"), ((2, 3, 5), "1/2", "1/2"), ((2, 2, 12), "1/2", "1"), ((2, 8), "3/10", "2"),
)  # fmt: skip


def certified(sizes: tuple[int, ...], temperature: str, epsilon: str, loss: str) -> Optimum:
    """One optimum of A12 or A13."""
    name = f"{loss}, classes {list(sizes)}, tau = {temperature}, eps = {epsilon}"
    says = "its optimum is collapsed" + (", at the simplex ETF" if len(set(sizes)) == 1 else "")
    return Optimum(name, says, "supervised", collapsed_classes(sizes, temperature, epsilon, loss))


A12 = Specification(
    "A12",
    FACTS,
    (*COLLAPSE, *BALANCED, *(certified(*case, loss) for case in CASES for loss in LOSSES)),
    PROSE,
    LOGARITHMS,
)
A13 = Specification(
    "A13",
    FACTS,
    (
        *COLLAPSE,
        *BALANCED,
        *(
            certified(sizes, temperature, "0", "eps_sup_con")
            for sizes in ((2,) * 2, (3,) * 3, (4,) * 3, (2,) * 5, (3,) * 6)
            for temperature in ("1/10", "1/2", "2")
        ),
    ),
    PROSE,
    LOGARITHMS,
)

m, big, e, z1, z3, d12, d13, surplus, own = symbols("m M E Z1 Z3 D12 D13 k A")
s11, s33 = d13 - d12, 2 * d13
first, second = m * m * e / z1, (m * big / (2 * e)) * (1 / z1 + 1 / z3)
MERGERS = (
    (2, 20, "1/2", "eps_sup_infonce"), (3, 30, "1/2", "eps_sup_infonce"), (3, 24, "3/5", "eps_sup_infonce"),
    (2, 20, "1", "eps_sup_con"), (3, 18, "1", "eps_sup_con"),
)  # fmt: skip


def high_temperature(big: Expression, first: Expression, third: Expression) -> Expression:
    """The condition's left side times Z3 at E = 1, where Z1 = a_1 q + m + M and Z3 = a_3 q + 2 m."""
    one, three = first * q + m + big, third * q + 2 * m
    return big * (three + one) - 4 * m * three


A21 = Specification(
    "A21",
    (
        fact("m", ">0", "number", "samples of a minority"), fact("M", ">0", "number", "samples of the majority"),
        *positive("E Z1 Z3", "exponential", "e^(1/tau), and the anchors' sums at h = (1, 1, -1)"),
        fact(e - 1, ">0", "number", "e^(1/tau) exceeds 1"),
        *positive("q A", "exponential", "q = e^-eps, A = a E q"), fact(1 - q, ">=0", "number", "eps >= 0"),
        fact("k", ">0", "increment", "M = 2 m + k"), fact(m - 1, ">0", "number", "two samples or more"),
    ),
    (
        identity("row 1 of S h", "S_11 + D_12 - D_13 = 0", s11 + d12 - d13, 0),
        identity("row 3 of S h", "2 D_13 - S_33 = 0", 2 * d13 - s33, 0),
        identity("the form of (1, -1, 0)", "S_11 + S_22 - 2 S_12 = 2 (D_13 - 2 D_12)", 2 * s11 - 2 * d12, 2 * (d13 - 2 * d12)),
        identity("the form of (1, 1, 2)", "it is 18 D_13", 2 * s11 + 2 * d12 + 8 * d13 + 4 * s33, 18 * d13),
        nonnegative("D_13 positive", "D_13 = (m M/(2E)) (1/Z_1 + 1/Z_3) > 0: that form is positive", second, True),
        identity("the condition", "(D_13 - 2 D_12) 2 E Z_1/m = M (1 + Z_1/Z_3) - 4 m E^2",
                 (second - 2 * first) * (2 * e * z1 / m), big * (1 + z1 / z3) - 4 * m * e * e),
        nonnegative("eps* is 0 for M large", "from M = 4 m E^2 on the condition holds at every eps",
                    big * (1 + z1 / z3) - 4 * m * e * e, True,
                    (fact(big - 4 * m * e * e, ">=0", "case", "M >= 4 m E^2"),)),
        *(nonnegative(f"eps* is 0 for tau high, {loss}", "E = 1, M = 2 m + k: the condition holds at every eps, strictly",
                      high_temperature(2 * m + surplus, *counts), True)
          for loss, counts in (("eps_sup_infonce", (ONE, ONE)), ("eps_sup_con", (m - 1, 2 * m + surplus - 1)))),
        nonnegative("eps* is infinite for M = m", "there the condition fails at every eps, whatever A = a E q",
                    4 * m * e * e - m * (1 + (own + m * e + m / e) / (own + 2 * m / e)), True),
        *(
            Optimum(f"{loss}, classes {[small, small, large]}, tau = {tau}, {'above' if merged else 'below'} eps*",
                    "the minorities are one point" if merged else "the minorities are apart",
                    "supervised", minorities(small, large, tau, loss, merged))
            for small, large, tau, loss in MERGERS for merged in (True, False)
        ),
    ),
    (
        "that classes collapse (A12), and that D_12, D_13 are the summed gradient there (docstring of "
        "theory.margins.free.merging_threshold)",
        "that S is psd iff its forms at the other two eigenvectors, (1, -1, 0) and (1, 1, 2), are not negative (there)",
        "that the condition is continuous in M and tau, so that it holds for tau high, and fails for M near m; and that it is "
        "linear in e^-eps and so holds from some eps* on (there)",
        SUPERVISED_DUALITY,
    ),
)  # fmt: skip

SPECIFICATIONS = (A12, A13, A21)
