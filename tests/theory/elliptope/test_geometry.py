"""Bounds on cosines: never below the distance to an optimum found in hundreds of digits, and open where nothing is known."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    Graph,
    minimise_blocks,
    minimise_on_graph,
    minimise_population,
    minimise_populations,
    minority_model,
    nearest_groups,
    population_objective,
)
from contrastive_claims.theory.blockmodel.refine import refine_population
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective
from contrastive_claims.theory.elliptope.geometry import OPEN, Weights, errors_from

SIMPLEX = BlockModel([1 / 3] * 3, 0.95 * np.eye(3))
LOOSE = "loss certified, geometry not"


def random_model(rng, blocks):
    shares = rng.dirichlet(np.ones(blocks)) * 0.95 + 0.05 / blocks
    alpha = np.triu(rng.random((blocks, blocks)) * (rng.random((blocks, blocks)) < 0.6), 1)
    alpha = alpha + alpha.T
    np.fill_diagonal(alpha, rng.uniform(0.3, 1, blocks))
    return BlockModel(shares, alpha)


def exact(model, temperature):
    found = refine_population(model, temperature, cosine_tolerance=1e-12)
    return np.array([[float(entry) for entry in row] for row in found.gram.tolist()])


@given(st.integers(0, 10**6), st.integers(2, 5), st.sampled_from([0.05, 0.1, 0.3, 1.0, 3.0]), st.floats(-14, -2))
@settings(max_examples=40, deadline=None)
def test_the_bound_covers_the_distance_from_wherever(seed, blocks, temperature, size):
    """At the optimum in doubles and at points near it, whose residual is then what bounds the distance."""
    rng = np.random.default_rng(seed)
    model = random_model(rng, blocks)
    objective = population_objective(model, temperature)
    best, optimum = minimise_blocks(objective, model.proportions), exact(model, temperature)
    moved = best.vectors + 10**size * rng.normal(size=(blocks, blocks))
    for vectors in (best.vectors, moved / np.linalg.norm(moved, axis=1, keepdims=True)):
        errors = objective.cosine_errors(vectors)
        assert (np.abs(vectors @ vectors.T - optimum) <= errors + 1e-15).all()
        assert (np.diag(errors) == 0).all() and (errors == errors.T).all()


def test_the_bound_is_not_open_where_doubles_do(seed):
    """Half of the random models at ordinary temperatures to 1e-9, nine in ten to 1e-6: a bound of 2 would say nothing."""
    rng = np.random.default_rng(seed)
    worst = []
    for _ in range(40):
        model = random_model(rng, 4)
        worst.append(
            population_objective(model)
            .cosine_errors(minimise_blocks(population_objective(model), model.proportions).vectors)
            .max()
        )
    assert np.median(worst) < 1e-9 and np.quantile(worst, 0.9) < 1e-6


def test_errors_fall_with_the_residual_and_open_without_curvature():
    softmax = np.full((3, 3), 1 / 3)
    weights = Weights(softmax, softmax / 3, 1.0)
    bounds = [errors_from(weights, np.full((3, 3), size), 0.0)[0, 1] for size in (1e-8, 1e-12)]
    assert bounds[0] / bounds[1] == pytest.approx(1e4)
    assert errors_from(weights, np.zeros((3, 3)), 0.0).max() == 0
    assert errors_from(weights, np.zeros((3, 3)), 1e-12)[0, 1] == pytest.approx(
        1e-6 / np.sqrt(np.exp(-0.04) * weights.curvature[0, 1])
    )
    flat = Weights(np.eye(3), np.eye(3) / 3, 1.0)
    assert errors_from(flat, np.full((3, 3), 1e-30), 0.0)[0, 1] == OPEN


@pytest.mark.parametrize("temperature", [0.03, 0.02, 0.01])
def test_three_equal_disconnected_blocks_are_the_simplex(temperature):
    found = minimise_population(SIMPLEX, temperature)
    assert found.status == "certified" and found.cosine_errors.max() <= 1e-6
    np.testing.assert_allclose(found.gram, 1.5 * np.eye(3) - 0.5, atol=1e-9)
    control = minimise_blocks(population_objective(SIMPLEX, temperature), SIMPLEX.proportions)
    assert (
        control.gap < 1e-10 and control.status == LOOSE
    )  # doubles close the gap, and know that they know nothing else
    for group in nearest_groups(SIMPLEX, temperature):
        assert group.cosine == pytest.approx(-0.5) and group.cosine_error <= 1e-6


@pytest.mark.parametrize("temperature", [0.05, 0.02, 0.01])
def test_the_published_pattern_at_low_temperature(temperature):
    """Against its stationarity equations in 400 digits: two angles in the plane, solved by mpmath from where we say they are."""
    found = minimise_population(minority_model(0.05, 0.4), temperature)
    assert found.status == "certified"
    with mpmath.workdps(400):
        tau = mpmath.mpf(temperature)
        model = minority_model(0.05, 0.4)
        shares, pairs = ([mpmath.mpf(float(x)) for x in row] for row in (model.proportions, model.pair_weights.ravel()))
        total = sum(shares)
        alpha = [[mpmath.mpf(float(x)) for x in row] for row in model.connectivity]
        shares = [share / total for share in shares]
        degrees = [sum(a * s for a, s in zip(row, shares, strict=True)) for row in alpha]
        pairs = [[shares[k] * alpha[k][m] * shares[m] / degrees[k] for m in range(3)] for k in range(3)]

        def slopes(first, second):
            """The loss's derivatives in the angles of blocks 1 and 2 from block 0."""
            angle = [mpmath.mpf(0), first, second]
            found = []
            for moved in (1, 2):
                slope = mpmath.mpf(0)
                for k in range(3):
                    kernel = [shares[m] * mpmath.exp((mpmath.cos(angle[k] - angle[m]) - 1) / tau) for m in range(3)]
                    for m in range(3):
                        turn = -mpmath.sin(angle[k] - angle[m]) * ((k == moved) - (m == moved)) / tau
                        slope += (shares[k] * kernel[m] / sum(kernel) - pairs[k][m]) * turn
                found.append(slope)
            return found

        start = (mpmath.acos(found.gram[0, 1]), -mpmath.acos(found.gram[0, 2]))
        angles = mpmath.findroot(slopes, start, tol=1e-100, maxsteps=60, verify=False)
        force = mpmath.exp(-2 / tau)  # what the slopes are made of
        assert max(abs(slope) for slope in slopes(*angles)) < 1e-30 * force
        cosines = [float(mpmath.cos(x)) for x in (angles[0], angles[1], angles[0] - angles[1])]
    np.testing.assert_allclose(found.gram[np.triu_indices(3, 1)], cosines, atol=1e-9)
    assert found.gram[1, 2] < -0.998  # all but antipodal, where doubles stop at -.6 (tau = .01) or -.89 (.02)


