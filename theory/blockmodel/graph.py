"""The contrastive loss of a finite graph, every node free, and its certified optimum (paper B, section 3).

    minimise over unit v_1..v_n   (1/n) sum_i [ -(1/tau) mean_{j in N(i)} <v_i, v_j> + log (1/n) sum_j e^{<v_i, v_j>/tau} ],

j = i included in the log-sum-exp. On a weighted graph the mean is weighted.

`by_degree` weights nodes by their degrees d_i (of sum 2m) in place of 1/n, as anchors and in the sums: edges are drawn, not
nodes,

    -(1/tau) sum_ij (A_ij / 2m) <v_i, v_j> + sum_i (d_i / 2m) log sum_j (d_j / 2m) e^{<v_i, v_j>/tau}.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from contrastive_claims.theory.blockmodel.device import on_device
from contrastive_claims.theory.blockmodel.neighbours import Neighbours
from contrastive_claims.theory.blockmodel.population import (
    COSINE_TOLERANCE,
    GEOMETRY_OPEN,
    MOST_REFINED,
    minimise_blocks,
    refined_vectors,
)
from contrastive_claims.theory.blockmodel.sampling import Graph, by_node
from contrastive_claims.theory.blockmodel.streamed import CompactObjective, StreamedObjective
from contrastive_claims.theory.elliptope import minimise, random_vectors
from contrastive_claims.theory.elliptope.arrays import Array, like, namespace, to_numpy
from contrastive_claims.theory.elliptope.certificate import DENSE_ORDER
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective, check_temperature
from contrastive_claims.theory.elliptope.geometry import MOST_ROWS, OPEN
from contrastive_claims.theory.elliptope.threads import threads_limited
from contrastive_claims.theory.elliptope.trust_region import Iterate, Observe, Tally

# More labels than this are no block structure to start from: the start is random then.
_MOST_BLOCKS = 64
# On large graphs, the largest row of the scaled gradient at which the search stops: rounding of the kernel sums lies below.
_LARGE_TOLERANCE = 1e-9
# Below it, forces between opposite vectors, e^{-2/tau} of those between equal ones, are small enough to ask for the geometry.
LOW_TEMPERATURE = 0.2
_MOST_STEPS = 5000  # of either kind
# Up to this many nodes a second BLAS thread costs more than it saves.
_ONE_THREAD_NODES = 1024


@dataclass(frozen=True, eq=False)
class GraphOptimum:
    """Where the search on a graph ended.

    embeddings: [n, d] unit rows. loss: in nats. gap: bound on how far it lies above the minimum over *all* dimensions. status:
    "certified", "loss certified, geometry not" (the gap closes, but the loss hardly depends on some cosine: below a temperature
    of LOW_TEMPERATURE, or where `geometry` was asked for), "stationary" (at this dimension the gap stays open), "not
    converged". cosine_error: bound on how far any cosine lies from the optimum's (theory.elliptope.geometry; 2: nothing is
    known; NaN: not computed). multipliers: [n] ``lambda_i`` over the node's weight, 1/n or by degree. gradient_norm,
    relative_gradient, iterations: as in theory.elliptope.Minimum.
    """

    embeddings: np.ndarray
    loss: float
    gap: float
    status: str
    multipliers: np.ndarray
    gradient_norm: float
    relative_gradient: float
    iterations: int
    cosine_error: float = float("nan")

    def block_cosines(self, labels: np.ndarray) -> np.ndarray:
        """[K, K] mean cosine between the nodes of two blocks, in the order of the sorted labels [n]; a node meets itself too.

        So the diagonal is the squared length of a block's mean vector: 1 exactly if the block has collapsed.
        Raises ValueError for labels of another length.
        """
        labels = np.asarray(by_node(labels, range(len(self.embeddings))))
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


def node_weights(graph: Graph, by_degree: bool) -> np.ndarray:
    """[n] weights of the nodes, of sum 1. Raises ValueError for a graph without edges or with an isolated node (whose mean over
    neighbours does not exist)."""
    degrees = _degrees(graph)
    return degrees / degrees.sum() if by_degree else np.full(graph.nodes, 1 / graph.nodes)


def pair_weights(graph: Graph, by_degree: bool) -> Any:
    """W [n, n], how often each pair is drawn, of sum 1: a numpy array or scipy sparse matrix, as the adjacency is."""
    scale = node_weights(graph, by_degree) / graph.degrees
    if isinstance(graph.adjacency, np.ndarray):
        return graph.adjacency * scale[:, None]
    adjacency = graph.adjacency.to_scipy() if isinstance(graph.adjacency, Neighbours) else graph.adjacency
    return adjacency.astype(float).multiply(scale[:, None]).tocsr()


def graph_objective(graph: Any, temperature: float = 1.0, by_degree: bool = False) -> ContrastiveObjective:
    """The graph's loss as a convex function of the nodes' Gram matrix, with n x n arrays. Raises ValueError as node_weights."""
    check_temperature(temperature)
    graph = as_graph(graph)
    weights = node_weights(graph, by_degree)
    kernel = weights[None, :] if by_degree else 1 / graph.nodes
    return ContrastiveObjective(pair_weights(graph, by_degree), weights, kernel, temperature)


def streamed_objective(
    graph: Any, temperature: float = 1.0, workers: int = 1, by_degree: bool = False
) -> StreamedObjective:
    """The same function without n x n arrays: linear time, by `workers` threads. Raises ValueError like graph_objective."""
    graph = as_graph(graph)
    adjacency = graph.adjacency
    multiply = (
        (lambda both: adjacency.multiply(both, workers))
        if isinstance(adjacency, Neighbours)
        else (lambda both: adjacency @ both)
    )
    weights = node_weights(graph, by_degree)
    attract = _attraction(multiply, weights / graph.degrees)
    return StreamedObjective(attract, graph.nodes, temperature, workers, weights if by_degree else None)


def _attraction(multiply: Callable[[Array], Array], pace: Array) -> Callable[[Array], Array]:
    """X to sym(W) X, [n, c], in one pass over the edges, from X to A X and the nodes' weights over their degrees [n]."""
    pace = pace[:, None]

    def attract(vectors: Array) -> Array:
        width = vectors.shape[1]
        both = multiply(namespace(vectors).concatenate([vectors, pace * vectors], 1))
        return (pace * both[:, :width] + both[:, width:]) / 2

    return attract


