"""Which group leans on which: a group that lies nearer to another than the other groups do, beyond what their spread explains.

From the Gram matrix of K group means m_i of unit vectors (`class_cosines`). Let o be the centre of all group means, and theta_ij
the angle between m_i - o and m_j - o. It stays when all embeddings turn, are scaled alike or share one more direction.

**The definition.** x_ij = -theta_ij; with a baseline (another encoder's embeddings: of before a change, or trained on balanced
data) x_ij = theta_ij there - theta_ij here. Group i *leans on* group j when, among the K - 1 groups as j sees them, i stands
out as near: x_ji exceeds the mean of j's other entries by more than their spread, and the noise of x_ji itself, explain. Where
both see each other so, both lean.

It is j's row that is read, since a group that moves changes its angle to every other one: its own row is unsettled, and in that
of the group it moved to it stands out alone. So it was for encoders trained with one class undersampled: wherever a lean was
found, the undersampled class leaned. Without a baseline a lean may be a harm or the nature of the groups.

**What is controlled.** The null: the groups' means (with a baseline, the pairs of means) are drawn independently from one law,
whatever its centre and covariance. Were entries the inner products <m_j - mean of the others, m_i>, then for normal means the
row of j, given m_j, would be exchangeable and normal exactly, and each entry studentised by the others of its row exactly
Student's t with K - 3 degrees of freedom. Angles are taken in their place: they are bounded, so that a crooked law makes no far
entries.

An entry is compared with two spreads, each at half of the level: that of its own row (K - 3 degrees of freedom), which a
group that moved has unsettled in its own row alone; and that of all rows together (K(K-3)/2 - 1), which finds more where rows
are alike. Its p-value is twice the smaller of the two, its interval what both intervals have in common.

Over the K(K-1) ordered pairs Benjamini and Hochberg's steps hold the false discovery rate; intervals are simultaneous over them
(Bonferroni), so a pair alone is found exactly where its interval leaves out 0. The test is two-sided: at a level of 5 % near ones
are falsely found in 2.5 % of audits at most in theory; simulated, with unequal noise and angles in place of products, in 0 to 7
of 100 (tests/theory/harms/test_leaning.py). It fails for few groups whose means lie on one arc (embeddings in a plane). Fewer
than 6 groups are not judged.
What it does not see: two groups that lean on the same third hide each other, and a hierarchy of groups counts as spread.
Source: the outlier test is the usual one (Cook and Weisberg 1982); its use here is ours.

**Mergers** need no such comparison: two groups are called merged where their separation (`class_separation`) lies below a tenth
of the median over all pairs, to the upper end of its simultaneous interval (`relative_separation`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy import special, stats

from contrastive_claims.theory.harms.representation import separation_of_cosines

FEWEST = 6  # groups: with 5, two degrees of freedom are left in a row, and simulated false alarms came to 6 to 9 %


@dataclass(frozen=True, eq=False)
class Leans:
    """All [K, K], entry (i, j) for "i leans on j"; the diagonals are NaN (False).

    excess: by how much nearer i is to j than the others are, in radians, with its simultaneous interval low, high.
    p_values, two-sided, and adjusted (Benjamini and Hochberg); found: adjusted at most the level, and near.
    """

    excess: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_values: np.ndarray
    adjusted: np.ndarray
    found: np.ndarray


def centre_angles(cosines: ArrayLike) -> Float[np.ndarray, "*r k k"]:
    """theta [..., K, K] in radians: the angles between m_i - o and m_j - o, from Gram matrices [..., K, K] of the m_i, o their
    mean; the diagonal is 0. Raises ValueError for another shape, fewer than 3 groups, values not finite, and a group whose
    mean is the centre itself (total collapse is one case)."""
    grams = np.asarray(cosines, np.float64)
    if grams.ndim < 2 or grams.shape[-1] != grams.shape[-2] or grams.shape[-1] < 3:
        raise ValueError(f"cosines: must be [..., K, K] of 3 groups or more, got shape {grams.shape}")
    if not np.isfinite(grams).all():
        raise ValueError("cosines: must be finite")
    rows = grams.mean(axis=-1)
    centred = grams - rows[..., None, :] - rows[..., None] + rows.mean(axis=-1)[..., None, None]
    squares = np.diagonal(centred, axis1=-2, axis2=-1)
    rounding = 64 * np.finfo(float).eps * np.abs(grams).max()
    if squares.min() <= rounding:
        group = int(np.argwhere(squares <= rounding)[0][-1])
        raise ValueError(f"cosines: the mean of group {group} is the centre of all group means")
    norms = np.sqrt(squares)
    angles = np.arccos(np.clip(centred / norms[..., None, :] / norms[..., None], -1, 1))
    return np.where(np.eye(grams.shape[-1], dtype=bool), 0.0, angles)


def relative_separation(cosines: np.ndarray) -> Float[np.ndarray, "*r k k"]:
    """`class_separation` of each pair over its median over all pairs, [..., K, K], from class cosines; the diagonal is NaN.

    Raises ValueError as `class_separation` does, and where the median is 0.
    """
    found = separation_of_cosines(cosines)
    middle = np.median(found[..., *np.triu_indices(found.shape[-1], 1)], axis=-1)[..., None, None]
    if not (middle > 0).all():
        raise ValueError("cosines: half of all pairs of groups have one mean")
    return found / middle


def leans(near: ArrayLike, noise: ArrayLike = 0.0, freedom: ArrayLike = np.inf, level: float = 0.05) -> Leans:
    """Which group leans on which, from x = `near` [K, K] (minus `centre_angles`, or how they fell): see the head of this file.

    noise: standard errors [K, K] of its entries due to sampling, on `freedom` degrees of freedom each. The spread holds their
    average already; what an entry has beyond it is added, so that unequal sizes cost power rather than make false alarms.
    Raises ValueError for another shape, fewer than 6 groups, values not finite, negative noise, a level not in (0, 1).
    """
    x = np.array(near, np.float64)
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise ValueError(f"near: must be [K, K], got shape {x.shape}")
    count = len(x)
    if count < FEWEST:
        raise ValueError(
            f"near: among {count} groups none can stand out from the spread of the others; {FEWEST} are needed"
        )
    if not 0 < level < 1:
        raise ValueError(f"level: must lie in (0, 1), got {level}")
    other = ~np.eye(count, dtype=bool)
    errors = np.where(other, np.broadcast_to(np.asarray(noise, np.float64), x.shape), 0)
    degrees_of_noise = np.broadcast_to(np.asarray(freedom, np.float64), x.shape)
    x[~other] = 0
    if not (np.isfinite(x).all() and np.isfinite(errors).all() and errors.min() >= 0):
        raise ValueError("near, noise: must be finite off the diagonal, and noise not negative")

    entries, spare = count - 1, count - 3
    kept = 1 - 1 / entries
    residual = np.where(other, x - x.sum(axis=1, keepdims=True) / entries, 0)
    excess = residual / kept  # from the mean of the row's other entries
    squares = residual**2
    by_row = np.maximum(squares.sum(axis=1, keepdims=True) - squares / kept, 0) / spare
    of_all = squares.sum() - (squares + squares.T) / kept  # a pair is an entry of two rows, and left out of both
    of_all = np.maximum(of_all, 0) / (count * (entries - 1) - 2)
    averages = (errors**2).sum(axis=1, keepdims=True) / entries, (errors**2).sum() / (count * entries)
    degrees = spare, count * spare / 2 - 1
    tests = count * entries
    both = []
    for spread, average, own_degrees in zip((by_row, of_all), averages, degrees, strict=True):
        own = np.maximum(errors**2 - average, 0)
        variance = spread + own
        with np.errstate(divide="ignore", invalid="ignore"):
            joint = variance**2 / (spread**2 / own_degrees + own**2 / degrees_of_noise)  # Welch and Satterthwaite
            error = np.sqrt(variance / kept)
            tail = 2 * special.stdtr(joint, -np.abs(excess) / error)
            reach = -special.stdtrit(joint, level / (4 * tests)) * error
        without = variance <= 0  # no spread and no noise at all
        both.append((np.where(without, excess == 0, tail), np.where(without, 0.0, reach)))
    p = np.minimum(1, 2 * np.minimum(both[0][0], both[1][0]))
    reach = np.minimum(both[0][1], both[1][1])
    adjusted = np.ones_like(p)
    adjusted[other] = stats.false_discovery_control(p[other])
    found = (adjusted <= level) & (excess > 0) & other
    excess, low, high, p, adjusted = (
        np.where(other, part, np.nan).T for part in (excess, excess - reach, excess + reach, p, adjusted)
    )
    return Leans(excess, low, high, p, adjusted, found.T)
