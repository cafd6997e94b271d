"""B13 and beside it on made records: a move that is planted is seen, none is not, and controls are refused."""

from dataclasses import replace

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.harms.pairs import declare
from contrastive_claims.experiments.claims.text import partners, representation
from contrastive_claims.experiments.claims.text.groups import TextStudy
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import OPEN, SEEN, SUPPORTED, Run
from contrastive_claims.experiments.text.documents import corpus
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
    assert found.numbers["on_docstrings"].value == 1 and list(found.data) == ["docstrings"]
