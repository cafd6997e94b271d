"""Intervals over seeds for the checks."""

from __future__ import annotations

import numpy as np
from scipy import stats

from experiments.ledger import Quantity


def student(values: np.ndarray, unit: str = "") -> Quantity:
    """Mean of one value per seed with Student's 95 % interval."""
    half = float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    mean = float(values.mean())
    return Quantity(mean, mean - half, mean + half, unit)


def slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """[seeds] least-squares slopes of log y [seeds, points] against log x [points] (or [seeds, points])."""
    x, y = np.broadcast_to(np.log(x), y.shape), np.log(y)
    centred = x - x.mean(axis=1, keepdims=True)
    return (centred * y).sum(axis=1) / (centred**2).sum(axis=1)
