"""Finite graphs with block labels: sampled from a block model, dense or sparse, to and from networkx."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from contrastive_claims.theory.blockmodel.neighbours import Neighbours
from contrastive_claims.theory.blockmodel.sparse_sampling import sample_neighbours

# Up to this many nodes a sampled adjacency is a dense boolean array, beyond it an index-only Neighbours.
DENSE_NODES = 2048
_CHUNK = 1 << 21  # ordered pairs drawn at a time, which bounds the memory of sampling


@dataclass(frozen=True, eq=False)
class Graph:
    """An undirected graph, optionally weighted and labelled.

    adjacency: [n, n] symmetric, non-negative, finite: a numpy array (bool or float), a scipy sparse matrix (kept as CSR), or
        Neighbours (index-only: what sampling gives for large graphs).
        Adjacency goes as it is: weights count, self loops and the sums of parallel edges too.
    labels: [n] block of each node (integers or names), or None; a mapping or a pandas Series from node numbers is aligned by
    them. Raises ValueError for an adjacency without nodes, or one that is not real, square, symmetric, finite and
    non-negative; and for labels of another length, NaN among them, or labels that cannot be compared with each other.
    """

    adjacency: Any
    labels: np.ndarray | None = None

    def __post_init__(self) -> None:
        # Neighbours were checked when they were made
        adjacency = self.adjacency if isinstance(self.adjacency, Neighbours) else _checked(self.adjacency)
        object.__setattr__(self, "adjacency", adjacency)
        if self.labels is not None:
            labels = np.asarray(by_node(self.labels, range(adjacency.shape[0])))
            if labels.shape != (adjacency.shape[0],):
                raise ValueError(f"labels has shape {labels.shape} for a graph of {adjacency.shape[0]} nodes")
            if labels.dtype.kind == "f" and np.isnan(labels).any():
                raise ValueError(f"labels[{int(np.isnan(labels).argmax())}] is NaN")
            try:
                np.unique(labels)
            except TypeError as error:
                raise ValueError(f"labels cannot be compared with each other: {error}") from None
            object.__setattr__(self, "labels", labels)

    @property
    def nodes(self) -> int:
        """n."""
        return self.adjacency.shape[0]

    @property
    def degrees(self) -> np.ndarray:
        """[n] sum of the weights at each node."""
        if isinstance(self.adjacency, Neighbours):
            return self.adjacency.degrees
        return np.asarray(self.adjacency.sum(axis=1), dtype=float).ravel()

    @classmethod
    def from_networkx(cls, graph: Any) -> "Graph":
        """From a networkx graph: edge attribute `weight` (default 1), parallel edges added up, self loops kept (once); labels
        from the node attribute `block`, if nodes have it.

        Raises ValueError for a graph without nodes, a directed graph (with an arc without its reverse of the same weight), a
        weight that is no number, or if only some nodes have a block.
        """
        import networkx

        if len(graph) == 0:
            raise ValueError("the graph has no nodes")
        blocks = networkx.get_node_attributes(graph, "block")
        if blocks and len(blocks) != len(graph):
            raise ValueError(f"only {len(blocks)} of {len(graph)} nodes have the attribute 'block'")
        labels = np.array([blocks[node] for node in graph]) if blocks else None
        try:
            adjacency = networkx.to_scipy_sparse_array(graph, dtype=float, format="csr")
        except (TypeError, ValueError) as error:
            raise ValueError(f"the edge attribute 'weight' must hold numbers: {error}") from None
        if graph.is_directed() and (adjacency != adjacency.T).nnz:
            raise ValueError("the graph is directed, and not symmetric: graph.to_undirected() makes it so")
        return cls(adjacency, labels)

    def to_networkx(self) -> Any:
        """As a networkx graph: edge attribute `weight`, node attribute `block` where there are labels."""
        import networkx
        from scipy.sparse import csr_array

        adjacency = self.adjacency.to_scipy() if isinstance(self.adjacency, Neighbours) else self.adjacency
        graph = networkx.from_scipy_sparse_array(csr_array(adjacency, dtype=float))
        if self.labels is not None:
            networkx.set_node_attributes(graph, dict(enumerate(self.labels.tolist())), "block")
        return graph


def by_node(labels: Any, nodes: Sequence[Any]) -> Any:
    """Labels one per node, in the nodes' order: of a mapping from nodes, or of a pandas Series, whose index names them.

    A Series whose index is 0, 1, ... (in order) where that names no nodes goes by position, as every other sequence does.
    Raises ValueError for a node without an entry, an index that names other nodes, or one twice.
    """
    if isinstance(labels, Mapping):
        if missing := [node for node in nodes if node not in labels]:
            raise ValueError(f"labels has no entry for node {missing[0]!r}")
        return [labels[node] for node in nodes]
    if not (hasattr(labels, "index") and hasattr(labels, "to_numpy")):  # pandas, which is never imported here
        return labels
    index, values = list(labels.index), list(labels)
    if len(set(index)) != len(index):
        repeated = next(node for place, node in enumerate(index) if node in index[:place])
        raise ValueError(f"labels names node {repeated!r} twice in its index")
    if len(index) == len(nodes) and set(index) == set(nodes):
        place = dict(zip(index, values, strict=True))
        return [place[node] for node in nodes]
    if index == list(range(len(nodes))):
        return values
    if len(index) != len(nodes):
        raise ValueError(f"labels has {len(index)} entries for a graph of {len(nodes)} nodes")
    raise ValueError(
        f"labels has no entry for node {next(node for node in nodes if node not in set(index))!r}: "
        f"its index names other nodes"
    )


def _checked(adjacency: Any) -> Any:
    """The adjacency as a numpy array or CSR matrix; raises ValueError for what Graph refuses."""
    adjacency = adjacency.tocsr() if hasattr(adjacency, "tocsr") else np.asarray(adjacency)
    if adjacency.ndim != 2 or adjacency.shape[0] != adjacency.shape[1]:
        raise ValueError(f"adjacency must be a square matrix, not of shape {adjacency.shape}")
    if adjacency.shape[0] == 0:
        raise ValueError("adjacency is empty: the graph has no nodes")
    if adjacency.dtype.kind not in "buif":
        raise ValueError(f"adjacency must hold real numbers, not {adjacency.dtype}")
    entries = adjacency if isinstance(adjacency, np.ndarray) else adjacency.data
    if not np.isfinite(entries).all():
        raise ValueError("adjacency has a weight that is NaN or infinite")
    if (entries < 0).any():
        raise ValueError("adjacency has a negative weight")
    asymmetric = adjacency != adjacency.T
    if asymmetric.any() if isinstance(asymmetric, np.ndarray) else asymmetric.nnz:
        row, column = (int(index[0]) for index in asymmetric.nonzero())
        raise ValueError(f"adjacency is not symmetric: entries ({row}, {column}) and ({column}, {row}) differ")
    return adjacency


def nearest_sizes(n: int, shares: np.ndarray) -> np.ndarray:
    """Whole block sizes of sum n nearest to ``n pi`` (largest remainders; ties go to the earlier block)."""
    exact = n * np.asarray(shares)
    sizes = np.floor(exact + 1e-9).astype(int)  # 1e-9: 3 * (1/3) must count as 1
    largest = np.argsort(sizes - exact, kind="stable")[: n - sizes.sum()]
    sizes[largest] += 1
    return sizes


def sample_graph(sizes: np.ndarray, connectivity: np.ndarray, seed: int) -> Graph:
    """A graph with blocks of the given sizes [K]; every pair is joined independently, with probability alpha_kl; no self loops.

    Up to DENSE_NODES nodes, the number of edges between two blocks is drawn first (binomial), then which.
    Raises ValueError for a block without nodes.
    """
    for k, size in enumerate(sizes):
        if size != int(size) or size < 1:
            raise ValueError(f"sizes[{k}] = {size}: every block needs a whole, positive number of nodes")
    sizes = sizes.astype(int)
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    ends = np.cumsum(sizes)
    n = int(ends[-1])
    if n > DENSE_NODES:
        return Graph(sample_neighbours(sizes, connectivity, generator), labels)
    pairs = []
    for k in range(len(sizes)):
        for m in range(k, len(sizes)):
            rows, columns = _sample_rectangle(int(sizes[k]), int(sizes[m]), float(connectivity[k, m]), generator)
            rows, columns = rows + (ends[k] - sizes[k]), columns + (ends[m] - sizes[m])
            above = rows < columns  # a pair within a block was offered twice; between blocks nothing is dropped
            pairs.append((rows[above], columns[above]))
    rows, columns = (np.concatenate(part) for part in zip(*pairs, strict=True))
    adjacency = np.zeros((n, n), dtype=bool)
    adjacency[rows, columns] = adjacency[columns, rows] = True
    return Graph(adjacency, labels)


def _sample_rectangle(
    height: int, width: int, probability: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each cell of a height x width rectangle independently with the given probability: (rows, columns)."""
    cells = []
    for first in range(0, height * width, _CHUNK):
        span = min(_CHUNK, height * width - first)
        count = generator.binomial(span, probability)
        cells.append(first + generator.choice(span, size=count, replace=False, shuffle=False))
    return np.divmod(np.concatenate(cells), width)
