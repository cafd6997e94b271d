"""The contrastive loss as a convex function of the Gram matrix, with closed-form derivatives.

    f(G) = -(1/tau) sum_ij W_ij G_ij + sum_i a_i log sum_j B_ij e^{G_ij / tau},      W, a, B >= 0.

The first term is linear and every log-sum-exp of affine functions is convex, so f is convex. Each loss of paper B is of this
form (population: W = pi_k alpha_kl pi_l / degree_k, a = pi, B_kl = pi_l; graph: W_ij = A_ij / (n deg_i), a = B = 1/n), and so is
every InfoNCE-like loss with free embeddings (B_ij = 0 where j is no candidate of anchor i).

With ``P_ij = B_ij e^{G_ij/tau} / sum_j(..)`` and ``Q = Diag(a) P``: ``D = (sym(Q) - sym(W)) / tau``; along ``H = U V^T + V U^T``,
with ``r_i = sum_j P_ij H_ij``: ``dD = sym(Q * H - Diag(r) Q) / tau^2``.
"""

from functools import cached_property
from typing import Any

import numpy as np

from contrastive_claims.theory.elliptope.arrays import Array, inner, namespace, row_maxima, row_sums, to_numpy
from contrastive_claims.theory.elliptope.geometry import cosine_errors


class ContrastiveObjective:
    """f above, for V [n, d] or G [n, n]; arrays may be numpy (W also scipy sparse) or torch, all of one kind.

    pair_weights: W [n, n]. anchor_weights: a [n]. kernel_weights: B, broadcastable to [n, n] (a float means a constant);
    zeros allowed, but no empty row. temperature: tau > 0 (logit = cosine / tau).
    Logarithms are shifted by row maxima, so that no temperature over- or underflows.
    """

    def __init__(
        self, pair_weights: Array, anchor_weights: Array, kernel_weights: Array | float, temperature: float
    ) -> None:
        check_temperature(temperature)
        shape = tuple(getattr(pair_weights, "shape", ()))
        if len(shape) != 2 or shape[0] != shape[1] or tuple(np.shape(anchor_weights)) != shape[:1]:
            raise ValueError(
                f"pair_weights, anchor_weights: must be [n, n] and [n], got {shape}, {np.shape(anchor_weights)}"
            )
        self.temperature = float(temperature)
        self.anchor_weights = anchor_weights
        self._attraction = (pair_weights + pair_weights.T) * 0.5
        self._log_kernel = _log(kernel_weights)

    def at(self, vectors: Array) -> "ContrastiveExpansion":
        """Expand f at V [n, d] (see theory.elliptope.Problem)."""
        return ContrastiveExpansion(self, vectors)

    def loss(self, gram: Array) -> float:
        """f(G) for any real [n, n] matrix, feasible or not."""
        linear = (
            self._attraction.multiply(gram).sum() if _is_sparse(self._attraction) else (self._attraction * gram).sum()
        )
        shift, weights = self.kernel(gram)
        return float((self.anchor_weights * (_log(weights.sum(-1)) + shift)).sum() - linear / self.temperature)

    def gradient(self, gram: Array) -> np.ndarray:
        """Symmetrised gradient D of f at G, [n, n], as a numpy array."""
        _, weights = self.kernel(gram)
        return self.symmetric_gradient(weights * (self.anchor_weights / weights.sum(-1))[:, None])

    def symmetric_gradient(self, weighted: Array) -> np.ndarray:
        """D from ``Q_ij = a_i P_ij``."""
        weighted = to_numpy(weighted)
        return self.less_attraction((weighted + weighted.T) * 0.5)

    def less_attraction(self, repulsion: np.ndarray) -> np.ndarray:
        """D from ``sym(Q)``, [n, n], in its place."""
        repulsion -= self._attraction.toarray() if _is_sparse(self._attraction) else to_numpy(self._attraction)
        repulsion *= 1 / self.temperature
        return repulsion

    def cosine_errors(self, vectors: np.ndarray) -> np.ndarray:
        """Bounds [n, n] on how far the cosines of unit rows V [n, d] lie from an optimum's (theory.elliptope.geometry)."""
        _, kernel = self.kernel(vectors @ vectors.T)
        softmax = kernel / kernel.sum(-1, keepdims=True)
        weighted = softmax * self.anchor_weights[:, None]
        attraction = self._attraction.toarray() if _is_sparse(self._attraction) else self._attraction
        magnitude = ((weighted + weighted.T) * 0.5 + attraction) / self.temperature
        gradient = self.symmetric_gradient(weighted)
        return cosine_errors(vectors, gradient, softmax, self.anchor_weights, magnitude, self.temperature)

    def attract(self, vectors: Array) -> Array:
        """sym(W) V, [n, d]."""
        return self._attraction @ vectors

    def kernel(self, gram: Array) -> tuple[Array, Array]:
        """Row maxima [n] of the logits ``G / tau + log B``, and their exponentials after subtracting them [n, n]."""
        logits = gram / self.temperature + self._log_kernel
        shift = row_maxima(logits)
        logits -= shift[:, None]
        return shift, namespace(logits).exp(logits)


