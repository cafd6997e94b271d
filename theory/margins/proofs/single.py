"""One anchor and one positive: claims A1 to A5."""

from __future__ import annotations

from typing import Any

from theory.certify.expression import symbols
from theory.certify.steps import identity, nonnegative, witness

Certificate = dict[str, Any]


def eps_infonce_identity(wrong: bool = False) -> Certificate:
    """A1. e^loss = (x q + y)/x and e^LSE = q + sum_j y_j/x = q + y/x."""
    x, y, q = symbols("x y q")
    inside = x + y if wrong else x * q + y
    return {
        "claim": "A1",
        "steps": [identity("e^loss = (x q + y)/x equals e^LSE(-eps, {s-_j - s+}) = q + y/x", inside / x, q + y / x)],
    }


def hinge_sandwich(wrong: bool = False) -> Certificate:
    """A2. Divided by e^H, the N + 1 terms of e^(loss + eps) = 1 + sum_j e^u_j lie in (0, 1] and the largest is 1.

    With R the sum of the other N terms, e^(loss + eps - H) = 1 + R, 0 < R <= N.
    """
    x, y, q, rest, n = symbols("x y q R N")
    others = (rest, ">0", "a sum of N >= 1 exponentials")
    room = (n - rest, ">=0", "R is a sum of N terms, each at most 1")
    return {
        "claim": "A2",
        "steps": [
            identity("e^(loss + eps) = (x q + y)/(x q) = 1 + sum_j e^(s-_j - s+ + eps)", (x * q + y) / (x * q), 1 + y / (x * q)),
            nonnegative("e^(loss + eps - H) - 1 = R > 0: the lower end, never attained", (1 + rest) - 1,
                         {"others": others}, [("1", ["others"])], strict=True),
            nonnegative("(N + 1) - e^(loss + eps - H) = N - R >= 0: the upper end", (n if wrong else n + 1) - (1 + rest),
                         {"room": room}, [("1", ["room"])]),
        ],
    }  # fmt: skip


def margin_from_loss(wrong: bool = False) -> Certificate:
    """A3. With w_j = e^(s-_j - s+): W = sum_j w_j = e^loss - q, and the largest, w, is e^-m.

    The lower end convex: g(l) = -log(e^l - q) is continuous and, with a = e^(l/2), b = e^(l'/2), midpoint convex iff
    (a b - q)^2 >= (a^2 - q)(b^2 - q), whose difference is q (a - b)^2.
    """
    x, y, q, total, largest, n, floor, a, b = symbols("x y q W w N f a b")
    rest = (total - largest, ">=0", "W - w is a sum of the other N - 1 exponentials")
    room = (n * largest - total, ">=0", "sum_j (w - w_j), and w is the largest")
    sphere = (
        total - largest - (n - 1) * floor,
        ">=0",
        "on the sphere each of the other N - 1 is at least f = e^(-2/tau)",
    )
    q_fact, square = (q, ">0", "an exponential"), ((a - b) * (a - b), ">=0", "a square")
    recovered = (x * q + y) / x - (0 if wrong else q)
    return {
        "claim": "A3",
        "steps": [
            identity("e^loss - e^-eps = sum_j e^(s-_j - s+)", recovered, y / x),
            nonnegative("e^-m <= W, that is m >= -log(e^l - e^-eps)", total - largest, {"rest": rest}, [("1", ["rest"])]),
            nonnegative("e^-m >= W/N, that is m <= -log((e^l - e^-eps)/N)", largest - total / n,
                         {"room": room, "each": (1 / n, ">0", "N >= 1")}, [("1", ["room", "each"])]),
            nonnegative("l <= log 2 - eps gives W <= q, hence e^-m <= q and m >= eps", q - largest,
                         {"small": (q - total, ">=0", "e^l <= 2 q"), "rest": rest}, [("1", ["small"]), ("1", ["rest"])]),
            nonnegative("on the sphere e^-m <= W - (N-1) e^(-2/tau); equality when all others sit at the floor",
                         total - (n - 1) * floor - largest, {"sphere": sphere}, [("1", ["sphere"])]),
            nonnegative("the lower end is midpoint convex, and continuous, hence convex in the loss",
                         (a * b - q) * (a * b - q) - (a * a - q) * (b * b - q), {"q": q_fact, "square": square},
                         [("1", ["q", "square"])]),
        ],
    }  # fmt: skip


def eps_infonce_in_epsilon(wrong: bool = False) -> Certificate:
    """A4. With W = sum_j e^(s-_j - s+) > 0 the loss is log(q + W), and dq/deps = -q: its slope is -q/(q + W)."""
    x, y, q, w = symbols("x y q W")
    facts = {
        "q": (q, ">0", "e^-eps"),
        "W": (w, ">0", "a sum of exponentials"),
        "inside": (1 / (q + w), ">0", "1 over a sum of positive terms"),
    }
    slope = (q if wrong else 0 - q) / (q + w)
    return {
        "claim": "A4",
        "steps": [
            identity("eps = 0 (q = 1) is InfoNCE: q + W = (x + y)/x", 1 + y / x, (x + y) / x),
            identity("eps -> inf (q -> 0) is InfoL1O: 0 + W = y/x, the positive out of the denominator", 0 + y / x, y / x),
            nonnegative("the loss falls: minus its slope is q/(q + W) > 0", 0 - slope, facts, [("1", ["q", "inside"])], True),
            nonnegative("loss + eps rises: 1 + slope = W/(q + W) > 0", 1 + slope, facts, [("1", ["W", "inside"])], True),
        ],
    }  # fmt: skip


def distance_form_as_printed() -> Certificate:
    """A5. s+ = 3/5, s- = 5/13 (cosines of unit vectors), eps = 3/10: the left side holds, the right side fails."""
    positive, negative, epsilon = symbols("sp sn eps")
    at = {"sp": "3/5", "sn": "5/13", "eps": "3/10"}
    difference = (2 - 2 * negative) - (2 - 2 * positive)
    return {
        "claim": "A5",
        "steps": [
            witness("d+ - d- + eps < 0, the left side holds, d = 2 - 2 s", 0 - difference + epsilon, "<", at),
            witness("s- - s+ + eps > 0, the right side fails", negative - positive + epsilon, ">", at),
        ],
    }


def distance_form(wrong: bool = False) -> Certificate:
    """A5c. |a - b|^2 = 2 - 2 <a, b> for unit vectors, and the cosine is tau times the logit."""
    positive, negative, tau = symbols("sp sn tau")
    factor = 1 if wrong else 2
    return {
        "claim": "A5c",
        "steps": [
            identity("cosines: d+ - d- = 2 (s- - s+)", (2 - 2 * positive) - (2 - 2 * negative), factor * (negative - positive)),
            identity("logits: d+ - d- = 2 tau (s- - s+)", (2 - 2 * tau * positive) - (2 - 2 * tau * negative),
                     factor * tau * (negative - positive)),
        ],
    }  # fmt: skip
