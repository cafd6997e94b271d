"""Splits, undersampling and bias: what is kept of which class, and how many samples carry which attribute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.data.bias import (
    COLOURS,
    assign_bias,
    balanced_split,
    biased,
    colour_background,
    coloured,
    corrupt,
    stratified_split,
    undersample,
)
from contrastive_claims.experiments.data.sources import checksum, dataset

labellings = st.lists(st.integers(4, 30), min_size=2, max_size=5).map(lambda n: np.repeat(np.arange(len(n)), n))
unequal = (
    st.lists(st.integers(0, 60), min_size=1, max_size=10).filter(any).map(lambda n: np.repeat(np.arange(len(n)), n))
)
seeds = st.integers(0, 1000)


def shuffled(labels, seed):
    return np.random.default_rng(seed).permutation(labels)


@settings(deadline=None, max_examples=50)
@given(labellings, st.integers(1, 3), seeds)
def test_split_is_a_partition_with_a_balanced_held_out_set(labels, each, seed):
    labels = shuffled(labels, seed)
    training, held_out = balanced_split(labels, each, seed)
    assert np.array_equal(np.sort(np.concatenate([training, held_out])), np.arange(len(labels)))
    assert (np.bincount(labels[held_out]) == each).all()
    again = balanced_split(labels, each, seed)
    assert np.array_equal(training, again[0]) and np.array_equal(held_out, again[1])


@settings(deadline=None, max_examples=50)
@given(labellings, st.floats(0.2, 0.8), seeds)
def test_stratified_split_is_a_partition_with_the_fraction_of_every_class(labels, fraction, seed):
    labels = shuffled(labels, seed)
    training, validation = stratified_split(labels, fraction, seed)
    assert np.array_equal(np.sort(np.concatenate([training, validation])), np.arange(len(labels)))
    assert (np.diff(training) > 0).all() and (np.diff(validation) > 0).all()
    assert np.bincount(labels[validation]).tolist() == [round(fraction * n) for n in np.bincount(labels)]
    assert np.array_equal(validation, stratified_split(labels, fraction, seed)[1])


@settings(deadline=None, max_examples=50)
@given(labellings, st.floats(1, 100), seeds)
def test_undersampling_touches_one_class_only(labels, factor, seed):
    labels = shuffled(labels, seed)
    before = np.bincount(labels)
    left = round(before[1] / factor)
    if not left:
        with pytest.raises(ValueError, match=rf"factor: .* leaves none of the {before[1]} samples of class 1"):
            undersample(labels, 1, factor, seed)
        return
    kept = undersample(labels, 1, factor, seed)
    after = np.bincount(labels[kept])
    assert after[1] == left
    assert np.array_equal(np.delete(after, 1), np.delete(before, 1))
    assert np.array_equal(kept, np.unique(kept))
    assert np.array_equal(kept, undersample(labels, 1, factor, seed))


@settings(deadline=None, max_examples=50)
@given(unequal, st.floats(0, 1), seeds)
def test_bias_is_counted_exactly_class_by_class(labels, rho, seed):
    labels = shuffled(labels, seed)
    bias = assign_bias(labels, rho, seed)
    assert bias.dtype == np.int64 and bias.shape == labels.shape
    for k in np.unique(labels):
        counts = np.bincount(bias[labels == k], minlength=10)
        assert len(counts) == 10 and counts[k] == round(rho * (labels == k).sum())
        others = np.delete(counts, k)
        assert others.max() - others.min() <= 1
    assert np.array_equal(bias, assign_bias(labels, rho, seed))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 12), seeds)
def test_a_tenth_ties_nothing(each, seed):
    labels = shuffled(np.repeat(np.arange(10), 10 * each), seed)
    bias = assign_bias(labels, 0.1, seed)
    assert (np.histogram2d(labels, bias, bins=10)[0] == each).all()


def test_the_published_counts():
    for conflicting, own in ((0.005, 4975), (0.01, 4950), (0.02, 4900), (0.05, 4750)):
        bias = assign_bias(np.repeat(np.arange(10), 5000), 1 - conflicting, 0)
        assert [(bias[5000 * k :][:5000] == k).sum() for k in range(10)] == [own] * 10
    mnist = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    bias = assign_bias(np.repeat(np.arange(10), mnist), 0.999, 0)
    assert (bias != np.repeat(np.arange(10), mnist)).sum() == sum(n - round(0.999 * n) for n in mnist) == 60


def test_the_draws_are_these_on_every_machine():
    """Recorded once: another draw would change every trained model and every record."""
    labels = np.arange(40) % 4
    assert balanced_split(labels, 2, 5)[1].tolist() == [7, 22, 24, 25, 28, 30, 35, 37]
    assert stratified_split(labels, 0.2, 5)[1].tolist() == [0, 3, 9, 14, 16, 19, 25, 34]
    kept = undersample(labels, 1, 5, 5)
    assert kept[labels[kept] == 1].tolist() == [25, 29]
    assert assign_bias(labels, 0.5, 5)[:12].tolist() == [9, 7, 1, 1, 6, 1, 2, 4, 0, 5, 2, 3]


def test_seeds_choose_different_samples():
    labels = np.repeat([0, 1], 50)
    assert not np.array_equal(balanced_split(labels, 10, 0)[1], balanced_split(labels, 10, 1)[1])
    assert not np.array_equal(stratified_split(labels, 0.2, 0)[1], stratified_split(labels, 0.2, 1)[1])
    assert not np.array_equal(undersample(labels, 1, 5, 0), undersample(labels, 1, 5, 1))
    assert not np.array_equal(assign_bias(labels, 0.5, 0), assign_bias(labels, 0.5, 1))


def test_bad_input_is_named():
    labels = np.array([0, 0, 0, 1, 1])
    for each in (0, 2):
        with pytest.raises(ValueError, match=r"held_out_per_class: must lie between 1 and 1 \(class 1 has 2"):
            balanced_split(labels, each, 0)
    for fraction in (0, 1, float("nan")):
        with pytest.raises(ValueError, match="fraction: must lie between 0 and 1"):
            stratified_split(labels, fraction, 0)
    for fraction in (0.2, 0.8):
        with pytest.raises(
            ValueError, match=rf"fraction: {fraction} of the 2 samples of class 1 leaves one side without any"
        ):
            stratified_split(labels, fraction, 0)
    with pytest.raises(ValueError, match=r"target: .* got 2"):
        undersample(labels, 2, 5, 0)
    for factor in (0.5, float("nan")):
        with pytest.raises(ValueError, match="factor: must be at least 1"):
            undersample(labels, 1, factor, 0)
    for rho in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="rho: must lie between 0 and 1"):
            assign_bias(labels, rho, 0)
    for wrong in (np.array([0, 10]), np.array([-1, 3])):
        with pytest.raises(ValueError, match="labels: must lie between 0 and 9"):
            assign_bias(wrong, 0.5, 0)


def grey(n, seed, dtype):
    """Images of which some pixels are background, with labels 0 to 9."""
    generator = np.random.default_rng(seed)
    values = generator.integers(1, 256, (n, 1, 5, 4)) * generator.integers(0, 2, (n, 1, 5, 4))
    images = values.astype(np.uint8) if dtype == np.uint8 else (values / 255).astype(np.float32)
    return dataset("grey", images, np.arange(n) % 10, None)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.floats(0, 1), seeds, st.sampled_from([np.uint8, np.float32]))
def test_only_the_background_is_coloured(n, rho, seed, dtype):
    data = grey(n, seed, dtype)
    found = colour_background(data, rho, seed)
    assert found.images.shape == (n, 3, 5, 4) and found.images.dtype == dtype
    assert np.array_equal(found.labels, data.labels)
    assert np.array_equal(found.bias, assign_bias(data.labels, rho, seed))
    assert found.checksum == checksum(found.images, found.labels, found.bias) != data.checksum
    full = 255 if dtype == np.uint8 else 1
    foreground = np.broadcast_to(data.images > 0, found.images.shape)
    assert (found.images[foreground] == full).all()  # white, whatever the bias
    for image, black, attribute in zip(found.images, data.images[:, 0] == 0, found.bias, strict=True):
        assert np.allclose(image[:, black].T * (255 / full), COLOURS[attribute], atol=1e-4)
    again = colour_background(data, rho, seed)
    assert again.checksum == found.checksum


def test_ten_colours_are_distinct_and_none_is_white():
    colours = np.concatenate([COLOURS, [[255, 255, 255]]]).astype(int)
    apart = np.linalg.norm(colours[:, None] - colours, axis=2)
    assert len(COLOURS) == 10 and apart[~np.eye(11, dtype=bool)].min() > 75


def test_any_attribute_can_be_tied():
    data = grey(30, 0, np.uint8)

    def in_the_corner(images, bias, seed):
        marked = images.copy()
        marked[:, 0, 0, 0] = bias + 100 * seed
        return marked

    found = biased(data, in_the_corner, 1.0, 2)
    assert np.array_equal(found.bias, data.labels) and np.array_equal(found.images[:, 0, 0, 0], data.labels + 200)
    assert np.array_equal(found.images[:, :, 1:], data.images[:, :, 1:]) and found.name == "grey"


def test_attributes_refuse_images_that_cannot_carry_them():
    data = grey(10, 0, np.uint8)
    with pytest.raises(ValueError, match="only a grey image has a background to colour, got 3 channels"):
        coloured(np.repeat(data.images, 3, 1), data.labels, 0)
    with pytest.raises(ValueError, match="must be colour images of bytes, got uint8 with 1 channels"):
        corrupt(data, 0.1, 0)
    with pytest.raises(ValueError, match=r"conflicting: must lie between 0 and 1, got 1\.5"):
        corrupt(data, 1.5, 0)
