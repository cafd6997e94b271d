"""Certificate of the biased graph's boundary (B22, ours): exchange class and bias, and compare two losses."""

from __future__ import annotations

from typing import Any

from theory.certify.expression import symbols
from theory.certify.steps import identity, nonnegative


def biased_boundary(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B22. R and Q: shares of an aligned and of a conflicting group; k classes; b, g, e for beta, gamma, delta.

    Exchanging class and bias keeps shares, degrees and the log-sum-exp terms, and exchanges beta with gamma; so the loss of
    the exchanged Gram matrix differs from the loss in the pair terms only, and the optimum cannot lose to it.
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
    own = s * p + m * (g + b)
    far, near = s * b + m * (p + e), s * g + m * (p + e)
    pull = m * g / own - m * b / own + m * g / near - m * b / far
    limit = (g - b) * (1 / (g + b) + 1 / (p + e))
    drift = p * (g - b) / ((g + b) * own) + (g * g / near - b * b / far) / (p + e)
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
            identity("as 1 - rho -> 0 the pair terms pull by (gamma - beta)(1/(gamma+beta) + 1/(p+delta))",
                     pull - limit, (0 - s) * drift),
            *duality_steps,
        ],
    }  # fmt: skip
