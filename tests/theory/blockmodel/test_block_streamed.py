"""Matrix-free graph objective against the dense one, index-only adjacency against scipy, the two certificates together."""

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from contrastive_claims.theory.blockmodel import BlockModel, Graph, graph_objective, minimise_on_graph, minority_model
from contrastive_claims.theory.blockmodel import graph as graph_module
from contrastive_claims.theory.blockmodel import neighbours as neighbours_module
from contrastive_claims.theory.blockmodel.graph import streamed_objective
from contrastive_claims.theory.blockmodel.neighbours import Neighbours
from contrastive_claims.theory.blockmodel.sparse_sampling import sample_neighbours
from contrastive_claims.theory.blockmodel.streamed import CompactExpansion, CompactObjective, StreamedObjective
from contrastive_claims.theory.elliptope import random_vectors

DENSE = minority_model(1 / 3, 0.4)


def index_only(dense):
    matrix = csr_array(dense)
    return Neighbours(matrix.indptr, matrix.indices)


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 10**6), n=st.integers(2, 40), d=st.integers(1, 3), temperature=st.sampled_from([0.3, 1.0, 3.0])
)
@pytest.mark.parametrize("pairwise", [True, False])
def test_value_and_derivatives_are_the_dense_ones(pairwise, seed, n, d, temperature):
    generator = np.random.default_rng(seed)
    weights = np.triu(generator.random((n, n)), 1)
    weights += weights.T
    vectors, direction = random_vectors(n, d, seed), generator.standard_normal((n, d))
    dense = graph_objective(Graph(weights), temperature).at(vectors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StreamedObjective, "expands", lambda *_: not pairwise)
        streamed = streamed_objective(Graph(csr_array(weights)), temperature).at(vectors)
        assert streamed.value == pytest.approx(dense.value, abs=1e-12 * n)
        gradient = dense.dense_gradient()
        for measured, expected in (
            (streamed.product, dense.product),
            (streamed.hessian_product(direction), dense.hessian_product(direction)),
            (streamed.gradient_product(direction), gradient @ direction),
        ):
            np.testing.assert_allclose(measured, expected, atol=1e-11 * max(1, 1 / temperature**2))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 30), d=st.integers(1, 3), temperature=st.sampled_from([0.5, 2.0]))
def test_the_mixed_objective_is_the_dense_one_in_few_dimensions_and_in_many(seed, n, d, temperature):
    generator = np.random.default_rng(seed)
    weights = np.triu(generator.random((n, n)), 1)
    dense = graph_objective(Graph(weights + weights.T), temperature)
    vectors, direction = random_vectors(n, d, seed), generator.standard_normal((n, d))
    expected = dense.at(vectors)
    for expands in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(StreamedObjective, "expands", lambda *_, expands=expands: expands)
            mixed = CompactObjective(dense, n).at(vectors)
        assert isinstance(mixed, CompactExpansion) == expands
        assert mixed.value == pytest.approx(expected.value, abs=1e-12 * n)
        for measured, other in (
            (mixed.product, expected.product),
            (mixed.hessian_product(direction), expected.hessian_product(direction)),
            (mixed.dense_gradient(), expected.dense_gradient()),
        ):
            np.testing.assert_allclose(measured, other, atol=1e-11 * max(1, 1 / temperature**2))


def test_threads_change_no_bit(monkeypatch, seed):
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.kernel_sums._VALUES", 1 << 12)
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.kernel_sums._KEPT", 0)
    graph = DENSE.sample(n=2100, seed=seed)
    vectors, direction = random_vectors(2100, 3, seed), random_vectors(2100, 3, seed + 1)
    alone, together = (streamed_objective(graph, 1.0, workers).at(vectors) for workers in (1, 3))
    assert alone.value == together.value
    np.testing.assert_array_equal(alone.hessian_product(direction), together.hessian_product(direction))


def test_large_and_dense_solver_agree(monkeypatch, seed):
    graph = DENSE.sample(n=300, seed=seed + 4)
    dense = minimise_on_graph(graph, dimension=2)
    certificates = importlib.import_module("contrastive_claims.theory.elliptope.certificate")
    monkeypatch.setattr(graph_module, "DENSE_ORDER", 100)
    for adjacency in (csr_array(graph.adjacency.astype(float)), index_only(graph.adjacency)):
        large = minimise_on_graph(Graph(adjacency, graph.labels), dimension=2)
        assert large.status == dense.status == "certified"
        assert large.gap <= 1e-8
        assert large.relative_gradient <= 1e-9
        assert large.loss == pytest.approx(dense.loss, abs=1e-10)
        np.testing.assert_allclose(
            large.embeddings @ large.embeddings.T, dense.embeddings @ dense.embeddings.T, atol=1e-6
        )
    assert certificates.DENSE_ORDER > 300


