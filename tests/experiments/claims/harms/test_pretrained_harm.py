"""B28p and B28q in a world without training: a planted harm is found in every stage, its absence is not."""

import numpy as np

from contrastive_claims.experiments.claims.harms.pretrained import PRESET, SEEDS
from contrastive_claims.experiments.ledger.vocabulary import HOLDS, NOT_SEEN, REVERSED, SEEN, SUPPORTED


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
