"""Large graphs drawn from a block model straight into index-only form: O(edges) time, 8 bytes an edge kept, no weights."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from contrastive_claims.theory.blockmodel.neighbours import Neighbours

_EDGES = 1 << 22  # edges drawn, or merged, at a time
_ROWS = 1 << 16  # rows at a time, so that local row numbers fit 16 bits and sort by radix


def sample_neighbours(sizes: np.ndarray, connectivity: np.ndarray, generator: np.random.Generator) -> Neighbours:
    """Adjacency of a graph with blocks of the given sizes [K], every pair joined independently with probability alpha_kl.

    No self loops; nodes are ordered by block. The strict upper triangle is drawn row by row (gaps between edges are
    geometric), transposed, and both are merged.
    """
    nodes = int(sizes.sum())
    above, columns = np.zeros(nodes, dtype=np.int64), []
    for first, counts, strip in _upper_rows(sizes, connectivity, generator):
        above[first : first + len(counts)] = counts
        columns.append(strip)
    return Neighbours(*_both_directions(above, np.concatenate(columns)))


def _upper_rows(
    sizes: np.ndarray, connectivity: np.ndarray, generator: np.random.Generator
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Strips of rows of the strict upper triangle: (first row, edges of each row, their columns in ascending order)."""
    ends = np.cumsum(sizes)
    for k, end in enumerate(ends):
        first = end - sizes[k]
        degree = float(connectivity[k] @ sizes)
        height = int(np.clip(_EDGES / max(degree, 1.0), 1, _ROWS))
        for start in range(int(first), int(end), height):
            stop = min(start + height, int(end))
            rows, columns = [], []
            for m in range(k, len(sizes)):
                left = start if m == k else int(ends[m] - sizes[m])
                width = int(ends[m]) - left
                cells = _cells((stop - start) * width, float(connectivity[k, m]), generator)
                row, column = np.divmod(cells, width)
                if m == k:
                    kept = column > row
                    row, column = row[kept], column[kept]
                rows.append(row.astype(np.uint16))
                columns.append((column + left).astype(np.int32))
            row = np.concatenate(rows)
            order = np.argsort(row, kind="stable")
            yield start, np.bincount(row, minlength=stop - start), np.concatenate(columns)[order]


def _cells(total: int, probability: float, generator: np.random.Generator) -> np.ndarray:
    """Each of ``total`` cells independently with the given probability: their numbers, ascending, int64."""
    if probability == 0:
        return np.zeros(0, dtype=np.int64)
    parts, reached = [], -1
    while reached < total:
        expected = (total - reached) * probability
        gaps = generator.geometric(probability, size=int(expected + 5 * expected**0.5) + 8)
        parts.append(reached + np.cumsum(np.minimum(gaps, total + 1)))  # the minimum: no overflow at tiny probabilities
        reached = int(parts[-1][-1])
    cells = np.concatenate(parts)
    return cells[: np.searchsorted(cells, total)]


def _both_directions(above: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(starts, indices) of U + U^T, from the row counts [n] of the strict upper triangle U and its columns."""
    from scipy.sparse import csr_array

    n = len(above)
    upper = np.concatenate([[0], np.cumsum(above)])
    marks = np.ones(len(columns), dtype=np.int8)  # scipy transposes only with values
    transposed = csr_array((marks, columns, upper), shape=(n, n)).tocsc()
    lower = transposed.indptr.astype(np.int64)
    starts = upper + lower
    indices = np.empty(int(starts[-1]), dtype=np.int32)
    cuts = np.unique(np.searchsorted(starts, np.append(np.arange(0, starts[-1], _EDGES), starts[-1])).clip(0, n))
    for first, last in pairwise(cuts):
        _place(indices, starts[first:last], transposed.indices, lower[first : last + 1])
        _place(indices, starts[first:last] + np.diff(lower[first : last + 1]), columns, upper[first : last + 1])
    return starts, indices


def _place(indices: np.ndarray, where: np.ndarray, source: np.ndarray, starts: np.ndarray) -> None:
    """Copy row i of compressed rows, ``source[starts[i]:starts[i + 1]]``, to ``indices[where[i]:]``."""
    span = np.arange(starts[0], starts[-1])
    indices[span + np.repeat(where - starts[:-1], np.diff(starts))] = source[starts[0] : starts[-1]]
