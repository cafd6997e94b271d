"""B12, B14 and B27: what softens a planted harm, by method, temperature and mitigation."""

import numpy as np
import pytest

from contrastive_claims.experiments.claims.harms import methods
from contrastive_claims.experiments.claims.harms.pairs import without_harm
from contrastive_claims.experiments.claims.harms.representation import CLASSES, PRESET
from contrastive_claims.experiments.claims.harms.temperature import TEMPERATURES
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import HOLDS, OPEN, REFUTED, REVERSED, SEEN, SUPPORTED
from contrastive_claims.experiments.models.store import Model
from contrastive_claims.experiments.training.presets import load_preset, with_settings


def by_method(**pulls):
    return lambda model: pulls[model.preset.method.name]


def test_three_methods_of_which_bcl_softens(world):
    world.pull = by_method(simclr=0.5, simsiam=0.5, bcl=0.3)
    judged = world.verdict("B12")
    assert (judged.verdict, judged.here, judged.reason) == (SUPPORTED, SEEN, "every criterion met")
    assert len(world.asked) == 2 + 3 * 3 * 3
    found = world.evidence("B12")
    assert found.arrays["pairs"][0] == "ankle boot > sneaker" and found.arrays["harm"].shape == (4, 3, 2)
    own = found.arrays["pairs"][1].split(" > ")
    second = tuple(CLASSES.index(name) for name in own)
    assert found.numbers["seeds_for_simsiam"].value == 3  # decided by as many already
    for name, settings in methods.METHODS.items():
        kept = [world.kept(with_settings(load_preset(PRESET), settings), *pair) for pair in ((9, 7), second)]
        assert found.numbers[f"{name.lower()}_neighbour_kept"].value == pytest.approx(np.mean(kept))
    assert {m.preset.encoder.head for m in world.asked if m.preset.method.name == "simsiam"} == {(128, 128)}


def test_simsiam_is_judged_behind_its_projection_and_its_features_stand_beside(world):
    def lifted(model, record):
        """Features of SimSiam that know no harm, in front of projections that do."""
        if model.preset.method.name != "simsiam":
            return record
        plain = (
            world.record(Model(without_harm(model.preset), model.seed, model.split))
            if model.preset.data.undersample
            else record
        )
        return record | {"features": plain["embeddings"]}

    world.pull, world.change = by_method(simclr=0.5, simsiam=0.5, bcl=0.3), lifted
    assert world.verdict("B12").here == SEEN
    found = world.evidence("B12")
    assert found.arrays["methods"].tolist() == ["SimCLR", "SimSiam", "SimSiam, features", "BCL"]
    assert found.numbers["simsiam_neighbour_harm"].high < 0.9
    assert found.numbers["simsiam_features_neighbour_harm"].value == pytest.approx(1, abs=1e-9)


def test_the_second_look_at_methods_is_wider_than_a_first(world, monkeypatch):
    second = world.evidence("B12").numbers
    monkeypatch.setattr(methods, "SECOND_LOOK", 0.95)
    first = world.evidence("B12").numbers
    for name in (criterion.quantity for criterion in world.claim("B12").criteria):
        if not name.startswith("rows"):
            assert second[name].value == first[name].value
            assert second[name].low < first[name].low and first[name].high < second[name].high


@pytest.mark.parametrize(
    ("pulls", "here", "why"),
    [
        ({"simclr": 0.3, "simsiam": 0.5, "bcl": 0.6}, REVERSED, "bcl_minus_simclr > 0"),
        ({"simclr": 0.5, "simsiam": -0.3, "bcl": 0.3}, REVERSED, "simsiam_neighbour_minus_rest < 0"),
        ({"simclr": 0.5, "simsiam": 0.0, "bcl": 0.3}, OPEN, "simsiam_neighbour_minus_rest < 0"),
    ],
)
def test_a_method_that_does_otherwise_is_not_seen(world, pulls, here, why):
    world.pull = by_method(**pulls)
    found = world.verdict("B12")
    assert (found.verdict, found.here) == (OPEN, here) and why in found.reason
    if here == OPEN:
        assert world.evidence("B12").numbers["seeds_for_simsiam"].value > 5


@pytest.fixture
def of_the_world(world, monkeypatch):
    """B12s asks for two pairs of this world."""
    monkeypatch.setattr(methods, "PAIRS", {"ankle boot": "sneaker", "pullover": "coat"})


def test_the_pairs_of_simsiam_s_own_seeds_are_those_that_b12_declares():
    recorded = records.load_arrays(records.RECORDED / "standard" / "B12@standard.npz")["pairs"]
    assert recorded.tolist() == [f"{own} > {nearest}" for own, nearest in methods.PAIRS.items()]


@pytest.mark.usefixtures("of_the_world")
def test_simsiam_by_seeds_of_its_own(world):
    world.pull = by_method(simsiam=0.5)
    judged = world.verdict("B12s")
    assert (judged.verdict, judged.here, judged.reason) == (SUPPORTED, SEEN, "every criterion met")
    assert len(world.asked) == 3 * 5 and {m.seed for m in world.asked} == set(methods.FRESH_SEEDS)
    assert {m.preset.method.name for m in world.asked} == {"simsiam"} and {m.preset.epochs for m in world.asked} == {30}
    found = world.evidence("B12s")
    assert found.seeds == methods.FRESH_SEEDS and len(found.models) == 15
    assert found.arrays["pairs"].tolist() == ["ankle boot > sneaker", "pullover > coat"]
    assert found.arrays["harm"].shape == (1, 3, 2) and found.arrays["rest"].shape == (1, 2)
    assert found.numbers["rows_led_by_neighbour"].value == 2
    assert found.numbers["neighbour_harm"].value == pytest.approx(found.arrays["harm"][0, 0].mean())
    preset = with_settings(load_preset(PRESET), methods.METHODS["SimSiam"])
    kept = [world.kept(preset, *pair, methods.FRESH_SEEDS) for pair in ((9, 7), (2, 4))]
    assert found.numbers["neighbour_kept"].value == pytest.approx(np.mean(kept))


