"""Block models at finite shares: B3, B6, B7, B15, B16.

s, t two shares, a = alpha_kl, p = alpha_kk, E = e^(1/tau), d, f two degrees, x = e^(g/tau). D, S, lambda, Z_k as in
theory.blockmodel.proofs.uniform.
"""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.facts import Fact, fact
from contrastive_claims.theory.certify.laws import blocks_between, pmi, simplex
from contrastive_claims.theory.certify.statements import (
    Optimum,
    Specification,
    Statement,
    identity,
    nonnegative,
    summed,
)

ONE = Expression("1")
DUALITY = (
    "the convexity of the loss in the Gram matrix, the duality theorem, and the distance that a gap leaves to the optimum "
    "(theory.certify.duality)"
)
GRADIENT = "that D is the symmetrised gradient of the population loss, of terms pi_k pi_l e^(G_kl/tau)/Z_k - W_kl"

w, h, mean, second, diagonal, others = symbols("w_l h_l m V D_kk O")
B3 = Specification(
    "B3",
    (fact("w_l", ">=0", "number", "a softmax weight"),),
    (
        summed("convexity", "the second derivative of a log-sum-exp along a line, the weights' variance V - m^2, is >= 0",
               second - mean * mean, {w: ONE, w * h: mean, w * h * h: second}),
        identity("complementarity", "(S G)_kk = S_kk + O = 0: O = sum_l D_kl G_kl, S_kk = D_kk - lambda_k, lambda_k = D_kk + O",
                 (diagonal - (diagonal + others)) + others, 0),
        *(Optimum(f"optimum {k + 1}", "the optimum of one block model", "population", blocks_between(2, 8)) for k in range(23)),
    ),
    (
        "that the second derivative of a log-sum-exp along a line is the variance of its slopes under the softmax",
        DUALITY,
        "the 23 models are examples: that every optimum has a certificate is the duality theorem with Slater's condition",
    ),
    sides=tuple((f"of {count} blocks", 3) for count in range(2, 9)),
)  # fmt: skip

s, t, a, p, e, d, f, top, x, k, delta = symbols("s t a p E d f p_max x K delta")


def block_facts(names: str) -> tuple[Fact, ...]:
    """Positive shares, connections, degrees and exponentials."""
    return tuple(fact(name, ">0", "exponential" if name in ("E", "x") else "number", "a positive quantity of the model")
                 for name in names.split())  # fmt: skip


degree = p * s + a * (1 - s)
inside = (a / p) * e
B6 = Specification(
    "B6",
    (
        *block_facts("s t a p E d x K"),
        fact(1 - s, ">0", "number", "K >= 2 shares"), fact(k - 1, ">0", "number", "K >= 2"),
    ),
    (
        identity("row sums inside the clip", "Z_k = s E + (1-s) x = (E/p) d_k at x = (a/p) E",
                 s * e + (1 - s) * inside, (e / p) * degree),
        identity("off the diagonal inside the clip", "there D vanishes", s * t * inside / ((e / p) * d) - s * a * t / d, 0),
        identity("on the diagonal inside the clip", "and there", s * s * e / ((e / p) * d) - s * p * s / d, 0),
        nonnegative("upper end", "a/d_k - 1 >= 0, so that 2 tau S_kl = s t (2 - a/d_k - a/d_l) <= 0 off the diagonal",
                    a / degree - 1, False, (fact(a - p, ">=0", "case", "the upper end: a >= p"),)),
        identity("multipliers at the lower end", "lambda = D + (K-1) g delta = D - delta, hence S = delta J",
                 diagonal + (k - 1) * ((0 - ONE) / (k - 1)) * delta, diagonal - delta),
        identity("sign of delta", "delta has the sign of x p - a E",
                 x / (e + (k - 1) * x) - a / (p + (k - 1) * a), (x * p - a * e) / ((e + (k - 1) * x) * (p + (k - 1) * a))),
        nonnegative("lower end", "delta >= 0 where x p >= a E: S is psd", x / (e + (k - 1) * x) - a / (p + (k - 1) * a), False,
                    (fact(x * p - a * e, ">=0", "case", "the lower end: 1 + tau log(a/p) <= g"),)),
    ),
    (
        GRADIENT, DUALITY,
        "that a graph Laplacian with nonpositive off-diagonal entries, and a nonnegative multiple of J, are psd",
        "that (1-g) I + g J is psd iff -1/(K-1) <= g <= 1, and that the optimum is the only one, by strict convexity",
        "alpha = 0: by B7's step, the same with a = 0",
    ),
)  # fmt: skip

