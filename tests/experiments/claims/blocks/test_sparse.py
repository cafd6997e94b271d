"""B1, B2 and B23: fitted exponents on exact power laws, and the claims with their controls in small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.experiments.claims.blocks import sparse
from contrastive_claims.experiments.claims.intervals import slopes, student
from contrastive_claims.experiments.ledger.vocabulary import Run


@given(exponent=st.floats(-3, 3), factors=st.lists(st.floats(0.1, 10), min_size=2, max_size=5))
def test_slopes_of_power_laws_are_their_exponents(exponent, factors):
    sizes = np.array([10, 30, 100, 1000])
    values = np.array(factors)[:, None] * sizes.astype(float) ** exponent
    np.testing.assert_allclose(slopes(sizes, values), exponent, atol=1e-9)


def test_student_interval_of_three_values():
    found = student(np.array([1.0, 2.0, 3.0]), "nats")
    assert (found.value, found.unit) == (2, "nats")
    assert found.high - found.value == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_as_printed_the_witness_stays_spread():
    found = sparse.minimisers_as_printed(Run()).numbers
    assert found["spread_at_largest_n"].low > 0.5
    assert found["population_multiplier"].value > 0
    assert found["worst_gap"].value <= 1e-8


@pytest.mark.slow
@pytest.mark.parametrize("control", [False, True])
def test_the_law_needs_its_temperature(control):
    found = sparse.sparse_law(Run(control=control)).numbers
    fits = abs(np.log(found["worst_ratio_to_law"].value)) < np.log(1.4)
    assert fits == (not control)
    assert control or found["exponent_of_rank_in_n"].low > 0


@pytest.mark.slow
def test_the_loss_converges_to_the_right_population_only():
    assert sparse.loss_convergence(Run()).numbers["exponent_in_n"].high < -0.6
    assert sparse.loss_convergence(Run(control=True)).numbers["exponent_in_n"].low > -0.2


@pytest.mark.slow
def test_minimisers_collapse_where_the_multipliers_say_so():
    assert sparse.minimisers(Run()).numbers["exponent_where_all_negative"].high < -0.6
    control = sparse.minimisers(Run(control=True)).numbers
    assert control["exponent_where_all_negative"].low > -0.3
    assert control["largest_multiplier"].value > 0
