"""Rows of harm: what they say of a neighbour does not depend on where the row stands, and counts hold what is certain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.claims.harms.rows import minus_next, minus_rest, others, rows_led, towards
from contrastive_claims.experiments.claims.intervals import SECOND_LOOK, applied, each_over_seeds, limits, over_seeds
from contrastive_claims.theory.harms import Resampled


def random_rows(seed, seeds=4, count=5):
    """[S, K, K] with NaN at the class itself, and a neighbour for each class."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(1, 0.1, (seeds, count, count))
    own = np.arange(count)
    rows[:, own, own] = np.nan
    return rows, own, (own + generator.integers(1, count, count)) % count


def still(rows):
    """Resampled, where the test points move nothing."""
    return Resampled(rows, np.stack([rows, rows]))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(-1, 1))
def test_a_shift_of_whole_rows_changes_nothing_said_of_the_neighbour(seed, shift):
    rows, own, neighbours = random_rows(seed)
    for function in (minus_rest, minus_next):
        before, after = function(rows, own, neighbours), function(rows + shift, own, neighbours)
        np.testing.assert_allclose(before, after, atol=1e-12)
    assert rows_led(still(rows), own, neighbours) == rows_led(still(rows + shift), own, neighbours)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_the_parts_of_a_row_are_the_row(seed):
    rows, own, neighbours = random_rows(seed)
    whole = towards(rows, neighbours) + others(rows, own, neighbours).sum(axis=-1)
    np.testing.assert_allclose(whole, np.nansum(rows, axis=-1))
    assert (minus_next(rows, own, neighbours) >= minus_rest(rows, own, neighbours)).all()
    lowest = np.nanargmin(rows, axis=-1) == neighbours
    np.testing.assert_array_equal(minus_next(rows, own, neighbours) < 0, lowest)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.permutations(range(4)))
def test_counts_of_led_rows_know_no_order_of_seeds(seed, order):
    rows, own, neighbours = random_rows(seed)
    found = rows_led(still(rows), own, neighbours)
    assert found == rows_led(still(rows[list(order)]), own, neighbours)
    assert found.value == sum(np.nanargmin(rows.mean(axis=0), axis=-1) == neighbours)


def test_a_count_says_what_is_certain_and_what_may_be():
    own, classes = np.arange(3), np.array([1, 2, -1])
    means = np.array([[np.nan, 0.5, 0.9, 0.9], [0.5, np.nan, 0.9, 0.9], [0.9, 0.5, np.nan, 0.9]])
    spread = np.array([-1.0, 0.0, 1.0])[:, None, None] * np.array([1.0, -1.0, 0.5, -2.0])
    sure = rows_led(still(means + 0.001 * spread), own, classes, "classes")
    # led, led by another, and no class named
    assert (sure.value, sure.low, sure.high, sure.unit) == (1, 1, 1, "classes")
    noisy = rows_led(still(means + 0.3 * spread), own, classes)
    assert (noisy.value, noisy.low, noisy.high) == (1, 0, 2)


def test_a_count_that_hangs_on_one_seed_says_so():
    own, neighbours = np.array([0]), np.array([1])
    rows = np.array([[[np.nan, 0.1, 0.9]], [[np.nan, 1.0, 0.9]], [[np.nan, 1.0, 0.9]]])
    found = rows_led(still(rows), own, neighbours)  # the first seed alone makes class 1 the mean row's minimum
    assert (found.value, found.low, found.high) == (1, 0, 1)


def test_shared_test_points_widen_a_count():
    own, neighbours = np.array([0]), np.array([1])
    rows = np.array([[[np.nan, 0.5, 0.9]], [[np.nan, 0.501, 0.9]], [[np.nan, 0.499, 0.9]]])
    moved = rows + np.array([0.0, 0.4, 0.0]) * np.random.default_rng(0).normal(size=(500, 1, 1, 1))
    assert rows_led(still(rows), own, neighbours).low == 1
    assert rows_led(Resampled(rows, moved), own, neighbours).low == 0


@pytest.mark.parametrize("gap", [0.0, 0.3, 1.0])
def test_the_true_count_lies_in_the_interval_as_often_as_stated(gap):
    generator, own, misses, narrow = np.random.default_rng(0), np.arange(4), 0, 0
    classes = (own + 1) % 4
    for _ in range(300):
        means = generator.normal(1, 0.3, (4, 4))
        means[own, classes] -= gap * generator.choice([-1, 1], 4)
        means[own, own] = np.nan
        found = rows_led(still(means + 0.1 * generator.normal(size=(3, 4, 4))), own, classes)
        misses += not found.low <= (np.nanargmin(means, axis=1) == classes).sum() <= found.high
        narrow += found.high - found.low < 4
    assert misses <= 0.05 * 300 and (narrow > 30 or gap < 1)


def test_intervals_by_hand():
    # values -.2, -.5, -.35: deviation .15, Student's t with 2 degrees 4.3027; the points add nothing where nothing moves
    values = np.array([-0.2, -0.5, -0.35])
    still = Resampled(values, np.tile(values, (20, 1)))
    found = over_seeds(still, "RH")
    assert found.value == pytest.approx(-0.35)
    assert found.high - found.value == pytest.approx(4.30265 * 0.15 / 3**0.5, rel=1e-5)
    second = over_seeds(still, "RH", SECOND_LOOK)  # t at 98.75 %, two degrees of freedom
    assert second.value == found.value
    assert second.high - second.value == pytest.approx(6.20535 * 0.15 / 3**0.5, rel=1e-5)
    assert limits(still, SECOND_LOOK)[1:] == pytest.approx([second.low, second.high])
    moved = np.random.default_rng(0).normal(0, 0.2, (2000, 1))
    wider = over_seeds(Resampled(values, values + moved))
    spread = (4.30265 * 0.15) ** 2 / 3 + (1.95996 * moved.std(ddof=1)) ** 2
    assert wider.high - wider.value == pytest.approx(spread**0.5, rel=1e-5)
    both = applied(lambda v: np.stack([v, -v], axis=-1), still)
    named = each_over_seeds(["ankle boot", "bag"], both)
    assert named["ankle_boot"].value == -named["bag"].value and named["ankle_boot"].low == -named["bag"].high
