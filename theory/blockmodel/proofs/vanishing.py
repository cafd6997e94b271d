"""Proofs for a minority of vanishing share: B5, B8, B18, B19, by the steps of theory.certify.specification. All are ours; the
analysis (what converges to what) is in theory.blockmodel.limits, the combinations and the enclosures are here.

Notation: s the minority's share, r = alpha/p, c the cosine with the tied majority, E = e^(1/tau), q = E^-2, and
y = e^((c-1)/tau), in which B5's equation is rational: 1 - 2q/(y^2+q) + (y - q/y)/(1+q) = 1 + r.
"""

from __future__ import annotations

from typing import Any

from contrastive_claims.theory.blockmodel.proofs.enclosures import root_enclosures
from contrastive_claims.theory.certify.expression import symbols
from contrastive_claims.theory.certify.specification.vanishing import ENCLOSURES
from contrastive_claims.theory.certify.steps import certificate, combination


def vanishing_minority(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B5: the limit loss's derivative, its one root, the threshold, and the root enclosed on boxes that cover
    alpha/p in [1/20, 1] and all tau in (0, 2.50]; then certified optima at small shares.

    `wrong`: the majority's own draw of the minority forgotten or, as here, the minority's: 1 + alpha/p becomes alpha/p.
    """
    s, m, a, p, w, y, q, h = symbols("s m a p w y q h")
    low, high = 1 / (y * y + q), 1 / ((y + h) * (y + h) + q)
    rise = [
        ("4", [q, y, h, low, high]),
        ("2", [q, h, h, low, high]),
        ("1", [h, 1 / (1 + q)]),
        ("1", [q, h, 1 / y, 1 / (y + h), 1 / (1 + q)]),
    ]
    witnesses = {
        "one root": {"combination": combination(*rise)},
        **{step.name: cell.witness for step, cell in zip(ENCLOSURES, root_enclosures(), strict=True)},
    }
    both = m * a / (s * w + m * a) + m * a / (s * a + m * p)
    return certificate("B5", witnesses, {"pair weights": {"left": both - a / p}} if wrong else {}, duality_steps)


def temperature_decides(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B8. T(q) = (1-3q)/(1+q), q = e^(-2/tau). `wrong`: the threshold 2 tanh(tau) - 1, which rises."""
    q, h = symbols("q h")
    witnesses = {
        "the threshold falls": {"combination": combination(("4", [h, 1 / (1 + q), 1 / (1 + (q + h))]))},
        "every alpha from q = 1/3 on": {"combination": combination(("1", [3 * q - 1, 1 / (1 + q)]))},
    }
    rising = (3 * q - 1) / (1 + q) - (3 * (q + h) - 1) / (1 + (q + h))
    return certificate("B8", witnesses, {"the threshold falls": {"expression": rising}} if wrong else {}, duality_steps)


def many_majorities(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B18. y = e^(Mc/((M-1)tau)), u the same at c = 1. `wrong`: the threshold of two majorities for every M."""
    y, h, k, u, m = symbols("y h k u M")
    two = {"combination": combination(("2", [h, 1 / (y + 1), 1 / (y + h + 1)]))}
    witnesses = {
        "psi/phi rises": {"combination": combination(("1", [m, h, 1 / (y + (m - 1)), 1 / (y + h + (m - 1))]))},
        "psi rises": {"combination": combination(("1", [h]), ("1", [k]))},
        "every alpha for small u": {"combination": combination(("1", [m + 1 - u, 1 / (u + (m - 1))]))},
        "nine majorities": {"tree": _halves("v", 5)},
        "two unequal majorities": two,
    }
    slips = {"threshold": {"right": (u - 3) / (u + 1)}} if wrong else {}
    return certificate("B18", witnesses, slips, duality_steps)


def _halves(name: str, depth: int) -> Any:
    """A full bisection tree in one symbol."""
    return None if depth == 0 else [name, _halves(name, depth - 1), _halves(name, depth - 1)]


def connected_majorities(duality_steps: list[dict[str, Any]], wrong: bool = False) -> dict[str, Any]:
    """B19. x_2, x_3 = e^(g/tau) of the minority, x = e^(G_23/tau). `wrong`: the tied majority's degree without beta."""
    s, m, a, p, b, e, x2, x3, x, w, sine = symbols("s m a p b E x_2 x_3 x w sine")
    witnesses = {
        "the loss rises in g_3": {"combination": combination(("1", [1 / (x2 + x3)]), ("1", [1 / (e + x)]))},
        "never full collapse": {
            "combination": combination(("1", [sine, x3, 1 / (x2 + x3)]), ("1", [sine, x3, 1 / (e + x)]))
        },
    }
    own, tied = s * w + m * a, s * a + m * (p + b)
    slips = {"pair weights with beta": {"left": m * a / own + m * a / tied - (1 + a / p)}} if wrong else {}
    return certificate("B19", witnesses, slips, duality_steps)
