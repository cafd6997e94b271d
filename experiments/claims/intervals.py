"""Intervals over seeds, and over paired seeds and the test points that they share, for the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from contrastive_claims.experiments.ledger.vocabulary import Quantity
from contrastive_claims.theory.harms import Resampled, point_variance, student_interval, student_noise, student_p_value


def student(values: np.ndarray, unit: str = "") -> Quantity:
    """Mean of one value per seed with Student's 95 % interval."""
    mean, low, high = (float(part) for part in student_interval(values))
    return Quantity(mean, low, high, unit, _noise(values))


def slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """[seeds] least-squares slopes of log y [seeds, points] against log x [points] (or [seeds, points])."""
    x, y = np.broadcast_to(np.log(x), y.shape), np.log(y)
    centred = x - x.mean(axis=1, keepdims=True)
    return (centred * y).sum(axis=1) / (centred**2).sum(axis=1)


def applied(function: Callable[[np.ndarray], np.ndarray], resampled: Resampled) -> Resampled:
    """`function` of the trailing axes, on the estimates and on every replicate."""
    return Resampled(function(resampled.estimates), function(resampled.replicates))


def minus(one: Resampled, other: Resampled) -> Resampled:
    """The difference, where both have the same seeds and resamples."""
    return Resampled(one.estimates - other.estimates, one.replicates - other.replicates)


# Level of intervals over more seeds, or a longer training, than were looked at first: two looks at 97.5 % each err at most as
# often as one at 95 % (Bonferroni). What was open at 95 % in the first look was open at 97.5 % too.
SECOND_LOOK = 0.975


def over_seeds(resampled: Resampled, unit: str = "", level: float = 0.95) -> Quantity:
    """A number per seed as a quantity: its mean, with the interval of theory.harms.intervals at that level."""
    mean, low, high = (float(part) for part in limits(resampled, level))
    return Quantity(mean, low, high, unit, _noise(resampled.estimates, point_variance(resampled)))


def _noise(estimates: np.ndarray, points: np.ndarray | float = 0.0) -> tuple[float, float, int]:
    _, between, shared, freedom = student_noise(estimates, points)
    return float(between), float(shared), freedom


def each_over_seeds(names: Iterable[str], resampled: Resampled, unit: str = "") -> dict[str, Quantity]:
    """One quantity for each of the last axis's entries, under its name (blanks become underscores)."""
    return {
        name.replace(" ", "_"): Quantity(mean, low, high, unit)
        for name, mean, low, high in zip(names, *limits(resampled).tolist(), strict=True)
    }


def limits(resampled: Resampled, level: float = 0.95) -> np.ndarray:
    """[3, ...]: mean over seeds, and the ends of its interval (entry by entry)."""
    return np.array(student_interval(resampled.estimates, point_variance(resampled), level))


def p_values(resampled: Resampled) -> np.ndarray:
    """Two-sided p-values of "the expected value is 0", entry by entry."""
    return student_p_value(resampled.estimates, 0.0, point_variance(resampled))
