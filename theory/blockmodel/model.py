"""The stochastic block model: shares of the blocks and connection probabilities between them (paper B, section 3)."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from contrastive_claims.theory.blockmodel.estimate import estimate_blocks
from contrastive_claims.theory.blockmodel.sampling import Graph, nearest_sizes, sample_graph


@dataclass(frozen=True, eq=False)
class BlockModel:
    """K blocks; a node lies in block k with probability pi_k; nodes of blocks k and l are joined with probability alpha_kl.

    proportions: [K] shares pi, positive, of sum 1. connectivity: [K, K] alpha, symmetric, in [0, 1].
    Both are stored as read-only float arrays. Raises ValueError, naming the entry, for anything else, and for an isolated
    block (one whose connectivities are all zero: its nodes have no neighbour to average over).
    """

    proportions: np.ndarray
    connectivity: np.ndarray

    def __init__(self, proportions: ArrayLike, connectivity: ArrayLike) -> None:
        shares, alpha = _real(proportions, "proportions"), _real(connectivity, "connectivity")
        _check_shares(shares)
        _check_connectivity(alpha, len(shares))
        shares.setflags(write=False)
        alpha.setflags(write=False)
        object.__setattr__(self, "proportions", shares)
        object.__setattr__(self, "connectivity", alpha)

    @property
    def blocks(self) -> int:
        """K."""
        return len(self.proportions)

    @property
    def degrees(self) -> Float[np.ndarray, "{self.blocks}"]:
        """[K] expected degree over n of a node of block k: ``sum_m alpha_km pi_m``."""
        return self.connectivity @ self.proportions

    @property
    def pair_weights(self) -> Float[np.ndarray, "{self.blocks} {self.blocks}"]:
        """[K, K] ``W_kl = pi_k alpha_kl pi_l / degree_k``: how often an anchor of block k is paired with block l; sum 1."""
        return self.proportions[:, None] * self.connectivity * self.proportions / self.degrees[:, None]

    def sample(self, n: int | None = None, *, sizes: tuple[int, ...] | None = None, seed: int) -> Graph:
        """One graph: of n nodes, in blocks of the sizes nearest to ``n pi`` (largest remainders), or of the given sizes.

        Nodes are ordered by block. The same arguments give the same graph. Raises ValueError unless exactly one of n and
        sizes is given, or if a block would hold no node.
        """
        if (n is None) == (sizes is None):
            raise ValueError("give either n or sizes")
        if n is not None and (n != int(n) or n < 1):
            raise ValueError(f"n = {n} must be a whole, positive number of nodes")
        counts = nearest_sizes(int(n), self.proportions) if n is not None else np.asarray(sizes)
        if counts.shape != self.proportions.shape:
            raise ValueError(f"sizes has {counts.size} entries for {self.blocks} blocks")
        return sample_graph(counts, self.connectivity, seed)

    @classmethod
    def from_graph(cls, graph: Any, labels: Any = None, *, groups: Sequence[Hashable] | None = None) -> "BlockModel":
        """The block model of a real graph: shares and connectivity estimated from its labelled nodes.

        graph: a networkx graph (edge attribute `weight`), Graph, square array or scipy sparse matrix. labels: one per node, in
        the nodes' order (or a mapping from networkx nodes; default: the graph's own). groups: the blocks' names in order
        (default: the labels, sorted). Raises ValueError as theory.blockmodel.estimate.estimate_blocks, which says how.
        """
        shares, connectivity = estimate_blocks(graph, labels, groups)
        return cls(shares, connectivity)


def minority_model(share: float, alpha: float, within: float = 0.95) -> BlockModel:
    """The published study: three blocks, the minority block 0 of the given share tied to block 1 by alpha, block 2 apart.

    pi = (share, (1 - share)/2, (1 - share)/2), alpha_kk = within, alpha_01 = alpha, all else 0 (paper B, figure 2).
    """
    rest = (1 - share) / 2
    return BlockModel([share, rest, rest], [[within, alpha, 0], [alpha, within, 0], [0, 0, within]])


def biased_model(
    aligned: float, within: float, same_bias: float, same_class: float, neither: float = 0.0, classes: int = 2
) -> BlockModel:
    """Paper B's graph with paper A's bias-conflicting groups as minorities: block ``y * classes + b`` is (class y, bias b).

    aligned: rho, the share of the groups with b = y within their class; the others divide ``1 - rho`` equally, and classes
    are balanced. Two nodes are joined with probability ``within`` (same class and bias), ``same_bias`` (beta),
    ``same_class`` (gamma) or ``neither`` (delta). Raises ValueError for less than
    2 or more than 100 classes, or rho outside (0, 1).
    """
    if not 2 <= classes <= 100:
        raise ValueError(f"classes = {classes}: a biased graph needs at least two, and its matrix holds at most 100")
    if not 0 < aligned < 1:
        raise ValueError(f"aligned = {aligned} must lie strictly between 0 and 1")
    label, bias = np.divmod(np.arange(classes**2), classes)
    shares = np.where(label == bias, aligned, (1 - aligned) / (classes - 1)) / classes
    class_too, bias_too = label[:, None] == label, bias[:, None] == bias
    alpha = np.where(class_too, np.where(bias_too, within, same_class), np.where(bias_too, same_bias, neither))
    return BlockModel(shares, alpha)


def _real(entries: ArrayLike, name: str) -> np.ndarray:
    """A copy as floats; ValueError naming it for anything that is not a real number."""
    given = np.asarray(entries)
    if given.dtype.kind not in "buif":
        raise ValueError(f"{name} must hold real numbers, not {given.dtype}")
    return np.array(given, dtype=float)


def _check_shares(shares: np.ndarray) -> None:
    if shares.ndim != 1 or shares.size == 0:
        raise ValueError(f"proportions must be a non-empty vector, not of shape {shares.shape}")
    for k, share in enumerate(shares):
        if not (np.isfinite(share) and share > 0):
            raise ValueError(f"proportions[{k}] = {share:.10g} is not a positive share")
    if abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"proportions sum to {shares.sum():.10g}, not 1")


def _check_connectivity(alpha: np.ndarray, blocks: int) -> None:
    if alpha.shape != (blocks, blocks):
        raise ValueError(f"connectivity has shape {alpha.shape}, not {(blocks, blocks)}")
    for k, m in np.argwhere(~((alpha >= 0) & (alpha <= 1))):  # NaN fails both comparisons
        raise ValueError(f"connectivity[{k}, {m}] = {alpha[k, m]:.10g} is not a probability")
    for k, m in np.argwhere(alpha != alpha.T):
        raise ValueError(f"connectivity[{k}, {m}] = {alpha[k, m]:.10g} but connectivity[{m}, {k}] = {alpha[m, k]:.10g}")
    for k in np.flatnonzero(~alpha.any(axis=1)):
        raise ValueError(f"block {k} is isolated: its row of the connectivity is all zero")
