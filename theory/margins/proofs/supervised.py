"""Several positives: proofs of claims A6 to A13 and A21, by the steps of theory.certify.specification."""

from __future__ import annotations

from typing import Any

import numpy as np

from contrastive_claims.theory.certify.expression import symbols
from contrastive_claims.theory.certify.steps import certificate, combination

Certificate = dict[str, Any]


def eps_sup_infonce_identity(wrong: bool = False) -> Certificate:
    """A6. Each positive's term has x_i and y only; at q = 1 it is SINCERE's; at x_1 = x_2 = y = 1 it is not SupCon, nor ever
    for P >= 2, as R = sum_{t != i} x_t > 0 makes every term of SupCon larger.

    `wrong`: SupCon's denominator, which holds every positive.
    """
    x1, x2, y, q = symbols("x1 x2 y q")
    witnesses = {
        "not SupCon": {"at": {"x1": "1", "x2": "1", "y": "1"}},
        "SupCon for no P >= 2": {"combination": combination(("1", [x2, 1 / x1]))},
    }
    slips = {"no term compares positives": {"left": ((x1 + x2) * q + y) / x1}} if wrong else {}
    return certificate("A6", witnesses, slips)


def _log_p() -> dict[str, Any]:
    """-sum_t log z_t >= 0 for z_t = P x_t/T, whose sum is P: the sum of z_t - 1 - log z_t."""
    p, x_t, total, log_z = symbols("P x_t T l_t")
    z = p * x_t / total
    return {"coefficients": ["-1", (p / total).formula, "-1"], "combination": combination(("1", [z - 1 - log_z]))}


def supcon_above_supinfonce(wrong: bool = False) -> Certificate:
    """A8. Positive by positive T + y >= x_i + y. For the floor take z_i = P x_i / T, so that sum_i z_i = P, and
    log z_i <= z_i - 1: mean_i log(T/x_i) = log P - mean_i log z_i >= log P, and y > 0 makes SupCon larger.

    `wrong`: SupInfoNCE summed, not averaged, over two positives: (x_i + y)^2/x_i in place of x_i + y.
    """
    x, x_t, total, y = symbols("x x_t T y")
    witnesses = {
        "above SupInfoNCE": {"coefficients": ["0", "1"], "combination": combination(("1", [x_t]))},
        "above the mean": {"combination": combination(("1", [y, 1 / x]))},
        "log P": _log_p(),
    }
    slips = {"above SupInfoNCE": {"expression": (total + y) - (x + y) * (x + y) / x}} if wrong else {}
    return certificate("A8", witnesses, slips)


def eps_sup_con_identity(wrong: bool = False) -> Certificate:
    """A7. e^LSE(0, {s-_j - s+_i + eps}, {s+_t - s+_i}_{t != i}) = 1 + y/(q x_i) + (T - x_i)/x_i.

    `wrong`: eps missing on the positives of the denominator.
    """
    x, total, y, q = symbols("x T y q")
    return certificate("A7", slips={"the terms": {"right": (1 / q) * ((total + y) / x)}} if wrong else {})


def collapse_to_a_point_as_printed(wrong: bool = False) -> Certificate:
    """A9. The orthonormal e1, e2, e3: every s+_t - s+_i = 0 - 0 <= 0, and yet |e1 - e2|^2 = 2 > 0.

    `wrong`: the antipodal pair e1, -e1 with e2, which breaks the terms.
    """
    at = {"at": {"s12": "-1" if wrong else "0", "s13": "0", "s23": "0"}}
    names = ("terms of anchor 1", "terms of anchor 2", "terms of anchor 3", "no single point")
    return certificate("A9", dict.fromkeys(names, at))


def collapse_to_a_point(wrong: bool = False) -> Certificate:
    """A9c. The terms force <z_a, z_t> = <z_a, z_i> for every anchor a and t, i != a, so one cosine c for all pairs:
    G = (1 - c) I + c J. If c < 1, G v = (1 - c) v for every v of sum zero gives rank >= n - 1, which d dimensions hold only
    if n <= d + 1; there the regular simplex (c = -1/(n-1), rank n - 1) satisfies the terms.

    `wrong`: the threshold one lower, a point forced from n = d + 1 on.
    """
    c, n, d, k = symbols("c n d k")
    witnesses = {
        "rank above d": {"combination": combination(("1", [k, 1 - c]), ("1", [1 - c]))},
        "the simplex is no point": {"combination": combination(("2", []), ("2", [1 / (n - 1)]))},
    }
    return certificate(
        "A9c", witnesses, {"rank above d": {"expression": ((d + 1 + k) - 1 - d) * (1 - c)}} if wrong else {}
    )


def sup_con_in_below_out(wrong: bool = False) -> Certificate:
    """A10. e^(L_in) = P (T + y)/T. L_out - L_in = mean_i log(T/(P x_i)) >= 0 by log z <= z - 1 at z_i = P x_i/T.

    One positive at x_1 = 1000 with the other at 1/1000 < y = 1 leaves L_in within log(1 + 1/1000) of its infimum log P.
    `wrong`: the two exchanged.
    """
    at = {"at": {"x1": "1000", "x2": "1/1000", "y": "1"}}
    (log_sum,) = symbols("L")
    witnesses = {"L_in below L_out": _log_p(), "a positive loses": at, "near the infimum": at}
    return certificate("A10", witnesses, {"L_in below L_out": {"expression": log_sum}} if wrong else {})


