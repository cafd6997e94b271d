"""How far every cosine may lie from the optimum's: what a bound on the loss cannot say where forces are exponentially weak.

Statement (ours). Let f be a contrastive loss (theory.elliptope.contrastive), G feasible with unit diagonal, D its symmetrised
gradient there, S = D off the diagonal with any diagonal, S~ any psd matrix, ``R = S - S~`` off the diagonal, ``eta = <S~,
G>``, and

    c_kl = (Q_kl P_kk + Q_lk P_ll) / (2 tau^2),    P the softmax at G, Q = Diag(a) P.

For m > 0 put ``kappa = e^{-4m}``, ``rho^2 = 4 sum_{k<l} R_kl^2 / (kappa c_kl)`` and ``t = (rho + sqrt(rho^2 + 4 eta)) / 2``.
If every ``t / sqrt(kappa c_kl)`` is below m tau, then every optimum G' has ``|G'_kl - G_kl| <= t / sqrt(kappa c_kl)``.

Proof. With ``H = G' - G``, of zero diagonal, f(G') <= f(G) and <S~, G'> >= 0 give for the Bregman divergence B of f

    B = f(G') - f(G) - <D, H> <= -<S~, H> - <R, H> <= eta + 2 sum_{k<l} |R_kl H_kl|.

B is the sum over anchors of ``a_k int_0^1 (1-s) Var_{P_s}(X) ds``, ``X_l = H_kl / tau``, P_s proportional to ``P e^{s X}``. As
X_k = 0, Cauchy's inequality gives ``Var_P(X) >= P_kk sum_l P_l X_l^2``; and ``P_s >= P e^{-2m}`` where |X| <= m: there
``B >= kappa sum_{k<l} c_kl H_kl^2``. So ``sum kappa c H^2 =: u^2`` satisfies ``u^2 <= eta + rho u``, hence u <= t and every
entry's bound. That holds for the part of the segment from G to G' where |X| <= m, along which the same inequality holds by
convexity; as it ends in |X| < m, the segment never leaves. QED. (The bound is linear in the residual, not its root: doubles do.)
"""

import math
from typing import NamedTuple

import numpy as np

REACH = (0.01, 0.1, 0.5)  # m, in logits
_RANGES = (1e-13, 1e-10, 1e-7, 1e-4)  # parts of V's largest square below which a direction is left to S~
MOST_ROWS = 1200
_EPS = float(np.finfo(float).eps)
_FINE = 1e-9  # errors that no other range need improve
OPEN = 2.0  # nothing is known: the width of all cosines


class Weights(NamedTuple):
    """At one G: softmax P and Q = Diag(a) P [..., n, n], and the temperature [...]."""

    softmax: np.ndarray
    weighted: np.ndarray
    temperature: np.ndarray | float

    @property
    def curvature(self) -> np.ndarray:
        """c, [..., n, n]."""
        own = np.diagonal(self.softmax, axis1=-2, axis2=-1)
        part = self.weighted * own[..., :, None]
        tau = np.asarray(self.temperature, dtype=float)[..., None, None]
        return (part + np.swapaxes(part, -1, -2)) / (2 * tau**2)


def errors_from(weights: Weights, residual: np.ndarray, eta: np.ndarray | float) -> np.ndarray:
    """The statement's bound on every cosine, [..., n, n]; OPEN where it says nothing, 0 on the diagonal.

    residual: |R| [..., n, n], its diagonal unused. eta: [...].
    """
    curvature, tau = weights.curvature, np.asarray(weights.temperature, dtype=float)
    order = curvature.shape[-1]
    diagonal = np.eye(order, dtype=bool)
    flat = np.where(diagonal, np.inf, curvature)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        root = np.sqrt(flat)
        ratio = np.where(residual > 0, residual / root, 0.0)
        rho = np.sqrt(2 * (ratio**2).sum((-2, -1)))  # every pair stands twice
        eta = np.maximum(eta, 0.0)
        flattest, length = root.min((-2, -1)), np.full(curvature.shape[:-2], np.inf)
        for reach in REACH:
            kappa = math.exp(-4 * reach)
            pull = rho / math.sqrt(kappa)
            scaled = (pull + np.sqrt(pull**2 + 4 * eta)) / (2 * math.sqrt(kappa))
            length = np.where((scaled / flattest < reach * tau) & (length == np.inf), scaled, length)
        found = length[..., None, None] / root
    return np.where(diagonal, 0.0, np.where(np.isfinite(length)[..., None, None], found, OPEN))


def batched_cosine_errors(
    vectors: np.ndarray,
    gradient: np.ndarray,
    weights: Weights,
    anchor_weights: np.ndarray,
    magnitude: np.ndarray,
    part: float = 1e-10,
) -> np.ndarray:
    """Bounds [..., n, n] on how far each cosine of unit rows V [..., n, d] lies from an optimum's. Numerical, in doubles.

    gradient: D [..., n, n]. anchor_weights: a [..., n], positive, of sum 1. magnitude: [..., n, n] sizes of the terms that D
    is the difference of, whose rounding counts as residual. part: directions of V with less of its largest square are left to S~,
    which is S off V's range with its negative eigenvalues cut off, in the coordinates ``Diag(a)^1/2``.
    """
    root = np.sqrt(anchor_weights)
    outer = root[..., :, None] * root[..., None, :]
    multipliers = (gradient * (vectors @ np.swapaxes(vectors, -1, -2))).sum(-1) / anchor_weights
    order = np.arange(root.shape[-1])
    slack = gradient / outer
    slack[..., order, order] -= multipliers
    scaled = root[..., None] * vectors
    basis, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    kept = sizes**2 > part * sizes[..., :1] ** 2
    inside = basis * kept[..., None, :]
    off = np.eye(root.shape[-1]) - inside @ np.swapaxes(inside, -1, -2)
    values, directions = np.linalg.eigh(off @ slack @ off)
    dual = (directions * values.clip(0)[..., None, :]) @ np.swapaxes(directions, -1, -2)
    rounding = 4 * _EPS * np.abs(values).max(-1)[..., None, None]
    residual = (np.abs(slack - dual) + rounding) * outer + 8 * _EPS * magnitude
    left = (basis * (dual @ basis)).sum(-2)  # <u, S~ u> of V's directions
    eta = (left * sizes**2 * ~kept).sum(-1)
    return errors_from(weights, residual, eta)


def cosine_errors(
    vectors: np.ndarray,
    gradient: np.ndarray,
    softmax: np.ndarray,
    anchor_weights: np.ndarray,
    magnitude: np.ndarray,
    temperature: float,
) -> np.ndarray:
    """The same [n, n] for one V, by the range of V that says most; OPEN for more than MOST_ROWS rows, whose eigenvalues would
    cost more than the search."""
    order = len(vectors)
    best = np.full((order, order), OPEN)
    np.fill_diagonal(best, 0.0)
    if order > MOST_ROWS:
        return best
    weights = Weights(softmax, anchor_weights[:, None] * softmax, temperature)
    for part in _RANGES:
        found = batched_cosine_errors(vectors, gradient, weights, anchor_weights, magnitude, part)
        if found.max() < best.max():
            best = found
        if best.max() <= _FINE:
            break
    return best
