"""From a data section to sets: what is kept, what is renumbered, what is tied, and that held-out sets stay clean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.data.sources import Dataset, dataset, load
from contrastive_claims.experiments.training import sets
from contrastive_claims.experiments.training.presets import Bias, Data, Undersample
from contrastive_claims.experiments.training.sets import first_of_each, only, training_and_held_out


def made(per_class: int, seed: int) -> Dataset:
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(10), per_class))
    images = generator.integers(0, 2, (len(labels), 1, 6, 6), np.uint8) * np.uint8(200)
    images[:, 0, 0, 0] = labels  # a pixel that tells the class
    return dataset("made", images, labels, None)


@pytest.fixture
def grey(monkeypatch):
    monkeypatch.setattr(sets, "load", lambda name, split="train": made(*{"train": (100, 0), "test": (20, 1)}[split]))


def section(**parts):
    return Data(name="made", **parts)


def test_digits_hold_out_equally_many_of_each_class():
    training, held_out = training_and_held_out(Data(name="digits", held_out_per_class=50), seed=3)
    assert (np.bincount(held_out.labels) == 50).all() and len(training.labels) == 1797 - 500
    seen = {image.tobytes() for image in training.images}
    assert len(seen & {image.tobytes() for image in held_out.images}) <= 2  # the set has a few equal images
    with pytest.raises(ValueError, match="digits"):
        training_and_held_out(Data(name="digits"), seed=0)
    assert load("digits").checksum != training.checksum != held_out.checksum


@pytest.mark.usefixtures("grey")
def test_undersampling_touches_one_class_of_the_training_set_only():
    plain, held_out = training_and_held_out(section(per_class=60), 0)
    thinned, same = training_and_held_out(section(per_class=60, undersample=Undersample(target=3, factor=20.0)), 0)
    assert np.bincount(plain.labels).tolist() == [60] * 10
    assert np.bincount(thinned.labels).tolist() == [60] * 3 + [3] + [60] * 6
    assert held_out.checksum == same.checksum and len(held_out.labels) == 200
    kept = {image.tobytes() for image in plain.images}
    assert all(image.tobytes() in kept for image in thinned.images)  # paired: nothing else is drawn anew


@pytest.mark.usefixtures("grey")
def test_chosen_classes_are_numbered_in_their_order():
    training, held_out = training_and_held_out(section(classes=(8, 1, 9)), 0)
    for data in (training, held_out):
        assert np.array_equal(np.array([8, 1, 9])[data.labels], data.images[:, 0, 0, 0])
    with pytest.raises(ValueError, match=r"data\.classes: class 12 does not occur in made"):
        only(training, (12,))


@pytest.mark.usefixtures("grey")
@pytest.mark.parametrize("rho", [0.1, 0.95, 1.0])
def test_the_bias_is_tied_in_training_and_free_when_held_out(rho):
    training, held_out = training_and_held_out(section(bias=Bias(kind="colour", rho=rho)), 0)
    assert np.mean(training.bias == training.labels) == pytest.approx(rho)
    assert np.mean(held_out.bias == held_out.labels) == pytest.approx(0.1)
    assert training.images.shape[1] == 3
    shuffled, clean = training_and_held_out(section(bias=Bias(kind="colour", rho=rho, shuffled=True)), 0)
    assert np.array_equal(shuffled.images, training.images) and clean.checksum == held_out.checksum
    assert np.bincount(shuffled.bias).tolist() == np.bincount(training.bias).tolist()
    assert np.mean(shuffled.bias == shuffled.labels) < 0.2 and shuffled.checksum != training.checksum


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(3, 20), min_size=2, max_size=5), st.integers(1, 3), st.integers(0, 9))
def test_first_of_each_takes_distinct_samples_of_every_class(counts, wanted, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    chosen = first_of_each(labels, wanted, seed)
    assert np.bincount(labels[chosen]).tolist() == [wanted] * len(counts)
    assert len(set(chosen)) == len(chosen) and np.array_equal(chosen, first_of_each(labels, wanted, seed))
    with pytest.raises(ValueError, match=r"data\.per_class: 21 is more than"):
        first_of_each(labels, 21, seed)
