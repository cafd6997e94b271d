"""Loss <-> margin bounds: they hold everywhere, they are attained, and impossible losses are refused."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.margins import (
    eps_infonce_from_logits,
    epsilon_reach,
    hinge,
    loss_interval,
    margin_interval,
    optimal_margin,
    optimal_value,
)

epsilons = st.floats(0, 6)
temperatures = st.floats(0.01, 10)


@st.composite
def logit_rows(draw, temperature=None):
    """(positive, negatives) logits of one anchor, on the sphere of a temperature where one is given."""
    bound = 40.0 if temperature is None else 1 / temperature
    numbers = st.floats(-bound, bound)
    negatives = draw(st.lists(numbers, min_size=1, max_size=7))
    return draw(numbers | st.sampled_from(negatives)), np.array(negatives)


@given(row=logit_rows(), epsilon=epsilons)
@settings(deadline=None)
def test_hinge_sandwich(row, epsilon):
    positive, negatives = row
    height = hinge(positive, negatives, epsilon)
    assert height == max(0.0, *(s - positive + epsilon for s in negatives))
    excess = eps_infonce_from_logits(positive, negatives, epsilon) + epsilon - height
    assert -1e-12 <= excess <= math.log(len(negatives) + 1) + 1e-12


@given(row=logit_rows(), epsilon=epsilons)
@settings(deadline=None)
def test_loss_pins_the_margin(row, epsilon):
    positive, negatives = row
    margin = positive - negatives.max()
    loss = eps_infonce_from_logits(positive, negatives, epsilon)
    low, high = loss_interval(margin, len(negatives), epsilon)
    assert low - 1e-12 <= loss <= high + 1e-12
    if loss + epsilon > 1e-9:  # nearer to the infimum the margin is beyond what the rounded loss can tell
        low, high = margin_interval(loss, len(negatives), epsilon)
        assert low - 1e-5 <= margin <= high + 1e-5
        assert high - low == pytest.approx(math.log(len(negatives)), abs=1e-12)


@given(data=st.data(), temperature=temperatures, epsilon=epsilons)
@settings(deadline=None)
def test_the_sphere_narrows_the_interval(data, temperature, epsilon):
    positive, negatives = data.draw(logit_rows(temperature))
    margin, count = positive - negatives.max(), len(negatives)
    loss = eps_infonce_from_logits(positive, negatives, epsilon)
    if loss + epsilon > 1e-9:
        low, high = margin_interval(loss, count, epsilon, temperature)
        free_low, free_high = margin_interval(loss, count, epsilon)
        assert low - 1e-5 <= margin <= high + 1e-5
        assert -2 / temperature <= low <= high <= 2 / temperature
        assert low >= min(free_low, 2 / temperature) and high <= max(free_high, -2 / temperature)


@pytest.mark.parametrize("temperature", [0.2, 0.5, 3.0])
@pytest.mark.parametrize("epsilon", [0.0, 0.7, 3.0])
def test_both_ends_are_attained(temperature, epsilon):
    for margin in np.linspace(-2 / temperature, 2 / temperature, 7):
        # all negatives equal: the upper end; s+ = 1/tau, one hard negative, the others antipodal: the sphere's lower end
        equal = eps_infonce_from_logits(margin, np.zeros(5), epsilon)
        assert margin_interval(equal, 5, epsilon)[1] == pytest.approx(margin, abs=1e-9)
        assert margin_interval(equal, 5, epsilon, temperature)[1] == pytest.approx(margin, abs=1e-9)
        assert margin_interval(eps_infonce_from_logits(margin, np.zeros(1), epsilon), 1, epsilon, temperature) == (
            pytest.approx(margin, abs=1e-7), pytest.approx(margin, abs=1e-7),
        )  # fmt: skip
        positive = 1 / temperature
        negatives = np.array([positive - margin, *[-positive] * 4])
        hard = eps_infonce_from_logits(positive, negatives, epsilon)
        assert margin_interval(hard, 5, epsilon, temperature)[0] == pytest.approx(margin, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.01, 0.5, 10.0])
def test_a_loss_just_out_of_reach_is_refused(temperature):
    width = 2 / temperature
    for margin in (width * (1 + 1e-7) + 1e-7, -width * (1 + 1e-7) - 1e-7):
        loss = loss_interval(margin, 4, 300.0)[1]
        with pytest.raises(ValueError, match=r"^loss: out of reach on the unit sphere"):
            margin_interval(loss, 4, 300.0, temperature)


@pytest.mark.parametrize(("temperature", "excess"), [(0.01, 200e-9), (10.0, 1e-9)])
def test_the_ends_of_the_sphere_are_known_up_to_rounding(temperature, excess):
    """A part in 1e9 of the width, and 1e-9 beside it."""
    width = 2 / temperature
    for part in (0.5, 1.6):
        for margin in (width + part * excess, -width - part * excess):
            loss = loss_interval(margin, 4, 300.0)[1]
            if part > 1:
                with pytest.raises(ValueError, match="out of reach on the unit sphere"):
                    margin_interval(loss, 4, 300.0, temperature)
            else:
                assert abs(margin_interval(loss, 4, 300.0, temperature)[1]) == width


def test_any_dtype_is_computed_in_float64():
    for dtype in (np.float16, np.float32, np.uint8):
        numbers = np.array([3, 1, 2], dtype)
        exact = numbers.astype(float)
        for found, expected in (
            (hinge(numbers, numbers[:, None] + dtype(1), 0.1), hinge(exact, exact[:, None] + 1, 0.1)),
            (loss_interval(numbers, numbers, 0.1), loss_interval(exact, exact, 0.1)),
            (margin_interval(numbers, numbers, 0.1), margin_interval(exact, exact, 0.1)),
        ):
            np.testing.assert_array_equal(found, expected)
            assert np.asarray(found).dtype == np.float64


def test_rounding_beyond_an_attained_end_is_cut():
    # so many negatives that "every other one is antipodal" leaves nothing but rounding for the hardest
    beyond = loss_interval(200 * (1 + 5e-10), 10**9, 250.0)[1]
    assert margin_interval(beyond, 10**9, 250.0, 0.01) == (200.0, 200.0)
    below = loss_interval(-200 * (1 + 5e-10), 1, 0.0)[0]
    assert margin_interval(below, 1, 0.0, 0.01) == (-200.0, -200.0)


@given(epsilon=epsilons, below=st.floats(1e-9, 1))
def test_a_small_loss_forces_the_margin_epsilon(epsilon, below):
    low, _ = margin_interval(-epsilon + math.log(2) * below, 10, epsilon)
    assert low >= epsilon - 1e-6
    low, _ = margin_interval(math.log(2) - epsilon, 10, epsilon)
    assert low == pytest.approx(epsilon, abs=1e-9)


def test_the_lower_end_does_not_cancel_near_the_infimum():
    # x = e^l - e^-eps = e^-eps expm1(delta), so -log x = eps - log(expm1(delta)), here at delta = 2^-40
    delta = 2.0**-40
    low, _ = margin_interval(-1.0 + delta, 3, 1.0)
    assert low == pytest.approx(1.0 - math.log(math.expm1(delta)), rel=1e-12)


def test_the_lower_end_is_convex_in_the_loss():
    losses = np.linspace(-0.4, 5, 200)
    low, high = margin_interval(losses, 4, 0.5)
    assert low.shape == high.shape == (200,)
    assert (np.diff(low, 2) > 0).all() and (np.diff(low) < 0).all()


def test_shapes_broadcast():
    low, high = margin_interval(np.ones((3, 1)), np.array([1, 2]), 0.1, 0.5)
    assert low.shape == high.shape == (3, 2)
    assert hinge(np.zeros(4), np.ones((4, 2)), 0.5).tolist() == [1.5] * 4
    assert hinge([0.0], [[-3.0]], 0.5).tolist() == [0.0]
    assert hinge([0.0, 1.0], [[1.0, 2.0], [3.0, 0.0]], 0.5).tolist() == [2.5, 2.5]
    assert hinge([0.0, 0.0], [[1.0, 2.0], [-3.0, -1.0]], 0.5).tolist() == [2.5, 0.0]
    assert loss_interval(np.zeros((2, 1)), np.array([1, 3]), 0.0)[1].shape == (2, 2)
    for counts in (2, []):
        assert [len(end) for end in margin_interval([], counts, 0.1)] == [0, 0]
        assert [len(end) for end in loss_interval([], counts, 0.1)] == [0, 0]


@given(classes=st.integers(2, 10), per_class=st.integers(2, 6), temperature=temperatures, epsilon=epsilons)
def test_optimal_values_are_the_losses_at_the_simplex(classes, per_class, temperature, epsilon):
    plus = np.full(per_class - 1, 1 / temperature)
    minus = np.full((classes - 1) * per_class, -1 / (classes - 1) / temperature)
    own, others = math.exp(-epsilon), len(minus) * math.exp(minus[0] - plus[0])
    margin = optimal_margin(classes, temperature)
    assert margin == pytest.approx(plus[0] - minus[0], rel=1e-12)
    value = optimal_value(classes, per_class, temperature, epsilon)
    assert value == pytest.approx(math.log(own + others), abs=1e-9)
    value = optimal_value(classes, per_class, temperature, epsilon, "eps_sup_con")
    assert value == pytest.approx(math.log(len(plus) * own + others), abs=1e-9)
    limit = optimal_value(classes, per_class, temperature, math.inf)
    assert limit == pytest.approx(math.log(len(minus)) - margin, abs=1e-9)


def test_optimal_values_of_more_pairs_than_fit_64_bits():
    found = optimal_value(2**31, 10**12, 1.0, 0.3)
    assert found == pytest.approx(math.log((2**31 - 1) * 10**12) - 1, rel=1e-9)
    assert optimal_value(2**31, 10**12, 1.0, 0.3, "eps_sup_con") == pytest.approx(
        found + math.exp(-0.3 + 1 - math.log(2**31))
    )


def test_optimal_value_defaults_to_no_margin():
    assert optimal_value(3, 4, 0.5) == optimal_value(3, 4, 0.5, 0.0, "eps_sup_infonce")


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("epsilon: must be zero or positive, got -1", lambda: hinge(0.0, [1.0], -1)),
        ("epsilon: must be zero or positive, got nan", lambda: hinge(0.0, [1.0], math.nan)),
        ("negatives: needs at least one", lambda: hinge(0.0, [], 0.1)),
        ("negatives: needs at least one", lambda: hinge(0.0, 1.0, 0.1)),
        (
            r"the leading axes, one place per anchor, differ: \(8,\) in positive and \(0,\) in negatives",
            lambda: hinge(np.zeros(8), np.zeros((0, 2)), 0.1),
        ),
        ("epsilon: must", lambda: margin_interval(1.0, 3, -0.1)),
        ("negatives: at least one", lambda: margin_interval(1.0, 0, 0.1)),
        ("negatives: at least one", lambda: margin_interval(1.0, [2, 0], 0.1)),
        ("loss: eps-InfoNCE is finite and above -epsilon = -0.5, got -0.5", lambda: margin_interval([1, -0.5], 3, 0.5)),
        ("loss: eps-InfoNCE is finite", lambda: margin_interval(math.nan, 3, 0.5)),
        ("loss: eps-InfoNCE is finite", lambda: margin_interval(math.inf, 3, 0.5)),
        ("loss: out of reach on the unit sphere at temperature 1", lambda: margin_interval(-0.49, 3, 0.5, 1.0)),
        ("loss: out of reach on the unit sphere at temperature 1", lambda: margin_interval([1.0, 5.0], 3, 0.5, 1.0)),
        ("temperature: must be positive and finite, got 0", lambda: margin_interval(1.0, 3, 0.5, 0)),
        ("temperature: must be positive and finite, got inf", lambda: margin_interval(1.0, 3, 0.5, math.inf)),
        ("epsilon: must", lambda: loss_interval(1.0, 3, -0.1)),
        ("negatives: at least one", lambda: loss_interval(1.0, 0, 0.1)),
        ("classes: a margin needs at least 2, got 1", lambda: optimal_margin(1, 0.1)),
        ("temperature: must", lambda: optimal_margin(2, -0.1)),
        ("classes: a margin", lambda: optimal_value(1, 3, 0.1)),
        ("per_class: a sample needs a positive, so at least 2, got 1", lambda: optimal_value(3, 1, 0.1)),
        ("epsilon: must", lambda: optimal_value(3, 3, 0.1, -1)),
        ("loss: eps_sup_infonce or eps_sup_con, got 'sup_con'", lambda: optimal_value(3, 3, 0.1, 0, "sup_con")),
    ],
)
def test_bad_input_is_named(message, call):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def gradient(positive, negatives, epsilon):
    """Of eps-InfoNCE in the logits, the positive's first."""
    logits = torch.tensor([positive, *negatives], dtype=torch.float64, requires_grad=True)
    eps_infonce_from_logits(logits[0], logits[1:], epsilon).backward()
    return logits.grad.numpy()


