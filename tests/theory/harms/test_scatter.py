"""Moments in blocks against the data themselves, and the effective ranks against singular values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.harms import (
    block_scatter,
    class_cosines,
    collapse_of_moments,
    deal_blocks,
    effective_rank,
    effective_ranks,
    harm_of_cosines,
    kept_of_cosines,
    neural_collapse,
    representation_harm,
    separation_kept,
)


def drawn(seed, sizes=(60, 25, 3), width=6):
    generator = np.random.default_rng(seed)
    classes = generator.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return generator.normal(size=(len(classes), width)) + 2 * np.eye(width)[classes], classes, generator


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_moments_with_and_without_a_block_are_those_of_the_rows(seed):
    points, classes, generator = drawn(seed)
    blocks = deal_blocks(classes, 8, generator)
    found = block_scatter(points, classes, blocks)
    head = generator.normal(size=(3, 6))
    for rows, within, means in [
        (np.ones(len(points), bool), found.within, found.sums.means),
        *((blocks != b, found.within_without[b], found.sums.means_without[b]) for b in range(8)),
    ]:
        direct = neural_collapse(points[rows], classes[rows], head)
        assert np.allclose(collapse_of_moments(means, within, head), direct)
    assert np.allclose(found.second.sum(axis=0), points.T @ points)
    assert np.allclose(found.second[3], points[blocks == 3].T @ points[blocks == 3])


@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_effective_ranks_are_those_of_the_singular_values_and_ordered(seed, width):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(50, width)) * generator.uniform(0.1, 3, width) + generator.normal(size=width)
    found = effective_ranks(points.T @ points / 50, points.mean(axis=0))
    assert found.rankme == pytest.approx(effective_rank(points), rel=1e-6)
    assert found.rankme_centred == pytest.approx(effective_rank(points - points.mean(axis=0)), rel=1e-6)
    shares = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2
    shares /= shares.sum()
    assert found.covariance_entropy == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-6)
    assert found.participation == pytest.approx(1 / (shares**2).sum(), rel=1e-6)
    rounding = 1e-9
    assert 1 - rounding <= found.participation <= found.covariance_entropy + rounding
    assert found.covariance_entropy <= found.rankme_centred + rounding <= width + 2 * rounding


def test_equal_directions_have_one_rank_and_a_constant_has_none():
    assert effective_ranks(np.eye(5), np.zeros(5)) == pytest.approx((5, 5, 5, 5))
    with pytest.raises(ValueError, match="all rows are equal"):
        effective_ranks(np.ones((3, 3)), np.ones(3))
    with pytest.raises(ValueError, match=r"\[D, D\]"):
        effective_ranks(np.eye(3), np.zeros(2))
    with pytest.raises(ValueError, match="finite"):
        effective_ranks(np.full((2, 2), np.nan), np.zeros(2))


def test_ratios_from_cosines_are_those_from_embeddings(seed):
    points, classes, generator = drawn(seed, (20, 20, 20))
    other = points + generator.normal(size=points.shape)
    cosines = class_cosines(points, classes), class_cosines(other, classes)
    assert np.allclose(harm_of_cosines(*cosines), representation_harm(points, other, classes), equal_nan=True)
    assert np.allclose(kept_of_cosines(*cosines), separation_kept(points, other, classes), equal_nan=True)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="two blocks"):
        block_scatter(np.ones((3, 2)), np.array([0, 0, 1]), np.array([0, 1, 0]))
    with pytest.raises(ValueError, match="within"):
        collapse_of_moments(np.eye(3), np.eye(2))


EPS = np.finfo(float).eps


def test_singular_values_count_from_the_rounding_of_the_trace_on():
    """The threshold is D eps trace: 6 eps here."""
    assert effective_ranks(np.diag([1, 1, 5 * EPS]), np.zeros(3)) == pytest.approx((2, 2, 2, 2), abs=1e-12)
    kept = effective_ranks(np.diag([1, 1, 7 * EPS]), np.zeros(3))
    shares = np.array([1, 1, (7 * EPS) ** 0.5]) / (2 + (7 * EPS) ** 0.5)
    assert kept.rankme == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-12) and kept.rankme > 2 + 1e-7


def test_moments_may_be_large_and_not_larger():
    assert effective_ranks(9.9e149 * np.eye(2), np.zeros(2)) == pytest.approx((2, 2, 2, 2))
    assert effective_ranks(np.array([[9.9e149]]), np.array([-9e74])) == pytest.approx((1, 1, 1, 1))
    for second, mean in ((1e150, 0.0), (-1e150, 0.0), (1.0, 1e75), (1.0, -1e75), (np.inf, 0.0), (1.0, np.nan)):
        with pytest.raises(ValueError, match="second, mean: must be finite, and below 1e150 and 1e75"):
            effective_ranks(np.array([[second]]), np.array([mean]))


@pytest.mark.parametrize(
    ("second", "mean"), [((2, 2), (2, 1)), ((1, 1), ()), ((0, 0), (0,)), ((2, 3), (2,)), ((2,), (2,))]
)
def test_moments_of_other_shapes_are_named(second, mean):
    with pytest.raises(ValueError, match=r"second, mean: must be \[D, D\] and \[D\], got") as told:
        effective_ranks(np.ones(second), np.ones(mean))
    assert f"{second} and {mean}" in str(told.value)


def test_scatter_takes_names_and_whole_numbers_and_every_class_needs_two_blocks():
    points = np.array([[1, 2], [3, 5], [-1, 0], [4, 4]])
    found = block_scatter(points, np.array(["b", "a", "b", "a"]), np.array([0, 0, 1, 1]))
    assert found.sums.sums[:, 0].tolist() == [[3, 5], [4, 4]] and found.sums.counts.tolist() == [[1, 1], [1, 1]]
    assert found.second[1].tolist() == [[17, 16], [16, 16]]
    np.testing.assert_allclose(found.within, (np.array([[1, -1], [-1, 1]]) / 4 + [[1, 1], [1, 1]]) / 2)
    with pytest.raises(ValueError, match="blocks: every class needs rows in two blocks"):
        block_scatter(points, np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2]))
    with pytest.raises(ValueError, match="classes: must use every class"):
        block_scatter(points, np.array([0, 0, 2, 2]), np.array([0, 1, 0, 1]))
