"""A world without training: records of encoders in which harms of a known size are planted."""

import importlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.harms import (
    allocation,
    cifar,
    mergers,
    methods,
    mitigation,
    pairs,
    pretrained,
    published_size,
    temperature,
)
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.layers import end_cosines, layer_cosines, plain_and_centred
from contrastive_claims.theory.harms import class_cosines, separation_kept
from contrastive_claims.theory.sphere import normalise

PAIRS = ((7, 9), (2, 4), (0, 6), (1, 8), (3, 5))  # Fashion-MNIST's, most alike first
CIFAR = ((1, 9), (2, 4), (0, 6), (3, 5), (7, 8))
VEHICLES = ((1, 3), (0, 2))
ALIKE = (0.8, 0.7, 0.55, 0.35, 0.25)  # cosines within the pairs
ALIKE_ALL = np.eye(4) + 1
KEPT, JUDGED = 40, 100  # held-out samples of each class: embeddings, predictions


@dataclass
class World:
    """`pull(model)`: how far the undersampled class has moved towards its neighbour (0: not at all, 1: onto it); `encoder`,
    `head`: how often the undersampled class is taken for another because of each, `loyal` of them for the neighbour.

    The class directions of encoders drift apart; `change(model, record)` alters a finished record.
    """

    pull: Callable[[Any], float] = lambda model: 0.5
    encoder: float = 0.12
    head: float = 1.0
    loyal: float = 0.8
    drift: float = 0.02
    change: Callable[[Any, dict], dict] = lambda model, record: record
    asked: set = field(default_factory=set)

    def evidence(self, claim_id, control=False, planted=False, scale="standard"):
        """What the check of a claim measures here."""
        module, _, name = self.claim(claim_id, scale).check.partition(":")
        return getattr(importlib.import_module(module), name)(Run(control=control, planted=planted))

    def kept(self, preset, own, towards, seeds=pairs.SEEDS):
        """What undersampled encoders of a preset keep of a separation here, mean over the paired seeds."""
        found = []
        for models in zip(pairs.harmed_models(preset, own, seeds), pairs.balanced_models(preset, seeds), strict=True):
            harmed, balanced = map(self.record, models)
            labels = balanced["labels"].astype(int)
            found.append(separation_kept(harmed["embeddings"], balanced["embeddings"], labels)[own, towards])
        return np.mean(found)

    def claim(self, claim_id, scale="standard"):
        return next(claim for claim in CLAIMS if claim.id == claim_id).at(scale)

    def verdict(self, claim_id, scale="standard"):
        """The judgement on a claim at a scale, with its control, and its positive one where it has one."""
        claim = self.claim(claim_id, scale)
        numbers, control = (self.evidence(claim_id, told, scale=scale).numbers for told in (False, True))
        planted = self.evidence(claim_id, planted=True, scale=scale).numbers if claim.planted else None
        return verdict(claim, Measured(numbers, control, planted))

    def measured(self, models, measure, run):
        self.asked.update(models)
        found = {model: self.record(model) for model in models}
        if measure is end_cosines:  # features, and behind a head that halves what tells classes apart
            cosines = {m: class_cosines(r["embeddings"], r["labels"]) for m, r in found.items()}
            return {m: {"cosines": np.array([c, (c + 1) / 2])} for m, c in cosines.items()}
        if measure is layer_cosines:  # two layers: the world's embeddings, and of all classes alike
            return {
                m: {
                    "cosines": np.array(
                        [plain_and_centred(r["embeddings"], r["labels"]), plain_and_centred(ALIKE_ALL, [0, 1, 2, 3])]
                    )
                }
                for m, r in found.items()
            }
        return found

    def record(self, model):
        data = model.preset.data
        count = len(data.classes) or 10
        pairs = VEHICLES if count == 4 else PAIRS if data.name == "fashion-mnist" else CIFAR
        partner = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
        target = None if data.undersample is None else data.undersample.target
        method = model.preset.method
        # what tells these claims' models apart, so that a new field of presets draws no new luck
        told = model.seed, model.split, target, count, method.name, method.temperature, method.class_weights
        own = np.random.default_rng(zlib.crc32(repr((*told, data.sampling, model.preset.epochs)).encode()))
        shared = np.random.default_rng([model.seed, count])

        means = np.zeros((count, 24))
        drifts = [self.drift * generator.normal(size=(2, count, 24)) for generator in (own, shared)]
        for k in range(count):
            pair = next(p for p, both in enumerate(pairs) if k in both)
            means[k, pair], means[k, 8 + k] = ALIKE[pair] ** 0.5, (1 - ALIKE[pair]) ** 0.5
            # pairs drift together, so that 1 - cosine is about as certain for near classes as for far ones, relatively
            for vectors in drifts:
                means[k] += vectors[0, pair] + (1 - ALIKE[pair]) * vectors[1, k]
        pull = 0.0 if target is None else self.pull(model)
        if target is not None:
            means[target] = (1 - pull) * means[target] + pull * means[partner[target]]
        labels = np.repeat(np.arange(count), KEPT)
        spread = np.random.default_rng(0).normal(size=(len(labels), 24))
        embeddings = normalise(normalise(means)[labels] + 0.1 * spread)

        truth = np.repeat(np.arange(count), JUDGED)
        luck = np.random.default_rng(1).random(len(truth))
        heads = [-1, *(range(count) if target is None else [target])]
        predictions = []
        for head in heads:
            error = np.full(count, 0.05 + 0.005 * own.normal())
            if target is not None:
                error[target] += self.encoder * (pull > 0)
            if head >= 0:
                error[head] += self.head
            wrong = luck < error[truth]
            elsewhere = np.where(luck * 1e4 % 1 < self.loyal, [partner[k] for k in truth], (truth + 1) % count)
            predictions.append(np.where(wrong, elsewhere, truth))
        return self.change(
            model,
            {
                "embeddings": embeddings.astype(np.float16),
                "labels": labels.astype(np.uint8),
                "truth": truth.astype(np.uint8),
                "heads": np.array(heads, np.int8),
                "predictions": np.array(predictions, np.uint8),
            },
        )


def on_other_images(record, undersampled, seed):
    """What heads of the other protocol would say here: those on record, judged on every second image."""
    assert set(undersampled) <= set(record["heads"])
    return record | {"truth": record["truth"][::2], "predictions": record["predictions"][:, ::2]}


@pytest.fixture
def world(monkeypatch):
    made = World()
    for module in (pairs, methods, temperature, mitigation, cifar, mergers, pretrained, published_size):
        monkeypatch.setattr(module, "measured", made.measured)
    monkeypatch.setattr(published_size, "need", lambda asked, measure, run, cost: None)
    for module in (pairs, cifar, methods, pretrained, published_size):
        monkeypatch.setattr(module, "record_name", lambda model, measure: f"{measure.__name__} {model!r}")
    monkeypatch.setattr(allocation, "on_held_out_images", on_other_images)
    for module in (pairs, allocation, mitigation):
        monkeypatch.setattr(module, "REPLICATES", 40)
    return made
