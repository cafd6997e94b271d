"""Confusion rates, mediation and group accuracies against double loops, and their laws."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.harms import (
    allocation_harm,
    balanced_accuracy,
    confusion_rates,
    group_accuracies,
    mediation,
    worst_group_accuracy,
)

seeds = st.integers(0, 2**32 - 1)
K = 3


def sample(seed, heads=1):
    """Labels of unequal class sizes, predictions of some heads, a bias attribute, integer weights of four resamples."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(K), generator.integers(1, 6, K)))
    predictions = generator.integers(K, size=(heads, len(labels)))
    weights = generator.integers(1, 4, size=(4, len(labels)))
    return labels, predictions, generator.integers(2, size=len(labels)), weights


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_rates_are_the_double_loop(seed):
    labels, (predictions,), _, weights = sample(seed)
    for counts in (None, *weights):
        found = confusion_rates(predictions, labels, counts)
        for i in range(K):
            for j in range(K):
                hits = total = 0
                for a in range(len(labels)):
                    if labels[a] == i:
                        total += 1 if counts is None else counts[a]
                        hits += (1 if counts is None else counts[a]) * (predictions[a] == j)
                assert found[i, j] == pytest.approx(hits / total, abs=1e-14)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_weights_are_repetitions_and_resamples_are_answered_at_once(seed):
    labels, heads, bias, weights = sample(seed, heads=3)
    repeated = [np.repeat(np.arange(len(labels)), counts) for counts in weights]
    for measure in (
        lambda chosen, w: np.stack(mediation(*heads[:, chosen], labels[chosen], w)),
        lambda chosen, w: worst_group_accuracy(heads[0][chosen], labels[chosen], bias[chosen], w)[None],
        lambda chosen, w: balanced_accuracy(heads[0][chosen], labels[chosen], w)[None],
    ):
        everything = measure(slice(None), weights)
        for r, chosen in enumerate(repeated):
            np.testing.assert_allclose(everything[:, r], measure(chosen, None), atol=1e-14)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_total_is_indirect_minus_reversed_direct(seed):
    labels, heads, _, _ = sample(seed, heads=3)
    total, indirect, reversed_direct = mediation(*heads, labels)
    np.testing.assert_allclose(total, indirect - reversed_direct, atol=1e-15)

    def exact(predictions, i, j):
        members = np.flatnonzero(labels == i)
        return Fraction(int((predictions[members] == j).sum()), len(members))

    for i in range(K):
        for j in range(K):
            both, neither, encoder = (exact(head, i, j) for head in heads)
            assert (both - neither) == (encoder - neither) - (encoder - both)
            assert total[i, j] == pytest.approx(float(both - neither), abs=1e-15)
            assert indirect[i, j] == pytest.approx(float(encoder - neither), abs=1e-15)
            assert reversed_direct[i, j] == pytest.approx(float(encoder - both), abs=1e-15)
    np.testing.assert_array_equal(total, allocation_harm(heads[0], heads[1], labels))


def test_the_identity_is_exact_where_the_rates_are(seed):
    generator = np.random.default_rng([seed, 0])
    labels = np.repeat(np.arange(K), 64)  # shares of 64 are exact in binary
    total, indirect, reversed_direct = mediation(*generator.integers(K, size=(3, len(labels))), labels)
    np.testing.assert_array_equal(total, indirect - reversed_direct)


def test_mediation_by_hand():
    # class 0: neither 4 of 4 right; encoder alone sends 1 to class 1; both send 3 there
    labels = [0, 0, 0, 0, 1]
    found = mediation(both=[1, 1, 1, 0, 1], neither=[0, 0, 0, 0, 1], encoder_only=[1, 0, 0, 0, 1], labels=labels)
    np.testing.assert_array_equal(found.total, [[-0.75, 0.75], [0, 0]])
    np.testing.assert_array_equal(found.indirect, [[-0.25, 0.25], [0, 0]])
    np.testing.assert_array_equal(found.reversed_direct, [[0.5, -0.5], [0, 0]])
    np.testing.assert_array_equal(found.share, [[1 / 3, 1 / 3], [np.nan, np.nan]])


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_rows_of_rates_sum_to_one_and_rows_of_effects_to_zero(seed):
    labels, heads, _, weights = sample(seed, heads=3)
    np.testing.assert_allclose(confusion_rates(heads[0], labels, weights).sum(-1), 1)
    np.testing.assert_allclose(np.stack(mediation(*heads, labels, weights)).sum(-1), 0, atol=1e-14)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_group_accuracies_are_the_double_loop(seed):
    labels, (predictions,), bias, _ = sample(seed)
    found = group_accuracies(predictions, labels, bias)
    present = []
    for k in range(K):
        for b in range(bias.max() + 1):
            right = [predictions[a] == k for a in range(len(labels)) if labels[a] == k and bias[a] == b]
            if right:
                present.append(np.mean(right))
                assert found[k, b] == pytest.approx(present[-1])
            else:
                assert np.isnan(found[k, b])
    assert worst_group_accuracy(predictions, labels, bias) == pytest.approx(min(present))
    rates = confusion_rates(predictions, labels)
    assert balanced_accuracy(predictions, labels) == pytest.approx(np.diag(rates).mean())
    assert worst_group_accuracy(predictions, labels) == pytest.approx(np.diag(rates).min())


