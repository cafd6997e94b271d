"""Quantities, criteria and claims: what they refuse, and a criterion on a whole interval."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.ledger.vocabulary import RELATIONS, SCALES, Claim, Criterion, Form, Quantity, met

laws = settings(deadline=None, max_examples=150)
small = st.integers(-2, 2).map(float)  # few values, so that ties and straddling are common
finite = st.floats(allow_nan=False, allow_infinity=False)
relations = st.sampled_from(sorted(RELATIONS))


@st.composite
def quantities(draw):
    low, value, high = sorted(draw(st.tuples(small, small, small)))
    return Quantity(value, low, high)


def points(quantity):
    """The interval's ends, and points between."""
    return [quantity.low + share * (quantity.high - quantity.low) for share in (0, 0.25, 0.5, 0.75, 1)]


def answers(criterion, measured):
    compare = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
    return {compare[criterion.relation](x, criterion.bound) for x in points(measured[criterion.quantity])}


@given(st.builds(Criterion, st.just("u"), relations, small), quantities())
@laws
def test_a_criterion_is_met_or_broken_on_the_whole_interval_or_undecided(criterion, quantity):
    expected = answers(criterion, {"u": quantity})
    assert criterion.judge({"u": quantity}) == (expected.pop() if len(expected) == 1 else None)


@given(relations, finite)
@laws
def test_a_criterion_says_its_bound_to_the_last_bit(relation, bound):
    """Else two criteria would share one text, under which they are judged and declared."""
    criterion = Criterion("u", relation, bound)
    assert met(str(criterion)) == (criterion,)


def test_short_bounds_are_said_shortly():
    said = [str(Criterion("u", "<", bound)) for bound in (0.0, 1.0, 1e-8, 0.9786, 1000.0)]
    assert said == ["u < 0", "u < 1", "u < 1e-08", "u < 0.9786", "u < 1000"]


@pytest.mark.parametrize(
    "bad", [(math.nan, 0, 1), (0, -math.inf, 1), (0, 0, math.inf), (2, 0, 1), (-1, 0, 1), (0.5, 1, 0)]
)
def test_quantities_must_be_finite_and_inside_their_interval(bad):
    with pytest.raises(ValueError, match="quantity"):
        Quantity(*bad)


@pytest.mark.parametrize(
    "noise", [(math.nan, 0, 4), (0, math.nan, 4), (math.inf, 0, 4), (-1e-9, 0, 4), (0, -1e-9, 4), (1, 0, 0)]
)
def test_noise_is_of_variances_and_degrees_of_freedom(noise):
    """NaN would pass for a very small p-value."""
    with pytest.raises(ValueError, match="noise"):
        Quantity(0.5, 0, 1, "", noise)


def test_an_unknown_relation_is_refused():
    with pytest.raises(ValueError, match="relation must be one of"):
        Criterion("u", "==", 0.0)


def test_a_form_takes_the_place_of_the_quick_one_where_it_says():
    form = Form(
        "there", met("u > 0"), "m:there", "c", "f", ("mnist",), ("p",), "five words", "planted", 2, met("u > 1")
    )
    claim = Claim("X", "s", "so.", "here", criteria=met("v > 0"), check="m:here", control="d", standard=form)
    assert claim.at("quick") is claim and claim.scales == ("quick", "standard")
    there = claim.at("standard")
    assert (there.hypotheses, there.criteria, there.check, there.setting) == (
        "there",
        met("u > 0"),
        "m:there",
        "five words",
    )
    assert (there.planted, there.looks, there.published) == ("planted", 2, met("u > 1"))
    assert (there.statement, there.id, there.method) == (claim.statement, "X", claim.method)
    assert not claim.at(SCALES[-1]).check
