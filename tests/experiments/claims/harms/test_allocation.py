"""B10 and B11 on planted effects of heads and encoders."""

import numpy as np
import pytest

from experiments.claims.harms.allocation import BALANCED, effects, head
from experiments.ledger.vocabulary import HOLDS, REFUTED
from theory.harms import mediation


def test_both_effects_are_found_where_both_are_planted(world):
    assert world.verdict("B10") == world.verdict("B11") == (HOLDS, "every criterion met")
    assert len(world.asked) == 38
    allocation, indirect = world.evidence("B10"), world.evidence("B11")
    assert allocation.numbers["own_effect"].value == pytest.approx(-0.82, abs=0.05)
    assert allocation.numbers["strong_share_of_mass"].value == pytest.approx(0.8, abs=0.05)
    assert allocation.numbers["classes_confirmed"].value == indirect.numbers["classes_confirmed"].value == 10
    assert indirect.numbers["own_indirect"].value == pytest.approx(-0.12, abs=0.03)
    assert indirect.numbers["share"].value == pytest.approx(0.12 / 0.82, abs=0.03)
    assert indirect.numbers["own_total"].value == pytest.approx(allocation.numbers["own_effect"].value)


def test_harm_by_the_head_alone_is_no_mediation(world):
    world.encoder = 0.0
    assert world.verdict("B10")[0] == HOLDS
    verdict, reason = world.verdict("B11")
    assert verdict == REFUTED and "share > 0.04" in reason


def test_harm_by_the_encoder_alone_is_more_than_a_part(world):
    world.encoder, world.head = 0.6, 0.0
    assert world.evidence("B11").numbers["share"].low > 0.5  # its control has no effect at all to share: not asked here


def test_a_small_loss_is_not_strong(world):
    world.encoder, world.head = 0.02, 0.1
    verdict, reason = world.verdict("B10")
    assert verdict == REFUTED and "own_effect < -0.4" in reason


def test_mass_that_goes_elsewhere_is_seen(world):
    world.loyal = 0.2
    verdict, reason = world.verdict("B10")
    assert verdict == REFUTED and "rows_led_by_neighbour" in reason


def test_effects_are_those_of_the_mediation_row_by_row(world):
    from experiments.claims.harms.pairs import study
    from experiments.ledger.vocabulary import Run
    from experiments.training.presets import load_preset

    found = study(Run(), load_preset("fashion-harm-cpu"), (9, 2))
    rows = effects(found.harmed, found.balanced)
    assert rows.estimates.shape == (3, 3, 2, 10)
    truth = found.balanced[0]["truth"].astype(int)
    for s in range(3):
        for r, target in enumerate((9, 2)):
            made = found.harmed[target][s]
            want = mediation(head(made, target), head(found.balanced[s], BALANCED), head(made, BALANCED), truth)
            np.testing.assert_allclose(rows.estimates[s, :, r], [effect[target] for effect in want])


def test_a_head_that_is_not_there_is_named():
    record = {"heads": np.array([-1, 9], np.int8), "predictions": np.zeros((2, 4), np.uint8)}
    assert head(record, 9).tolist() == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="the record has 0 heads for class 3"):
        head(record, 3)
