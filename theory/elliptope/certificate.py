"""Optimality certificate for ``min f(G)`` over the elliptope ``{G psd, diag G = 1}``, f convex.

Statement. At a feasible G let D be the symmetrised gradient of f, ``lambda_i = (D G)_ii``, ``S = D - Diag(lambda)`` and
``Pi = Diag(weights)`` with positive weights of sum 1. Then

    f(G) - min f  <=  max(0, -lambda_min(Pi^-1/2 S Pi^-1/2)).

Proof. ``<S, G> = <D, G> - sum_i lambda_i G_ii = 0``. By convexity, for every feasible G',
``f(G') >= f(G) + <D, G' - G> = f(G) + <S, G'>`` because both diagonals are 1. With ``M = Pi^1/2 G' Pi^1/2``, psd of trace
``sum_i weights_i = 1``, ``<S, G'> = <Pi^-1/2 S Pi^-1/2, M> >= min(0, lambda_min)``. QED. (Ours.)

The eigenvalue is a floating-point number, so the gap is numerical, not a proof: a proof re-checks ``S + delta Pi`` in
interval arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Largest matrix whose eigenvalues are computed densely; beyond it Lanczos, whose residual bounds no eigenvalue from below.
DENSE_ORDER = 3000
_SMALL = 32  # rows up to which numpy's eigenvalues cost less than anything else
_LANCZOS_TOLERANCES = (1e-3, 1e-5, 1e-8, 1e-11)
_RANGE = 1e-8  # directions of V with a smaller part of its square are not counted to its range


@dataclass(frozen=True, eq=False)
class Certificate:
    """Bound on the suboptimality of one feasible G.

    gap: upper bound on ``f(G) - min f``, in the units of f.
    multipliers: [n] scaled multipliers ``lambda_i / weights_i``.
    eigenvalues: [k] smallest eigenvalues of ``Pi^-1/2 S Pi^-1/2``, ascending; none where a factorisation was enough.
    directions: [n, k] ``Pi^-1/2 q`` for the eigenvectors q: along one of negative eigenvalue, appended to V as a new column,
        f falls to second order.
    dense: whether the eigenvalues come from a dense decomposition (False: Lanczos).
    """

    gap: float
    multipliers: np.ndarray
    eigenvalues: np.ndarray
    directions: np.ndarray
    dense: bool


def certificate(
    gradient: np.ndarray, gram: np.ndarray, weights: np.ndarray, count: int = 1, enough: float | None = None
) -> Certificate:
    """Certificate at the feasible Gram matrix ``gram`` [n, n], for the symmetrised gradient ``gradient`` [n, n] of f there.

    weights: [n] positive, of sum 1 (shares of blocks, or 1/n). count: how many of the smallest eigenpairs to return.
    enough: where a Cholesky factorisation of ``Pi^-1/2 S Pi^-1/2 + enough I`` exists, that is the gap, and no eigenpair is
    computed (a tenth of their time).
    Raises ValueError for shapes that disagree, non-finite entries, or weights that are not positive shares.
    """
    gradient, gram, weights = (np.asarray(x, dtype=float) for x in (gradient, gram, weights))
    if np.ndim(weights) != 1:
        raise ValueError(f"weights must be [n], got shape {np.shape(weights)}")
    order = len(weights)
    if weights.ndim != 1 or gradient.shape != (order, order) or gram.shape != (order, order):
        raise ValueError(
            f"gradient {gradient.shape} and gram {gram.shape} must both be [n, n] for weights of shape {weights.shape}"
        )
    if not np.isfinite(gradient).all() or not np.isfinite(gram).all():
        raise ValueError("gradient and gram must be finite")
    if not (weights > 0).all() or abs(weights.sum() - 1) > 1e-9:
        raise ValueError("weights must be positive and sum to 1")
    lagrange = np.einsum("ij,ij->i", gradient, gram)
    root = np.sqrt(weights)
    slack = gradient * (1 / root)[:, None]
    slack *= 1 / root
    slack[np.diag_indices(order)] -= lagrange / weights
    if enough is not None and _SMALL < order <= DENSE_ORDER and _positive_definite(slack, enough):
        return Certificate(enough, lagrange / weights, np.zeros(0), np.zeros((order, 0)), dense=True)
    eigenvalues, vectors = _smallest(slack, min(count, order))
    return Certificate(
        gap=max(0.0, -float(eigenvalues[0])),
        multipliers=lagrange / weights,
        eigenvalues=eigenvalues,
        directions=vectors / root[:, None],
        dense=order <= DENSE_ORDER,
    )


def matrix_free_certificate(
    product: Callable[[np.ndarray], np.ndarray], vectors: np.ndarray, weights: np.ndarray, count: int = 1
) -> Certificate:
    """The same at ``V V^T`` from products ``X -> D X`` ([n, c] to [n, c]), by Lanczos' method off the range of V.

    With ``A = Pi^-1/2 S Pi^-1/2``, U an orthonormal basis of the range of ``Pi^1/2 V``, ``rho = |A U|`` (0 at an optimum) and
    theta the smallest eigenvalue of A off U: ``lambda_min(A) >= min(0, theta) - 1.62 rho``, because the form
    ``rho (a^2 + 2 a b)`` is at most ``rho (1 + sqrt 5)/2`` on the unit circle. gap: that bound, with theta less its residual.
    Lanczos runs to ever finer tolerances until the residual leaves no doubt of theta's sign. Numerical, never a proof: some
    eigenvalue lies within a residual of theta, but no residual excludes a smaller one.

    eigenvalues, directions: the ``count`` smallest found off the range of V.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    order, root = len(weights), np.sqrt(weights)[:, None]
    pulled = product(vectors)
    multipliers = (pulled * vectors).sum(-1) / weights
    basis, size, _ = np.linalg.svd(root * vectors, full_matrices=False)
    basis = basis[:, size**2 > _RANGE * size[0] ** 2]

    def slack(columns: np.ndarray) -> np.ndarray:
        return product(columns / root) / root - multipliers[:, None] * columns

    def off_range(vector: np.ndarray) -> np.ndarray:
        column = vector.reshape(-1, 1)
        column = slack(column - basis @ (basis.T @ column))
        # ARPACK's tolerance is relative to the eigenvalue: move the spectrum below 0, where U stays
        shifted = (
            column - basis @ (basis.T @ column) - shift * (vector.reshape(-1, 1) - basis @ (basis.T @ vector)[:, None])
        )
        return shifted[:, 0]

    coupling = float(np.linalg.norm(slack(basis), 2))
    start = np.random.default_rng(0).standard_normal(order)  # fixed; ARPACK would draw from the global random state
    shift = 0.0
    shift = 4 * float(np.linalg.norm(off_range(start)) / np.linalg.norm(start))
    operator = LinearOperator((order, order), matvec=off_range, dtype=float)  # pyright: ignore[reportCallIssue]
    lowest, residual = -np.inf, np.inf
    values, columns = np.zeros(0), np.zeros((order, 0))
    for tolerance in _LANCZOS_TOLERANCES:
        found = eigsh(operator, k=count, which="SA", v0=start, tol=tolerance, ncv=min(order, max(2 * count + 1, 40)))  # pyright: ignore[reportArgumentType]
        ascending = np.argsort(found[0])
        values, columns = found[0][ascending] + shift, found[1][:, ascending]
        lowest = float(values[0])
        residual = float(np.linalg.norm(off_range(columns[:, 0]) - (lowest - shift) * columns[:, 0]))
        if abs(lowest) > 2 * residual:
            break
    return Certificate(
        gap=max(0.0, residual - lowest) + 1.62 * coupling,
        multipliers=multipliers,
        eigenvalues=values,
        directions=columns / root,
        dense=False,
    )


