"""One anchor and one positive: proofs of claims A1 to A5 and A26, by the steps of theory.certify.specification.anchors."""

from __future__ import annotations

from typing import Any

from contrastive_claims.theory.certify.expression import Expression, symbols
from contrastive_claims.theory.certify.steps import certificate, combination

Certificate = dict[str, Any]


def eps_infonce_identity(wrong: bool = False) -> Certificate:
    """A1. e^loss = (x q + y)/x and e^LSE = q + sum_j y_j/x = q + y/x. `wrong`: eps missing on the positive."""
    x, y = symbols("x y")
    return certificate("A1", slips={"the ratio form is the LSE form": {"left": (x + y) / x}} if wrong else {})


def hinge_sandwich(wrong: bool = False) -> Certificate:
    """A2. With u_j = e^(s-_j - s+ + eps), u the largest and U their sum, e^(loss + eps) = 1 + U and e^H = max(1, u).

    U - u sums the other exponentials and N u - U sums u - u_j; both ends follow in either case of the hinge.
    `wrong`: log N for log(N + 1).
    """
    u_j, u, total, n = symbols("u_j u U N")
    others, room = total - u, n * u - total
    witnesses = {
        "the others": {"coefficients": ["0", "1"], "combination": combination(("1", [u_j]))},
        "the largest": {"coefficients": ["u", "-1"], "combination": combination(("1", [u - u_j]))},
        "lower end, hinge 0": {"combination": combination(("1", [others]), ("1", [u]))},
        "lower end, hinge open": {"combination": combination(("1", []), ("1", [others]))},
        "upper end, hinge 0": {"combination": combination(("1", [room]), ("1", [n, 1 - u]))},
        "upper end, hinge open": {"combination": combination(("1", [u - 1]), ("1", [room]))},
        "lower end approached": {"combination": combination(("1", [room]), ("1", [n, u]))},
    }
    slips = {
        "upper end, hinge 0": {"expression": n - (1 + total)},
        "upper end, hinge open": {"expression": n * u - (1 + total)},
    }
    return certificate("A2", witnesses, slips if wrong else {})


def margin_from_loss(wrong: bool = False) -> Certificate:
    """A3. With w_j = e^(s-_j - s+): W = sum_j w_j = e^loss - q, and the largest, w, is e^-m.

    The lower end convex: g(l) = -log(e^l - q) is continuous and, with a = e^(l/2), b = e^(l'/2), midpoint convex iff
    (a b - q)^2 >= (a^2 - q)(b^2 - q), whose difference is q (a - b)^2. `wrong`: e^-eps left out.
    """
    x, y, q, w_j, w, weight, n, f, a, b = symbols("x y q w_j w W N f a b")
    one_each = {"coefficients": ["0", "1"], "combination": combination(("1", [w_j]))}
    witnesses = {
        "lower end": one_each,
        "the largest": {"coefficients": ["w", "-1"], "combination": combination(("1", [w - w_j]))},
        "upper end": {"combination": combination(("1", [n * w - weight, 1 / n]))},
        "threshold": {"combination": combination(("1", [q - weight]), ("1", [weight - w]))},
        "sphere": {"coefficients": [(0 - f).formula, "1"], "combination": combination(("1", [w_j - f]))},
        "lower end convex": {"combination": combination(("1", [q, (a - b) * (a - b)]))},
    }
    return certificate("A3", witnesses, {"the loss": {"left": (x * q + y) / x - 0}} if wrong else {})


def eps_infonce_in_epsilon(wrong: bool = False) -> Certificate:
    """A4. With W = sum_j e^(s-_j - s+) > 0 the loss is log(q + W), and dq/deps = -q: its slope is -q/(q + W).

    `wrong`: eps on the negatives: log(1 + W/q), of slope W/(q + W).
    """
    q, w = symbols("q W")
    witnesses = {
        "the loss falls": {"combination": combination(("1", [q, 1 / (q + w)]))},
        "loss + eps rises": {"combination": combination(("1", [w, 1 / (q + w)]))},
    }
    slope = w / (q + w)
    slips = {"the loss falls": {"expression": 0 - slope}, "loss + eps rises": {"expression": 1 + slope}}
    return certificate("A4", witnesses, slips if wrong else {})


def distance_form_as_printed(wrong: bool = False) -> Certificate:
    """A5. s+ = 3/5, s- = 5/13 (cosines of unit vectors), eps = 3/10: the left side holds, the right side fails.

    `wrong`: another factor, d+ - d- < -4 eps, whose left side does not hold there.
    """
    positive, negative, epsilon = symbols("sp sn eps")
    at = {"at": {"sp": "3/5", "sn": "5/13", "eps": "3/10"}}
    apart = (2 - 2 * positive) - (2 - 2 * negative)
    slips = {"the left side holds": {"expression": apart + 4 * epsilon}} if wrong else {}
    return certificate("A5", {"the left side holds": at, "the right side fails": at}, slips)


def distance_form(wrong: bool = False) -> Certificate:
    """A5c. |a - b|^2 = 2 - 2 <a, b> for unit vectors, and the cosine is tau times the logit. `wrong`: no factor 2."""
    positive, negative, tau = symbols("sp sn tau")
    one: Expression = Expression("1")
    slips = {
        "cosines": {"right": one * (negative - positive)},
        "logits": {"right": one * tau * (negative - positive)},
    }
    return certificate("A5c", slips=slips if wrong else {})


def condition_on_sums(cosines: dict[str, str], wrong: bool = False) -> Certificate:
    """A26. At the cosines p1, p2 of two positives and n1, n2 of two negatives and the margin eps, all rational, the condition
    holds although n1 exceeds p1 and p2. `wrong`: max_j s-_j - min_i s+_i, which such a point cannot meet."""
    p2, n1, eps = symbols("p2 n1 eps")
    at = {"at": cosines}
    names = ("the condition holds", "closer than the first positive", "closer than the second positive")
    slips = {"the condition holds": {"expression": n1 - p2 + eps}} if wrong else {}
    return certificate("A26", dict.fromkeys(names, at), slips)
