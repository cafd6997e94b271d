"""Information bounds as printed, and moments of distances: A11, A16, A17."""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import function, symbols
from contrastive_claims.theory.certify.facts import fact, positive
from contrastive_claims.theory.certify.specification.anchors import TRANSLATION
from contrastive_claims.theory.certify.statements import Specification, identity, nonnegative, pointwise

x, y = symbols("x y")
A11 = Specification(
    "A11",
    positive("x y", "exponential", "the exponentials of the positive, and summed of the negatives"),
    (
        nonnegative("lower half", "1 - x/(x + y) > 0: the printed lower bound is negative, true but empty",
                    1 - x / (x + y), True),
        pointwise("upper half", "I = 0 (independence), constant critic, N = 2: the printed upper bound is log(x/(x + x)) < 0",
                  function("log", x / (x + x)), "<"),
    ),
    (TRANSLATION, "that I >= 0, and I = 0 for independent x and y"),
)  # fmt: skip

va, vc, d, log_ratio = symbols("va vc D L")
kl = ((va + d) / vc - log_ratio - 1) / 2
VARIANCES = (fact("va", ">0", "length", "a variance"), fact("vc", ">0", "length", "a variance"))
A16 = Specification(
    "A16",
    (*VARIANCES, fact("D", ">=0", "length", "D = (mu_a - mu_c)^2")),
    (
        identity("the bound is the tangent", "2 KL - D/var_c = r - 1 - log r, r = var_a/var_c, which is >= 0",
                 2 * kl - d / vc, va / vc - 1 - log_ratio),
        nonnegative("KL", "KL = (r - 1 - log r)/2 + D/(2 var_c) >= 0", kl),
        nonnegative("the bound", "D/(2 var_c) >= 0", d / (2 * vc)),
        identity("zero only at equality", "the derivative of r - 1 - log r is (r - 1)/r, r = va", 1 - 1 / va, (va - 1) / va),
    ),
    (
        "that KL between Gaussians is this formula, and L = log(var_a/var_c)",
        "that r - 1 - log r >= 0 (the primitive fact) is 0 at r = 1 only, from the sign of its derivative",
    ),
    (("L", (va / vc).formula),),
)  # fmt: skip
A17 = Specification(
    "A17",
    (*VARIANCES, fact("D", ">=0", "length", "D = (mu_a - mu_c)^2")),
    (
        pointwise("equal means", "the first moments agree: D = 0", d, "=="),
        pointwise("unequal distributions", "KL > 0", ((va + d) / vc - function("log", va / vc) - 1) / 2, ">"),
    ),
    ("that KL between Gaussians is this formula, and that EnD's penalty on means vanishes where D = 0",),
)

SPECIFICATIONS = (A11, A16, A17)
