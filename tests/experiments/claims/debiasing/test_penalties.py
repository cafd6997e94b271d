"""A18a to A18m, A22 and A24 on synthetic records: planted gains are found, absent ones are not, controls are rejected."""

import itertools
from importlib import import_module

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.debiasing import biased_mnist, penalty_terms
from contrastive_claims.experiments.claims.debiasing import penalties as debiased
from contrastive_claims.experiments.claims.debiasing.biased_mnist import (
    RHOS,
    SEEDS,
    WEIGHTS,
    accuracies,
    adjusted_pairs,
    biased_preset,
    penalty,
)
from contrastive_claims.experiments.claims.intervals import minus
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import HOLDS, OPEN, REFUTED, REVERSED, SEEN, SUPPORTED, Run
from contrastive_claims.figures.penalties import penalty_parts
from contrastive_claims.theory.margins.debiasing import RELEASED_TERMS

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


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(biased_mnist, "REPLICATES", 100)


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
    planted = check(Run(scale="standard", planted=True)).numbers if claim.planted else None
    return verdict(claim, Measured(found.numbers, control.numbers, planted)), found, control


BASE = {0.99: 0.78, 0.997: 0.5, 0.999: 0.2}


def debiasing(by=("released",), steps=(0.14, 0.3, 0.45), hurts=()):
    """Skills: the penalties `by` gain these steps at the three rhos, and lose .1 with shuffled labels; `hurts` always lose it."""

    def skill(name, rho, weight, shuffled):
        base = BASE[rho] - (0.2 if name in ("cross-entropy", "sup-con") and rho < 0.999 else 0.0)
        if name in by and not shuffled:
            return base + steps[RHOS.index(rho)] - 0.01 * abs(np.log10(weight / 10))
        if name in by:
            return base - 0.1  # bias labels in random order hurt
        return base - 0.1 * (name in hurts and not shuffled)

    return skill


def words(made):
    return made.verdict, made.here


def test_a_planted_gain_is_found_and_its_weight_chosen(planted):
    planted(debiasing(by=("released", "end")))
    made, found, control = judged("A24", debiased.released_penalty)
    assert words(made) == (SUPPORTED, SEEN) and "smaller than published" in made.reason
    for rho, step in zip(RHOS, (0.14, 0.3, 0.45), strict=True):
        assert found.numbers[f"gain_at_{1000 * rho:.0f}"].value == pytest.approx(step, abs=0.002)
    criteria = {one.quantity for one in STANDARD["A24"].criteria}
    assert criteria & control.numbers.keys() == {
        "gain_at_990"
    }  # what is shuffled at one rho tells nothing of the others
    assert control.numbers["gain_at_990"].high < 0
    assert found.numbers["weight_of_released"].value == found.numbers["weight_of_end"].value == 10
    assert found.numbers["gain_at_999_minus_990"].value == pytest.approx(0.31, abs=0.002)
    assert found.seeds == SEEDS and "released-1" in found.models and "released-100" in found.models
    assert list(found.arrays["methods"]) == ["cross-entropy", "sup-con", "eps-sup-infonce", *WEIGHTS]
    assert list(control.arrays["methods"]) == ["eps-sup-infonce", "released"]
    # every pair of the eight methods at three rhos
    assert found.numbers["pairs_tested"].value == 84 and 0 < found.numbers["pairs_told_apart"].value < 84


def test_a_gain_of_the_published_size_is_not_called_smaller(planted):
    steps = tuple(p - b for p, b in zip(biased_mnist.PUBLISHED["paper"], BASE.values(), strict=True))
    planted(debiasing(by=("end",), steps=tuple(step + 0.015 for step in steps)))
    made, *_ = judged("A18a", debiased.fair_kl_of_means)
    assert words(made) == (SUPPORTED, SEEN) and "smaller" not in made.reason


def test_a_penalty_that_hurts_is_reversed_and_never_refuted(planted):
    planted(debiasing(by=(), hurts=("paper",)))
    made, found, _ = judged("A18b", debiased.fair_kl_as_a_kl)
    assert words(made) == (OPEN, REVERSED) and found.numbers["gain_at_990"].value == pytest.approx(-0.1, abs=0.002)
    assert list(found.arrays["methods"]) == ["eps-sup-infonce", "paper"]