def _search_objective(
    graph: Graph, temperature: float, device: str | None, workers: int, by_degree: bool
) -> tuple[StreamedObjective, Array]:
    """What the search minimises, and the nodes' weights in the kind of array that it works on."""
    n, weights = graph.nodes, node_weights(graph, by_degree)
    small = n <= DENSE_ORDER
    if device is None:
        if small:
            dense = graph_objective(graph, temperature, by_degree)
            return CompactObjective(dense, n, weights if by_degree else None), weights
        return streamed_objective(graph, temperature, workers, by_degree), weights
    adjacency, degrees = on_device(graph, graph.degrees, device, dense=small)
    weights = like(weights, degrees)
    pace, given = weights / degrees, weights if by_degree else None
    if small:
        kernel = weights[None, :] if by_degree else 1 / n
        dense = ContrastiveObjective(adjacency * pace[:, None], weights, kernel, temperature)
        return CompactObjective(dense, n, given), weights
    return StreamedObjective(_attraction(adjacency.matmul, pace), n, temperature, 1, given), weights


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


def graph_loss(graph: Any, embeddings: np.ndarray, temperature: float = 1.0, by_degree: bool = False) -> float:
    """The graph's loss at embeddings [n, d], taken as they are (not normalised)."""
    objective = graph_objective(graph, temperature, by_degree)
    if np.ndim(embeddings) != 2:
        raise ValueError(f"embeddings: must be [n, d], got shape {np.shape(embeddings)}")
    if len(embeddings) != len(objective.anchor_weights):
        raise ValueError(f"{len(embeddings)} embeddings for a graph of {len(objective.anchor_weights)} nodes")
    embeddings = np.asarray(embeddings, dtype=float)
    with np.errstate(over="ignore"):
        longest = np.square(embeddings).sum(axis=1).max(initial=0.0) / temperature
    if np.isinf(longest) and np.isfinite(embeddings).all():
        raise ValueError("embeddings: so long that their inner products over the temperature overflow")
    return objective.at(embeddings).value


