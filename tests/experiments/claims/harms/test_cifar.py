"""B28: the pair in its settings, and what centring uncovers."""

import numpy as np
import pytest

from experiments.claims.harms.cifar import CURVE, DECIDING, PRESET, SETTINGS, centred
from experiments.ledger.vocabulary import HOLDS, REFUTED
from experiments.training.presets import load_preset, with_settings
from theory.harms import class_cosines


def test_a_planted_harm_is_found_both_ways(world):
    assert world.verdict("B28") == (HOLDS, "every criterion met")
    assert len(world.asked) == 9 * len(SETTINGS) + 3
    found = world.evidence("B28")
    assert found.arrays["harm"].shape == (len(SETTINGS), 3, 3, 2) and found.arrays["rest"].shape == (
        len(SETTINGS),
        3,
        2,
    )
    assert (found.arrays["harm"][:, :, 2] < 0.9).all() and SETTINGS[found.arrays["deciding"]] == DECIDING == CURVE[-1]
    assert [SETTINGS[k] for k in found.arrays["curve"]] == list(CURVE)
    assert len(found.models) == len(set(found.models)) == len(world.asked) + 9  # nine of them layer by layer
    key = DECIDING.name.replace(",", "").replace(" ", "_")
    preset = with_settings(load_preset(PRESET), DECIDING.settings)
    kept = [world.kept(preset, *pair) for pair in (DECIDING.pair, DECIDING.pair[::-1])]
    assert found.numbers[f"pair_kept_{key}"].value == pytest.approx(np.mean(kept))
    assert found.numbers[f"pair_kept_{key}"].high < 0.9 and (found.arrays["apart"] > 0).all()
    undone = world.evidence("B28", "balanced").numbers
    assert undone[f"pair_kept_{key}"].value > 0.9
    layers = found.arrays["layers"]
    assert layers.shape == (2, 2, 3, 2) and (layers[0, :, :, 0] < 0.9).all()
    np.testing.assert_allclose(layers[1], 1, atol=1e-12)  # a layer that the undersampling leaves alone


def test_half_a_harm_is_not_enough_and_other_settings_do_not_decide(world):
    world.pull = lambda model: 0.02
    verdict, reason = world.verdict("B28")
    assert verdict == REFUTED and "pair_harm < 0.9" in reason
    world.pull = lambda model: 0.5 if (len(model.preset.data.classes), model.preset.epochs) == (4, 40) else 0.0
    assert world.verdict("B28")[0] == HOLDS


def test_settings_are_what_their_names_say(world):
    world.evidence("B28")
    found = set()
    for preset in (model.preset for model in world.asked):
        half = ", half the width" if preset.encoder.widths == (16, 32, 64) else ""
        found.add(f"{len(preset.data.classes) or 10} classes, {preset.epochs} epochs{half}")
        assert preset.data.per_class == (2500 if preset.data.classes else 1000)
    assert found == {setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        assert setting.name.startswith("4" if setting.pair == (1, 3) else "10")


def test_centring_uncovers_what_a_common_mean_hides():
    labels = np.repeat([0, 1], 50)
    means = np.array([[1.0, 0.3], [1.0, -0.3]])
    record = {"embeddings": means[labels] + 0.01 * np.random.default_rng(0).normal(size=(100, 2)), "labels": labels}
    assert class_cosines(record["embeddings"], labels)[0, 1] > 0.8
    assert class_cosines(centred(record), labels)[0, 1] < -0.9
