"""A27, A28 and A30 on planted records: an order is found, its reverse too, and both kinds of record say the same."""

from importlib import import_module

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.debiasing import baselines, losses_alone
from contrastive_claims.experiments.claims.debiasing.biased_mnist import (
    ALONE,
    RHOS,
    SEEDS,
    TUNING_SEED,
    in_order,
    right,
)
from contrastive_claims.experiments.claims.debiasing.losses_alone import ALL_RHOS, BETWEEN, EPSILONS, FRESH, at_epsilon
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import OPEN, REVERSED, SEEN, SUPPORTED, Run
from contrastive_claims.experiments.models.bias import debiasing, probe_hits

N = 1000


def made(accuracy, seed, measure):
    """A record of that measure with that accuracy, up to the draw of its mistakes."""
    generator = np.random.default_rng(seed)
    truth = generator.permutation(np.arange(N) % 10).astype(np.uint8)
    is_right = generator.random(N) < accuracy + 0.002 * (seed % 3)
    if measure is debiasing:
        predictions = np.where(is_right, truth, (truth + 1) % 10).astype(np.uint8)
        return {"truth": truth, "predictions": predictions, "nearest": predictions, "bias": truth}
    order = np.argsort(truth, kind="stable")
    return {"hits": np.packbits(is_right[order]), "sizes": np.bincount(truth)}


@pytest.fixture
def judged(monkeypatch):
    """judged(id, skill): the evidence and the judgement, where a preset's accuracy is skill(preset)."""

    def judge(claim_id, skill):
        def measured(models, measure, run):
            return {model: made(skill(model.preset), model.seed, measure) for model in models}

        monkeypatch.setattr(losses_alone, "measured", measured)
        monkeypatch.setattr(losses_alone, "record_name", lambda model, measure: f"{measure.__name__} {model!r}")
        monkeypatch.setattr(baselines, "REPLICATES", 30)
        claim = next(claim for claim in CLAIMS if claim.id == claim_id).at("standard")
        check = getattr(import_module(losses_alone.__name__), claim.check.partition(":")[2])
        found, control, planted = (check(run) for run in (Run(), Run(control=True), Run(planted=True)))
        return found, verdict(claim, Measured(found.numbers, control.numbers, planted.numbers))

    return judge


def by_rho(**levels):
    """Accuracies of (cross_entropy, sup_con, infonce) at each of RHOS."""
    names = {"cross-entropy": "cross_entropy", "eps-sup-con": "sup_con", ALONE: "infonce"}
    rhos = ALL_RHOS if len(levels["infonce"]) == len(ALL_RHOS) else RHOS
    return lambda preset: levels[names[preset.method.name]][rhos.index(preset.data.bias.rho)]


def test_the_two_kinds_of_record_say_the_same():
    one, other = (in_order(made(0.7, 4, measure)) for measure in (debiasing, probe_hits))
    assert np.array_equal(one["truth"], np.sort(one["truth"])) and np.array_equal(one["truth"], other["truth"])
    assert np.array_equal(right(one), right(other)) and 0.6 < right(one).mean() < 0.8


def test_a_lead_at_the_strongest_bias_is_seen_and_one_elsewhere_reverses_it(judged):
    found, said = judged("A27", by_rho(cross_entropy=[0.5] * 3, sup_con=[0.6, 0.4, 0.2], infonce=[0.6, 0.4, 0.5]))
    assert (said.verdict, said.here, said.rejected, said.found) == (SUPPORTED, SEEN, True, True)
    assert found.numbers["lead_at_999_minus_990"].value == pytest.approx(0.3, abs=0.03)
    assert len(found.models) == 3 * len(RHOS) * len(SEEDS) and found.arrays["by_seed"].shape == (
        3,
        len(RHOS),
        len(SEEDS),
    )
    said = judged("A27", by_rho(cross_entropy=[0.5] * 3, sup_con=[0.4, 0.4, 0.2], infonce=[0.6, 0.4, 0.2]))[1]
    assert said.here == REVERSED and said.verdict == OPEN


def test_both_losses_must_beat_cross_entropy_everywhere(judged):
    low, high = [0.5, 0.3, 0.1], [0.6, 0.4, 0.2]
    _, said = judged("A28", by_rho(cross_entropy=low, sup_con=high, infonce=high))
    assert (said.verdict, said.here, said.rejected, said.found) == (SUPPORTED, SEEN, True, True)
    said = judged("A28", by_rho(cross_entropy=low, sup_con=[0.6, 0.2, 0.2], infonce=high))[1]
    assert said.here == REVERSED and "sup_con_minus_cross_entropy_at_997" in said.reason


@pytest.mark.parametrize(("at_995", "here"), [(0.4, SEEN), (0.2, OPEN), (0.1, REVERSED)])
def test_the_lead_at_995_alone_decides_the_claim_that_adds_it(judged, at_995, here):
    skill = by_rho(cross_entropy=[0.5] * 4, sup_con=[0.6, at_995, 0.9, 0.2], infonce=[0.1, 0.5, 0.1, 0.5])
    found, said = judged("A27i", skill)
    assert said.here == here and said.rejected and said.found
    assert found.arrays["rhos"].tolist() == list(ALL_RHOS) and len(found.models) == 4 * 3 * len(SEEDS)
    np.testing.assert_allclose(found.arrays["by_seed"].mean(axis=2), found.arrays["accuracy"][..., 0])
    assert found.arrays["published"][0].tolist() == [0.908, 0.795, 0.625, 0.118]
    assert sum(name.startswith("probe_hits") for name in found.models) == (4 + 2) * len(SEEDS)


@pytest.mark.parametrize(("sup_con", "here"), [(0.6, SEEN), (0.4, REVERSED)])
def test_at_995_both_must_beat_cross_entropy(judged, sup_con, here):
    found, said = judged("A28i", by_rho(cross_entropy=[0.5] * 4, sup_con=[sup_con] * 4, infonce=[0.6] * 4))
    assert said.here == here and said.rejected and said.found
    assert found.arrays["rhos"].tolist() == [BETWEEN]


@pytest.mark.parametrize(("curve", "here"), [
    ((0.3, 0.4, 0.6, 0.5, 0.4, 0.3), SEEN), ((0.3, 0.35, 0.4, 0.45, 0.5, 0.7), REVERSED), ((0.5,) * 6, OPEN),
])  # fmt: skip
def test_a_best_epsilon_inside_is_told_from_one_at_an_end(judged, curve, here):
    level = dict(zip(EPSILONS, curve, strict=True))
    found, said = judged("A30", lambda preset: level[preset.method.epsilon])
    assert said.here == here and said.rejected and said.found
    assert found.arrays["judged"].tolist()[::2] == [EPSILONS[0], EPSILONS[-1]]
    if here == SEEN:
        assert found.numbers["best_epsilon"].value == 0.5
    assert len(found.models) == len(EPSILONS) + 3 * len(FRESH)


def test_only_epsilon_differs_and_no_seed_is_used_twice():
    one, other = at_epsilon(0.0), at_epsilon(2.0)
    assert one.method.epsilon == 0.0 and other.method.penalty is None and other.method.name == ALONE
    assert one == other.model_copy(update={"method": other.method.model_copy(update={"epsilon": 0.0})})
    assert not {*FRESH} & {*SEEDS, *baselines.SEEDS, TUNING_SEED}
