"""The spectral contrastive loss on block models and graphs, beside InfoNCE: on the sphere by the same solver, and in closed form.

    minimise   -2 s sum_kl W_kl G_kl + s^2 sum_kl pi_k pi_l G_kl^2          (HaoChen, Wei, Gaidon and Ma 2021; W as in population)

over the Gram matrices G of features, one for each block. There are two problems.

*On the sphere* (every feature of squared length s, G the cosines) it is convex over the elliptope and strictly so in the
cosines: one optimum, with a certificate (theory.elliptope.spectral). Where the psd constraint does not bind, ``G_kl = W_kl / (s
pi_k pi_l)`` (W symmetrised), cut at 1 for two blocks: blocks without a link are orthogonal, not apart as under InfoNCE. s plays
the part of an inverse temperature: as it grows all blocks become orthogonal, as it falls those that are linked merge.

*Free* (features of any length in d dimensions; s = 1, as published): with ``N = Pi^-1/2 sym(W) Pi^-1/2`` the loss is ``|M -
N|^2 - |N|^2``, ``M = Pi^1/2 G Pi^1/2``, so by Eckart and Young M keeps the d largest eigenvalues of N, the positive ones, and
the loss is minus the sum of their squares. With weights by degree N is the normalised adjacency (its spectral embedding).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from contrastive_claims.theory.blockmodel.balls import PairModel
from contrastive_claims.theory.blockmodel.graph import as_graph, node_weights, pair_weights
from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.population import COSINE_TOLERANCE, GEOMETRY_OPEN
from contrastive_claims.theory.elliptope import minimise
from contrastive_claims.theory.elliptope.spectral import SpectralObjective

_GAP_TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class SpectralOptimum:
    """Certified optimum on the sphere. vectors: [K, K] unit rows. gram: [K, K] cosines. loss: the minimum. gap: bound on how
    far the loss lies above it. multipliers: [K], as in PopulationOptimum. cosine_errors: [K, K] bounds on each cosine's
    distance to the optimum's. status: as in PopulationOptimum."""

    vectors: np.ndarray
    gram: np.ndarray
    loss: float
    gap: float
    multipliers: np.ndarray
    cosine_errors: np.ndarray
    status: str


def spectral_objective(model: BlockModel | PairModel, scale: float = 1.0) -> SpectralObjective:
    """The population loss, as a convex function of the blocks' Gram matrix of cosines."""
    return SpectralObjective(model.pair_weights, model.proportions, scale)


def graph_spectral_objective(graph: Any, scale: float = 1.0, by_degree: bool = False) -> SpectralObjective:
    """The loss of a graph, every node free, without n x n arrays where its adjacency is sparse; weights as graph_objective's.

    Raises ValueError for a graph without edges or with an isolated node, or a scale that is not positive.
    """
    graph = as_graph(graph)
    return SpectralObjective(pair_weights(graph, by_degree), node_weights(graph, by_degree), scale)


def minimise_spectral(model: BlockModel | PairModel, scale: float = 1.0) -> SpectralOptimum:
    """Global minimum on the sphere of squared radius `scale`. Deterministic. Raises ValueError for a scale that is not
    positive."""
    objective, shares = spectral_objective(model, scale), model.proportions
    found = minimise(objective, np.eye(len(shares)), shares, gap_tolerance=_GAP_TOLERANCE * min(1.0, scale) ** 2)
    gram = found.vectors @ found.vectors.T
    errors, status = objective.cosine_errors(found.gap), found.status
    if status == "certified" and errors.max() > COSINE_TOLERANCE:
        status = GEOMETRY_OPEN
    return SpectralOptimum(found.vectors, (gram + gram.T) / 2, found.loss, found.gap, found.multipliers, errors, status)


def free_spectral(model: BlockModel | PairModel, dimension: int | None = None) -> tuple[np.ndarray, float]:
    """(inner products [K, K], loss) at the minimum over features of any length in `dimension` dimensions (default: K); closed
    form.

    Raises ValueError for a dimension below 1.
    """
    order = model.blocks
    kept = order if dimension is None else dimension
    if kept != int(kept) or kept < 1:
        raise ValueError(f"dimension = {dimension} must be a whole number, at least 1")
    root = np.sqrt(model.proportions)
    pairs = model.pair_weights
    values, vectors = np.linalg.eigh((pairs + pairs.T) / 2 / root[:, None] / root)
    values, vectors = values[::-1][: int(kept)].clip(0), vectors[:, ::-1][:, : int(kept)]
    rows = vectors * np.sqrt(values) / root[:, None]
    return rows @ rows.T, -float((values**2).sum())
