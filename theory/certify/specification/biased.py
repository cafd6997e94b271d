"""The biased graph's boundary: B22.

R and Q the shares of an aligned and a conflicting group; k classes; b, g, e for beta, gamma, delta; two classes: s and m the
shares of a conflicting and an aligned group.
"""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import symbols
from contrastive_claims.theory.certify.facts import fact
from contrastive_claims.theory.certify.limits import biased_groups
from contrastive_claims.theory.certify.specification.closed_forms import DUALITY
from contrastive_claims.theory.certify.statements import Optimum, Specification, identity, nonnegative

r, q, k, p, b, g, e, w, bias, same, s, m = symbols("R Q k p b g e w cos_bias cos_class s m")
others = k * k - 3 * k + 3  # conflicting groups that share neither class nor bias with a given one
aligned = r * p + (k - 1) * q * (b + g) + ((k - 1) * r + (k - 1) * (k - 2) * q) * e
exchanged = r * p + (k - 1) * q * (g + b) + ((k - 1) * r + (k - 1) * (k - 2) * q) * e
conflicting = q * p + (r + (k - 2) * q) * (b + g) + (k - 2) * r * e + others * q * e
rest = 1 - k * r - k * (k - 1) * q
difference = (b - g) * (bias - same)
own, host = s * (p + e) + m * (g + b), s * (g + b) + m * (p + e)
pull = m * g / own - m * b / own + m * g / host - m * b / host
limit = (g - b) * (1 / (g + b) + 1 / (p + e))
drift = (g - b) * ((p + e) / ((g + b) * own) + (g + b) / ((p + e) * host))
B22 = Specification(
    "B22",
    (
        *(fact(name, ">0", "number", "a share or a connection") for name in ("p", "b", "g", "s", "m", "w")),
        fact("e", ">=0", "number", "delta"),
        fact(2 * w * difference, ">=0", "case", "the optimum does not lose to the exchanged matrix: the step 'exchange'"),
    ),
    (
        identity("an aligned group's blocks", "its degree counts every block once (shares of sum 1)",
                 r + (k - 1) * q + (k - 1) * q + (k - 1) * r + (k - 1) * (k - 2) * q - 1, 0 - rest),
        identity("a conflicting group's blocks", "and so does a conflicting group's",
                 q + 2 * (r + (k - 2) * q) + (k - 2) * r + others * q - 1, 0 - rest),
        identity("an aligned group's degree", "keeps its value when beta and gamma are exchanged", aligned, exchanged),
        identity("a conflicting group's degree", "and a conflicting group's",
                 conflicting - q * p - (r + (k - 2) * q) * (g + b), (k - 2) * r * e + others * q * e),
        identity("exchange", "tau (exchanged matrix's loss less the optimum's) = 2 w (beta - gamma)(cos_bias - cos_class)",
                 2 * w * (g * same + b * bias) - 2 * w * (g * bias + b * same), 2 * w * difference),
        nonnegative("boundary", "(beta - gamma)(cos_bias - cos_class) >= 0 at an optimum, by the step 'exchange'", difference),
        identity("limit", "two classes: the pair terms pull by (gamma - beta)(1/(gamma+beta) + 1/(p+delta)), up to order s",
                 pull - limit, (0 - s) * drift),
        *(Optimum(f"optimum {k + 1}", "a conflicting group sits with its bias iff beta > gamma", "population", biased_groups)
          for k in range(16)),
    ),
    (
        "that exchanging class and bias keeps shares, degrees and log-sum-exps, and that cos_bias and cos_class are one number "
        "each by uniqueness (docstring of theory.blockmodel.proofs.biased.biased_boundary)",
        "that equality needs beta = gamma or one vector for both aligned groups (there)",
        "the limit rho -> 1: docstring of theory.blockmodel.limits.biased.biased_minority_cosine",
        DUALITY,
    ),
    sides=(("bias", 3), ("class", 3)),
)  # fmt: skip

SPECIFICATIONS = (B22,)
