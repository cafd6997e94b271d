"""What rows of harm say of the declared neighbour.

Rows [..., R, K] hold one number towards each of K classes for R undersampled classes `own` [R] with declared neighbours
`neighbours` [R]; leading axes are seeds and resamples. Small is near: RH as it is, gained mass with its sign turned.
"""

from __future__ import annotations

import numpy as np

from experiments.ledger.vocabulary import Quantity


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


def rows_led_by_neighbour(rows: np.ndarray, own: np.ndarray, neighbours: np.ndarray) -> Quantity:
    """In how many of the R rows, averaged over the seeds of rows [S, R, K], the neighbour is the minimum; the interval is
    the range of that count over leaving out any one seed."""

    def count(part: np.ndarray) -> int:
        return int((minus_next(part.mean(axis=0), own, neighbours) < 0).sum())

    counts = [count(rows), *(count(np.delete(rows, s, axis=0)) for s in range(len(rows)))]
    return Quantity(counts[0], min(counts), max(counts), "rows")