@given(temperatures, epsilons, st.data())
def test_epsilon_lengthens_a_gradient_within_its_reach_and_never_turns_it(temperature, epsilon, data):
    positive, negatives = data.draw(logit_rows(temperature))
    plain, pushed = gradient(positive, negatives, 0.0), gradient(positive, negatives, epsilon)
    factor = pushed[0] / plain[0]
    np.testing.assert_allclose(pushed, factor * plain, rtol=1e-9, atol=1e-300)
    assert 1 - 1e-12 <= factor <= epsilon_reach(temperature, len(negatives)) * (1 + 1e-9)


def test_epsilon_reaches_its_reach_where_all_negatives_are_opposite():
    negatives = np.full(510, -2.0)  # cosine -1 at temperature .5
    factor = gradient(2.0, negatives, 60.0)[0] / gradient(2.0, negatives, 0.0)[0]
    assert factor == pytest.approx(epsilon_reach(0.5, 510), rel=1e-12) == pytest.approx(1.10706, abs=1e-5)


@pytest.mark.parametrize(("arguments", "message"), [((0.0, 5), "temperature"), ((0.5, 0), "negatives")])
def test_a_reach_refuses_what_has_none(arguments, message):
    with pytest.raises(ValueError, match=message):
        epsilon_reach(*arguments)
