"""The losses of one anchor as functions of its logits, against their definitions."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.margins import (
    eps_infonce_from_logits,
    eps_sup_con_from_logits,
    eps_sup_infonce_from_logits,
    info_l1o_from_logits,
    sup_con_in_from_logits,
)

logits = st.floats(-30, 30)


@given(
    positives=st.lists(logits, min_size=1, max_size=5), negatives=st.lists(logits, min_size=1, max_size=6),
    epsilon=st.floats(0, 10),
)  # fmt: skip
@settings(deadline=None)
def test_every_form_equals_its_definition_in_numpy_and_torch(positives, negatives, epsilon):
    others = sum(math.exp(s) for s in negatives)
    count = len(positives)
    single = [-math.log(math.exp(s) / (math.exp(s - epsilon) + others)) for s in positives]
    shared = sum(math.exp(s - epsilon) for s in positives) + others
    expected = {
        eps_sup_infonce_from_logits: sum(single) / count,
        eps_sup_con_from_logits: -sum(math.log(math.exp(s) / shared) for s in positives) / count,
    }
    everything = sum(map(math.exp, positives)) + others
    inside = -math.log(sum(math.exp(s) / everything for s in positives) / count)
    for make in (np.asarray, torch.as_tensor):
        plus, minus = make(np.array([positives, positives])), make(np.array([negatives, negatives]))
        for form, value in expected.items():
            np.testing.assert_allclose(np.asarray(form(plus, minus, epsilon)), [value] * 2, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(np.asarray(sup_con_in_from_logits(plus, minus)), [inside] * 2, rtol=1e-9, atol=1e-9)
        one = eps_infonce_from_logits(plus[:, 0], minus, epsilon)
        np.testing.assert_allclose(np.asarray(one), [single[0]] * 2, rtol=1e-9, atol=1e-9)
        limit = math.log(others) - positives[0]
        np.testing.assert_allclose(
            np.asarray(info_l1o_from_logits(plus[:, 0], minus)), [limit] * 2, rtol=1e-9, atol=1e-9
        )
        np.testing.assert_array_equal(
            np.asarray(eps_infonce_from_logits(plus[:, 0], minus, math.inf)),
            np.asarray(info_l1o_from_logits(plus[:, 0], minus)),
        )


def test_any_leading_axes(seed):
    rng = np.random.default_rng([seed, 0])
    plus, minus = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 5))
    for form in (eps_sup_infonce_from_logits, eps_sup_con_from_logits, sup_con_in_from_logits):
        single = [[form(plus[i, j], minus[i, j]) for j in range(3)] for i in range(2)]
        for make in (np.asarray, torch.as_tensor):
            np.testing.assert_allclose(np.asarray(form(make(plus), make(minus))), single, rtol=1e-12)
            one = form(make(plus[0, 0]), make(minus[0, 0]))
            assert np.shape(one) == () and float(one) == pytest.approx(single[0][0], rel=1e-12)


def test_the_default_margin_is_zero():
    plus, minus = np.array([1.0, 2.0]), np.array([0.5])
    assert eps_infonce_from_logits(plus[0], minus) == eps_infonce_from_logits(plus[0], minus, 0.0)
    assert eps_sup_infonce_from_logits(plus, minus) == eps_sup_infonce_from_logits(plus, minus, 0.0)
    assert eps_sup_con_from_logits(plus, minus) == eps_sup_con_from_logits(plus, minus, 0.0)


def test_bad_input_is_named():
    plus, minus, none = np.array([1.0, 2.0]), np.array([0.5]), np.zeros((2, 0))
    for form in (eps_infonce_from_logits, eps_sup_infonce_from_logits, eps_sup_con_from_logits):
        for epsilon in (-0.1, math.nan):
            with pytest.raises(ValueError, match="epsilon: must be zero or positive, got"):
                form(plus, minus, epsilon)
        for empty in (none, np.float64(1)):
            with pytest.raises(ValueError, match="negatives: needs at least one"):
                form(plus, empty, 0.1)
    for form in (info_l1o_from_logits, sup_con_in_from_logits):
        with pytest.raises(ValueError, match="negatives: needs at least one"):
            form(plus, none)
    for form in (eps_sup_infonce_from_logits, eps_sup_con_from_logits, sup_con_in_from_logits):
        with pytest.raises(ValueError, match="positives: needs at least one"):
            form(none, minus)
    for form, of in (
        (eps_infonce_from_logits, "positive"),
        (info_l1o_from_logits, "positive"),
        (eps_sup_con_from_logits, "positives"),
    ):
        with pytest.raises(
            ValueError, match=rf"leading axes, one place per anchor, differ: \(8,\) in {of} and \(3,\) in negatives"
        ):
            form(np.zeros(8) if of == "positive" else np.zeros((8, 2)), np.zeros((3, 2)))
