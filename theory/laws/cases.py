"""One batch that a law is tried on, as data: its repr is a line of code that makes it again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.sphere import normalise


@dataclass(frozen=True)
class Case:
    """rows [n][d] as numbers, labels [n]; of two views, the first view's rows come first and labels pair them.

    temperature, epsilon: what the loss is called with, where it takes them. seed: of whatever else a law draws (a rotation, an
    order, a direction). dtype: of what the loss is given.
    """

    rows: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...]
    temperature: float = 0.5
    epsilon: float = 0.25
    seed: int = 0
    dtype: str = "float64"

    @property
    def unit(self) -> np.ndarray:
        """[n, d] the rows on the sphere; a zero row stays zero."""
        rows = np.array(self.rows, dtype=float)
        zero = ~rows.any(axis=1)
        rows[zero] = 1.0
        unit = normalise(rows)
        unit[zero] = 0.0
        return unit

    @property
    def classes(self) -> np.ndarray:
        """[n] labels."""
        return np.array(self.labels, dtype=np.int64)

    @property
    def generator(self) -> np.random.Generator:
        """Always the same one, from the seed."""
        return np.random.default_rng(self.seed)
