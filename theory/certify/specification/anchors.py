"""One anchor: A1 to A5, A26.

x = e^s+, y = sum_j e^s-_j, q = e^-eps, N >= 1 negatives. Losses are logarithms of the rational functions below.
"""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.facts import fact, positive
from contrastive_claims.theory.certify.statements import Specification, identity, nonnegative, pointwise, summed

x, y, q = symbols("x y q")
LOGITS = (
    *positive("x q", "exponential", "x = e^s+, q = e^-eps"),
    *positive("y", "exponential", "y = sum_j e^s-_j over N >= 1 negatives"),
)
NUMBER = (
    fact("N", ">0", "number", "the number of negatives"),
    fact(Expression("N") - 1, ">=0", "number", "at least one negative"),
)
TRANSLATION = "that the losses are the logarithms of these rational functions of x = e^s+, y = sum_j e^s-_j, q = e^-eps"

A1 = Specification(
    "A1",
    LOGITS,
    (identity("the ratio form is the LSE form", "e^loss = (x q + y)/x equals e^LSE(-eps, {s-_j - s+}) = q + y/x",
              (x * q + y) / x, q + y / x),),
    (TRANSLATION,),
)  # fmt: skip

u_j, u, total, n = symbols("u_j u U N")
ALL, OTHERS = {Expression("1"): n, u_j: total}, {Expression("1"): n - 1, u_j: total - u}
below = fact(1 - u, ">=0", "case", "the hinge is 0: every s-_j - s+ + eps <= 0")
above = fact(u - 1, ">=0", "case", "the hinge is open: the largest s-_j - s+ + eps >= 0")
A2 = Specification(
    "A2",
    (
        *LOGITS,
        *NUMBER,
        *positive("u_j u", "exponential", "u_j = e^(s-_j - s+ + eps), u the largest of them"),
        fact(u - u_j, ">=0", "largest", "u is the largest u_j"),
    ),
    (
        identity("the loss", "e^(loss + eps) = (x q + y)/(x q) = 1 + sum_j e^(s-_j - s+ + eps) = 1 + U",
                 (x * q + y) / (x * q), 1 + y / (x * q)),
        summed("the others", "U - u >= 0: a sum of the other N - 1 exponentials", total - u, OTHERS),
        summed("the largest", "N u - U >= 0: the sum of u - u_j", n * u - total, ALL),
        nonnegative("lower end, hinge 0", "e^(loss + eps - H) - 1 = (1 + U) - 1 > 0: never attained",
                    (1 + total) - 1, True, (below,)),
        nonnegative("lower end, hinge open", "e^(loss + eps) - e^H = (1 + U) - u > 0: never attained",
                    (1 + total) - u, True, (above,)),
        nonnegative("upper end, hinge 0", "(N + 1) e^H - e^(loss + eps) = (N + 1) - (1 + U) >= 0",
                    (n + 1) - (1 + total), False, (below,)),
        nonnegative("upper end, hinge open", "(N + 1) e^H - e^(loss + eps) = (N + 1) u - (1 + U) >= 0",
                    (n + 1) * u - (1 + total), False, (above,)),
        nonnegative("lower end approached", "2 N u - ((1 + U) - 1) > 0: the excess over 1 vanishes with u, as s+ grows",
                    2 * n * u - ((1 + total) - 1), True, (below,)),
    ),
    (
        TRANSLATION + "; U = y/(x q) = sum_j u_j, and e^H = max(1, u)",
        "that the two cases u <= 1 and u >= 1 are all there are",
        "that log(1 + 2 N u) -> 0 as u -> 0, so that the lower end is approached",
    ),
)  # fmt: skip

