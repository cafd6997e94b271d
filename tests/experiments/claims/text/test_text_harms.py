"""B13 and beside it on made records: a move that is planted is seen, none is not, and controls are refused."""

from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pytest
from scipy.stats import norm, t

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.harms import pairs
from contrastive_claims.experiments.claims.harms import partners as image_partners
from contrastive_claims.experiments.claims.harms.pairs import Study, declare
from contrastive_claims.experiments.claims.text import partners, representation
from contrastive_claims.experiments.claims.text.groups import TextStudy
from contrastive_claims.experiments.data import locations
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import NOT_RUN, OPEN, SEEN, SUPPORTED, Quantity, Run
from contrastive_claims.experiments.text.documents import corpus
from contrastive_claims.experiments.verify import runner
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.harms import Resampled

NAMES = ("a", "b", "c", "d")
PARTNER = np.array([1, 0, 3, 2])
LABELS = np.repeat(np.arange(4), 20)


def record(seed, moved=None, share=0.5):
    """Embeddings of four groups, two by two nearer; group `moved` a share of the way to its partner, and recognised less."""
    generator = np.random.default_rng(seed)
    centres = np.eye(4)[:, :4] + 0.3 * np.eye(4)[PARTNER]
    points = centres[LABELS] + 0.05 * generator.normal(size=(80, 4))
    predictions = np.tile(LABELS, (5, 1))
    if moved is not None:
        own = moved == LABELS
        points[own] += share * (centres[PARTNER[moved]] - centres[moved])
        predictions[:, np.flatnonzero(own)[:8]] = PARTNER[moved]
    cosines = np.tile(np.eye(4) * 0.5, (2, 1, 1))
    return {
        "embeddings": points,
        "labels": LABELS,
        "truth": LABELS,
        "heads": np.array([-1, 0, 1, 2, 3]),
        "predictions": predictions,
        "looks": np.array([5, 10]),
        "cosines": cosines,
    }


@pytest.fixture
def plant(monkeypatch):
    monkeypatch.setattr(pairs, "REPLICATES", 200)  # enough for what is planted

    def planted(moves):
        study = TextStudy(
            declare(record(90 + s) for s in range(2)),
            [record(s) for s in range(5)],
            {k: [record(20 + 10 * k + s, k if moves else None) for s in range(5)] for k in range(4)},
            [record(70 + s) for s in range(5)],
            ("all",),
            ("compared",),
        )
        made = corpus("made", NAMES, NAMES)

        def of_targets(run, preset, targets, *_, **__):
            return replace(study, harmed={k: study.harmed[k] for k in targets})

        for module in (representation, partners):
            monkeypatch.setattr(module, "text_study", of_targets)
            monkeypatch.setattr(module, "chosen", lambda documents: made)
        return study

    return planted


def judged(claim_id, check):
    claim = next(claim for claim in CLAIMS if claim.id == claim_id).at("standard")
    found, control = check(Run()), check(Run(control=True))
    planted = check(Run(planted=True)).numbers if claim.planted else None
    return verdict(claim, Measured(found.numbers, control.numbers, planted)), found


def test_a_move_towards_the_partner_is_seen(plant):
    plant(True)
    result, found = judged("B13", representation.harm_on_news)
    assert (result.verdict, result.here, result.rejected, result.found) == (SUPPORTED, SEEN, True, True)
    assert found.arrays["partners"].tolist() == PARTNER.tolist() and found.numbers["groups_moved"].value == 4
    assert found.numbers["own_indirect"].value == pytest.approx(-0.4) and found.models == ("all",)
    assert found.numbers["neighbour_harm_if_merged"].value < found.numbers["neighbour_harm"].value < 1


def test_without_a_move_nothing_is_seen(plant):
    plant(False)
    result, found = judged("B13", representation.harm_on_news)
    assert result.verdict == OPEN and result.here == OPEN and found.numbers["groups_moved"].value == 0
    assert result.found  # the same check finds what is planted


def test_what_is_lost_and_its_control(plant):
    plant(True)
    result, found = judged("B13k", representation.separation_lost)
    assert (
        result.rejected and result.verdict == OPEN and "kept_rest" in result.reason
    )  # they come no nearer to the rest
    assert found.numbers["glosses_indirect"].high < 0
    assert found.numbers["news_kept"].high < 1 < found.numbers["news_kept_unharmed"].high


