"""The contrastive loss of a finite graph, every node free, and its certified optimum (paper B, section 3).

    minimise over unit v_1..v_n   (1/n) sum_i [ -(1/tau) mean_{j in N(i)} <v_i, v_j> + log (1/n) sum_j e^{<v_i, v_j>/tau} ],

j = i included in the log-sum-exp. On a weighted graph the mean is weighted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.blockmodel.neighbours import Neighbours
from theory.blockmodel.objective import ContrastiveObjective, check_temperature
from theory.blockmodel.population import minimise_blocks
from theory.blockmodel.sampling import Graph
from theory.blockmodel.streamed import StreamedObjective
from theory.elliptope import minimise, random_vectors
from theory.elliptope.certificate import DENSE_ORDER

# More labels than this are no block structure to start from: the start is random then.
_MOST_BLOCKS = 64
# On large graphs, the largest row of the scaled gradient at which the search stops: rounding of the kernel sums lies below.
_LARGE_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class GraphOptimum:
    """Where the search on a graph ended.

    embeddings: [n, d] unit rows. loss: in nats. gap: bound on how far it lies above the minimum over *all* dimensions.
    status: "certified", "stationary" (at this dimension the gap stays open), "not converged".
    multipliers: [n] ``n lambda_i``. gradient_norm, relative_gradient, iterations: as in theory.elliptope.Minimum.
    """

    embeddings: np.ndarray
    loss: float
    gap: float
    status: str
    multipliers: np.ndarray
    gradient_norm: float
    relative_gradient: float
    iterations: int

    def block_cosines(self, labels: np.ndarray) -> np.ndarray:
        """[K, K] mean cosine between the nodes of two blocks, in the order of the sorted labels [n]; a node meets itself too.

        So the diagonal is the squared length of a block's mean vector: 1 exactly if the block has collapsed.
        Raises ValueError for labels of another length.
        """
        labels = np.asarray(labels)
        if labels.shape != (len(self.embeddings),):
            raise ValueError(f"labels has shape {labels.shape} for {len(self.embeddings)} embeddings")
        names = np.unique(labels)
        means = np.stack([self.embeddings[labels == name].mean(axis=0) for name in names])
        return means @ means.T

    def rank(self, threshold: float = 1e-6) -> int:
        """Number of principal directions of the embeddings that carry more than ``threshold`` of the mean square."""
        spectrum = np.linalg.eigvalsh(self.embeddings.T @ self.embeddings / len(self.embeddings))
        return int((spectrum > threshold).sum())


def as_graph(graph: Any) -> Graph:
    """A Graph from a Graph, a scipy sparse matrix, a dense array, or a networkx graph (node attribute `block`)."""
    if isinstance(graph, Graph):
        return graph
    if hasattr(graph, "nodes") and hasattr(graph, "edges"):
        return Graph.from_networkx(graph)
    return Graph(graph)


def graph_objective(graph: Any, temperature: float = 1.0) -> ContrastiveObjective:
    """The graph's loss as a convex function of the nodes' Gram matrix, with n x n arrays.

    Raises ValueError for a graph without edges or with an isolated node (whose mean over neighbours does not exist).
    """
    check_temperature(temperature)
    graph = as_graph(graph)
    n, degrees = graph.nodes, _degrees(graph)
    scale = 1 / (n * degrees)
    if isinstance(graph.adjacency, np.ndarray):
        pair_weights = graph.adjacency * scale[:, None]
    else:
        adjacency = graph.adjacency.to_scipy() if isinstance(graph.adjacency, Neighbours) else graph.adjacency
        pair_weights = adjacency.astype(float).multiply(scale[:, None]).tocsr()
    return ContrastiveObjective(pair_weights, np.full(n, 1 / n), 1 / n, temperature)


def streamed_objective(graph: Any, temperature: float = 1.0) -> StreamedObjective:
    """The same function without n x n arrays: linear time, and kernel sums to 1e-13. Raises ValueError like graph_objective."""
    graph = as_graph(graph)
    return StreamedObjective(graph.adjacency, _degrees(graph), temperature)


def _degrees(graph: Graph) -> np.ndarray:
    """[n] degrees; raises ValueError for a graph without edges or with an isolated node."""
    degrees = graph.degrees
    if not degrees.any():
        raise ValueError("the graph has no edges")
    if not degrees.all():
        raise ValueError(
            f"node {int(np.flatnonzero(degrees == 0)[0])} is isolated: it has no neighbour to average over"
        )
    return degrees


def graph_loss(graph: Any, embeddings: np.ndarray, temperature: float = 1.0) -> float:
    """The graph's loss at embeddings [n, d], taken as they are (not normalised)."""
    objective = graph_objective(graph, temperature)
    if len(embeddings) != len(objective.anchor_weights):
        raise ValueError(f"{len(embeddings)} embeddings for a graph of {len(objective.anchor_weights)} nodes")
    return objective.at(np.asarray(embeddings, dtype=float)).value