def _positive_definite(matrix: np.ndarray, shift: float) -> bool:
    """Whether ``matrix + shift I`` has a Cholesky factorisation in doubles."""
    # a third of the time of numpy's, which copies to and fro
    from scipy.linalg.lapack import dpotrf  # pyright: ignore[reportAttributeAccessIssue]

    shifted = matrix.copy()
    shifted[np.diag_indices(len(matrix))] += shift
    return dpotrf(shifted.T, lower=1, clean=0, overwrite_a=1)[1] == 0


def _smallest(matrix: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` smallest eigenpairs of a symmetric matrix."""
    if len(matrix) <= _SMALL:  # the call overhead is a tenth of scipy's, which matters for block models
        eigenvalues, vectors = np.linalg.eigh(matrix)
        return eigenvalues[:count], vectors[:, :count]
    if len(matrix) <= DENSE_ORDER:
        from scipy.linalg import eigh  # imported late: block models never need it, and it is slow to load

        return eigh(matrix, subset_by_index=(0, count - 1), check_finite=False)
    from scipy.sparse.linalg import eigsh

    start = np.cos(np.arange(len(matrix)) + 1.0)  # deterministic; ARPACK would draw from the global random state
    eigenvalues, vectors = eigsh(matrix, k=count, which="SA", v0=start, ncv=max(4 * count, 40))
    ascending = np.argsort(eigenvalues)
    return eigenvalues[ascending], vectors[:, ascending]
