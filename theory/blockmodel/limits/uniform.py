"""Block models whose optimum is known at every share: uniform connections, disconnected blocks, the PMI law (B6, B7, B15,
B16).

``ratio = alpha / p``; tau the temperature; D the symmetrised gradient of the population loss.
"""

import math

import numpy as np
from jaxtyping import Float

from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.elliptope.contrastive import check_temperature

_ROUNDING = 1e-12  # a Gram matrix is psd up to this


def uniform_connection_cosine(blocks: int, ratio: float, temperature: float) -> float:
    """Cosine between any two blocks when all are connected alike: ``clip(1 + tau log ratio, -1/(K-1), 1)`` (claim B6, ours).

    Hypotheses: K >= 2 blocks, alpha_kk = p, alpha_kl = ratio * p for every k != l, ratio >= 0. Inside the clip and at its
    upper end (ratio >= 1: one point) for *any* shares; at the lower clip (``1 + tau log ratio < -1/(K-1)``) for equal shares
    only, which the caller must ensure.

    Proof. Let G have 1 on and x off the diagonal. Inside: ``e^{(G_kl - 1)/tau} = alpha_kl / p``, so the softmax weights are
    ``pi_l alpha_kl / degree_k`` and D = 0; f is convex and G psd for ``x >= -1/(K-1)``, so G is optimal, whatever the shares.
    Below, equal shares: f is invariant under permutations of the blocks and convex, so the mean of an optimum over all
    permutations is one: of the form G with one x in [-1/(K-1), 1]. Along it f is convex with its stationary point at
    ``1 + tau log ratio``, below the interval: the minimum is at its lower end. Above: ``theory.blockmodel.proofs``. QED.
    Raises ValueError for fewer than two blocks, a ratio that is negative or not finite, or a temperature that is not
    positive.
    """
    check_temperature(temperature)
    if blocks < 2:
        raise ValueError(f"blocks = {blocks}: a cosine between blocks needs at least two")
    if not 0 <= ratio < math.inf:
        raise ValueError(f"ratio = {ratio} must be zero or positive, and finite")
    law = 1 + temperature * math.log(ratio) if ratio > 0 else -math.inf
    return min(max(law, -1 / (blocks - 1)), 1.0)


def simplex_etf(blocks: int, temperature: float) -> tuple[float, float]:
    """Cosine and loss of balanced disconnected blocks: the simplex equiangular tight frame (claim B7).

    ``cos = -1/(K-1)``, ``loss = -1/tau + log((e^{1/tau} + (K-1) e^{-1/((K-1) tau)}) / K)``, in nats.

    Proof. uniform_connection_cosine at ratio 0 with equal shares; then ``W = Diag(1/K)`` and every row sum is the same. QED.
    Raises ValueError for fewer than two blocks or a temperature that is not positive.
    """
    cosine = uniform_connection_cosine(blocks, 0.0, temperature)
    # log1p: the loss relative to a perfect anchor, exact however low the temperature
    return cosine, math.log1p((blocks - 1) * math.exp((cosine - 1) / temperature)) - math.log(blocks)


def pmi_gram(model: BlockModel, temperature: float) -> Float[np.ndarray, "{model.blocks} {model.blocks}"]:
    """Optimal cosines ``G_kl = 1 + tau log(alpha_kl / p)``, [K, K], the same for every share (claim B15, ours: the PMI law).

    Hypotheses (checked): alpha_kk = p for all k, all alpha_kl > 0, and G psd.
    Proof. ``e^{G_kl/tau} = (alpha_kl/p) E`` with E = e^{1/tau}, so the row sums are ``Z_k = (E/p) degree_k`` and
    ``2 tau D_kl = pi_k pi_l [e^{G_kl/tau}(1/Z_k + 1/Z_l) - alpha_kl (1/d_k + 1/d_l)] = 0``, the diagonal included. f is
    convex and G feasible: optimal. It is the only optimum: a log-sum-exp is strictly convex but for a constant per row,
    which the diagonal fixes. pi does not enter G. QED. So representation harm needs a binding psd constraint. For
    theory.blockmodel.biased_model with two classes, see biased_graph_margins.
    Raises ValueError if a hypothesis fails, or for a temperature that is not positive.
    """
    diagonal = np.diag(model.connectivity)
    if np.ptp(diagonal) > 0:
        raise ValueError(f"connections within blocks must be equal, not {diagonal.min():g} to {diagonal.max():g}")
    return _pmi(model, temperature)


def mean_gram(model: BlockModel, temperature: float) -> Float[np.ndarray, "{model.blocks} {model.blocks}"]:
    """Gram matrix of the blocks' means, ``M_kl = 1 + tau log(alpha_kl / p_max)``, when nodes may spread (claim B16, ours).

    Hypotheses (checked): all alpha_kl > 0, p_max = max_k alpha_kk at least every alpha_kl, and M psd. Its diagonal is the
    spread law: a block of alpha_kk < p_max has a mean of squared length ``1 + tau log(alpha_kk/p_max) < 1`` (n -> infinity,
    dimension free), and one vector per block is not optimal.
    In the limit M is the one that spread nodes select, not the only minimiser over the ball: there ``f(G + t J) = f(G)`` (J all
    ones: a constant cancels between pairs and log-sums), and the minimisers are exactly the psd ``M - t J``, t >= 0. What
    selects t = 0 is the term of first order in 1/n, which the limit drops: each node's pair with itself exceeds the others of its
    block by ``(e^{1/tau} - e^{(M_kk - t)/tau})/n`` in its sum, and relative to that sum (``e^{-t/tau} Z_k``) this grows with t.
    Proof. By Jensen the node-level loss is at least the population loss at the means, which fill the unit ball. There D
    vanishes at M (as in pmi_gram, with ``e^{M_kl/tau} = (alpha_kl/p_max) E``), so M is optimal for the ball. The bound is
    approached: ``v_i = m_k + sqrt(1 - |m_k|^2) e_i`` with orthonormal e_i, orthogonal to all means, has these inner products
    for all i != j, and j = i adds at most ``e^{1/tau}/n`` to each sum. QED.
    Raises ValueError if a hypothesis fails, or for a temperature that is not positive.
    """
    if model.connectivity.max() > np.diag(model.connectivity).max():
        raise ValueError("a connection between blocks exceeds every connection within one")
    return _pmi(model, temperature)


def _pmi(model: BlockModel, temperature: float) -> np.ndarray:
    check_temperature(temperature)
    alpha = model.connectivity
    if (alpha == 0).any():
        k, m = np.argwhere(alpha == 0)[0]
        raise ValueError(f"connectivity[{k}, {m}] = 0: the law needs every pair of blocks to be connected")
    gram = 1 + temperature * np.log(alpha / np.diag(alpha).max())
    smallest = np.linalg.eigvalsh(gram)[0]
    if smallest < -_ROUNDING * model.blocks:
        raise ValueError(
            f"1 + tau log(alpha/p) is not psd (smallest eigenvalue {smallest:.3g}): the law does not apply"
        )
    return gram
