"""Check of what goes by the name RankMe, or effective rank (B32, ours)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from contrastive_claims.experiments.data.sources import load
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.harms import effective_rank, effective_ranks

CASES, SEED = 400, 32
# What is added to the shares of the singular values before the logarithm: 1e-7 by the paper and reptrix, 1e-5 by
# stable-pretraining.
EPSILONS = (1e-7, 1e-5)


def effective_rank_names(run: Run) -> Evidence:
    """B32: RankMe as printed, centred, and of the covariance's eigenvalues, with the participation ratio beside them.

    slack: over CASES random matrices the least of what separates participation from the entropy of eigenvalues, that from RankMe
    centred, and that from the rank, relative. error: RankMe and RankMe centred against singular values of the
    matrix itself (as roots of eigenvalues small ones lose digits).
    digits_...: the four of scikit-learn's digits, unit rows; ratio: the largest of the three that are called RankMe over the
    smallest; epsilon_adds: what the constants that packages add to the shares change of it, relative. Control: singular values
    take the place of eigenvalues, so that two of the three are one.
    """
    generator = np.random.default_rng(SEED)
    slack, error = [], []
    for _ in range(CASES):
        rows, width = int(generator.integers(3, 60)), int(generator.integers(1, 12))
        points = generator.normal(size=(rows, width)) * generator.uniform(size=width) ** 3 + generator.normal(
            size=width
        )
        found = _ranks(points, run.control)
        ordered = np.array([*found[::-1][:3], min(rows - 1, width)])  # participation, entropy, centred, rank
        slack.append(((ordered[1:] - ordered[:-1]) / ordered[1:]).min())
        direct = effective_rank(points), effective_rank(points - points.mean(axis=0))
        error.append(np.abs(np.array(found[:2]) / direct - 1).max())
    images = load("digits").images.reshape(1797, -1).astype(np.float64)
    digits = images / np.linalg.norm(images, axis=1, keepdims=True)
    found = _ranks(digits, run.control)
    values = np.linalg.svd(digits, compute_uv=False)
    shares = values / values.sum()
    added = [np.exp(-((shares + epsilon) * np.log(shares + epsilon)).sum()) / found[0] - 1 for epsilon in EPSILONS]
    names = ("rankme", "rankme_centred", "covariance_entropy", "participation")
    return Evidence(
        {
            "slack": Quantity.exact(min(slack), "relative"),
            "error": Quantity.exact(max(error), "relative"),
            "ratio": Quantity.exact(max(found[:3]) / min(found[:3])),
            "closest_two": Quantity.exact(min(abs(a - b) / b for a, b in pairwise(found[:3])), "relative"),
            "epsilon_adds": Quantity.exact(float(np.abs(added).max()), "relative"),
            **{f"digits_{name}": Quantity.exact(value, "directions") for name, value in zip(names, found, strict=True)},
        },
        seeds=(SEED,),
    )


def _ranks(points: np.ndarray, wrong: bool) -> tuple[float, float, float, float]:
    """(RankMe, centred, entropy of eigenvalues, participation ratio)."""
    found = effective_ranks(points.T @ points / len(points), points.mean(axis=0))
    return (
        found.rankme,
        found.rankme_centred,
        found.rankme_centred if wrong else found.covariance_entropy,
        found.participation,
    )
