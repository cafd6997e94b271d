"""Certificates for a minority of vanishing share: B5, B8, B18, B19. All proofs are ours; the analysis (what converges to what)
is in theory.blockmodel.limits, the algebra and the enclosures are here.

Notation: s the minority's share, r = alpha/p, c the cosine with the tied majority, E = e^(1/tau), q = E^-2, and
y = e^((c-1)/tau), in which B5's equation is rational: 1 - 2q/(y^2+q) + (y - q/y)/(1+q) = 1 + r.
"""

from __future__ import annotations

from typing import Any

from theory.blockmodel.proofs.enclosures import left_side, quartic, root_enclosures
from theory.certify.expression import Expression, function, symbols
from theory.certify.steps import boxes, identity, nonnegative, witness


def pair_weights(wrong: bool = False) -> list[dict[str, Any]]:
    """W_12 + W_21 over s tends to 1 + alpha/p; m is a majority's share, p_11 = w drops out."""
    s, m, a, p, w = symbols("s m a p w")
    both = m * a / (s * w + m * a) + m * a / (s * a + m * p)
    limit = a / p if wrong else 1 + a / p
    return [
        identity(
            "(W_12 + W_21)/s = 1 + alpha/p + O(s), for any share m of the tied majority and any p_11",
            both - limit,
            (0 - s) * (w / (s * w + m * a) + (a / p) * (a / (s * a + m * p))),
        )
    ]


