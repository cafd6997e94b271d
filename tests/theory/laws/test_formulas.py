"""The formulas of a whole batch against those of one anchor, and their closed gradients against differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.laws.formulas import (
    FORMS,
    REDUCTIONS,
    VIEWS,
    anchor_losses,
    anchor_weights,
    logit_gradients,
    pair_weights,
)
from contrastive_claims.theory.laws.strategies import labels, rows
from contrastive_claims.theory.margins.logits import (
    eps_sup_con_from_logits,
    eps_sup_infonce_from_logits,
    sup_con_in_from_logits,
)

EVERY = [*FORMS.values(), *VIEWS.values()]


def one_anchor(form, positives, negatives, epsilon):
    """By theory.margins.logits, which knows neither masks nor weights."""
    if form.family == "infonce":
        return eps_sup_infonce_from_logits(positives, negatives, epsilon)
    if form.family == "supcon":
        return eps_sup_con_from_logits(positives, negatives, epsilon)
    inside = sup_con_in_from_logits(positives, negatives)
    return inside if form.family == "supcon_in" else inside - np.log(len(positives))


@st.composite
def problems(draw):
    classes = draw(labels())
    unit = np.array(draw(rows(len(classes))), dtype=float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit @ unit.T / draw(st.sampled_from([0.05, 0.5, 2.0])), np.array(classes)


@pytest.mark.parametrize("form", EVERY, ids=lambda form: form.title)
@given(problem=problems(), margin=st.sampled_from([0.0, 0.25, 3.0]))
@settings(max_examples=20, deadline=None)
def test_each_anchor_is_the_formula_of_its_logits(form, problem, margin):
    logits, classes = problem
    if form in VIEWS.values():
        half = len(classes) // 2
        classes = np.tile(np.arange(half), 2)
        logits = logits[: 2 * half, : 2 * half]
    epsilon = margin if form.epsilon is None else form.epsilon
    positive, negative = pair_weights(form, classes)
    found = anchor_losses(form, logits, positive, negative, epsilon)
    for i in np.flatnonzero(positive.any(axis=1) & negative.any(axis=1)):
        expected = one_anchor(form, logits[i, positive[i] > 0], logits[i, negative[i] > 0], epsilon)
        np.testing.assert_allclose(found[i], expected, rtol=1e-12, atol=1e-12)
    assert (found[~positive.any(axis=1)] == 0).all()
    assert (positive * negative == 0).all() and (np.diag(positive) == 0).all()
    assert (np.diag(negative) == 1).all() == form.itself


@pytest.mark.parametrize("form", EVERY, ids=lambda form: form.title)
@given(problem=problems())
@settings(max_examples=15, deadline=None)
def test_closed_gradients_are_slopes(form, problem):
    logits, classes = problem
    epsilon = 0.5 if form.epsilon is None else form.epsilon
    positive, negative = pair_weights(form, classes)
    if not negative.any(axis=1).all():
        return
    gradient = logit_gradients(form, logits, positive, negative, epsilon)
    step = 1e-5
    for i, j in [(0, 1), (0, len(classes) - 1), (1, 0), (0, 0)]:
        nudge = np.zeros_like(logits)
        nudge[i, j] = step
        ends = [anchor_losses(form, logits + sign * nudge, positive, negative, epsilon)[i] for sign in (1, -1)]
        np.testing.assert_allclose(gradient[i, j], (ends[0] - ends[1]) / (2 * step), atol=1e-8)


@given(problem=problems(), copies=st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_copies_count_as_a_batch_that_holds_them(problem, copies):
    logits, classes = problem
    many = np.tile(logits, (copies, copies))
    for form in (FORMS["eps-sup-infonce"], FORMS["eps-sup-con"], FORMS["sup-con-in"]):
        once = anchor_losses(form, logits, *pair_weights(form, classes, copies), 0.3)
        held = anchor_losses(form, many, *pair_weights(form, np.tile(classes, copies)), 0.3)
        np.testing.assert_allclose(np.tile(once, copies), held, rtol=1e-12, atol=1e-12)


def test_what_anchors_count():
    positives, classes = np.array([1.0, 1, 2, 2, 2, 0]), np.array([0, 0, 1, 1, 1, 2])
    expected = {
        "mean over anchors": [1 / 5] * 5, "sum over anchors": [1] * 5, "mean over positive pairs": [1 / 8] * 2 + [1 / 4] * 3,
        "sum over positive pairs": [1, 1, 2, 2, 2], "mean over anchors of a sum over positives": [0.2, 0.2, 0.4, 0.4, 0.4],
        "mean over classes": [1 / 4] * 2 + [1 / 6] * 3,
    }  # fmt: skip
    assert expected.keys() == REDUCTIONS.keys()
    for name, weights in expected.items():
        np.testing.assert_allclose(anchor_weights(name, positives, classes), [*weights, 0])
