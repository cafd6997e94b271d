"""A36 and A36v on planted records: a gain is found, its reverse and no difference too; what is trained differs in one thing."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.debiasing import baselines, corrupted_cifar
from contrastive_claims.experiments.claims.debiasing.biased_mnist import ALONE
from contrastive_claims.experiments.claims.debiasing.corrupted_cifar import ARMS, RHOS, SEEDS, WEIGHTS, arm
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import NOT_SEEN, OPEN, REVERSED, SEEN, SUPPORTED, Run
from contrastive_claims.experiments.models.bias import classifier_hits

N = 1000


def made(accuracy, seed):
    is_right = np.random.default_rng(seed).random(N) < accuracy + 0.002 * (seed % 3)
    return {"hits": np.packbits(is_right), "sizes": np.full(10, N // 10)}


@pytest.fixture
def judged(monkeypatch):
    """judged(id, levels, best): the evidence and the judgement, where `levels` has each arm's accuracy at RHOS, and the penalty's
    is higher at the weight `best` alone."""

    def judge(claim_id, levels, best=100.0):
        asked = []

        def measured(models, measure, run):
            asked.extend((model.preset.method.name, measure) for model in models)
            return {model: made(skill(model.preset), model.seed) for model in models}

        def skill(preset):
            name = "released" if preset.method.penalty else preset.method.name
            if preset.data.held_out_per_class:
                return 0.3 if preset.method.penalty.weight == best else 0.2
            if name == "released":
                assert preset.method.penalty.weight == best
            return levels[name][RHOS.index(preset.data.bias.rho)]

        monkeypatch.setattr(corrupted_cifar, "measured", measured)
        monkeypatch.setattr(corrupted_cifar, "record_name", lambda model, measure: f"{measure.__name__} {model!r}")
        monkeypatch.setattr(baselines, "REPLICATES", 30)
        claim = next(claim for claim in CLAIMS if claim.id == claim_id).at("standard")
        check = getattr(corrupted_cifar, claim.check.partition(":")[2])
        found, control, planted = (check(run) for run in (Run(), Run(control=True), Run(planted=True)))
        assert all((measure is classifier_hits) == (name == "cross-entropy") for name, measure in asked)
        return found, verdict(claim, Measured(found.numbers, control.numbers, planted.numbers))

    return judge


BETTER, WORSE = (0.3, 0.28, 0.26, 0.24), (0.2, 0.18, 0.16, 0.14)


@pytest.mark.parametrize(("claim_id", "arms"), [("A36", 2), ("A36v", 3)])
def test_a_gain_at_every_rho_is_seen_and_its_reverse(judged, claim_id, arms):
    found, said = judged(claim_id, {"released": BETTER, ALONE: WORSE, "cross-entropy": WORSE})
    assert (said.verdict, said.here, said.rejected, said.found) == (SUPPORTED, SEEN, True, True)
    assert found.numbers["gain_at_980"].value == pytest.approx(0.1, abs=0.03)
    assert found.numbers["weight"].value == 100 and found.numbers["edge_of_weight"].value == 0
    assert len(found.models) == len(WEIGHTS) + arms * len(RHOS) * len(SEEDS) == len(set(found.models))
    assert found.arrays["by_seed"].shape == (arms, len(RHOS), len(SEEDS))
    _, said = judged(claim_id, {"released": WORSE, ALONE: BETTER, "cross-entropy": BETTER})
    assert said.here == REVERSED and said.verdict == OPEN


def test_one_rho_without_a_gain_is_not_seen(judged):
    level = {"released": (*BETTER[:3], 0.14), ALONE: WORSE, "cross-entropy": WORSE}
    assert judged("A36", level)[1].here == NOT_SEEN


def test_only_the_lead_over_cross_entropy_decides_the_second(judged):
    found, said = judged("A36v", {"released": BETTER, ALONE: BETTER, "cross-entropy": WORSE}, best=1000.0)
    assert said.here == SEEN and found.numbers["gain_at_950"].value == 0 < found.numbers["edge_of_weight"].value
    assert np.isnan(found.arrays["published"][1]).all() and found.arrays["published"][2, 0] == 0.5073


def test_the_arms_differ_in_method_and_penalty_alone():
    arms = [arm(name, 0.99, 10.0) for name in ARMS]
    assert [each.method.name for each in arms] == ["cross-entropy", ALONE, ALONE]
    assert [each.method.penalty and each.method.penalty.weight for each in arms] == [None, None, 10.0]
    assert len({each.model_copy(update={"method": arms[0].method}) for each in arms}) == 1
    assert arms[0].data.bias.rho == 0.99 and arms[0].data.bias.kind == "corruption"
    tuned = arm("released", 0.99, 10.0, tuning=True)
    assert tuned.data.held_out_per_class == 1000 and tuned.method == arms[2].method
