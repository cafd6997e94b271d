"""What is kept of an encoder trained on biased data, or compared by its accuracy: see `measurements` for the rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from contrastive_claims.experiments.data.sources import Dataset
from contrastive_claims.experiments.models.store import Trial
from contrastive_claims.experiments.training.embedding import embed
from contrastive_claims.experiments.training.presets import CLASSIFIERS
from contrastive_claims.experiments.training.probe import linear_probe
from contrastive_claims.experiments.training.sets import first_of_each
from contrastive_claims.theory.harms import neural_collapse
from contrastive_claims.theory.margins import anchor_margins, eps_sup_infonce, pair_distances
from contrastive_claims.theory.sphere import normalise

# C of the probe, given and not chosen: cross-validation among biased samples would choose it by how well they keep the bias
PENALTY = 1.0
BINS, DISTANCE_ANCHORS = 80, 100  # of the distances; anchors per class
BATCHES, PER_CLASS = 2, 25  # of the anchors whose losses and margins are kept, from each of the two sets
TEMPERATURE, EPSILON = 0.1, 0.5  # of the loss that bounds their margins, whatever loss trained the encoder


def probed(trial: Trial) -> dict[str, np.ndarray]:
    """predictions [N] uint8 of a linear probe on the training set's features, and truth [N] uint8, for the held-out set."""
    network, method = trial.network, trial.model.preset.method.name
    seen, features = (embed(network, data.images, method)[0] for data in (trial.training, trial.held_out))
    head = linear_probe(seen, trial.training.labels, trial.model.split, (PENALTY,))
    return {
        "predictions": head.predict(features).astype(np.uint8),
        "truth": trial.held_out.labels.astype(np.uint8),
    }


def probe_hits(trial: Trial) -> dict[str, np.ndarray]:
    """Where `probed` is right, in a fifth of its bytes: hits [ceil(N/8)] uint8, one bit for each held-out image in the order of
    the classes; sizes [K]: images of each class."""
    return _hits(probed(trial))


def classifier_hits(trial: Trial) -> dict[str, np.ndarray]:
    """Where `classified` is right, as `probe_hits` keeps it."""
    return _hits(classified(trial))


def classified(trial: Trial) -> dict[str, np.ndarray]:
    """predictions [N] uint8 of the network's own classifier for the held-out set; truth [N] uint8.

    Raises ValueError for a method without a classifier.
    """
    name = trial.model.preset.method.name
    if name not in CLASSIFIERS:
        raise ValueError(f"method.name: {name} has no classifier of its own; `probed` puts one behind it")
    features, _ = embed(trial.network, trial.held_out.images, name)
    with torch.no_grad():
        logits = trial.network.head(torch.from_numpy(features).to(next(trial.network.parameters()).device))
    return {
        "predictions": logits.argmax(1).cpu().numpy().astype(np.uint8),
        "truth": trial.held_out.labels.astype(np.uint8),
    }


def _hits(record: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    order = np.argsort(record["truth"], kind="stable")
    right = (record["predictions"] == record["truth"])[order]
    return {"hits": np.packbits(right), "sizes": np.bincount(record["truth"])}


def debiasing(trial: Trial) -> dict[str, np.ndarray]:
    """What A15, A18, A22 and A23 need of one encoder; the first axis of all but the first four: training set, held-out set.

    predictions [N] uint8: of a linear probe that learned from the features of the whole, biased training set, for the
    held-out set; nearest [N] uint8: the class whose training mean direction is nearest to the embedding. truth, bias [N]
    uint8 of the held-out samples.
    counts [2, 4, BINS] int64, mean and deviation [2, 4]: squared distances in the four sets of pairs
    (theory.margins.pair_distances), between DISTANCE_ANCHORS samples of each class and all others of their set.
    excess, worst, average [2, A] float32: of each anchor in BATCHES batches, PER_CLASS samples of each class, its
    eps-SupInfoNCE + eps, and its worst and mean margin in logits at TEMPERATURE and EPSILON, computed in float64.
    collapse [2, 4]: NC1, NC2 of norms and of angles, NC3 with the probe's weights (theory.harms.neural_collapse).

    Raises ValueError for data without a bias attribute.
    """
    method, split = trial.model.preset.method.name, trial.model.split
    sets = (trial.training, trial.held_out)
    made = [embed(trial.network, data.images, method) for data in sets]
    (seen, directions), (features, asked) = made
    labels = trial.training.labels
    head = linear_probe(seen, labels, split, (PENALTY,))
    unit = normalise(directions)
    means = normalise(np.stack([unit[labels == k].mean(axis=0) for k in range(trial.training.n_classes)]))
    spread = [distances(embeddings, data, split) for (_, embeddings), data in zip(made, sets, strict=True)]
    anchors = [losses_and_margins(embeddings, data, split) for (_, embeddings), data in zip(made, sets, strict=True)]
    collapsed = [
        neural_collapse(normalise(points.astype(np.float64)), data.labels, head.weights)
        for (points, _), data in zip(made, sets, strict=True)
    ]
    return {
        "predictions": head.predict(features).astype(np.uint8),
        "nearest": (asked @ means.T).argmax(axis=1).astype(np.uint8),
        "truth": trial.held_out.labels.astype(np.uint8),
        "bias": attribute(trial.held_out).astype(np.uint8),
        "counts": np.stack([found.counts for found in spread]),
        "mean": np.stack([found.mean for found in spread]),
        "deviation": np.stack([found.deviation for found in spread]),
        "excess": np.stack([found[0] for found in anchors]),
        "worst": np.stack([found[1] for found in anchors]),
        "average": np.stack([found[2] for found in anchors]),
        "collapse": np.array(collapsed, np.float64),
    }


def distances(embeddings: np.ndarray, data: Dataset, seed: int):  # noqa: ANN201
    """theory.margins.Distances of DISTANCE_ANCHORS samples of each class to all others, drawn by `seed`."""
    anchors = first_of_each(data.labels, DISTANCE_ANCHORS, seed)
    return pair_distances(embeddings, data.labels, attribute(data), anchors, BINS)


def losses_and_margins(embeddings: np.ndarray, data: Dataset, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(loss + eps, worst margin, mean margin) of BATCHES x PER_CLASS x K anchors, [A] float32 each: every batch holds
    PER_CLASS samples of each of the K classes, so that the optimum of its loss is known (claim A12).

    loss + eps and not the loss is kept: it keeps its precision in float32 where it is nearly 0.
    """
    chosen = first_of_each(data.labels, BATCHES * PER_CLASS, seed)
    order = np.argsort(data.labels[chosen], kind="stable").reshape(data.n_classes, BATCHES, PER_CLASS)
    parts = []
    for batch in range(BATCHES):
        places = chosen[order[:, batch].ravel()]
        points, labels = torch.from_numpy(embeddings[places]).double(), torch.from_numpy(data.labels[places])
        losses = eps_sup_infonce(points, labels, TEMPERATURE, EPSILON, reduction="none")
        margins = anchor_margins(points, labels, TEMPERATURE)
        parts.append([(losses + EPSILON).numpy(), margins.worst.numpy(), margins.mean.numpy()])
    excess, worst, average = np.concatenate(parts, axis=1).astype(np.float32)
    return excess, worst, average


def attribute(data: Dataset) -> np.ndarray:
    """The bias attribute [N]. Raises ValueError where there is none."""
    if data.bias is None:
        raise ValueError(f"bias: {data.name} has no bias attribute, so nothing can be debiased")
    return data.bias
