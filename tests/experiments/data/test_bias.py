"""Splits and undersampling: what is kept, and of which class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.data.bias import balanced_split, undersample

labellings = st.lists(st.integers(4, 30), min_size=2, max_size=5).map(lambda n: np.repeat(np.arange(len(n)), n))


@settings(deadline=None, max_examples=50)
@given(labellings, st.integers(1, 3), st.integers(0, 1000))
def test_split_is_a_partition_with_a_balanced_held_out_set(labels, each, seed):
    labels = np.random.default_rng(seed).permutation(labels)
    training, held_out = balanced_split(labels, each, seed)
    assert np.array_equal(np.sort(np.concatenate([training, held_out])), np.arange(len(labels)))
    assert (np.bincount(labels[held_out]) == each).all()
    again = balanced_split(labels, each, seed)
    assert np.array_equal(training, again[0]) and np.array_equal(held_out, again[1])


@settings(deadline=None, max_examples=50)
@given(labellings, st.floats(1, 100), st.integers(0, 1000))
def test_undersampling_touches_one_class_only(labels, factor, seed):
    labels = np.random.default_rng(seed).permutation(labels)
    kept = undersample(labels, 1, factor, seed)
    before, after = np.bincount(labels), np.bincount(labels[kept])
    assert after[1] == max(1, round(before[1] / factor))
    assert np.array_equal(np.delete(after, 1), np.delete(before, 1))
    assert np.array_equal(kept, np.unique(kept))
    assert np.array_equal(kept, undersample(labels, 1, factor, seed))


def test_seeds_choose_different_samples():
    labels = np.repeat([0, 1], 50)
    assert not np.array_equal(balanced_split(labels, 10, 0)[1], balanced_split(labels, 10, 1)[1])
    assert not np.array_equal(undersample(labels, 1, 5, 0), undersample(labels, 1, 5, 1))


def test_bad_input_is_named():
    labels = np.array([0, 0, 0, 1, 1])
    for each in (0, 2):
        with pytest.raises(ValueError, match=r"held_out_per_class: must lie between 1 and 1 \(class 1 has 2"):
            balanced_split(labels, each, 0)
    with pytest.raises(ValueError, match=r"target: .* got 2"):
        undersample(labels, 2, 5, 0)
    for factor in (0.5, float("nan")):
        with pytest.raises(ValueError, match="factor: must be at least 1"):
            undersample(labels, 1, factor, 0)