class ContrastiveExpansion:
    """Value and derivatives of a ContrastiveObjective at one V; the n x n exponentials are computed once.

    value: f(V V^T). product: D V, [n, d].
    """

    def __init__(self, objective: ContrastiveObjective, vectors: Array) -> None:
        self._objective, self._vectors = objective, vectors
        anchors, xp = objective.anchor_weights, namespace(vectors)
        shift, kernel = objective.kernel(vectors @ vectors.T)
        sums = row_sums(kernel)
        kernel /= sums[:, None]
        self._softmax = kernel  # P
        self._means = kernel @ vectors  # P V
        attracted = objective.attract(vectors)
        repelled = (anchors[:, None] * self._means + kernel.T @ (anchors[:, None] * vectors)) * 0.5
        self.value = inner(anchors, xp.log(sums) + shift) - inner(attracted, vectors) / objective.temperature
        self.product = (repelled - attracted) / objective.temperature

    @cached_property
    def _symmetric(self) -> Array:
        """sym(Q), [n, n]."""
        weighted = self._softmax * self._objective.anchor_weights[:, None]
        return (weighted + weighted.T) * 0.5

    def hessian_product(self, direction: Array) -> Array:
        """``D U + dD[U] V``, [n, d]."""
        vectors, softmax, temperature = self._vectors, self._softmax, self._objective.temperature
        anchors = self._objective.anchor_weights[:, None]
        xp = namespace(vectors)
        means = softmax @ direction  # P U
        rates = anchors * row_sums(self._means * direction + means * vectors)[:, None]  # a r, r = row sums of P * H
        both = softmax.T @ xp.concatenate([anchors * direction, rates * vectors], -1)  # Q^T U, Q^T Diag(r) V
        weighted, drift = both[:, : direction.shape[1]], both[:, direction.shape[1] :]
        # H = U V^T + V U^T as one product of twice the inner dimension
        pushed = xp.concatenate([direction, vectors], -1) @ xp.concatenate([vectors, direction], -1).T
        pushed *= self._symmetric
        first = (anchors * means + weighted) * 0.5 - self._objective.attract(direction)
        second = pushed @ vectors - (rates * self._means + drift) * 0.5
        return first / temperature + second / temperature**2

    def dense_gradient(self) -> np.ndarray:
        """D, [n, n], as a numpy array."""
        return self._objective.symmetric_gradient(self._softmax * self._objective.anchor_weights[:, None])


def check_temperature(temperature: float) -> None:
    """Raise ValueError unless the temperature is a positive finite number, whose inverse and square are such too."""
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be positive and finite, not {temperature}")
    if temperature < 1e-290:
        raise ValueError(f"temperature = {temperature} is too low: logits overflow")
    if temperature > 1e150:
        raise ValueError(f"temperature = {temperature} is too high: its square overflows")


def _log(array: Any) -> Any:
    if isinstance(array, np.ndarray | np.generic | float):
        with np.errstate(divide="ignore"):  # log 0 = -inf: a pair that is no candidate
            return np.log(array)
    return array.log()


def _is_sparse(array: Array) -> bool:
    return hasattr(array, "tocsr")
