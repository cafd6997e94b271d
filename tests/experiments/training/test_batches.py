"""Batches: each sample once an epoch, views by sample and not by batch, ranks that share, classes drawn alike."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.data.sources import load, subset
from contrastive_claims.experiments.training import batches as module
from contrastive_claims.experiments.training.batches import Batches, balanced_members, class_weights
from contrastive_claims.experiments.training.presets import load_preset, with_settings

PRESET = with_settings(load_preset("digits"), ["batch=30", "augmentation.noise=0.0"])
COUNTS = st.lists(st.integers(1, 30), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def data():
    return subset(load("digits"), np.arange(100))


def test_every_sample_comes_once_an_epoch_in_another_order_each_time(data):
    batches = Batches(PRESET, data, 0, "cpu")
    orders = [torch.cat([rows for _, rows in batches.of_epoch(epoch, 0)]) for epoch in (0, 0, 1)]
    assert batches.steps == 3 and len(set(orders[0].tolist())) == 90
    assert torch.equal(orders[0], orders[1]) and not torch.equal(orders[0], orders[2])


def test_a_smaller_last_batch_is_kept_where_that_is_asked_for(data, monkeypatch):
    kept = with_settings(PRESET, ["last_batch=keep", "method.name=sup-con"])
    dropped, batches = Batches(PRESET, data, 0, "cpu"), Batches(kept, data, 0, "cpu")
    rows = [rows for _, rows in batches.of_epoch(1, 0)]
    assert batches.steps == 4 and [len(part) for part in rows] == [30, 30, 30, 10]
    assert sorted(torch.cat(rows).tolist()) == list(range(100)) and batches.usable(1) == [True] * 4
    assert all(torch.equal(a, b) for a, (_, b) in zip(rows[:3], dropped.of_epoch(1, 0), strict=True))
    shared = [
        torch.cat(parts) for parts in zip(*(ranked(kept, data, monkeypatch, rank) for rank in (0, 1)), strict=True)
    ]
    assert all(torch.equal(a, b) for a, b in zip(rows, shared, strict=True))
    monkeypatch.setattr(module, "world", lambda: (0, 2))
    with pytest.raises(ValueError, match="last_batch: 9 samples cannot be shared evenly by 2 processes"):
        Batches(kept, subset(data, np.arange(99)), 0, "cpu")
    with pytest.raises(ValueError, match="last_batch: one sample is left over"):
        Batches(kept, subset(data, np.arange(91)), 0, "cpu")
    Batches(PRESET, subset(data, np.arange(91)), 0, "cpu")


def ranked(preset, data, monkeypatch, rank):
    monkeypatch.setattr(module, "world", lambda: (rank, 2))
    return [rows for _, rows in Batches(preset, data, 0, "cpu").of_epoch(1, 0)]


def test_beginning_later_gives_the_same_batches(data):
    batches = Batches(PRESET, data, 3, "cpu")
    whole, rest = list(batches.of_epoch(1, 0)), list(batches.of_epoch(1, 2))
    assert len(rest) == 1
    for (views, rows), (again, same) in zip(whole[2:], rest, strict=True):
        assert torch.equal(views, again) and torch.equal(rows, same)


def test_a_samples_views_do_not_depend_on_who_shares_its_batch(data, monkeypatch):
    whole = next(Batches(PRESET, data, 0, "cpu").of_epoch(0, 0))
    parts = []
    for rank in range(2):
        monkeypatch.setattr(module, "world", lambda rank=rank: (rank, 2))
        parts.append(next(Batches(PRESET, data, 0, "cpu").of_epoch(0, 0)))
    assert torch.equal(torch.cat([rows for _, rows in parts]), whole[1])
    first, second = (torch.cat([views.chunk(2)[k] for views, _ in parts]) for k in range(2))
    torch.testing.assert_close(torch.cat([first, second]), whole[0], rtol=0, atol=1e-6)
    monkeypatch.setattr(module, "world", lambda: (0, 4))
    with pytest.raises(ValueError, match="batch: 30 samples cannot be shared evenly by 4 processes"):
        Batches(PRESET, data, 0, "cpu")


def test_the_two_views_of_a_sample_differ(data):
    views, _ = next(Batches(PRESET, data, 0, "cpu").of_epoch(0, 0))
    first, second = views.chunk(2)
    assert not torch.allclose(first, second)


@settings(deadline=None, max_examples=50)
@given(COUNTS)
def test_balanced_members_hold_every_sample_and_all_classes_alike(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    members = balanced_members(labels)
    assert set(members) == set(range(len(labels)))
    assert (np.bincount(labels[members]) == max(counts)).all()
    repeats = np.bincount(members)
    for k in range(len(counts)):  # within a class nobody is favoured by more than one
        assert np.ptp(repeats[labels == k]) <= 1


@settings(deadline=None, max_examples=50)
@given(COUNTS)
def test_class_weights_make_every_class_count_alike(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    weights = class_weights(labels)
    sums = np.bincount(labels, weights)
    np.testing.assert_allclose(sums, sums[0])
    assert weights.mean() == pytest.approx(1)


def test_balanced_sampling_repeats_a_rare_sample_with_other_views(data):
    rare = subset(data, np.concatenate([np.flatnonzero(data.labels != 3), np.flatnonzero(data.labels == 3)[:1]]))
    preset = with_settings(PRESET, ["data.sampling=balanced"])
    views, rows = zip(*Batches(preset, rare, 0, "cpu").of_epoch(0, 0), strict=True)
    where = torch.cat(rows) == len(rare.labels) - 1
    assert where.sum() >= 4
    copies = torch.cat([view.chunk(2)[0] for view in views])[where]
    assert len(torch.unique(copies.flatten(1), dim=0)) == len(copies)
