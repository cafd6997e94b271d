"""B10, B11 and B11b on planted effects of heads and encoders."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms import allocation
from contrastive_claims.experiments.claims.harms.allocation import (
    BALANCED,
    PARTS,
    effects,
    head,
    misled,
    on_held_out_images,
)
from contrastive_claims.experiments.claims.harms.pairs import FACTOR, study
from contrastive_claims.experiments.ledger.vocabulary import NOT_SEEN, OPEN, REVERSED, SEEN, SUPPORTED, Run
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.experiments.training.probe import Head
from contrastive_claims.theory.harms import mediation


def test_both_effects_are_found_where_both_are_planted(world):
    for claim in ("B10", "B11", "B11b"):
        found = world.verdict(claim)
        assert (found.verdict, found.here, found.reason) == (SUPPORTED, SEEN, "every criterion met")
    assert len(world.asked) == 38
    mass, indirect, share = (world.evidence(claim) for claim in ("B10", "B11", "B11b"))
    assert mass.numbers["own_effect"].value == pytest.approx(-0.95, abs=0.01)
    assert mass.numbers["head_predicts_it"].value == mass.numbers["head_predicts_it_unharmed"].value == 0
    assert mass.numbers["strong_share_of_mass"].value == pytest.approx(0.8, abs=0.05)
    assert mass.numbers["classes_confirmed"].value == indirect.numbers["classes_confirmed"].value == 10
    for end in ("", "_held_out"):
        assert indirect.numbers[f"own_indirect{end}"].value == pytest.approx(-0.12, abs=0.03)
        assert share.numbers[f"share{end}"].value == pytest.approx(0.12 / 0.95, abs=0.03)
        assert indirect.numbers[f"strong_gain_minus_next{end}"].low > 0
    gain, again = (part.numbers["strong_gain_minus_next"] for part in (mass, indirect))
    assert (gain.value, gain.low) == (pytest.approx(again.value), pytest.approx(again.low))
    assert indirect.numbers["own_total"].value == pytest.approx(mass.numbers["own_effect"].value)
    assert indirect.numbers["own_indirect"] != indirect.numbers["own_indirect_held_out"]


def test_encoders_without_harm_stand_beside_and_show_none(world):
    mass, indirect = world.evidence("B10").numbers, world.evidence("B11").numbers
    for name in ("own_effect_unharmed", "strong_gain_minus_next_unharmed"):
        assert abs(mass[name].value) < 0.02
    assert abs(indirect["own_indirect_unharmed"].value) < 0.02


def test_harm_by_the_head_alone_is_no_mediation_and_its_share_is_not_seen(world):
    world.encoder = 0.0
    assert world.verdict("B10").here == SEEN
    sign, share = world.verdict("B11"), world.verdict("B11b")
    assert (sign.verdict, sign.here) == (OPEN, OPEN) and "own_indirect < 0" in sign.reason
    assert (share.verdict, share.here, share.found) == (OPEN, NOT_SEEN, True)
    assert "smaller than published (share >= 0.08, share_held_out >= 0.08)" in share.reason


def test_encoders_that_help_turn_the_mediation_round(world):
    world.encoder = -0.04
    found = world.verdict("B11")
    assert (found.verdict, found.here) == (OPEN, REVERSED) and "own_indirect < 0" in found.reason


def test_harm_by_the_encoder_alone_is_more_than_published(world):
    world.encoder, world.head = 0.6, 0.0
    found = world.verdict("B11b")
    assert found.here == OPEN and "share <= 0.22" in found.reason and "smaller" not in found.reason


def test_heads_that_know_the_class_are_not_called_saturated(world):
    world.head = 0.7
    found = world.verdict("B10")
    assert (found.verdict, found.here) == (OPEN, OPEN)
    assert "head_predicts_it <= 0, head_predicts_it_unharmed <= 0" in found.reason


def test_mass_that_goes_elsewhere_is_seen(world):
    world.loyal = 0.2
    found = world.verdict("B10")
    assert found.here == REVERSED and "strong_gain_minus_next > 0" in found.reason


def test_effects_are_those_of_the_mediation_row_by_row(world):
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


def test_a_share_of_a_class_is_misled_and_nothing_else():
    truth = np.repeat(np.arange(3), 40)
    record = {"truth": truth, "heads": np.array([-1, 1]), "predictions": np.tile(truth, (2, 1))}
    found = misled(record, 1, 2, 0.15)["predictions"]
    assert (found[0] != truth).sum() == 6 and (found[0][found[0] != truth] == 2).all()
    assert (
        (truth[found[0] != truth] == 1).all() and (found[1] == truth).all() and (record["predictions"] == truth).all()
    )
    again = misled(misled(record, 1, 2, 1.0), 1, 1, 0.5)["predictions"]
    assert (again[0][truth == 1] == 1).sum() == 20


def clusters(count=4, per_class=300, seed=0):
    """A record of samples in as many clusters as classes, those of two close together, in an order of their own."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(count), per_class))
    return {"embeddings": np.eye(8)[labels] + 0.2 * generator.normal(size=(len(labels), 8)), "labels": labels}


def test_heads_on_held_out_images_never_judge_what_they_learned(monkeypatch):
    record, learned, judged = clusters(), [], []
    place = {tuple(row): k for k, row in enumerate(record["embeddings"])}

    class Watched(Head):
        def predict(self, embeddings):
            judged.append({place[tuple(row)] for row in embeddings})
            return super().predict(embeddings)

    def watched(features, labels, seed, penalties=allocation.linear_probe.__defaults__[0]):
        learned.append((np.bincount(labels).tolist(), {place[tuple(row)] for row in features}, len(penalties)))
        made = original(features, labels, seed, penalties)
        return Watched(made.weights, made.offsets, made.penalty)

    original = allocation.linear_probe
    monkeypatch.setattr(allocation, "linear_probe", watched)
    found = on_held_out_images(record, (2,), 1)
    assert len(learned) == len(judged) == 2 * PARTS
    for (counts, samples, grid), others in zip(learned[::2], judged[::2], strict=True):
        assert counts == [225] * 4 and grid == 3 and not samples & others and len(others) == 300
    for (counts, samples, grid), others in zip(learned[1::2], judged[1::2], strict=True):
        assert counts == [225, 225, round(225 / FACTOR), 225] and grid == 1 and not samples & others
    assert set.union(*judged) == set(range(1200))
    assert found["heads"].tolist() == [BALANCED, 2] and (found["truth"] == record["labels"]).all()


def test_heads_on_held_out_images_know_clusters_and_not_the_class_that_they_hardly_saw():
    record = clusters()
    found = on_held_out_images(record, (2,), 1)
    right = found["predictions"] == record["labels"]
    assert right[0].mean() > 0.95 and right[1][record["labels"] != 2].mean() > 0.95
    assert right[1][record["labels"] == 2].mean() < 0.5 * right[0][record["labels"] == 2].mean()
    again = on_held_out_images(record, (), 1)
    np.testing.assert_array_equal(again["predictions"], found["predictions"][:1])