def test_a_penalty_that_does_nothing_is_open(planted):
    """Its best weight may be one that changes nothing: no gain there says nothing of the method."""
    planted(debiasing(by=()))
    made, _, control = judged("A18b", debiased.fair_kl_as_a_kl)
    assert words(made) == (OPEN, OPEN) and made.found is None and made.rejected
    assert "undecided: gain_at_990 > 0" in made.reason and "accuracy_at_990 >= 0.9786" in made.reason
    assert all(control.numbers[f"gain_at_{1000 * rho:.0f}"].high < 0 for rho in RHOS)


def test_a_gain_that_falls_is_refuted_only_beside_one_that_is_found_to_grow(planted, monkeypatch):
    planted(debiasing(by=("end",), steps=(0.14, 0.45, 0.3)))
    made, *_ = judged("A18m", debiased.fair_kl_of_means_by_rho)
    assert made.verdict == REFUTED and made.found and "gain_at_999_minus_997 > 0" in made.reason
    monkeypatch.setattr(debiased, "put_right", lambda record, accuracy, seed: record)
    made, *_ = judged("A18m", debiased.fair_kl_of_means_by_rho)
    assert made.verdict == OPEN and made.found is False


def test_a_small_gain_is_seen_and_said_to_be_smaller_than_published_and_a_noisy_one_is_open(planted):
    planted(debiasing(by=("end",), steps=(0.02, 0.3, 0.45)))
    made, *_ = judged("A18a", debiased.fair_kl_of_means)
    assert words(made) == (SUPPORTED, SEEN) and "smaller than published (accuracy_at_990" in made.reason

    def noisy(name, rho, weight, shuffled):
        return debiasing(by=("end",), steps=(0.1, 0.2, 0.3))(name, rho, weight, shuffled) + (
            0.3 * next(noise) if name == "end" and not shuffled and rho != 0.99 else 0.0
        )

    noise = itertools.cycle((-1, 0, 1, 1))
    planted(noisy)
    assert words(judged("A18a", debiased.fair_kl_of_means)[0]) == (OPEN, OPEN)


def test_a_floor_may_save_what_is_reversed_without_it(planted):
    planted(debiasing(by=("floored",), hurts=("paper",)))
    assert judged("A18b", debiased.fair_kl_as_a_kl)[0].here == REVERSED
    made, found, _ = judged("A18c", debiased.fair_kl_with_a_floor)
    assert words(made) == (SUPPORTED, SEEN) and found.numbers["weight_of_floored"].value == 20


BY_RHO = {"A18m": ("end", debiased.fair_kl_of_means_by_rho), "A24m": ("released", debiased.released_penalty_by_rho)}


@pytest.mark.parametrize("claim_id", BY_RHO)
@pytest.mark.parametrize(
    ("steps", "expected"), [((0.1, 0.2, 0.4), HOLDS), ((0.2, 0.2, 0.1), REFUTED), ((0.1, 0.4, 0.3), REFUTED)]
)
def test_where_the_gain_is_largest_is_told(planted, claim_id, steps, expected):
    name, check = BY_RHO[claim_id]
    planted(debiasing(by=(name,), steps=steps))
    made, found, control = judged(claim_id, check)
    assert (made.verdict, made.here, made.found, made.rejected) == (expected, "", True, True)
    for rho, step in zip(RHOS, steps, strict=True):
        assert found.numbers[f"gain_at_{1000 * rho:.0f}"].value == pytest.approx(step, abs=0.002)
    for one in STANDARD[claim_id].criteria:
        assert control.numbers[one.quantity] != found.numbers[one.quantity]


def test_a_control_that_debiases_too_decides_nothing(planted):
    planted(lambda name, rho, weight, shuffled: BASE[rho] + (0.3 if name == "released" else 0.0))
    made, *_ = judged("A24", debiased.released_penalty)
    assert words(made) == (OPEN, OPEN) and not made.rejected


@pytest.mark.parametrize("claim_id", ["A18a", "A18b", "A18c", "A24"])
def test_a_gain_as_published_is_seen_whichever_penalty_brings_it(planted, claim_id):
    """A check whose control passes at the very effect that it looks for could not see it."""
    name, check = {
        "A18a": ("end", debiased.fair_kl_of_means), "A18b": ("paper", debiased.fair_kl_as_a_kl),
        "A18c": ("floored", debiased.fair_kl_with_a_floor), "A24": ("released", debiased.released_penalty),
    }[claim_id]  # fmt: skip
    published = dict(zip(RHOS, biased_mnist.PUBLISHED["paper"], strict=True))

    def skill(kind, rho, weight, shuffled):
        if kind != name:
            return BASE[rho]
        return BASE[rho] - 0.05 if shuffled else published[rho]

    planted(skill)
    assert words(judged(claim_id, check)[0]) == (SUPPORTED, SEEN)


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
    made, found, control = judged("A22", penalty_terms.released_terms_apart)
    assert made.verdict == expected
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
    for name, check in (
        ("A24", debiased.released_penalty),
        ("A18b", debiased.fair_kl_as_a_kl),
        ("A24m", debiased.released_penalty_by_rho),
    ):
        arrays = check(Run(scale="standard")).arrays
        assert not any(array.dtype.hasobject for array in arrays.values())
        module, _, drawing = STANDARD[name].figure.partition(":")
        getattr(import_module(module), drawing)(**arrays).savefig("/dev/null", format="svg")


