"""Minimise a convex f(G) over the elliptope ``{G psd, diag G = 1}`` by searching ``G = V V^T`` with unit rows V [n, d].

A low-rank search can stop at a saddle point, or at a rank that is too small; the certificate tells, and its negative
eigenvectors, as many as the dimension allows, are then appended as new columns (the staircase of Boumal, and of Rosen et
al.'s SE-Sync). With ``d >= n`` every second-order stationary point is a global minimum: V of full rank and ``S V = 0`` give
``S = 0``; a rank-deficient V leaves a free column, in which the second-order condition says ``S >= 0``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from contrastive_claims.theory.elliptope.arrays import Array, like, namespace, to_numpy
from contrastive_claims.theory.elliptope.certificate import Certificate, certificate, matrix_free_certificate
from contrastive_claims.theory.elliptope.quasi_newton import approach
from contrastive_claims.theory.elliptope.trust_region import Iterate, Observe, Problem, Tally, descend, normalise

_NEAR = 1e-5  # relative gradient from which Newton's steps are the faster ones
_SURE = 1e-4  # part of the gap asked for that a factorisation is tried at, before eigenvalues


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


def random_vectors(count: int, dimension: int, seed: int) -> Float[np.ndarray, "{count} {dimension}"]:
    """``count`` independent uniform unit vectors, [count, dimension], from an explicit seed.

    Raises ValueError for sizes below 1 or more than 1e9 numbers, and a negative seed."""
    if min(count, dimension) < 1 or count * dimension > 10**9 or seed < 0:
        raise ValueError(f"count, dimension, seed: cannot be {count}, {dimension}, {seed}")
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
    observe: Observe | None = None,
    afar: bool = False,
) -> Minimum:
    """Minimise f(V V^T) over unit rows V, from ``start`` [n, d] (float64; normalised first).

    weights: [n] positive, of sum 1: the metric's, and the certificate's (shares of blocks, or 1/n).
    tolerance: stop once every row of the scaled gradient is this small, or once rounding hides any further progress.
    gap_tolerance: the gap that counts as certified. max_dimension: d may grow up to this while the certificate is open
    (default: d of the start). certify=False skips the certificate (O(n^3)): gap infinite, status at best "stationary".
    afar: begin with quasi-Newton steps, which pay where the start is nowhere near (theory.elliptope.quasi_newton).
    observe: called with the tally and the iterate after every step; when it returns True the search stops there, "not
    converged" unless the certificate closes all the same.

    Raises ValueError for a start that is not a finite matrix with non-zero rows, or weights that do not fit it.
    """
    _check(start, weights)
    vectors = normalise(start)
    limit = max(max_dimension or 0, vectors.shape[1])
    tally = Tally()
    if afar:
        vectors = approach(problem, vectors, weights, max(_NEAR, tolerance), max_iterations, tally, observe).vectors
    while True:
        steps = 0 if tally.stopped else max_iterations
        last, stationary = descend(problem, vectors, weights, tolerance, steps, tally, observe)
        if not certify:
            return _minimum(
                last, tally, np.inf, to_numpy(last.multipliers), "stationary" if stationary else "not converged"
            )
        dual = _certify(last, to_numpy(weights), limit, gap_tolerance)
        if dual.gap <= gap_tolerance:
            return _minimum(last, tally, dual.gap, dual.multipliers, "certified")
        over = tally.stopped or tally.iterations >= max_iterations
        escape = None if over else _escape(problem, last, dual, gap_tolerance, limit, tally)
        if escape is None:
            return _minimum(last, tally, dual.gap, dual.multipliers, "stationary" if stationary else "not converged")
        vectors = escape


def _certify(last: Iterate, weights: np.ndarray, limit: int, goal: float) -> Certificate:
    """With as many directions as the dimension could still grow by, where each costs a Lanczos run."""
    rows = to_numpy(last.vectors)
    expansion: Any = last.expansion
    if hasattr(expansion, "dense_gradient"):  # an Expansion, asked as isinstance would, in a tenth of its time
        return certificate(expansion.dense_gradient(), rows @ rows.T, weights, count=limit, enough=_SURE * goal)
    product, template = expansion.gradient_product, last.vectors
    return matrix_free_certificate(
        lambda columns: to_numpy(product(like(columns, template))), rows, weights, count=max(1, limit - rows.shape[1])
    )


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
    square, rotation = np.linalg.eigh(to_numpy(last.vectors.T @ last.vectors))
    kept = rotation[:, square > 1e-12 * square[-1]]  # columns that V really uses, after a rotation that f does not see
    negative = dual.directions[:, dual.eigenvalues < -goal]
    added = negative[:, : limit - kept.shape[1]]
    if added.shape[1] == 0:
        return None
    base = last.vectors @ like(kept, last.vectors)
    for size in 0.5 ** np.arange(1, 13):
        raised = normalise(namespace(base).concatenate([base, like(size * added, base)], 1))
        tally.evaluations += 1
        if problem.at(raised).value < last.expansion.value:
            return raised
    return None
