"""Information bounds as printed, and moments of distances: proofs of A11, A16 and A17."""

from __future__ import annotations

from typing import Any

from contrastive_claims.theory.certify.expression import symbols
from contrastive_claims.theory.certify.steps import certificate, combination

Certificate = dict[str, Any]


def information_as_printed(wrong: bool = False) -> Certificate:
    """A11. The lower bound is negative; the upper one fails at I = 0, N = 2. `wrong`: the lower bound with its sign turned."""
    x, y = symbols("x y")
    witnesses = {
        "lower half": {"combination": combination(("1", [y, 1 / (x + y)]))},
        "upper half": {"at": {"x": "1"}},
    }
    return certificate("A11", witnesses, {"lower half": {"expression": x / (x + y) - 1}} if wrong else {})


def gaussian_kl(wrong: bool = False) -> Certificate:
    """A16. With r = var_a/var_c > 0 and D = (mu_a - mu_c)^2: 2 KL = (r - 1 - log r) + D/var_c, and log r <= r - 1.

    Zero only if both terms vanish: D = 0, and r - 1 - log r = 0, whose derivative (r - 1)/r has the sign of r - 1, so
    that r = 1 is its only zero. `wrong`: the two variances exchanged in the logarithm.
    """
    va, vc, d, log_ratio = symbols("va vc D L")
    witnesses = {
        "KL": {"combination": combination(("1/2", [va / vc - 1 - log_ratio]), ("1/2", [d, 1 / vc]))},
        "the bound": {"combination": combination(("1/2", [d, 1 / vc]))},
    }
    kl = ((va + d) / vc - (0 - log_ratio) - 1) / 2
    slips = {"the bound is the tangent": {"left": 2 * kl - d / vc}, "KL": {"expression": kl}}
    return certificate("A16", witnesses, slips if wrong else {})


def first_moments_only(wrong: bool = False) -> Certificate:
    """A17. Equal means (D = 0), variances 4 and 1: EnD's penalty on means is 0, KL = (4 - 1 - log 4)/2 > 0.

    `wrong`: equal variances, where matching the means is enough.
    """
    at = {"at": {"D": "0", "va": "1" if wrong else "4", "vc": "1"}}
    return certificate("A17", {"equal means": at, "unequal distributions": at})
