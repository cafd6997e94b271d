"""Root of an increasing function by bisection, and the checks that the closed forms share."""

import math
from collections.abc import Callable


def increasing_root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Root of an increasing function on [low, high]; an end where it has no sign change (the limit is cut there)."""
    if excess(high) <= 0:
        return high
    if excess(low) >= 0:
        return low
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return (low + high) / 2


def check_ratio(ratio: float, name: str = "ratio") -> None:
    """Raise ValueError unless alpha / p is positive and finite."""
    if not (math.isfinite(ratio) and ratio > 0):
        raise ValueError(f"{name} must be positive and finite, not {ratio}")
