"""Rows of harm: what they say of a neighbour does not depend on where the row stands, and counts survive a lost seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.claims.harms.rows import minus_next, minus_rest, others, rows_led_by_neighbour, towards
from experiments.claims.intervals import SECOND_LOOK, applied, each_over_seeds, limits, over_seeds
from theory.harms import Resampled


def random_rows(seed, seeds=4, count=5):
    """[S, K, K] with NaN at the class itself, and a neighbour for each class."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(1, 0.1, (seeds, count, count))
    own = np.arange(count)
    rows[:, own, own] = np.nan
    return rows, own, (own + generator.integers(1, count, count)) % count


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(-1, 1))
def test_a_shift_of_whole_rows_changes_nothing_said_of_the_neighbour(seed, shift):
    rows, own, neighbours = random_rows(seed)
    for function in (minus_rest, minus_next):
        before, after = function(rows, own, neighbours), function(rows + shift, own, neighbours)
        np.testing.assert_allclose(before, after, atol=1e-12)
    assert rows_led_by_neighbour(rows, own, neighbours) == rows_led_by_neighbour(rows + shift, own, neighbours)


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
    found = rows_led_by_neighbour(rows, own, neighbours)
    assert found == rows_led_by_neighbour(rows[list(order)], own, neighbours)
    assert found.value == sum(np.nanargmin(rows.mean(axis=0), axis=-1) == neighbours)


def test_a_count_that_hangs_on_one_seed_says_so():
    own, neighbours = np.array([0]), np.array([1])
    rows = np.array([[[np.nan, 0.1, 0.9]], [[np.nan, 1.0, 0.9]], [[np.nan, 1.0, 0.9]]])
    found = rows_led_by_neighbour(rows, own, neighbours)  # the first seed alone makes class 1 the mean row's minimum
    assert (found.value, found.low, found.high) == (1, 0, 1)


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
