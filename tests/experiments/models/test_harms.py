"""What is kept of a network: rounded directions, and the heads that B10 and B11 ask for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models import harms as measurements
from contrastive_claims.experiments.models.harms import harms, principal_directions
from contrastive_claims.experiments.models.store import Model, measured
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.theory.harms import representation_harm
from contrastive_claims.theory.sphere import normalise


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.floats(0.01, 100))
def test_cosines_survive_whatever_the_length(seed, length):
    vectors = np.random.default_rng(seed).normal(size=(50, 64)) + 0.3
    kept = principal_directions(length * vectors)
    assert kept.dtype == np.int8 and kept.shape[0] == 50 and kept.any(axis=0).all()
    rounded, unit = normalise(kept.astype(float)), normalise(vectors)
    # two rows, each off by sqrt(64/12)/100 at most as a rule, in directions of their own
    np.testing.assert_allclose(rounded @ rounded.T, unit @ unit.T, atol=6 * np.sqrt(64 / 12) / 100 / np.sqrt(64) * 2)


def test_flat_data_takes_few_columns():
    vectors = np.random.default_rng(0).normal(size=(200, 2)) @ np.random.default_rng(1).normal(size=(2, 64))
    assert principal_directions(vectors).shape == (200, 2)


def test_rounding_moves_no_ratio():
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 100)
    means = generator.normal(size=(2, 4, 128)) + 1
    one, two = (m[labels] + 1.5 * generator.normal(size=(400, 128)) for m in means)
    exact = representation_harm(one, two, labels)
    kept = representation_harm(principal_directions(one), principal_directions(two), labels)
    assert np.nanmax(np.abs(exact - kept)) < 3e-3


def test_a_direction_needs_a_length():
    with pytest.raises(ValueError, match="row 1 is a zero vector"):
        principal_directions(np.array([[1.0, 0.0], [0.0, 0.0]]))


TINY = with_settings(load_preset("digits"), ["epochs=1", "batch=512", "encoder.widths=[2, 4]", "encoder.dimension=4"])


def test_records_hold_the_heads_that_the_claims_ask_for(monkeypatch):
    for name, value in {"KEPT_PER_CLASS": 20, "HEAD_PER_CLASS": 60, "UNDERSAMPLING": 20.0}.items():
        monkeypatch.setattr(measurements, name, value)
    harmed = with_settings(TINY, ["data.undersample.target=3", "data.undersample.factor=20.0", "encoder.head=[8]"])
    found = measured([Model(TINY, 1, 1), Model(harmed, 1, 1)], harms, Run())
    balanced, undersampled = found.values()
    assert balanced["heads"].tolist() == [-1, *range(10)] and undersampled["heads"].tolist() == [-1, 3]
    for record in (balanced, undersampled):
        assert record["predictions"].shape == (len(record["heads"]), 500) and record["truth"].shape == (500,)
        assert np.bincount(record["labels"]).tolist() == [20] * 10 and len(record["embeddings"]) == 200
    assert "features" not in balanced and balanced["embeddings"].shape[1] == 4  # without a head they are the embeddings
    assert undersampled["features"].shape[1] == 4  # axes along which nothing varies are left out, of 8 behind the head
    assert 4 <= undersampled["embeddings"].shape[1] <= 8
    np.testing.assert_array_equal(balanced["labels"], undersampled["labels"])
    recall = [(balanced["predictions"][k] == 3)[balanced["truth"] == 3].mean() for k in (0, 4)]
    assert recall[1] < recall[0]  # the head that saw digit 3 undersampled finds fewer of them
