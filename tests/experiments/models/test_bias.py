"""What is kept of an encoder on biased data: planted embeddings give the numbers that they must."""

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.data.sources import sealed
from contrastive_claims.experiments.models import bias as bias_measurements
from contrastive_claims.experiments.models.bias import (
    classified,
    classifier_hits,
    debiasing,
    losses_and_margins,
    probe_hits,
    probed,
)
from contrastive_claims.experiments.models.store import Model, Trial
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.harms import neural_collapse
from contrastive_claims.theory.margins import eps_sup_infonce, pair_distances
from contrastive_claims.theory.sphere import normalise

CLASSES, WIDTH = 10, 24


def images(per_class, rho, seed, pull=3.0):
    """Images that are their own embeddings: a class direction, a bias direction of length `pull`, noise."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(CLASSES), per_class)
    aligned = generator.random(len(labels)) < rho
    bias = np.where(aligned, labels, (labels + generator.integers(1, CLASSES, len(labels))) % CLASSES)
    rows = 0.2 * generator.normal(size=(len(labels), WIDTH))
    rows[np.arange(len(labels)), labels] += 1
    rows[np.arange(len(labels)), CLASSES + bias] += pull
    order = generator.permutation(len(labels))
    return sealed("made", rows[order, :, None, None].astype(np.float32), labels[order], bias[order])


@pytest.fixture
def trial(monkeypatch):
    monkeypatch.setattr(bias_measurements, "DISTANCE_ANCHORS", 6)
    monkeypatch.setattr(bias_measurements, "PER_CLASS", 4)
    monkeypatch.setattr(
        bias_measurements, "embed", lambda network, images, method: (images[:, :, 0, 0], images[:, :, 0, 0])
    )
    model = Model(load_preset("mnist-biased-cpu"), 1, 1)
    return Trial(model, torch.nn.Identity(), images(40, 0.97, 0), images(30, 0.1, 1))  # pyright: ignore


def test_a_record_holds_the_numbers_of_its_embeddings(trial):
    record = debiasing(trial)
    held_out, training = trial.held_out, trial.training
    n = len(held_out.labels)
    assert {name: (array.dtype.name, array.shape) for name, array in record.items()} == {
        **dict.fromkeys(("predictions", "nearest", "truth", "bias"), ("uint8", (n,))),
        "counts": ("int64", (2, 4, 80)),
        **dict.fromkeys(("mean", "deviation"), ("float64", (2, 4))),
        **dict.fromkeys(("excess", "worst", "average"), ("float32", (2, 80))),
        "collapse": ("float64", (2, 4)),
    }
    assert np.array_equal(record["truth"], held_out.labels) and np.array_equal(record["bias"], held_out.bias)
    right = record["predictions"] == held_out.labels
    conflicting = held_out.bias != held_out.labels
    assert (
        right[~conflicting].all() and right[conflicting].mean() < 0.7
    )  # the probe reads the bias that it was trained with
    assert np.array_equal(probed(trial)["predictions"], record["predictions"])
    for d, data in enumerate((training, held_out)):
        everyone = pair_distances(data.images[:, :, 0, 0], data.labels, data.bias, np.arange(len(data.labels)))
        np.testing.assert_allclose(record["mean"][d], everyone.mean, rtol=0.2)
        assert record["counts"][d].sum() == 60 * (len(data.labels) - 1)
        unit = normalise(data.images[:, :, 0, 0].astype(float))
        np.testing.assert_allclose(record["collapse"][d, :3], neural_collapse(unit, data.labels)[:3], rtol=1e-6)
    assert record["mean"][0, 1] > 2 * record["mean"][0, 0]  # the bias holds aligned positives together


def test_the_nearest_mean_and_the_probe_see_the_class_where_there_is_no_bias(trial):
    free = Trial(trial.model, trial.network, images(40, 0.97, 0, pull=0.0), images(30, 0.1, 1, pull=0.0))
    record = debiasing(free)
    for kind in ("predictions", "nearest"):
        assert (record[kind] == record["truth"]).mean() > 0.97


def test_losses_and_margins_are_those_of_balanced_batches(trial):
    data = trial.training
    excess, worst, average = losses_and_margins(data.images[:, :, 0, 0], data, 3)
    assert excess.shape == (80,)
    chosen = bias_measurements.first_of_each(data.labels, 8, 3)
    by_class = {k: chosen[data.labels[chosen] == k] for k in range(CLASSES)}
    batch = np.concatenate([by_class[k][4:] for k in range(CLASSES)])  # the second batch
    vectors = normalise(data.images[batch, :, 0, 0].astype(float))
    labels = data.labels[batch]
    loss = eps_sup_infonce(torch.from_numpy(vectors), labels, 0.1, 0.5, reduction="none").numpy()
    np.testing.assert_allclose(excess[40:], loss + 0.5, rtol=1e-5, atol=1e-12)
    for i, anchor in enumerate(vectors):
        cosines = vectors @ anchor
        positives = np.delete(cosines, i)[np.delete(labels, i) == labels[i]]
        hardest = cosines[labels != labels[i]].max()
        assert worst[40 + i] == pytest.approx(10 * (positives.min() - hardest), abs=1e-4)
        assert average[40 + i] == pytest.approx(10 * (positives.mean() - hardest), abs=1e-4)


def test_a_tiny_excess_keeps_its_precision():
    # two collapsed, antipodal classes: loss + eps is far below what float32 leaves of the loss itself
    points = np.repeat([[1.0, 0.0], [-1.0, 0.0]], 60, axis=0).astype(np.float32)
    data = sealed("made", points[:, :, None, None], np.repeat([0, 1], 60), np.zeros(120, np.int64))
    excess, _, _ = losses_and_margins(points, data, 0)
    expected = np.log1p(np.exp(0.5) * 25 * np.exp(-20.0))
    np.testing.assert_allclose(excess, expected, rtol=1e-6)


def test_data_without_a_bias_is_refused(trial):
    plain = sealed("made", trial.held_out.images, trial.held_out.labels, None)
    with pytest.raises(ValueError, match="bias: made has no bias attribute"):
        debiasing(Trial(trial.model, trial.network, trial.training, plain))


def test_a_classifier_is_judged_by_its_own_logits(trial):
    head = torch.nn.Linear(WIDTH, CLASSES)
    network = torch.nn.Module()
    network.head = head
    preset = trial.model.preset
    method = preset.method.model_copy(update={"name": "cross-entropy", "penalty": None, "epsilon": 0.0})
    model = Model(preset.model_copy(update={"method": method}), 1, 1)
    found = classified(Trial(model, network, trial.training, trial.held_out))  # pyright: ignore
    logits = trial.held_out.images[:, :, 0, 0] @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    np.testing.assert_array_equal(found["predictions"], logits.argmax(1))
    np.testing.assert_array_equal(found["truth"], trial.held_out.labels)
    hits = classifier_hits(Trial(model, network, trial.training, trial.held_out))  # pyright: ignore
    order = np.argsort(found["truth"], kind="stable")
    kept = np.unpackbits(hits["hits"], count=len(order)).astype(bool)
    np.testing.assert_array_equal(kept, (found["predictions"] == found["truth"])[order])
    assert hits["sizes"].tolist() == np.bincount(found["truth"]).tolist()
    with pytest.raises(ValueError, match="eps-sup-infonce has no classifier of its own"):
        classified(trial)


def test_hits_are_where_the_probe_is_right_class_by_class(trial):
    record, found = probed(trial), probe_hits(trial)
    assert found["sizes"].tolist() == [30] * CLASSES
    by_class = np.unpackbits(found["hits"], count=30 * CLASSES).reshape(CLASSES, 30)
    for k in range(CLASSES):
        np.testing.assert_array_equal(by_class[k], record["predictions"][record["truth"] == k] == k)
    assert 0 < by_class.mean() < 1
