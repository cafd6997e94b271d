"""A18, A18c, A22 and A24 on synthetic records: planted gains are found, absent ones are not, controls are rejected."""

import itertools

import numpy as np
import pytest

from experiments.claims.catalogue import CLAIMS
from experiments.claims.debiasing import biased_mnist, penalty_terms
from experiments.claims.debiasing import penalties as debiased
from experiments.claims.debiasing.biased_mnist import (
    RHOS,
    SEEDS,
    WEIGHTS,
    accuracies,
    adjusted_pairs,
    biased_preset,
    penalty,
)
from experiments.claims.intervals import minus
from experiments.ledger.vocabulary import HOLDS, INCONCLUSIVE, REFUTED, Run, verdict
from figures.debiased import debiased_accuracy, penalty_parts
from theory.margins.debiasing import RELEASED_TERMS

STANDARD = {claim.id: claim.at("standard") for claim in CLAIMS}
N = 1000


def tilt(seed):
    """From -1 to 1 over SEEDS, 0 on average; 0 for the seed that weights are chosen by."""
    return np.linspace(-1, 1, len(SEEDS))[SEEDS.index(seed)] if seed in SEEDS else 0.0


def kind(preset):
    """What a model is, as the planted skills name it: "alone", "end", "paper", "batch", "released", "linear" ..."""
    added = preset.method.penalty
    if added is None:
        return "alone" if preset.method.name == biased_mnist.ALONE else preset.method.name
    if added.variance_floor is not None:
        return "floored"
    if added.terms:
        named = {terms: name for name, terms in penalty_terms.TERMS.items()}
        return named[added.terms]
    return "end" if added.name == "end" else added.variant


