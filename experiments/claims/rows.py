"""What rows of harm say of the declared neighbour, with intervals over paired seeds and shared test points.

Rows [..., R, K] hold one number towards each of K classes for R undersampled classes `own` [R] with declared neighbours
`neighbours` [R]; leading axes are seeds and resamples. Small is near: RH as it is, gained mass with its sign turned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from experiments.ledger import Quantity
from theory.harms import Resampled, point_variance, student_interval, student_p_value


def towards(rows: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """[..., R]: each row's entry at its class."""
    return rows[..., np.arange(len(classes)), classes]


def others(rows: np.ndarray, own: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """[..., R, K-2]: the entries that are neither the class itself nor its neighbour."""
    kept = np.ones(rows.shape[-2:], bool)
    kept[np.arange(len(own)), own] = kept[np.arange(len(own)), neighbours] = False
    return rows[..., kept].reshape(*rows.shape[:-1], rows.shape[-1] - 2)


def minus_rest(rows: np.ndarray, own: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """[..., R]: the neighbour's entry minus the mean of the rest. A shift of the whole row leaves it."""
    return towards(rows, neighbours) - others(rows, own, neighbours).mean(axis=-1)


def minus_next(rows: np.ndarray, own: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """[..., R]: the neighbour's entry minus the smallest of the rest: below 0 iff the neighbour is the row's minimum.

    Where nothing distinguishes the neighbour it lies above 0 on average, since the smallest of many is taken.
    """
    return towards(rows, neighbours) - others(rows, own, neighbours).min(axis=-1)


def led(rows: np.ndarray, own: np.ndarray, neighbours: np.ndarray) -> Quantity:
    """In how many of the R rows, averaged over the seeds of rows [S, R, K], the neighbour is the minimum; the interval is
    the range of that count over leaving out any one seed."""

    def count(part: np.ndarray) -> int:
        return int((minus_next(part.mean(axis=0), own, neighbours) < 0).sum())

    counts = [count(rows), *(count(np.delete(rows, s, axis=0)) for s in range(len(rows)))]
    return Quantity(counts[0], min(counts), max(counts), "rows")


def applied(function: Callable[[np.ndarray], np.ndarray], resampled: Resampled) -> Resampled:
    """`function` of the trailing axes, on the estimates and on every replicate."""
    return Resampled(function(resampled.estimates), function(resampled.replicates))


def over_seeds(resampled: Resampled, unit: str = "") -> Quantity:
    """A number per seed as a quantity: its mean, with the 95 % interval of theory.harms.intervals."""
    mean, low, high = (float(part) for part in limits(resampled))
    return Quantity(mean, low, high, unit)


def each_over_seeds(names: Iterable[str], resampled: Resampled, unit: str = "") -> dict[str, Quantity]:
    """One quantity for each of the last axis's entries, under its name (blanks become underscores)."""
    return {
        name.replace(" ", "_"): Quantity(mean, low, high, unit)
        for name, mean, low, high in zip(names, *limits(resampled).tolist(), strict=True)
    }


def limits(resampled: Resampled) -> np.ndarray:
    """[3, ...]: mean over seeds, and the ends of its 95 % interval (entry by entry)."""
    return np.array(student_interval(resampled.estimates, point_variance(resampled)))


def p_values(resampled: Resampled) -> np.ndarray:
    """Two-sided p-values of "the expected value is 0", entry by entry."""
    return student_p_value(resampled.estimates, 0.0, point_variance(resampled))