def test_all_parts_of_speech_are_judged_alike(plant, monkeypatch):
    ties = np.full((4, 4), 0.1) + np.eye(4)
    ties[np.arange(4), PARTNER] = 0.5
    monkeypatch.setattr(representation.wordnet, "linked", lambda groups: ties)
    study = plant(True)
    result, found = judged("B13v", representation.harm_by_speech)
    assert (result.verdict, result.here, result.rejected, result.found) == (SUPPORTED, SEEN, True, True)
    assert found.numbers["taxonomy_harm"] == found.numbers["neighbour_harm"]
    monkeypatch.setattr(representation.wordnet, "linked", lambda groups: -ties)
    other = representation.harm_by_speech(Run())
    assert other.numbers["taxonomy_minus_rest"].value > 0 > found.numbers["taxonomy_minus_rest"].value
    assert found.models == study.names


def test_harm_along_the_run_is_that_of_each_look(plant):
    study = plant(True)
    for k, records in study.harmed.items():
        for record_ in records:
            record_["cosines"] = record_["cosines"].copy()
            record_["cosines"][1, k, PARTNER[k]] = 0.5  # at the second look: from RH 1 to (1 - .5) / (1 - 0)
    found = representation.harm_on_news(Run())
    np.testing.assert_allclose(found.arrays["course"], np.stack([np.ones((4, 5)), np.full((4, 5), 0.5)]))
    assert found.arrays["looks"].tolist() == [5, 10]


@pytest.mark.parametrize("effect", [0.03, 0.05, 0.08])
@pytest.mark.parametrize(("between", "shared"), [(1e-4, 8e-4), (4e-4, 1e-5), (1e-7, 1e-7)])
def test_what_is_needed_is_enough_and_one_less_is_not(effect, between, shared):
    measured = Quantity(0.0, -1.0, 1.0, "", (between, shared, 4))
    points, seeds = representation.needed(measured, effect, points=12, seeds=5)

    def half_width(points, seeds):
        return np.hypot(
            t.ppf(0.975, 4 if seeds == 5 else seeds - 1) * np.sqrt(between * 5 / seeds),
            norm.ppf(0.975) * np.sqrt(shared * 12 / points),
        )

    if points > 0:
        assert half_width(points, 5) <= effect and (points == 1 or half_width(points - 1, 5) > effect)
    else:
        assert half_width(1e12, 5) > effect
    if seeds > 0:
        assert half_width(12, seeds) <= effect and (seeds == 3 or half_width(12, seeds - 1) > effect)
    else:
        assert half_width(12, 1e12) > effect
    with pytest.raises(ValueError, match="whose noise is known"):
        representation.needed(Quantity.exact(1.0), effect, 12, 5)


def test_distances_kept_are_those_of_the_means():
    one, other = record(0)["embeddings"], record(1, 0)["embeddings"]
    found = representation.distance_kept(other, one, LABELS, np.ones((1, 80)))[0]

    def apart(points):
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        return np.linalg.norm(unit[LABELS == 0].mean(axis=0) - unit[LABELS == 1].mean(axis=0))

    assert found[0, 1] == pytest.approx(apart(other) / apart(one)) and np.isnan(found[0, 0])


def test_partners_that_the_graph_knows_are_named(plant, monkeypatch):
    plant(True)
    ties = np.full((4, 4), 0.02) + 0.5 * np.eye(4)
    ties[np.arange(4), PARTNER] = 0.2
    monkeypatch.setattr(partners, "text_graph", lambda preset, shuffled=False: (BlockModel([0.25] * 4, ties), PARTNER))
    monkeypatch.setattr(partners, "text_partner_of", lambda preset, labels_shuffled: PARTNER[::-1])
    result, found = judged("B13p", partners.text_partners)
    assert result.rejected and result.found and found.numbers["hits"].value == 8
    assert found.numbers["chance"].value == pytest.approx(3.0**-8)
    assert found.arrays["predicted"].tolist() == [*PARTNER, *(PARTNER + 4)]


