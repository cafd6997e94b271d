"""A15 and A23 on synthetic records: planted orders of distances are read off, real margins respect their bounds."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.debiasing import biased_mnist
from contrastive_claims.experiments.claims.debiasing.biased_mnist import RHOS, SEEDS
from contrastive_claims.experiments.claims.debiasing.bounds import anchors_within, bounds_on_encoders
from contrastive_claims.experiments.claims.debiasing.encoder_distances import distance_ordering_of_encoders
from contrastive_claims.experiments.data.sources import sealed
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import HOLDS, OPEN, REFUTED, Run
from contrastive_claims.experiments.models.bias import losses_and_margins
from contrastive_claims.figures.encoders import bounds_and_optimum
from contrastive_claims.figures.encoders import encoder_distances as drawn_distances
from contrastive_claims.theory.margins import optimal_margin
from contrastive_claims.theory.sphere import simplex_etf

STANDARD = {claim.id: claim.at("standard") for claim in CLAIMS}


def tilt(seed):
    """From -1 to 1 over SEEDS, 0 on average; 0 for the seed that weights are chosen by."""
    return np.linspace(-1, 1, len(SEEDS))[SEEDS.index(seed)] if seed in SEEDS else 0.0


@pytest.fixture
def planted(monkeypatch):
    """Plant `record(model)`; tuning sees accuracies that do not matter here."""

    def plant(record):
        def measured(models, measure, run):
            return {model: {"predictions": np.zeros(4), "truth": np.zeros(4)} | record(model) for model in models}

        monkeypatch.setattr(biased_mnist, "measured", measured)
        monkeypatch.setattr(
            biased_mnist, "record_name", lambda model, measure: f"{model.preset.method.penalty}-{model.seed}"
        )

    return plant


def judged(claim_id, check):
    claim = STANDARD[claim_id]
    found, control = check(Run(scale="standard")), check(Run(scale="standard", control=True))
    return verdict(claim, Measured(found.numbers, control.numbers)).verdict, found, control


def ordered(training, fresh, spread=0.05):
    """Records whose mean distances are these; the released penalty closes the middle gap of the test set by .5."""

    def record(model):
        mean = np.array([training, fresh], float) + spread * tilt(model.seed) * np.array([0, 1, 0, 0])
        added = model.preset.method.penalty
        if added is not None and added.variant == "released":
            mean[1, 1] -= 0.5
        if model.preset.data.bias.rho != 0.999:  # not what is judged
            mean = mean[:, ::-1]
        counts = np.arange(2 * 4 * 80).reshape(2, 4, 80) + model.seed
        return {"mean": mean, "counts": counts}

    return record


@pytest.mark.parametrize(
    ("training", "fresh"),
    [((0.2, 0.9, 1.4, 2.1), (0.5, 1.7, 1.1, 2.1)), ((0.2, 1.7, 1.1, 2.1), (0.5, 1.30, 1.31, 2.1))],
)
def test_the_order_of_distances_is_read_off(planted, training, fresh):
    planted(ordered(training, fresh))
    _, found, control = judged("A15", distance_ordering_of_encoders)
    assert found.numbers["fresh_middle_gap"].value == pytest.approx(fresh[2] - fresh[1])
    assert control.numbers["fresh_middle_gap"].value == pytest.approx(fresh[0] - fresh[3])
    assert found.numbers["training_first_gap"].value == pytest.approx(training[1] - training[0])
    assert found.numbers["closed_middle_gap"].value == pytest.approx(0.5)


BELOW, ABOVE = (0.2, 0.9, 1.4, 2.1), (0.2, 1.4, 0.9, 2.1)  # d+conflicting below d-aligned, and above


@pytest.mark.parametrize(
    ("at_990", "at_999", "expected"),
    [
        ((BELOW, BELOW), (ABOVE, ABOVE), HOLDS),
        ((BELOW, ABOVE), (ABOVE, ABOVE), REFUTED),
        ((BELOW, BELOW), (ABOVE, BELOW), REFUTED),
        ((ABOVE, ABOVE), (BELOW, BELOW), REFUTED),
        (((1.0, 0.9, 1.4, 2.1), BELOW), (ABOVE, ABOVE), REFUTED),
        (((0.2, 1.14, 1.15, 2.1), BELOW), (ABOVE, ABOVE), OPEN),
    ],
)
def test_where_the_order_turns_is_read_off(planted, at_990, at_999, expected):
    chains = {0.99: at_990, 0.997: at_990, 0.999: at_999}

    def record(model):
        noise = 0.05 * tilt(model.seed) * np.array([0, 1, 0, 0])
        return {"mean": np.array(chains[model.preset.data.bias.rho]) + noise, "counts": np.ones((2, 4, 80))}

    planted(record)
    result, found, _ = judged("A15", distance_ordering_of_encoders)
    assert result == expected
    for d, data in enumerate(("training", "fresh")):
        for rho, chain in ((990, at_990), (997, at_990), (999, at_999)):
            value = found.numbers[f"{data}_middle_gap_at_{rho}"].value
            assert value == pytest.approx(chain[d][2] - chain[d][1])


def test_the_drawn_distributions_are_shares_of_their_set(planted):
    planted(ordered((0.2, 0.9, 1.4, 2.1), (0.5, 1.7, 1.1, 2.1)))
    arrays = distance_ordering_of_encoders(Run(scale="standard")).arrays
    np.testing.assert_allclose(arrays["shares"].sum(axis=-1), 1)
    assert arrays["mean"].shape == (6, 3, 5, 2, 4)
    drawn_distances(**arrays).savefig("/dev/null", format="svg")


def anchors_of(points, seed=0):
    data = sealed("made", np.zeros((len(points), 1, 1, 1), np.float32), np.repeat(np.arange(10), 50), None)
    return dict(zip(("excess", "worst", "average"), losses_and_margins(points, data, seed), strict=True))


def embeddings(noise, seed):
    """Ten classes at the simplex, with noise: from collapsed to shapeless."""
    generator = np.random.default_rng(seed)
    return (np.repeat(simplex_etf(10, 12), 50, axis=0) + noise * generator.normal(size=(500, 12))).astype(np.float32)


def of_noise(model):
    added = model.preset.method.penalty
    noise = 0.3 if added is None else {"paper": 1e-4, "batch": 3.0}.get(added.variant, 0.1)
    parts = [anchors_of(embeddings(noise, model.seed + d)) for d in (0, 10)]
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]} | {"collapse": np.full((2, 4), noise)}


def test_real_margins_lie_within_their_bounds_and_without_eps_they_do_not(planted):
    planted(of_noise)
    result, found, control = judged("A23", bounds_on_encoders)
    assert result == HOLDS
    encoders = 6 * len(RHOS) * len(SEEDS)
    assert f"the {encoders} encoders" in STANDARD["A23"].hypotheses
    assert found.numbers["encoders"].value == encoders and found.numbers["anchors"].value == encoders * 1000
    assert -1e-4 < found.numbers["smallest_slack"].value < 0.1 and found.numbers["smallest_loss_gap"].value >= 0
    assert control.numbers["violations"].value > 1000
    assert found.numbers["optimal_margin"].value == optimal_margin(10, 0.1)
    arrays = found.arrays
    assert (arrays["low"] <= arrays["average"] + 1e-4).all()
    # the nearly collapsed encoders stand at the optimum, in margin and in loss
    paper = list(arrays["methods"]).index("paper")  # EnD shares the variant's name
    np.testing.assert_allclose(arrays["margin"][paper], optimal_margin(10, 0.1), rtol=1e-3)
    assert arrays["gap"][paper].max() < 1e-4 < arrays["gap"][0].min()
    bounds_and_optimum(**arrays).savefig("/dev/null", format="svg")


@pytest.mark.parametrize("noise", [1e-6, 0.05, 0.5, 5.0])
def test_each_bound_can_be_broken(noise):
    record = anchors_of(embeddings(noise, 3))
    assert anchors_within(record, 0.5)["violations"] == 0
    for moved in (
        {"average": record["average"] - 30},
        {"worst": record["worst"] + 30},
        {"excess": record["excess"] / 1e4},
        {"excess": record["excess"] + 40},
    ):
        assert anchors_within(record | moved, 0.5)["violations"] == 500
    assert anchors_within(record | {"excess": 0 * record["excess"]}, 0.5)["violations"] == 500  # no margin explains it


def test_the_sandwich_of_a2_counts_beside_the_interval_of_a3():
    # margins far beyond eps, and a loss of log(N + 1) + 1 above its floor: only the upper end of A2 objects
    anchor = {"excess": np.array([np.log(226) + 1]), "worst": np.array([-30.0]), "average": np.array([9.0])}
    assert anchors_within(anchor, 0.5)["violations"] == 0
    assert anchors_within(anchor | {"worst": np.array([0.6])}, 0.5)["violations"] == 1
