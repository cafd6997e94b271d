"""B9 on planted harms: found where planted, not where absent, and lost when labels are shuffled."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms.pairs import balanced_models
from contrastive_claims.experiments.claims.harms.representation import CLASSES, PRESET, STRONG
from contrastive_claims.experiments.ledger.vocabulary import OPEN, REVERSED, SEEN, SUPPORTED
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.harms import class_separation


def test_a_planted_harm_is_found(world):
    judged = world.verdict("B9")
    assert (judged.verdict, judged.here, judged.reason) == (SUPPORTED, SEEN, "every criterion met")
    found = world.evidence("B9")
    assert found.numbers["rows_led_by_neighbour"].value == 10
    assert len(world.asked) == 2 + 3 + 30 + 3 and len(found.models) == 38
    assert found.numbers["pairs_confirmed"].value == 10
    assert found.numbers["ankle_boot_towards_sneaker"].high < 1
    assert found.arrays["neighbours"].tolist() == [6, 8, 4, 5, 2, 3, 0, 9, 1, 7]
    preset, neighbours = load_preset(PRESET), found.arrays["neighbours"]
    kept = [world.kept(preset, own, int(neighbours[own])) for own in range(len(CLASSES))]
    assert found.numbers["ankle_boot_kept_from_sneaker"].value == pytest.approx(kept[9])
    assert found.numbers["strong_neighbour_kept"].value == pytest.approx(np.mean(np.take(kept, found.arrays["strong"])))
    balanced = [world.record(model) for model in balanced_models(preset)]
    apart = [class_separation(r["embeddings"], r["labels"].astype(int))[9, 7] for r in balanced]
    assert found.numbers["ankle_boot_apart_from_sneaker"].value == pytest.approx(np.mean(apart))
    assert len(found.arrays["strong"]) == STRONG and set(found.arrays["strong"]) <= {0, 2, 4, 6, 7, 9}
    assert found.arrays["mean"].shape == (len(CLASSES), len(CLASSES))


def test_encoders_without_harm_stand_beside_and_show_none(world):
    found = world.evidence("B9").numbers
    for name, none in (("neighbour_minus_rest", 0), ("strong_neighbour_harm", 1)):
        assert abs(found[f"{name}_unharmed"].value - none) < 0.05 < abs(found[name].value - none)
    assert found["strong_neighbour_minus_next"].value < 0 < found["strong_neighbour_minus_next_unharmed"].value


def test_the_control_is_a_merger_with_another_class(world):
    found = world.verdict("B9")
    control = world.evidence("B9", control=True)
    assert found.rejected and control.numbers["rows_led_by_neighbour"].value == 0
    assert control.numbers["strong_neighbour_minus_next"].low > 0


def test_without_harm_nothing_is_seen(world):
    world.pull = lambda model: 0.0
    found = world.verdict("B9")
    assert (found.verdict, found.here) == (OPEN, OPEN) and "strong_neighbour_minus_next < 0" in found.reason
    assert world.evidence("B9").numbers["pairs_confirmed"].value <= 1  # one in twenty worlds has a false one


def test_a_move_away_from_the_neighbour_is_the_reverse(world):
    world.pull = lambda model: -0.3
    found = world.verdict("B9")
    assert (found.verdict, found.here) == (OPEN, REVERSED)
    assert "neighbour_minus_rest" in found.reason and "strong_neighbour_harm" in found.reason


def test_one_class_that_does_not_move_breaks_nothing_but_six_do(world):
    world.pull = lambda model: 0.0 if model.preset.data.undersample.target == 7 else 0.5
    assert world.verdict("B9").here == SEEN
    world.pull = lambda model: 0.0 if model.preset.data.undersample.target in (0, 2, 4, 6, 7, 9) else 0.5
    assert world.verdict("B9").here != SEEN


def test_seeds_that_disagree_decide_nothing(world):
    world.pull = lambda model: {1: 0.8, 2: 0.35, 3: -0.6}[model.seed]
    found = world.verdict("B9")
    assert found.here == OPEN and "neighbour_minus_rest < 0" in found.reason


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_samples_lose_the_harm(world, seed):
    def shuffled(model, record):
        if model.preset.data.undersample is None:
            return record
        order = np.random.default_rng([seed, model.seed]).permutation(len(record["labels"]))
        return {**record, "embeddings": record["embeddings"][order]}

    world.change = shuffled
    found = world.verdict("B9")
    assert found.here == REVERSED and "strong_neighbour_minus_next < 0" in found.reason