def records(skill, spread=0.004):
    """A stand-in for `measured`: every model's record, with the accuracy that skill(kind, rho, weight, shuffled) says."""

    def measured(models, measure, run):
        found = {}
        for model in models:
            preset = model.preset
            weight = preset.method.penalty.weight if preset.method.penalty else 0.0
            bias = preset.data.bias
            accuracy = skill(kind(preset), bias.rho, weight, bias.shuffled) + spread * tilt(model.seed)
            generator = np.random.default_rng(model.seed)
            truth = np.arange(N) % 10
            wrong = np.arange(N) >= round(accuracy * N)
            predictions = np.where(wrong, (truth + 1) % 10, truth)
            found[model] = {
                "predictions": predictions.astype(np.uint8),
                "nearest": predictions.astype(np.uint8),
                "truth": truth.astype(np.uint8),
                "bias": generator.permutation(N // 10).repeat(10).astype(np.uint8) % 10,
                "mean": np.array([[0.1, 0.9 - accuracy / 2, 1.4, 2.1]] * 2),
                "deviation": np.full((2, 4), 0.3),
            }
        return found

    return measured


@pytest.fixture
def planted(monkeypatch):
    def plant(skill, **options):
        for module in (biased_mnist, debiased, penalty_terms):
            monkeypatch.setattr(module, "measured", records(skill, **options))
        monkeypatch.setattr(biased_mnist, "record_name", lambda model, measure: f"{kind(model.preset)}-{model.seed}")

    return plant


def judged(claim_id, check):
    claim = STANDARD[claim_id]
    found, control = check(Run(scale="standard")), check(Run(scale="standard", control=True))
    return verdict(claim, found.numbers, control.numbers, None, False)[0], found, control


BASE = {0.99: 0.78, 0.997: 0.5, 0.999: 0.2}


def debiasing(by=("released",), steps=(0.14, 0.3, 0.45), hurts=()):
    """Skills: the penalties `by` gain these steps at the three rhos unless their labels are shuffled; `hurts` lose .1."""

    def skill(name, rho, weight, shuffled):
        base = BASE[rho] - (0.2 if name in ("cross-entropy", "sup-con") and rho < 0.999 else 0.0)
        if name in by and not shuffled:
            return base + steps[RHOS.index(rho)] - 0.01 * abs(np.log10(weight / 10))
        return base - 0.1 * (name in hurts and not shuffled)

    return skill


def test_a_planted_gain_is_found_and_its_weight_chosen(planted):
    planted(debiasing(by=("released", "end")))
    result, found, control = judged("A24", debiased.released_penalty)
    assert result == HOLDS
    for rho, step in zip(RHOS, (0.14, 0.3, 0.45), strict=True):
        assert found.numbers[f"gain_at_{1000 * rho:.0f}"].value == pytest.approx(step, abs=0.002)
    assert control.numbers["gain_at_990"].high < 0.05 < control.numbers["gain_at_997"].low  # shuffled at one rho only
    assert found.numbers["weight_of_released"].value == found.numbers["weight_of_end"].value == 10
    assert found.numbers["gain_at_999_minus_990"].value == pytest.approx(0.31, abs=0.002)
    assert found.seeds == SEEDS and "released-1" in found.models and "released-100" in found.models
    assert list(found.arrays["methods"]) == ["cross-entropy", "sup-con", "eps-sup-infonce", *WEIGHTS]
    assert list(control.arrays["methods"]) == ["eps-sup-infonce", "released"]
    # every pair of the eight methods at three rhos
    assert found.numbers["pairs_tested"].value == 84 and 0 < found.numbers["pairs_told_apart"].value < 84


def test_a_penalty_that_hurts_is_refuted_as_printed(planted):
    planted(debiasing(by=(), hurts=("paper",)))
    result, found, _ = judged("A18", debiased.fair_kl_as_printed)
    assert result == REFUTED and found.numbers["gain_at_990"].value == pytest.approx(-0.1, abs=0.002)
    assert list(found.arrays["methods"]) == ["eps-sup-infonce", "paper"]


def test_a_gain_below_what_counts_is_refuted_and_a_noisy_one_open(planted):
    planted(debiasing(by=("paper",), steps=(0.02, 0.3, 0.45)))
    assert judged("A18", debiased.fair_kl_as_printed)[0] == REFUTED

    def noisy(name, rho, weight, shuffled):
        return debiasing(by=("paper",), steps=(0.1, 0.2, 0.3))(name, rho, weight, shuffled) + (
            0.1 * next(noise) if name == "paper" and not shuffled and rho != 0.99 else 0.0
        )

    noise = itertools.cycle((-1, 0, 1, 1))
    planted(noisy)
    assert judged("A18", debiased.fair_kl_as_printed)[0] == INCONCLUSIVE


def test_a_floor_may_save_what_is_refuted_without_it(planted):
    planted(debiasing(by=("floored",), hurts=("paper",)))
    assert judged("A18", debiased.fair_kl_as_printed)[0] == REFUTED
    result, found, _ = judged("A18c", debiased.fair_kl_with_a_floor)
    assert result == HOLDS and found.numbers["weight_of_floored"].value == 20


def test_a_gain_that_does_not_grow_is_refuted(planted):
    planted(debiasing(steps=(0.2, 0.2, 0.1)))
    result, found, _ = judged("A24", debiased.released_penalty)
    assert result == REFUTED and found.numbers["gain_at_999"].low > 0.05


def test_a_control_that_debiases_too_decides_nothing(planted):
    planted(lambda name, rho, weight, shuffled: BASE[rho] + (0.3 if name == "released" else 0.0))
    assert judged("A24", debiased.released_penalty)[0] == INCONCLUSIVE


def parts(linear, matching, released=0.15):
    gains = {"released": released, "linear": linear, "matching": matching, "floored": 0.1, "paper": -0.2, "batch": -0.3}

    def skill(name, rho, weight, shuffled):
        return 0.78 + (0.0 if shuffled else gains.get(name, 0.0))

    return skill


@pytest.mark.parametrize(
    ("linear", "matching", "expected"), [(0.14, 0.08, HOLDS), (0.14, 0.15, REFUTED), (0.02, 0.0, REFUTED)]
)
def test_the_part_that_debiases_is_told(planted, linear, matching, expected):
    planted(parts(linear, matching))
    result, found, control = judged("A22", penalty_terms.released_terms_apart)
    assert result == expected
    numbers = found.numbers
    assert numbers["linear_minus_alone"].value == pytest.approx(linear, abs=0.002)
    assert numbers["linear_minus_matching"].value == pytest.approx(linear - matching, abs=0.002)
    assert numbers["linear_minus_released"].value == pytest.approx(linear - 0.15, abs=0.002)
    assert numbers["paper_minus_alone"].value == pytest.approx(-0.2, abs=0.002)
    assert numbers["batch_minus_alone"].value == pytest.approx(-0.3, abs=0.002)
    assert numbers["floored_minus_alone"].value == pytest.approx(0.1, abs=0.002)
    assert control.numbers["linear_minus_alone"].value == pytest.approx(0.0, abs=0.002)
    dosed, dose = found.arrays["dosed"], found.arrays["dose"]
    for name in ("paper", "batch", "floored", "released"):
        assert dose[dosed == name, 0].tolist() == list(WEIGHTS[name])  # every weight that was tried, none chosen
    np.testing.assert_allclose(
        dose[:, 3], 0.9 - dose[:, 1] / 2, atol=1e-3
    )  # as planted: conflicting positives beside accuracy
    penalty_parts(**found.arrays).savefig("/dev/null", format="svg")


def test_the_figure_takes_what_the_check_records(planted):
    planted(debiasing())
    for check in (debiased.released_penalty, debiased.fair_kl_as_printed):
        arrays = check(Run(scale="standard")).arrays
        assert not any(array.dtype.hasobject for array in arrays.values())
        debiased_accuracy(**arrays).savefig("/dev/null", format="svg")


def test_presets_are_what_they_are_named():
    alone, ce = biased_preset(0.997), biased_preset(0.99, "cross-entropy")
    assert alone.data.bias.rho == 0.997 and alone.method.penalty is None and alone.method.epsilon == 0.5
    assert ce.method.name == "cross-entropy" and ce.method.epsilon == 0 and not ce.data.bias.shuffled
    assert biased_preset(0.99, added=penalty("end", 2.0), shuffled=True).data.bias.shuffled
    assert (penalty("end", 1.0).name, penalty("batch", 1.0).variant) == ("end", "batch")
    assert (penalty("floored", 1.0).variant, penalty("floored", 1.0).variance_floor) == ("paper", biased_mnist.FLOOR)
    assert penalty("released", 1.0, terms=("push_aligned",)).terms == ("push_aligned",)
    assert {*penalty_terms.TERMS["linear"], *penalty_terms.TERMS["matching"]} == {*RELEASED_TERMS}


def test_accuracies_by_hand_and_paired_resamples():
    truth = np.repeat(np.arange(10), 100).astype(np.uint8)
    bias = (np.arange(1000) % 10).astype(np.uint8)
    generator = np.random.default_rng(0)

    def record(shift):
        wrong = (generator.random(1000) < 0.3) | (truth == 0) & (bias == 9)  # the worst group
        predictions = np.where(wrong, (truth + shift) % 10, truth).astype(np.uint8)
        return {"predictions": predictions, "nearest": truth, "truth": truth, "bias": bias}

    found = {name: [record(k + 1) for _ in range(3)] for k, name in enumerate(("first", "second"))}
    table = accuracies(found, 7)
    for s, each in enumerate(found["second"]):
        right = each["predictions"] == truth
        assert table.values("second")[s, 0] == pytest.approx(right.mean())
        worst = min(right[(truth == y) & (bias == b)].mean() for y in range(10) for b in range(10))
        assert table.values("second")[s, 1] == pytest.approx(worst) and table.values("second")[s, 2] == 1
    difference = table.part("second", "first")
    again = minus(table.part("second"), table.part("first"))
    np.testing.assert_array_equal(difference.replicates, again.replicates)
    assert table.interval("second", "first").value == pytest.approx(difference.estimates.mean())
    copies = accuracies({"a": found["first"], "b": found["first"]}, 7)
    assert copies.p_value("a", "b") == 1.0 and copies.interval("a", "b").high == 0.0
    pairs, adjusted = adjusted_pairs([table, table])
    assert (
        pairs == [("first", "second")]
        and adjusted.shape == (1, 2)
        and adjusted[0, 0] == min(1, 2 * table.p_value(*pairs[0]))
    )


@pytest.mark.parametrize(
    ("claim_id", "check"),
    [
        ("A18c", debiased.fair_kl_with_a_floor),
        ("A22", penalty_terms.released_terms_apart),
        ("A24", debiased.released_penalty),
    ],
)
def test_the_second_look_is_wider_than_a_first(planted, monkeypatch, claim_id, check):
    def numbers():
        luck = np.random.default_rng(0)
        planted(lambda *model: debiasing()(*model) + luck.normal(0, 0.02))
        return check(Run(scale="standard")).numbers

    second = numbers()
    for module in (biased_mnist, debiased):
        monkeypatch.setattr(module, "SECOND_LOOK", 0.95)
    first = numbers()
    for name in (criterion.quantity for criterion in STANDARD[claim_id].criteria):
        assert second[name].value == first[name].value
        assert second[name].low < first[name].low and first[name].high < second[name].high
