"""A29h on planted records: an order is found, its reverse too, and weights are chosen by what no encoder learned from."""

from importlib import import_module

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.debiasing import baselines
from contrastive_claims.experiments.claims.debiasing.baselines import ARMS, RHO, SEEDS, TUNING_SEED, WEIGHTS, arm
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import NOT_SEEN, OPEN, REVERSED, SEEN, SUPPORTED, Run

CLAIM = next(claim for claim in CLAIMS if claim.id == "A29h").at("standard")


def kind(preset):
    penalty = preset.method.penalty
    if penalty is None:
        return preset.method.name
    return "released" if penalty.name == "fair_kl" else penalty.name


@pytest.fixture
def judged(monkeypatch):
    """judged(levels): the verdict where each arm's accuracy is its level; the tuning prefers each grid's second weight."""

    def records(levels):
        def measured(models, measure, run):
            found = {}
            for model in models:
                preset, penalty = model.preset, model.preset.method.penalty
                level = levels[kind(preset)] + 0.002 * (model.seed % 3)
                if penalty is not None and penalty.weight != WEIGHTS[kind(preset)][1]:
                    level -= 0.1
                assert (preset.data.held_out_per_class > 0) == (model.seed == TUNING_SEED)
                truth = (np.arange(1000) % 10).astype(np.uint8)
                wrong = np.random.default_rng(model.seed).random(1000) > level
                found[model] = {
                    "truth": truth,
                    "predictions": np.where(wrong, (truth + 1) % 10, truth).astype(np.uint8),
                }
            return found

        return measured

    def judge(levels):
        monkeypatch.setattr(baselines, "measured", records(levels))
        monkeypatch.setattr(baselines, "record_name", lambda model, measure: f"{measure.__name__} {model!r}")
        monkeypatch.setattr(baselines, "REPLICATES", 50)
        check = getattr(import_module(baselines.__name__), CLAIM.check.partition(":")[2])
        found, control, planted = (check(run) for run in (Run(), Run(control=True), Run(planted=True)))
        return found, verdict(CLAIM, Measured(found.numbers, control.numbers, planted.numbers))

    return judge


def test_the_published_order_is_seen_where_it_is_planted(judged):
    found, said = judged(dict(zip(ARMS, (0.92, 0.2, 0.6, 0.5, 0.5), strict=True)))
    assert (said.verdict, said.here, said.rejected, said.found) == (SUPPORTED, SEEN, True, True)
    assert found.arrays["accuracy"].shape == (len(ARMS), 3)
    assert all(found.numbers[f"weight_of_{name.replace('-', '_')}"].value == WEIGHTS[name][1] for name in WEIGHTS)
    assert all(found.numbers[f"edge_of_{name.replace('-', '_')}"].value == 0 for name in WEIGHTS)
    assert len(found.models) == sum(map(len, WEIGHTS.values())) + len(ARMS) * len(SEEDS)


def test_a_better_baseline_reverses_it_and_an_equal_one_decides_nothing(judged):
    assert judged(dict(zip(ARMS, (0.6, 0.2, 0.5, 0.8, 0.5), strict=True)))[1].here == REVERSED
    assert judged(dict(zip(ARMS, (0.6, 0.2, 0.5, 0.6, 0.5), strict=True)))[1].here in (OPEN, NOT_SEEN)


@pytest.mark.parametrize("name", ARMS)
def test_arms_are_what_they_are_called(name):
    preset = arm(name, 10.0)
    assert kind(preset) == name and preset.data.bias.rho == RHO and preset.data.held_out_per_class == 0
    assert (preset.method.epsilon > 0) == (name == "released")
