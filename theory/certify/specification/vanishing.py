"""A minority of vanishing share beside two equal disconnected majorities: B5, B8.

s the minority's share, r = alpha/p, c the cosine with the tied majority, E = e^(1/tau), q = E^-2, y = e^((c-1)/tau), in which
B5's equation is rational: 1 - 2q/(y^2+q) + (y - q/y)/(1+q) = 1 + r.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from contrastive_claims.theory.certify.expression import Expression, function, symbols
from contrastive_claims.theory.certify.facts import fact, positive
from contrastive_claims.theory.certify.limits import near_threshold, vanishing
from contrastive_claims.theory.certify.specification.closed_forms import DUALITY
from contrastive_claims.theory.certify.statements import (
    Enclosure,
    Identity,
    Optimum,
    Specification,
    identity,
    nonnegative,
    pointwise,
)

ONE = Expression("1")
RATIOS = tuple(Fraction(k, 40) for k in (2, 3, 4, 6, 8, 11, 14, 17, 20, 24, 28, 32, 36, 40))
# q = e^(-2/tau), for tau in (0, 2.50]
DECAYS = tuple(
    Fraction(k, 9000) for k in (0, 1, 3, 9, 20, 40, 75, 130, 220, 360, 560, 850, 1250, 1700, 2300, 3000, 3500, 4050)
)
WIDEST = ("3/10", "21/10")  # difference and ratio in y = e^((c-1)/tau)

s, m, a, p, w = symbols("s m a p w")
PAIR_FACTS = (*(fact(name, ">0", "number", "a share or a connection") for name in ("s", "m", "a", "p", "w")),)


def pair_weights() -> Identity:
    """W_12 + W_21 over s tends to 1 + alpha/p; m is a majority's share, p_11 = w drops out."""
    both = m * a / (s * w + m * a) + m * a / (s * a + m * p)
    return identity(
        "pair weights",
        "(W_12 + W_21)/s = 1 + alpha/p + O(s), for any share m of the tied majority and any p_11 = w",
        both - (1 + a / p),
        (0 - s) * (w / (s * w + m * a) + (a / p) * (a / (s * a + m * p))),
    )


def left_side(y: Expression, q: Expression) -> Expression:
    """tanh(c/tau) + sinh(c/tau)/cosh(1/tau)."""
    return 1 - 2 * q / (y * y + q) + (y - q / y) / (1 + q)


def quartic(y: Expression, q: Expression, r: Expression) -> Expression:
    """(left - 1 - r) y (1 + q)(y^2 + q): falls in r and in q, term by term."""
    return y * y * y * y - q * q - 2 * q * y * (1 + q) - r * y * (1 + q) * (y * y + q)


