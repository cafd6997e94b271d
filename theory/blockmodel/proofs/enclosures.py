"""B5's equation as a quartic, and its root enclosed by interval arithmetic on boxes of (alpha/p, temperature).

q = e^(-2/tau) and y = e^((c-1)/tau), in which the equation is rational: 1 - 2q/(y^2+q) + (y - q/y)/(1+q) = 1 + r.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from theory.certify.expression import Expression, evaluate, rational, symbols
from theory.certify.recheck import hull
from theory.certify.steps import boxes

RATIOS = tuple(Fraction(k, 40) for k in (2, 3, 4, 6, 8, 11, 14, 17, 20, 24, 28, 32, 36, 40))
# q = e^(-2/tau), for tau in (0, 2.50]
DECAYS = tuple(
    Fraction(k, 9000) for k in (0, 1, 3, 9, 20, 40, 75, 130, 220, 360, 560, 850, 1250, 1700, 2300, 3000, 3500, 4050)
)


def left_side(y: Expression, q: Expression) -> Expression:
    """tanh(c/tau) + sinh(c/tau)/cosh(1/tau)."""
    return 1 - 2 * q / (y * y + q) + (y - q / y) / (1 + q)


def quartic(y: Expression, q: Expression, r: Expression) -> Expression:
    """(left - 1 - r) y (1 + q)(y^2 + q): falls in r and in q, term by term."""
    return y * y * y * y - q * q - 2 * q * y * (1 + q) - r * y * (1 + q) * (y * y + q)


@dataclass(frozen=True)
class Cell:
    """A box of (alpha/p, q) with an enclosure of the uncut root y there, and the two steps that prove it."""

    ratios: tuple[Fraction, Fraction]
    decays: tuple[Fraction, Fraction]
    low: Fraction
    high: Fraction
    steps: tuple[dict[str, Any], dict[str, Any]]


def root_enclosures() -> list[Cell]:
    """Enclosures of the uncut root y on a grid of boxes.

    The root rises in alpha/p and in q (the quartic falls in both, term by term), so corners suggest the enclosure, a little
    wider; interval arithmetic on a bisected cell accepts it.
    """
    q, r = symbols("q r")
    cells = []
    for ratios in pairwise(RATIOS):
        for decays in pairwise(DECAYS):
            domain = {"r": ratios, "q": decays}
            texts = {name: (str(low), str(high)) for name, (low, high) in domain.items()}
            low = Fraction(math.floor(_root(ratios[0], decays[0]) * 990), 1000)
            high = Fraction(math.ceil(_root(ratios[1], decays[1]) * 1010), 1000)
            below, above = 0 - quartic(Expression(str(low)), q, r), quartic(Expression(str(high)), q, r)
            steps = (
                boxes(f"y > {low} on the cell", below, texts, bisection(below, texts)),
                boxes(f"y < {high} on the cell", above, texts, bisection(above, texts)),
            )
            cells.append(Cell(ratios, decays, low, high, steps))
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