def test_tensors_are_taken():
    labels, predictions = torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1])
    np.testing.assert_array_equal(confusion_rates(predictions, labels), [[1, 0], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("predictions", "labels", "weights", "message"),
    [
        ([0, 1], [0, 1, 1], None, "predictions: must be 3 integers"),
        ([0, 1.5], [0, 1], None, "predictions: must be 2 integers"),
        ([0, 2], [0, 1], None, "predictions: class 2 does not occur in labels"),
        ([0, -1], [0, 1], None, "predictions: must be 0 or larger"),
        ([0, 1], [0, 2], None, "labels: must use every class from 0 to the largest; 1 is absent"),
        ([0, 1], [0, 1], [1.0], r"weights: must be \[..., 2\]"),
        ([0, 1], [0, 1], [1, -1], "weights: must be finite and nonnegative"),
        ([0, 1], [0, 1], [[1, 1], [1, 0]], "weights: every class needs a positive weight"),
        ([], [], None, "labels: must be some integers"),
    ],
)
def test_bad_input_is_named(predictions, labels, weights, message):
    with pytest.raises(ValueError, match=message):
        confusion_rates(predictions, labels, weights)


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_group_accuracies_of_several_resamples_are_those_of_the_repeated(seed):
    labels, (predictions,), bias, weights = sample(seed)
    bias = 2 * bias  # numbers may be left out: such a group is NaN
    weights = weights.reshape(2, 2, -1)
    found = group_accuracies(predictions, labels, bias, weights)
    assert found.shape == (2, 2, K, int(bias.max()) + 1)
    for index in np.ndindex(2, 2):
        chosen = np.repeat(np.arange(len(labels)), weights[index])
        expected = group_accuracies(predictions[chosen], labels[chosen], bias[chosen])
        np.testing.assert_allclose(found[index], expected, atol=1e-14)
    assert group_accuracies(predictions, labels).shape == (K, 1)
    assert np.shape(worst_group_accuracy(predictions, labels, bias, weights)) == (2, 2)
    assert np.shape(balanced_accuracy(predictions, labels, weights)) == (2, 2)


def test_the_worst_group_is_one_that_has_samples_and_weight():
    labels, predictions, bias = [0, 0, 1, 1], [0, 1, 1, 0], [0, 1, 1, 3]
    assert group_accuracies(predictions, labels, bias).shape == (2, 4)
    assert worst_group_accuracy(predictions, labels, bias) == 0
    assert worst_group_accuracy(predictions, labels, bias, [1, 0, 1, 0]) == 1
    assert group_accuracies(predictions, labels, np.arange(4) + 60).shape == (2, 64)  # a hundred groups are few
    assert np.isnan(balanced_accuracy(predictions, labels, [1, 1, 0, 0]))


@pytest.mark.parametrize(
    ("predictions", "labels", "bias", "message"),
    [
        ([0, 1, 5], [0, 1], None, "predictions: must be 2 integers"),
        ([0, -1], [0, 1], None, "predictions: must be 0 or larger"),
        ([0, 1], [0, 2], None, "labels: must use every class"),
        ([0, 1], [0, 1], [0], "bias: must be 2 integers"),
        ([0, 1], [0, 1], [0, -1], "bias: must be 0 or larger, got -1"),
        ([0], [0], [10**7], "bias: numbers must be small, of a table of 1 x 10000001 groups"),
    ],
)
def test_groups_that_are_none_are_named(predictions, labels, bias, message):
    with pytest.raises(ValueError, match=message):
        group_accuracies(predictions, labels, bias)


def test_a_prediction_may_be_no_label_where_only_accuracy_counts():
    assert group_accuracies([7, 1], [0, 1]).tolist() == [[0], [1]]
    assert confusion_rates([1, 1, 1], [0, 1, 1]).tolist() == [[0, 1], [0, 1]]
