"""Closed forms of the block model: thresholds and limits of collapse, each with its hypotheses and its proof.

Cosines unless said otherwise; ``ratio = alpha / p`` is a cross-connection over the connection within a block; ``tau`` is the
temperature. The population loss is that of theory.blockmodel.population; D, S, lambda are those of theory.elliptope.
"""

import math

from theory.blockmodel.model import BlockModel
from theory.blockmodel.objective import check_temperature


def vanishing_minority_cosine(ratio: float, temperature: float) -> float:
    """Limit, as the minority's share goes to 0, of its cosine with the block that it is tied to (claim B5, ours).

    Hypotheses: three blocks; two majorities of equal share and connection p within, not connected to each other; the minority
    tied to one of them with a fixed alpha = ratio * p > 0. The limit is the root c of

        tanh(c/tau) + sinh(c/tau)/cosh(1/tau) = 1 + ratio,    or 1 where the left side at 1 is smaller.

    Proof. At share 0 the majorities minimise alone: h_3 = -h_2 (the simplex ETF of two blocks). To first order in the share s
    the loss changes by s times the minority's own anchor term plus its terms in the others' sums. With g = <h_1, h_2> = c,
    <h_1, h_3> = -c: the pair weights add ``-(1 + ratio) c / tau`` (the minority draws block 2 with probability -> 1, block 2
    draws it with probability s ratio / (1/2) on a share 1/2), the anchor's own sum ``log cosh(c/tau)``, and the two majorities'
    sums ``(1/2)(e^{c/tau} + e^{-c/tau}) / cosh(1/tau)``. The derivative in c is
    ``(1/tau) [tanh(c/tau) + sinh(c/tau)/cosh(1/tau) - 1 - ratio]``, strictly increasing: the limiting loss is strictly convex in
    c, so its minimiser on [-1, 1], unique, is the limit of the minimisers. QED.

    The limit does not commute with alpha -> 0: with alpha = a share, 1 + ratio is replaced by a/(a + 2p).
    Raises ValueError for a ratio that is not positive and finite, or such a temperature.
    """
    check_temperature(temperature)
    if not (math.isfinite(ratio) and ratio > 0):
        raise ValueError(f"ratio must be positive and finite, not {ratio}")
    inverse = 1 / temperature

    def excess(c: float) -> float:
        # sinh(c/tau) / cosh(1/tau), written so that nothing overflows at low temperature
        attraction = (math.exp((c - 1) * inverse) - math.exp(-(c + 1) * inverse)) / (1 + math.exp(-2 * inverse))
        return math.tanh(c * inverse) + attraction - 1 - ratio

    if excess(1.0) <= 0:
        return 1.0
    low, high = 0.0, 1.0  # excess(0) = -1 - ratio < 0 < excess(1)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return (low + high) / 2


def collapse_threshold(temperature: float) -> float:
    """Least ``alpha / p`` from which a vanishing minority collapses fully: ``max(0, 2 tanh(1/tau) - 1)`` (claims B5, B8, ours).

    Hypotheses as in vanishing_minority_cosine. Proof: the left side of its equation at c = 1 is ``2 tanh(1/tau)``, so c = 1 iff
    ``2 tanh(1/tau) <= 1 + ratio``. QED. It falls in tau and is 0 from ``tau = 1/artanh(1/2) = 1.8205`` on: any positive alpha
    collapses the minority there. Raises ValueError for a temperature that is not positive and finite.
    """
    check_temperature(temperature)
    return max(0.0, 2 * math.tanh(1 / temperature) - 1)


def uniform_connection_cosine(blocks: int, ratio: float, temperature: float) -> float:
    """Cosine between any two blocks when all are connected alike: ``clip(1 + tau log ratio, -1/(K-1), 1)`` (claim B6, ours).

    Hypotheses: K >= 2 blocks, alpha_kk = p, alpha_kl = ratio * p for every k != l, ratio >= 0. Inside the clip and at its upper
    end (ratio >= 1: one point) for *any* shares; at the lower clip (``1 + tau log ratio < -1/(K-1)``) for equal shares only,
    which the caller must ensure.

    Proof. Let G have 1 on and x off the diagonal. Inside: ``e^{(G_kl - 1)/tau} = alpha_kl / p``, so the softmax weights are
    ``pi_l alpha_kl / degree_k`` and D = 0; f is convex and G psd for ``x >= -1/(K-1)``, so G is optimal, whatever the shares.
    Below, equal shares: f is invariant under permutations of the blocks and convex, so the mean of an optimum over all
    permutations is one: of the form G with one x in [-1/(K-1), 1]. Along it f is convex with its stationary point at
    ``1 + tau log ratio``, below the interval: the minimum is at its lower end. Above: ``theory.blockmodel.proofs``. QED.
    Raises ValueError for fewer than two blocks, a ratio that is negative or not finite, or a temperature that is not positive.
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


def exact_collapse_margin(model: BlockModel, temperature: float) -> float:
    """How far the condition for exact full collapse at finite shares is met; collapse is exact iff it is >= 0 (claim B17, ours).

    Hypotheses (checked): three blocks of which only 0 and 1 are connected to each other. With d_1 = pi_1 p_11 + pi_2 alpha,
    d_2 = pi_1 alpha + pi_2 p_22, E = e^{1/tau}, Z = (pi_1 + pi_2) E + pi_3 / E, Z_3 = (pi_1 + pi_2)/E + pi_3 E, returns

        alpha (1/d_1 + 1/d_2)  -  2E/Z  +  pi_3 / ((pi_1 + pi_2) E) * (1/Z + 1/Z_3):

    ``h_1 = h_2 = -h_3`` is an optimum of the population loss iff this is not negative.

    Proof. f is convex, so ``G = u u^T`` with u = (1, 1, -1) is optimal iff its dual matrix S = D - Diag(lambda) is psd (the
    only candidate: complementarity S u = 0 fixes the diagonal). Because S u = 0, its quadratic form at x is the sum over pairs of
    ``-S_kl u_k u_l (y_k - y_l)^2`` with y = u * x: a weighted Laplacian of three vertices, with conductances ``a = -D_12``,
    ``b = D_13``, ``c = D_23``. From ``D = (sym(Q) - sym(W)) / tau`` and W_13 = W_23 = 0:
    ``2 tau D_12 = pi_1 pi_2 [2E/Z - alpha (1/d_1 + 1/d_2)]`` and ``2 tau D_k3 = pi_k pi_3 (1/Z + 1/Z_3)/E > 0``. With
    b, c > 0 it is psd iff ``a + b c / (b + c) >= 0`` (eliminate vertex 3), where
    ``b c / (b + c) = pi_1 pi_2 pi_3 (1/Z + 1/Z_3) / (2 tau E (pi_1 + pi_2))``. Divide by ``pi_1 pi_2 / (2 tau)``. QED.
    Raises ValueError for another model, or a temperature that is not positive.
    """
    check_temperature(temperature)
    alpha = model.connectivity
    if model.blocks != 3 or alpha[0, 2] != 0 or alpha[1, 2] != 0:
        raise ValueError("model must have three blocks, of which only blocks 0 and 1 are connected to each other")
    joint, rest = float(model.proportions[0] + model.proportions[1]), float(model.proportions[2])
    decay = math.exp(-2 / temperature)  # E^-2; every term below is homogeneous in E
    scaled_z, scaled_z3 = joint + rest * decay, joint * decay + rest  # Z / E, Z_3 / E
    bond = float(alpha[0, 1]) * float((1 / model.degrees[:2]).sum())
    return bond - 2 / scaled_z + rest * decay / joint * (1 / scaled_z + 1 / scaled_z3)
