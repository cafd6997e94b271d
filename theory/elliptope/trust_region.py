"""Riemannian trust region with truncated conjugate gradients (Steihaug) on a product of spheres.

Minimises ``V -> f(V V^T)`` over unit rows V [n, d] in the metric ``<U, W> = sum_k weights_k <u_k, w_k>``, so that blocks of tiny
share are as well scaled as the others. With D the symmetrised gradient of f and ``lambda_k = <(D V)_k, v_k>``, the Riemannian
gradient is ``2 (D V - lambda V) / weights``, and the Hessian along U the tangent part of
``2 (D U + dD[U] V - lambda U) / weights``.

V may be a numpy array or a torch tensor on any device: only operations that both have are used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from contrastive_claims.theory.elliptope.arrays import Array, inner, row_sums

_EPS = float(np.finfo(float).eps)
_NOISE = 1e3 * _EPS  # relative size below which differences of f are rounding
_FLAT = 1e-13  # curvature, relative to the largest one met, that is rounding around zero
_STATIONARY = 1e-7  # a search that rounding stalls at a larger gradient than this has not converged
_HALF, _DRAG = 0.5, 200  # conjugate gradients stop where so many products do not halve the squared residual
_PATIENCE = 25  # trials in a row, all below the noise in f, that may leave the best gradient where it was


class LocalModel(Protocol):
    """f around one V [n, d], with D the symmetrised gradient of f at ``V V^T``: what the search needs."""

    @property
    def value(self) -> float:
        """f(V V^T)."""
        ...

    @property
    def product(self) -> Array:
        """D V, [n, d]: half the gradient of ``V -> f(V V^T)``."""
        ...

    def hessian_product(self, direction: Array) -> Array:
        """The derivative of ``V -> D V`` along ``direction`` U: ``D U + dD[U] V``, [n, d]."""
        ...


class Expansion(LocalModel, Protocol):
    """A local model that can write its gradient down, for a certificate by dense eigenvalues."""

    def dense_gradient(self) -> np.ndarray:
        """D itself, [n, n], as a numpy array."""
        ...


class MatrixFreeExpansion(LocalModel, Protocol):
    """A local model that can only multiply with its gradient, for a certificate by Lanczos' method."""

    def gradient_product(self, other: Array) -> Array:
        """``D X`` for any X [n, c]."""
        ...


class Problem(Protocol):
    """A convex function of the Gram matrix, seen through V."""

    def at(self, vectors: Array) -> Expansion | MatrixFreeExpansion:
        """Expand f at V [n, d] with unit rows; whatever value and derivatives share is computed once, here."""
        ...


@dataclass
class Tally:
    """Work done so far: trust-region steps tried, expansions of f, Hessian products; whether an observer stopped it."""

    iterations: int = 0
    evaluations: int = 0
    products: int = 0
    stopped: bool = False


class Iterate:
    """A point of the search, with the gradient there.

    gradient: [n, d] scaled Riemannian gradient. norm: its largest row norm. relative_norm: |Riemannian| / |Euclidean gradient|.
    rounding: the part of that norm (in the metric) that may be rounding.
    """

    def __init__(self, problem: Problem, vectors: Array, weights: Array, tally: Tally) -> None:
        tally.evaluations += 1
        self._tally, self._column = tally, weights[:, None]
        self.vectors = vectors
        self.expansion = problem.at(vectors)
        product = self.expansion.product
        self._lagrange = row_sums(product * vectors)[:, None]
        self._doubled = 2 / self._column
        self.gradient = (product - self._lagrange * vectors) * self._doubled
        self.norm = float(row_sums(self.gradient * self.gradient).max()) ** 0.5
        self.rounding = 8 * _EPS * inner(product, product / self._column) ** 0.5

    @property
    def relative_norm(self) -> float:
        """Norm of the Riemannian gradient over that of the Euclidean one, both unscaled (Frobenius); 0 where both are 0."""
        product = self.expansion.product
        tangent, euclidean = product - self._lagrange * self.vectors, float((product * product).sum())
        return (float((tangent * tangent).sum()) / euclidean) ** 0.5 if euclidean else 0.0

    @property
    def multipliers(self) -> Array:
        """[n] scaled multipliers ``lambda_k / weights_k``."""
        return (self._lagrange / self._column)[:, 0]

    def inner(self, left: Array, right: Array) -> float:
        """The metric."""
        return inner(self._column * left, right)

    def tangent(self, direction: Array) -> Array:
        """Its part in the tangent space here, [n, d]."""
        return direction - row_sums(direction * self.vectors)[:, None] * self.vectors

    def hessian(self, direction: Array) -> Array:
        """Riemannian Hessian along a tangent direction [n, d]."""
        self._tally.products += 1
        return self.tangent((self.expansion.hessian_product(direction) - self._lagrange * direction) * self._doubled)


