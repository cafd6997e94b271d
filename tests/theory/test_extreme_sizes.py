"""No NaN out of finite input, and no table as long as the largest label: what the size of a number alone may not break."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.theory.harms import (
    balanced_accuracy,
    effective_rank,
    group_accuracies,
    neural_collapse,
    representation_harm,
    student_interval,
    worst_group_accuracy,
)
from contrastive_claims.theory.margins import end, eps_sup_con, eps_sup_infonce, fair_kl, nt_xent, sup_con

powers = st.integers(-900, 1020)


@given(powers)
def test_what_has_no_scale_keeps_its_value_at_any_size(power):
    points = np.array([[0.5, 0.25, 0.75], [0.25, -0.5, 0.5], [-0.75, 0.5, 0.25], [-0.5, -0.75, 0.125]])
    classes, size = np.array([0, 0, 1, 1]), 2.0**power
    assert effective_rank(points * size) == effective_rank(points)
    assert neural_collapse(points * size, classes, points[:2] * size) == neural_collapse(points, classes, points[:2])


@given(powers)
def test_the_mean_over_seeds_and_its_interval_scale(power):
    values = np.array([1.0, 1.5, -0.25])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, plain = student_interval(values * 2.0**power), student_interval(values)
    with np.errstate(over="ignore"):
        expected = np.array(plain) * 2.0**power
    if power > -500:  # below, the square of a share of the interval is smaller than any number
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert not np.isnan(found).any()


@pytest.mark.parametrize("largest", [3_000_000, 10**12])
def test_a_large_label_is_refused_at_once_and_by_what_is_absent(largest):
    labels = np.array([0, 1, 1, largest])
    for function in (group_accuracies, worst_group_accuracy, balanced_accuracy):
        with pytest.raises(ValueError, match="labels: must use every class from 0 to the largest; 2 is absent"):
            function(labels, labels)
    with pytest.raises(ValueError, match="2 is absent"):
        representation_harm(np.eye(4), np.eye(4), labels)


def test_the_largest_label_that_fits_is_taken():
    labels = np.arange(5)
    assert (group_accuracies(labels, labels) == 1).all()


@pytest.mark.parametrize("loss", [sup_con, nt_xent, eps_sup_con, eps_sup_infonce])
@pytest.mark.parametrize(
    ("dtype", "refused", "taken"), [(torch.float32, 1e-38, 1e-37), (torch.float64, 1e-308, 1e-307)]
)
def test_a_temperature_of_infinite_logits_is_refused(loss, dtype, refused, taken, seed):
    points = torch.randn(8, 4, dtype=dtype, generator=torch.Generator().manual_seed(seed))
    labels = torch.arange(8) % 4
    assert torch.isfinite(loss(points, labels, taken))
    with pytest.raises(ValueError, match=r"temperature: must be at least .* where logits of float"):
        loss(points, labels, refused)


@pytest.mark.parametrize("penalty", [end, fair_kl])
def test_the_released_penalty_of_one_sample_is_refused(penalty):
    with pytest.raises(ValueError, match="two samples or more"):
        penalty(
            torch.ones(1, 3), torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64), variant="released"
        )