@pytest.mark.usefixtures("of_the_world")
def test_simsiam_that_does_otherwise_is_reversed_by_its_own_seeds(world):
    world.pull = by_method(simsiam=-0.3)
    judged = world.verdict("B12s")
    assert (judged.verdict, judged.here) == (OPEN, REVERSED)
    assert world.evidence("B12s", planted=True).numbers["neighbour_minus_rest"].high < 0


@pytest.mark.usefixtures("of_the_world")
def test_no_harm_under_simsiam_is_seen_by_no_five_seeds(world, monkeypatch):
    world.pull = by_method(simsiam=0.0)
    found = []
    for first in (6, 16, 26, 36):
        monkeypatch.setattr(methods, "FRESH_SEEDS", tuple(range(first, first + 5)))
        found.append(world.verdict("B12s").here)
    assert SEEN not in found and found.count(OPEN) >= 3  # a 95 % interval may miss 1 by luck


def test_harm_that_rises_with_the_temperature(world):
    world.pull = lambda model: 0.4 * model.preset.method.temperature
    judged = world.verdict("B14")
    assert (judged.verdict, judged.reason) == (HOLDS, "every criterion met")
    assert len(world.asked) == 4 * 6
    found = world.evidence("B14")
    values = [found.numbers[f"harm_at_{tau:g}"].value for tau in TEMPERATURES]
    assert values == sorted(values, reverse=True)
    assert found.arrays["seeds"].shape == (3, 4) and len(found.models) == 24
    kept = [found.numbers[f"kept_at_{tau:g}"].value for tau in TEMPERATURES]
    assert kept == list(found.arrays["kept"][0])
    presets = [with_settings(load_preset(PRESET), [f"method.temperature={tau}"]) for tau in TEMPERATURES]
    assert kept == pytest.approx([world.kept(preset, 9, 7) for preset in presets])


def test_harm_that_falls_with_the_temperature_is_refuted_and_none_is_undecided(world):
    world.pull = lambda model: 0.5 - 0.4 * model.preset.method.temperature
    found = world.verdict("B14")
    assert found.verdict == REFUTED and "slope_per_doubling" in found.reason
    world.pull = lambda model: 0.0
    found = world.verdict("B14")
    assert (found.verdict, found.rejected) == (OPEN, True) and "slope_per_doubling" in found.reason


def test_a_harm_that_turns_at_the_last_temperature_shows_in_that_step_which_does_not_decide(world):
    world.pull = lambda model: {0.1: 0.05, 0.2: 0.3, 0.5: 0.8, 1.0: 0.5}[model.preset.method.temperature]
    assert world.verdict("B14").verdict == HOLDS
    found = world.evidence("B14")
    assert found.numbers["step_0.1_to_0.2"].high < 0 < found.numbers["step_0.5_to_1"].low
    assert found.arrays["cosines"].shape == (4, 2, 3)
    assert found.numbers["undersampled_cosine_at_0.5"].value > found.numbers["balanced_cosine_at_0.5"].value + 0.05


def mitigated(weights=0.1, draws=0.1, lower=0.1):
    def pull(model):
        method, data = model.preset.method, model.preset.data
        part = weights if method.class_weights else draws if data.sampling == "balanced" else 1.0
        return 0.5 * part * (1.0 if method.temperature == 0.5 else lower)

    return pull


def test_three_mitigations_that_protect(world):
    world.pull = mitigated()
    judged = world.verdict("B27")
    assert (judged.verdict, judged.reason) == (HOLDS, "every criterion met")
    assert len({model for model in world.asked if model.preset.data.undersample is None}) == 3 * 3
    assert len({model for model in world.asked if model.preset.data.undersample is not None}) == 5 * 3
    found = world.evidence("B27")
    assert found.arrays["harm"].shape == found.arrays["indirect"].shape == found.arrays["accuracy"].shape == (5, 3)
    assert found.numbers["none_kept"].value < 0.5 < found.numbers["balanced_draws_kept"].value
    assert found.numbers["none_harm"].high < 0.9 < found.numbers["balanced_draws_harm"].value


def test_a_mitigation_that_harms_more_refutes_and_one_without_effect_decides_nothing(world):
    world.pull = mitigated(weights=1.5)
    found = world.verdict("B27")
    assert found.verdict == REFUTED and "reweighted_loss_rise" in found.reason
    world.pull = mitigated(weights=1.0)
    found = world.verdict("B27")
    assert (found.verdict, found.reason) == (OPEN, "undecided: reweighted_loss_rise > 0")


@pytest.mark.parametrize("claim", ["B14", "B27"])
def test_controls_are_planted_mergers_and_neither_zeros_nor_the_claims_own_numbers(world, claim):
    world.pull = mitigated() if claim == "B27" else lambda model: 0.4 * model.preset.method.temperature
    found, control = (world.evidence(claim, told).numbers for told in (False, True))
    for name in (criterion.quantity for criterion in world.claim(claim).criteria):
        told, planted = found[name], control[name]
        assert planted.value * told.value < 0 and abs(planted.value + told.value) > 1e-3 and planted.low < planted.high
