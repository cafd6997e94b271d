"""The spectral contrastive loss: its definition, convexity, certified optimum on the sphere, and closed forms."""

import importlib

import networkx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    DegreeCorrectedModel,
    free_spectral,
    graph_spectral_objective,
    minimise_population,
    minimise_spectral,
    minority_model,
    spectral_objective,
)
from contrastive_claims.theory.blockmodel.population import COSINE_TOLERANCE, GEOMETRY_OPEN
from contrastive_claims.theory.elliptope import minimise, random_vectors
from contrastive_claims.theory.elliptope.spectral import SpectralObjective

MODEL = minority_model(0.2, 0.4)


def by_loops(model, gram, scale):
    pairs, shares = model.pair_weights, model.proportions
    order = range(len(shares))
    pull = sum(pairs[k, m] * gram[k, m] for k in order for m in order)
    return scale**2 * sum(shares[k] * shares[m] * gram[k, m] ** 2 for k in order for m in order) - 2 * scale * pull


@given(model=st.from_type(BlockModel), seed=st.integers(0, 10**6), scale=st.sampled_from([0.3, 1.0, 4.0]))
@settings(deadline=None, max_examples=30)
def test_value_gradient_and_hessian_are_the_definition_s(model, seed, scale):
    objective, rng = spectral_objective(model, scale), np.random.default_rng(seed)
    vectors, direction = random_vectors(model.blocks, 3, seed), rng.normal(size=(model.blocks, 3))
    here = objective.at(vectors)
    gram = vectors @ vectors.T
    assert here.value == pytest.approx(by_loops(model, gram, scale), abs=1e-12)
    assert objective.loss(gram) == pytest.approx(here.value, abs=1e-12)
    np.testing.assert_allclose(here.product, here.dense_gradient() @ vectors, atol=1e-13)
    np.testing.assert_allclose(here.gradient_product(direction), here.dense_gradient() @ direction, atol=1e-13)
    step = 1e-5
    ahead, behind = (objective.at(vectors + sign * step * direction) for sign in (1, -1))
    slope = (ahead.value - behind.value) / (2 * step)
    assert slope == pytest.approx(2 * (here.product * direction).sum(), abs=1e-7)
    np.testing.assert_allclose(
        here.hessian_product(direction), (ahead.product - behind.product) / (2 * step), atol=1e-7
    )


@given(model=st.from_type(BlockModel), seed=st.integers(0, 10**6), scale=st.sampled_from([0.3, 1.0, 4.0]))
@example(
    model=BlockModel(np.array([0.46715328, 0.46715328, 0.05839416, 0.00729928]), 0.95 * np.eye(4)), seed=0, scale=0.3
)
@settings(deadline=None, max_examples=30)
def test_the_optimum_is_below_every_embedding_and_its_cosines_within_their_bound(model, seed, scale):
    objective, optimum = spectral_objective(model, scale), minimise_spectral(model, scale)
    # a block of few nodes weighs so little that a gap within the tolerance leaves its cosines open: then it has to say so
    assert optimum.gap <= 1e-10 * min(1.0, scale**2)
    assert optimum.status == ("certified" if optimum.cosine_errors.max() <= COSINE_TOLERANCE else GEOMETRY_OPEN)
    for other in range(5):
        rows = random_vectors(model.blocks, model.blocks, seed + other)
        gram, value = rows @ rows.T, objective.at(rows).value
        assert value >= optimum.loss - optimum.gap - 1e-13
        assert (
            value - optimum.loss
            >= ((gradient := objective.gradient(optimum.gram)) * (gram - optimum.gram)).sum() - 1e-12
        )
        assert gradient.shape == gram.shape
        room = objective.cosine_errors(value - optimum.loss + optimum.gap)  # strong convexity, from a point far away
        assert (np.abs(gram - optimum.gram) <= room + 1e-7).all()


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("blocks", [3, 6])
def test_against_an_independent_solver(scale, blocks):
    cvxpy = importlib.import_module("cvxpy")
    rng = np.random.default_rng(blocks)
    alpha = np.triu(rng.random((blocks, blocks)) * (rng.random((blocks, blocks)) < 0.7), 1)
    model = BlockModel(rng.dirichlet(np.full(blocks, 3.0)), alpha + alpha.T + np.diag(rng.uniform(0.1, 1, blocks)))
    gram = cvxpy.Variable((blocks, blocks), PSD=True)
    root = np.sqrt(np.outer(model.proportions, model.proportions))
    square = cvxpy.sum_squares(cvxpy.multiply(root, gram))
    pull = cvxpy.sum(cvxpy.multiply(model.pair_weights, gram))
    problem = cvxpy.Problem(cvxpy.Minimize(scale**2 * square - 2 * scale * pull), [cvxpy.diag(gram) == 1])
    problem.solve(solver=cvxpy.CLARABEL)
    found = minimise_spectral(model, scale)
    assert found.loss == pytest.approx(problem.value, abs=1e-7)
    np.testing.assert_allclose(found.gram, gram.value, atol=2e-3)


