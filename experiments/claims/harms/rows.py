"""What rows of harm say of the declared neighbour.

Rows [..., R, K] hold one number towards each of K classes for R undersampled classes `own` [R] with declared neighbours
`neighbours` [R]; leading axes are seeds and resamples. Small is near: RH as it is, gained mass with its sign turned.
"""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.intervals import applied, p_values
from contrastive_claims.experiments.ledger.vocabulary import LEVEL, Quantity
from contrastive_claims.theory.harms import Resampled, holm


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


def rows_led(rows: Resampled, own: np.ndarray, classes: np.ndarray, unit: str = "rows") -> Quantity:
    """In how many of the R rows, averaged over the seeds of rows [S, R, K], the entry at the row's class is the least.

    low: rows that it leads for certain, that is, lies below each other entry (the largest of their p-values tells; no correction,
    since all must hold). high: all but those where some other entry lies below it for certain (K - 2 times the smallest
    p-value). p-values are two-sided, over seeds and test points, and after Holm's correction over the rows at most LEVEL: then
    both ends hold together at that level. A class of -1 names none, and leads no row.
    """
    named = np.flatnonzero(classes >= 0)
    led, leads, led_by_other = 0, [], []
    for row in named:
        rest = np.setdiff1d(np.arange(rows.estimates.shape[-1]), (own[row], classes[row]))
        ahead = applied(lambda v, row=row, rest=rest: v[..., row, [classes[row]]] - v[..., row, rest], rows)
        mean, p = ahead.estimates.mean(axis=0), p_values(ahead)
        led += int((mean < 0).all())
        leads.append(np.where(mean < 0, p, 1.0).max())
        led_by_other.append(min(1.0, len(rest) * np.where(mean > 0, p, 1.0).min()))
    certain, excluded = (int((holm(p) <= LEVEL).sum()) if len(p) else 0 for p in (leads, led_by_other))
    return Quantity(led, certain, len(named) - excluded, unit)
