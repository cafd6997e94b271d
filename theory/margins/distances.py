"""The distributions of distances in the four sets of pairs, over a whole data set: what claim A15 orders, and FairKL matches.

Too many pairs to hold at once: anchors pass in chunks, and only counts and moments stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.sphere import normalise

LARGEST = 4.0  # squared distance of antipodes
MOST_BINS = 10_000_000
PAIRS = 8_000_000  # in memory at once, in float32: 32 MB


@dataclass(frozen=True, eq=False)
class Distances:
    """Squared distances |z_i - z_j|^2 in [0, 4], by set: positives aligned, positives conflicting, negatives aligned,
    negatives conflicting. counts [4, bins] in equal bins of [0, 4]; mean [4] and deviation [4], NaN for an empty set."""

    counts: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray


def pair_distances(
    embeddings: np.ndarray, labels: np.ndarray, bias: np.ndarray, anchors: np.ndarray, bins: int = 80
) -> Distances:
    """Squared distances between each anchor and every other sample, split by label (positive, negative) and bias (aligned,
    conflicting).

    embeddings [N, D], normalised here; labels, bias [N]; anchors [A] indices. All of them as anchors give every ordered
    pair; a random few give an unbiased estimate of it, with all rare samples on the other side. In float32.
    Raises ValueError for shapes that do not fit, an anchor that is no sample, less than one bin, or a bad row.
    """
    if np.ndim(embeddings) != 2 or np.ndim(anchors) != 1:
        raise ValueError(
            f"embeddings, anchors: must be [N, D] and [A], got {np.shape(embeddings)}, {np.shape(anchors)}"
        )
    vectors = normalise(np.asarray(embeddings, np.float32), name="embeddings")
    labels, bias, anchors = np.asarray(labels), np.asarray(bias), np.asarray(anchors)
    count = len(vectors)
    if vectors.ndim != 2 or labels.shape != (count,) or bias.shape != (count,):
        raise ValueError(
            f"embeddings, labels, bias: must be [N, D], [N], [N], got {vectors.shape}, {labels.shape}, {bias.shape}"
        )
    if not len(anchors) or anchors.min() < 0 or anchors.max() >= count:
        raise ValueError(f"anchors: at least one is needed, each an index below {count}")
    if bins < 1:
        raise ValueError(f"bins: must be at least 1, got {bins}")
    if bins > MOST_BINS:
        raise ValueError(f"bins: at most {MOST_BINS:,} are counted, got {bins}")
    counts, sums, squares = np.zeros(4 * bins + 1, np.int64), np.zeros(5), np.zeros(5)
    rows = max(1, PAIRS // count)
    for start in range(0, len(anchors), rows):
        places = anchors[start : start + rows]
        distance = np.clip(2 - 2 * (vectors[places] @ vectors.T), 0, LARGEST)
        kind = 2 * (labels[places, None] != labels) + (bias[places, None] != bias)
        kind[np.arange(len(places)), places] = 4  # with itself
        place = np.minimum((distance * (bins / LARGEST)).astype(np.int64), bins - 1)
        counts += np.bincount(np.where(kind < 4, kind * bins + place, 4 * bins).ravel(), minlength=4 * bins + 1)
        flat, kind = distance.ravel().astype(np.float64), kind.ravel()
        sums += np.bincount(kind, flat, minlength=5)
        squares += np.bincount(kind, flat**2, minlength=5)
    found = counts[:-1].reshape(4, bins)
    with np.errstate(invalid="ignore"):
        mean, second = (total[:4] / found.sum(axis=1) for total in (sums, squares))
    return Distances(found, mean, np.sqrt(np.maximum(second - mean**2, 0)))
