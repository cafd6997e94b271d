"""Degree-corrected models: by degree theta drops out exactly, by node only the types collapse; graphs drawn from them agree."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    DegreeCorrectedModel,
    Graph,
    graph_loss,
    graph_objective,
    minimise_on_graph,
    minimise_population,
    minority_model,
    nearest_groups,
    population_objective,
)
from contrastive_claims.theory.blockmodel.graph import streamed_objective
from contrastive_claims.theory.elliptope import random_vectors

PLAIN = minority_model(0.2, 0.4)
MODEL = DegreeCorrectedModel(PLAIN.proportions, 0.4 * PLAIN.connectivity, [0.5, 1.5])


def expected_graph(model, nodes):
    """Adjacency of probabilities, and each node's type; shares must come out whole."""
    types = model.types
    sizes = np.rint(nodes * types.proportions).astype(int)
    np.testing.assert_allclose(sizes / nodes, types.proportions)
    of = np.repeat(np.arange(types.blocks), sizes)
    return types.connectivity[np.ix_(of, of)], of


@given(seed=st.integers(0, 10**6), temperature=st.sampled_from([0.2, 1.0, 3.0]))
@settings(deadline=None, max_examples=30)
def test_one_vector_per_block_has_the_population_loss_whatever_theta(seed, temperature):
    """By degree that of the mixing matrix, by node that of the plain model; both are identities, for any vectors."""
    rng = np.random.default_rng(seed)
    theta = rng.uniform(0.2, 1.8, (3, 2))
    theta /= theta.mean(1, keepdims=True)
    alpha = np.triu(rng.random((3, 3)) * (rng.random((3, 3)) < 0.7), 1)
    alpha = (alpha + alpha.T + np.diag(rng.uniform(0.3, 1, 3))) / 4
    model = DegreeCorrectedModel([0.2, 0.3, 0.5], alpha, theta)
    adjacency, of = expected_graph(model, 20)
    blocks = random_vectors(3, 3, seed)
    nodes = blocks[model.type_blocks[of]]
    for by_degree, problem in ((True, model.by_degree), (False, model.blocks)):
        expected = population_objective(problem, temperature).at(blocks).value
        assert graph_loss(adjacency, nodes, temperature, by_degree) == pytest.approx(expected, abs=1e-12)


def test_by_degree_the_nodes_optimum_is_the_blocks():
    optimum = minimise_population(MODEL.by_degree)
    adjacency, of = expected_graph(MODEL, 40)
    block = MODEL.type_blocks[of]
    for labels in (block, None):  # from the blocks' optimum, and from random vectors
        found = minimise_on_graph(Graph(adjacency, labels), 1.0, dimension=5, by_degree=True)
        assert found.status == "certified" and found.loss == pytest.approx(optimum.loss, abs=1e-12)
        np.testing.assert_allclose(found.block_cosines(block), optimum.gram, atol=1e-6)
        np.testing.assert_allclose(found.multipliers, optimum.multipliers[block], atol=1e-6)


def test_by_node_the_types_are_what_collapses():
    """And nodes of one block and different degrees part: the minority's hubs are nearer to its majority's than its low ones."""
    optimum = minimise_population(MODEL.types)
    adjacency, of = expected_graph(MODEL, 40)
    found = minimise_on_graph(Graph(adjacency, of), 1.0, dimension=5)
    assert found.status == "certified" and found.loss == pytest.approx(optimum.loss, abs=1e-12)
    np.testing.assert_allclose(found.block_cosines(of), optimum.gram, atol=1e-6)
    low, high = (
        optimum.gram[0, 2],
        optimum.gram[1, 3],
    )  # minority with its majority, both of low and both of high degree
    assert high - low > 0.3 and optimum.gram[0, 2] != pytest.approx(minimise_population(PLAIN).gram[0, 1], abs=0.1)
    one_vector = minimise_on_graph(Graph(adjacency, MODEL.type_blocks[of]), 1.0, dimension=5)
    assert minimise_population(PLAIN).loss - one_vector.loss > 1e-3  # what one vector per block leaves on the table


def test_graphs_drawn_from_it_approach_both_populations():
    errors = {}
    for by_degree, problem in ((True, MODEL.by_degree), (False, MODEL.types)):
        expected = minimise_population(problem)
        for n in (120, 960):
            found = []
            for seed in range(3):
                drawn = MODEL.types.sample(n, seed=seed)
                of = MODEL.type_blocks[drawn.labels] if by_degree else drawn.labels
                optimum = minimise_on_graph(
                    Graph(drawn.adjacency, of), 1.0, dimension=6, by_degree=by_degree, certify=False
                )
                found.append(np.abs(optimum.block_cosines(of) - expected.gram).max())
            errors[by_degree, n] = np.mean(found)
    for by_degree in (True, False):
        assert errors[by_degree, 960] < 0.45 * errors[by_degree, 120]
        assert errors[by_degree, 960] < 0.09


def test_weights_of_one_are_the_plain_model():
    plain = DegreeCorrectedModel(PLAIN.proportions, PLAIN.connectivity, [1.0])
    np.testing.assert_array_equal(plain.types.connectivity, PLAIN.connectivity)
    regular = BlockModel([0.5, 0.5], [[0.9, 0.2], [0.2, 0.9]])  # equal degrees: both weightings are one
    same = DegreeCorrectedModel(regular.proportions, regular.connectivity, [1.0]).by_degree
    np.testing.assert_allclose(minimise_population(same).gram, minimise_population(regular).gram, atol=1e-9)
    assert [group.onto for group in nearest_groups(MODEL.by_degree)] == [1, 0, 0]


