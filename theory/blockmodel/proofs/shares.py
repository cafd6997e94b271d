"""Certificates at finite shares: B3, B15, B16, B17, B24, B25. All proofs are ours.

D, Z_k, W_kl, d_k, S as in proofs.uniform; s and t are two shares, a = alpha_kl, p = alpha_kk, E = e^(1/tau).
"""

from __future__ import annotations

from typing import Any

from theory.certify.expression import Expression, symbols
from theory.certify.steps import identity, nonnegative


def population_certificate(duality_steps: list[dict[str, Any]]) -> dict[str, Any]:
    """B3: f is convex along every line, <S, G> = 0, lambda_k decides spreading; then certified optima.

    The second derivative of log sum_l w_l e^{u h_l} in u is the softmax variance of the slopes h_l: nonnegative.
    """
    w, h, mean, d12, d13, g12, g13, d11, diagonal, own = symbols("w h m D_12 D_13 G_12 G_13 D_11 D_kk l_k")
    return {
        "claim": "B3",
        "steps": [
            identity(
                "each term of the variance sum w (h - m)^2 is w h^2 - 2 m w h + m^2 w, whose sum is sum w h^2 - m^2",
                w * (h - mean) * (h - mean),
                w * h * h - 2 * mean * w * h + mean * mean * w,
            ),
            nonnegative(
                "and none is negative: every log-sum-exp, hence f, is convex in G",
                w * (h - mean) * (h - mean),
                {"w": (w, ">=0", "a softmax weight"), "square": ((h - mean) * (h - mean), ">=0", "a square")},
                [("1", ["w", "square"])],
            ),
            identity(
                "<S, G> = 0: with S_kk = D_kk - lambda_k, (S G)_kk = S_kk + sum D_kl G_kl = 0 (three blocks written out)",
                (d11 - (d11 + d12 * g12 + d13 * g13)) + d12 * g12 + d13 * g13,
                0,
            ),
            identity(
                "two halves of block k pulled apart, x = (1, -1): x S x = (D_kk/4)(1 - 2 + 1) - 2 lambda_k/2 = -lambda_k",
                diagonal / 4 * (1 - 2 + 0 * own + 1) - own / 2 - own / 2,
                0 - own,
            ),
            *duality_steps,
        ],
    }


def _law(top: Expression, wrong: bool = False) -> list[dict[str, Any]]:
    """D = 0 at e^{G_kl/tau} = (alpha_kl/top) E, Z_k = (E/top) d_k, entry by entry. `wrong`: E on the diagonal though
    alpha_kk differs from `top`."""
    s, t, a, e, d, f, p = symbols("s t a E d f p")
    off, own = a / top * e, (e if wrong else p / top * e)
    return [
        identity("a term of Z_k: pi_l e^{G_kl/tau} = (E/top) pi_l alpha_kl, so Z_k = (E/top) d_k", t * off, e / top * (t * a)),
        identity("off the diagonal D vanishes, for any degrees d_k = d, d_l = f",
                 s * t * off * (1 / (e / top * d) + 1 / (e / top * f)), s * t * a * (1 / d + 1 / f)),
        identity("and on it", s * s * own / (e / top * d), s * p * s / d),
    ]  # fmt: skip


