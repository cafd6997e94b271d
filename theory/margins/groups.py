"""Distances between groups (class y, bias b) that are one point each: the moments of paper A's four sets, and FairKL of them.

Two samples are drawn by the groups' shares, pi_k pi_l; d_kl = 2 - 2 G_kl is their squared distance. Positives share y, aligned
pairs share b. It is what `pair_statistics(pooled=True)` of theory.margins.debiasing tends to for many samples. numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.margins.debiasing import VARIANCE_FLOOR, gaussian_kl


@dataclass(frozen=True, eq=False)
class GroupDistances:
    """Moments of squared distances, [..., positive | negative, aligned | conflicting] (NaN for a set without pairs)."""

    mean: np.ndarray
    variance: np.ndarray

    def fair_kl(self, floor: float = VARIANCE_FLOOR) -> np.ndarray:
        """[..., positives | negatives] KL of the aligned set's Gaussian from the conflicting one's (claim A16), `floor` added to
        every variance."""
        variance = self.variance + floor
        return gaussian_kl(self.mean[..., 0], variance[..., 0], self.mean[..., 1], variance[..., 1])


def group_distances(gram: np.ndarray, proportions: np.ndarray, labels: np.ndarray, bias: np.ndarray) -> GroupDistances:
    """The moments of the four sets at cosines [..., K, K] of K groups, of shares [..., K], with class and bias [K].

    Raises ValueError where they disagree in K.
    """
    gram, shares = np.asarray(gram, dtype=float), np.asarray(proportions, dtype=float)
    labels, bias = np.asarray(labels), np.asarray(bias)
    if not gram.shape[-1] == gram.shape[-2] == shares.shape[-1] == len(labels) == len(bias):
        raise ValueError(
            f"gram {gram.shape}, proportions {shares.shape}, {len(labels)} labels and {len(bias)} biases disagree"
        )
    distances, pairs = 2 - 2 * gram, shares[..., :, None] * shares[..., None, :]
    positive, aligned = labels[:, None] == labels, bias[:, None] == bias
    means, variances = [], []
    for same_class in (positive, ~positive):
        for same_bias in (aligned, ~aligned):
            weights = pairs * (same_class & same_bias)
            total = weights.sum((-1, -2))
            with np.errstate(invalid="ignore"):
                mean = (weights * distances).sum((-1, -2)) / total
                spread = (weights * (distances - mean[..., None, None]) ** 2).sum((-1, -2)) / total
            means.append(mean)
            variances.append(spread)
    shape = (*gram.shape[:-2], 2, 2)
    return GroupDistances(np.stack(means, -1).reshape(shape), np.stack(variances, -1).reshape(shape))