@pytest.mark.parametrize(
    ("claim_id", "check", "groups"), [("B13q", "speech_partners", 4), ("B13j", "partners_of_all", 16)]
)
def test_all_corpora_are_scored_together(plant, monkeypatch, claim_id, check, groups):
    plant(True)
    ties = np.full((4, 4), 0.02) + 0.5 * np.eye(4)
    ties[np.arange(4), PARTNER] = 0.2
    monkeypatch.setattr(partners, "text_graph", lambda preset, shuffled=False: (BlockModel([0.25] * 4, ties), PARTNER))
    monkeypatch.setattr(partners, "text_partner_of", lambda preset, labels_shuffled: PARTNER[::-1])
    word, *rest = partners.text_part(Run(), "images", partners.PRESETS["speech-cpu"])
    monkeypatch.setattr(partners, "image_part", lambda run: (word, *rest))
    result, found = judged(claim_id, getattr(partners, check))
    assert result.rejected and result.found and found.numbers["hits"].value == groups
    assert found.numbers["hit_rate"].value == 1 and found.numbers["hits_of_shuffled"].value == 0
    assert found.numbers["chance"].value == pytest.approx(3.0**-groups)
    assert (
        sum(
            q.value
            for name, q in found.numbers.items()
            if name in ("hits_images", "hits_news", "hits_glosses", "hits_speech")
        )
        == groups
    )


def test_images_are_scored_as_b29_scores_them(monkeypatch):
    """image_part on made rows: the same guesses, by the same functions, as collapse_partners takes."""
    ties = np.full((4, 4), 0.02) + 0.5 * np.eye(4)
    ties[np.arange(4), PARTNER] = 0.2

    def image_graph(labels_shuffled=False):
        return BlockModel([0.25] * 4, ties[::-1, ::-1] if labels_shuffled else ties), PARTNER

    made = Study(
        declare(record(90 + s) for s in range(2)),
        [record(s) for s in range(3)],
        {k: [record(20 + 10 * k + s, k) for s in range(3)] for k in range(4)},
        [],
        ("images",),
    )
    for module in (partners, image_partners):
        monkeypatch.setattr(module, "study", lambda *_: made)
        monkeypatch.setattr(module, "image_graph", image_graph)
        monkeypatch.setattr(module, "CLASSES", NAMES)
    alone, ours = image_partners.collapse_partners(Run()), partners.scored(Run(), [partners.image_part(Run())])
    for name in ("hits", "hits_of_most_tied", "hits_minus_ties", "hits_of_balanced_encoders"):
        one, other = alone.numbers[name], ours.numbers[name]
        assert (one.value, one.low, one.high) == (other.value, other.low, other.high)
    assert alone.numbers["chance"].value == pytest.approx(ours.numbers["chance"].value)


def test_chance_of_guesses_is_counted():
    assert partners.chance_of(0, [(2, 3)]) == 1
    assert partners.chance_of(2, [(2, 3)]) == pytest.approx(1 / 9)
    assert partners.chance_of(1, [(1, 2), (1, 4)]) == pytest.approx(1 - 0.5 * 0.75)


def test_rows_are_moved_on_every_replicate():
    rows = Resampled(np.ones((3, 2, 3)), np.ones((4, 3, 2, 3)))
    found = partners.moved_to(rows, np.array([2, -1]), -1)
    assert (found.replicates[..., 0, 2] == 0).all() and (found.replicates[..., 1, :] == 1).all()


def test_the_quick_form_says_that_it_took_docstrings(plant, monkeypatch):
    plant(True)

    def absent(name):
        raise representation.DataAbsent("no WordNet")

    monkeypatch.setattr(representation, "load", absent)
    found = representation.harm_quick(Run())
    assert found.numbers["on_docstrings"].value == 1
    assert found.data["docstrings"] == representation.chosen(None).checksum
    assert {name: value for name, value in found.data.items() if name != "docstrings"} == {
        f"docstrings of {name}": version(name) for name in ("matplotlib", "networkx", "scipy", "torch")
    }


@pytest.mark.parametrize(
    ("claim_id", "said"),
    [
        ("B13", "claims data fetch ag_news"),
        ("B13w", "apt install wordnet-base"),
        ("B13v", "apt install wordnet-base"),
        ("B13g", "apt install wordnet-base"),
    ],
)
def test_without_its_data_a_claim_is_not_run_and_says_what_gets_it(tmp_path, monkeypatch, claim_id, said):
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    for name in ("wordnet", "wordnet-all"):
        here = locations.LOCATIONS[name]
        monkeypatch.setitem(locations.LOCATIONS, name, replace(here, system=str(tmp_path / "no")))
    claim = next(claim for claim in CLAIMS if claim.id == claim_id).at("standard")
    record_ = runner.measure(claim, "standard", "cpu", "key", tmp_path / "records", lambda *_: None)
    assert record_["verdict"] == NOT_RUN and said in record_["reason"]
