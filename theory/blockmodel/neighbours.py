"""Index-only adjacency of an unweighted, undirected graph: who neighbours whom, and no weights. Four bytes an entry."""

from itertools import product
from typing import Any

import numpy as np

from contrastive_claims.theory.elliptope.threads import in_parts

_ENTRIES = 1 << 20  # entries multiplied at a time: one buffer of ones of this length serves the whole graph


class Neighbours:
    """Symmetric 0/1 adjacency [n, n] in compressed rows without values; ``adjacency @ X`` is the only arithmetic.

    starts: [n + 1] int64, row i's neighbours are ``indices[starts[i]:starts[i + 1]]``. indices: [entries] int32; both
    directions of an edge are stored, and a repeated neighbour counts as often as it stands there.
    Raises ValueError for rows that do not fit, an index out of range, or a matrix that is not symmetric.
    """

    def __init__(self, starts: np.ndarray, indices: np.ndarray) -> None:
        self.starts, self.indices = np.asarray(starts, dtype=np.int64), np.asarray(indices, dtype=np.int32)
        n = len(self.starts) - 1
        self.shape = (n, n)
        rows = np.diff(self.starts)
        if n < 1 or self.starts[0] != 0 or (rows < 0).any() or self.starts[-1] != len(self.indices):
            raise ValueError(f"starts must rise from 0 to the number of indices, {len(self.indices)}")
        if len(self.indices) and (self.indices.min() < 0 or self.indices.max() >= n):
            raise ValueError(f"indices must lie in [0, {n})")
        if not self._is_symmetric():
            raise ValueError("adjacency is not symmetric: an edge is stored in one direction only")

    def __matmul__(self, dense: np.ndarray) -> np.ndarray:
        """Sums of the neighbours' rows of ``dense``, [n] or [n, c]."""
        return self.multiply(dense)

    def multiply(self, dense: np.ndarray, workers: int = 1) -> np.ndarray:
        """The same by this many threads, which changes no bit of it (each row is summed by one thread, in order)."""
        from scipy.sparse import csr_array

        n = self.shape[0]
        if dense.shape[:1] != (n,):
            raise ValueError(f"cannot multiply an adjacency of {n} nodes with an array of shape {dense.shape}")
        columns = np.asfortranarray(dense.reshape(n, -1))
        sums = np.empty_like(columns)
        edges = self._blocks()
        longest = int(np.diff(self.starts[edges]).max())
        ones = np.ones(longest, dtype=dense.dtype)

        def multiply(part: tuple[int, int]) -> None:
            column, block = part
            first, last = edges[block], edges[block + 1]
            start, stop = self.starts[first], self.starts[last]
            starts = (self.starts[first : last + 1] - start).astype(np.int32)
            rows = csr_array((ones[: stop - start], self.indices[start:stop], starts), shape=(last - first, n))
            sums[first:last, column] = rows @ columns[:, column]

        # column after column: one of a million nodes stays in cache while the indices pass by, several do not
        in_parts(multiply, product(range(columns.shape[1]), range(len(edges) - 1)), workers)
        return np.ascontiguousarray(sums).reshape(dense.shape)

    @property
    def degrees(self) -> np.ndarray:
        """[n] number of neighbours."""
        return np.diff(self.starts).astype(float)

    def to_scipy(self) -> Any:
        """As a scipy CSR matrix of float64 ones (three times the memory)."""
        from scipy.sparse import csr_array

        return csr_array((np.ones(len(self.indices)), self.indices, self.starts), shape=self.shape)

    def toarray(self) -> np.ndarray:
        """Dense, [n, n] float64."""
        return self.to_scipy().toarray()

    def _blocks(self) -> np.ndarray:
        """Row numbers that cut the rows into blocks of about _ENTRIES entries (one row at least)."""
        cuts = np.searchsorted(self.starts, np.arange(_ENTRIES, len(self.indices), _ENTRIES))
        return np.unique(np.concatenate([[0], cuts, [self.shape[0]]]))

    def _is_symmetric(self) -> bool:
        """Whether ``x^T A y = y^T A x`` modulo 2^64, x and y from one fixed pseudo-random stream.

        A symmetric matrix always passes; another passes with a chance of about 2^-57 (a bilinear form modulo 2^64). One
        product decides what a transpose would decide at the cost of the whole matrix's memory.
        """
        probe = np.random.default_rng(0x5EED).integers(1, 2**63, (self.shape[0], 2), dtype=np.uint64)
        image = self @ probe
        return bool((probe[:, 0] * image[:, 1]).sum() == (probe[:, 1] * image[:, 0]).sum())