Observe = Callable[[Tally, Iterate], bool]


def descend(
    problem: Problem,
    vectors: Array,
    weights: Array,
    tolerance: float,
    max_iterations: int,
    tally: Tally,
    observe: Observe | None = None,
) -> tuple[Iterate, bool]:
    """Trust region from unit rows ``vectors``; returns the best iterate and whether it is stationary.

    Stops once every row of the scaled gradient is within ``tolerance``, or once rounding hides any further progress. Where
    differences of f are rounding the search goes on by gradients alone, far better conditioned, and keeps the iterate of the
    smallest gradient: blocks of tiny share and nearly flat directions settle only there.
    """
    here = best = Iterate(problem, vectors, weights, tally)
    radius, stalls = 0.5, 0
    while best.norm > tolerance and stalls < _PATIENCE:
        if tally.iterations >= max_iterations:
            return best, False
        tally.iterations += 1
        step, predicted, at_boundary = _truncated_newton(here, radius)
        if predicted <= 0:
            break
        trial = Iterate(problem, normalise(here.vectors + step), weights, tally)
        value = here.expansion.value
        noise = _NOISE * max(1.0, abs(value))
        if predicted > noise:
            agreement = (value - trial.expansion.value + noise) / (predicted + noise)
        else:  # the trapezoidal rule along the step is exact for a quadratic
            agreement = -0.5 * here.inner(here.gradient + trial.gradient, trial.vectors - here.vectors) / predicted
        if agreement < 0.25:
            radius /= 4
        elif agreement > 0.75 and at_boundary:
            radius = min(2 * radius, 2.0)
        if agreement > 0.1:
            here = trial
        stalls = 0 if predicted > noise or here.norm < 0.9 * best.norm else stalls + 1
        if predicted > noise or here.norm < best.norm:
            best = here
        if observe is not None and observe(tally, best):
            tally.stopped = True
            break
    return best, best.norm <= max(tolerance, _STATIONARY)


def _truncated_newton(here: Iterate, radius: float) -> tuple[Array, float, bool]:
    """Steihaug's conjugate gradients for the model at ``here``; returns (step, predicted decrease, at the boundary)."""
    gradient, inner = here.gradient, here.inner
    step, curved = 0 * gradient, 0 * gradient
    residual, search = gradient, -gradient
    square = inner(residual, residual)
    # Superlinear, but never asking for more digits than rounding leaves: below, rotations of all of V, which f does not
    # see, would look like directions of zero or negative curvature.
    target = max(square * min(0.1, max(square**0.5, 1e-4)) ** 2, here.rounding**2)
    length, cross, search_length = 0.0, 0.0, square
    at_boundary, stiffest = False, 0.0
    least, since = square, 0
    for _ in range(gradient.shape[0] * gradient.shape[1]):
        image = here.hessian(search)
        curvature = inner(search, image)
        stiffest = max(stiffest, curvature / search_length)
        if abs(curvature) <= _FLAT * stiffest * search_length:
            break  # such a rotation
        pace = square / curvature if curvature > 0 else np.inf
        if curvature <= 0 or length + 2 * pace * cross + pace**2 * search_length >= radius**2:
            pace = (-cross + (cross**2 + search_length * (radius**2 - length)) ** 0.5) / search_length
            at_boundary = True
        step, curved = step + pace * search, curved + pace * image
        if at_boundary:
            break
        length += 2 * pace * cross + pace**2 * search_length
        residual = residual + pace * image
        previous, square = square, inner(residual, residual)
        if square <= target:
            break
        least, since = (square, 0) if square < _HALF * least else (least, since + 1)
        if since >= _DRAG:
            break  # rounding has taken the directions' conjugacy: what is left is for another step
        ratio = square / previous
        search = ratio * search - residual
        cross = ratio * (cross + pace * search_length)
        search_length = square + ratio**2 * search_length
    return step, -inner(gradient, step) - 0.5 * inner(step, curved), at_boundary


def normalise(vectors: Array) -> Array:
    """Rows scaled to unit length, for either kind of array."""
    return vectors / (row_sums(vectors * vectors) ** 0.5)[:, None]
