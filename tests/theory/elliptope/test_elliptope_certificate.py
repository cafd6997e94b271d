"""The certificate bounds the suboptimality of any feasible point, and refuses what it cannot bound."""

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.elliptope import certificate, random_vectors
from contrastive_claims.theory.elliptope.certificate import matrix_free_certificate


def quadratic(target, scale):
    """f(G) = |scale * (G - target)|^2 / 2 entrywise, and its gradient."""
    return lambda gram: 0.5 * (scale * (gram - target) ** 2).sum(), lambda gram: scale * (gram - target)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), order=st.integers(1, 40), dimension=st.integers(1, 6))
def test_no_feasible_point_lies_lower_than_the_gap_allows(seed, order, dimension):
    generator = np.random.default_rng(seed)
    target = generator.uniform(-1, 1, (order, order))
    value, slope = quadratic(target + target.T, np.ones((order, order)))
    weights = generator.dirichlet(np.ones(order)) + 1e-6
    weights /= weights.sum()
    vectors = random_vectors(order, dimension, seed)
    gram = vectors @ vectors.T
    bound = certificate(slope(gram), gram, weights)
    assert bound.gap >= 0
    for other in range(5):
        rows = random_vectors(order, 1 + other, seed + other + 1)
        assert value(rows @ rows.T) >= value(gram) - bound.gap - 1e-9


def test_gap_is_zero_exactly_at_an_optimum_and_open_elsewhere():
    # min (G_12 - 2)^2 over |G_12| <= 1: optimum 1, where lambda = (1 - 2) and S = [[1, -1], [-1, 1]] is psd.
    _, slope = quadratic(np.array([[1.0, 2.0], [2.0, 1.0]]), np.ones((2, 2)))
    half = np.array([0.5, 0.5])
    best, other = np.ones((2, 2)), np.eye(2)
    assert certificate(slope(best), best, half).gap == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(certificate(slope(best), best, half).multipliers, [-2, -2])
    # At G = I: S = [[0, -2], [-2, 0]] / .5, whose smallest eigenvalue is -4; the true gap is 2^2 - 1^2 = 3.
    assert certificate(slope(other), other, half).gap == pytest.approx(4)


def test_direction_lowers_the_value_to_second_order():
    value, slope = quadratic(np.full((3, 3), 1.0), np.ones((3, 3)))
    vectors = np.eye(3)[:, :2] + np.array([[0, 0], [0, 0], [1, 0]])
    gram = vectors @ vectors.T
    bound = certificate(slope(gram), gram, np.full(3, 1 / 3), count=2)
    assert bound.eigenvalues[0] < 0
    raised = np.column_stack([vectors, 0.1 * bound.directions[:, 0]])
    raised /= np.linalg.norm(raised, axis=1, keepdims=True)
    assert value(raised @ raised.T) < value(gram)


def test_all_eigenvalue_paths_agree(monkeypatch, seed):
    generator = np.random.default_rng([seed, 0])
    matrix = generator.standard_normal((120, 120))
    gram = np.eye(120)
    weights = np.full(120, 1 / 120)
    dense = certificate(matrix + matrix.T, gram, weights, count=3)
    monkeypatch.setattr(importlib.import_module("contrastive_claims.theory.elliptope.certificate"), "DENSE_ORDER", 100)
    lanczos = certificate(matrix + matrix.T, gram, weights, count=3)
    assert dense.dense
    assert not lanczos.dense
    np.testing.assert_allclose(lanczos.eigenvalues, dense.eigenvalues, rtol=1e-8)
    np.testing.assert_allclose(
        dense.eigenvalues, np.linalg.eigvalsh(dense_slack(matrix + matrix.T) * 120)[:3], rtol=1e-10
    )


def dense_slack(gradient):
    return gradient - np.diag(np.diag(gradient))