def minimise_on_graph(
    graph: Any, temperature: float = 1.0, dimension: int = 10, seed: int = 0, gap_tolerance: float = 1e-8
) -> GraphOptimum:
    """Minimise the graph's loss over unit embeddings [n, dimension], with a certificate against every dimension.

    graph: Graph, scipy sparse matrix, dense array or networkx graph. With labels, the search starts from the optimum over
    one vector per block (an exact restriction of the same loss) and uses no seed; without, from ``seed``'s random vectors.
    It works in as few dimensions as the start needs, adding one only while the certificate stays open (columns not needed
    are zero). Beyond theory.elliptope.certificate.DENSE_ORDER nodes nothing of size n x n is formed and the certificate comes
    from Lanczos' method: numerical, never a proof. There every further dimension multiplies the cost, so keep it small.

    Raises ValueError for a graph that is not square, symmetric, finite and non-negative, has no edge or an isolated node,
    labels of another length, a temperature that is not positive, or a dimension outside [2, n].
    """
    graph = as_graph(graph)
    n = graph.nodes
    large = n > DENSE_ORDER
    objective = streamed_objective(graph, temperature) if large else graph_objective(graph, temperature)
    if not 2 <= dimension <= n:
        raise ValueError(f"dimension = {dimension} must lie between 2 and the number of nodes, {n}")
    start = _block_start(graph, temperature, dimension)
    if start is None:
        start = random_vectors(n, dimension, seed)
    found = minimise(
        objective,
        start,
        np.full(n, 1 / n),
        tolerance=_LARGE_TOLERANCE if large else 1e-12,
        gap_tolerance=gap_tolerance,
        max_dimension=dimension,
    )
    embeddings = np.zeros((n, dimension))
    embeddings[:, : found.vectors.shape[1]] = found.vectors
    return GraphOptimum(
        embeddings=embeddings,
        loss=found.loss,
        gap=found.gap,
        status=found.status,
        multipliers=found.multipliers,
        gradient_norm=found.gradient_norm,
        relative_gradient=found.relative_gradient,
        iterations=found.iterations,
    )


def _block_start(graph: Graph, temperature: float, dimension: int) -> np.ndarray | None:
    """The best embedding that is constant on blocks, in its own rank (at least 2, at most ``dimension``); None without blocks."""
    if graph.labels is None:
        return None
    _, labels = np.unique(graph.labels, return_inverse=True)
    blocks = int(labels.max()) + 1
    if blocks > _MOST_BLOCKS:
        return None
    members = np.eye(blocks)[labels]
    sizes = members.sum(axis=0)
    pair_weights = members.T @ (graph.adjacency @ members / (graph.nodes * graph.degrees)[:, None])
    shares = sizes / graph.nodes
    vectors = minimise_blocks(ContrastiveObjective(pair_weights, shares, shares[None, :], temperature), shares).vectors
    square, directions = np.linalg.eigh(vectors.T @ (shares[:, None] * vectors))
    rank = min(dimension, max(2, int((square > 1e-9).sum())))
    if blocks == 1:
        return np.eye(1, 2).repeat(graph.nodes, axis=0)
    return (vectors @ directions[:, -rank:])[labels]
