"""What the ties of Spec.v to the running code are made of: a tie, its slip, and random rational numbers in Coq's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

Point = tuple[str, float]  # an expression of Coq, and what the function returned
Draw = Callable[[np.random.Generator], Point]


@dataclass(frozen=True)
class Slip:
    """One change of a definition's text; `through`: definitions that use it, in order, up to the one that the points speak of."""

    definition: str
    old: str
    new: str
    through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tie:
    """`definition` (of Spec.v) is held to `function` (of Python) at points that `draw` makes from a generator."""

    definition: str
    function: str
    draw: Draw
    slip: Slip


def rational(generator: np.random.Generator, low: float, high: float) -> Fraction:
    """A fraction between two numbers, of denominator 8 to 63."""
    below = int(generator.integers(8, 64))
    return Fraction(int(generator.integers(int(np.ceil(low * below)), int(np.floor(high * below)) + 1)), below)


def several(generator: np.random.Generator, count: int, low: float, high: float) -> list[Fraction]:
    return [rational(generator, low, high) for _ in range(count)]


def coq(value: Fraction | int) -> str:
    value = Fraction(value)
    number = f"{abs(value.numerator)}" if value.denominator == 1 else f"{abs(value.numerator)} / {value.denominator}"
    return f"(- ({number}))" if value < 0 else f"({number})"


def coq_list(values: Sequence[Fraction | int]) -> str:
    return "[" + "; ".join(map(coq, values)) + "]"


def coq_vector(values: Sequence[Fraction | int]) -> str:
    return f"(fun k => nth k {coq_list(values)} 0)"


def coq_matrix(rows: Sequence[Sequence[Fraction | int]]) -> str:
    return f"(fun k l => nth l (nth k [{'; '.join(map(coq_list, rows))}] []) 0)"


def floats(values: Any) -> np.ndarray:
    return np.array(values, dtype=float)


def spherical(generator: np.random.Generator, count: int) -> list[list[Fraction]]:
    """Rational points of the unit sphere of R^3."""
    points = []
    for _ in range(count):
        a, b = several(generator, 2, -2, 2)
        scale = a * a + b * b + 1
        points.append([2 * a / scale, 2 * b / scale, (a * a + b * b - 1) / scale])
    return points


def tensor(points: Sequence[Sequence[Fraction]]) -> torch.Tensor:
    return torch.tensor(floats(points), dtype=torch.float64)


def shares(generator: np.random.Generator, count: int) -> list[Fraction]:
    """Positive, of sum 1."""
    parts = [int(part) for part in generator.integers(1, 12, size=count)]
    return [Fraction(part, sum(parts)) for part in parts]


def symmetric(
    generator: np.random.Generator, count: int, low: float, high: float, diagonal: Fraction | None = None
) -> list[list[Fraction]]:
    found = [[Fraction(0)] * count for _ in range(count)]
    for k in range(count):
        for m in range(k + 1):
            found[k][m] = found[m][k] = diagonal if k == m and diagonal is not None else rational(generator, low, high)
    return found