def test_an_open_certificate_is_reported_by_lanczos_as_by_dense_eigenvalues(monkeypatch, seed):
    sparse = BlockModel(DENSE.proportions, 0.15 * DENSE.connectivity).sample(n=240, seed=seed)
    dense = minimise_on_graph(sparse, dimension=2)
    monkeypatch.setattr(graph_module, "DENSE_ORDER", 100)
    large = minimise_on_graph(sparse, dimension=2)
    assert large.status == dense.status == "stationary"
    assert large.gap == pytest.approx(dense.gap, rel=1e-2)
    higher = minimise_on_graph(sparse, dimension=5)  # the staircase climbs on Lanczos' directions
    assert higher.rank() > 2
    assert higher.loss < large.loss
    assert higher.gap < large.gap


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6), n=st.integers(1, 60), block=st.sampled_from([3, 50, 10**6]), workers=st.integers(1, 3)
)
def test_index_only_products_are_scipys(seed, n, block, workers):
    generator = np.random.default_rng(seed)
    upper = np.triu(generator.random((n, n)) < 0.2, 0)
    adjacency = upper | upper.T
    dense = generator.standard_normal((n, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours_module, "_ENTRIES", block)
        matrix = index_only(adjacency.astype(float))
        np.testing.assert_allclose(matrix @ dense, adjacency @ dense, atol=1e-12)
        np.testing.assert_array_equal(matrix.multiply(dense, workers), matrix @ dense)
        np.testing.assert_allclose(matrix @ dense[:, 0], adjacency @ dense[:, 0], atol=1e-12)
        np.testing.assert_array_equal(matrix.degrees, adjacency.sum(axis=1))
        np.testing.assert_array_equal(matrix.toarray(), adjacency)


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 10**6),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=3),
    edges=st.sampled_from([7, 10**6]),
)
def test_streamed_samples_are_simple_graphs_with_sorted_rows(seed, sizes, edges):
    generator = np.random.default_rng(seed)
    alpha = generator.choice([0, 0.02, 0.3, 1.0], (len(sizes), len(sizes)))
    alpha = np.maximum(alpha, alpha.T)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("contrastive_claims.theory.blockmodel.sparse_sampling._EDGES", edges)
        matrix = sample_neighbours(np.array(sizes), alpha, generator)
    dense = matrix.toarray()
    labels = np.repeat(np.arange(len(sizes)), sizes)
    joined = alpha[np.ix_(labels, labels)]
    np.testing.assert_array_equal(dense, dense.T)
    assert set(np.unique(dense)) <= {0, 1}
    assert not dense.diagonal().any()
    assert not dense[joined == 0].any()
    assert dense[(joined == 1) & ~np.eye(len(labels), dtype=bool)].all()
    for i in range(len(labels)):
        assert (np.diff(matrix.indices[matrix.starts[i] : matrix.starts[i + 1]]) > 0).all()


def test_streamed_samples_have_independent_edges_of_the_right_density(seed):
    generator = np.random.default_rng([seed, 0])
    alpha = np.array([[0.3, 0.1], [0.1, 0.02]])
    graphs = np.array([sample_neighbours(np.array([3, 3]), alpha, generator).toarray() for _ in range(600)])
    for (i, j), density in {(0, 1): 0.3, (1, 2): 0.3, (0, 5): 0.1, (2, 3): 0.1, (4, 5): 0.02}.items():
        assert abs(graphs[:, i, j].mean() - density) < 5 * np.sqrt(density * (1 - density) / 600)
    assert abs((graphs[:, 0, 1] * graphs[:, 1, 2]).mean() - 0.09) < 5 * np.sqrt(0.09 * 0.91 / 600)
    assert abs((graphs[:, 0, 5] * graphs[:, 0, 1]).mean() - 0.03) < 5 * np.sqrt(0.03 * 0.97 / 600)


@pytest.mark.parametrize(
    ("starts", "indices", "message"),
    [
        ([0, 1, 2], [1], "starts must rise"),
        ([0, 2, 1], [1], "starts must rise"),
        ([1, 1], [], "starts must rise"),
        ([0, 1, 2], [1, 2], r"indices must lie in \[0, 2\)"),
        ([0, 1, 2], [1, -1], r"indices must lie in \[0, 2\)"),
        ([0, 1, 2, 2], [1, 2], "not symmetric"),
    ],
)
def test_bad_indices_are_refused(starts, indices, message):
    with pytest.raises(ValueError, match=message):
        Neighbours(np.array(starts), np.array(indices, dtype=int))


def test_bad_graphs_are_refused_beyond_the_dense_order(monkeypatch):
    monkeypatch.setattr(graph_module, "DENSE_ORDER", 3)
    ring = np.roll(np.eye(6), 1, axis=0) + np.roll(np.eye(6), -1, axis=0)
    lone = np.pad(ring, (0, 1))
    for graph, arguments, message in (
        (index_only(np.zeros((6, 6))), {}, "no edges"),
        (index_only(lone), {}, "node 6 is isolated"),
        (index_only(ring), {"temperature": 0}, "temperature"),
        (index_only(ring), {"dimension": 1}, "dimension = 1"),
        (index_only(ring), {"dimension": 7}, "dimension = 7"),
    ):
        with pytest.raises(ValueError, match=message):
            minimise_on_graph(Graph(graph), **{"dimension": 2, **arguments})
    with pytest.raises(ValueError, match="labels has shape"):
        Graph(index_only(ring), labels=np.zeros(5))
    with pytest.raises(ValueError, match="cannot multiply"):
        index_only(ring) @ np.ones((5, 2))


def test_a_sparse_random_matrix_that_is_not_symmetric_is_refused(seed):
    matrix = random_array((200, 200), density=0.05, rng=np.random.default_rng([seed, 1]), format="csr")
    with pytest.raises(ValueError, match="not symmetric"):
        Neighbours(matrix.indptr, matrix.indices)


@pytest.mark.parametrize("temperature", [1e-12, 1e-7])
def test_at_a_temperature_that_no_expansion_reaches_pairs_are_summed(temperature):
    objective = StreamedObjective(lambda vectors: vectors, 10**6, temperature)
    assert not objective.expands(2) and StreamedObjective(lambda vectors: vectors, 10**6, 0.1).expands(2)