def test_batches_know_their_geometry():
    shares = np.array([[0.05, 0.475, 0.475], [1 / 3] * 3, [0.2, 0.3, 0.5]])
    alpha = np.stack([minority_model(0.05, 0.4).connectivity, 0.95 * np.eye(3), 0.1 + 0.8 * np.eye(3)])
    found = minimise_populations(shares, alpha, [0.02, 0.01, 1.0])
    assert found.status.tolist() == ["certified"] * 3 and found.fallback.tolist() == [True, True, False]
    assert found.cosine_errors.max() <= 1e-6
    assert found.gram[0, 1, 2] < -0.998 and found.gram[1, 0, 1] == pytest.approx(-0.5)
    for b, tau in enumerate((0.02, 0.01, 1.0)):
        np.testing.assert_allclose(found.gram[b], exact(BlockModel(shares[b], alpha[b]), tau), atol=1e-6)


@pytest.mark.parametrize("temperature", [0.05, 0.02, 0.01])
def test_three_disjoint_cliques(temperature):
    """The search cannot see forces of e^(-2/tau) and says so; labels let it start from the blocks' optimum, which knows."""
    labels = np.repeat(np.arange(3), 10)
    cliques = Graph((labels[:, None] == labels) & ~np.eye(30, dtype=bool))
    blind = minimise_on_graph(cliques, temperature, 4)
    assert blind.gap < 1e-8 and blind.status == LOOSE
    told = minimise_on_graph(Graph(cliques.adjacency, labels), temperature, 4)
    np.testing.assert_allclose(told.block_cosines(labels), 1.5 * np.eye(3) - 0.5, atol=1e-9)
    assert told.status == LOOSE  # right, but not proved so by doubles


def test_geometry_of_a_graph_on_request():
    graph = minority_model(1 / 3, 0.4).sample(sizes=(40, 40, 40), seed=0)
    plain = minimise_on_graph(graph, 1.0, 5)
    assert plain.status == "certified" and np.isnan(plain.cosine_error)
    asked = minimise_on_graph(graph, 1.0, 5, geometry=True)
    assert asked.status == "certified" and asked.cosine_error <= 1e-6


def test_many_blocks_are_settled_in_doubles():
    for blocks in (20, 100):
        model = BlockModel(np.full(blocks, 1 / blocks), 0.1 + 0.4 * np.eye(blocks))
        found = minimise_population(model, 0.5)
        assert found.status == "certified" and not found.refined and found.cosine_errors.max() < 1e-6
        others = found.gram[~np.eye(blocks, dtype=bool)]
        assert np.ptp(others) < 1e-8  # by symmetry


def test_an_objective_that_weighs_candidates_otherwise():
    """Kernel weights of any kind: the bound is of the form's own softmax."""
    rng = np.random.default_rng(4)
    pairs = rng.random((5, 5))
    anchors = rng.dirichlet(np.ones(5))
    objective = ContrastiveObjective(pairs / pairs.sum(), anchors, rng.random((5, 5)), 0.7)
    found = minimise_blocks(objective, anchors)
    assert found.cosine_errors.max() < 1e-6
    moved = found.vectors + 1e-5 * rng.normal(size=(5, 5))
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    off = np.abs(moved @ moved.T - found.gram) * (1 - np.eye(5))
    assert (off <= objective.cosine_errors(moved) + found.cosine_errors).all()
