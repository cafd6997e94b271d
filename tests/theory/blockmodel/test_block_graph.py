"""The finite graph's loss against a double loop, its certified optimum, and what it refuses."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    Graph,
    graph_loss,
    minimise_on_graph,
    minimise_population,
    minority_model,
)
from contrastive_claims.theory.blockmodel.proofs import population_duality
from contrastive_claims.theory.certify.duality import gap_holds
from contrastive_claims.theory.certify.kinds import precision
from contrastive_claims.theory.certify.problems import Problem
from contrastive_claims.theory.elliptope import random_vectors

RING = np.roll(np.eye(5), 1, axis=0) + np.roll(np.eye(5), -1, axis=0)
DENSE = minority_model(1 / 3, 0.4)
SPARSE = BlockModel(DENSE.proportions, 0.2 * DENSE.connectivity)


def naive_loss(adjacency, vectors, temperature):
    n = len(vectors)
    total = 0.0
    for i in range(n):
        degree = sum(adjacency[i, j] for j in range(n))
        total -= sum(adjacency[i, j] * (vectors[i] @ vectors[j]) for j in range(n)) / degree / temperature
        total += np.log(sum(np.exp(vectors[i] @ vectors[j] / temperature) for j in range(n)) / n)
    return total / n


def weighted_graph(seed, n):
    weights = np.random.default_rng(seed).random((n, n))
    weights = np.where(weights > 0.4, weights, 0)
    weights = np.triu(weights, 1) + np.triu(weights, 1).T
    weights[0, 1:] = weights[1:, 0] = 1  # nobody is isolated
    return weights


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 8), d=st.integers(1, 4), temperature=st.sampled_from([0.2, 1, 3]))
def test_loss_is_the_double_loop_and_blind_to_rotation_and_relabelling(seed, n, d, temperature):
    weights, vectors = weighted_graph(seed, n), random_vectors(n, d, seed)
    expected = naive_loss(weights, vectors, temperature)
    assert graph_loss(Graph(weights), vectors, temperature) == pytest.approx(expected, abs=1e-11)
    assert graph_loss(csr_array(weights), vectors, temperature) == pytest.approx(expected, abs=1e-11)
    rotation = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]
    order = np.random.default_rng(seed).permutation(n)
    moved = graph_loss(weights[np.ix_(order, order)], vectors[order] @ rotation, temperature)
    assert moved == pytest.approx(expected, abs=1e-11)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), n=st.integers(3, 12), temperature=st.sampled_from([0.2, 1, 3]))
def test_full_dimension_is_certified_and_no_embedding_lies_lower(seed, n, temperature):
    weights = weighted_graph(seed, n)
    optimum = minimise_on_graph(weights, temperature, dimension=n, seed=seed)
    assert optimum.status == "certified"
    assert optimum.loss == pytest.approx(naive_loss(weights, optimum.embeddings, temperature), abs=1e-10)
    np.testing.assert_allclose((optimum.embeddings**2).sum(axis=1), 1)
    for other in range(3):
        assert naive_loss(weights, random_vectors(n, n, other), temperature) >= optimum.loss - optimum.gap - 1e-12


def test_start_does_not_matter(seed):
    graph = DENSE.sample(n=120, seed=seed)
    labelled = minimise_on_graph(graph)
    random = [minimise_on_graph(Graph(graph.adjacency), seed=seed) for seed in (0, 1)]
    sparse = minimise_on_graph(Graph(csr_array(graph.adjacency), graph.labels))
    through_networkx = minimise_on_graph(graph.to_networkx())
    for other in (*random, sparse, through_networkx):
        assert other.status == labelled.status == "certified"
        assert other.loss == pytest.approx(labelled.loss, abs=2e-8)


def test_same_seed_same_bits(seed):
    adjacency = DENSE.sample(n=60, seed=seed + 3).adjacency
    first, second = (minimise_on_graph(Graph(adjacency), seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.embeddings, second.embeddings)


def test_complete_graph_collapses_to_a_point_of_loss_zero():
    for labels in (None, np.zeros(8), np.arange(8) % 2):
        optimum = minimise_on_graph(Graph(np.ones((8, 8)), labels), dimension=3)  # with self-loops: D = 0 at one point
        assert optimum.loss == pytest.approx(0, abs=1e-10)
        assert optimum.status == "certified"
        np.testing.assert_allclose(optimum.embeddings @ optimum.embeddings.T, 1, atol=1e-6)


def test_more_labels_than_dimensions_still_start_from_blocks(seed):
    graph = BlockModel(np.full(4, 0.25), 0.9 * np.eye(4)).sample(n=60, seed=seed)
    optimum = minimise_on_graph(graph, temperature=0.5, dimension=2)
    assert optimum.embeddings.shape == (60, 2)
    assert optimum.status == "stationary"  # the simplex of four blocks needs three dimensions
    assert optimum.gap > 1e-3
    full = minimise_on_graph(graph, temperature=0.5, dimension=3)
    assert full.loss < optimum.loss - 1e-3
    assert full.loss >= optimum.loss - optimum.gap


def test_collapsed_disconnected_cliques_are_the_population():
    # Connections of probability 1 and self-loops: the finite graph *is* the expected graph.
    model = BlockModel([0.2, 0.3, 0.5], np.eye(3))
    labels = np.repeat([0, 1, 2], [4, 6, 10])
    optimum = minimise_on_graph(Graph(np.equal.outer(labels, labels), labels))
    expected = minimise_population(model)
    assert optimum.loss == pytest.approx(expected.loss, abs=1e-10)
    np.testing.assert_allclose(optimum.block_cosines(labels), expected.gram, atol=1e-6)


@pytest.mark.parametrize(
    ("first_block", "cosines", "tolerance"),
    [(256, (0.54, -0.88, -0.88), 0.01), (32, (0.81, -0.85, -1.0), 0.02), (4, (0.91, -0.91, -1.0), 0.07)],
)
def test_published_finite_panels(first_block, cosines, tolerance):  # claim P1; tolerance: the spread over graphs
    graph = minority_model(1 / 3, 0.4).sample(sizes=(first_block, 256, 256), seed=1)
    optimum = minimise_on_graph(graph, temperature=1.0, dimension=10)
    measured = optimum.block_cosines(graph.labels)
    assert optimum.status == "certified"
    assert optimum.gap <= 1e-8
    assert optimum.rank() == 2
    assert (measured[0, 1], measured[0, 2], measured[1, 2]) == pytest.approx(cosines, abs=tolerance)
    assert measured.diagonal().min() > 0.99
    assert optimum.multipliers.max() < 0


def test_a_sparse_graph_leaves_its_certificate_open(seed):  # claim B23's mechanism, in small
    graph = SPARSE.sample(n=150, seed=seed)
    low, high = minimise_on_graph(graph, dimension=2), minimise_on_graph(graph, dimension=6)
    assert low.status == "stationary"
    assert low.loss > high.loss >= low.loss - low.gap
    assert high.gap < low.gap


@pytest.mark.parametrize(
    ("graph", "arguments", "message"),
    [
        (np.zeros((3, 3)), {}, "no edges"),
        (networkx.empty_graph(4), {}, "no edges"),
        (np.pad(RING, (0, 1)), {}, "node 5 is isolated"),
        (RING, {"temperature": 0}, "temperature"),
        (RING, {"temperature": -1}, "temperature"),
        (RING, {"dimension": 1}, "dimension = 1"),
        (RING, {"dimension": 6}, "dimension = 6"),
        (RING, {"dimension": 2.5}, "dimension = 2.5"),
        (np.zeros((0, 0)), {}, "no nodes"),
        (networkx.Graph(), {}, "no nodes"),
        (1j * RING, {}, "real numbers, not complex128"),
        (np.where(RING > 0, np.inf, 0), {}, "infinite"),
        (csr_array(np.where(RING > 0, np.nan, 0)), {}, "NaN"),
        (csr_array(-RING), {}, "negative weight"),
        (csr_array(np.triu(RING)), {}, "not symmetric"),
        (networkx.Graph([(0, 1, {"weight": "heavy"})]), {}, "'weight' must hold numbers"),
        (networkx.Graph([(0, 1, {"weight": -1})]), {}, "negative weight"),
        (RING, {"temperature": float("nan")}, "temperature"),
        (RING, {"device": "mps"}, "no double precision"),
        (RING, {"device": "abacus"}, "device = 'abacus' is not available"),
        (RING, {"device": "meta"}, "device = 'meta' is not available"),
        (-RING, {}, "negative weight"),
        (np.where(RING > 0, np.nan, 0), {}, "NaN"),
        (np.triu(RING), {}, "not symmetric"),
        (networkx.path_graph(3, create_using=networkx.DiGraph), {}, "not symmetric"),
        (np.ones((2, 3)), {}, "square"),
    ],
)
def test_bad_input_is_refused(graph, arguments, message):
    with pytest.raises(ValueError, match=message):
        minimise_on_graph(graph, **{"dimension": 2, **arguments})


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(4), "labels has shape"),
        (np.zeros((5, 1)), "labels has shape"),
        ([0, 1, float("nan"), 0, 1], r"labels\[2\] is NaN"),
        (np.array([0, "a", None, 0, 1], dtype=object), "cannot be compared"),
    ],
)
def test_labels_that_name_no_blocks_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        Graph(RING, labels)


def test_a_node_without_a_block_is_refused():
    graph = networkx.path_graph(4)
    graph.nodes[0]["block"] = 1
    with pytest.raises(ValueError, match="only 1 of 4 nodes"):
        minimise_on_graph(graph)


def test_wrong_lengths_are_refused():
    with pytest.raises(ValueError, match="labels has shape"):
        minimise_on_graph(RING, dimension=2).block_cosines(np.zeros(3))
    with pytest.raises(ValueError, match="4 embeddings"):
        graph_loss(RING, np.ones((4, 2)))
    with pytest.raises(ValueError, match="embeddings: so long that their inner products"):
        graph_loss(RING, np.full((len(RING), 2), 1e299))


def test_a_graph_s_gap_is_proved_in_interval_arithmetic_as_a_population_of_single_nodes(seed):
    graph = DENSE.sample(n=40, seed=seed + 2)
    optimum = minimise_on_graph(graph, temperature=0.7)
    shares = np.full(40, 1 / 40)

    def proved(adjacency, vectors, gap):
        step = population_duality(shares, adjacency, 0.7, vectors, gap)
        with precision():  # cosines at 53 bits would leave the sign of a pivot open
            return gap_holds(Problem.read({"problem": "population", **step}))

    weights = graph.adjacency.astype(float)
    assert optimum.status == "certified"
    assert proved(weights, optimum.embeddings, "1/1000000000")
    assert not proved(weights, random_vectors(40, 10, seed), "1/1000000000")
    other = weights.copy()
    other[0, 1] = other[1, 0] = 1 - other[0, 1]
    assert not proved(other, optimum.embeddings, "1/1000000000")


def test_an_observer_sees_every_step_and_may_stop_the_search(seed):
    graph = DENSE.sample(n=200, seed=seed + 5)
    seen = []
    whole = minimise_on_graph(graph, observe=lambda tally, here: seen.append(here.expansion.value))
    assert whole.status == "certified"
    assert len(seen) == whole.iterations
    assert seen[-1] == pytest.approx(whole.loss, abs=1e-12)
    stopped = minimise_on_graph(graph, observe=lambda tally, here: True)
    assert stopped.iterations == 1
    assert stopped.status == "not converged"
    assert whole.loss < stopped.loss <= whole.loss + stopped.gap + 1e-12  # the certificate holds wherever it stands
