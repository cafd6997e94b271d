"""The general law of a vanishing minority: any majorities, any links (claim B19, ours)."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from theory.blockmodel.model import BlockModel
from theory.blockmodel.population import minimise_population

_WEAKEST, _STRONGEST = 1e-10, 1e6  # multipliers of |h|^2 / 2 between which the ball's is sought
_TOLERANCE = 1e-12


def vanishing_cosines(majorities: BlockModel, links: ArrayLike, temperature: float) -> np.ndarray:
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
    inside).
    Raises ValueError for links that do not fit the majorities, negative or all zero, or a temperature that is not positive.
    """
    alpha = np.asarray(links, dtype=float)
    if alpha.shape != (majorities.blocks,) or not (np.isfinite(alpha) & (alpha >= 0)).all() or not alpha.any():
        raise ValueError(f"links must be {majorities.blocks} non-negative numbers, not all zero")
    optimum = minimise_population(majorities, temperature)
    shares, vectors = majorities.proportions, optimum.vectors
    sums = np.exp((optimum.gram - 1) / temperature) @ shares  # Z_l / E
    pairs = shares * alpha
    pull = pairs / pairs.sum() + pairs / majorities.degrees
    loss = _LimitLoss(vectors, shares, pull, shares / sums, temperature)
    if np.linalg.norm(loss.minimiser(_WEAKEST)) <= 1:
        return vectors @ loss.minimiser(_WEAKEST)
    found: Any = brentq(
        lambda log_strength: float(np.linalg.norm(loss.minimiser(math.exp(log_strength)))) - 1,
        math.log(_WEAKEST),
        math.log(_STRONGEST),
        xtol=_TOLERANCE,
    )
    point = loss.minimiser(math.exp(found))
    return vectors @ (point / np.linalg.norm(point))


class _LimitLoss:
    """The convex limit loss in h; exponentials are taken of (g - 1)/tau, so that E never appears."""

    def __init__(
        self, vectors: np.ndarray, shares: np.ndarray, pull: np.ndarray, push: np.ndarray, temperature: float
    ) -> None:
        self._vectors, self._shares, self._pull, self._push, self._tau = vectors, shares, pull, push, temperature

    def minimiser(self, strength: float) -> np.ndarray:
        """argmin of the loss plus ``strength |h|^2 / 2``, by damped Newton steps from 0."""
        point = np.zeros(self._vectors.shape[1])
        value, gradient, hessian = self._expand(point, strength)
        for _ in range(200):
            step = np.linalg.solve(hessian, gradient)
            decrease = float(step @ gradient)
            if decrease <= _TOLERANCE**2 * max(1.0, strength):
                break
            length = 1.0
            while True:
                trial = self._expand(point - length * step, strength)
                if trial[0] <= value - 0.1 * length * decrease or length < 1e-6:
                    break
                length /= 2
            if length < 1e-6:  # rounding hides any further decrease
                break
            point = point - length * step
            value, gradient, hessian = trial
        return point

    def _expand(self, point: np.ndarray, strength: float) -> tuple[float, np.ndarray, np.ndarray]:
        """Value, gradient and Hessian at h."""
        tau, cosines = self._tau, self._vectors @ point
        logits = (cosines - 1) / tau
        shift = float(logits.max())
        weights = self._shares * np.exp(logits - shift)
        total = float(weights.sum())
        softmax = weights / total
        pushed = self._push * np.exp(logits)
        value = float(-self._pull @ cosines / tau + np.log(total) + shift + pushed.sum() + strength * point @ point / 2)
        slope = (softmax + pushed - self._pull) / tau
        curvature = (np.diag(softmax + pushed) - np.outer(softmax, softmax)) / tau**2
        gradient = self._vectors.T @ slope + strength * point
        return value, gradient, self._vectors.T @ curvature @ self._vectors + strength * np.eye(len(point))
