"""Closed forms at finite shares: three blocks of which two are connected (B17, B24), and any two blocks (B25). All ours.

E = e^{1/tau}; d_k is the degree of block k, ``d_k = sum_l alpha_kl pi_l``.
"""

import math

import numpy as np
from jaxtyping import Float

from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.elliptope.contrastive import check_temperature


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
    joint, rest, decay, scaled_z, scaled_z3 = _merged_sums(model, temperature)
    bond = float(model.connectivity[0, 1]) * float((1 / model.degrees[:2]).sum())
    return bond - 2 / scaled_z + rest * decay / joint * (1 / scaled_z + 1 / scaled_z3)


def exact_collapse_multipliers(model: BlockModel, temperature: float) -> Float[np.ndarray, "{model.blocks}"]:
    """Scaled multipliers ``lambda_k / pi_k`` of ``h_1 = h_2 = -h_3``, [3] (claim B24, ours): a block spreads iff its own is > 0.

    Hypotheses (checked): as in exact_collapse_margin, whose result must not be negative (else the point is no optimum).

        lambda_1 = (pi_2 alpha / 2)(1/d_1 - 1/d_2) - (pi_3/E)(3/(2Z) + 1/(2 Z_3)),   lambda_2 the same with 1 and 2 exchanged,
        lambda_3 = -((pi_1 + pi_2)/E)(1/(2Z) + 3/(2 Z_3)) < 0                         (all in units of pi_k / tau).

    So a fully collapsed minority still keeps one vector iff ``alpha pi_2 (1/d_1 - 1/d_2) <= (pi_3/E)(3/Z + 1/Z_3)``: only a block
    that is *less* connected than its partner can spread. Proof. lambda = Diag(D G) with G = u u^T, u = (1, 1, -1):
    ``lambda_1 = D_11 + D_12 - D_13``, and ``tau D_11 = pi_1^2 (E/Z - p_11/d_1)``,
    ``tau D_12 = pi_1 pi_2 [E/Z - (alpha/2)(1/d_1 + 1/d_2)]``, ``tau D_13 = pi_1 pi_3 (1/Z + 1/Z_3)/(2E)``; use
    ``pi_1 p_11 = d_1 - pi_2 alpha`` and ``(pi_1 + pi_2) E = Z - pi_3/E``. Likewise lambda_3, with ``W_33 = pi_3``. By the ball
    argument (PopulationOptimum.collapse_is_exact) one vector per block is optimal iff none is positive. QED.
    Raises ValueError if a hypothesis fails, or for a temperature that is not positive.
    """
    joint, rest, decay, scaled_z, scaled_z3 = _merged_sums(model, temperature)
    if exact_collapse_margin(model, temperature) < 0:
        raise ValueError("blocks 0 and 1 do not merge in this model: exact_collapse_margin is negative")
    shares, degrees, alpha = model.proportions, model.degrees, model.connectivity[0, 1]
    lean = alpha / 2 * (1 / degrees[0] - 1 / degrees[1])
    push = rest * decay * (1.5 / scaled_z + 0.5 / scaled_z3)
    last = -joint * decay * (0.5 / scaled_z + 1.5 / scaled_z3)
    return np.array([shares[1] * lean - push, -shares[0] * lean - push, last]) / temperature


def _merged_sums(model: BlockModel, temperature: float) -> tuple[float, float, float, float, float]:
    """pi_1 + pi_2, pi_3, E^-2, Z/E and Z_3/E; ValueError unless only blocks 0 and 1 of three are connected."""
    check_temperature(temperature)
    alpha = model.connectivity
    if model.blocks != 3 or alpha[0, 2] != 0 or alpha[1, 2] != 0:
        raise ValueError("model must have three blocks, of which only blocks 0 and 1 are connected to each other")
    joint, rest = float(model.proportions[0] + model.proportions[1]), float(model.proportions[2])
    decay = math.exp(-2 / temperature)
    return joint, rest, decay, joint + rest * decay, joint * decay + rest


def two_block_cosine(model: BlockModel, temperature: float) -> float:
    """Cosine of two blocks with any shares and connections: ``clip(1 + tau log y, -1, 1)``, y free of tau (claim B25, ours).

    Hypothesis (checked): K = 2. With ``A = alpha_12 (1/d_1 + 1/d_2)`` and ``m = pi_1 pi_2``, y >= 0 is the root of

        (1 - A m) y^2 + (1 - A (1 - 2m)) y - A m = 0,     y = 1 (the blocks merge) iff A >= 2, whatever the temperature.

    Proof. ``f`` depends on the one cosine g; with ``y = e^{(g-1)/tau}``, ``2 tau D_12 / (pi_1 pi_2)`` is
    ``y/(pi_1 + pi_2 y) + y/(pi_1 y + pi_2) - A``, strictly increasing in y from -A to 2 - A at y = 1. f is convex in g, so the
    optimum is where it vanishes, cut at g = 1 (A >= 2) and at g = -1. Multiplied out,
    ``y (1 + y) = A (m (1 + y^2) + (1 - 2m) y)``: the quadratic. QED.
    Raises ValueError for another number of blocks, or a temperature that is not positive.
    """
    check_temperature(temperature)
    if model.blocks != 2:
        raise ValueError(f"model has {model.blocks} blocks, not two")
    if (between := model.connectivity[0, 1]) == 0:
        return -1.0
    with np.errstate(over="ignore", divide="ignore"):  # beyond every float is beyond 2
        bond = float((between / model.degrees).sum())
    if bond >= 2:
        return 1.0
    product = float(model.proportions.prod())
    square, linear, constant = 1 - bond * product, 1 - bond * (1 - 2 * product), bond * product
    # square > 1/2 > 0 since A m < 2 m <= 1/2; this form of the positive root cancels nothing when linear > 0
    root = math.sqrt(linear * linear + 4 * square * constant)
    y = 2 * constant / (linear + root) if linear > 0 else (root - linear) / (2 * square)
    return max(1 + temperature * math.log(y), -1.0)
