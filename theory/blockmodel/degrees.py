"""Degree-corrected block models: what free degrees change in the population problem, and what they do not (ours).

Node i of block k has a weight theta_i, of mean 1 within its block, and is joined with j of block l with probability
``theta_i theta_j alpha_kl`` (Karrer and Newman 2011). What follows for large dense graphs depends on how the loss weights nodes.

**By degree** (theory.blockmodel.graph, by_degree: an edge is drawn, not a node). *Theta drops out.* With the mixing matrix
``W_kl = pi_k alpha_kl pi_l / sum``, the share of edge ends between k and l, and ``omega_k = sum_l W_kl``, node i has the weight
``theta_i omega_k / (n pi_k)``, and the expected loss of one vector per block is the population problem with shares omega and
pair weights W,

    -(1/tau) sum_kl W_kl G_kl + sum_k omega_k log sum_l omega_l e^{G_kl/tau}.

Statement. At such an embedding every node of block k has the population's scaled multiplier ``lambda_k / omega_k``, and nodes
of one block have parallel gradients: a stationary point of the blocks is one of the nodes, and collapse is exact under the same
condition as in PopulationOptimum.collapse_is_exact. Proof: with R the block problem's gradient, the nodes' is ``D_ij = theta_i
theta_j R_kl / (n^2 pi_k pi_l)``, so ``(D V)_i = theta_i / (n pi_k) sum_l R_kl h_l``; the ball's argument is the same, means
being weighted by theta. QED.

**By node** (the project's own loss, every node weighing 1/n). Neighbours are drawn in proportion to theta, so one vector per
block has the loss of the plain model, whatever theta. *But it is no stationary point:* as an anchor a node is pulled as
strongly as the others, as a neighbour in proportion to theta_i, so that ``(D V)_i = x_k - theta_i y_k`` with y_k in general not
parallel to h_k. Nodes of one block and different degrees part: what collapses are *types*, the nodes of one block and one
theta. The population problem is that of the block model whose blocks are the types, with shares ``pi_k nu_kt`` and connectivity
``theta_t theta_u alpha_kl``: `types`, to which all of theory.blockmodel applies.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from contrastive_claims.theory.blockmodel.balls import PairModel
from contrastive_claims.theory.blockmodel.estimate import labelled_graph
from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.sampling import Graph

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class DegreeCorrectedModel:
    """K blocks of shares pi [K] and connectivity alpha [K, K], and the degree weights of their nodes.

    weights: theta [L], or [K, L]: the L values that a block's nodes have, positive, of mean 1. weight_shares: nu [L] or [K, L],
    how many of them have each, of sum 1 (default: all equally many); a share of 0 leaves that value out. Raises ValueError as
    BlockModel does, for weights that do not fit, and where a probability ``theta_t theta_u alpha_kl`` exceeds 1.
    """

    blocks: BlockModel
    weights: np.ndarray
    weight_shares: np.ndarray

    def __init__(
        self,
        proportions: ArrayLike,
        connectivity: ArrayLike,
        weights: ArrayLike,
        weight_shares: ArrayLike | None = None,
    ) -> None:
        blocks = BlockModel(proportions, connectivity)
        theta = np.asarray(weights, dtype=float)
        levels = theta.shape[-1] if theta.ndim else 0
        if levels == 0 or theta.shape not in ((levels,), (blocks.blocks, levels)):
            raise ValueError(f"weights must be [L] or [{blocks.blocks}, L], not of shape {theta.shape}")
        nu = np.full(levels, 1 / levels) if weight_shares is None else np.asarray(weight_shares, dtype=float)
        if nu.shape not in ((levels,), (blocks.blocks, levels)):
            raise ValueError(
                f"weight_shares must be [{levels}] or [{blocks.blocks}, {levels}], not of shape {nu.shape}"
            )
        theta, nu = (np.broadcast_to(part, (blocks.blocks, levels)).copy() for part in (theta, nu))
        if not ((theta > 0) & np.isfinite(theta)).all():
            raise ValueError("weights must be positive and finite")
        if not (nu >= 0).all() or not (abs(nu.sum(1) - 1) <= _ROUNDING).all():
            raise ValueError("weight_shares must be shares, of sum 1 in every block")
        means = (nu * theta).sum(1)
        for k in np.flatnonzero(~(abs(means - 1) <= _ROUNDING)):
            raise ValueError(f"weights of block {k} have the mean {means[k]:.10g}, not 1")
        for part in (theta, nu):
            part.setflags(write=False)
        object.__setattr__(self, "blocks", blocks)
        object.__setattr__(self, "weights", theta)
        object.__setattr__(self, "weight_shares", nu)
        self._probabilities()

    @property
    def by_degree(self) -> PairModel:
        """The population problem of nodes weighted by degree, for minimise_population, nearest_groups and minimise_spectral."""
        shares, alpha = self.blocks.proportions, self.blocks.connectivity
        pairs = shares[:, None] * alpha * shares
        pairs = pairs / pairs.sum()
        return PairModel(pairs.sum(1), pairs)

    @property
    def types(self) -> BlockModel:
        """The block model of the types, in the order of `type_blocks`: the population problem of nodes that weigh the same."""
        kept = self.weight_shares.ravel() > 0
        shares = (self.blocks.proportions[:, None] * self.weight_shares).ravel()[kept]
        return BlockModel(shares / shares.sum(), self._probabilities())

    @property
    def type_blocks(self) -> np.ndarray:
        """[T] block of each type."""
        return np.nonzero(self.weight_shares > 0)[0]

    @property
    def type_weights(self) -> np.ndarray:
        """[T] theta of each type."""
        return self.weights[self.weight_shares > 0]

    def sample(self, n: int, seed: int) -> Graph:
        """One graph of n nodes, labelled by block; types have the sizes nearest to their shares. Raises ValueError for an empty
        type."""
        graph = self.types.sample(n, seed=seed)
        assert graph.labels is not None
        return Graph(graph.adjacency, self.type_blocks[graph.labels])

    @classmethod
    def from_graph(
        cls, graph: Any, labels: Any = None, *, groups: Sequence[Hashable] | None = None, levels: int = 4
    ) -> "DegreeCorrectedModel":
        """The model of a labelled graph: shares and connectivity as BlockModel.from_graph, theta from the degrees.

        theta_i is the degree over its block's mean degree (self loops left out); a block's nodes are ordered by it and cut into
        `levels` parts of equal number, each with its mean (no more parts than the block has nodes with edges). All connectivities
        are divided by the largest ``theta_t theta_u alpha_kl`` where that exceeds 1, of which neither population problem depends.
        Raises ValueError as BlockModel.from_graph, for levels below 1, and for a node without edges.
        """
        if levels != int(levels) or levels < 1:
            raise ValueError(f"levels = {levels} must be a whole number, at least 1")
        taken, member, _ = labelled_graph(graph, labels, groups)
        model = BlockModel.from_graph(graph, labels, groups=groups)
        adjacency = taken.adjacency
        degrees = taken.degrees - np.asarray(adjacency.diagonal(), dtype=float)
        if (degrees <= 0).any():
            raise ValueError(f"node {int(np.argmin(degrees))} has no edges")
        theta = np.zeros((model.blocks, int(levels)))
        nu = np.zeros_like(theta)
        for k in range(model.blocks):
            own = np.sort(degrees[member[:, k] > 0])
            parts = np.array_split(own / own.mean(), min(int(levels), len(own)))
            theta[k, : len(parts)], nu[k, : len(parts)] = [p.mean() for p in parts], [len(p) for p in parts]
        theta[nu == 0] = 1.0
        nu /= nu.sum(1, keepdims=True)
        theta /= (theta * nu).sum(1, keepdims=True)
        largest = np.where(nu > 0, theta, 0).max(1)
        alpha = model.connectivity / max(1.0, float((largest[:, None] * model.connectivity * largest).max()))
        return cls(model.proportions, alpha, theta, nu)

    def _probabilities(self) -> np.ndarray:
        """[T, T] connectivity of the types."""
        block, theta = self.type_blocks, self.type_weights
        found = theta[:, None] * self.blocks.connectivity[np.ix_(block, block)] * theta
        if found.max() > 1 + _ROUNDING:
            t, u = (int(index) for index in np.unravel_index(int(found.argmax()), found.shape))
            raise ValueError(
                f"weights {theta[t]:.6g} of block {block[t]} and {theta[u]:.6g} of block {block[u]} are joined with "
                f"probability {found[t, u]:.6g}, above 1"
            )
        return np.minimum((found + found.T) / 2, 1.0)
