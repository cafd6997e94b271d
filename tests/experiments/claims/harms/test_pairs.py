"""Which encoders are compared, who declares the neighbours, and rows of RH against their definition."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms import pairs
from contrastive_claims.experiments.claims.harms.pairs import (
    DECLARING_SEEDS,
    OTHER_SPLIT,
    SEEDS,
    balanced_models,
    compared,
    declare,
    harm_rows,
    harmed_models,
    merged,
    points,
    study,
    without_harm,
)
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.harms import class_cosines

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
    assert found.strongest().tolist() == [2, 0, 1] and found.farthest.tolist() == [2, 0, 0]
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


def test_stand_ins_are_balanced_encoders_of_the_same_weights_on_another_sample(world):
    found = study(Run(), PRESET, (9, 2))
    assert len(world.asked) == len(found.names) == len(set(found.names)) == 2 + 3 + 3 + 2 * 3
    others = [world.record(model) for model in balanced_models(PRESET, other=OTHER_SPLIT)]
    for made, other, balanced in zip(found.stand_ins, others, found.balanced, strict=True):
        np.testing.assert_array_equal(made["embeddings"], other["embeddings"])
        assert (made["embeddings"] != balanced["embeddings"]).any()
    assert [m.seed for m in balanced_models(PRESET, other=OTHER_SPLIT)] == list(SEEDS)


def test_a_merger_moves_one_class_onto_another_and_leaves_the_rest():
    generator, labels = np.random.default_rng(0), np.array([0, 1, 2, 2, 1, 0, 2])
    made = {"embeddings": generator.normal(size=(7, 3)), "features": generator.normal(size=(7, 5)), "labels": labels}
    found = merged(made, 1, 2)
    for name in ("embeddings", "features"):
        np.testing.assert_array_equal(found[name][[1, 4]], made[name][[2, 3]])
        np.testing.assert_array_equal(found[name][labels != 1], made[name][labels != 1])
        assert (made[name][[1, 4]] != found[name][[1, 4]]).all()  # the record itself is left alone
    assert "features" not in merged({"embeddings": made["embeddings"], "labels": labels}, 1, 2)
    with pytest.raises(ValueError, match="class 1 has 2 samples, too few for the 3 of class 2"):
        merged(made, 2, 1)


def test_features_are_compared_where_a_projection_hides_them():
    assert points({"embeddings": np.ones(1), "features": np.zeros(1)}) == 0
    assert points({"embeddings": np.ones(1)}) == 1
    assert compared({"embeddings": np.ones(1), "features": np.zeros(1)}) == 1