@pytest.mark.parametrize(
    ("gradient", "gram", "weights", "message"),
    [
        (np.eye(3), np.eye(2), np.full(2, 0.5), "must both be"),
        (np.full((2, 2), np.nan), np.eye(2), np.full(2, 0.5), "finite"),
        (np.eye(2), np.eye(2), np.array([1.0, 0.0]), "positive and sum to 1"),
        (np.eye(2), np.eye(2), np.array([1.0, 1.0]), "positive and sum to 1"),
    ],
)
def test_bad_input_is_refused(gradient, gram, weights, message):
    with pytest.raises(ValueError, match=message):
        certificate(gradient, gram, weights)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), order=st.integers(8, 60), dimension=st.integers(1, 3))
def test_matrix_free_certificate_bounds_like_the_dense_one(seed, order, dimension):
    generator = np.random.default_rng(seed)
    matrix = generator.standard_normal((order, order))
    matrix = matrix + matrix.T
    weights = generator.dirichlet(np.full(order, 5.0))
    vectors = random_vectors(order, dimension, seed)
    dense = certificate(matrix, vectors @ vectors.T, weights)
    lanczos = matrix_free_certificate(lambda x: matrix @ x, vectors, weights)
    # away from an optimum the range of V is coupled: the bound may be looser, never tighter
    assert lanczos.gap >= dense.gap * (1 - 1e-6)
    np.testing.assert_allclose(lanczos.multipliers, dense.multipliers, rtol=1e-9, atol=1e-9)


def test_matrix_free_certificate_closes_at_an_optimum_and_sees_one_weak_node_among_many():
    # f(G) = -<C, G>, C = 1 1^T - weak: at one common vector D = -C, lambda = -row sums; S is psd iff every force is enough.
    order = 400
    weights, vectors = np.full(order, 1 / order), np.tile([1.0, 0.0], (order, 1))
    for weak, closed in ((0.0, True), (1e-4, False)):
        matrix = -np.ones((order, order)) / order**2
        matrix[7, :] = matrix[:, 7] = weak / order**2  # node 7 is pushed away from all others
        matrix[7, 7] = 0
        if closed:
            matrix[7, :] = matrix[:, 7] = -1 / order**2
        bound = matrix_free_certificate(lambda x, m=matrix: m @ x, vectors, weights)
        dense = certificate(matrix, vectors @ vectors.T, weights)
        assert (bound.gap <= 1e-10) == (dense.gap <= 1e-10) == closed
        assert bound.gap == pytest.approx(dense.gap, rel=1e-2, abs=1e-10)


@pytest.mark.parametrize("order", [8, 60])
def test_a_factorisation_is_enough_where_it_exists(order, seed):
    generator = np.random.default_rng(order)
    vectors = random_vectors(order, 2, seed)
    null = np.linalg.svd(vectors)[0][:, 2:]
    slack = null @ np.diag(generator.uniform(0.1, 1, order - 2)) @ null.T  # psd, zero on the range of V: an optimum
    weights = np.full(order, 1 / order)
    gradient, gram = (slack - np.diag(generator.random(order))) / order, vectors @ vectors.T
    exact, quick = certificate(gradient, gram, weights), certificate(gradient, gram, weights, enough=1e-9)
    assert exact.gap < 1e-12
    assert quick.gap == (1e-9 if order > 32 else exact.gap)
    np.testing.assert_array_equal(quick.multipliers, exact.multipliers)
    worse = gradient + 0.3 * np.outer(null[:, 0], null[:, 0]) * -4 / order
    opened = certificate(worse, gram, weights, count=2, enough=1e-9)
    assert opened.gap == pytest.approx(certificate(worse, gram, weights).gap, rel=1e-12)
    assert opened.gap > 0.1
    assert opened.directions.shape == (order, 2)
    widely = certificate(worse, gram, weights, enough=opened.gap + 1e-9)
    assert order <= 32 or widely.gap == opened.gap + 1e-9
