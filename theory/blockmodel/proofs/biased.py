"""Proof of the biased graph's boundary (B22, ours): exchange class and bias, and compare two losses."""

from __future__ import annotations

from typing import Any

from contrastive_claims.theory.certify.specification.biased import b, bias, difference, g, same, w
from contrastive_claims.theory.certify.steps import certificate, combination


def biased_boundary(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B22. R and Q: shares of an aligned and of a conflicting group; k classes; b, g, e for beta, gamma, delta.

    Exchanging class and bias keeps shares, degrees and the log-sum-exp terms, and exchanges beta with gamma; so the loss of
    the exchanged Gram matrix differs from the loss in the pair terms only, and the optimum cannot lose to it.
    cos_bias and cos_class are one number each: the optimal Gram matrix is unique (a log-sum-exp is strictly convex but for a
    constant per row, which the diagonal fixes), so it keeps its value when classes and biases are permuted alike, which carries
    any conflicting group to any other.

    Ties with beta != gamma occur, for two classes, exactly when the aligned groups a, a' share one vector (as at p = .3,
    beta = .9, gamma = delta = .8, tau = 1, rho = .9). If they do, every group has one cosine with both. Conversely let c, c'
    be the conflicting groups and S = D - Diag(lambda), S V = 0. By symmetry rows c and c' of it differ by
    ``(D_ca - D_ca')(h_a - h_a') + (S_cc - S_cc')(h_c - h_c') = 0``. A tie makes ``<h_c - h_c', h_a - h_a'> = 0`` and leaves
    in D_ca - D_ca' only the pair terms, a nonzero multiple of beta - gamma; so ``|h_a - h_a'|^2 = 0``. QED.

    The step 'limit': two classes, a conflicting group c of share s and an aligned one of share m (two of each, s + m = 1/2), of
    degrees own = s (p + delta) + m (gamma + beta) and host = s (gamma + beta) + m (p + delta). c's pair terms with its
    class's aligned group less those with its bias's, over its share, are ``m (gamma - beta)(1/own + 1/host)``.
    `wrong`: (gamma - beta) in place of (beta - gamma).
    """
    witnesses = {"boundary": {"combination": combination(("1/2", [2 * w * difference, 1 / w]))}}
    turned = (g - b) * (bias - same)
    slips = {"exchange": {"right": 2 * w * turned}, "boundary": {"expression": turned}}
    return certificate("B22", witnesses, slips if wrong else {}, duality_steps)
