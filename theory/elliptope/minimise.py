"""Minimise a convex f(G) over the elliptope ``{G psd, diag G = 1}`` by searching ``G = V V^T`` with unit rows V [n, d].

A low-rank search can stop at a saddle point, or at a rank that is too small; the certificate tells, and its negative
eigenvectors, as many as the dimension allows, are then appended as new columns (the staircase of Boumal, and of Rosen et
al.'s SE-Sync). With ``d >= n`` every second-order stationary point is a global minimum: V of full rank and ``S V = 0`` give
``S = 0``; a rank-deficient V leaves a free column, in which the second-order condition says ``S >= 0``.
"""

from dataclasses import dataclass

import numpy as np

from theory.elliptope.certificate import Certificate, certificate, matrix_free_certificate
from theory.elliptope.trust_region import Array, Iterate, MatrixFreeExpansion, Problem, Tally, descend, normalise


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where the search ended, and what it knows about it.

    vectors: [n, d] unit rows (the kind of array that the search started from).
    loss: f(V V^T). gradient_norm: largest row norm of the scaled Riemannian gradient ``2 (D V - lambda V) / weights``.
    relative_gradient: Frobenius norm of the Riemannian gradient over that of the Euclidean one, ``D V``.
    iterations: trust-region steps tried; evaluations: expansions of f; products: Hessian products.
    gap: certified bound on ``loss - min f``; infinite when no certificate was asked for.
    multipliers: [n] scaled multipliers ``lambda_k / weights_k``.
    status: "certified" (gap within the tolerance asked for), "stationary" (no step improves, the gap stays open), or
        "not converged".
    """

    vectors: Array
    loss: float
    gradient_norm: float
    relative_gradient: float
    iterations: int
    evaluations: int
    products: int
    gap: float
    multipliers: np.ndarray
    status: str


def random_vectors(count: int, dimension: int, seed: int) -> np.ndarray:
    """``count`` independent uniform unit vectors, [count, dimension], from an explicit seed."""
    return normalise(np.random.default_rng(seed).standard_normal((count, dimension)))


def minimise(
    problem: Problem,
    start: Array,
    weights: Array,
    *,
    tolerance: float = 1e-12,
    gap_tolerance: float = 1e-9,
    max_dimension: int | None = None,
    max_iterations: int = 500,
    certify: bool = True,
) -> Minimum:
    """Minimise f(V V^T) over unit rows V, from ``start`` [n, d] (float64; normalised first).

    weights: [n] positive, of sum 1: the metric's, and the certificate's (shares of blocks, or 1/n).
    tolerance: stop once every row of the scaled gradient is this small, or once rounding hides any further progress.
    gap_tolerance: the gap that counts as certified. max_dimension: d may grow up to this while the certificate is open
    (default: d of the start). certify=False skips the certificate (O(n^3)): gap infinite, status at best "stationary".

    Raises ValueError for a start that is not a finite matrix with non-zero rows, or weights that do not fit it.
    """
    _check(start, weights)
    vectors = normalise(start)
    limit = max(max_dimension or 0, vectors.shape[1])
    tally = Tally()
    while True:
        last, stationary = descend(problem, vectors, weights, tolerance, max_iterations, tally)
        if not certify:
            return _minimum(
                last, tally, np.inf, _numpy(last.multipliers), "stationary" if stationary else "not converged"
            )
        dual = _certify(last, _numpy(weights), limit)
        if dual.gap <= gap_tolerance:
            return _minimum(last, tally, dual.gap, dual.multipliers, "certified")
        escape = (
            _escape(problem, last, dual, gap_tolerance, limit, tally) if tally.iterations < max_iterations else None
        )
        if escape is None:
            return _minimum(last, tally, dual.gap, dual.multipliers, "stationary" if stationary else "not converged")
        vectors = escape


def _certify(last: Iterate, weights: np.ndarray, limit: int) -> Certificate:
    """With as many directions as the dimension could still grow by, where each costs a Lanczos run."""
    if isinstance(last.expansion, MatrixFreeExpansion):
        free = max(1, limit - last.vectors.shape[1])
        return matrix_free_certificate(last.expansion.gradient_product, _numpy(last.vectors), weights, count=free)
    rows = _numpy(last.vectors)
    return certificate(last.expansion.dense_gradient(), rows @ rows.T, weights, count=limit)


def _check(start: Array, weights: Array) -> None:
    if len(start.shape) != 2 or len(weights.shape) != 1 or start.shape[0] != weights.shape[0]:
        raise ValueError(f"start must be [n, d] and weights [n], not {tuple(start.shape)} and {tuple(weights.shape)}")
    lengths = (start * start).sum(-1)
    if not bool((lengths > 0).all()) or not np.isfinite(float(lengths.sum())):
        raise ValueError("start must be finite, with no zero row")
    if not bool((weights > 0).all()) or abs(float(weights.sum()) - 1) > 1e-9:
        raise ValueError("weights must be positive and sum to 1")


def _minimum(last: Iterate, tally: Tally, gap: float, multipliers: np.ndarray, status: str) -> Minimum:
    return Minimum(
        vectors=last.vectors,
        loss=last.expansion.value,
        gradient_norm=last.norm,
        relative_gradient=last.relative_norm,
        iterations=tally.iterations,
        evaluations=tally.evaluations,
        products=tally.products,
        gap=gap,
        multipliers=multipliers,
        status=status,
    )


def _escape(problem: Problem, last: Iterate, dual: Certificate, goal: float, limit: int, tally: Tally) -> Array | None:
    """A better V with the certificate's negative directions as columns; None if no dimension is free or f does not fall."""
    square, rotation = np.linalg.eigh(_numpy(last.vectors.T @ last.vectors))
    kept = rotation[:, square > 1e-12 * square[-1]]  # columns that V really uses, after a rotation that f does not see
    negative = dual.directions[:, dual.eigenvalues < -goal]
    added = negative[:, : limit - kept.shape[1]]
    if added.shape[1] == 0:
        return None
    base = last.vectors @ _like(kept, last.vectors)
    for size in 0.5 ** np.arange(1, 13):
        raised = normalise(_join(base, _like(size * added, base)))
        tally.evaluations += 1
        if problem.at(raised).value < last.expansion.value:
            return raised
    return None


def _numpy(array: Array) -> np.ndarray:
    return array if isinstance(array, np.ndarray) else array.detach().cpu().numpy()


def _like(array: np.ndarray, template: Array) -> Array:
    """``array`` as the kind of array (and on the device) of ``template``."""
    return array if isinstance(template, np.ndarray) else template.new_tensor(array)


def _join(left: Array, right: Array) -> Array:
    """[n, a] and [n, b] side by side, for either kind of array."""
    if isinstance(left, np.ndarray):
        return np.concatenate([left, right], axis=1)
    joined = left.new_zeros((left.shape[0], left.shape[1] + right.shape[1]))
    joined[:, : left.shape[1]] = left
    joined[:, left.shape[1] :] = right
    return joined
