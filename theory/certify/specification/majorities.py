"""A vanishing minority beside many, unequal or connected majorities: B18, B19."""

from __future__ import annotations

from contrastive_claims.theory.certify.expression import Expression, function, symbols
from contrastive_claims.theory.certify.facts import fact, positive
from contrastive_claims.theory.certify.limits import connected_majorities, many_majorities, unequal_majorities
from contrastive_claims.theory.certify.specification.closed_forms import DUALITY
from contrastive_claims.theory.certify.specification.vanishing import PAIR_FACTS, a, m, p, pair_weights, s, w
from contrastive_claims.theory.certify.statements import Optimum, Specification, boxes, identity, nonnegative, pointwise

ONE = Expression("1")
LIMIT = "passage to the limit pi_1 -> 0: docstrings of theory.blockmodel.limits.majorities"
y, h, u, x, count, c, v, near, far, step, e = symbols("y h u x M c v A B k E")


def unequal_threshold(share: Expression, e: Expression) -> Expression:
    """The left side at c = 1, less 1, for two majorities of shares W and 1 - W."""
    rest = 1 - share
    z2, z3 = share * e + rest / e, share / e + rest * e
    return (share * e - rest / e) / z2 + share * e / z2 - rest / (e * z3) - 1


nine = function("exp", 9 * v / 8)
psi_over_phi = (x * y - x) / (x * y + (count - 1) * x)
B18 = Specification(
    "B18",
    (
        *PAIR_FACTS,
        *positive("y u x E A B", "exponential", "y = e^(Mc/((M-1)tau)), u at c = 1, x = e^(-c/((M-1)tau)), E; two of c"),
        *(fact(name, ">0", "increment", "a step upwards") for name in ("h", "k")),
        fact("M", ">0", "number", "the number of majorities"), fact(count - 1, ">0", "number", "M >= 2"),
    ),
    (
        pair_weights(),
        identity("the majorities' cosines", "c and M - 1 times -c/(M-1) sum to zero, as the simplex does",
                 c + (count - 1) * (0 - c / (count - 1)), 0),
        identity("psi/phi", "it is (y-1)/(y+M-1)", psi_over_phi, (y - 1) / (y + (count - 1))),
        nonnegative("psi/phi rises", "strictly in c", (y + h - 1) / (y + h + (count - 1)) - (y - 1) / (y + (count - 1)), True),
        nonnegative("psi rises", "strictly, its first exponential rising by h and its second falling by k",
                    (near + h - (far - step)) - (near - far), True),
        identity("threshold", "the left side at c = 1, less 1",
                 2 * (u - 1) / (u + (count - 1)) - 1, (u - count - 1) / (u + (count - 1))),
        nonnegative("every alpha for small u", "the threshold is not positive for u <= M + 1",
                    0 - (u - count - 1) / (u + (count - 1)), False,
                    (fact(count + 1 - u, ">=0", "case", "tau >= M/((M-1) log(M+1))"),)),
        boxes("nine majorities", "every alpha collapses the minority at every tau >= 489/1000, v = 1/tau", 10 - nine,
              {"v": ("0", "1000/489")}),
        pointwise("not below", "and not at tau = .488", 10 - nine, "<", {"v": "1000/488"}),
        nonnegative("two unequal majorities", "a = y b: (a-b)/(a+b) strictly increases in y",
                    (y + h - 1) / (y + h + 1) - (y - 1) / (y + 1), True),
        identity("equal shares", "give back 2 tanh(1/tau) - 1",
                 unequal_threshold(Expression("1/2"), e), 2 * (e * e - 1) / (e * e + 1) - 1),
        *(Optimum(f"{k} majorities", "the optimum at a small share is near the limit", "population", many_majorities(k))
          for k in range(2, 10)),
        *(Optimum(f"unequal majorities {k + 1}", "the optimum at a small share is near the limit", "population",
                  unequal_majorities)
          for k in range(6)),
    ),
    (
        LIMIT,
        "that the majorities stand at the simplex (B7), and the minority's other cosines are then -c/(M-1) (there)",
        "that a/Z_2 rises and b/Z_3 falls in c for unequal majorities, monotone exponentials (there)",
        DUALITY,
    ),
    sides=(("merged", 3), ("apart", 3)),
)  # fmt: skip

b, x2, x3, sine = symbols("b x_2 x_3 sine")
own, tied = s * w + m * a, s * a + m * (p + b)
antipodal = x / (e + x) - b / (p + b)
slope = 1 / (x2 + x3) + 1 / (e + x)
B19 = Specification(
    "B19",
    (
        *PAIR_FACTS,
        fact("b", ">0", "number", "the connection beta of the majorities"),
        *positive("E x x_2 x_3", "exponential", "E, x = e^(G_23/tau), x_2 and x_3 = e^(g/tau) of the minority"),
        fact("sine", ">0", "number", "sin(phi) of the majorities' angle, 0 < phi < pi"),
    ),
    (
        identity("pair weights with beta", "(W_12 + W_21)/s = 1 + alpha/(p+beta) + O(s)",
                 m * a / own + m * a / tied - (1 + a / (p + b)),
                 (0 - s) * (w / own + (a / (p + b)) * (a / tied))),
        identity("the majorities' gradient", "has the sign of x p - beta E: antipodal iff beta <= p e^(-2/tau)",
                 antipodal, (x * p - b * e) / ((e + x) * (p + b))),
        identity("the majorities' cosine", "otherwise it vanishes at x = (beta/p) E, cosine 1 + tau log(beta/p)",
                 (b / p) * e / (e + (b / p) * e) - b / (p + b), 0),
        nonnegative("the loss rises in g_3", "its slope in x_3 is 1/(x_2 + x_3) + 1/(E + x) > 0", slope, True),
        nonnegative("never full collapse", "at the tied majority the loss falls on turning away: sin(phi) x_3 times that slope",
                    sine * (x3 * slope), True),
        *(Optimum(f"optimum {k + 1}", "the optimum at a small share is near the limit", "population", connected_majorities)
          for k in range(18)),
    ),
    (
        LIMIT,
        "that tau dL/dg_3 is x_3 times the slope in x_3, and one stationary angle is the global minimum (there)",
        "the general law for any majorities and links: docstring of theory.blockmodel.limits.general.vanishing_cosines",
        DUALITY,
    ),
    sides=(("antipodal", 3), ("tilted", 3)),
)  # fmt: skip

SPECIFICATIONS = (B18, B19)
