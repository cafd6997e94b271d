"""Which measure of harm foretells what a balanced head makes of the undersampled class (B34, ours)?"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from contrastive_claims.experiments.claims.harms.pairs import SEEDS, Record, points
from contrastive_claims.experiments.claims.harms.representation import CLASSES, fashion_study
from contrastive_claims.experiments.claims.intervals import student
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Run
from contrastive_claims.theory.harms import class_separation, representation_harm, separation_kept
from contrastive_claims.theory.sphere import normalise

MEASURES = ("RH", "separation_kept", "distance_ratio", "separation")


def measures_of_harm(run: Run) -> Evidence:
    """B34: of each of the ten classes of Fashion-MNIST undersampled, on B9's encoders, the least entry of its row by MEASURES:

    RH                representation_harm, a ratio of 1 - cosine
    separation_kept   the ratio of class_separation
    distance_ratio    the ratio of distances between class means of unit vectors
    separation        class_separation under the undersampled encoder, no ratio

    accuracy_by_...: rank correlation over the ten classes (Spearman) with the accuracy of a balanced linear head on the class
    under that encoder; fall_by_...: with the accuracy that the head does not lose against the balanced encoder, sign turned so
    that above 0 a smaller entry goes with a larger loss. Means over seeds with Student's 95 % interval.

    Control: the order of the accuracies is reversed.
    """
    found, own, _, _ = fashion_study(run)
    labels = found.balanced[0]["labels"].astype(np.int64)
    values = np.empty((len(MEASURES), len(SEEDS), len(own)))
    accuracy, lost = np.empty((2, len(SEEDS), len(own)))
    for s, reference in enumerate(found.balanced):
        for k in own:
            harmed = found.harmed[k][s]
            values[:, s, k] = least_of_each(points(harmed), points(reference), labels, k)
            accuracy[s, k] = recognised(harmed, k)
            lost[s, k] = recognised(reference, k) - accuracy[s, k]
    turned = -1.0 if run.control else 1.0
    numbers = {}
    for name, row in zip(MEASURES, values, strict=True):
        numbers[f"accuracy_by_{name}"] = student(rank_correlations(row, turned * accuracy), "rank correlation")
        numbers[f"fall_by_{name}"] = student(rank_correlations(row, -turned * lost), "rank correlation")
    return Evidence(
        numbers,
        arrays={
            "names": np.array(CLASSES),
            "measures": np.array(MEASURES),
            "values": values,
            "accuracy": accuracy,
            "lost": lost,
        },
        seeds=SEEDS,
        models=found.names,
    )


def least_of_each(harmed: np.ndarray, balanced: np.ndarray, labels: np.ndarray, own: int) -> list[float]:
    """The least entry of class `own`'s row, itself left out, by each of MEASURES."""
    rows = (
        representation_harm(harmed, balanced, labels)[own],
        separation_kept(harmed, balanced, labels)[own],
        distances_of_means(harmed, labels, own)
        / np.where(np.arange(labels.max() + 1) == own, 1, distances_of_means(balanced, labels, own)),
        class_separation(harmed, labels)[own],
    )
    return [float(np.delete(row, own).min()) for row in rows]


def distances_of_means(vectors: np.ndarray, labels: np.ndarray, own: int) -> np.ndarray:
    """[K]: Euclidean distance of each class's mean unit vector from that of class `own`."""
    unit = normalise(vectors.astype(np.float64), name="embeddings")
    means = np.stack([unit[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return np.linalg.norm(means - means[own], axis=1)


def recognised(record: Record, own: int) -> float:
    """Share of class `own`'s held-out images that the balanced head on this encoder recognises."""
    (head,) = np.flatnonzero(record["heads"] == -1)
    return float((record["predictions"][head][record["truth"] == own] == own).mean())


def rank_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """[S]: Spearman's rank correlation along the last axis of arrays [S, K]; equal values share their ranks."""
    ranks = [rankdata(part, axis=-1) - (part.shape[-1] + 1) / 2 for part in (first, second)]
    return (ranks[0] * ranks[1]).sum(-1) / np.sqrt((ranks[0] ** 2).sum(-1) * (ranks[1] ** 2).sum(-1))
