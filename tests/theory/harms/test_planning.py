"""How many seeds decide: against intervals of data with that very spread, and the limits that no number can pass."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from contrastive_claims.theory.harms import seeds_to_decide, student_interval


def with_spread(count, deviation):
    """`count` numbers of mean 0 and this sample deviation."""
    values = np.random.default_rng(0).normal(size=count)
    values -= values.mean()
    return values * deviation / values.std(ddof=1)


@given(st.floats(0.1, 3), st.floats(0.05, 2), st.floats(0, 0.05), st.sampled_from([0.9, 0.95]))
@settings(deadline=None, max_examples=40)
def test_it_is_the_first_number_whose_interval_leaves_zero_out(deviation, difference, points, level):
    found = seeds_to_decide(with_spread(4, deviation), points, difference, level)
    assume(found <= 1000)
    at = student_interval(difference + with_spread(found, deviation), points, level)
    assert at.low > -1e-9
    if found > 3:
        assert student_interval(difference + with_spread(found - 1, deviation), points, level).low <= 1e-9


def test_by_default_the_mean_is_the_difference_and_its_sign_does_not_matter():
    values = 0.5 + with_spread(3, 1.0)
    assert seeds_to_decide(values) == seeds_to_decide(-values) == seeds_to_decide(values - 7, difference=0.5) == 18
    assert seeds_to_decide(values, difference=5.0) == 3


def test_shared_test_points_set_a_limit():
    values = 0.5 + with_spread(3, 1.0)
    assert seeds_to_decide(values, points=(0.51 / 1.959964) ** 2) == 1001
    assert seeds_to_decide(with_spread(3, 1.0), difference=0.0, most=50) == 51
    with pytest.raises(ValueError, match="estimates: at least 3 seeds"):
        seeds_to_decide([0.1, 0.2])


def test_a_tiny_difference_takes_many_and_no_memory():
    """S is about (z/d)^2 for a spread of 1: eleven million here, one look at each of which would be too many."""
    found = seeds_to_decide(with_spread(3, 1.0), difference=6e-4, most=2**31 - 2)
    assert found == pytest.approx((1.959964 / 6e-4) ** 2, rel=1e-5)
    assert seeds_to_decide(with_spread(3, 1.0), difference=6e-4, most=found - 1) == found  # more than those
    assert seeds_to_decide(with_spread(3, 1.0), difference=9.0, most=2) == 3


def test_numbers_by_hand_at_the_defaults():
    """The first S with t_{S-1} sqrt(V / S) below the difference, at a level of 95 %, no shared points, a thousand at most."""
    values, wide = 0.5 + with_spread(3, 1.0), with_spread(4, 2.0)
    for found, level, spread, difference in (
        (seeds_to_decide(values), 0.95, 1.0, 0.5),
        (seeds_to_decide(wide, difference=-0.8, level=0.8), 0.8, 2.0, 0.8),
    ):
        halves = {s: stats.t.isf((1 - level) / 2, s - 1) * spread / s**0.5 for s in (found - 1, found)}
        assert halves[found] < difference <= halves[found - 1]
    assert seeds_to_decide(with_spread(3, 1.0), difference=1e-6) == 1001
    assert seeds_to_decide([0.5, 0.5, 0.5]) == 3 and seeds_to_decide([0.0, 0.0, 0.0]) == 1001


def test_one_number_a_seed_and_one_variance():
    for estimates, points in ((np.ones((3, 2)), 0.0), (1.0, 0.0), (np.ones(3), np.zeros(3))):
        with pytest.raises(ValueError, match=r"estimates, points: must be \[S\] and a number, got"):
            seeds_to_decide(estimates, points)
    with pytest.raises(ValueError, match="level"):
        seeds_to_decide([1.0, 2, 3], level=1.0)
