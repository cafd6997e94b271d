"""B5's equation as a quartic, and its root enclosed by interval arithmetic on boxes of (alpha/p, temperature).

q = e^(-2/tau) and y = e^((c-1)/tau), in which the equation is rational: 1 - 2q/(y^2+q) + (y - q/y)/(1+q) = 1 + r.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from contrastive_claims.theory.certify.expression import Expression, evaluate, rational, symbols
from contrastive_claims.theory.certify.kinds import hull
from contrastive_claims.theory.certify.specification.vanishing import CELLS, quartic


@dataclass(frozen=True)
class Cell:
    """A box of (alpha/p, q) with an enclosure of the uncut root y there, and the two bisection trees that prove it."""

    ratios: tuple[Fraction, Fraction]
    decays: tuple[Fraction, Fraction]
    low: Fraction
    high: Fraction
    below: Any
    above: Any

    @property
    def witness(self) -> dict[str, Any]:
        """The witness of its step."""
        return {"low": str(self.low), "high": str(self.high), "below": self.below, "above": self.above}


def root_enclosures() -> list[Cell]:
    """Enclosures of the uncut root y on a grid of boxes.

    The root rises in alpha/p and in q (the quartic falls in both, term by term), so corners suggest the enclosure, a little
    wider; interval arithmetic on a bisected cell accepts it.
    """
    q, r = symbols("q r")
    cells = []
    for ratios, decays in CELLS:
        domain = {"r": ratios, "q": decays}
        texts = {name: (str(low), str(high)) for name, (low, high) in domain.items()}
        low = Fraction(math.floor(_root(ratios[0], decays[0]) * 990), 1000)
        high = Fraction(math.ceil(_root(ratios[1], decays[1]) * 1010), 1000)
        below, above = 0 - quartic(Expression(str(low)), q, r), quartic(Expression(str(high)), q, r)
        cells.append(Cell(ratios, decays, low, high, bisection(below, texts), bisection(above, texts)))
    return cells


def bisection(expression: Expression, domain: dict[str, tuple[str, str]], depth: int = 12) -> Any:
    """A bisection tree on whose leaves interval arithmetic finds the expression positive (the widest side is halved).

    Raises ValueError where more than `depth` halvings would be needed.
    """
    ends = {name: (rational(low), rational(high)) for name, (low, high) in domain.items()}
    if evaluate(expression.formula, {name: hull(*pair) for name, pair in ends.items()}) > 0:
        return None
    if depth == 0:
        raise ValueError(f"not positive within the halvings allowed, near {domain}")
    name = max(ends, key=lambda key: ends[key][1] - ends[key][0])
    low, high = ends[name]
    middle = (low + high) / 2
    halves = [{**domain, name: (str(a), str(b))} for a, b in ((low, middle), (middle, high))]
    return [name, *(bisection(expression, half, depth - 1) for half in halves)]


def _root(r: Fraction, q: Fraction) -> float:
    ratio, decay, low, high = float(r), float(q), 1e-6, 4.0
    for _ in range(60):
        y = (low + high) / 2
        value = y**4 - decay**2 - 2 * decay * y * (1 + decay) - ratio * y * (1 + decay) * (y * y + decay)
        low, high = (y, high) if value < 0 else (low, y)
    return (low + high) / 2