B7 = Specification(
    "B7",
    (*block_facts("x E"), fact(k - 1, ">0", "number", "K >= 2")),
    (
        nonnegative("delta", "tau K delta = x/(E + (K-1) x) > 0: S = delta J is psd at the simplex", x / (e + (k - 1) * x), True),
        *(
            Optimum(f"K = {count}, tau = {tau}", "the optimum is the simplex ETF", "population", simplex(count, tau))
            for count in range(2, 11) for tau in ("1/10", "1/2", "1", "2")
        ),
    ),
    (GRADIENT, DUALITY, "that S = delta J at the simplex (B6 with a = 0), and that <S, G> = 0 then makes it the only optimum"),
)  # fmt: skip


def _law(top: Expression) -> tuple[Statement, ...]:
    """D = 0 at e^(G_kl/tau) = (alpha_kl/top) E, entry by entry."""
    return (
        identity("row sums", "a term of Z_k: pi_l e^(G_kl/tau) = (E/top) pi_l alpha_kl, so Z_k = (E/top) d_k",
                 t * (a / top * e), e / top * (t * a)),
        identity("off the diagonal", "D vanishes, for any degrees d_k = d, d_l = f",
                 s * t * (a / top * e) * (1 / (e / top * d) + 1 / (e / top * f)), s * t * a * (1 / d + 1 / f)),
        identity("on the diagonal", "and there", s * s * (p / top * e) / (e / top * d), s * p * s / d),
    )  # fmt: skip


def _characters() -> list[Statement]:
    """The eigenvectors of the biased graph's matrix, row by row."""
    b, c, d = symbols("b c d")
    rows = ((ONE, b, c, d), (b, ONE, d, c), (c, d, ONE, b), (d, c, b, ONE))
    signs = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))
    values = (1 + b + c + d, 1 + b - c - d, 1 - b + c - d, 1 - b - c + d)
    found: list[Statement] = []
    for sign, value in zip(signs, values, strict=True):
        for k, row in enumerate(rows):
            image = sum((entry * factor for entry, factor in zip(row, sign, strict=True)), Expression("0"))
            found.append(
                identity(
                    f"eigenvector {sign}, row {k + 1}",
                    "an eigenvector of the biased graph's matrix",
                    image,
                    value * sign[k],
                )
            )
    return found


B15 = Specification(
    "B15",
    block_facts("s t a p E d f"),
    (
        *_law(p),
        *_characters(),
        *(
            Optimum(f"optimum {k + 1}", "the optimum is the PMI law, whatever the shares", "population", pmi)
            for k in range(36)
        ),
    ),
    (
        GRADIENT,
        DUALITY,
        "that a symmetric matrix with these four eigenvectors is psd iff the four sums are not negative",
    ),
    sides=tuple((f"of {count} blocks", 3) for count in (2, 3, 4, 6)),
)
B16 = Specification(
    "B16",
    block_facts("s t a p p_max E d f"),
    _law(top),
    (
        GRADIENT,
        "Jensen from nodes to their means, which fill the unit ball, and that the bound is approached (docstring of "
        "theory.blockmodel.limits.mean_gram)",
        "that every optimal matrix is M - t J, t >= 0 (there)",
    ),
)

SPECIFICATIONS = (B3, B6, B7, B15, B16)
