"""Graphs and labels as people hold them: aligned by node or refused by name, whatever the container."""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from contrastive_claims.theory.blockmodel import BlockModel, Graph, graph_loss, minimise_on_graph

EDGES = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "e"), ("e", "f"), ("f", "d"), ("a", "d")]
FACTION = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y", "f": "y"}
NETWORK = nx.Graph(EDGES)
ADJACENCY = nx.to_scipy_sparse_array(NETWORK, dtype=float)
NUMBERED = dict(enumerate(FACTION[node] for node in NETWORK))
EXPECTED = [[1, 1 / 9], [1 / 9, 1]]


class Series:
    """What of a pandas Series is looked at: an index, values, their order."""

    def __init__(self, values, index):
        self._values, self.index = list(values), list(index)

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def to_numpy(self):
        return np.array(self._values)


def series(kind, mapping, order=None):
    names = list(mapping) if order is None else [list(mapping)[i] for i in order]
    values = [mapping[name] for name in names]
    if kind == "stand-in":
        return Series(values, names)
    return pytest.importorskip("pandas").Series(values, index=names)


SHUFFLED = [3, 0, 4, 1, 5, 2]


@pytest.mark.parametrize("kind", ["stand-in", "pandas"])
def test_a_series_is_aligned_by_its_index(kind):
    for graph, labels in (
        (NETWORK, series(kind, FACTION, SHUFFLED)),
        (ADJACENCY, series(kind, NUMBERED, SHUFFLED)),
        (Graph(ADJACENCY), series(kind, NUMBERED, SHUFFLED)),
        (NETWORK, series(kind, NUMBERED)),  # 0, 1, ... names no node of the network: by position
    ):
        np.testing.assert_allclose(BlockModel.from_graph(graph, labels).connectivity, EXPECTED)
    labelled = Graph(ADJACENCY, series(kind, NUMBERED, SHUFFLED))
    assert labelled.labels.tolist() == list(NUMBERED.values())
    optimum = minimise_on_graph(labelled, 1.0, 3)
    np.testing.assert_array_equal(
        optimum.block_cosines(series(kind, NUMBERED, SHUFFLED)),
        optimum.block_cosines(np.array(list(NUMBERED.values()))),
    )
    for graph, labels, message in (
        (ADJACENCY, series(kind, FACTION), "labels has no entry for node 0: its index names other nodes"),
        (NETWORK, series(kind, NUMBERED, SHUFFLED), "labels has no entry for node 'a': its index names other nodes"),
        (NETWORK, series(kind, {**FACTION, "g": "x"}), "labels has 7 entries for a graph of 6 nodes"),
    ):
        with pytest.raises(ValueError, match=message):
            BlockModel.from_graph(graph, labels)
    twice = (
        Series("xxxyyy", "abcdee")
        if kind == "stand-in"
        else pytest.importorskip("pandas").Series(list("xxxyyy"), index=list("abcdee"))
    )
    with pytest.raises(ValueError, match="labels names node 'e' twice in its index"):
        BlockModel.from_graph(NETWORK, twice)


def test_a_mapping_is_aligned_whatever_the_graph_is():
    backwards = dict(reversed(NUMBERED.items()))
    for graph, labels in (
        (NETWORK, dict(reversed(FACTION.items()))), (ADJACENCY, backwards), (Graph(ADJACENCY), backwards),
        (ADJACENCY.toarray(), {**backwards, 99: "elsewhere"}),
    ):  # fmt: skip
        np.testing.assert_allclose(BlockModel.from_graph(graph, labels).connectivity, EXPECTED)
    assert Graph(ADJACENCY, backwards).labels.tolist() == list(NUMBERED.values())
    for graph in (ADJACENCY, Graph(ADJACENCY)):
        with pytest.raises(ValueError, match="labels has no entry for node 0"):
            BlockModel.from_graph(graph, FACTION)


def test_categories_unused_groups_of_one_and_names():
    pandas = pytest.importorskip("pandas")
    names = list(NUMBERED.values())
    unused = pandas.Categorical(names, categories=["z", "y", "x", "w"])
    np.testing.assert_allclose(BlockModel.from_graph(ADJACENCY, unused).connectivity, EXPECTED)
    np.testing.assert_allclose(BlockModel.from_graph(ADJACENCY, pandas.Series(unused)).connectivity, EXPECTED)


def test_groups_of_one_have_no_connection_of_their_own():
    model = BlockModel.from_graph(ADJACENCY, ["x", "x", "x", "y", "y", "q"])
    np.testing.assert_allclose(model.connectivity, [[0, 0, 1], [0, 1, 1 / 6], [1, 1 / 6, 1]])
    np.testing.assert_allclose(model.proportions, [1 / 6, 1 / 2, 1 / 3])


