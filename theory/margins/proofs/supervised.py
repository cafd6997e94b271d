"""Several positives: claims A6 to A13."""

from __future__ import annotations

from typing import Any

import numpy as np

from theory.certify.expression import symbols
from theory.certify.steps import identity, nonnegative, witness

Certificate = dict[str, Any]


def eps_sup_infonce_identity(wrong: bool = False) -> Certificate:
    """A6. Each positive's term has x_i and y only; at q = 1 it is SINCERE's; at x_1 = x_2 = y = 1 it is not SupCon."""
    xi, others, y, q = symbols("x others y q")
    x1, x2 = symbols("x1 x2")
    supcon = ((x1 + x2 + y) / x1) * ((x1 + x2 + y) / x2)
    sup_infonce = ((x1 + y) / x1) * ((x2 + y) / x2)
    return {
        "claim": "A6",
        "steps": [
            identity("the term of positive i, (x q + y)/x, is q + y/x: no other positive occurs",
                      ((xi + others) * q + y) / xi if wrong else (xi * q + y) / xi, q + y / xi),
            identity("at eps = 0 it is SINCERE's (x + y)/x", (xi * 1 + y) / xi, (xi + y) / xi),
            witness("two equal positives, one equal negative: e^(P SupCon) - e^(P SupInfoNCE) = 9 - 4 > 0",
                     supcon - sup_infonce, ">", {"x1": "1", "x2": "1", "y": "1"}),
        ],
    }  # fmt: skip


def supcon_above_supinfonce(wrong: bool = False) -> Certificate:
    """A8. Positive by positive T + y >= x_i + y. For the floor take z_i = P x_i / T, so that sum_i z_i = P, and
    log z_i <= z_i - 1: mean_i log(T/x_i) = log P - mean_i log z_i >= log P, and y > 0 makes SupCon larger."""
    x, total, y, p, sum_z, sum_log = symbols("x T y P Z L")
    others = (total - x, ">=0", "T - x_i is the sum of the other positives' exponentials")
    tangent = (sum_z - p - sum_log, ">=0", "sum over i of z_i - 1 - log z_i, and log z <= z - 1 for z > 0")
    closed = (p - sum_z, ">=0", "sum_i z_i = P")
    return {
        "claim": "A8",
        "steps": [
            nonnegative("(T + y) - (x_i + y) >= 0: SupCon's term is at least SupInfoNCE's",
                         (total + y) - ((x + x if wrong else x) + y), {"others": others}, [("1", ["others"])]),
            nonnegative("(T + y) - T > 0: SupCon lies above mean_i log(T/x_i)", (total + y) - total,
                         {"y": (y, ">0", "a sum of exponentials")}, [("1", ["y"])], strict=True),
            nonnegative("P (mean_i log(T/x_i) - log P) = -sum_i log z_i >= 0", 0 - sum_log,
                         {"tangent": tangent, "closed": closed},
                         [("1", ["tangent"]), ("1", ["closed"])]),
        ],
    }  # fmt: skip


def eps_sup_con_identity(wrong: bool = False) -> Certificate:
    """A7. e^LSE(0, {s-_j - s+_i + eps}, {s+_t - s+_i}_{t != i}) = 1 + y/(q x_i) + (T - x_i)/x_i."""
    x, total, y, q = symbols("x T y q")
    inside = total + y if wrong else total * q + y
    return {
        "claim": "A7",
        "steps": [
            identity("the LSE's terms sum to e^eps (T q + y)/x_i: eps acts on every positive of the denominator",
                     1 + y / (q * x) + (total - x) / x, (1 / q) * (inside / x)),
            identity("eps = 0 (q = 1) is SupCon's L_out: (T + y)/x_i", 1 + y / x + (total - x) / x, (total + y) / x),
        ],
    }  # fmt: skip


def collapse_to_a_point_as_printed() -> Certificate:
    """A9. The orthonormal e1, e2, e3: every s+_t - s+_i = 0 - 0 <= 0, and yet |e1 - e2|^2 = 2 > 0."""
    s12, s13 = symbols("s12 s13")
    at = {"s12": "0", "s13": "0"}
    return {
        "claim": "A9",
        "steps": [
            witness("the non-contrastive terms of anchor e1 hold: s13 - s12 = 0", s13 - s12, "==", at),
            witness("the positives are not one point: |e1 - e2|^2 = 2 - 2 s12 > 0", 2 - 2 * s12, ">", at),
        ],
    }


def collapse_to_a_point(wrong: bool = False) -> Certificate:
    """A9c. The terms force <z_a, z_t> = <z_a, z_i> for every anchor a and t, i != a, so one cosine c for all pairs:
    G = (1 - c) I + c J. If c < 1, G (e_i - e_j) = (1 - c)(e_i - e_j) gives rank >= n - 1, which d dimensions hold only
    if n <= d + 1; there the regular simplex (c = -1/(n-1), rank n - 1) satisfies the terms."""
    c, n = symbols("c n")
    return {
        "claim": "A9c",
        "steps": [
            identity("G (e_i - e_j) at i: 1 - c", 1 - c, 1 + c if wrong else 1 - c),
            identity("G (e_i - e_j) at any k other than i, j: c - c = 0", c - c, 0),
            nonnegative("c < 1 makes that eigenvalue positive, of multiplicity n - 1", 1 - c,
                        {"apart": (1 - c, ">0", "not one point")}, [("1", ["apart"])], strict=True),
            identity("the regular simplex: the remaining eigenvalue 1 + (n-1) c vanishes at c = -1/(n-1), rank n - 1",
                     1 + (n - 1) * ((0 - 1) / (n - 1)), 0),
        ],
    }  # fmt: skip


