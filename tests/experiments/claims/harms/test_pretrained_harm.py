"""B28p, B28q and B28t in a world without training: a planted harm is found in every stage, its absence is not."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms.pairs import merged
from contrastive_claims.experiments.claims.harms.pretrained import PRESET, SEEDS, merged_cosines
from contrastive_claims.experiments.ledger.vocabulary import HOLDS, NOT_SEEN, OPEN, REVERSED, SEEN, SUPPORTED
from contrastive_claims.experiments.models.store import Model
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.theory.harms import class_cosines


def test_a_planted_harm_is_found_and_its_models_are_those_declared(world):
    for claim, words in (("B28p", (SUPPORTED, SEEN)), ("B28q", (HOLDS, ""))):
        judged = world.verdict(claim)
        assert (judged.verdict, judged.here) == words and judged.rejected and judged.found
    ours = [model for model in world.asked if model.preset.name == PRESET]
    assert len(ours) == 3 * (len(SEEDS) + 3) and {model.seed for model in ours} == set(SEEDS)
    assert {model.preset.encoder.frozen for model in ours} == {15, 18}
    found = world.evidence("B28p")
    assert len(found.models) == len(set(found.models)) == len(ours)
    assert found.arrays["curve"].shape == (4, 3) and (found.arrays["curve"][:, 2] < 0.95).all()
    assert (found.arrays["rest"] < 0).all() and found.numbers["rows_led_by_neighbour"].value == 2


def test_a_control_is_led_by_another_class(world):
    numbers = world.evidence("B28p", control=True).numbers
    assert numbers["rows_led_by_neighbour"].value == 0 and numbers["pair_minus_next"].low > 0
    assert "frozen_pair_harm_behind_head" not in numbers  # only what is judged


def test_no_harm_is_not_seen_and_a_turned_one_is_reversed(world):
    world.pull = lambda model: 0.0
    assert world.verdict("B28p").here == NOT_SEEN
    world.pull = lambda model: -0.3
    assert world.verdict("B28p").here == REVERSED


def test_the_stages_are_told_apart(world):
    """Harm only where the encoder learns: the frozen stage and the ConvNet show none."""
    world.pull = lambda model: 0.5 if model.preset.encoder.frozen == 15 else 0.0
    curve = world.evidence("B28p").arrays["curve"]
    assert (np.abs(curve[:2, 0] - 1) < 0.1).all() and (curve[2:, 0] < 0.9).all()


def test_a_harm_among_ten_classes_is_found(world):
    judged = world.verdict("B28t")
    assert (judged.verdict, judged.here, judged.rejected, judged.found) == (SUPPORTED, SEEN, True, True)
    assert len(world.asked) == 9 and {m.preset.data.classes for m in world.asked} == {()}
    found = world.evidence("B28t")
    assert len(set(found.models)) == 9 and found.seeds == (1, 2, 3)
    numbers, rows = found.numbers, found.arrays["rows"]
    assert rows.shape == (2, 3, 10) and np.isnan(rows[[0, 1], :, [1, 9]]).all()
    both = (rows[0, :, 9] + rows[1, :, 1]) / 2
    assert numbers["pair_harm"].value == pytest.approx(both.mean())
    # a head that halves every 1 - cosine leaves all ratios
    assert numbers["pair_harm_behind_head"].value == pytest.approx(both.mean())
    assert numbers["pair_minus_rest"].value < numbers["pair_minus_next"].value < 0
    assert numbers["rows_led_by_neighbour"].value == 2
    preset = with_settings(load_preset(PRESET), ("data.classes=[]",))
    kept = [world.kept(preset, *pair) for pair in ((1, 9), (9, 1))]
    assert numbers["pair_kept"].value == pytest.approx(np.mean(kept))


@pytest.mark.parametrize(("pull", "here"), [(0.0, (NOT_SEEN, OPEN)), (-0.3, (REVERSED,))])
def test_no_harm_among_ten_classes_is_not_seen_and_a_turned_one_reversed(world, pull, here):
    world.pull = lambda model: pull
    judged = world.verdict("B28t")
    assert judged.verdict == OPEN and judged.here in here and judged.rejected and judged.found


def test_merged_cosines_are_those_of_merged_samples(world):
    record = world.record(Model(with_settings(load_preset(PRESET), ("data.classes=[]",)), 1, 1))
    whole = class_cosines(merged(record, 1, 8)["embeddings"], record["labels"].astype(int))
    cosines = merged_cosines(class_cosines(record["embeddings"], record["labels"].astype(int)), 1, 8)
    np.testing.assert_allclose(cosines, whole, atol=1e-3)
    assert cosines[1, 8] == cosines[8, 8] == cosines[1, 1]