def test_presets_are_what_they_are_named():
    alone, ce = biased_preset(0.997), biased_preset(0.99, "cross-entropy")
    assert alone.data.bias.rho == 0.997 and alone.method.penalty is None and alone.method.epsilon == 0.5
    assert ce.method.name == "cross-entropy" and ce.method.epsilon == 0 and not ce.data.bias.shuffled
    assert biased_preset(0.99, added=penalty("end", 2.0), shuffled=True).data.bias.shuffled
    assert (penalty("end", 1.0).name, penalty("batch", 1.0).variant) == ("end", "batch")
    assert (penalty("floored", 1.0).variant, penalty("floored", 1.0).variance_floor) == ("paper", biased_mnist.FLOOR)
    assert penalty("released", 1.0, terms=("push_aligned",)).terms == ("push_aligned",)
    assert {*penalty_terms.TERMS["linear"], *penalty_terms.TERMS["matching"]} == {*RELEASED_TERMS}


def made_up(generator, count=1000, share=0.7):
    truth = generator.permutation(np.arange(count) % 10).astype(np.uint8)

    def guessed():
        return np.where(generator.random(count) < share, truth, generator.integers(0, 10, count)).astype(np.uint8)

    per_image = {"predictions": guessed(), "nearest": guessed(), "truth": truth}
    return per_image | {"bias": generator.integers(0, 10, count).astype(np.uint8), "mean": np.ones((2, 4))}


@pytest.mark.parametrize("count", [1, 2, 999, 1000])
def test_the_halves_for_tuning_and_for_judging_are_disjoint_and_exhaustive(count):
    record = {name: np.arange(count) for name in biased_mnist.PER_IMAGE} | {"mean": np.ones((2, 4))}
    tuning, judging = biased_mnist.for_tuning(record), biased_mnist.for_judging(record)
    for name in biased_mnist.PER_IMAGE:
        assert not {*tuning[name]} & {*judging[name]} and {*tuning[name]} | {*judging[name]} == {*range(count)}
        assert 0 <= len(tuning[name]) - len(judging[name]) <= 1
    assert tuning["mean"] is record["mean"] and judging["mean"] is record["mean"]


def test_what_has_one_entry_per_image_is_what_the_measurement_says(planted):
    """A new array per image that stayed whole would pair the wrong images."""
    planted(debiasing())
    record = next(iter(biased_mnist.tuned(("end",), Run()).values()))[0]
    assert {name for name, array in record.items() if array.shape == (N,)} == {*biased_mnist.PER_IMAGE}


HALVES = {"tuning": slice(0, None, 2), "judging": slice(1, None, 2)}


SKILL = debiasing(by=("released", "end", "floored"))


def altering(half, seed):
    """`measured` whose answers on that half of the test images are at random."""
    measured, generator = records(SKILL), np.random.default_rng(seed)

    def altered(models, measure, run):
        found = measured(models, measure, run)
        for record in found.values():
            for name in ("predictions", "nearest"):
                record[name] = record[name].copy()
                record[name][HALVES[half]] = generator.integers(0, 10, len(record[name][HALVES[half]]))
        return found

    return altered


def test_the_weights_do_not_see_the_half_that_judges_and_are_chosen_by_the_other(monkeypatch):
    names, run = tuple(WEIGHTS), Run(scale="standard")
    monkeypatch.setattr(biased_mnist, "measured", records(SKILL))
    chosen = biased_mnist.chosen_weights(names, run)
    for seed in range(3):
        monkeypatch.setattr(biased_mnist, "measured", altering("judging", seed))
        assert biased_mnist.chosen_weights(names, run) == chosen
    changed = []
    for seed in range(3):
        monkeypatch.setattr(biased_mnist, "measured", altering("tuning", seed))
        changed.append(biased_mnist.chosen_weights(names, run) != chosen)
    assert any(changed)


