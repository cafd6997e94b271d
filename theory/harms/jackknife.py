"""Standard errors of anything that depends on group means, from one pass over the data: the delete-a-group jackknife.

The rows of each group are dealt at random into B blocks. A statistic is computed from all rows, and B times without a block; its
standard error is sqrt((B - 1)/B sum_b (theta_(b) - mean theta_(.))^2), on B - 1 degrees of freedom, or on fewer where a group has
fewer rows than blocks. Statistics measured on the same rows (an audited encoder and its baseline) are paired by sharing the
blocks. Source: Efron and Stein 1981 (the error is on average not too small); groups: Kott 2001.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, special

from contrastive_claims.theory.broadcasting import check_fit
from contrastive_claims.theory.harms.intervals import Interval
from contrastive_claims.theory.harms.samples import as_classes, as_rows

_ROWS = 1 << 15  # converted to float64 at a time


@dataclass(frozen=True, eq=False)
class BlockSums:
    """How many rows of each group lie in each block, counts [B, K], and their sums [B, K, D] float64."""

    counts: np.ndarray
    sums: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """[K] rows of each group."""
        return self.counts.sum(axis=0)

    @property
    def means(self) -> np.ndarray:
        """[K, D] group means."""
        return self.sums.sum(axis=0) / self.sizes[:, None]

    @property
    def means_without(self) -> np.ndarray:
        """[B, K, D] group means without the rows of each block."""
        return (self.sums.sum(axis=0) - self.sums) / (self.sizes - self.counts)[..., None]

    @property
    def freedom(self) -> np.ndarray:
        """[K] degrees of freedom of what is known of each group: blocks that hold rows of it, less one."""
        return np.count_nonzero(self.counts, axis=0) - 1


def deal_blocks(groups: np.ndarray, blocks: int, generator: np.random.Generator) -> np.ndarray:
    """[N] block numbers 0 .. blocks - 1: each group's rows in random order dealt round, from a random block on.

    Raises ValueError for fewer than two blocks, groups that are not 0, 1, ... without a gap, or a group of one row: without it
    there would be no such group.
    """
    if blocks < 2:
        raise ValueError(f"blocks: at least 2 are needed, got {blocks}")
    groups = as_classes(groups, None, "groups")
    counts = np.bincount(groups)
    if (counts == 1).any():
        raise ValueError(f"groups: group {int(np.argmax(counts == 1))} has one row, so nothing is known of its noise")
    order = generator.permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.arange(len(groups)) - np.repeat(starts, counts)
    found = np.empty(len(groups), np.int64)
    found[order] = (place + np.repeat(generator.integers(blocks, size=len(counts)), counts)) % blocks
    return found


def block_sums(points: np.ndarray, groups: np.ndarray, blocks: np.ndarray) -> BlockSums:
    """Sums of points [N, D] by block and group (integers from 0 on, [N] each), accumulated in float64 chunk by chunk.

    Raises ValueError for shapes that do not fit, groups with a gap, and block numbers beyond the number of rows."""
    points, groups, blocks = as_rows(points, groups, blocks)
    count, many = int(groups.max()) + 1, int(blocks.max()) + 1
    cells = blocks * count + groups
    sums = np.zeros((many * count, points.shape[1]))
    for start in range(0, len(points), _ROWS):
        part = points[start : start + _ROWS].astype(np.float64)
        cell, place = np.unique(cells[start : start + _ROWS], return_inverse=True)
        chosen = sparse.csr_array(
            (np.ones(len(part)), (place.reshape(-1), np.arange(len(part)))), shape=(len(cell), len(part))
        )
        sums[cell] += chosen @ part
    counts = np.bincount(cells, minlength=many * count)
    return BlockSums(counts.reshape(many, count), sums.reshape(many, count, -1))


def jackknife_error(left_out: ArrayLike) -> np.ndarray:
    """[...] standard error from the statistic without each block, left_out [B, ...]. NaN where one of them is.

    Raises ValueError for fewer than two blocks."""
    found = np.asarray(left_out, np.float64)
    if found.ndim == 0 or len(found) < 2:
        raise ValueError(f"left_out: must be [B, ...] with two blocks or more, got shape {found.shape}")
    return np.sqrt((len(found) - 1) * found.var(axis=0))


def jackknife_interval(
    value: ArrayLike, left_out: ArrayLike, freedom: ArrayLike | None = None, level: float = 0.95, tests: int = 1
) -> Interval:
    """value +- t * error, t Student's quantile; freedom: B - 1 unless given. `tests` intervals hold together at the level.

    NaN where the value or one of left_out is. Raises ValueError for shapes that do not fit, a level not in (0, 1), and a freedom
    or number of tests below 1."""
    value, found = np.asarray(value, np.float64), np.asarray(left_out, np.float64)
    error = jackknife_error(found)
    degrees = np.asarray(len(found) - 1 if freedom is None else freedom, np.float64)
    if not 0 < level < 1:
        raise ValueError(f"level: must lie in (0, 1), got {level}")
    if tests < 1 or not (degrees >= 1).all():
        raise ValueError(f"freedom, tests: must be at least 1, got {degrees} and {tests}")
    check_fit(value=value, left_out=error, freedom=degrees)
    reach = -special.stdtrit(degrees, (1 - level) / (2 * tests)) * error
    return Interval(value, value - reach, value + reach)
