"""Sampled graphs: shape laws, the right densities, determinism, and the way to networkx and back."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from contrastive_claims.theory.blockmodel import BlockModel, Graph, minority_model
from contrastive_claims.theory.blockmodel.neighbours import Neighbours
from contrastive_claims.theory.blockmodel.sampling import nearest_sizes


def dense(graph):
    return graph.adjacency if isinstance(graph.adjacency, np.ndarray) else graph.adjacency.toarray()


@settings(deadline=None, max_examples=25)
@given(model=st.from_type(BlockModel), seed=st.integers(0, 2**32), data=st.data())
def test_graphs_are_simple_symmetric_and_deterministic(model, seed, data):
    sizes = tuple(data.draw(st.lists(st.integers(1, 12), min_size=model.blocks, max_size=model.blocks)))
    graph = model.sample(sizes=sizes, seed=seed)
    assert not graph.adjacency.diagonal().any()
    np.testing.assert_array_equal(graph.adjacency, graph.adjacency.T)
    np.testing.assert_array_equal(np.bincount(graph.labels), sizes)
    np.testing.assert_array_equal(graph.adjacency, model.sample(sizes=sizes, seed=seed).adjacency)
    joined = model.connectivity[np.ix_(graph.labels, graph.labels)]
    assert not graph.adjacency[joined == 0].any()
    off_diagonal = ~np.eye(graph.nodes, dtype=bool)
    assert graph.adjacency[(joined == 1) & off_diagonal].all()


@pytest.mark.parametrize("limit", [2048, 100])  # dense, and forced sparse
def test_densities_are_the_connectivities(monkeypatch, limit, seed):
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.sampling.DENSE_NODES", limit)
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.sampling._CHUNK", 1000)
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.sparse_sampling._EDGES", 1000)
    model = BlockModel([0.3, 0.7], [[0.9, 0.2], [0.2, 0.05]])
    graph = model.sample(n=500, seed=seed + 1)
    assert isinstance(graph.adjacency, Neighbours) == (limit == 100)
    adjacency = dense(graph).astype(float)
    for k, m in ((0, 0), (0, 1), (1, 1)):
        block = adjacency[np.ix_(graph.labels == k, graph.labels == m)]
        pairs = block.size if k != m else block.shape[0] * (block.shape[0] - 1)
        draws = pairs if k != m else pairs / 2
        density, alpha = block.sum() / pairs, model.connectivity[k, m]
        assert abs(density - alpha) < 5 * np.sqrt(alpha * (1 - alpha) / draws)


def test_edges_are_independent_of_each_other():
    # Sum over 400 seeds of one fixed pair and of a product of two pairs: five standard errors around p and p^2.
    model = BlockModel([1.0], [[0.3]])
    graphs = np.array([model.sample(n=6, seed=seed).adjacency for seed in range(400)], dtype=float)
    assert np.abs(graphs[:, 0, 1].mean() - 0.3) < 5 * np.sqrt(0.21 / 400)
    assert np.abs((graphs[:, 0, 1] * graphs[:, 2, 5]).mean() - 0.09) < 5 * np.sqrt(0.09 * 0.91 / 400)


def test_large_graphs_are_sparse(seed):
    graph = BlockModel([0.5, 0.5], [[0.002, 0.001], [0.001, 0.002]]).sample(n=20_000, seed=seed)
    assert isinstance(graph.adjacency, Neighbours)
    assert graph.degrees.mean() == pytest.approx(30, rel=0.02)


@given(n=st.integers(1, 10_000), parts=st.lists(st.floats(0.01, 1), min_size=1, max_size=6))
def test_sizes_are_whole_and_within_one_of_the_shares(n, parts):
    shares = np.array(parts) / np.sum(parts)
    sizes = nearest_sizes(n, shares)
    assert sizes.sum() == n
    assert np.abs(sizes - n * shares).max() < 1 + 1e-6


def test_sizes_follow_the_study():
    np.testing.assert_array_equal(nearest_sizes(768, np.full(3, 1 / 3)), [256, 256, 256])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either n or sizes"),
        ({"n": 5, "sizes": (1, 2, 2)}, "either n or sizes"),
        ({"sizes": (1, 2)}, "2 entries for 3 blocks"),
        ({"sizes": (0, 2, 2)}, r"sizes\[0\] = 0"),
        ({"sizes": (1.5, 2, 2)}, r"sizes\[0\] = 1.5"),
        ({"n": 10}, r"sizes\[0\] = 0"),
    ],
)
def test_bad_sizes_are_refused(arguments, message, seed):
    with pytest.raises(ValueError, match=message):
        minority_model(0.01, 0.4).sample(seed=seed, **arguments)


def test_round_trip_through_networkx(seed):
    graph = minority_model(1 / 4, 0.4).sample(n=40, seed=seed)
    back = Graph.from_networkx(graph.to_networkx())
    np.testing.assert_array_equal(dense(back), graph.adjacency)
    np.testing.assert_array_equal(back.labels, graph.labels)
    unlabelled = Graph.from_networkx(Graph(graph.adjacency).to_networkx())
    assert unlabelled.labels is None


def test_partly_labelled_networkx_graph_is_refused():
    graph = networkx.path_graph(3)
    graph.nodes[0]["block"] = 1
    with pytest.raises(ValueError, match="only 1 of 3 nodes"):
        Graph.from_networkx(graph)


RING = np.roll(np.eye(4), 1, axis=0) + np.roll(np.eye(4), -1, axis=0)


@pytest.mark.parametrize("convert", [np.asarray, csr_array])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (((0, 1), np.nan), "NaN or infinite"),
        (((0, 1), np.inf), "NaN or infinite"),
        (((0, 1), -1.0), "negative weight"),
        (((0, 2), 1.0), r"not symmetric: entries \(0, 2\)"),
    ],
)
def test_bad_adjacencies_are_refused(convert, change, message):
    adjacency = RING.copy()
    adjacency[change[0]] = change[1]
    with pytest.raises(ValueError, match=message):
        Graph(convert(adjacency))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="square"):
        Graph(np.ones((2, 3)))
    with pytest.raises(ValueError, match="labels has shape"):
        Graph(RING, labels=np.zeros(3))
