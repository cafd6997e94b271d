"""The general law of a vanishing minority: any majorities, any links (claim B19, ours)."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.population import (
    COSINE_TOLERANCE,
    MOST_REFINED,
    PopulationOptimum,
    minimise_population,
)

_LOW = 0.1  # temperature below which forces of e^(-2/tau) are no matter for doubles
_PART = 1e-12
_WEAKEST = 1e-10  # least multiplier of |h|^2 / 2 that is tried for the ball's
_TOLERANCE = 1e-12
_STEPS = 2000
_RESOLVED = 1e-10  # relative decrease of the loss below which its rounding would mislead a line search
_FLAT = 1e-8  # gradient, relative to 1/tau, at which steps that no longer shrink have met rounding


def vanishing_cosines(
    majorities: BlockModel, links: ArrayLike, temperature: float
) -> Float[np.ndarray, "{majorities.blocks}"]:
    """Limit cosines [L] of a minority, as its share goes to 0, with L majorities to which ``links`` [L] connect it.

    majorities: their model among themselves, shares of sum 1. links: alpha_1l >= 0, in its units, not all zero.
    The minority's vector h minimises, over |h| <= 1 and with g_l = <h, h_l> (the majorities at their own optimum),

        -(1/tau) sum_l (q_l + r_l) g_l + log sum_l pi_l e^{g_l/tau} + sum_l (pi_l/Z_l) e^{g_l/tau},

    ``q_l = pi_l alpha_1l / sum_m pi_m alpha_1m``, ``r_l = pi_l alpha_1l / degree_l``, Z_l the majorities' own sums. |h| < 1
    means that h leaves the majorities' span, where it is free. Proof: the terms of first order in the share s of the
    population loss are the minority's own anchor (pairs q, log-sum) and its terms in the majorities' pairs (r; their degrees
    change at order s, times cosines that are its own order) and sums (``d log Z_l``); the majorities' own loss has a unique
    minimum and outweighs order s elsewhere, as in vanishing_minority_cosine; the loss is convex in g, so every limit point
    minimises it. QED. Found by Newton's method on ``loss + nu |h|^2 / 2``, nu >= 0 such that |h| = 1 (0 if the minimum lies
    inside); where doubles do not resolve the forces, from a temperature of .1 down, as the optimum of a share far below them.
    Raises ValueError for links that do not fit the majorities, negative or all zero, a temperature that is not positive, or
    one so low (about .001) that extended precision leaves the cosines open.
    """
    alpha = np.asarray(links, dtype=float)
    if alpha.shape != (majorities.blocks,) or not (np.isfinite(alpha) & (alpha >= 0)).all() or not alpha.any():
        raise ValueError(f"links must be {majorities.blocks} non-negative numbers, not all zero")
    optimum = minimise_population(majorities, temperature)
    if optimum.status == "certified" and temperature >= _LOW:
        try:
            return _by_newton(optimum, majorities, alpha, temperature)
        except _NotConverged:
            pass  # forces below what doubles resolve
    return _by_small_share(majorities, alpha, temperature)


def _by_small_share(majorities: BlockModel, alpha: np.ndarray, temperature: float) -> np.ndarray:
    """The cosines of a minority of share far below every force, in extended precision: off the limit by less than a part in 1e10
    of a force. ValueError where its cosines stay open there too."""
    if majorities.blocks >= MOST_REFINED:
        raise ValueError(f"temperature = {temperature} is too low for {majorities.blocks} blocks")
    from contrastive_claims.theory.blockmodel.refine import refine_population

    least = float(majorities.proportions.min())
    share = max(_PART * least**2 * math.exp(-max(2 / temperature, 10.0)), 1e-280)
    order = majorities.blocks + 1
    full = np.zeros((order, order))
    full[1:, 1:], full[0, 1:], full[1:, 0] = majorities.connectivity, alpha, alpha
    shares = np.r_[share, majorities.proportions]
    found = refine_population(BlockModel(shares / shares.sum(), full / max(1.0, full.max())), temperature)
    if not found.cosine_errors.max() <= COSINE_TOLERANCE:
        raise ValueError(f"temperature = {temperature} is too low: the cosines stay open in extended precision")
    return np.array([float(entry) for entry in found.gram.tolist()[0][1:]])


def _by_newton(optimum: PopulationOptimum, majorities: BlockModel, alpha: np.ndarray, temperature: float) -> np.ndarray:
    shares, vectors = majorities.proportions, optimum.vectors
    sums = np.exp((optimum.gram - 1) / temperature) @ shares  # Z_l / E
    pairs = shares * alpha
    pull = pairs / pairs.sum() + pairs / majorities.degrees
    loss = _LimitLoss(vectors, shares, pull, shares / sums, temperature)
    free = loss.minimiser(_WEAKEST)
    if np.linalg.norm(free) <= 1:
        return vectors @ free
    found: Any = brentq(
        lambda log_strength: float(np.linalg.norm(loss.minimiser(math.exp(log_strength)))) - 1,
        math.log(_WEAKEST),
        math.log(loss.strongest()),
        xtol=_TOLERANCE,
    )
    point = loss.minimiser(math.exp(found))
    return vectors @ (point / np.linalg.norm(point))


class _NotConverged(Exception):
    """Newton's method met rounding."""


