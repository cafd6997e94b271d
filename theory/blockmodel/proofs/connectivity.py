"""Proofs of what a change of connections moves: B31, B31c, by the steps of theory.certify.specification.connectivity."""

from __future__ import annotations

from typing import Any

from contrastive_claims.theory.certify.expression import symbols
from contrastive_claims.theory.certify.steps import certificate, combination


def moved_apart(duality_steps: list[dict[str, Any]]) -> dict[str, Any]:
    """B31: certified optima of the witness without and with the connection, in this order."""
    return certificate("B31", optima=duality_steps)


def monotone_law(wrong: bool = False) -> dict[str, Any]:
    """B31c. Add f_W(G) <= f_W(G') and f_W'(G') <= f_W'(G): the repulsions cancel. `wrong`: the sign exchanged."""
    r, s, a, b, c, d, tau, u, g, h, p, q, x, y, alpha = symbols("r s a b c d tau u g h p q x y a_12")
    first, second = (s - b / tau) - (r - a / tau), (r - c / tau) - (s - d / tau)
    witnesses = {
        "the law": {"combination": combination(("1", [tau, first]), ("1", [tau, second]))},
        "one weight": {"combination": combination(("1/2", [2 * u * g, 1 / u]))},
        **{
            f"the published study, {name} degree": {
                "combination": combination(("1", [h, own, 1 / (own + share * alpha), 1 / (own + share * (alpha + h))]))
            }
            for name, own, share in (("first", x * p, y), ("second", y * q, x))
        },
    }
    slips = {"the law": {"expression": (b - a) - (d - c)}} if wrong else {}
    return certificate("B31c", witnesses, slips)
