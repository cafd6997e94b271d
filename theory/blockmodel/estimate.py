"""Shares and connectivity of a block model, estimated from a labelled graph."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from contrastive_claims.theory.blockmodel.sampling import Graph, by_node


def estimate_blocks(
    graph: Any, labels: Any, groups: Sequence[Hashable] | None = None
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k k"]]:
    """Shares [K] and connectivity [K, K] from a graph and its nodes' labels.

    graph: a networkx graph, Graph, square array or scipy sparse matrix; symmetric, with non-negative finite weights.
    labels: one per node: a sequence, or a mapping or pandas Series from the nodes (of a networkx graph by name, else by number),
    aligned by them; None: the graph's own labels.
    groups: names of the blocks, in order; default: the labels that occur, sorted.
    Shares are ``n_k / n``; alpha_kl is the total weight between k and l over the number of their pairs, ``n_k n_l`` or
    ``n_k (n_k - 1)`` (self loops are left out; a group of one node has alpha_kk = 0), all divided by the largest alpha if that
    exceeds 1 (heavy weights): the population loss does not depend on the scale of alpha.
    Raises ValueError, naming it, for an adjacency that is not square, NaN or negative weights, no edges, labels of the wrong
    length, a label that is no name or no group, groups named twice, a group without nodes, or one without edges.
    """
    nodes: Sequence[Any]
    if hasattr(graph, "adj") and hasattr(graph, "nodes") and not isinstance(graph, Graph):
        nodes = list(graph.nodes)
        graph = Graph.from_networkx(graph)
    else:
        graph = graph if isinstance(graph, Graph) else Graph(graph)
        nodes = range(graph.nodes)
    labels = by_node(labels, nodes)
    labels = graph.labels if labels is None else labels
    if labels is None:
        raise ValueError("labels is missing: the graph carries none of its own")
    names = list(labels.tolist() if isinstance(labels, np.ndarray) else labels)
    if len(names) != graph.nodes:
        raise ValueError(f"labels has {len(names)} entries for a graph of {graph.nodes} nodes")
    for i, name in enumerate(names):
        if not isinstance(name, Hashable) or name != name or name is None:
            raise ValueError(f"labels[{i}] = {name!r} names no group")
    try:
        order = sorted(set(names)) if groups is None else list(groups)  # pyright: ignore[reportArgumentType]
    except TypeError as error:
        raise ValueError(f"labels cannot be sorted, so that groups must be given: {error}") from None
    if repeated := [name for k, name in enumerate(order) if name in order[:k]]:
        raise ValueError(f"groups names {repeated[0]!r} twice")
    place = {name: k for k, name in enumerate(order)}
    if unknown := [name for name in names if name not in place]:
        raise ValueError(f"labels holds {unknown[0]!r}, which is not one of the groups")
    member = np.zeros((graph.nodes, len(order)))
    member[np.arange(graph.nodes), [place[name] for name in names]] = 1
    sizes = member.sum(0)
    if (sizes == 0).any():
        raise ValueError(f"group {order[int(np.argmin(sizes))]!r} is empty: no node has that label")
    return _shares_and_connections(graph, member, sizes, order)


def _shares_and_connections(
    graph: Graph, member: np.ndarray, sizes: np.ndarray, order: list[Hashable]
) -> tuple[np.ndarray, np.ndarray]:
    adjacency = graph.adjacency
    own = np.asarray(adjacency.diagonal(), dtype=float)
    weight = member.T @ (adjacency @ member) - member.T @ (own[:, None] * member)
    if not weight.any():
        raise ValueError("graph has no edges")
    if (isolated := ~weight.any(axis=1)).any():
        raise ValueError(f"group {order[int(np.argmax(isolated))]!r} has no edges")
    pairs = np.outer(sizes, sizes) - np.diag(sizes)
    alpha = np.divide(weight, pairs, out=np.zeros_like(weight), where=pairs > 0)
    alpha = (alpha + alpha.T) / 2  # symmetric to the last bit
    return sizes / sizes.sum(), alpha / max(1.0, alpha.max())
