"""The population problem of many block models at once: a feasible primal-dual interior point method over a batch axis.

    minimise f(G) over {G psd, diag G = 1};  f, and why it is convex: theory.blockmodel.population and .objective.

Method (ours, after Helmberg, Rendl, Vanderbei and Wolkowicz 1996). The free variables are the K(K-1)/2 cosines g. With D the
symmetrised gradient of f, a diagonal y with ``S = offdiag(D) + Diag(y)`` positive definite bounds the suboptimality:

    f(G) - min f <= <S, G>.       Proof: f(G') >= f(G) + <D, G' - G> = f(G) + <S, G'> - <S, G> >= f(G) - <S, G>,

because both diagonals are 1 and ``<S, G'> >= 0``. QED. (S is found positive definite by a floating-point Cholesky factorisation,
so the bound is numerical, good to a few units of rounding.) Each step solves ``S + sym(S dG N) + dS = sigma mu N`` with N = G^-1,
``offdiag(dS) = offdiag(dD)`` and ``mu = <S, G>/K``, and goes as far as G and S stay positive definite: the bound holds at every
iterate, not only at the last. All small matrices are factorised by loops over K with the batch as the inner, contiguous axis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.population import (
    COSINE_TOLERANCE,
    PopulationOptimum,
    minimise_population,
    multiplier_errors,
)
from contrastive_claims.theory.elliptope.geometry import OPEN, Weights, batched_cosine_errors

_CHUNK = 1024  # models at a time: every intermediate array stays in cache
_ITERATIONS = 60
_GAP = 1e-12  # at which the search stops; models that do not reach it are solved one by one
_FLAT = 1e-7  # part of the largest eigenvalue of G that is the interior point's distance to the cone's boundary
_AHEAD = 1 / 0.95  # a step must leave G and S positive definite this much further on


@dataclass(frozen=True, eq=False)
class PopulationBatch:
    """Certified optima of B models, fields as in theory.blockmodel.PopulationOptimum with a leading batch axis.

    gram: [B, K, K]. loss: [B]. gap: [B] bound on ``loss - min f``. multipliers: [B, K] ``lambda_k / pi_k``, and estimates of
    their errors. cosine_errors: [B, K, K], status: [B], as in PopulationOptimum. fallback: [B] whether the interior point method
    left the gap or a cosine open, or a multiplier's sign in doubt, and the model was solved alone instead (by
    minimise_population, in extended precision where it takes that).
    """

    gram: np.ndarray
    loss: np.ndarray
    gap: np.ndarray
    multipliers: np.ndarray
    multiplier_errors: np.ndarray
    cosine_errors: np.ndarray
    status: np.ndarray
    fallback: np.ndarray

    @property
    def collapse_is_exact(self) -> np.ndarray:
        """[B] whether one vector per block is optimal for the expected graph too: as PopulationOptimum.collapse_is_exact."""
        return np.logical_not((self.multipliers > self.multiplier_errors).any(axis=1))


def minimise_populations(
    proportions: ArrayLike, connectivity: ArrayLike, temperature: ArrayLike = 1.0
) -> PopulationBatch:
    """Global minima of the population losses of B models with K blocks each.

    proportions: [B, K]. connectivity: [B, K, K], or [K, K] for all. temperature: [B], or one for all.
    Raises ValueError for shapes that disagree, and whatever BlockModel refuses, naming the model.
    """
    shares = np.asarray(proportions, dtype=float)
    if shares.ndim != 2 or shares.size == 0:
        raise ValueError(f"proportions must be [models, blocks], not of shape {shares.shape}")
    models, blocks = shares.shape
    alpha = np.asarray(connectivity, dtype=float)
    if alpha.shape not in ((blocks, blocks), (models, blocks, blocks)):
        raise ValueError(f"connectivity has shape {alpha.shape} for {models} models of {blocks} blocks")
    tau = np.asarray(temperature, dtype=float)
    if tau.shape not in ((), (models,)):
        raise ValueError(f"temperature has shape {tau.shape} for {models} models")
    alpha, tau = np.broadcast_to(alpha, (models, blocks, blocks)), np.broadcast_to(tau, (models,))
    _check(shares, alpha, tau)
    gram, loss = np.ones((models, blocks, blocks)), np.zeros(models)
    if blocks == 1:  # a point: nothing is free
        none = np.zeros((models, 1))
        certified = np.full(models, "certified", dtype=object)
        return PopulationBatch(
            gram, loss, np.zeros(models), none, none, 0 * gram, certified, np.zeros(models, dtype=bool)
        )
    gap, multipliers, cosine_errors = np.empty(models), np.empty((models, blocks)), np.empty((models, blocks, blocks))
    for first in range(0, models, _CHUNK):
        part = slice(first, first + _CHUNK)
        found = _solve(_Losses(shares[part], alpha[part], tau[part]), _GAP)
        gram[part], loss[part], gap[part], multipliers[part] = found
        cosine_errors[part] = _cosine_errors(shares[part], alpha[part], tau[part], gram[part])
    errors = multiplier_errors(gap, shares, tau)
    fallback = ~(gap <= _GAP) | (np.abs(multipliers) <= errors).any(axis=1)
    fallback |= cosine_errors.max((1, 2)) > COSINE_TOLERANCE
    status = np.full(models, "certified", dtype=object)
    once: dict[tuple[bytes, bytes, float], PopulationOptimum] = {}  # of equal models: one may take seconds
    for b in np.flatnonzero(fallback):
        model = shares[b].tobytes(), alpha[b].tobytes(), float(tau[b])
        if model not in once:
            once[model] = minimise_population(BlockModel(shares[b], alpha[b]), float(tau[b]))
        alone = once[model]
        gram[b], loss[b], gap[b] = alone.gram, alone.loss, alone.gap
        multipliers[b], errors[b] = alone.multipliers, alone.multiplier_errors
        cosine_errors[b], status[b] = alone.cosine_errors, alone.status
    return PopulationBatch(gram, loss, gap, multipliers, errors, cosine_errors, status, fallback)


def _cosine_errors(shares: np.ndarray, alpha: np.ndarray, tau: np.ndarray, gram: np.ndarray) -> np.ndarray:
    """Bounds [B, K, K] on the distance of the cosines [B, K, K] to the optima's (theory.elliptope.geometry).

    The interior point stops a little inside the cone; its nearest point of lower rank has a residual far below the gap, so the
    bound is taken there, and the way to it added.
    """
    values, directions = np.linalg.eigh(gram)
    values = np.where(values > _FLAT * values[:, -1:], values, 0.0)
    vectors = directions * np.sqrt(values)[:, None]
    vectors /= np.sqrt((vectors**2).sum(2, keepdims=True))
    flat = vectors @ vectors.transpose(0, 2, 1)
    kernel = np.exp((flat - 1) / tau[:, None, None]) * shares[:, None]
    softmax = kernel / kernel.sum(2, keepdims=True)
    weighted = shares[:, :, None] * softmax
    pairs = shares[:, :, None] * alpha * shares[:, None] / (alpha @ shares[:, :, None])
    pull, push = ((part + part.transpose(0, 2, 1)) / 2 / tau[:, None, None] for part in (pairs, weighted))
    found = batched_cosine_errors(vectors, push - pull, Weights(softmax, weighted, tau), shares, push + pull)
    return np.minimum(found + np.abs(flat - gram) * (1 - np.eye(shares.shape[1])), OPEN)


def _check(shares: np.ndarray, alpha: np.ndarray, tau: np.ndarray) -> None:
    """BlockModel's conditions on every model; its own sentence for the first that breaks one."""
    fine = np.all(shares > 0, axis=1) & (np.abs(shares.sum(1) - 1) <= 1e-9)
    fine &= ((alpha >= 0) & (alpha <= 1) & (alpha == alpha.transpose(0, 2, 1))).all(axis=(1, 2))
    fine &= np.all(np.any(alpha > 0, axis=2), axis=1)
    for b in np.flatnonzero(~fine):
        try:
            BlockModel(shares[b], alpha[b])
        except ValueError as error:
            raise ValueError(f"model {b}: {error}") from None
    for b in np.flatnonzero(~(np.isfinite(tau) & (tau > 0))):
        raise ValueError(f"model {b}: temperature must be positive and finite, not {tau[b]}")