def minimise_on_graph(
    graph: Any,
    temperature: float = 1.0,
    dimension: int = 10,
    seed: int = 0,
    gap_tolerance: float = 1e-8,
    device: str | None = None,
    observe: Observe | None = None,
    geometry: bool | None = None,
    tolerance: float | None = None,
    max_seconds: float | None = None,
    certify: bool = True,
    by_degree: bool = False,
) -> GraphOptimum:
    """Minimise the graph's loss over unit embeddings [n, dimension], with a certificate against every dimension.

    graph: Graph, scipy sparse matrix, dense array or networkx graph. With labels, the search starts from the optimum over
    one vector per block (an exact restriction of the same loss) and uses no seed; without, from ``seed``'s random vectors.
    It works in as few dimensions as the start needs, adding one only while the certificate stays open (columns not needed
    are zero). Beyond theory.elliptope.certificate.DENSE_ORDER nodes nothing of size n x n is formed and the certificate comes
    from Lanczos' method: numerical, never a proof. There every further dimension multiplies the cost, so keep it small.

    geometry: whether to bound every cosine's distance to the optimum's too, which costs several times the search on a small graph
    (None: below LOW_TEMPERATURE, where the loss says little of them). Beyond theory.elliptope.geometry.MOST_ROWS nodes it is not
    to be had, and the status of a closed gap is then "loss certified, geometry not".

    tolerance: largest row of the scaled gradient at which the search stops (default 1e-12, and 1e-9 beyond DENSE_ORDER nodes).
    max_seconds: wall time after which it stops where it is, "not converged" unless the certificate closes all the same.
    by_degree: nodes weighted by their degrees, as the module says (degree-corrected models: theory.blockmodel.degrees).
    certify=False leaves the certificate out: gap infinite, status at best "stationary".

    device: None for numpy on the CPU, with as many threads as BLAS may use (OMP_NUM_THREADS) where that pays; or a torch
    device with double precision ("cpu", "cuda"). observe: as in theory.elliptope.minimise.

    Raises ValueError for a graph that is not square, symmetric, finite and non-negative, has no edge or an isolated node,
    labels of another length, a temperature that is not positive, a dimension outside [2, n], or a device that is not here.
    """
    check_temperature(temperature)
    graph = as_graph(graph)
    n = graph.nodes
    if dimension != int(dimension) or not 2 <= dimension <= n:
        raise ValueError(f"dimension = {dimension} must be a whole number between 2 and the number of nodes, {n}")
    dimension = int(dimension)
    if tolerance is not None and not 0 < tolerance < np.inf:
        raise ValueError(f"tolerance = {tolerance} must be positive and finite")
    if max_seconds is not None and not max_seconds > 0:
        raise ValueError(f"max_seconds = {max_seconds} must be positive")
    large, start = n > DENSE_ORDER, None
    watch = observe if max_seconds is None else _until(time.monotonic() + max_seconds, observe)
    with threads_limited(1 if large or n <= _ONE_THREAD_NODES else None) as workers:
        objective, weights = _search_objective(graph, temperature, device, workers, by_degree)
        if graph.labels is not None:
            start = _block_start(graph.labels, objective.attract, weights, temperature, dimension)
        found = minimise(
            objective,
            like(random_vectors(n, dimension, seed) if start is None else start, weights),
            weights,
            tolerance=tolerance or (_LARGE_TOLERANCE if large else 1e-12),
            gap_tolerance=gap_tolerance,
            max_dimension=dimension,
            max_iterations=_MOST_STEPS,
            certify=certify,
            observe=watch,
            afar=start is None,
        )
    embeddings = np.zeros((n, dimension))
    embeddings[:, : found.vectors.shape[1]] = to_numpy(found.vectors)
    status, cosine_error = found.status, float("nan")
    if geometry or (geometry is None and temperature < LOW_TEMPERATURE):
        cosine_error = OPEN
        if n <= MOST_ROWS:
            rows = embeddings[:, : found.vectors.shape[1]]
            cosine_error = float(graph_objective(graph, temperature, by_degree).cosine_errors(rows).max())
        if status == "certified" and cosine_error > COSINE_TOLERANCE:
            status = GEOMETRY_OPEN
    return GraphOptimum(
        embeddings=embeddings,
        loss=found.loss,
        gap=found.gap,
        status=status,
        multipliers=found.multipliers,
        gradient_norm=found.gradient_norm,
        relative_gradient=found.relative_gradient,
        iterations=found.iterations,
        cosine_error=cosine_error,
    )


def _until(end: float, observe: Observe | None) -> Observe:
    """`observe`, which stops the search from `end` (a monotonic time) on too."""

    def watch(tally: Tally, here: Iterate) -> bool:
        told = observe is not None and observe(tally, here)
        return told or time.monotonic() >= end

    return watch


def _block_start(
    labels: np.ndarray, attract: Callable[[Array], Array], weights: Array, temperature: float, dimension: int
) -> np.ndarray | None:
    """The best embedding that is constant on blocks, in its own rank (at least 2, at most ``dimension``); None for many blocks.

    attract: X to sym(W) X, on the kind of array of the weights [n].
    """
    _, labels = np.unique(labels, return_inverse=True)
    blocks = int(labels.max()) + 1
    if blocks > _MOST_BLOCKS:
        return None
    members = np.eye(blocks)[labels]
    pairs = members.T @ to_numpy(attract(like(members, weights)))
    shares = members.T @ to_numpy(weights)
    shares /= shares.sum()
    found = minimise_blocks(ContrastiveObjective(pairs, shares, shares[None, :], temperature), shares)
    vectors = found.vectors
    if found.status == GEOMETRY_OPEN and 1 < blocks <= MOST_REFINED:
        vectors = refined_vectors(shares, pairs, temperature, found.gram)
    square, directions = np.linalg.eigh(vectors.T @ (shares[:, None] * vectors))
    rank = min(dimension, max(2, int((square > 1e-9).sum())))
    if blocks == 1:
        return np.eye(1, 2).repeat(len(labels), axis=0)
    return (vectors @ directions[:, -rank:])[labels]
