"""Which encoders are compared, who declares the neighbours, and rows of RH against their definition."""

import numpy as np
import pytest

from experiments.claims.harms import pairs
from experiments.claims.harms.pairs import (
    DECLARING_SEEDS,
    SEEDS,
    balanced_models,
    declare,
    harm_rows,
    harmed_models,
    points,
    study,
    without_harm,
)
from experiments.ledger.vocabulary import Run
from experiments.training.presets import load_preset
from theory.harms import class_cosines

PRESET = load_preset("fashion-harm-cpu")


def test_pairs_share_weights_and_samples_and_strangers_declare():
    balanced, harmed = balanced_models(PRESET), harmed_models(PRESET, 3)
    assert [(m.seed, m.split) for m in balanced] == [(m.seed, m.split) for m in harmed] == [(s, s) for s in SEEDS]
    assert all(m.preset.data.undersample is None for m in balanced)
    assert {(m.preset.data.undersample.target, m.preset.data.undersample.factor) for m in harmed} == {(3, 100.0)}
    assert all(without_harm(m.preset) == balanced[0].preset for m in harmed)
    assert not set(DECLARING_SEEDS) & set(SEEDS)


def record(means, labels):
    return {"embeddings": np.asarray(means, float)[labels], "labels": labels.astype(np.uint8)}


def test_neighbours_and_how_much_they_stand_out():
    # cosines 0-1 .8, 0-2 .6, 1-2 .96 before and after a change of sign that no cosine sees
    means = np.array([[1.0, 0, 0], [0.8, 0.6, 0], [0.6, 0.8, 0]])
    labels = np.repeat([0, 1, 2], 4)
    found = declare([record(means, labels), record(-means, labels)])
    np.testing.assert_allclose(found.cosines, means @ means.T)
    assert found.nearest.tolist() == [1, 2, 1]
    np.testing.assert_allclose(found.strength, [0.2, 0.16, 0.36])
    assert found.strongest().tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="three classes"):
        declare([record(means[:2], labels[:8])])


def test_the_second_class_comes_from_another_pair(world):
    neighbours = study(Run(), PRESET, (9,)).neighbours
    assert neighbours.nearest[9] == 7 and neighbours.nearest[7] == 9
    other = neighbours.away_from(9)
    assert other not in (7, 9) and neighbours.nearest[other] not in (7, 9)
    assert neighbours.strength[other] == max(neighbours.strength[[0, 1, 2, 3, 4, 5, 6, 8]])


def test_rows_are_ratios_of_distances_between_the_pair(world):
    found = study(Run(), PRESET, (9, 2))
    rows = harm_rows(found.harmed, found.balanced, seed=0)
    assert rows.estimates.shape == (3, 2, 10) and rows.replicates.shape == (pairs.REPLICATES, 3, 2, 10)
    labels = found.balanced[0]["labels"].astype(int)
    for s, (r, target) in [(s, pair) for s in range(3) for pair in enumerate((9, 2))]:
        above, below = (
            1 - class_cosines(one["embeddings"], labels)[target] for one in (found.harmed[target][s], found.balanced[s])
        )
        rest = np.arange(10) != target
        np.testing.assert_allclose(rows.estimates[s, r, rest], (above / below)[rest])
    assert np.isnan(rows.estimates[:, 0, 9]).all() and np.isnan(rows.estimates[:, 1, 2]).all()
    again = harm_rows(found.harmed, found.balanced, seed=0)
    np.testing.assert_array_equal(rows.replicates, again.replicates)


def test_the_control_replaces_every_undersampled_encoder_by_a_balanced_one(world):
    found = study(Run(control=True), PRESET, (9, 2))
    assert all(model.preset.data.undersample is None for model in world.asked) and len(world.asked) == 2 + 3 + 3
    assert found.harmed[9] is not found.balanced and len(found.harmed[2]) == 3
    world.asked.clear()
    claimed = study(Run(), PRESET, (9, 2))
    assert len(world.asked) == 2 + 3 + 2 * 3
    assert claimed.names == found.names and len(found.names) == 2 + 3 + 3 + 2 * 3


def test_features_are_compared_where_a_projection_hides_them():
    assert points({"embeddings": np.ones(1), "features": np.zeros(1)}) == 0
    assert points({"embeddings": np.ones(1)}) == 1