def vanishing_minority(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B5: the limit loss's derivative, its one root, the threshold, and the root enclosed on boxes that cover
    alpha/p in [1/20, 1] and all tau in (0, 2.50]; then certified optima at small shares.

    `wrong`: the majority's own draw of the minority forgotten or, as here, the minority's: 1 + alpha/p becomes alpha/p.
    """
    u, e, y, q, r, z, step = symbols("u E y q r z h")
    positive = {
        "y": (y, ">0", "an exponential"),
        "h": (step, ">0", "a step upwards"),
        "q": (q, ">0", "an exponential"),
        "1+q": (1 / (1 + q), ">0", "1 over a positive number"),
        "low": (1 / (y * y + q), ">0", "1 over a positive number"),
        "high": (1 / ((y + step) * (y + step) + q), ">0", "1 over a positive number"),
        "1/y": (1 / y, ">0", "1 over an exponential"),
        "1/(y+h)": (1 / (y + step), ">0", "1 over a positive number"),
    }
    steps = [
        *pair_weights(wrong),
        identity(
            "the equation in y = u/E, q = 1/E^2 with u = e^(c/tau): tanh + sinh/cosh",
            left_side(u / e, 1 / (e * e)),
            (u * u - 1) / (u * u + 1) + (u - 1 / u) / (e + 1 / e),
        ),
        nonnegative(
            "its left side strictly increases in c, at every temperature: one root, a strictly convex limit loss",
            left_side(y + step, q) - left_side(y, q),
            positive,
            [
                ("4", ["q", "y", "h", "low", "high"]),
                ("2", ["q", "h", "h", "low", "high"]),
                ("1", ["h", "1+q"]),
                ("1", ["q", "h", "1/y", "1/(y+h)", "1+q"]),
            ],
            strict=True,
        ),
        identity(
            "at c = 0 (y^2 = q, y = z) the left side is 0 < 1 + alpha/p: the root is positive", left_side(z, z * z), 0
        ),
        identity(
            "at c = 1 (y = 1) it is 2 tanh(1/tau) = 2 (1-q)/(1+q)", left_side(1 + 0 * y, q), 2 * (1 - q) / (1 + q)
        ),
        identity(
            "cleared of denominators, it is the quartic of the enclosures",
            (left_side(y, q) - 1 - r) * (y * (1 + q) * (y * y + q)),
            quartic(y, q, r),
        ),
        identity(
            "so full collapse iff alpha/p >= (1-3q)/(1+q) = 2 tanh(1/tau) - 1",
            2 * (1 - q) / (1 + q) - 1,
            (1 - 3 * q) / (1 + q),
        ),
    ]
    for cell in root_enclosures():
        steps += cell.steps
    return {"claim": "B5", "steps": [*steps, *duality_steps]}


def temperature_decides(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B8. T(q) = (1-3q)/(1+q), q = e^(-2/tau). `wrong`: the threshold 2 tanh(tau) - 1, which rises."""
    q, h, r, t, c = symbols("q h r tau c")
    threshold = (3 * q - 1) / (1 + q) if wrong else (1 - 3 * q) / (1 + q)
    later = (3 * (q + h) - 1) / (1 + q + h) if wrong else (1 - 3 * (q + h)) / (1 + q + h)
    pull = function("tanh", c / t) + function("sinh", c / t) / function("cosh", 1 / t) - 1 - Expression("8/19")
    places = [("1/10", "9/10", "<"), ("2/5", "18/25", ">"), ("1", "9/10", "<")]
    sides = {"<": "above", ">": "below"}
    return {
        "claim": "B8",
        "steps": [
            nonnegative(
                "the threshold strictly falls in q, hence in tau",
                threshold - later,
                {
                    "h": (h, ">0", "a step upwards"),
                    "low": (1 / (1 + q), ">0", "1 over a positive number"),
                    "high": (1 / (1 + q + h), ">0", "1 over a positive number"),
                },
                [("4", ["h", "low", "high"])],
                strict=True,
            ),
            nonnegative(
                "from q = 1/3 on it is no longer positive: every alpha > 0 collapses the minority",
                0 - threshold,
                {
                    "late": (3 * q - 1, ">=0", "q >= 1/3, that is tau >= 2/log 3 = 1/artanh(1/2)"),
                    "low": (1 / (1 + q), ">0", "1 over a positive number"),
                },
                [("1", ["late", "low"])],
            ),
            witness("2/log 3 > 1.8204", function("exp", 2 / t) - 3, ">", {"tau": "18204/10000"}),
            witness("2/log 3 < 1.8205", function("exp", 2 / t) - 3, "<", {"tau": "18205/10000"}),
            identity(
                "full collapse from tau = 2/log((3+r)/(1-r)) on: there q = (1-r)/(3+r) and the threshold is r",
                (1 - 3 * ((1 - r) / (3 + r))) / (1 + (1 - r) / (3 + r)),
                r,
            ),
            *(
                witness(f"alpha/p = 8/19, tau = {tau}: the limit cosine lies {sides[relation]} {cosine}, so it is not monotone",
                        pull, relation, {"tau": tau, "c": cosine})
                for tau, cosine, relation in places
            ),
            *duality_steps,
        ],
    }  # fmt: skip


def many_majorities(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B18. y = e^(Mc/((M-1)tau)), u the same at c = 1. `wrong`: the threshold of two majorities for every M."""
    y, h, u, w, m, c, t, k, a, b, e = symbols("y h u w M c tau k a b E")
    threshold = (u - 3) / (u + 1) if wrong else (u - m - 1) / (u + m - 1)
    up = {
        "h": (h, ">0", "a step upwards"),
        "k": (k, ">0", "a further step"),
        "M": (m, ">0", "a number of blocks"),
        "low": (1 / (y + m - 1), ">0", "1 over a sum of exponentials, M >= 2"),
        "high": (1 / (y + h + m - 1), ">0", "1 over a sum of exponentials, M >= 2"),
    }
    nine = function("exp", 9 / (8 * t))
    return {
        "claim": "B18",
        "steps": [
            *pair_weights(),
            identity("cosines c and -c/(M-1) sum to zero, as the simplex does", c + (m - 1) * (0 - c / (m - 1)), 0),
            identity("psi/phi = (y-1)/(y+M-1), w = e^(-c/((M-1)tau))",
                     (w * y - w) / (w * y + (m - 1) * w), (y - 1) / (y + m - 1)),
            nonnegative("psi/phi strictly increases in c", (y + h - 1) / (y + h + m - 1) - (y - 1) / (y + m - 1), up,
                        [("1", ["M", "h", "low", "high"])], strict=True),
            nonnegative("and so does psi, its first exponential rising and its second falling", (a + h - (b - k)) - (a - b), up,
                        [("1", ["h"]), ("1", ["k"])], strict=True),
            identity("the threshold: the left side at c = 1, less 1", 2 * (u - 1) / (u + m - 1) - 1, threshold),
            nonnegative("for u <= M+1 every alpha > 0 collapses the minority", (m + 1 - u) / (u + m - 1),
                        {"late": (m + 1 - u, ">=0", "tau >= M/((M-1) log(M+1))"),
                         "sum": (1 / (u + m - 1), ">0", "1 over a sum of exponentials")}, [("1", ["late", "sum"])]),
            boxes("nine majorities: so it does at every tau in [489/1000, 3]",
                  10 - nine, {"tau": ("489/1000", "3")}, _halves("tau", 5)),
            witness("and not at tau = .488", 10 - nine, "<", {"tau": "488/1000"}),
            nonnegative("two unequal majorities, a = k b: (a-b)/(a+b) strictly increases in k",
                        (y + h - 1) / (y + h + 1) - (y - 1) / (y + 1),
                        {"h": up["h"], "low": (1 / (y + 1), ">0", "1 over a sum of exponentials"),
                         "high": (1 / (y + h + 1), ">0", "1 over a sum of exponentials")},
                        [("2", ["h", "low", "high"])], strict=True),
            identity("equal shares give back 2 tanh(1/tau) - 1",
                     _unequal_threshold(Expression("1/2"), e), 2 * (e * e - 1) / (e * e + 1) - 1),
            *duality_steps,
        ],
    }  # fmt: skip


def _unequal_threshold(share: Expression, e: Expression) -> Expression:
    """The left side at c = 1, less 1, for two majorities of shares W and 1 - W."""
    rest = 1 - share
    z2, z3 = share * e + rest / e, share / e + rest * e
    return (share * e - rest / e) / z2 + share * e / z2 - rest / (e * z3) - 1


def _halves(name: str, depth: int) -> Any:
    """A full bisection tree in one symbol."""
    return None if depth == 0 else [name, _halves(name, depth - 1), _halves(name, depth - 1)]


def connected_majorities(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B19. x_2, x_3 = e^(g/tau) of the minority, x = e^(G_23/tau). `wrong`: the tied majority's degree without beta."""
    s, m, a, p, b, e, x2, x3, x, w, h = symbols("s m a p b E x_2 x_3 x w h")
    own, tied = s * w + m * a, s * a + m * (p + b)
    limit = 1 + a / p if wrong else 1 + a / (p + b)
    antipodal = x / (e + x) - b / (p + b)
    return {
        "claim": "B19",
        "steps": [
            identity("(W_12 + W_21)/s = 1 + alpha/(p+beta) + O(s)", m * a / own + m * a / tied - limit,
                     (0 - s) * (w / own + (a / (p + b)) * (a / tied))),
            identity("the majorities' gradient has the sign of x p - beta E: antipodal iff beta <= p e^(-2/tau)",
                     antipodal, (x * p - b * e) / ((e + x) * (p + b))),
            identity("otherwise it vanishes at x = (beta/p) E, cosine 1 + tau log(beta/p)",
                     (b / p) * e / (e + (b / p) * e) - b / (p + b), 0),
            nonnegative("the limit loss strictly rises in g_3: its slope in x_3 is positive", 1 / (x2 + x3) + 1 / (e + x),
                        {"own": (1 / (x2 + x3), ">0", "1 over a sum of exponentials"),
                         "theirs": (1 / (e + x), ">0", "1 over a sum of exponentials")},
                        [("1", ["own"]), ("1", ["theirs"])], strict=True),
            nonnegative("at the tied majority (t = 0) the loss falls on turning away: never full collapse", w * h,
                        {"sine": (w, ">0", "sin(phi), as -1 < cos(phi) < 1"), "slope": (h, ">0", "dL/dg_3")},
                        [("1", ["sine", "slope"])], strict=True),
            *duality_steps,
        ],
    }  # fmt: skip
