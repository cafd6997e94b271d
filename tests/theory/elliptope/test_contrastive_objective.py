"""Value and derivatives against a naive double loop and finite differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from contrastive_claims.theory.elliptope import random_vectors
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective


def random_problem(seed, n):
    generator = np.random.default_rng(seed)
    pairs, kernel = generator.random((2, n, n))
    kernel[generator.random((n, n)) < 0.3] = 0
    kernel[:, 0] = 1  # no empty row
    return pairs, generator.random(n), kernel


def naive_loss(pairs, anchors, kernel, temperature, gram):
    total = 0.0
    for i in range(len(gram)):
        total -= sum(pairs[i, j] * gram[i, j] for j in range(len(gram))) / temperature
        total += anchors[i] * math.log(sum(kernel[i, j] * math.exp(gram[i, j] / temperature) for j in range(len(gram))))
    return total


cases = given(
    seed=st.integers(0, 10**6), n=st.integers(1, 7), d=st.integers(1, 4), temperature=st.sampled_from([0.1, 0.5, 1, 5])
)


@settings(deadline=None, max_examples=40)
@cases
def test_loss_is_the_double_loop(seed, n, d, temperature):
    problem = random_problem(seed, n)
    vectors = random_vectors(n, d, seed)
    expected = naive_loss(*problem, temperature, vectors @ vectors.T)
    objective = ContrastiveObjective(*problem, temperature)
    assert objective.at(vectors).value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert objective.loss(vectors @ vectors.T) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@settings(deadline=None, max_examples=40)
@cases
def test_derivatives_are_the_finite_differences(seed, n, d, temperature):
    objective = ContrastiveObjective(*random_problem(seed, n), temperature)
    vectors, direction = random_vectors(n, d, seed), random_vectors(n, d, seed + 1)
    here = objective.at(vectors)
    step = 1e-5 * temperature
    ahead, behind = objective.at(vectors + step * direction), objective.at(vectors - step * direction)
    slope = 2 * (here.product * direction).sum()
    assert slope == pytest.approx((ahead.value - behind.value) / (2 * step), rel=1e-6, abs=1e-6 / temperature)
    curvature = here.hessian_product(direction)
    scale = np.abs(curvature).max() + 1 / temperature
    np.testing.assert_allclose(curvature, (ahead.product - behind.product) / (2 * step), atol=1e-7 * scale)
    dense = here.dense_gradient()
    np.testing.assert_allclose(dense, dense.T)
    np.testing.assert_allclose(dense @ vectors, here.product, atol=1e-12 * scale)
    np.testing.assert_allclose(dense, objective.gradient(vectors @ vectors.T), atol=1e-12 * scale)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 6), t=st.floats(0, 1))
def test_loss_is_convex_in_the_gram_matrix(seed, n, t):
    objective = ContrastiveObjective(*random_problem(seed, n), 0.3)
    first, second = (v @ v.T for v in (random_vectors(n, n, seed), random_vectors(n, n, seed + 1)))
    mixed = objective.loss(t * first + (1 - t) * second)
    assert mixed <= t * objective.loss(first) + (1 - t) * objective.loss(second) + 1e-10


def test_low_temperature_neither_overflows_nor_vanishes():
    # Antipodal pair, each anchor's only candidate the other: every exponential alone is e^(-1/tau) = e^-2000.
    objective = ContrastiveObjective(np.zeros((2, 2)), np.array([0.5, 0.5]), 1.0 - np.eye(2), 0.0005)
    here = objective.at(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    assert here.value == pytest.approx(-2000)
    assert np.isfinite(here.product).all()


def test_sparse_pair_weights_change_nothing(seed):
    pairs, anchors, kernel = random_problem(5, 6)
    pairs[pairs < 0.6] = 0
    vectors, direction = random_vectors(6, 3, seed), random_vectors(6, 3, seed + 1)
    dense = ContrastiveObjective(pairs, anchors, kernel, 0.7)
    sparse = ContrastiveObjective(csr_array(pairs), anchors, kernel, 0.7)
    gram = vectors @ vectors.T
    assert sparse.loss(gram) == pytest.approx(dense.loss(gram))
    np.testing.assert_allclose(sparse.gradient(gram), dense.gradient(gram))
    np.testing.assert_allclose(sparse.at(vectors).product, dense.at(vectors).product)
    np.testing.assert_allclose(
        sparse.at(vectors).hessian_product(direction), dense.at(vectors).hessian_product(direction)
    )


@pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match="temperature"):
        ContrastiveObjective(np.eye(2), np.ones(2), 1.0, temperature)