def free_duality(
    labels: np.ndarray, temperature: float, epsilon: float, loss: str, vectors: np.ndarray, gap: str
) -> dict[str, Any]:
    """A duality step: the cosines of `vectors` [n, d] lie within `gap` (a rational, as text) of the loss's minimum over
    free embeddings of these labels."""
    return {
        "labels": [int(label) for label in labels],
        "temperature": float(temperature),
        "epsilon": float(epsilon),
        "loss": loss,
        "vectors": [[float(entry) for entry in row] for row in vectors],
        "gap": gap,
    }


def collapse_within_classes(duality_steps: list[dict[str, Any]], claim: str) -> Certificate:
    """A12 (and A13 at eps = 0): minimisers over free embeddings collapse within classes.

    With M = e^(1/tau) >= x_i each term falls or stays when x_i is replaced by M (strictly falls unless x_i = M, that is
    unless the two samples coincide): the first step for eps-SupInfoNCE, the second for eps-SupCon, whose mean over i of the terms
    is log(q T + y) - mean_i log x_i >= log(q P g + y) - log g for the geometric mean g <= M of the x_i (T >= P g, and the
    right side falls in g). Then replace every class by one uniformly random member of it: given the anchor, the expected
    collapsed term is at most the term, as E log(q + Y) <= log(q + E Y) (the third, the tangent of log at m = q + E Y). So
    some collapsed configuration is at least as good, strictly better unless every class was one point already.
    Needs n_k >= 2 in every class; any dimension, imbalance and eps. The duality steps certify single optima.

    Balanced classes (K of n samples): the minimiser is the simplex ETF. For collapsed classes with cosines G_kl the mean loss
    is, with q = e^-eps, a = 1 for eps-SupInfoNCE and a = P = n - 1 for eps-SupCon,
    f = (1/K) sum_k log(a q + n sum_{l != k} e^{(G_kl - 1)/tau}). Convexity of exp within a row, then of
    u -> log(A + B e^{u/tau}) (A >= 0, B > 0) over the rows' means, gives
    f >= log(a q + (K-1) n e^{(gbar - 1)/tau}) for the mean gbar of the K (K-1) off-diagonal cosines, and this increases
    with gbar. The sum of all entries of a psd G with unit diagonal is K + K (K-1) gbar >= 0, so gbar >= -1/(K-1), and
    f >= log(a q + (K-1) n e^{-m}), m = K/((K-1) tau). Equality needs gbar = -1/(K-1) and, exp being strictly convex, equal
    cosines within each row, hence (G symmetric) all equal: the simplex ETF, which attains it. Its Gram matrix has rank
    K - 1, so it needs d >= K - 1. QED.
    """
    x, top, y, chance, w, mean, log_w, ratio, t, k, g = symbols("x M y c_i w_i m l_i r_l t_l K g")
    witnesses = {
        "collapse of eps-SupInfoNCE": {"combination": combination(("1", [y, top - x, 1 / x, 1 / top]))},
        "Jensen for the random member": {
            "coefficients": ["-1", (1 / mean).formula, "-1"],
            "combination": combination(("1", [chance, w / mean - 1 - log_w])),
        },
        "Jensen within a row": {"coefficients": ["-1", "1", "-1"], "combination": combination(("1", [ratio - 1 - t]))},
        "the mean cosine": {"combination": combination(("1", [k + k * (k - 1) * g, 1 / (k * (k - 1))]))},
    }
    return certificate(claim, witnesses, optima=duality_steps)


def minority_merging(duality_steps: list[dict[str, Any]], wrong: bool = False) -> Certificate:
    """A21. The algebra of `theory.margins.free.merging_threshold`: at h = (1, 1, -1), up to the factor n tau,
    D_12 = m^2 E/Z_1 and D_13 = (m M/(2 E)) (1/Z_1 + 1/Z_3); S h = 0 fixes S's diagonal, S_11 = D_13 - D_12 and
    S_33 = 2 D_13; its other eigenvectors are (1, -1, 0) and (1, 1, 2). At E = 1 and M = 2 m + k the condition times Z_3 is
    2 k q + 2 m^2 + 7 m k + k^2 for eps-SupInfoNCE and 2 m^2 (1-q) + q m k + q k^2 + 2 k (1-q) + 2 k (m-1) + 5 m k + k^2 for
    eps-SupCon; at M = m its negative times A + 2 m/E is A m (4 E^2 - 2) + m^2 (7 E - 3/E).
    `wrong`: 2 m E^2 for 4 m E^2."""
    m, big, e, z1, z3, q, k, own = symbols("m M E Z1 Z3 q k A")
    half = [m, big, 1 / (2 * e)]
    common, over = [("1", [k, k])], 1 / (own + 2 * m / e)
    terms = {
        "D_13 positive": [("1", [*half, 1 / z1]), ("1", [*half, 1 / z3])],
        "eps* is 0 for M large": [("1", [big - 4 * m * e * e]), ("1", [big, z1 / z3])],
        "eps* is 0 for tau high, eps_sup_infonce": [("2", [k, q]), ("2", [m, m]), ("7", [m, k]), *common],
        "eps* is 0 for tau high, eps_sup_con": [
            ("2", [m, m, 1 - q]), ("1", [q, m, k]), ("1", [q, k, k]), ("2", [k, 1 - q]), ("2", [k, m - 1]), ("5", [m, k]),
            *common,
        ],
        "eps* is infinite for M = m": [
            ("4", [own, m, e - 1, e + 1, over]), ("2", [own, m, over]),
            ("7", [m, m, e - 1, e + 1, 1 / e, over]), ("4", [m, m, 1 / e, over]),
        ],
    }  # fmt: skip
    witnesses = {name: {"combination": combination(*found)} for name, found in terms.items()}
    slips = {"the condition": {"right": big * (1 + z1 / z3) - 2 * m * e * e}} if wrong else {}
    return certificate("A21", witnesses, slips, duality_steps)
