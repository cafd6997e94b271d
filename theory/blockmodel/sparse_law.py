"""When sparse graphs still collapse: the multipliers of the population against the noise of the graph's spectrum (B23, ours).

At an optimum of the graph's loss write ``f_i = -n lambda_i`` for the force that holds node i (``n D V = -f V``); at the collapsed
point f_i is near ``mu_k = -lambda_k / pi_k``, the population's scaled multiplier. Off the range of V the repulsion has almost
no spectrum, so there

    n S  =  Diag(f) - (1/tau) X,      X = the centred, degree-normalised adjacency.

Rows of X in block k hold about deg_k entries of size 1/deg_k: by the semicircle law its spectrum ends near ``2 / sqrt(deg_k)``,
and S stays positive semidefinite, collapse at the population's rank being optimal, if and only if to leading order

    tau mu_k > 2 / sqrt(deg_k)  for every block,       that is     deg_k > (2 / (tau mu_k))^2.

This is a derivation to leading order, not a proof: the fluctuation of f_i raises the constant 4 slowly with n (single nodes
of weak force leave the bulk at a level that grows like log n), and a light block bound by heavy ones is only approximated.
"""

import numpy as np

from contrastive_claims.theory.blockmodel.graph import GraphOptimum, graph_objective
from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.population import minimise_population
from contrastive_claims.theory.elliptope.contrastive import check_temperature

_EXCLUDED = 1e-8  # principal directions of V with less of the mean square than this are not part of its range


def critical_degree(model: BlockModel, temperature: float = 1.0) -> float:
    """Least mean degree at which graphs with the model's pattern collapse: ``max_k (2 / (tau mu_k))^2 mean_degree / deg_k``.

    Only the pattern counts: connectivities scaled by one factor give the same number. Infinite where a multiplier is not
    negative: there no degree is enough (claim B2). Raises ValueError for a temperature that is not positive.
    """
    optimum = minimise_population(model, temperature)
    if (optimum.multipliers >= -optimum.multiplier_errors).any():
        return float("inf")
    relative = model.degrees / (model.degrees @ model.proportions)
    return float(((2 / (temperature * optimum.multipliers)) ** 2 / relative).max())


def simplex_force(blocks: int, temperature: float) -> float:
    """``tau mu`` of K balanced, disconnected blocks: ``K / (u + K - 1)`` with ``u = e^{K / ((K - 1) tau)}``.

    Proof. At the simplex ETF an anchor sees its own block with kernel weight ``E = e^{1/tau}`` and the K - 1 others, at cosine
    ``-1/(K-1)``, with ``F = e^{-1/((K-1) tau)}``, so ``tau (D V)_k . v_k / pi_k = (E - F) / (E + (K - 1) F) - 1 =
    -K F / (E + (K - 1) F)``, and ``E / F = u``. QED. So collapse needs a degree of about ``(2 (u + K - 1) / K)^2``: it grows like
    ``e^{2 K / ((K - 1) tau)}`` as the temperature falls. Raises ValueError for fewer than two blocks.
    """
    check_temperature(temperature)
    if blocks < 2:
        raise ValueError(f"blocks = {blocks}: a simplex needs at least two")
    return blocks / (np.exp(blocks / ((blocks - 1) * temperature)) + blocks - 1)


def thinned(model: BlockModel, nodes: int, degree: float) -> BlockModel:
    """The model's pattern scaled to the given mean degree on n nodes.

    Raises ValueError if a connectivity would exceed 1.
    """
    factor = degree / (nodes * float(model.degrees @ model.proportions))
    largest = factor * float(model.connectivity.max())
    if largest > 1:
        raise ValueError(f"degree = {degree:g} on {nodes} nodes needs a connectivity of {largest:.3g}, above 1")
    return BlockModel(model.proportions, factor * model.connectivity)


def slack_edge(adjacency: object, optimum: GraphOptimum, temperature: float = 1.0) -> float:
    """Smallest eigenvalue of ``n S`` at an optimum off the range of its embeddings, where S vanishes anyway.

    Positive: certified, by that margin. Negative: minus the gap. It crosses zero where collapse ends. Dense: O(n^3).
    """
    from scipy.linalg import eigh

    vectors = optimum.embeddings
    n = len(vectors)
    slack = n * graph_objective(adjacency, temperature).at(vectors).dense_gradient()
    slack[np.diag_indices(n)] -= optimum.multipliers
    left, size, _ = np.linalg.svd(vectors, full_matrices=False)
    left = left[:, size**2 > _EXCLUDED * n]
    slack += (np.abs(slack).sum(axis=1).max() * left) @ left.T  # moves the range of V out of the way
    return float(eigh(slack, subset_by_index=(0, 0), eigvals_only=True, check_finite=False)[0])