w_j, w, weight, floor, a, b = symbols("w_j w W f a b")
A3 = Specification(
    "A3",
    (
        *LOGITS,
        *NUMBER,
        *positive("w_j w", "exponential", "w_j = e^(s-_j - s+), w = e^-m the largest of them"),
        fact(w - w_j, ">=0", "largest", "w is the largest w_j"),
        fact(w_j - floor, ">=0", "largest", "on the sphere s-_j - s+ >= -2/tau, f = e^(-2/tau)"),
    ),
    (
        identity("the loss", "e^loss - e^-eps = sum_j e^(s-_j - s+) = W", (x * q + y) / x - q, y / x),
        summed("lower end", "W - e^-m >= 0, that is m >= -log(e^l - e^-eps)", weight - w,
               {Expression("1"): n - 1, w_j: weight - w}),
        summed("the largest", "N e^-m - W >= 0: the sum of w - w_j", n * w - weight, {Expression("1"): n, w_j: weight}),
        nonnegative("upper end", "e^-m - W/N >= 0, that is m <= -log((e^l - e^-eps)/N)", w - weight / n),
        nonnegative("threshold", "l <= log 2 - eps gives W <= q, hence e^-m <= q and m >= eps", q - w, False,
                    (fact(q - weight, ">=0", "case", "e^l <= 2 q, that is l <= log 2 - eps"),)),
        summed("sphere", "on the sphere e^-m <= W - (N-1) e^(-2/tau)", weight - (n - 1) * floor - w,
               {Expression("1"): n - 1, w_j: weight - w}),
        identity("sphere attained", "with all others at the floor it is an equality", (w + (n - 1) * floor) - (n - 1) * floor, w),
        nonnegative("lower end convex", "(a b - q)^2 - (a^2 - q)(b^2 - q) >= 0, a = e^(l/2), b = e^(l'/2): midpoint convex",
                    (a * b - q) * (a * b - q) - (a * a - q) * (b * b - q)),
    ),
    (
        TRANSLATION + "; W = y/x = sum_j w_j",
        "that -log(e^l - q) is continuous, so that midpoint convex is convex (l > -eps)",
        "that some points of the sphere have one hard negative and all others antipodal to a perfect positive",
    ),
)  # fmt: skip

W = Expression("W")
slope = (0 - q) / (q + W)
A4 = Specification(
    "A4",
    (*LOGITS, *positive("W", "exponential", "W = sum_j e^(s-_j - s+) over N >= 1 negatives")),
    (
        identity("eps = 0", "eps = 0 (q = 1) is InfoNCE: 1 + y/x = (x + y)/x", 1 + y / x, (x + y) / x),
        identity("eps -> inf", "eps -> inf (q -> 0) is InfoL1O: 0 + y/x = y/x, the positive out of the denominator",
                 (x * 0 + y) / x, y / x),
        nonnegative("the loss falls", "minus the slope of log(q + W) is q/(q + W) > 0", 0 - slope, True),
        nonnegative("loss + eps rises", "1 + slope = W/(q + W) > 0", 1 + slope, True),
    ),
    (TRANSLATION, "that d(log(q + W))/d eps = -q/(q + W), as dq/d eps = -q", "continuity in q at q = 0"),
)  # fmt: skip

sp, sn, eps, tau = symbols("sp sn eps tau")
apart = (2 - 2 * sp) - (2 - 2 * sn)  # d+ - d- for cosines
COSINES = (
    fact(1 - sp, ">=0", "number", "a cosine"), fact(1 + sp, ">=0", "number", "a cosine"),
    fact(1 - sn, ">=0", "number", "a cosine"), fact(1 + sn, ">=0", "number", "a cosine"),
)  # fmt: skip
A5 = Specification(
    "A5",
    (*COSINES, fact("eps", ">0", "number", "a margin")),
    (
        pointwise("the left side holds", "d+ - d- + eps < 0, d = 2 - 2 s", apart + eps, "<"),
        pointwise("the right side fails", "s- - s+ + eps > 0", sn - sp + eps, ">"),
    ),
    ("that |a - b|^2 = 2 - 2 <a, b> for unit vectors, and that two cosines with an anchor always have vectors",),
)
A5C = Specification(
    "A5c",
    (fact("tau", ">0", "number", "a temperature"),),
    (
        identity("cosines", "d+ - d- = 2 (s- - s+)", apart, 2 * (sn - sp)),
        identity("logits", "d+ - d- = 2 tau (s- - s+)", (2 - 2 * tau * sp) - (2 - 2 * tau * sn), 2 * tau * (sn - sp)),
    ),
    ("that |a - b|^2 = 2 - 2 <a, b> for unit vectors, and that a cosine is tau times its logit",),
)

p1, p2, n1, n2 = symbols("p1 p2 n1 n2")
A26 = Specification(
    "A26",
    (
        *(fact(1 - Expression(name), ">=0", "number", "a cosine") for name in ("p1", "p2", "n1", "n2")),
        *(fact(1 + Expression(name), ">=0", "number", "a cosine") for name in ("p1", "p2", "n1", "n2")),
        fact("eps", ">0", "number", "a margin"),
    ),
    (
        pointwise("the condition holds", "sum_j s-_j - sum_i s+_i + eps < 0", n1 + n2 - (p1 + p2) + eps, "<"),
        pointwise("closer than the first positive", "s-_1 - s+_1 > 0", n1 - p1, ">"),
        pointwise("closer than the second positive", "s-_1 - s+_2 > 0", n1 - p2, ">"),
    ),
    ("that cosines with one anchor always have unit vectors, in two dimensions already",),
)

SPECIFICATIONS = (
    A1,
    A2,
    A3,
    A4,
    A5,
    A5C,
    A26,
)