u, e, y, q, r, z, h = symbols("u E y q r z h")
CELLS = tuple((ratios, decays) for ratios in pairwise(RATIOS) for decays in pairwise(DECAYS))
ENCLOSURES = tuple(
    Enclosure(
        f"root on alpha/p in [{ratios[0]}, {ratios[1]}], q in [{decays[0]}, {decays[1]}]",
        "the uncut root y lies between the ends",
        quartic(y, q, r).formula,
        (("r", (str(ratios[0]), str(ratios[1]))), ("q", (str(decays[0]), str(decays[1])))),
        WIDEST,
    )
    for ratios, decays in CELLS
)
B5 = Specification(
    "B5",
    (*PAIR_FACTS, *positive("u E y q z", "exponential", "u = e^(c/tau), E, y, q, and z = y at c = 0"),
     fact("h", ">0", "increment", "a step upwards")),
    (
        pair_weights(),
        identity("the equation", "in y = u/E, q = 1/E^2 with u = e^(c/tau): tanh + sinh/cosh",
                 left_side(u / e, 1 / (e * e)), (u * u - 1) / (u * u + 1) + (u - 1 / u) / (e + 1 / e)),
        nonnegative("one root", "its left side strictly increases in c, at every temperature: a strictly convex limit loss",
                    left_side(y + h, q) - left_side(y, q), True),
        identity("the root is positive", "at c = 0 (y^2 = q, y = z) the left side is 0 < 1 + alpha/p", left_side(z, z * z), 0),
        identity("at c = 1", "y = 1: it is 2 tanh(1/tau) = 2 (1-q)/(1+q)", left_side(ONE, q), 2 * (1 - q) / (1 + q)),
        identity("the quartic", "cleared of positive denominators, it is the quartic of the enclosures",
                 (left_side(y, q) - 1 - r) * (y * (1 + q) * (y * y + q)), quartic(y, q, r)),
        identity("threshold", "so full collapse iff alpha/p >= (1-3q)/(1+q) = 2 tanh(1/tau) - 1",
                 2 * (1 - q) / (1 + q) - 1, (1 - 3 * q) / (1 + q)),
        pointwise("range of the boxes", "q = e^(-2/tau) at tau = 5/2 is below 4050/9000: the boxes hold every tau in (0, 2.5]",
                  function("exp", (0 - 2 * ONE) / Expression("tau")) - str(DECAYS[-1]), "<", {"tau": "5/2"}),
        *ENCLOSURES,
        *(Optimum(f"optimum {k + 1}", "the optimum at a small share is near the limit", "population", vanishing)
          for k in range(26)),
    ),
    (
        "passage to the limit pi_1 -> 0, and that the majorities become antipodal: docstring of "
        "contrastive_claims.theory.blockmodel.limits.vanishing.vanishing_minority_cosine",
        "that the slope of the limit loss is the left side less 1 + alpha/p, over tau (there)",
        "that a strictly increasing left side, negative at low and positive at high, has its root between (continuity)",
        DUALITY,
    ),
    sides=(("merged", 3), ("apart", 3)),
)  # fmt: skip

t, c = symbols("tau c")
threshold, later = (1 - 3 * q) / (1 + q), (1 - 3 * (q + h)) / (1 + (q + h))
half_law = function("tanh", c / t) + function("sinh", c / t) / function("cosh", 1 / t) - 1 - Expression("8/19")
TURNS = (("1/10", "9/10", "<"), ("2/5", "18/25", ">"), ("1", "9/10", "<"))
B8 = Specification(
    "B8",
    (
        *positive("q", "exponential", "q = e^(-2/tau), which rises with tau"), fact("h", ">0", "increment", "a step upwards"),
        fact("r", ">0", "number", "alpha/p"), fact(1 - r, ">0", "number", "alpha/p < 1"),
    ),
    (
        nonnegative("the threshold falls", "strictly in q, hence in tau", threshold - later, True),
        nonnegative("every alpha from q = 1/3 on", "the threshold is no longer positive", 0 - threshold, False,
                    (fact(3 * q - 1, ">=0", "case", "q >= 1/3, that is tau >= 2/log 3 = 1/artanh(1/2)"),)),
        pointwise("2/log 3 from below", "2/log 3 > 1.8204", function("exp", 2 / t) - 3, ">", {"tau": "18204/10000"}),
        pointwise("2/log 3 from above", "2/log 3 < 1.8205", function("exp", 2 / t) - 3, "<", {"tau": "18205/10000"}),
        identity("critical temperature", "tau = 2/log((3+r)/(1-r)): there q = (1-r)/(3+r) and the threshold is r",
                 (1 - 3 * ((1 - r) / (3 + r))) / (1 + (1 - r) / (3 + r)), r),
        *(pointwise(f"the cosine at tau = {tau}",
                    f"alpha/p = 8/19: it lies {'above' if relation == '<' else 'below'} {cosine}, so that it is not monotone",
                    half_law, relation, {"tau": tau, "c": cosine}) for tau, cosine, relation in TURNS),
        *(Optimum(f"optimum {k + 1}", "merged just above the critical temperature, apart below", "population", near_threshold)
          for k in range(8)),
    ),
    (
        "B5, of which this is the threshold, with all that it rests on",
        "that the left side increases in c (B5), so that its sign at a cosine tells on which side the root lies",
        "that q rises with tau, so that full collapse holds from the critical temperature on",
        DUALITY,
    ),
    sides=(("merged", 4), ("apart", 4)),
)  # fmt: skip

SPECIFICATIONS = (B5, B8)
