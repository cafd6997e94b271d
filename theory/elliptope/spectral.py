"""The spectral contrastive loss as a convex function of the Gram matrix (HaoChen, Wei, Gaidon and Ma 2021).

    f(G) = -2 s sum_ij W_ij G_ij + s^2 sum_ij a_i a_j G_ij^2,      W >= 0, a > 0, s > 0,

with G the cosines of features of squared length s. The first term is linear and the second a sum of squares, so f is convex, and
strictly so off the diagonal: over the elliptope the minimum is one G, and theory.elliptope's certificate holds as it stands.
``D = 2 s (s Diag(a) G Diag(a) - sym(W))``; with ``C = V^T Diag(a) V`` the square term is ``s^2 |C|^2``, so that nothing of size
n x n is needed.
"""

from typing import Any

import numpy as np

from contrastive_claims.theory.elliptope.arrays import Array, inner, to_numpy


class SpectralObjective:
    """f above, for V [n, d] or G [n, n]; pair_weights: W [n, n], numpy or scipy sparse; anchor_weights: a [n]; scale: s.

    Raises ValueError for a scale that is not positive and finite.
    """

    def __init__(self, pair_weights: Any, anchor_weights: np.ndarray, scale: float = 1.0) -> None:
        if not 1e-100 <= scale <= 1e100:  # its square is a number
            raise ValueError(f"scale must be positive and finite, between 1e-100 and 1e100, not {scale}")
        self.anchor_weights, self.scale = anchor_weights, float(scale)
        self._attraction = (pair_weights + pair_weights.T) * 0.5

    def at(self, vectors: Array) -> "SpectralExpansion":
        """Expand f at V [n, d] (see theory.elliptope.Problem)."""
        return SpectralExpansion(self, vectors)

    def loss(self, gram: np.ndarray) -> float:
        """f(G) for any real [n, n] matrix, feasible or not."""
        root = np.sqrt(self.anchor_weights)
        square = float(((root[:, None] * gram * root) ** 2).sum())
        return self.scale**2 * square - 2 * self.scale * inner(self._dense(), np.asarray(gram))

    def gradient(self, gram: np.ndarray) -> np.ndarray:
        """Symmetrised gradient D of f at G, [n, n]."""
        weights = self.anchor_weights
        return 2 * self.scale * (self.scale * weights[:, None] * gram * weights - self._dense())

    def attract(self, vectors: Array) -> Array:
        """sym(W) V, [n, d]."""
        return self._attraction @ vectors

    def cosine_errors(self, gap: float) -> np.ndarray:
        """Bounds [n, n] on how far the cosines of a feasible G lie from the optimum's, from a bound on its suboptimality.

        Statement. ``|G_kl - G*_kl| <= sqrt(gap / (2 s^2 a_k a_l))``. Proof: with H = G - G*, of zero diagonal, f(G) - f(G*) is
        ``<grad f(G*), H> + s^2 sum a_i a_j H_ij^2``; the first term is not negative at a minimum, and a pair stands twice. QED.
        """
        weights = np.sqrt(self.anchor_weights)
        errors = np.sqrt(max(gap, 0.0) / 2) / (self.scale * weights[:, None] * weights)
        return errors * (1 - np.eye(len(weights)))

    def _dense(self) -> np.ndarray:
        return self._attraction.toarray() if hasattr(self._attraction, "toarray") else self._attraction


class SpectralExpansion:
    """Value and derivatives of a SpectralObjective at one V. value: f(V V^T). product: D V, [n, d]."""

    def __init__(self, objective: SpectralObjective, vectors: Array) -> None:
        self._objective, self._vectors = objective, vectors
        scale = objective.scale
        self._weighted = objective.anchor_weights[:, None] * vectors
        self._moments = vectors.T @ self._weighted  # C
        attracted = objective.attract(vectors)
        self.value = scale**2 * inner(self._moments, self._moments) - 2 * scale * inner(attracted, vectors)
        self.product = 2 * scale * (scale * (self._weighted @ self._moments) - attracted)

    def hessian_product(self, direction: Array) -> Array:
        """``D U + dD[U] V``, [n, d]."""
        objective, weighted = self._objective, self._weighted
        scale, turned = objective.scale, objective.anchor_weights[:, None] * direction
        crossed = self._vectors.T @ turned  # V^T Diag(a) U
        square = weighted @ (crossed + crossed.T) + turned @ self._moments
        return 2 * scale * (scale * square - objective.attract(direction))

    def gradient_product(self, other: Array) -> Array:
        """``D X`` for any X [n, c]."""
        objective = self._objective
        scale, weights = objective.scale, objective.anchor_weights[:, None]
        square = self._weighted @ (self._vectors.T @ (weights * other))
        return 2 * scale * (scale * square - objective.attract(other))

    def dense_gradient(self) -> np.ndarray:
        """D, [n, n], as a numpy array."""
        rows = to_numpy(self._vectors)
        return self._objective.gradient(rows @ rows.T)