def share_independence(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B15; and the four eigenvalues for the biased graph. `wrong`: unequal connections within blocks."""
    b, c, d, p, top = symbols("b c d p q")
    rows = ((1, b, c, d), (b, 1, d, c), (c, d, 1, b), (d, c, b, 1))
    signs = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))
    values = (1 + b + c + d, 1 + b - c - d, 1 - b + c - d, 1 - b - c + d)
    characters = [
        identity(
            f"biased graph: {sign} is an eigenvector, row {k + 1}",
            _signed_sum(row, sign),
            value * sign[k],
        )
        for sign, value in zip(signs, values, strict=True)
        for k, row in enumerate(rows)
    ]
    return {"claim": "B15", "steps": [*_law(top if wrong else p, wrong), *characters, *duality_steps]}


def _signed_sum(row: tuple, sign: tuple[int, ...]) -> Expression:
    total = Expression("0")
    for entry, factor in zip(row, sign, strict=True):
        total = total + entry * Expression(factor)
    return total


def spread_law(wrong: bool = False) -> dict[str, Any]:
    """B16: D vanishes on the ball too, at e^{M_kk/tau} = (p_k/p_max) E. `wrong`: unit vectors for every block."""
    return {"claim": "B16", "steps": _law(symbols("p_max")[0], wrong)}


def _merged() -> dict[str, Expression]:
    """Symbols of blocks 1 and 2 merged against 3: D_kl scaled by 2 tau and divided by its shares."""
    s1, s2, s3, e, a, d1, d2 = symbols("s_1 s_2 s_3 E a d_1 d_2")
    z, z3 = (s1 + s2) * e + s3 / e, (s1 + s2) / e + s3 * e
    bond = a * (1 / d1 + 1 / d2)
    return {
        "s1": s1, "s2": s2, "s3": s3, "E": e, "a": a, "d1": d1, "d2": d2, "Z": z, "Z3": z3, "bond": bond,
        "d12": 2 * e / z - bond, "dk3": (1 / z + 1 / z3) / e,
    }  # fmt: skip


def _positive_sums(at: dict[str, Expression]) -> dict[str, tuple[Expression, str, str]]:
    return {
        "1/Z": (1 / at["Z"], ">0", "1 over a sum of exponentials"),
        "1/Z_3": (1 / at["Z3"], ">0", "1 over a sum of exponentials"),
        "1/E": (1 / at["E"], ">0", "an exponential"),
    }


def exact_collapse(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B17. u = (1, 1, -1), S u = 0. `wrong`: half of the repulsion, E/Z instead of 2E/Z."""
    a, b, c, y1, y2, y3 = symbols("a b c y_1 y_2 y_3")
    at = _merged()
    s1, s2, s3, e, z, z3 = (at[name] for name in ("s1", "s2", "s3", "E", "Z", "Z3"))
    margin = at["bond"] - (e / z if wrong else 2 * e / z) + s3 / ((s1 + s2) * e) * (1 / z + 1 / z3)
    far1, far2 = s1 * s3 * at["dk3"], s2 * s3 * at["dk3"]
    square12, square13, square23 = ((one - two) * (one - two) for one, two in ((y1, y2), (y1, y3), (y2, y3)))
    rest = y3 - (b * y1 + c * y2) / (b + c)
    return {
        "claim": "B17",
        "steps": [
            identity(
                "S u = 0 makes S a weighted Laplacian in y = u x, with conductances a = -D_12, b = D_13, c = D_23",
                (a + b) * y1 * y1 + (a + c) * y2 * y2 + (b + c) * y3 * y3 - 2 * (a * y1 * y2 + b * y1 * y3 + c * y2 * y3),
                a * square12 + b * square13 + c * square23,
            ),
            identity(
                "completing the square in y_3: psd iff a + bc/(b+c) >= 0, when b + c > 0",
                a * square12 + b * square13 + c * square23,
                (a + b * c / (b + c)) * square12 + (b + c) * rest * rest,
            ),
            nonnegative("b and c are positive: 2 tau D_k3 = pi_k pi_3 (1/Z + 1/Z_3)/E", at["dk3"], _positive_sums(at),
                        [("1", ["1/Z", "1/E"]), ("1", ["1/Z_3", "1/E"])], strict=True),
            identity(
                "2 tau (a + bc/(b+c)) / (pi_1 pi_2) is the margin of B17",
                (0 - s1 * s2 * at["d12"] + far1 * far2 / (far1 + far2)) / (s1 * s2),
                margin,
            ),
            *duality_steps,
        ],
    }  # fmt: skip


def spread_of_merged(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B24: the multipliers at u = (1, 1, -1). `wrong`: the two degrees exchanged."""
    at = _merged()
    s1, s2, s3, e, z, z3, a, d1, d2 = (at[name] for name in ("s1", "s2", "s3", "E", "Z", "Z3", "a", "d1", "d2"))
    own = s1 * (e / z) - (d1 - s2 * a) / d1  # tau D_11 / pi_1, with pi_1 p_11 = d_1 - pi_2 alpha
    near = s2 * (e / z - at["bond"] / 2)
    far = s3 * at["dk3"] / 2
    lean = 1 / d2 - 1 / d1 if wrong else 1 / d1 - 1 / d2
    push = 3 / (2 * z) + 1 / (2 * z3)
    last = s3 * (e / z3) - 1 - (s1 + s2) * at["dk3"] / 2  # tau (D_33 - D_13 - D_23) / pi_3, with W_33 = pi_3
    return {
        "claim": "B24",
        "steps": [
            identity(
                "tau lambda_1 / pi_1 = (pi_2 alpha/2)(1/d_1 - 1/d_2) - (pi_3/E)(3/(2Z) + 1/(2 Z_3))",
                own + near - far,
                s2 * a / 2 * lean - s3 / e * push,
            ),
            identity(
                "tau lambda_3 / pi_3 = -((pi_1+pi_2)/E)(1/(2Z) + 3/(2 Z_3))",
                last,
                0 - (s1 + s2) / e * (1 / (2 * z) + 3 / (2 * z3)),
            ),
            nonnegative("so block 1 keeps one vector unless d_1 < d_2: the push is positive", push, _positive_sums(at),
                        [("3/2", ["1/Z"]), ("1/2", ["1/Z_3"])], strict=True),
            *duality_steps,
        ],
    }  # fmt: skip


def two_blocks(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B25: y = e^((g-1)/tau); 2 tau D_12/(pi_1 pi_2) = y/(s + t y) + y/(s y + t) - A. `wrong`: the merger from A >= 1 on."""
    s, y, h, bond = symbols("s y h A")
    t = 1 - s
    m = s * t

    def pull(x: Expression) -> Expression:
        return x / (s + t * x) + x / (s * x + t)

    facts = {
        "s": (s, ">0", "a share"),
        "t": (t, ">0", "a share"),
        "h": (h, ">0", "a step upwards"),
        **{
            name: (1 / term, ">0", "1 over a sum of exponentials")
            for name, term in (("a", s + t * y), ("b", s + t * (y + h)), ("c", s * y + t), ("d", s * (y + h) + t))
        },
    }
    return {
        "claim": "B25",
        "steps": [
            nonnegative("the gradient strictly rises in y", pull(y + h) - pull(y), facts,
                        [("1", ["s", "h", "a", "b"]), ("1", ["t", "h", "c", "d"])], strict=True),
            identity("at y = 1 it is 2 - A: the blocks merge iff A >= 2, at every temperature",
                     pull(Expression("1")), Expression("1" if wrong else "2") + 0 * s),
            identity("cleared of denominators it is the quadratic", (pull(y) - bond) * (s + t * y) * (s * y + t),
                     (1 - bond * m) * y * y + (1 - bond * (1 - 2 * m)) * y - bond * m),
            *duality_steps,
        ],
    }  # fmt: skip
