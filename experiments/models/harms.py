"""What is kept of a trained network: small arrays from which claims are decided again and again, without the network."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.data.sources import subset
from contrastive_claims.experiments.models.store import Trial
from contrastive_claims.experiments.training.embedding import embed
from contrastive_claims.experiments.training.probe import head_predictions
from contrastive_claims.experiments.training.sets import first_of_each, training_and_held_out
from contrastive_claims.theory.sphere import normalise

KEPT_PER_CLASS = 300  # held-out samples of each class whose embeddings are kept
FEW_PER_CLASS = 100  # of `directions` and `projections`
STEPS = 100  # of a unit length: what is kept of an embedding's entries
UNDERSAMPLING = 100.0  # of the heads, as of the encoders
HEAD_PER_CLASS = 500  # training samples of each class for a linear head: 5 are left of a class undersampled 100 times


def held_out_embeddings(trial: Trial) -> dict[str, np.ndarray]:
    """embeddings [N, D] float32 of the held-out images and their labels [N]."""
    return {
        "embeddings": embed(trial.network, trial.held_out.images, trial.model.preset.method.name)[1],
        "labels": trial.held_out.labels,
    }


def directions(trial: Trial) -> dict[str, np.ndarray]:
    """embeddings, features (where there is a projection head) and labels as in `harms`, without any linear head, of
    FEW_PER_CLASS images of each class: features of a thousand numbers would make records too large."""
    features, embeddings = embed(trial.network, trial.held_out.images, trial.model.preset.method.name)
    kept = first_of_each(trial.held_out.labels, FEW_PER_CLASS, 0)
    projected = not np.array_equal(features, embeddings)
    return {
        "embeddings": principal_directions(embeddings[kept]),
        **({"features": principal_directions(features[kept])} if projected else {}),
        "labels": trial.held_out.labels[kept].astype(np.uint8),
    }


def projections(trial: Trial) -> dict[str, np.ndarray]:
    """embeddings and labels as in `directions`, without the features: where only what the loss compares is asked for."""
    return {name: array for name, array in directions(trial).items() if name != "features"}


def harms(trial: Trial) -> dict[str, np.ndarray]:
    """What B9 to B12 and B14 need of one encoder.

    embeddings [n, .] int8 (see `principal_directions`) and labels [n] uint8: KEPT_PER_CLASS held-out samples of each class;
    features [n, .] int8 where there is a projection head, since without one they are the embeddings.
    truth [N] uint8: labels of the whole held-out set. predictions [H, N] uint8: what heads on the features predict for it,
    heads [H] int8 which class each saw undersampled (UNDERSAMPLING times), -1 for none. An encoder that saw
    class i undersampled gets the heads -1 and i, a balanced one the head -1 and one for every class.

    The heads learn from samples of the training set before undersampling, the same for every encoder of one split.
    """
    model, held_out = trial.model, trial.held_out
    features, embeddings = embed(trial.network, held_out.images, model.preset.method.name)
    kept = first_of_each(held_out.labels, KEPT_PER_CLASS, 0)
    balanced = model.preset.data.model_copy(update={"undersample": None})
    training = training_and_held_out(balanced, model.split)[0]
    training = subset(training, first_of_each(training.labels, HEAD_PER_CLASS, model.split))
    seen = embed(trial.network, training.images, model.preset.method.name)[0]
    undersampled = model.preset.data.undersample
    heads = [None, *(range(training.n_classes) if undersampled is None else [undersampled.target])]
    predictions = [
        head_predictions(seen, training.labels, features, model.split, target, UNDERSAMPLING) for target in heads
    ]
    projected = not np.array_equal(features, embeddings)
    return {
        "embeddings": principal_directions(embeddings[kept]),
        **({"features": principal_directions(features[kept])} if projected else {}),
        "labels": held_out.labels[kept].astype(np.uint8),
        "truth": held_out.labels.astype(np.uint8),
        "heads": np.array([-1 if target is None else target for target in heads], np.int8),
        "predictions": np.array(predictions, np.uint8),
    }


def principal_directions(vectors: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Rows [N, D], as unit vectors in their own principal axes and in units of 1/steps: int8 [N, D] or fewer columns.

    Turning all rows alike changes no cosine, and in principal axes most entries round to numbers that compress well: a third
    of float16's size in a committed record. A row is off by sqrt(D/12)/steps at most as a rule,
    independently of the others: cosines between classes of hundreds move by about .001. Raises ValueError for a zero row.
    """
    unit = normalise(vectors)
    _, _, axes = np.linalg.svd(unit.astype(np.float64), full_matrices=False)
    rounded = np.round(steps * (unit @ axes.T)).astype(np.int8)
    return np.asfortranarray(
        rounded[:, rounded.any(axis=0)]
    )  # axis by axis: the bytes of one axis compress better together
