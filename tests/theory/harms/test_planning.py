"""How many seeds decide: against intervals of data with that very spread, and the limits that no number can pass."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

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
