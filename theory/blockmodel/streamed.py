"""The graph's contrastive loss without any n x n matrix: linear time in nodes and edges (ours; see theory.blockmodel.graph).

With ``K_ij = e^{(<v_i, v_j> - 1)/tau}``, ``Z_i = (1/n) sum_j K_ij`` and ``s_i = 1/(n^2 Z_i)``, the weighted softmax of
theory.blockmodel.objective is ``Q_ij = s_i K_ij``, so that value, gradient, products with D and with the Hessian are kernel sums
with vector weights:

    2 tau D X       = s (K X) + K (s X) - 2 tau sym(W) X,              sym(W) X = (c (A X) + A (c X)) / 2,  c_i = 1/(n deg_i)
    sym(Q * H) V    = 1/2 [ (s_i M_i + M'_i) u_i + (s_i N_i + N'_i) v_i ],       H = U V^T + V U^T,
    M_i = sum_j K_ij v_j v_j^T,   N_i = sum_j K_ij v_j u_j^T,   M', N' the same with weights s_j.
"""

from functools import cached_property
from typing import Any

import numpy as np

from theory.blockmodel.kernel_sums import KernelExpansion, exact_sums, feature_count
from theory.blockmodel.objective import check_temperature

KERNEL_TOLERANCE = 1e-13  # of the largest kernel value; each node meets itself with that value


class StreamedObjective:
    """f(V V^T) of a graph on n nodes, with theory.elliptope's matrix-free expansions.

    adjacency: anything symmetric with ``@`` on [n, c] arrays. degrees: [n] positive row sums. temperature: tau > 0.
    """

    def __init__(self, adjacency: Any, degrees: np.ndarray, temperature: float) -> None:
        check_temperature(temperature)
        self.adjacency, self.temperature = adjacency, float(temperature)
        self.nodes = len(degrees)
        self._pace = (1 / (self.nodes * degrees))[:, None]
        self._expansions: dict[int, KernelExpansion] = {}

    def at(self, vectors: np.ndarray) -> "StreamedExpansion":
        """Expand f at unit rows V [n, d]."""
        return StreamedExpansion(self, vectors)

    def attract(self, vectors: np.ndarray) -> np.ndarray:
        """sym(W) X, [n, c], in one pass over the edges."""
        width = vectors.shape[1]
        both = self.adjacency @ np.concatenate([vectors, self._pace * vectors], axis=1)
        return (self._pace * both[:, :width] + both[:, width:]) / 2

    def kernel_sums(self, vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """K X for weights X [n, c], by the truncated expansion or, where that would cost more, pair by pair."""
        dimension = vectors.shape[1]
        if feature_count(dimension, self.temperature, KERNEL_TOLERANCE) > self.nodes / 4:
            return exact_sums(vectors, vectors, weights, self.temperature)
        if dimension not in self._expansions:
            self._expansions[dimension] = KernelExpansion(dimension, self.temperature, KERNEL_TOLERANCE)
        return self._expansions[dimension].sums(vectors, vectors, weights)


class StreamedExpansion:
    """Value and derivatives of a StreamedObjective at one V. value: f(V V^T). product: D V, [n, d]."""

    def __init__(self, objective: StreamedObjective, vectors: np.ndarray) -> None:
        self._objective, self._vectors = objective, vectors
        n, tau = objective.nodes, objective.temperature
        sums = objective.kernel_sums(vectors, np.concatenate([np.ones((n, 1)), vectors], axis=1))
        self._scale = 1 / (n * sums[:, :1])  # s
        self._pulled = sums[:, 1:]  # K V
        attracted = objective.attract(vectors)
        repelled = (self._scale * self._pulled + objective.kernel_sums(vectors, self._scale * vectors)) / 2
        self.product = (repelled - attracted) / tau
        self.value = float(np.log(sums[:, 0] / n).mean() + 1 / tau - (attracted * vectors).sum() / tau)

    def gradient_product(self, other: np.ndarray) -> np.ndarray:
        """D X for any X [n, c]."""
        objective, width = self._objective, other.shape[1]
        sums = objective.kernel_sums(self._vectors, np.concatenate([other, self._scale * other], axis=1))
        repelled = (self._scale * sums[:, :width] + sums[:, width:]) / 2
        return (repelled - objective.attract(other)) / objective.temperature

    @cached_property
    def _moments(self) -> np.ndarray:
        """``s_i M_i + M'_i``, [n, d, d]."""
        n, d = self._vectors.shape
        outer = (self._vectors[:, :, None] * self._vectors[:, None, :]).reshape(n, d * d)
        sums = self._objective.kernel_sums(self._vectors, np.concatenate([outer, self._scale * outer], axis=1))
        return (self._scale * sums[:, : d * d] + sums[:, d * d :]).reshape(n, d, d)

    def hessian_product(self, direction: np.ndarray) -> np.ndarray:
        """``D U + dD[U] V``, [n, d]."""
        vectors, scale, tau = self._vectors, self._scale, self._objective.temperature
        n, d = vectors.shape
        outer = (vectors[:, :, None] * direction[:, None, :]).reshape(n, d * d)
        channels = np.concatenate([direction, outer], axis=1)
        sums = self._objective.kernel_sums(vectors, np.concatenate([channels, scale * channels], axis=1))
        plain, weighted = sums[:, : d + d * d], sums[:, d + d * d :]
        # r_i = sum_j P_ij H_ij, with P = n s K
        rates = n * scale * ((self._pulled * direction).sum(1) + (plain[:, :d] * vectors).sum(1))[:, None]
        drift = rates * scale * self._pulled + self._objective.kernel_sums(vectors, rates * scale * vectors)
        first = (scale * plain[:, :d] + weighted[:, :d]) / 2 - self._objective.attract(direction)
        crossed = (scale * plain[:, d:] + weighted[:, d:]).reshape(n, d, d)
        second = np.einsum("nij,nj->ni", self._moments, direction) + np.einsum("nij,nj->ni", crossed, vectors) - drift
        return first / tau + second / (2 * tau**2)
