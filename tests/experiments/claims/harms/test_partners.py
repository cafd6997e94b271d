"""B29 on a planted graph and planted harms: partners are named where the graph knows them, and by chance where it does not."""

from math import comb
from types import SimpleNamespace

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.harms import partners
from contrastive_claims.experiments.claims.harms.pairs import Neighbours
from contrastive_claims.experiments.claims.harms.partners import chance_of, collapse_partners, image_graph, more_named
from contrastive_claims.experiments.data.sources import sealed
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import HOLDS, OPEN, REFUTED, Run
from contrastive_claims.figures.partners import collapse_partners as drawn
from contrastive_claims.theory.harms import Resampled

CLAIM = next(claim for claim in CLAIMS if claim.id == "B29").at("standard")
PARTNER = np.array([1, 0, 3, 2, 5, 4, 7, 6, 9, 8])


def clouds(seed=0, per_class=520):
    """Images in ten clouds, two by two close together."""
    generator = np.random.default_rng(seed)
    centres = np.zeros((10, 16))
    centres[np.arange(10), np.arange(10) // 2] = 6
    centres[np.arange(10), 8 + np.arange(10) % 2] = 1.5
    labels = np.repeat(np.arange(10), per_class)
    images = centres[labels] + generator.normal(size=(len(labels), 16))
    return sealed("made", images.reshape(-1, 1, 4, 4).astype(np.float32), labels, None)


@pytest.fixture
def planted(monkeypatch):
    monkeypatch.setattr(partners, "load", lambda name: clouds())

    def plant(partner, spread=0.0001):
        rows = np.full((3, 10, 10), 1.1) + spread * np.random.default_rng(0).normal(size=(3, 10, 10))
        rows[:, np.arange(10), partner] = 0.8
        rows[:, np.arange(10), np.arange(10)] = np.nan
        neighbours = Neighbours(np.eye(10), PARTNER, np.ones(10))
        monkeypatch.setattr(
            partners,
            "study",
            lambda run, preset, classes: SimpleNamespace(harmed={}, balanced=[], neighbours=neighbours, names=("a",)),
        )
        monkeypatch.setattr(
            partners, "harm_rows", lambda harmed, balanced, seed: Resampled(rows, np.stack([rows, rows]))
        )

    return plant


def judged():
    found, control = (
        collapse_partners(Run(scale="standard")),
        collapse_partners(Run(scale="standard", control=True)),
    )
    return verdict(CLAIM, Measured(found.numbers, control.numbers)), found, control


def test_partners_that_the_graph_knows_are_named(planted):
    planted(PARTNER)
    result, found, control = judged()
    assert result.verdict == HOLDS and found.numbers["hits"].value == found.numbers["hits"].low == 10
    assert np.array_equal(found.arrays["predicted"], PARTNER) and np.array_equal(found.arrays["tied"], PARTNER)
    assert control.numbers["hits"].value <= 3 and found.numbers["hits_of_balanced_encoders"].value == 10
    assert found.numbers["chance"].value == pytest.approx(9.0**-10)
    assert found.numbers["hits_minus_ties"].value == found.numbers["hits_minus_ties"].high == 0
    drawn(**found.arrays).savefig("/dev/null", format="svg")


def test_partners_that_are_no_more_than_likely_decide_nothing(planted):
    planted(PARTNER, spread=0.1)
    result, found, _ = judged()
    assert found.numbers["hits"].value >= 8 and found.numbers["hits"].low < 4
    assert (result.verdict, result.reason) == (OPEN, "undecided: hits >= 4")


def test_harms_that_go_elsewhere_are_not_named(planted):
    planted((PARTNER + 2) % 10)
    result, found, _ = judged()
    assert result.verdict == REFUTED and "hits >= 4" in result.reason and found.numbers["hits"].high == 0


def test_a_guess_that_names_more_than_the_rival_is_told():
    rows = np.full((3, 4, 4), 0.9) + 0.0001 * np.random.default_rng(0).normal(size=(3, 4, 4))
    rows[:, np.arange(4), (np.arange(4) + 1) % 4] = 0.5
    rows[:, np.arange(4), np.arange(4)] = np.nan
    sure, right = Resampled(rows, np.stack([rows, rows])), (np.arange(4) + 1) % 4
    worse = np.array([1, 3, 0, 0])  # wrong in two rows, of which only these can tell
    for one, other, more in ((right, worse, 2), (worse, right, -2), (right, right, 0)):
        found = more_named(sure, one, other)
        assert (found.value, found.low, found.high) == (more, more, more)
    noisy = Resampled(rows + np.random.default_rng(1).normal(size=rows.shape), np.stack([rows, rows]))
    found = more_named(noisy, right, worse)
    assert (found.low, found.high) == (-2, 2)


def test_chance_is_a_binomial_tail():
    assert chance_of(0, 10, 9) == 1.0
    assert chance_of(1, 10, 9) == pytest.approx(1 - (8 / 9) ** 10)
    fewer = sum(comb(10, k) * 8 ** (10 - k) for k in range(4)) / 9**10
    assert chance_of(4, 10, 9) == pytest.approx(1 - fewer) and chance_of(4, 10, 9) < 0.05 < chance_of(3, 10, 9)


def test_the_graph_is_that_of_the_nearest_images(planted):
    planted(PARTNER)
    model, tied = image_graph()
    assert model.proportions == pytest.approx(np.full(10, 0.1))
    assert (np.diag(model.connectivity) > model.connectivity[np.arange(10), PARTNER]).all()
    assert np.array_equal(tied, PARTNER)
    shuffled, _ = image_graph(labels_shuffled=True)
    assert np.ptp(shuffled.connectivity) < 0.5 * shuffled.connectivity.max()
