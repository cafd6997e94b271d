"""The batched population solver against the one-by-one solver, an independent convex solver, and its own bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, minimise_population, minority_model, population_loss
from contrastive_claims.theory.blockmodel import batch as batch_module
from contrastive_claims.theory.blockmodel.batch import minimise_populations
from contrastive_claims.theory.elliptope import random_vectors


def random_models(models, blocks, seed, least_share=1e-4):
    generator = np.random.default_rng(seed)
    shares = np.maximum(generator.dirichlet(np.full(blocks, 0.7), models), least_share)
    alpha = generator.random((models, blocks, blocks)) * (generator.random((models, blocks, blocks)) < 0.7)
    alpha = np.triu(alpha, 1) + np.triu(alpha, 1).transpose(0, 2, 1)
    alpha[:, np.arange(blocks), np.arange(blocks)] = generator.uniform(0.3, 1, (models, blocks))
    return shares / shares.sum(axis=1, keepdims=True), alpha


@settings(deadline=None, max_examples=25)
@given(blocks=st.integers(1, 8), seed=st.integers(0, 10**6), data=st.data())
def test_batch_is_the_one_by_one_solver_and_nothing_feasible_lies_lower(blocks, seed, data):
    shares, alpha = random_models(3, blocks, seed)
    tau = np.array(data.draw(st.lists(st.sampled_from([0.1, 0.3, 1.0, 3.0, 10.0]), min_size=3, max_size=3)))
    found = minimise_populations(shares, alpha, tau)
    assert (found.gap <= 1e-12).all() or found.fallback.any()
    assert (found.gap <= 1e-10).all()
    for b in range(3):
        model = BlockModel(shares[b], alpha[b])
        alone = minimise_population(model, tau[b])
        assert found.loss[b] == pytest.approx(alone.loss, abs=1e-10)
        assert found.loss[b] == pytest.approx(population_loss(model, found.gram[b], temperature=tau[b]), abs=1e-12)
        np.testing.assert_allclose(np.diag(found.gram[b]), 1)
        assert np.linalg.eigvalsh(found.gram[b])[0] > -1e-14
        scale = 1e-9 / shares[b] ** 0.5 / shares[b].min() ** 0.5
        assert (np.abs(found.multipliers[b] - alone.multipliers) <= scale).all()
        other = random_vectors(blocks, blocks, seed)
        assert population_loss(model, vectors=other, temperature=tau[b]) >= found.loss[b] - found.gap[b] - 1e-13


@pytest.mark.parametrize("blocks", range(2, 9))
def test_agrees_with_an_interior_point_solver(blocks):
    cvxpy = pytest.importorskip("cvxpy")
    shares, alpha = random_models(1, blocks, seed=blocks, least_share=0.02)
    model, tau = BlockModel(shares[0], alpha[0]), (0.5, 1.0)[blocks % 2]
    gram = cvxpy.Variable((blocks, blocks), PSD=True)
    sums = [
        share * cvxpy.log_sum_exp(gram[k] / tau + np.log(model.proportions))
        for k, share in enumerate(model.proportions)
    ]
    loss = cvxpy.sum(sums) - cvxpy.sum(cvxpy.multiply(model.pair_weights, gram)) / tau
    oracle = cvxpy.Problem(cvxpy.Minimize(loss), [cvxpy.diag(gram) == 1])
    oracle.solve(solver=cvxpy.CLARABEL)
    assert minimise_populations(shares, alpha, tau).loss[0] == pytest.approx(oracle.value, abs=1e-7)


def test_gap_bounds_an_unfinished_search(monkeypatch):
    shares, alpha = random_models(200, 4, seed=3)
    exact = minimise_populations(shares, alpha)
    monkeypatch.setattr(batch_module, "_GAP", 0.05)
    monkeypatch.setattr(batch_module, "multiplier_errors", lambda gap, shares, _: np.zeros_like(shares))
    monkeypatch.setattr(batch_module, "COSINE_TOLERANCE", 2.0)
    rough = minimise_populations(shares, alpha)
    excess = rough.loss - exact.loss
    assert not rough.fallback.any()
    assert (excess >= -1e-12).all()
    assert (excess <= rough.gap).all()
    assert excess.max() > 1e-4


def test_one_connectivity_and_temperature_for_all_and_more_models_than_a_chunk():
    share = np.geomspace(1 / 3, 1e-4, 1500)
    shares = np.stack([share, (1 - share) / 2, (1 - share) / 2], axis=1)
    found = minimise_populations(shares, minority_model(1 / 3, 0.4).connectivity)
    assert found.gap.max() <= 1e-12
    assert (np.diff(found.gram[:, 0, 1]) >= -1e-9).all()  # claim B4
    last = minimise_population(minority_model(share[-1], 0.4))
    assert found.gram[-1, 0, 1] == pytest.approx(last.gram[0, 1], abs=1e-5)


def test_what_the_interior_point_leaves_open_is_solved_alone(monkeypatch):
    shares, alpha = random_models(4, 3, seed=1)
    expected = minimise_populations(shares, alpha)
    monkeypatch.setattr(batch_module, "_ITERATIONS", 3)
    found = minimise_populations(shares, alpha)
    assert found.fallback.all()
    assert not expected.fallback.any()
    np.testing.assert_allclose(found.loss, expected.loss, atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones(3), np.eye(3)), "must be"),
        ((np.full((2, 3), 1 / 3), np.eye(2)), "connectivity has shape"),
        ((np.full((2, 3), 1 / 3), np.eye(3), np.ones(3)), "temperature has shape"),
        ((np.full((2, 3), 1 / 3), np.eye(3), np.array([1, 0])), "model 1: temperature"),
        ((np.full((2, 3), 1 / 3), np.eye(3), np.nan), "model 0: temperature"),
        ((np.full((2, 3), 0.5), np.eye(3)), "model 0: proportions sum"),
        ((np.full((2, 3), 1 / 3), np.stack([np.eye(3), np.diag([1, 0, 1])])), "model 1: block 1 is isolated"),
        ((np.full((2, 3), 1 / 3), np.full((3, 3), np.nan)), r"model 0: connectivity\[0, 0\]"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        minimise_populations(*arguments)


def test_equal_models_that_must_be_solved_alone_are_solved_once(monkeypatch):
    asked = []

    def alone(model, temperature):
        asked.append((model.proportions.tolist(), temperature))
        return minimise_population(model, temperature)

    monkeypatch.setattr(batch_module, "_ITERATIONS", 1)
    monkeypatch.setattr(batch_module, "minimise_population", alone)
    shares = np.array([[0.3, 0.7], [0.4, 0.6], [0.3, 0.7], [0.3, 0.7]])
    tau = np.array([1.0, 1.0, 1.0, 2.0])
    found = minimise_populations(shares, [[0.9, 0.2], [0.2, 0.8]], tau)
    assert found.fallback.all() and asked == [([0.3, 0.7], 1.0), ([0.4, 0.6], 1.0), ([0.3, 0.7], 2.0)]
    for b in range(4):
        expected = minimise_population(BlockModel(shares[b], [[0.9, 0.2], [0.2, 0.8]]), tau[b])
        np.testing.assert_array_equal(found.gram[b], expected.gram)
