"""Second moments of labelled embeddings, with and without each block of rows: what effective ranks and neural collapse need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.harms.jackknife import BlockSums
from contrastive_claims.theory.harms.samples import as_rows


@dataclass(frozen=True, eq=False)
class BlockScatter:
    """sums: of the rows by block and class. second [B, D, D]: sums of z z^T over each block. within [D, D]: the mean over classes
    of their covariance (S_W of `neural_collapse`), and within_without [B, D, D] the same without each block."""

    sums: BlockSums
    second: np.ndarray
    within: np.ndarray
    within_without: np.ndarray


def block_scatter(points: np.ndarray, classes: np.ndarray, blocks: np.ndarray) -> BlockScatter:
    """Moments of points [N, D], with classes and blocks (`deal_blocks` of the classes), [N] each. Float64, O(B D^2) memory.

    Raises ValueError for a class without a row in two blocks, and as theory.harms.jackknife.block_sums.
    """
    points, classes, blocks = as_rows(points, classes, blocks, "classes")
    count, many, width = int(classes.max()) + 1, int(blocks.max()) + 1, points.shape[1]
    cells = classes * many + blocks
    order = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=count * many).reshape(count, many)
    if (np.count_nonzero(counts, axis=1) < 2).any():
        raise ValueError("blocks: every class needs rows in two blocks")
    ends = np.cumsum(counts)
    sums = np.zeros((count, many, width))
    second, within_without = np.zeros((2, many, width, width))
    within, own = np.zeros((width, width)), np.empty((many, width, width))
    for k in range(count):
        whole = np.zeros((width, width))
        full = [b for b in range(many) if counts[k, b]]
        for b in full:
            end = ends[k * many + b]
            rows = points[order[end - counts[k, b] : end]].astype(np.float64)
            sums[k, b] = rows.sum(axis=0)
            np.matmul(rows.T, rows, out=own[b])
            second[b] += own[b]
            whole += own[b]
        total, n = sums[k].sum(axis=0), counts[k].sum()
        covariance = whole / n - np.outer(total, total) / n**2
        within += covariance / count
        if len(full) < many:  # a class with fewer rows than blocks: the others leave it as it is
            within_without[np.flatnonzero(counts[k] == 0)] += covariance / count
        for b in full:
            left, rest = n - counts[k, b], total - sums[k, b]
            within_without[b] += ((whole - own[b]) / left - np.outer(rest, rest) / left**2) / count
    return BlockScatter(BlockSums(counts.T, sums.transpose(1, 0, 2)), second, within, within_without)
