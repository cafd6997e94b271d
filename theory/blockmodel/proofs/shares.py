"""Proofs at finite shares: B3, B15, B16, B17, B24, B25, by the steps of theory.certify.specification. All are ours.

D, Z_k, W_kl, d_k, S as in proofs.uniform; s and t are two shares, a = alpha_kl, p = alpha_kk, E = e^(1/tau).
"""

from __future__ import annotations

from typing import Any

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.specification import merging
from contrastive_claims.theory.certify.steps import certificate, combination


def population_certificate(duality_steps: list[dict[str, Any]]) -> dict[str, Any]:
    """B3: f is convex along every line, <S, G> = 0; then certified optima.

    The second derivative of log sum_l w_l e^{u h_l} in u is the softmax variance of the slopes h_l: nonnegative.
    """
    w, h, mean = symbols("w_l h_l m")
    variance = {
        "coefficients": [(mean * mean).formula, (0 - 2 * mean).formula, "1"],
        "combination": combination(("1", [w, (h - mean) * (h - mean)])),
    }
    return certificate("B3", {"convexity": variance}, optima=duality_steps)


def share_independence(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B15; and the four eigenvalues for the biased graph. `wrong`: unequal connections within blocks, alpha_kk = q for one."""
    s, d, other = symbols("s d q")
    slips = {"on the diagonal": {"right": s * other * s / d}} if wrong else {}
    return certificate("B15", {}, slips, duality_steps)


def spread_law(wrong: bool = False) -> dict[str, Any]:
    """B16: D vanishes on the ball too, at e^{M_kk/tau} = (p_k/p_max) E. `wrong`: unit vectors for every block."""
    s, top, e, d = symbols("s p_max E d")
    return certificate("B16", {}, {"on the diagonal": {"left": s * s * e / (e / top * d)}} if wrong else {})


def exact_collapse(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B17. u = (1, 1, -1), S u = 0. `wrong`: half of the repulsion, E/Z instead of 2E/Z."""
    e, z, z3 = merging.e, merging.z, merging.z3
    witnesses = {"conductances": {"combination": combination(("1", [1 / z, 1 / e]), ("1", [1 / z3, 1 / e]))}}
    half = merging.bond - e / z + merging.s3 / ((merging.s1 + merging.s2) * e) * (1 / z + 1 / z3)
    return certificate("B17", witnesses, {"margin": {"right": half}} if wrong else {}, duality_steps)


def spread_of_merged(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B24: the multipliers at u = (1, 1, -1). `wrong`: the two degrees exchanged."""
    s2, s3, e, a, d1, d2 = merging.s2, merging.s3, merging.e, merging.a, merging.d1, merging.d2
    pushes = [("3/2", [s3, 1 / e, 1 / merging.z]), ("1/2", [s3, 1 / e, 1 / merging.z3])]
    witnesses = {
        "push": {"combination": combination(*pushes)},
        "the more connected block stays": {
            "combination": combination(*pushes, ("1/2", [s2, a, d1 - d2, 1 / d1, 1 / d2])),
        },
    }
    turned = s2 * a / 2 * (1 / d2 - 1 / d1) - s3 / e * merging.push
    return certificate("B24", witnesses, {"multiplier of block 1": {"right": turned}} if wrong else {}, duality_steps)


def two_blocks(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B25: y = e^((g-1)/tau); 2 tau D_12/(pi_1 pi_2) = y/(s + t y) + y/(s y + t) - A. `wrong`: the merger from A >= 1 on."""
    s, t, y, h, ties = symbols("s t y h A")
    rise = [
        ("1", [s, h, 1 / (s + t * y), 1 / (s + t * (y + h))]),
        ("1", [t, h, 1 / (s * y + t), 1 / (s * (y + h) + t)]),
    ]
    slips = {"merger": {"right": Expression("1") - ties}} if wrong else {}
    return certificate("B25", {"the gradient rises": {"combination": combination(*rise)}}, slips, duality_steps)
