"""Certificate of the biased graph's boundary (B22, ours): exchange class and bias, and compare two losses."""

from __future__ import annotations

from typing import Any

from theory.certify.expression import symbols
from theory.certify.steps import identity, nonnegative


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

    Last step: two classes, a conflicting group c of share s and an aligned one of share m (two of each, s + m = 1/2), of
    degrees own = s (p + delta) + m (gamma + beta) and host = s (gamma + beta) + m (p + delta). c's pair terms with its
    class's aligned group less those with its bias's, over its share, are ``m (gamma - beta)(1/own + 1/host)``.
    `wrong`: (gamma - beta) in place of (beta - gamma).
    """
    r, q, k, p, b, g, e, w, bias, same, s, m = symbols("R Q k p b g e w cos_bias cos_class s m")
    others = k * k - 3 * k + 3  # conflicting groups that share neither class nor bias with a given one
    aligned = r * p + (k - 1) * q * (b + g) + ((k - 1) * r + (k - 1) * (k - 2) * q) * e
    conflicting = q * p + (r + (k - 2) * q) * (b + g) + (k - 2) * r * e + others * q * e
    rest = 1 - k * r - k * (k - 1) * q
    total_aligned = r + (k - 1) * q + (k - 1) * q + (k - 1) * r + (k - 1) * (k - 2) * q
    total_conflicting = q + 2 * (r + (k - 2) * q) + (k - 2) * r + others * q
    difference = (g - b if wrong else b - g) * (bias - same)
    own, host = s * (p + e) + m * (g + b), s * (g + b) + m * (p + e)
    pull = m * g / own - m * b / own + m * g / host - m * b / host
    limit = (g - b) * (1 / (g + b) + 1 / (p + e))
    drift = (g - b) * ((p + e) / ((g + b) * own) + (g + b) / ((p + e) * host))
    return {
        "claim": "B22",
        "steps": [
            identity("an aligned group's degree counts every block once (k classes, shares of sum 1)",
                     total_aligned - 1, 0 - rest),
            identity("and so does a conflicting group's", total_conflicting - 1, 0 - rest),
            identity("an aligned group's degree keeps its value when beta and gamma are exchanged",
                     aligned, r * p + (k - 1) * q * (g + b) + ((k - 1) * r + (k - 1) * (k - 2) * q) * e),
            identity("and a conflicting group's", conflicting - q * p - (r + (k - 2) * q) * (g + b),
                     (k - 2) * r * e + others * q * e),
            identity("loss of the exchanged Gram matrix less the optimum's, times tau: 2 w (beta - gamma)(cos_bias - cos_class)",
                     2 * w * (g * same + b * bias) - 2 * w * (g * bias + b * same), 2 * w * difference),
            nonnegative("the pair weight w is positive and the difference not negative at an optimum: so is the product",
                        difference,
                        {"optimal": ((b - g) * (bias - same), ">=0", "the optimum does not lose to the exchanged matrix")},
                        [("1", ["optimal"])]),
            identity("two classes: as s -> 0 the pair terms pull by (gamma - beta)(1/(gamma+beta) + 1/(p+delta)), up to order s",
                     pull - limit, (0 - s) * drift),
            *duality_steps,
        ],
    }  # fmt: skip
