"""What a change of connections moves: B31, B31c.

G and G' are the optima of two problems of the same shares and temperature, W and W' their pair weights; r, s the repulsion at G
and at G'; a = <W, G>, b = <W, G'>, c = <W', G>, d = <W', G'>.
"""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.facts import fact
from contrastive_claims.theory.certify.moved import moved_apart
from contrastive_claims.theory.certify.specification.closed_forms import DUALITY, GRADIENT
from contrastive_claims.theory.certify.statements import Optimum, Specification, nonnegative

B31 = Specification(
    "B31",
    (fact("tau", ">0", "number", "a temperature"),),
    (
        Optimum("alpha_12 = 0", "without the connection the optimum's cos(h1, h2) exceeds -.9", "population",
                moved_apart("0", above="-9/10")),
        Optimum("alpha_12 = 1/10", "with it the optimum's cos(h1, h2) is below -.95", "population",
                moved_apart("1/10", below="-95/100")),
    ),
    (GRADIENT, DUALITY),
)  # fmt: skip

r, s, a, b, c, d, tau, u, g, h, p, q, x, y = symbols("r s a b c d tau u g h p q x y")
law = (d - c) - (b - a)


def _bond(own: Expression, share: Expression, step: Expression | int = 0) -> Expression:
    """alpha/degree at alpha = a_12 + step, the degree being own + share alpha."""
    alpha = Expression("a_12") + step
    return alpha / (own + share * alpha)


B31C = Specification(
    "B31c",
    (
        fact("tau", ">0", "number", "a temperature"),
        fact((s - b / tau) - (r - a / tau), ">=0", "case", "G is optimal for W: f_W(G) <= f_W(G')"),
        fact((r - c / tau) - (s - d / tau), ">=0", "case", "G' is optimal for W': f_W'(G') <= f_W'(G)"),
        *(fact(name, ">0", "number", "a share") for name in ("x", "y")),
        *(fact(name, ">0", "number", "a connection within a block") for name in ("p", "q")),
        fact("u", ">0", "increment", "what the one weight rises by"),
        fact("h", ">0", "increment", "what the connection rises by"),
        fact("a_12", ">=0", "number", "the connection alpha_12"),
    ),
    (
        nonnegative("the law", "<W' - W, G' - G> = (d - c) - (b - a) >= 0", law),
        nonnegative("one weight", "if only W_12 rises, by u, then G'_12 - G_12 >= 0", g, False,
                    (fact(2 * u * g, ">=0", "case", "the law where W' - W is u at (1, 2) and (2, 1) only"),)),
        nonnegative("the published study, first degree", "alpha/(pi_1 p + pi_2 alpha) rises with alpha = alpha_12",
                    _bond(x * p, y, h) - _bond(x * p, y), True),
        nonnegative("the published study, second degree", "and so does alpha/(pi_2 q + pi_1 alpha): W_12 rises",
                    _bond(y * q, x, h) - _bond(y * q, x), True),
    ),
    (
        "that the loss is -<W, G>/tau plus a repulsion that depends on shares and temperature only",
        "that G and G' have the same diagonal, so that W_kk counts for nothing; and that in the published study W_12 is the only "
        "other weight",
    ),
)  # fmt: skip

SPECIFICATIONS = (B31, B31C)