def triplets(adjacency):
    coordinates = adjacency.tocoo()
    return coordinates.data, coordinates.row, coordinates.col


def entries(adjacency, parts):
    data, rows, columns = parts
    return sparse.coo_array((data, (rows, columns)), shape=adjacency.shape)


FORMATS = {
    "bool": lambda a: a.astype(bool),
    "int8": lambda a: a.astype(np.int8),
    "int64": lambda a: a.astype(np.int64),
    "float32": lambda a: a.astype(np.float32),
    "coo": lambda a: a.tocoo(),
    "lil": lambda a: a.tolil(),
    "csc": lambda a: a.tocsc(),
    "int64 indices": lambda a: sparse.csr_array((a.data, a.indices.astype(np.int64), a.indptr.astype(np.int64)), shape=a.shape),
    "spmatrix": lambda a: sparse.csr_matrix(a),
    "dense": lambda a: a.toarray(),
    "dense uint8": lambda a: a.toarray().astype(np.uint8),
    "dense bool": lambda a: a.toarray().astype(bool),
    "explicit zeros": lambda a: entries(
        a, [np.r_[part, end] for part, end in zip(triplets(a), ([0, 0], [0, 5], [5, 0]), strict=True)]
    ),
    "halves added up": lambda a: entries(a, [np.tile(part, 2) for part in (a.tocoo().data / 2, *triplets(a)[1:])]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_of_adjacency_is_the_same_graph(form):
    adjacency = FORMATS[form](ADJACENCY)
    expected = minimise_on_graph(ADJACENCY, 1.0, 2)
    found = minimise_on_graph(adjacency, 1.0, 2)
    assert found.loss == pytest.approx(expected.loss, abs=1e-12)
    np.testing.assert_allclose(BlockModel.from_graph(adjacency, list(NUMBERED.values())).connectivity, EXPECTED)


def loss_by_loops(adjacency, vectors, temperature):
    n, total = len(adjacency), 0.0
    for i in range(n):
        pull = sum(adjacency[i, j] * (vectors[i] @ vectors[j]) for j in range(n)) / adjacency[i].sum()
        total -= pull / temperature / n
        total += np.log(sum(np.exp(vectors[i] @ vectors[j] / temperature) for j in range(n)) / n) / n
    return total


KINDS = {
    "weighted": nx.Graph([(0, 1, {"weight": 3.0}), (1, 2, {"weight": 0.5}), (2, 0)]),
    "parallel edges": nx.MultiGraph([(0, 1), (0, 1), (1, 2)]),
    "self loops": nx.Graph([(0, 0), (0, 1), (1, 2), (3, 3)]),
    "symmetric arcs": nx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 1)]),
    "bipartite": nx.complete_bipartite_graph(3, 4),
    "two nodes": nx.Graph([(0, 1)]),
    "two components": nx.Graph([(0, 1), (2, 3)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_of_every_kind_of_graph_is_its_definition(kind):
    graph = KINDS[kind]
    adjacency = nx.to_numpy_array(graph)
    n = len(adjacency)
    vectors = np.random.default_rng(0).normal(size=(n, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert graph_loss(graph, vectors, 0.7) == pytest.approx(loss_by_loops(adjacency, vectors, 0.7), abs=1e-12)
    optimum = minimise_on_graph(graph, 1.0, n)
    assert optimum.status == "certified" and optimum.loss <= loss_by_loops(adjacency, vectors[:, :n], 1.0) + 1e-12


def test_refused_by_name():
    lonely = nx.Graph([(0, 1), (1, 2)])
    lonely.add_node("lonely")
    for message, graph in (
        (r"the graph is directed, and not symmetric: graph.to_undirected\(\)", nx.DiGraph([(0, 1), (1, 2), (2, 0)])),
        ("node 3 is isolated", lonely),
        ("the graph has no edges", nx.empty_graph(3)),
        ("the graph has no nodes", nx.Graph()),
        (r"not symmetric: entries \(0, 1\) and \(1, 0\) differ", sparse.csr_array(([1.0], ([0], [1])), shape=(2, 2))),
    ):
        with pytest.raises(ValueError, match=message):
            minimise_on_graph(graph, 1.0, 2)
    with pytest.raises(ValueError, match="group 1 has no edges"):
        BlockModel.from_graph(lonely, {0: 0, 1: 0, 2: 0, "lonely": 1})