def test_closed_forms_on_the_sphere():
    """The ratio law where the psd constraint does not bind, the cut for two blocks, orthogonal where nothing is linked."""
    shares = MODEL.proportions
    ratio = (MODEL.pair_weights + MODEL.pair_weights.T) / 2 / np.outer(shares, shares)
    for scale in (2.0, 5.0):
        expected = ratio / scale
        np.fill_diagonal(expected, 1)
        assert np.linalg.eigvalsh(expected)[0] > 0
        np.testing.assert_allclose(minimise_spectral(MODEL, scale).gram, expected, atol=1e-9)
    two = BlockModel([0.3, 0.7], [[0.9, 0.5], [0.5, 0.9]])
    link = ((two.pair_weights + two.pair_weights.T) / 2)[0, 1] / 0.21
    for scale in (0.5 * link, 2 * link):
        assert minimise_spectral(two, scale).gram[0, 1] == pytest.approx(min(1.0, link / scale), abs=1e-7)
    apart = BlockModel([1 / 3] * 3, 0.9 * np.eye(3))
    np.testing.assert_allclose(minimise_spectral(apart).gram, np.eye(3), atol=1e-9)
    assert minimise_population(apart).gram[0, 1] == pytest.approx(-0.5)  # InfoNCE's simplex


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_free_features_are_eigenvectors(dimension):
    """Against a search over features of any length; and by degree the eigenvalues are those of the normalised adjacency."""
    model = BlockModel([0.1, 0.2, 0.3, 0.4], 0.2 + 0.6 * np.eye(4) - 0.1 * np.eye(4)[::-1])
    gram, loss = free_spectral(model, dimension)
    objective = SpectralObjective(model.pair_weights, model.proportions)

    def value(flat):
        here = objective.at(flat.reshape(4, dimension))
        return here.value, 2 * here.product.ravel()

    start = np.random.default_rng(0).normal(size=4 * dimension)
    found = minimize(value, start, jac=True, method="BFGS", options={"gtol": 1e-10})
    assert loss == pytest.approx(found.fun, abs=1e-9) and objective.loss(gram) == pytest.approx(loss, abs=1e-12)
    features = found.x.reshape(4, dimension)
    np.testing.assert_allclose(features @ features.T, gram, atol=1e-5)
    assert np.linalg.matrix_rank(gram, tol=1e-9) <= dimension
    graph = networkx.karate_club_graph()
    adjacency = networkx.to_numpy_array(graph)
    root = np.sqrt(adjacency.sum(1))
    values = np.linalg.eigvalsh(adjacency / root[:, None] / root)[::-1][:dimension]
    by_node = DegreeCorrectedModel.from_graph(
        graph, dict.fromkeys(graph, 0), levels=1
    )  # only for a model by degree of one block
    assert free_spectral(by_node.by_degree)[1] == pytest.approx(-1.0)
    pairs = graph_spectral_objective(graph, by_degree=True)
    top = np.linalg.eigh(adjacency / root[:, None] / root)[1][:, ::-1][:, :dimension] * np.sqrt(values.clip(0))
    assert pairs.at(top * np.sqrt(adjacency.sum()) / root[:, None]).value == pytest.approx(
        -(values**2).sum(), abs=1e-10
    )


def test_a_graph_approaches_its_population():
    expected = minimise_spectral(MODEL, 2.0)
    errors = []
    for n in (100, 800):
        graph = MODEL.sample(n, seed=0)
        members = np.eye(3)[graph.labels]
        start = minimise(
            graph_spectral_objective(graph, 2.0), expected.vectors[graph.labels], np.full(n, 1 / n), gap_tolerance=1e-6
        )
        means = members.T @ start.vectors / members.sum(0)[:, None]
        errors.append(np.abs(means @ means.T - expected.gram).max())
        assert start.loss <= expected.loss + 0.1
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("scale", [0.0, -1.0, np.inf, np.nan])
def test_refused_by_name(scale):
    with pytest.raises(ValueError, match="scale must be positive"):
        minimise_spectral(MODEL, scale)
    with pytest.raises(ValueError, match="dimension = 0"):
        free_spectral(MODEL, 0)
    with pytest.raises(ValueError, match="node 2 is isolated"):
        graph_spectral_objective(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0.0]]))