class _LimitLoss:
    """The convex limit loss in h; exponentials are taken of (g - 1)/tau, so that E never appears."""

    def __init__(
        self, vectors: np.ndarray, shares: np.ndarray, pull: np.ndarray, push: np.ndarray, temperature: float
    ) -> None:
        self._vectors, self._shares, self._pull, self._push, self._tau = vectors, shares, pull, push, temperature

    def strongest(self) -> float:
        """A multiplier whose minimiser lies inside the ball: gradients are monotone, so nu |h| <= |gradient at 0|."""
        return 2 * float(np.linalg.norm(self._derivatives(np.zeros(self._vectors.shape[1]), 0.0)[0])) + 2 * _WEAKEST

    def minimiser(self, strength: float) -> np.ndarray:
        """argmin of the loss plus ``strength |h|^2 / 2``, by damped Newton steps from 0; _NotConverged if they are not."""
        point = np.zeros(self._vectors.shape[1])
        value, last = self._value(point, strength), math.inf
        for _ in range(_STEPS):
            gradient, hessian = self._derivatives(point, strength)
            try:
                step = np.linalg.solve(hessian, gradient)
            except np.linalg.LinAlgError:
                break
            # at low temperature the curvature is exponentially small far from the minimum: no step exceeds the ball's radius
            step = step / max(1.0, float(np.linalg.norm(step)))
            decrease = float(step @ gradient)
            flat = np.linalg.norm(gradient) * self._tau <= _FLAT
            if decrease <= _TOLERANCE**2 * max(1.0, strength):
                if flat:
                    return point
                break
            length = 1.0
            if decrease <= _RESOLVED * max(1.0, abs(value)):  # whole Newton steps, for as long as they shrink
                if decrease >= last / 2:
                    if flat:
                        return point
                    break
                last = decrease
            else:
                while self._value(point - length * step, strength) > value - 0.1 * length * decrease:
                    length /= 2
            point = point - length * step
            value = self._value(point, strength)
        raise _NotConverged

    def _value(self, point: np.ndarray, strength: float) -> float:
        """The loss at h; infinite where it overflows."""
        cosines = self._vectors @ point
        logits = (cosines - 1) / self._tau
        with np.errstate(over="ignore"):
            pushed = float((self._push * np.exp(logits)).sum())
        shift = float(logits.max())
        total = float((self._shares * np.exp(logits - shift)).sum())
        return float(
            -self._pull @ cosines / self._tau + math.log(total) + shift + pushed + strength * point @ point / 2
        )

    def _derivatives(self, point: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and Hessian at h."""
        logits = (self._vectors @ point - 1) / self._tau
        weights = self._shares * np.exp(logits - logits.max())
        softmax = weights / weights.sum()
        pushed = self._push * np.exp(logits)
        slope = (softmax + pushed - self._pull) / self._tau
        curvature = (np.diag(softmax + pushed) - np.outer(softmax, softmax)) / self._tau**2
        gradient = self._vectors.T @ slope + strength * point
        return gradient, self._vectors.T @ curvature @ self._vectors + strength * np.eye(len(point))
