"""Spherical harmonics: orthogonality, the addition theorem, the counts, and the kernel's coefficients against a quadrature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from contrastive_claims.theory.blockmodel.harmonics import feature_count, features_of, fill, truncated_kernel
from contrastive_claims.theory.elliptope import random_vectors


@pytest.mark.parametrize("dimension", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_features_are_as_many_as_stated_and_polynomials_of_their_degree(dimension, degree, seed):
    degrees, squares = features_of(dimension, degree)
    assert len(degrees) == len(squares) == feature_count(dimension, degree)
    points = random_vectors(400, dimension, seed).T
    features = fill(points, degree)
    assert features.shape == (len(degrees), 400)
    assert np.linalg.matrix_rank(features) == (len(degrees) if dimension > 1 else min(degree, 1) + 1)
    np.testing.assert_allclose(fill(-points, degree), (-1.0) ** degrees[:, None] * features, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(dimension=st.integers(2, 5), degree=st.integers(0, 7), seed=st.integers(0, 10**6))
def test_products_of_one_degree_sum_to_the_gegenbauer_polynomial(dimension, degree, seed):
    points = random_vectors(6, dimension, seed)
    degrees, squares = features_of(dimension, degree)
    features = fill(points.T, degree) / np.sqrt(squares)[:, None]
    gram = np.clip(points @ points.T, -1, 1)
    order = dimension / 2 - 1
    previous, current = np.ones_like(gram), gram.copy()  # P_0 and P_1, P_l(1) = 1
    for degree_now in range(degree + 1):
        rows = features[degrees == degree_now]
        expected = previous if degree_now == 0 else current
        np.testing.assert_allclose(rows.T @ rows, len(rows) * expected, atol=1e-9 * len(rows))
        if degree_now > 0:
            n = degree_now
            following = (2 * (n + order) * gram * current - n * previous) / (n + 2 * order)
            previous, current = current, following


def test_mean_squares_are_those_of_the_uniform_distribution(seed):
    points = random_vectors(200_000, 3, seed).T
    degrees, squares = features_of(3, 4)
    products = fill(points, 4)
    np.testing.assert_allclose((products**2).mean(axis=1) / squares, 1, atol=0.02)
    scaled = products / np.sqrt(squares)[:, None]
    np.testing.assert_allclose(scaled @ scaled.T / 200_000, np.eye(len(degrees)), atol=0.02)


@pytest.mark.parametrize("dimension", [2, 3, 4, 6])
@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_coefficients_are_those_of_a_quadrature(dimension, temperature):
    coefficients, error = truncated_kernel(dimension, temperature, 1e-12)
    assert (coefficients > 0).all()
    assert coefficients.sum() == pytest.approx(1 - error, abs=1e-14)
    assert error <= 1e-12 < coefficients[-1] + error  # one degree less would not do

    def mean(power):  # of t^power e^((t - 1)/tau) over the sphere; t = cos
        return quad(
            lambda a: np.cos(a) ** power * np.exp((np.cos(a) - 1) / temperature) * np.sin(a) ** (dimension - 2),
            0,
            np.pi,
            epsabs=1e-14,
        )[0]

    area = quad(lambda a: np.sin(a) ** (dimension - 2), 0, np.pi)[0]
    assert coefficients[0] == pytest.approx(mean(0) / area, rel=1e-9)
    assert coefficients[1] == pytest.approx(dimension * mean(1) / area, rel=1e-9)


def test_room_given_is_used(seed):
    points = random_vectors(9, 4, seed).T
    room = np.zeros((feature_count(4, 3), 9))
    assert fill(points, 3, room) is room
    np.testing.assert_array_equal(room, fill(points, 3))