def sup_con_in_below_out(wrong: bool = False) -> Certificate:
    """A10. e^(L_in) = P (T + y)/T. L_out - L_in = mean_i log(T/(P x_i)) >= 0 by log z <= z - 1 at z_i = P x_i/T.

    One positive at x_1 = 1000 with the other at 1/1000 < y = 1 leaves L_in within log(1 + 1/1000) of its infimum log P.
    """
    x1, x2, y, p, sum_z, sum_log = symbols("x1 x2 y P Z L")
    tangent = (sum_z - p - sum_log, ">=0", "sum over i of z_i - 1 - log z_i, and log z <= z - 1 for z > 0")
    closed = (p - sum_z, ">=0", "sum_i z_i = P")
    at = {"x1": "1000", "x2": "1/1000", "y": "1"}
    return {
        "claim": "A10",
        "steps": [
            nonnegative("P (L_out - L_in) = -sum_i log z_i >= 0", sum_log if wrong else 0 - sum_log,
                        {"tangent": tangent, "closed": closed}, [("1", ["tangent"]), ("1", ["closed"])]),
            witness("the second positive loses to the negative", x2 - y, "<", at),
            witness("and yet e^(L_in)/P = (T + y)/T < 1 + 1/1000", (x1 + x2 + y) / (x1 + x2) - (1 + y / 1000), "<", at),
        ],
    }  # fmt: skip


def free_duality(
    labels: np.ndarray, temperature: float, epsilon: float, loss: str, vectors: np.ndarray, gap: str
) -> dict[str, Any]:
    """A duality step: the cosines of `vectors` [n, d] lie within `gap` (a rational, as text) of the loss's minimum over
    free embeddings of these labels."""
    return {
        "kind": "duality",
        "problem": "supervised",
        "says": f"{loss}, classes {np.bincount(labels).tolist()}, eps = {epsilon:g}, tau = {temperature:g}: within {gap}",
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
    unless the two samples coincide): step 1 for eps-SupInfoNCE, step 2 for eps-SupCon, whose mean over i of the terms is
    log(q T + y) - mean_i log x_i >= log(q P g + y) - log g for the geometric mean g <= M of the x_i (T >= P g, and the
    right side falls in g). Then replace every class by one uniformly random member of it: given the anchor, the expected
    collapsed term is at most the term, as E log(q + Y) <= log(q + E Y) (step 3, the tangent of log at m = q + E Y). So
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
    x, top, y, q, p, m, w, log_ratio = symbols("x M y q P m w L")
    below = (top - x, ">=0", "s+ <= 1/tau, with equality only if the two samples coincide")
    positive = {"below": below, "y": (y, ">0", "a sum of exponentials"), "x": (1 / x, ">0", "an exponential"),
                "M": (1 / top, ">0", "an exponential")}  # fmt: skip
    tangent = (
        w / m - 1 - log_ratio,
        ">=0",
        "log(w/m) <= w/m - 1; its expectation over w, E w = m, is -E log(w/m) >= 0",
    )
    return {
        "claim": claim,
        "steps": [
            nonnegative("eps-SupInfoNCE: (x q + y)/x - (M q + y)/M = y (M - x)/(x M) >= 0", (x * q + y) / x - (top * q + y) / top,
                        positive, [("1", ["below", "y", "x", "M"])]),
            nonnegative("eps-SupCon: (q P g + y)/g falls in g: its change from g = x to g = M is y (M - x)/(x M) >= 0",
                        (q * p * x + y) / x - (q * p * top + y) / top, positive, [("1", ["below", "y", "x", "M"])]),
            nonnegative("Jensen by the tangent of the logarithm", w / m - 1 - log_ratio, {"tangent": tangent},
                        [("1", ["tangent"])]),
            *duality_steps,
        ],
    }  # fmt: skip


def minority_merging(duality_steps: list[dict[str, Any]], wrong: bool = False) -> Certificate:
    """A21. The algebra of `theory.margins.free.merging_threshold`: at h = (1, 1, -1), up to the factor n tau,
    D_12 = m^2 E/Z_1 and D_13 = (m M/(2 E)) (1/Z_1 + 1/Z_3); S h = 0 fixes S's diagonal, S_11 = D_13 - D_12 and
    S_33 = 2 D_13; its other eigenvectors are (1, -1, 0) and (1, 1, 2)."""
    m, big, e, z1, z3, d12, d13 = symbols("m M E Z1 Z3 D12 D13")
    first, second = m * m * e / z1, (m * big / (2 * e)) * (1 / z1 + 1 / z3)
    s11, s33 = d13 - d12, 2 * d13
    return {
        "claim": "A21",
        "steps": [
            identity("S h = 0 in row 1: S_11 + D_12 - D_13 = 0", s11 + d12 - d13, 0),
            identity("S h = 0 in row 3: 2 D_13 - S_33 = 0", 2 * d13 - s33, 0),
            identity("the form of (1, -1, 0): 2 (D_13 - 2 D_12)", 2 * s11 - 2 * d12, 2 * (d13 - 2 * d12)),
            identity("the form of (1, 1, 2): 18 D_13, positive", 2 * s11 + 2 * d12 + 8 * d13 + 4 * s33, 18 * d13),
            identity("(D_13 - 2 D_12) 2 E Z_1/m = M (1 + Z_1/Z_3) - 4 m E^2", (second - 2 * first) * (2 * e * z1 / m),
                     big * (1 + z1 / z3) - (2 if wrong else 4) * m * e * e),
            *duality_steps,
        ],
    }  # fmt: skip
