"""The graph's contrastive loss without any n x n matrix: linear time in nodes and edges (ours; see theory.blockmodel.graph).

With ``K_ij = e^{(<v_i, v_j> - 1)/tau}``, ``Z_i = (1/n) sum_j K_ij`` and ``s_i = 1/(n^2 Z_i)``, the weighted softmax of
theory.elliptope.contrastive is ``Q_ij = s_i K_ij`` (with weights b of the nodes in place of 1/n, ``b_i b_j`` times that K, and
``s_i = 1/Z_i``, ``Z_i = sum_j K_ij / b_i``), so that value, gradient, products with D and with the Hessian are kernel sums with
vector weights:

    2 tau D X       = s (K X) + K (s X) - 2 tau sym(W) X,              sym(W) X = (c (A X) + A (c X)) / 2,  c_i = b_i / deg_i
    sym(Q * H) V    = 1/2 [ (s_i M_i + M'_i) u_i + (s_i N_i + N'_i) v_i ],       H = U V^T + V U^T,
    M_i = sum_j K_ij v_j v_j^T,   N_i = sum_j K_ij v_j u_j^T,   M', N' the same with weights s_j.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from contrastive_claims.theory.blockmodel.kernel_sums import KernelExpansion, exact_sums, kernel_features
from contrastive_claims.theory.elliptope.arrays import Array, inner, namespace, to_numpy
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective, check_temperature

KERNEL_TOLERANCE = 1e-14  # of the largest kernel value; each node meets itself with that value
_CHEAP = 4  # nodes a feature from which on an expansion costs less than the pairs
_COLDEST = 1e-6  # temperature below which nothing is expanded


class StreamedObjective:
    """f(V V^T) of a graph on n nodes, with theory.elliptope's matrix-free expansions.

    attract: X [n, c] to sym(W) X. temperature: tau > 0. workers: threads of the kernel sums.
    weights: b [n], of sum 1 (None: all 1/n).
    V may be a numpy array or a torch tensor, which ``attract`` must take.
    """

    def __init__(
        self,
        attract: Callable[[Array], Array],
        nodes: int,
        temperature: float,
        workers: int = 1,
        weights: Array | None = None,
    ) -> None:
        check_temperature(temperature)
        self.attract, self.nodes, self.temperature, self.workers = attract, nodes, float(temperature), workers
        self.weights = None if weights is None else weights[:, None]
        self._expansions: dict[int, KernelExpansion] = {}

    def at(self, vectors: Array) -> "StreamedExpansion":
        """Expand f at unit rows V [n, d]."""
        return StreamedExpansion(self, vectors)

    def expands(self, dimension: int) -> bool:
        """Whether the truncated expansion costs less than the pairs."""
        # it has more than 1 / sqrt(temperature) features, and finding how many takes more than 1 / temperature steps
        if self.temperature < max(_COLDEST, self.nodes**-2):
            return False
        return _CHEAP * kernel_features(dimension, self.temperature, KERNEL_TOLERANCE) <= self.nodes

    def kernel(self, vectors: Array) -> Callable[[Array], Array]:
        """X [n, c] to K X, by the truncated expansion or, where that would cost more, pair by pair."""
        among, weights = self._unweighted(vectors), self.weights
        return among if weights is None else lambda channels: weights * among(weights * channels)

    def _unweighted(self, vectors: Array) -> Callable[[Array], Array]:
        dimension = vectors.shape[1]
        if not self.expands(dimension):
            return lambda weights: exact_sums(vectors, vectors, weights, self.temperature, self.workers)
        if dimension not in self._expansions:
            self._expansions[dimension] = KernelExpansion(dimension, self.temperature, KERNEL_TOLERANCE, self.workers)
        return self._expansions[dimension].among(vectors)


class CompactObjective(StreamedObjective):
    """The same where n x n arrays fit: kernel sums in few dimensions, pairs in many, and always a dense gradient."""

    def __init__(self, dense: ContrastiveObjective, nodes: int, weights: Array | None = None) -> None:
        super().__init__(dense.attract, nodes, dense.temperature, 1, weights)
        self.dense = dense

    def at(self, vectors: Array) -> "StreamedExpansion":
        """Expand f at unit rows V [n, d]."""
        return CompactExpansion(self, vectors) if self.expands(vectors.shape[1]) else self.dense.at(vectors)  # pyright: ignore[reportReturnType]


class StreamedExpansion:
    """Value and derivatives of a StreamedObjective at one V. value: f(V V^T). product: D V, [n, d]."""

    def __init__(self, objective: StreamedObjective, vectors: Array) -> None:
        self._objective, self._vectors, self._xp = objective, vectors, namespace(vectors)
        self._kernel = objective.kernel(vectors)
        n, tau, weights = objective.nodes, objective.temperature, objective.weights
        ones = 0 * vectors[:, :1] + 1
        sums = self._kernel(self._xp.concatenate([ones, vectors], 1))
        self._scale = 1 / (n * sums[:, :1]) if weights is None else weights / sums[:, :1]  # s
        self._pulled = sums[:, 1:]  # K V
        attracted = objective.attract(vectors)
        repelled = (self._scale * self._pulled + self._kernel(self._scale * vectors)) / 2
        self.product = (repelled - attracted) / tau
        if weights is None:
            spread = float(self._xp.log(sums[:, 0] / n).mean())
        else:
            spread = inner(weights[:, 0], self._xp.log(sums[:, 0] / weights[:, 0]))
        self.value = spread + 1 / tau - inner(attracted, vectors) / tau

    def gradient_product(self, other: Array) -> Array:
        """D X for any X [n, c]."""
        objective, width = self._objective, other.shape[1]
        sums = self._kernel(self._xp.concatenate([other, self._scale * other], 1))
        repelled = (self._scale * sums[:, :width] + sums[:, width:]) / 2
        return (repelled - objective.attract(other)) / objective.temperature

    @cached_property
    def _moments(self) -> Array:
        """``s_i M_i + M'_i``, [n, d, d]."""
        n, d = self._vectors.shape
        outer = (self._vectors[:, :, None] * self._vectors[:, None, :]).reshape(n, d * d)
        sums = self._kernel(self._xp.concatenate([outer, self._scale * outer], 1))
        return (self._scale * sums[:, : d * d] + sums[:, d * d :]).reshape(n, d, d)

    def hessian_product(self, direction: Array) -> Array:
        """``D U + dD[U] V``, [n, d]."""
        vectors, scale, tau, xp = self._vectors, self._scale, self._objective.temperature, self._xp
        n, d = vectors.shape
        outer = (vectors[:, :, None] * direction[:, None, :]).reshape(n, d * d)
        channels = xp.concatenate([direction, outer], 1)
        sums = self._kernel(xp.concatenate([channels, scale * channels], 1))
        plain, weighted = sums[:, : d + d * d], sums[:, d + d * d :]
        # r_i = sum_j P_ij H_ij, with P = s K / b
        over = n if self._objective.weights is None else 1 / self._objective.weights
        rates = over * scale * ((self._pulled * direction).sum(1) + (plain[:, :d] * vectors).sum(1))[:, None]
        drift = rates * scale * self._pulled + self._kernel(rates * scale * vectors)
        first = (scale * plain[:, :d] + weighted[:, :d]) / 2 - self._objective.attract(direction)
        crossed = (scale * plain[:, d:] + weighted[:, d:]).reshape(n, d, d)
        second = xp.einsum("nij,nj->ni", self._moments, direction) + xp.einsum("nij,nj->ni", crossed, vectors) - drift
        return first / tau + second / (2 * tau**2)


class CompactExpansion(StreamedExpansion):
    """With the gradient itself, for a certificate by dense eigenvalues."""

    _objective: CompactObjective

    def dense_gradient(self) -> np.ndarray:
        """D, [n, n], as a numpy array: ``((s_i + s_j) K_ij / 2 - sym(W)_ij) / tau``."""
        weights = self._objective.weights
        vectors, tau = self._vectors, self._objective.temperature
        gradient = vectors @ vectors.T
        gradient -= 1
        gradient *= 1 / tau
        gradient = self._xp.exp(gradient)
        gradient *= (self._scale + self._scale.T) / 2
        if weights is not None:
            gradient *= weights * weights.T
        return self._objective.dense.less_attraction(to_numpy(gradient))