def by_loops(adjacency, vectors, temperature):
    n, ends = len(adjacency), adjacency.sum()
    weight = adjacency.sum(1) / ends
    total = -sum(adjacency[i, j] / ends * (vectors[i] @ vectors[j]) for i in range(n) for j in range(n)) / temperature
    for i in range(n):
        total += weight[i] * np.log(sum(weight[j] * np.exp(vectors[i] @ vectors[j] / temperature) for j in range(n)))
    return total


@pytest.mark.parametrize("temperature", [0.3, 1.0])
def test_the_loss_by_degree_in_every_form(temperature):
    """Double loop, dense, streamed, on a torch device: value, gradient, products with the Hessian."""
    graph = networkx.les_miserables_graph()
    adjacency = networkx.to_numpy_array(graph)
    n = len(adjacency)
    vectors, direction = random_vectors(n, 3, 0), np.random.default_rng(1).normal(size=(n, 3))
    dense = graph_objective(graph, temperature, by_degree=True).at(vectors)
    assert dense.value == pytest.approx(by_loops(adjacency, vectors, temperature), abs=1e-12)
    streamed = streamed_objective(graph, temperature, by_degree=True).at(vectors)
    assert streamed.value == pytest.approx(dense.value, abs=1e-12)
    np.testing.assert_allclose(streamed.product, dense.product, atol=1e-13)
    np.testing.assert_allclose(streamed.hessian_product(direction), dense.hessian_product(direction), atol=1e-12)
    np.testing.assert_allclose(streamed.gradient_product(direction), dense.dense_gradient() @ direction, atol=1e-12)
    found = [
        minimise_on_graph(graph, temperature, 4, device=device, by_degree=True, gap_tolerance=1e-7)
        for device in (None, "cpu")
    ]
    assert found[0].loss == pytest.approx(found[1].loss, abs=1e-9)
    assert found[0].loss < minimise_on_graph(graph, temperature, 2, by_degree=True, certify=False).loss + 1e-9
    assert found[0].loss == pytest.approx(by_loops(adjacency, found[0].embeddings, temperature), abs=1e-11)


def test_large_graphs_go_without_arrays_of_their_square(monkeypatch):
    graph = MODEL.sample(200, seed=0)
    dense = minimise_on_graph(graph, 1.0, 3, by_degree=True)
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.graph.DENSE_ORDER", 50)
    streamed = minimise_on_graph(graph, 1.0, 3, by_degree=True)
    assert streamed.loss == pytest.approx(dense.loss, abs=1e-10)


def test_a_model_is_estimated_from_a_graph_drawn_from_it():
    model = DegreeCorrectedModel(PLAIN.proportions, 0.2 * PLAIN.connectivity, [0.4, 1.6], [0.5, 0.5])
    graph = model.sample(1500, seed=3)
    found = DegreeCorrectedModel.from_graph(graph, levels=2)
    np.testing.assert_allclose(found.weights, model.weights, atol=0.08)
    scale = found.blocks.connectivity[1, 1] / model.blocks.connectivity[1, 1]
    np.testing.assert_allclose(found.blocks.connectivity, scale * model.blocks.connectivity, atol=0.01)
    expected = minimise_population(model.by_degree).gram
    np.testing.assert_allclose(minimise_population(found.by_degree).gram, expected, atol=0.05)
    np.testing.assert_allclose(minimise_population(found.types).gram, minimise_population(model.types).gram, atol=0.1)


def test_few_nodes_heavy_hubs_and_weighted_edges():
    graph = networkx.karate_club_graph()
    clubs = networkx.get_node_attributes(graph, "club")
    model = DegreeCorrectedModel.from_graph(graph, clubs, levels=3)
    assert model.types.connectivity.max() <= 1 and model.types.blocks == 6
    assert np.all(np.diff(model.weights, axis=1) > 0)
    np.testing.assert_allclose((model.weights * model.weight_shares).sum(1), 1)
    alone = DegreeCorrectedModel.from_graph(np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0.0]]), [0, 1, 1], levels=4)
    assert alone.types.blocks == 3  # a block has no more types than nodes
    heavy = DegreeCorrectedModel.from_graph(networkx.to_numpy_array(graph) * 3, list(clubs.values()), levels=3)
    np.testing.assert_allclose(heavy.by_degree.pair_weights, model.by_degree.pair_weights)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [[0.5]], [0.5, 1.6]), "weights of block 0 have the mean 1.05, not 1"),
        (
            ([1.0], [[0.5]], [0.1, 1.9]),
            "weights 1.9 of block 0 and 1.9 of block 0 are joined with probability 1.805, above 1",
        ),
        (([1.0], [[0.5]], [0.0, 2.0]), "weights must be positive"),
        (([1.0], [[0.5]], [1.0], [0.5]), "weight_shares must be shares, of sum 1"),
        (([1.0], [[0.5]], [1.0], [[0.5], [0.5]]), "weight_shares must be"),
        (([1.0], [[0.5]], 1.0), r"weights must be \[L\] or \[1, L\]"),
        (([0.5, 0.4], [[0.5, 0], [0, 0.5]], [1.0]), "proportions sum to 0.9"),
    ],
)
def test_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        DegreeCorrectedModel(*arguments)


def test_graphs_that_have_no_such_model():
    lonely = np.zeros((4, 4))
    lonely[0, 1] = lonely[1, 0] = 1
    lonely[2, 0] = lonely[0, 2] = 1
    with pytest.raises(ValueError, match="node 3 has no edges"):
        DegreeCorrectedModel.from_graph(lonely, [0, 0, 0, 0])
    with pytest.raises(ValueError, match="levels = 0 must be a whole number"):
        DegreeCorrectedModel.from_graph(lonely, [0, 0, 0, 0], levels=0)