class _Losses:
    """The population losses of a batch, with the batch axis last: f, D and its derivative in the cosines g [E, B]."""

    def __init__(self, shares: np.ndarray, alpha: np.ndarray, tau: np.ndarray) -> None:
        blocks = shares.shape[1]
        self.shares, self.tau = np.ascontiguousarray(shares.T), tau.copy()
        alpha = np.ascontiguousarray(alpha.transpose(1, 2, 0))
        degrees = (alpha * self.shares).sum(1)
        weights = self.shares[:, None] * alpha * self.shares / degrees[:, None]
        self.attraction = (weights + weights.transpose(1, 0, 2)) / 2
        self.rows, self.columns = np.triu_indices(blocks, 1)
        self.edge = np.zeros((blocks, blocks), dtype=int)
        self.edge[self.rows, self.columns] = self.edge[self.columns, self.rows] = np.arange(len(self.rows))
        others = [np.delete(np.arange(blocks), k) for k in range(blocks)]
        self.seen = [(k, other, np.ix_(self.edge[k, other], self.edge[k, other])) for k, other in enumerate(others)]

    def gram(self, cosines: np.ndarray) -> np.ndarray:
        """[K, K, B] from [E, B]."""
        full = cosines[self.edge]
        full[np.diag_indices(len(self.shares))] = 1.0
        return full

    def softmax(self, gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P_kl = pi_l e^{G_kl/tau} / Z_k, and Z_k e^{-1/tau}."""
        kernel = np.exp((gram - 1) / self.tau) * self.shares
        sums = kernel.sum(1)
        return kernel / sums[:, None], sums

    def value(self, gram: np.ndarray, sums: np.ndarray) -> np.ndarray:
        """f [B]."""
        entropy = (self.shares * np.log(sums)).sum(0) + 1 / self.tau
        return entropy - (self.attraction * gram).sum((0, 1)) / self.tau

    def gradient(self, softmax: np.ndarray) -> np.ndarray:
        """D [K, K, B]."""
        weighted = self.shares[:, None] * softmax
        return ((weighted + weighted.transpose(1, 0, 2)) / 2 - self.attraction) / self.tau

    def hessian(self, softmax: np.ndarray) -> np.ndarray:
        """dD_e / dg_e', [E, E, B]: half the Hessian of f in the cosines."""
        weighted = self.shares[:, None] * softmax / (2 * self.tau**2)
        rows, columns, count = self.rows, self.columns, len(self.rows)
        curvature = np.zeros((count, count, softmax.shape[-1]))
        for k, others, cosines in self.seen:  # anchor k sees the cosines with every other block
            curvature[cosines] -= weighted[k, others][:, None] * softmax[k, others][None]
        edges = np.arange(count)
        curvature[edges, edges] += weighted[rows, columns] + weighted[columns, rows]
        return curvature


def _solve(losses: _Losses, gap_tolerance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(gram [B, K, K], loss, gap, multipliers); the gap of a model that did not close stays above the tolerance."""
    blocks, models = losses.shares.shape
    rows, columns = losses.rows, losses.columns
    diagonal = np.diag_indices(blocks)
    cosines = np.zeros((len(rows), models))
    gram = losses.gram(cosines)
    softmax, sums = losses.softmax(gram)
    slack = losses.gradient(softmax)
    slack[diagonal] = 0.0
    slack[diagonal] = np.abs(slack).sum(1) + losses.shares / losses.tau  # diagonally dominant
    gap = (slack * gram).sum((0, 1))
    last_pace = np.ones(models)
    for _ in range(_ITERATIONS):
        active = gap > gap_tolerance
        if not active.any():
            break
        factor, _ = _cholesky(gram)
        inverse = _inverse(factor)
        mu = gap / blocks
        sigma = np.where(last_pace > 0.9, np.clip(mu**0.5, 0.01, 0.1), 0.5)
        system = losses.hessian(softmax) + _complementarity(slack, inverse, rows, columns)
        target = (sigma * mu) * inverse
        residual = (target - slack)[rows, columns]
        step = _cholesky_solve(_cholesky(system)[0], residual)
        change = losses.gram(step)
        change[diagonal] = 0.0
        pushed = _product(_product(slack, change), inverse)
        free = target[diagonal] - slack[diagonal] - pushed[diagonal]
        pace = np.where(active & np.isfinite(step).all(0), 1.0, 0.0)
        trial, *parts, fine = _try(losses, cosines, slack, step, free, pace)
        for _ in range(39):
            if fine.all():
                break
            pace = np.where(fine, pace, 0.7 * pace)
            trial, *parts, fine = _try(losses, cosines, slack, step, free, pace)
        pace = np.where(fine, pace, 0.0)
        taken = pace > 0
        cosines = np.where(taken, cosines + pace * step, cosines)
        gram, slack = np.where(taken, trial, gram), np.where(taken, parts[2], slack)
        softmax, sums = np.where(taken, parts[0], softmax), np.where(taken, parts[1], sums)
        gap = (slack * gram).sum((0, 1))
        last_pace = pace
    gap = np.where(_cholesky(slack)[1], gap, np.inf)
    gradient = losses.gradient(softmax)
    multipliers = (gradient * gram).sum(1) / losses.shares
    return gram.transpose(2, 0, 1), losses.value(gram, sums), gap, multipliers.T


def _try(
    losses: _Losses, cosines: np.ndarray, slack: np.ndarray, step: np.ndarray, free: np.ndarray, pace: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(G, P, Z, S, fine) at ``pace`` [B] along the step; fine: G and S are positive definite a little beyond, so between too."""
    diagonal = np.diag_indices(len(slack))
    moved = cosines + pace * step
    gram = losses.gram(moved)
    softmax, sums = losses.softmax(gram)
    trial = losses.gradient(softmax)
    trial[diagonal] = slack[diagonal] + pace * free
    beyond = losses.gram(cosines + _AHEAD * pace * step)
    ahead = slack + _AHEAD * (trial - slack)
    fine = _cholesky(beyond)[1] & _cholesky(ahead)[1]
    return gram, softmax, sums, trial, fine | (pace == 0)


def _complementarity(slack: np.ndarray, inverse: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Matrix [E, E, B] of ``dg -> sym(S dG N)`` off the diagonal."""
    k, j, m, n = rows[:, None], columns[:, None], rows[None], columns[None]
    return (
        slack[k, m] * inverse[j, n]
        + slack[k, n] * inverse[j, m]
        + slack[j, m] * inverse[k, n]
        + slack[j, n] * inverse[k, m]
    ) / 2


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix products over the batch, [K, K, B]."""
    return np.einsum("ijb,jkb->ikb", left, right)


def _cholesky(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower Cholesky factors [K, K, B], and which matrices are positive definite (the other factors mean nothing)."""
    factor = matrix.copy()
    order = len(factor)
    positive = np.ones(matrix.shape[-1], dtype=bool)
    for j in range(order):
        pivot = factor[j, j]
        positive &= pivot > 0
        factor[j, j] = np.sqrt(np.where(pivot > 0, pivot, 1.0))
        factor[j + 1 :, j] /= factor[j, j]
        for i in range(j + 1, order):
            factor[i, j + 1 : i + 1] -= factor[i, j] * factor[j + 1 : i + 1, j]
    return factor, positive


def _cholesky_solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solutions [E, B] of the factorised systems."""
    solution = right.copy()
    order = len(factor)
    for i in range(order):
        solution[i] -= (factor[i, :i] * solution[:i]).sum(0)
        solution[i] /= factor[i, i]
    for i in reversed(range(order)):
        solution[i] -= (factor[i + 1 :, i] * solution[i + 1 :]).sum(0)
        solution[i] /= factor[i, i]
    return solution


def _inverse(factor: np.ndarray) -> np.ndarray:
    """Inverses [K, K, B] of the factorised matrices."""
    order = len(factor)
    lower = np.zeros_like(factor)
    for j in range(order):
        lower[j, j] = 1 / factor[j, j]
        for i in range(j + 1, order):
            lower[i, j] = -(factor[i, j:i] * lower[j:i, j]).sum(0) / factor[i, i]
    return np.einsum("kib,kjb->ijb", lower, lower)
