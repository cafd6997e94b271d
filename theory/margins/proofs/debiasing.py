"""Moments of distance distributions: claims A16 and A17."""

from __future__ import annotations

from typing import Any

from theory.certify.expression import function, symbols
from theory.certify.steps import identity, nonnegative, witness

Certificate = dict[str, Any]


def gaussian_kl(wrong: bool = False) -> Certificate:
    """A16. With r = var_a/var_c > 0 and D = (mu_a - mu_c)^2: 2 KL = (r - 1 - log r) + D/var_c, and log r <= r - 1.

    Zero only if both terms vanish: D = 0, and r - 1 - log r = 0, whose derivative (r - 1)/r has the sign of r - 1, so
    that r = 1 is its only zero.
    """
    va, vc, d, log_ratio, r = symbols("va vc D L r")
    tangent = (va / vc - 1 - log_ratio, ">=0", "log r <= r - 1 for r = va/vc > 0")
    kl = ((va + d) / vc - (0 - log_ratio if wrong else log_ratio) - 1) / 2
    return {
        "claim": "A16",
        "steps": [
            nonnegative("KL - D/(2 var_c) >= 0", kl - d / (2 * vc), {"tangent": tangent}, [("1/2", ["tangent"])]),
            nonnegative("D/(2 var_c) >= 0", d / (2 * vc),
                         {"D": (d, ">=0", "a square"), "vc": (1 / vc, ">0", "a positive variance")}, [("1/2", ["D", "vc"])]),
            identity("the derivative of r - 1 - log r is (r - 1)/r", 1 - 1 / r, (r - 1) / r),
        ],
    }  # fmt: skip


def first_moments_only(wrong: bool = False) -> Certificate:
    """A17. Equal means (D = 0), variances 4 and 1: EnD's penalty on means is 0, KL = (4 - 1 - log 4)/2 > 0."""
    difference, va, vc = symbols("D va vc")
    kl = ((va + difference) / vc - function("log", va / vc) - 1) / 2
    at = {"D": "0", "va": "1" if wrong else "4", "vc": "1"}
    return {
        "claim": "A17",
        "steps": [
            witness("the first moments agree", difference, "==", at),
            witness("the distributions do not: KL > 0", kl, ">", at),
        ],
    }
