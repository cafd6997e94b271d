"""The verdict as a pure function: a table over what can be measured, checked against its definition in words."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.ledger.vocabulary import (
    CERTIFIED,
    ERROR,
    HOLDS,
    INCONCLUSIVE,
    NOT_RUN,
    NUMERICAL,
    PROOF,
    READING,
    REFUTED,
    RELATIONS,
    STATISTICAL,
    Claim,
    Criterion,
    Quantity,
    verdict,
    weakened,
)

laws = settings(deadline=None, max_examples=150)
NAMES = ("u", "v")
METHODS = (PROOF, NUMERICAL, STATISTICAL, READING)
small = st.integers(-2, 2).map(float)  # few values, so that ties and straddling are common


@st.composite
def quantities(draw):
    low, value, high = sorted(draw(st.tuples(small, small, small)))
    return Quantity(value, low, high)


numbers = st.fixed_dictionaries({name: quantities() for name in NAMES})
criteria = st.lists(
    st.builds(Criterion, st.sampled_from(NAMES), st.sampled_from(sorted(RELATIONS)), small), min_size=1, max_size=3
).map(tuple)


def points(quantity):
    """The interval's ends, and points between."""
    return [quantity.low + share * (quantity.high - quantity.low) for share in (0, 0.25, 0.5, 0.75, 1)]


def answers(criterion, measured):
    compare = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
    return {compare[criterion.relation](x, criterion.bound) for x in points(measured[criterion.quantity])}


@given(st.builds(Criterion, st.just("u"), st.sampled_from(sorted(RELATIONS)), small), quantities())
@laws
def test_a_criterion_is_met_or_broken_on_the_whole_interval_or_undecided(criterion, quantity):
    expected = answers(criterion, {"u": quantity})
    assert criterion.judge({"u": quantity}) == (expected.pop() if len(expected) == 1 else None)


@given(criteria, numbers, numbers, st.sampled_from(METHODS), st.sampled_from([None, True, False]), st.booleans())
@laws
def test_the_verdict_follows_from_the_evidence_alone(chosen, measured, control, method, recheck, control_recheck):
    claim = Claim("X", "nowhere", "so", method=method, criteria=chosen, control="wrong")
    result, reason, rejected = verdict(claim, measured, control, recheck, control_recheck)
    control_refuted = any(answers(c, control) == {False} for c in chosen)
    judged = [answers(c, measured) for c in chosen]
    assert reason
    assert rejected == (control_refuted and not control_recheck)
    if not rejected:
        expected = INCONCLUSIVE
        assert "control 'wrong' was not rejected" in reason
    elif recheck is False:
        expected = INCONCLUSIVE  # whatever the numbers say
    elif {False} in judged:
        expected = REFUTED
    elif any(len(answer) == 2 for answer in judged):
        expected = INCONCLUSIVE
    elif method != PROOF or recheck is None:
        expected = HOLDS
    else:
        expected = CERTIFIED
    assert result == expected
    assert (result != CERTIFIED) or (recheck is True and method == PROOF)


def one(value):
    return {"u": Quantity.exact(value)}


CLAIM = Claim("X", "nowhere", "so", method=PROOF, criteria=(Criterion("u", "<=", 0.0),), control="wrong")


@pytest.mark.parametrize(
    ("value", "control", "recheck", "control_recheck", "expected"),
    [
        (0, 1, True, False, CERTIFIED),
        (0, 1, None, False, HOLDS),  # nothing stored proves it
        (0, 1, False, False, INCONCLUSIVE),
        (1, 1, True, False, REFUTED),  # a certificate does not outweigh a measured violation
        (1, 1, None, False, REFUTED),
        (1, 1, False, False, INCONCLUSIVE),  # nothing is decided beside a certificate that fails
        (0, 0, True, False, INCONCLUSIVE),  # the control passed
        (1, 0, True, False, INCONCLUSIVE),  # also when the claim itself is broken
        (0, 1, True, True, INCONCLUSIVE),  # the wrong variant's certificate passed
        (1, 1, None, True, INCONCLUSIVE),
    ],
)
def test_the_table_for_one_criterion(value, control, recheck, control_recheck, expected):
    assert verdict(CLAIM, one(value), one(control), recheck, control_recheck)[0] == expected


def test_without_criteria_nothing_rejects_the_control_and_nothing_is_decided():
    claim = Claim("X", "nowhere", "so", method=PROOF, control="wrong")
    assert verdict(claim, {}, {}, True, False)[::2] == (INCONCLUSIVE, False)


def test_an_undecided_control_is_not_rejected():
    straddling = {"u": Quantity(0.5, -1, 1)}
    assert verdict(CLAIM, one(0), straddling, True, False)[::2] == (INCONCLUSIVE, False)


def test_the_reason_names_the_criteria():
    claim = Claim("X", "", "", criteria=(Criterion("u", "<", 0.0), Criterion("v", ">=", 2.0)), control="wrong")
    bad = {"u": Quantity.exact(1), "v": Quantity.exact(1)}
    assert verdict(claim, bad, bad, None, False)[1] == "broken: u < 0, v >= 2"
    wide = {"u": Quantity(-1, -2, 0), "v": Quantity.exact(3)}
    assert verdict(claim, wide, bad, None, False)[1] == "undecided: u < 0"


VERDICTS = (CERTIFIED, HOLDS, REFUTED, INCONCLUSIVE, NOT_RUN, ERROR)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("before", VERDICTS)
@pytest.mark.parametrize("now", VERDICTS)
def test_weakened(method, before, now):
    decided = {CERTIFIED, HOLDS, REFUTED}
    if before not in decided or before == now or (before, now) == (HOLDS, CERTIFIED):
        expected = False
    elif method == STATISTICAL and now in (INCONCLUSIVE, NOT_RUN):
        expected = False  # it may drift
    else:
        expected = True
    assert weakened(Claim("X", "", "", method=method), before, now) == expected


@pytest.mark.parametrize(
    "bad", [(math.nan, 0, 1), (0, -math.inf, 1), (0, 0, math.inf), (2, 0, 1), (-1, 0, 1), (0.5, 1, 0)]
)
def test_quantities_must_be_finite_and_inside_their_interval(bad):
    with pytest.raises(ValueError, match="quantity"):
        Quantity(*bad)


def test_an_unknown_relation_is_refused():
    with pytest.raises(ValueError, match="relation must be one of"):
        Criterion("u", "==", 0.0)