@pytest.mark.parametrize(
    ("check", "how"),
    [
        (debiased.fair_kl_of_means, {}),
        (debiased.fair_kl_of_means_by_rho, {"control": True}),
        (penalty_terms.released_terms_apart, {}),
        (penalty_terms.released_terms_apart, {"control": True}),
    ],
)
def test_what_is_judged_does_not_see_the_half_that_tunes(monkeypatch, check, how):
    """At the same weights: only the records to judge are altered."""
    monkeypatch.setattr(biased_mnist, "record_name", lambda model, measure: f"{kind(model.preset)}-{model.seed}")
    monkeypatch.setattr(biased_mnist, "measured", records(SKILL))

    def numbers(measured):
        for module in (debiased, penalty_terms):
            monkeypatch.setattr(module, "measured", measured)
        return check(Run(scale="standard", **how)).numbers

    own = numbers(records(SKILL))
    assert numbers(altering("tuning", 1)) == own
    assert numbers(altering("judging", 1)) != own


@pytest.mark.parametrize("accuracy", [0.75, 0.9, 0.9786, 1.0])
@pytest.mark.parametrize("half", [lambda record: record, biased_mnist.for_judging])
def test_mistakes_are_put_right_up_to_the_accuracy_that_is_asked_for(accuracy, half):
    record = made_up(np.random.default_rng(3), 10_000)
    before = record["predictions"].copy()
    mended = biased_mnist.put_right(record, accuracy, 1)
    for name in ("predictions", "nearest"):
        share = biased_mnist.right(half(mended), name).mean()
        error = (accuracy * (1 - accuracy) / len(half(mended)["truth"])) ** 0.5
        assert share == pytest.approx(accuracy, abs=4 * error + 1e-12)
        was_right = record[name] == record["truth"]
        assert (mended[name][was_right] == record[name][was_right]).all()  # nothing is spoilt
        changed = mended[name] != record[name]
        assert (mended[name][changed] == record["truth"][changed]).all()
    np.testing.assert_array_equal(record["predictions"], before)
    again, other = (biased_mnist.put_right(record, accuracy, seed)["predictions"] for seed in (1, 2))
    np.testing.assert_array_equal(again, mended["predictions"])
    assert accuracy == 1 or (other != again).any()


def test_what_is_better_than_asked_for_stays_and_so_does_what_is_perfect():
    record = made_up(np.random.default_rng(4))
    perfect = record | {"predictions": record["truth"], "nearest": record["truth"]}
    for given, accuracy in ((record, 0.5), (record, 0.0), (perfect, 0.9786), (perfect, 1.0)):
        mended = biased_mnist.put_right(given, accuracy, 1)
        for name in ("predictions", "nearest"):
            np.testing.assert_array_equal(mended[name], given[name])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_a_share_of_the_right_answers_is_spoilt_and_no_other(share):
    record = made_up(np.random.default_rng(5), 10_000)
    spoilt = biased_mnist.spoil(record, share, 1)
    for name in ("predictions", "nearest"):
        was_right, changed = record[name] == record["truth"], spoilt[name] != record[name]
        assert not (changed & ~was_right).any()
        assert (spoilt[name][changed] != record["truth"][changed]).all() and spoilt[name].max() < 10
        count = was_right.sum()
        assert changed.sum() == pytest.approx(share * count, abs=4 * (share * (1 - share) * count) ** 0.5)
    assert spoilt["truth"] is record["truth"] and spoilt["bias"] is record["bias"]


def test_accuracies_by_hand_and_paired_resamples():
    truth = np.repeat(np.arange(10), 100).astype(np.uint8)
    bias = (np.arange(1000) // 2 % 10).astype(np.uint8)
    generator = np.random.default_rng(0)

    def record(shift):
        wrong = (generator.random(1000) < 0.3) | (truth == 0) & (bias == 9)  # the worst group
        predictions = np.where(wrong, (truth + shift) % 10, truth).astype(np.uint8)
        return {"predictions": predictions, "nearest": truth, "truth": truth, "bias": bias}

    found = {name: [record(k + 1) for _ in range(3)] for k, name in enumerate(("first", "second"))}
    table = accuracies(found, 7)
    truth, bias = truth[1::2], bias[1::2]  # the half for judging
    for s, each in enumerate(found["second"]):
        right = each["predictions"][1::2] == truth
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
