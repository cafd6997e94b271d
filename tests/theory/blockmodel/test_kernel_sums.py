"""Linear-time kernel sums against sums pair by pair and a double loop, their proved error, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel.kernel_sums import KernelExpansion, exact_sums, kernel_features
from contrastive_claims.theory.elliptope import random_vectors


def double_loop(targets, sources, weights, temperature):
    return np.array(
        [sum(np.exp((x @ y - 1) / temperature) * w for y, w in zip(sources, weights, strict=True)) for x in targets]
    )


@settings(deadline=None, max_examples=40)
@given(
    dimension=st.integers(1, 4),
    temperature=st.sampled_from([0.2, 0.5, 1.0, 4.0]),
    tolerance=st.sampled_from([1e-2, 1e-6, 1e-13]),
    counts=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3)),
    seed=st.integers(0, 10**6),
)
def test_sums_lie_within_the_proved_error(dimension, temperature, tolerance, counts, seed):
    n, m, channels = counts
    targets, sources = random_vectors(n, dimension, seed), random_vectors(m, dimension, seed + 1)
    weights = np.random.default_rng(seed).standard_normal((m, channels))
    expansion = KernelExpansion(dimension, temperature, tolerance)
    expected = double_loop(targets, sources, weights, temperature)
    allowed = expansion.error * np.abs(weights).sum(axis=0) + 1e-14 * m
    assert (np.abs(expansion.sums(targets, sources, weights) - expected) <= allowed).all()
    np.testing.assert_allclose(exact_sums(targets, sources, weights, temperature), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("temperature", [0.1, 0.3, 1.0, 5.0])
@pytest.mark.parametrize("tolerance", [1e-3, 1e-8, 1e-12])
def test_error_is_attained_within_an_order_and_one_degree_less_would_not_do(temperature, tolerance):
    # In one dimension two unit vectors meet at -1 or 1; in two, every cosine occurs: the whole interval is tested.
    expansion = KernelExpansion(2, temperature, tolerance)
    angles = np.linspace(0, np.pi, 400)
    targets = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    one = np.array([[1.0, 0.0]])
    error = np.abs(
        expansion.sums(targets, one, np.ones((1, 1)))[:, 0] - np.exp((np.cos(angles) - 1) / temperature)
    ).max()
    assert error <= expansion.error
    assert error >= 0.1 * expansion.error or expansion.error < 1e-12
    assert expansion.features == kernel_features(2, temperature, tolerance)
    assert expansion.error <= tolerance + 1e-12


def test_ten_thousand_points_agree_with_the_exact_sums(seed):  # well within 1e-6
    points = random_vectors(10_000, 3, seed)
    weights = np.concatenate([np.ones((10_000, 1)), points], axis=1)
    some = points[::100]
    fast = KernelExpansion(3, 1.0, 1e-13).sums(some, points, weights)
    exact = exact_sums(some, points, weights, 1.0)
    assert np.abs(fast / exact - 1)[:, 0].max() < 1e-12
    assert np.abs(fast - exact).max() < 1e-12 * exact[:, 0].max()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1.0), "dimension = 0"),
        ((2, 0.0), "temperature"),
        ((2, float("nan")), "temperature"),
        ((2, 1.0, 0.0), "tolerance"),
        ((2, 1.0, 1.0), "tolerance"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        KernelExpansion(*arguments)
