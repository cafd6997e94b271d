"""The judgement as a pure function, said again in words; Holm over criteria and looks by other means (scipy, step by step)."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from contrastive_claims.experiments.claims.intervals import student
from contrastive_claims.experiments.ledger import judgement
from contrastive_claims.experiments.ledger.judgement import (
    Judgement,
    Measured,
    flipped,
    judge_together,
    moved,
    verdict,
    weakened,
)
from contrastive_claims.experiments.ledger.vocabulary import (
    CERTIFIED,
    EMPIRICAL,
    ERROR,
    HERE,
    HOLDS,
    LEVEL,
    NOT_RUN,
    NOT_SEEN,
    NUMERICAL,
    OPEN,
    PROOF,
    PROVED,
    REFUTED,
    RELATIONS,
    REVERSED,
    SEEN,
    STATISTICAL,
    SUPPORTED,
    VERDICTS,
    Claim,
    Criterion,
    Quantity,
    met,
)
from contrastive_claims.theory.harms import student_interval

laws = settings(deadline=None, max_examples=300)
NAMES = ("u", "v", "w")
METHODS = (PROOF, NUMERICAL, STATISTICAL, EMPIRICAL)
COMPARE = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
small = st.integers(-2, 2).map(float)  # few values, so that ties and straddling are common
noisy = st.tuples(st.sampled_from((0.0, 0.01, 0.1, 1.0)), st.sampled_from((0.0, 0.02, 0.3)), st.integers(2, 9))


noise_or_none = st.none() | noisy


@st.composite
def quantities(draw, noise=noise_or_none):
    low, value, high = sorted(draw(st.tuples(small, small, small)))
    return Quantity(value, low, high, "", draw(noise))


numbers = st.fixed_dictionaries({name: quantities() for name in NAMES})
some_numbers = st.fixed_dictionaries({}, optional={name: quantities() for name in NAMES})
noisy_numbers = st.fixed_dictionaries({name: quantities(noisy) for name in NAMES})
criterion = st.builds(Criterion, st.sampled_from(NAMES), st.sampled_from(sorted(RELATIONS)), small)
criteria = st.lists(criterion, min_size=1, max_size=4, unique=True).map(tuple)
looks = st.integers(1, 4)
measurements = st.builds(
    Measured,
    numbers=numbers,
    control=some_numbers,
    planted=st.none() | some_numbers,
    recheck=st.sampled_from((None, True, False)),
    control_recheck=st.booleans(),
    proved=st.booleans(),
)
claims = st.builds(
    Claim,
    id=st.just("X"),
    source=st.just("nowhere"),
    statement=st.just("so"),
    method=st.sampled_from(METHODS),
    criteria=criteria,
    control=st.just("wrong"),
    planted=st.just("planted"),
    looks=looks,
    published=st.lists(criterion, max_size=2, unique=True).map(tuple),
)


def reach(p, noise):
    """How far from its null a mean with that noise lies at a two-sided p-value: sqrt(t^2 V/S + z^2 B)."""
    between, shared, freedom = noise
    return math.sqrt(stats.t.isf(p / 2, freedom) ** 2 * between + stats.norm.isf(p / 2) ** 2 * shared)


def p_value(distance, noise):
    """By root finding in log p; 0 where even 1e-90 does not reach so far."""
    if distance == 0:
        return 1.0
    if reach(1e-90, noise) < distance:
        return 0.0
    return math.exp(optimize.brentq(lambda x: reach(math.exp(x), noise) - distance, math.log(1e-90), 0, xtol=1e-13))


def whole_interval(one, quantity):
    ends = {COMPARE[one.relation](end, one.bound) for end in (quantity.low, quantity.high)}
    return ends.pop() if len(ends) == 1 else None


def apart(chosen, measured, level):
    """Each criterion's answer: by its interval without noise; those with noise by Holm's step-down at `level`."""
    found = {one: whole_interval(one, measured[one.quantity]) for one in chosen}
    left = {}
    for one in chosen:
        if (noise := measured[one.quantity].noise) is not None:
            found[one] = None
            left[one] = p_value(abs(measured[one.quantity].value - one.bound), noise)
    while left:
        smallest = min(left, key=left.__getitem__)
        if left[smallest] > level / len(left):
            break
        del left[smallest]
        found[smallest] = COMPARE[smallest.relation](measured[smallest.quantity].value, smallest.bound)
    return found


@given(criteria, numbers, looks)
@laws
def test_criteria_are_judged_together_by_holm_at_their_share_of_the_level(chosen, measured, looks):
    expected = apart(chosen, measured, LEVEL / looks)
    assert judge_together(chosen, measured, looks) == {str(one): answer for one, answer in expected.items()}


@given(criteria, numbers, looks, st.randoms(use_true_random=False))
@laws
def test_the_order_of_the_criteria_does_not_matter(chosen, measured, looks, random):
    other = list(chosen)
    random.shuffle(other)
    assert judge_together(tuple(other), measured, looks) == judge_together(chosen, measured, looks)


@given(criteria, numbers, looks)
@laws
def test_a_further_look_decides_no_more_and_turns_nothing(chosen, measured, looks):
    before, after = (judge_together(chosen, measured, count) for count in (looks, looks + 1))
    assert all(after[name] in (before[name], None) for name in before)


@given(criteria, criterion, numbers, looks)
@laws
def test_a_further_criterion_decides_no_more_of_the_others(chosen, more, measured, looks):
    assume(more not in chosen)
    before, after = (judge_together(some, measured, looks) for some in (chosen, (*chosen, more)))
    assert all(after[name] in (before[name], None) for name in before)


@given(criterion, noisy_numbers, looks)
@laws
def test_a_mirrored_criterion_has_the_same_answer(one, measured, looks):
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    other = Criterion(one.quantity, turned[one.relation], -one.bound)
    mirrored = {name: replace(q, value=-q.value, low=-q.high, high=-q.low) for name, q in measured.items()}
    assert [*judge_together((one,), measured, looks).values()] == [*judge_together((other,), mirrored, looks).values()]


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=8), criterion, looks)
@laws
def test_one_criterion_on_seeds_is_read_off_their_interval_at_its_share_of_the_level(values, one, looks):
    assume(np.std(values) > 1e-3)
    low, high = student_interval(values, level=1 - LEVEL / looks)[1:]
    assume(min(abs(low - one.bound), abs(high - one.bound)) > 1e-9)
    one = replace(one, quantity="u")
    expected = whole_interval(one, Quantity((low + high) / 2, float(low), float(high)))
    assert judge_together((one,), {"u": student(np.array(values))}, looks) == {str(one): expected}


def test_three_criteria_need_a_third_of_the_level_for_the_best_of_them():
    """Each met by its own 95 % interval, and none of them together."""
    estimates = np.array([0.1, 0.2, 0.3])  # t = 3.46 at two degrees of freedom: p = .074
    quantity = student(np.append(estimates, 0.2))  # t = 4.9 at three: p = .016
    three = met("u > 0", "v > 0", "w > 0")
    assert quantity.low > 0
    assert set(judge_together(three, dict.fromkeys(NAMES, quantity), 1).values()) == {True}  # 3 x .0163 = .0488
    assert set(judge_together(three, dict.fromkeys(NAMES, quantity), 2).values()) == {None}
    assert set(judge_together(three[:1], {"u": quantity}, 3).values()) == {True}
    assert set(judge_together(three[:1], {"u": quantity}, 4).values()) == {None}


def test_unless_said_otherwise_a_claim_is_looked_at_once():
    quantity = student(np.array([0.1, 0.2, 0.4, 0.2]))  # t = 3.58 at three degrees of freedom: p = .037
    once = tuple(judge_together(met("u > 0"), {"u": quantity}, *looks)["u > 0"] for looks in ((), (1,), (2,)))
    assert once == (True, True, None)
    pair = dict.fromkeys(NAMES, student(np.array([0.1, 0.2, 0.3])))  # p = .074 each
    assert {*judge_together(met("u > 0", "v > 0"), pair).values()} == {None}


def test_a_p_value_that_equals_the_level_decides(monkeypatch):
    for p, answer in ((LEVEL / 2, True), (LEVEL / 2 + 1e-9, None)):
        monkeypatch.setattr(judgement, "noise_p_value", lambda distance, *noise, p=p: p)
        assert judge_together(met("u > 0"), one(1, SEEDS), 2) == {"u > 0": answer}


def in_words(claim, measured):
    """(verdict, here, rejected, found), said again."""
    level = LEVEL / claim.looks

    def told(numbers):
        return [*apart([one for one in claim.criteria if one.quantity in numbers], numbers, level).values()]

    rejected = False in told(measured.control) and not measured.control_recheck
    found = None if measured.planted is None else {*told(measured.planted)} == {True}
    judged = apart(claim.criteria, measured.numbers, level)
    is_undecided = not rejected or measured.recheck is False
    if claim.method == EMPIRICAL:
        reversed_ = any(
            answer is False and one.bound in (0, 1) and measured.numbers[one.quantity].noise is not None
            for one, answer in judged.items()
        )
        sizes = [whole_interval(one, measured.numbers[one.quantity]) for one in claim.published]
        too_small = bool(sizes) and {*sizes} == {False}
        if is_undecided:
            here = OPEN
        elif reversed_:
            here = REVERSED
        elif {*judged.values()} == {True}:
            here = SEEN
        else:
            here = NOT_SEEN if found and too_small else OPEN
        return SUPPORTED if here == SEEN else OPEN, here, rejected, found
    if is_undecided:
        result = OPEN
    elif False in judged.values():
        result = OPEN if found is False else REFUTED
    elif None in judged.values():
        result = OPEN
    elif claim.method == PROOF and measured.recheck:
        result = PROVED if measured.proved else CERTIFIED
    else:
        result = HOLDS
    return result, "", rejected, found


@given(claims, measurements)
@settings(deadline=None, max_examples=1000)
def test_the_words_follow_from_the_evidence_alone(claim, measured):
    made = verdict(claim, measured)
    assert (made.verdict, made.here, made.rejected, made.found) == in_words(claim, measured)
    assert made.reason
    if not made.rejected:
        assert "control 'wrong' was not rejected" in made.reason


@given(claims, measurements)
@settings(deadline=None, max_examples=1000)
def test_what_each_word_needs(claim, measured):
    made = verdict(claim, measured)
    answers = judge_together(claim.criteria, measured.numbers, claim.looks).values()
    assert made.verdict in VERDICTS and (made.here in HERE or not made.here)
    assert (made.here != "") == (claim.method == EMPIRICAL)
    assert (made.verdict == SUPPORTED) == (made.here == SEEN)
    if claim.method == EMPIRICAL:
        assert made.verdict in (SUPPORTED, OPEN)  # a smaller setting never refutes
    if made.verdict != OPEN or made.here not in ("", OPEN):
        assert made.rejected and measured.recheck is not False
    if made.verdict in (PROVED, CERTIFIED, HOLDS, SUPPORTED):
        assert {*answers} == {True}
    if made.verdict in (PROVED, CERTIFIED):
        assert claim.method == PROOF and measured.recheck is True
    if made.verdict == PROVED:
        assert measured.proved
    if made.verdict == REFUTED:
        assert False in answers and made.found is not False
    if made.here == NOT_SEEN:
        assert made.found
        # the intervals leave every published size out, and some criterion is not met
        assert claim.published and all(
            whole_interval(size, measured.numbers[size.quantity]) is False for size in claim.published
        )
        assert {*answers} != {True}
    if made.here == REVERSED:  # some interval lies beyond no effect, at the level of all looks together
        assert any(
            not COMPARE[one.relation](q.value, one.bound)
            and one.bound in (0, 1)
            and reach(LEVEL / claim.looks, q.noise) < abs(q.value - one.bound)
            for one in claim.criteria
            if (q := measured.numbers[one.quantity]).noise is not None
        )


@given(claims, measurements)
@laws
def test_the_positive_control_decides_for_nothing(claim, measured):
    """It can withhold REFUTED and NOT SEEN, and grants neither PROVED, CERTIFIED, HOLDS, SUPPORTED nor REVERSED."""
    with_it, without = verdict(claim, measured), verdict(claim, replace(measured, planted=None))
    for made in (with_it, without):
        if made.verdict in (PROVED, CERTIFIED, HOLDS, SUPPORTED) or made.here == REVERSED:
            assert (with_it.verdict, with_it.here) == (without.verdict, without.here)


def one(value, noise=None, around=0.0):
    return {"u": Quantity(value, value - around, value + around, "", noise)}


CLAIM = Claim("X", "nowhere", "so", method=PROOF, criteria=(Criterion("u", "<=", 0.0),), control="wrong")


@pytest.mark.parametrize(
    ("value", "control", "recheck", "control_recheck", "expected"),
    [
        (0, 1, True, False, CERTIFIED),
        (0, 1, None, False, HOLDS),  # nothing stored proves it
        (0, 1, False, False, OPEN),
        (1, 1, True, False, REFUTED),  # a certificate does not outweigh a measured violation
        (1, 1, None, False, REFUTED),
        (1, 1, False, False, OPEN),  # nothing is decided beside a certificate that fails
        (0, 0, True, False, OPEN),  # the control passed
        (1, 0, True, False, OPEN),  # also when the claim itself is broken
        (0, 1, True, True, OPEN),  # the wrong variant's certificate passed
        (1, 1, None, True, OPEN),
    ],
)
@pytest.mark.parametrize("proved", [False, True])
def test_the_table_for_one_criterion(value, control, recheck, control_recheck, expected, proved):
    made = verdict(CLAIM, Measured(one(value), one(control), None, recheck, control_recheck, proved))
    assert made.verdict == (PROVED if proved and expected == CERTIFIED else expected)
    assert made.rejected == ("was not rejected" not in made.reason)


FOUND, MISSED = one(-1), one(1)


@pytest.mark.parametrize(("planted", "expected"), [(None, REFUTED), (FOUND, REFUTED), (MISSED, OPEN), ({}, OPEN)])
def test_refuted_falls_to_open_where_a_planted_effect_is_missed(planted, expected):
    claim = replace(CLAIM, planted="right for once")
    made = verdict(claim, Measured(one(1), one(1), planted))
    assert (made.verdict, made.rejected) == (expected, True)
    assert made.found == (None if planted is None else planted == FOUND)
    assert (expected == OPEN) == ("the positive control 'right for once' was not found" in made.reason)


SEEDS = (0.01, 0.0, 4)  # standard error .1: a reach of .28 at 95 %
GAIN = Claim(
    "X",
    "nowhere",
    "so",
    method=EMPIRICAL,
    criteria=met("u > 0"),
    control="wrong",
    planted="p",
    published=met("u >= .8"),
)


@pytest.mark.parametrize(
    ("value", "planted", "verdict_", "here"),
    [
        (1.0, None, SUPPORTED, SEEN),
        (0.5, None, SUPPORTED, SEEN),  # smaller than published: it says so and decides nothing
        (0.1, one(1, SEEDS), OPEN, NOT_SEEN),
        (0.1, one(0.1, SEEDS), OPEN, OPEN),  # the same check does not find what was planted
        (0.1, None, OPEN, OPEN),
        (-0.1, one(1, SEEDS), OPEN, NOT_SEEN),
        (-0.5, one(1, SEEDS), OPEN, REVERSED),
        (-0.5, None, OPEN, REVERSED),
    ],
)
def test_what_is_seen_of_an_empirical_claim(value, planted, verdict_, here):
    made = verdict(GAIN, Measured(one(value, SEEDS, around=0.28), one(-1, SEEDS), planted))
    assert (made.verdict, made.here, made.rejected) == (verdict_, here, True)
    assert ("smaller than published" in made.reason) == ((value < 0.5 and here != REVERSED) or value == 0.5)


def test_a_published_size_inside_the_interval_is_not_missed():
    wide = (0.25, 0.0, 4)
    made = verdict(GAIN, Measured(one(0.1, wide, around=1.4), one(-9, wide), one(9, wide)))
    assert (made.verdict, made.here, made.found) == (OPEN, OPEN, True)


def test_what_an_empirical_claim_asks_beyond_no_effect_is_never_reversed():
    """Below a bound of our own is no effect on the other side."""
    claim = replace(GAIN, criteria=met("u > 0.05"))
    made = verdict(claim, Measured(one(-1, SEEDS), one(-1, SEEDS)))
    assert (made.verdict, made.here) == (OPEN, OPEN)
    assert verdict(replace(claim, criteria=met("u > 1")), Measured(one(0.5, SEEDS), one(0, SEEDS))).here == REVERSED


def test_without_criteria_nothing_rejects_the_control_and_nothing_is_decided():
    claim = Claim("X", "nowhere", "so", method=PROOF, control="wrong")
    made = verdict(claim, Measured({}, {}, None, True))
    assert (made.verdict, made.rejected) == (OPEN, False)


def test_an_undecided_control_is_not_rejected():
    made = verdict(CLAIM, Measured(one(0), {"u": Quantity(0.5, -1, 1)}, None, True))
    assert (made.verdict, made.rejected) == (OPEN, False)


def test_a_control_is_judged_by_the_numbers_that_it_tells():
    claim = replace(CLAIM, criteria=met("u <= 0", "v <= 0"))
    both = one(0) | {"v": Quantity.exact(0)}
    assert verdict(claim, Measured(both, one(1))).verdict == HOLDS
    assert verdict(claim, Measured(both, one(0))).verdict == OPEN
    assert verdict(claim, Measured(both, {})).verdict == OPEN
    with pytest.raises(KeyError):
        verdict(claim, Measured(one(0), both | one(1)))  # the claim itself must tell all of them


def test_the_reason_names_the_criteria():
    claim = Claim("X", "", "", criteria=met("u < 0", "v >= 2"), control="wrong")
    bad = {"u": Quantity.exact(1), "v": Quantity.exact(1)}
    assert verdict(claim, Measured(bad, bad)) == Judgement(REFUTED, "broken: u < 0, v >= 2", True)
    wide = {"u": Quantity(-1, -2, 0), "v": Quantity.exact(3)}
    assert verdict(claim, Measured(wide, bad)) == Judgement(OPEN, "undecided: u < 0", True)
    good = {"u": Quantity.exact(-1), "v": Quantity.exact(3)}
    assert verdict(claim, Measured(good, bad)) == Judgement(HOLDS, "every criterion met", True)
    assert verdict(claim, Measured(good, good)) == Judgement(OPEN, "the control 'wrong' was not rejected", False)


def test_two_bounds_that_differ_late_are_two_criteria():
    claim = Claim("X", "", "", criteria=met("u <= 0.1", "u <= 0.1000001"), control="wrong")
    between = {"u": Quantity.exact(0.10000005)}
    for order in (claim.criteria, claim.criteria[::-1]):
        assert verdict(replace(claim, criteria=order), Measured(between, one(1))).verdict == REFUTED


def test_what_nobody_said_is_neither_a_proof_nor_a_passed_control():
    made = verdict(CLAIM, Measured(one(0), one(1), recheck=True))
    assert made == Judgement(CERTIFIED, "certificate re-checked", True, "", None)
    assert verdict(CLAIM, Measured(one(0), one(1))) == Judgement(
        HOLDS, "every criterion met, without a stored certificate", True
    )
    assert verdict(CLAIM, Measured(one(0), one(1), recheck=False)) == Judgement(
        OPEN, "the stored certificate failed its re-check", True
    )
    assert verdict(CLAIM, Measured(one(0), one(1), recheck=True, proved=True)).reason.startswith("proved in the kernel")


@pytest.mark.parametrize(
    ("recheck", "proved", "after"),
    [
        (None, False, ""),
        (True, False, " (witness re-checked)"),
        (None, True, ", in the proof kernel too"),
        (True, True, " (witness re-checked), in the proof kernel too"),
    ],
)
def test_the_reason_of_a_refutation_says_what_else_refutes(recheck, proved, after):
    made = verdict(CLAIM, Measured(one(1), one(1), recheck=recheck, proved=proved))
    assert (made.verdict, made.reason) == (REFUTED, "broken: u <= 0" + after)


@pytest.mark.parametrize(
    ("value", "planted", "reason"),
    [
        (1.0, None, "every criterion met"),
        (0.5, None, "every criterion met; smaller than published (u >= 0.8)"),
        (0.1, one(1, SEEDS), "not seen here: u > 0; smaller than published (u >= 0.8)"),
        (0.1, None, "undecided: u > 0; smaller than published (u >= 0.8)"),
        (-0.5, None, "reversed here: u > 0"),
    ],
)
def test_the_reason_of_an_empirical_claim_names_what_is_not_met_and_the_published_size(value, planted, reason):
    made = verdict(GAIN, Measured(one(value, SEEDS, around=0.28), one(-1, SEEDS), planted))
    assert (made.reason, made.rejected, made.found) == (reason, True, None if planted is None else True)


WORDS = (PROVED, CERTIFIED, HOLDS, SUPPORTED, REFUTED, OPEN, NOT_RUN, ERROR)
STRONGER = {(HOLDS, CERTIFIED), (HOLDS, PROVED), (CERTIFIED, PROVED), (PROVED, CERTIFIED)}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("before", WORDS)
def test_weakened(method, before):
    assert {*WORDS} == {*VERDICTS}
    decided = {PROVED, CERTIFIED, HOLDS, SUPPORTED, REFUTED}
    for now, packages in itertools.product(WORDS, ((), ("a-package",))):
        if before not in decided or before == now or (before, now) in STRONGER:
            expected = False
        elif packages and now == NOT_RUN:
            expected = False  # they may be absent here
        else:
            expected = not (method in (STATISTICAL, EMPIRICAL) and now in (OPEN, NOT_RUN))  # it may drift
        assert weakened(Claim("X", "", "", method=method, packages=packages), before, now) == expected


@pytest.mark.parametrize("before", ["", *HERE])
@pytest.mark.parametrize("now", ["", *HERE])
def test_flipped(before, now):
    assert flipped(before, now) == ((before, now) in {(SEEN, REVERSED), (REVERSED, SEEN)})


def test_what_moved_is_measured_by_value_and_ends_against_the_number_s_size():
    claim = Claim("X", "s", "so.", drift=1e-3)
    old = {"a": Quantity(1000.0, 990.0, 1010.0), "b": Quantity.exact(0.0), "c": Quantity.exact(1.0)}
    assert moved(claim, old, old) == {}
    now = {"a": Quantity(1000.5, 990.0, 1010.0), "b": Quantity.exact(0.0005), "c": Quantity.exact(1.0)}
    assert moved(claim, old, now) == {}
    now = {"a": Quantity(1000.0, 990.0, 1012.0), "b": Quantity.exact(0.002), "d": Quantity.exact(1.0)}
    found = moved(claim, old, now)
    assert set(found) == {"a", "b", "c", "d"} and found["c"] == found["d"] == math.inf
    assert found["a"] == pytest.approx(0.002) and found["b"] == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("old", "now", "by"),
    [
        (Quantity.exact(-1000.0), Quantity.exact(-1001.0), 0.001),  # a negative number has a size too
        (Quantity.exact(-1000.0), Quantity.exact(-999.0), 0.001),
        (Quantity(0.0, -500.0, 500.0), Quantity(1.0, -500.0, 500.0), 0.001),  # and so has a wide interval
        (Quantity(0.0, -500.0, 500.0), Quantity(0.0, -501.0, 500.0), 0.001),
        (Quantity.exact(0.5), Quantity.exact(0.25), 0.25),  # 1 at least
        (Quantity.exact(1.0), Quantity(1.0, 0.0, 1.0), 1.0),
    ],
)
def test_what_moved_is_a_share_of_the_number_s_size_or_its_interval_s(old, now, by):
    assert moved(Claim("X", "s", "so.", drift=1e-4), {"a": old}, {"a": now}) == {"a": pytest.approx(by)}


def test_a_number_may_move_by_as_much_as_the_claim_allows():
    claim = Claim("X", "s", "so.", drift=0.5)
    assert moved(claim, {"a": Quantity.exact(0.0)}, {"a": Quantity.exact(0.5)}) == {}
    assert moved(claim, {"a": Quantity.exact(0.0)}, {"a": Quantity.exact(0.75)}) == {"a": 0.75}


def test_numbers_that_are_new_or_gone_do_not_hide_those_that_moved():
    claim, still, changed = Claim("X", "s", "so."), Quantity.exact(0.0), Quantity.exact(9.0)
    found = moved(claim, {"gone": still, "a": still, "b": still}, {"new": still, "b": changed, "a": still})
    assert found == {"gone": math.inf, "b": 9.0, "new": math.inf}
