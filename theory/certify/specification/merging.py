"""When two blocks merge, and whether they spread: B17, B24, B25."""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.facts import fact
from contrastive_claims.theory.certify.laws import merged_multipliers, merging_pair, two_blocks
from contrastive_claims.theory.certify.specification.closed_forms import DUALITY, GRADIENT
from contrastive_claims.theory.certify.statements import Optimum, Specification, identity, nonnegative

s1, s2, s3, e, a, d1, d2 = symbols("s_1 s_2 s_3 E a d_1 d_2")
MODEL = (
    *(fact(name, ">0", "number", "a share") for name in ("s_1", "s_2", "s_3")),
    fact("E", ">0", "exponential", "e^(1/tau)"),
    fact("a", ">0", "number", "alpha_12"),
    *(fact(name, ">0", "number", "a degree: no block is isolated") for name in ("d_1", "d_2")),
)
# u = (1, 1, -1): D_kl scaled by 2 tau and divided by its shares
z, z3 = (s1 + s2) * e + s3 / e, (s1 + s2) / e + s3 * e
bond = a * (1 / d1 + 1 / d2)
d12, dk3 = 2 * e / z - bond, (1 / z + 1 / z3) / e
far1, far2 = s1 * s3 * dk3, s2 * s3 * dk3

b, c, k12, y1, y2, y3 = symbols("b c k y_1 y_2 y_3")
square12, square13, square23 = (y1 - y2) * (y1 - y2), (y1 - y3) * (y1 - y3), (y2 - y3) * (y2 - y3)
rest = y3 - (b * y1 + c * y2) / (b + c)
B17 = Specification(
    "B17",
    (*MODEL, *(fact(name, ">0", "number", "a conductance D_k3, by the step of that name") for name in ("b", "c"))),
    (
        nonnegative("conductances", "2 tau D_k3 = pi_k pi_3 (1/Z + 1/Z_3)/E > 0", dk3, True),
        identity("Laplacian", "S u = 0 makes S a weighted Laplacian in y = u x: conductances k = -D_12, b = D_13, c = D_23",
                 (k12 + b) * y1 * y1 + (k12 + c) * y2 * y2 + (b + c) * y3 * y3 - 2 * (k12 * y1 * y2 + b * y1 * y3 + c * y2 * y3),
                 k12 * square12 + b * square13 + c * square23),
        identity("completed square", "in y_3: psd iff k + bc/(b+c) >= 0",
                 k12 * square12 + b * square13 + c * square23, (k12 + b * c / (b + c)) * square12 + (b + c) * rest * rest),
        identity("margin", "2 tau (k + bc/(b+c)) / (pi_1 pi_2) is the margin of B17",
                 (0 - s1 * s2 * d12 + far1 * far2 / (far1 + far2)) / (s1 * s2),
                 bond - 2 * e / z + s3 / ((s1 + s2) * e) * (1 / z + 1 / z3)),
        *(Optimum(f"optimum {k + 1}", "merged exactly where the margin is positive", "population", merging_pair)
          for k in range(24)),
    ),
    (GRADIENT, DUALITY, "that S u = 0 (complementarity) fixes the diagonal of S at u = (1, 1, -1)"),
    sides=(("merged", 3), ("apart", 3)),
)  # fmt: skip

own = s1 * (e / z) - (d1 - s2 * a) / d1  # tau D_11 / pi_1, with pi_1 p_11 = d_1 - pi_2 alpha
last = s3 * (e / z3) - 1 - (s1 + s2) * dk3 / 2  # tau (D_33 - D_13 - D_23) / pi_3, with W_33 = pi_3
push = 3 / (2 * z) + 1 / (2 * z3)
B24 = Specification(
    "B24",
    MODEL,
    (
        identity("multiplier of block 1", "tau lambda_1/pi_1 = (pi_2 alpha/2)(1/d_1 - 1/d_2) - (pi_3/E)(3/(2Z) + 1/(2 Z_3))",
                 own + s2 * (e / z - bond / 2) - s3 * dk3 / 2, s2 * a / 2 * (1 / d1 - 1 / d2) - s3 / e * push),
        identity("multiplier of block 3", "tau lambda_3/pi_3 = -((pi_1+pi_2)/E)(1/(2Z) + 3/(2 Z_3))",
                 last, 0 - (s1 + s2) / e * (1 / (2 * z) + 3 / (2 * z3))),
        nonnegative("push", "the push (pi_3/E)(3/(2Z) + 1/(2 Z_3)) is positive: only the less connected block can spread",
                    s3 / e * push, True),
        nonnegative("the more connected block stays", "with d_1 >= d_2 minus tau lambda_1/pi_1 is positive",
                    s3 / e * push - s2 * a / 2 * (1 / d1 - 1 / d2), True,
                    (fact(d1 - d2, ">=0", "case", "block 1 is the more connected one"),)),
        *(Optimum(f"optimum {k + 1}", "a merged pair, with the multipliers of the closed form", "population", merged_multipliers)
          for k in range(20)),
    ),
    (GRADIENT, DUALITY, "that the multipliers are meant at h = (1, 1, -1), which merged blocks are"),
    sides=(("spreading", 3), ("staying", 3)),
)  # fmt: skip

s, t, y, h, ties = symbols("s t y h A")


def pull(x: Expression) -> Expression:
    """2 tau D_12/(pi_1 pi_2) + A at e^((g-1)/tau) = x."""
    return x / (s + t * x) + x / (s * x + t)


shares = 1 - s
B25 = Specification(
    "B25",
    (
        fact("s", ">0", "number", "a share"), fact(1 - s, ">0", "number", "a share"),
        fact("t", ">0", "number", "a share, t = 1 - s"),
        fact("y", ">0", "exponential", "y = e^((g-1)/tau)"), fact("h", ">0", "increment", "a step upwards"),
    ),
    (
        nonnegative("the gradient rises", "in y, strictly", pull(y + h) - pull(y), True),
        identity("merger", "at y = 1, s + t = 1 it is 2 - A: the blocks merge iff A >= 2, at every temperature",
                 Expression("1") / (s + shares) + Expression("1") / (s + shares) - ties, 2 - ties),
        identity("the quadratic", "cleared of denominators, m = s t, t = 1 - s",
                 (y / (s + shares * y) + y / (s * y + shares) - ties) * (s + shares * y) * (s * y + shares),
                 (1 - ties * (s * shares)) * y * y + (1 - ties * (1 - 2 * (s * shares))) * y - ties * (s * shares)),
        *(Optimum(f"optimum {k + 1}", "the optimum is the quadratic's cosine, cut at +-1", "population", two_blocks)
          for k in range(20)),
    ),
    (GRADIENT, DUALITY, "that a convex function of one cosine is least where its slope vanishes, or at the end of its range"),
    sides=(("merged", 3), ("apart", 3)),
)  # fmt: skip

SPECIFICATIONS = (B17, B24, B25)
