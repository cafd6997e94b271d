"""Trained text encoders as claims use them, in the same store as those of images (experiments.models.store)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contrastive_claims.experiments.ledger import keys
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.harms import STEPS, principal_directions
from contrastive_claims.experiments.text.presets import TextPreset
from contrastive_claims.experiments.text.sets import Numbers, chosen, training_and_held_out
from contrastive_claims.experiments.text.simcse import Trained, embed, train
from contrastive_claims.experiments.training.probe import head_predictions
from contrastive_claims.experiments.training.sets import first_of_each

# Raised by hand where what is trained or measured changes its meaning (tests/experiments/text/test_golden_text.py).
RECIPE = {"simcse": 1, "sup-con": 1, "text_harms": 1, "coarse_text_harms": 1}
HEAD_PER_GROUP = 300  # training texts of each group for a linear head: 3 are left of a group undersampled 100 times
UNDERSAMPLING = 100.0
COARSE = (
    12  # steps in a unit length: records are two thirds as large, cosines between groups of fifty move by some .003
)


@dataclass(frozen=True)
class TextModel:
    """One encoder to train: `seed` of weights, order and dropout, `split` of the training set's own draws."""

    preset: TextPreset
    seed: int
    split: int

    def __str__(self) -> str:
        return f"{self.preset.name}, seed {self.seed}"

    def key(self, measurement: str = "") -> str:
        """Digest of what decides the encoder, and a measurement of it: settings, seeds, cleaned texts, versions of the recipe."""
        settings = self.preset.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
        versions = [RECIPE[self.preset.method.name], RECIPE[measurement] if measurement else 0]
        corpus = chosen(self.preset.documents).checksum
        return keys.digest({"recipe": versions, "preset": settings, "seeds": [self.seed, self.split], "corpus": corpus})

    def trial(self, run: Run, folder: Path | None, progress: tuple[int, int]) -> TextTrial:
        """Train it. Nothing is kept between its steps: it takes a minute or two."""
        training, held_out = training_and_held_out(self.preset.documents, self.preset.encoder, self.split)
        trained = train(
            self.preset,
            training,
            held_out,
            self.seed,
            device=run.device,
            report=lambda step, steps: run.progress(*progress, f"{self}: step {step} of {steps}"),
            stop=run.stop,
        )
        return TextTrial(self, trained, held_out)


@dataclass(frozen=True, eq=False)
class TextTrial:
    """A trained encoder with its held-out texts: what a measurement takes."""

    model: TextModel
    trained: Trained
    held_out: Numbers


def coarse_text_harms(trial: TextTrial) -> Mapping[str, np.ndarray]:
    """`text_harms` with embeddings in units of 1/COARSE."""
    return text_harms(trial, COARSE)


def text_harms(trial: TextTrial, steps: int = STEPS) -> Mapping[str, np.ndarray]:
    """What the claims on text need of one encoder, as models.harms keeps it of one of images.

    embeddings [n, .] int8 and labels [n] uint8 of the held-out texts; truth [n] uint8, predictions [H, n] uint8 of heads and
    heads [H] int8 as there; looks [P] and cosines [P, K, K] float32 along the run; losses [P], mean since the look before;
    pace [2]: subwords seen in training and seconds of one core.
    """
    model, trained, held_out = trial.model, trial.trained, trial.held_out
    documents = model.preset.documents
    seen, _ = training_and_held_out(
        documents.model_copy(update={"undersample": None}), model.preset.encoder, model.split
    )
    count = min(HEAD_PER_GROUP, int(np.bincount(seen.labels).min()))
    seen = seen.at(first_of_each(seen.labels, count, model.split))
    factor = min(
        UNDERSAMPLING, count / 3
    )  # three texts of it at least: a head's penalty is cross-validated in three parts
    features, judged = embed(trained.network, seen.texts), embed(trained.network, held_out.texts)
    undersampled = documents.undersample
    heads = [None, *(range(len(seen.groups)) if undersampled is None else [undersampled.target])]
    predictions = [head_predictions(features, seen.labels, judged, model.split, target, factor) for target in heads]
    parts = np.split(trained.losses, trained.looks[:-1])
    return {
        "embeddings": principal_directions(judged, steps),
        "labels": held_out.labels.astype(np.uint8),
        "truth": held_out.labels.astype(np.uint8),
        "heads": np.array([-1 if target is None else target for target in heads], np.int8),
        "predictions": np.array(predictions, np.uint8),
        "looks": trained.looks,
        "cosines": trained.cosines.astype(np.float32),
        "losses": np.array([part.mean() for part in parts], np.float32),
        "pace": np.array([trained.subwords, trained.seconds], np.float32),
    }
