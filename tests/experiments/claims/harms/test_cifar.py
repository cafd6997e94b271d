"""B28: the pair in its settings, and what centring uncovers."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms import cifar
from contrastive_claims.experiments.claims.harms.cifar import CURVE, DECIDING, PRESET, SETTINGS, centred
from contrastive_claims.experiments.ledger.vocabulary import OPEN, REVERSED, SEEN, SUPPORTED
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.theory.harms import class_cosines


def test_a_planted_harm_is_found_both_ways(world):
    judged = world.verdict("B28")
    assert (judged.verdict, judged.here, judged.reason) == (SUPPORTED, SEEN, "every criterion met")
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
    elsewhere = world.evidence("B28", control=True).numbers
    assert elsewhere["rows_led_by_neighbour"].value == 0 and elsewhere["pair_minus_next"].low > 0
    assert abs(found.numbers["pair_harm_unharmed"].value - 1) < 0.05 < 1 - found.numbers["pair_harm"].value
    layers = found.arrays["layers"]
    assert layers.shape == (2, 2, 3, 2) and (layers[0, :, :, 0] < 0.9).all()
    np.testing.assert_allclose(layers[1], 1, atol=1e-12)  # a layer that the undersampling leaves alone


def test_a_small_harm_is_seen_and_called_smaller_and_other_settings_do_not_decide(world):
    world.drift, world.pull = 0.005, lambda model: 0.1
    found = world.verdict("B28")
    assert (found.verdict, found.here) == (
        SUPPORTED,
        SEEN,
    ) and "smaller than published (pair_harm <= 0.832)" in found.reason
    world.drift, world.pull = 0.02, lambda model: 0.0
    assert world.verdict("B28").here == OPEN
    world.pull = lambda model: -0.3
    assert world.verdict("B28").here == REVERSED
    world.pull = lambda model: 0.5 if (len(model.preset.data.classes), model.preset.epochs) == (4, 40) else 0.0
    assert world.verdict("B28").here == SEEN


def test_the_second_look_is_wider_than_a_first(world, monkeypatch):
    second = world.evidence("B28").numbers
    monkeypatch.setattr(cifar, "SECOND_LOOK", 0.95)
    first = world.evidence("B28").numbers
    assert world.claim("B28").looks == 2
    for name in (criterion.quantity for criterion in world.claim("B28").criteria):
        assert second[name].value == first[name].value and second[name].noise == first[name].noise
        assert second[name].low < first[name].low and first[name].high < second[name].high


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
