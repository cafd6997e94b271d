"""Class against bias: distances of pairs of one bias and of different ones, FairKL, and how well the bias can be read off."""

from __future__ import annotations

from typing import Any

import numpy as np

from contrastive_claims.experiments.audit.leaning import share
from contrastive_claims.experiments.audit.numbers import mean_interval
from contrastive_claims.theory.margins.distances import pair_distances
from contrastive_claims.theory.sphere import normalise

SETS = ("positives, same bias", "positives, other bias", "negatives, same bias", "negatives, other bias")
FLOOR = 1e-4  # added to variances, as in fair_kl
PARTS, ANCHORS = 16, 4096


def bias_section(points: np.ndarray, labels: np.ndarray, bias: np.ndarray, seed: int) -> dict[str, Any]:
    """Moments of squared distances in the four sets of pairs, FairKL from them, and a linear probe of the bias, of rows [N, D]
    drawn evenly from the groups (label, bias). Beside each: bias shuffled within classes, and a bias planted as a direction.

    Raises ValueError where one of the four sets is empty.
    """
    generator = np.random.default_rng(seed)
    mixed = _within(bias, labels, generator)
    directions = normalise(generator.normal(size=(int(bias.max()) + 1, points.shape[1]))).astype(np.float32)
    marked = normalise(points + directions[bias])
    found = {
        name: _measured(rows, labels, attribute, seed)
        for name, rows, attribute in (
            ("value", points, bias),
            ("shuffled", points, mixed),
            ("planted", marked, bias),
        )
    }
    numbers = {}
    for name, (value, low, high) in found["value"].items():
        numbers[name] = {
            "value": value,
            "low": low,
            "high": high,
            "shuffled": found["shuffled"][name][0],
            "planted": found["planted"][name][0],
        }
    return {"rows": len(points), "values": int(bias.max()) + 1, "numbers": numbers}


def _measured(points: np.ndarray, labels: np.ndarray, bias: np.ndarray, seed: int) -> dict[str, tuple]:
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(points))[:ANCHORS]
    parts = [pair_distances(points, labels, bias, anchors) for anchors in np.array_split(order, PARTS)]
    means, deviations = np.array([part.mean for part in parts]), np.array([part.deviation for part in parts])
    if not np.isfinite(means).all():
        empty = SETS[int(np.argmax(~np.isfinite(means).all(axis=0)))]
        raise ValueError(f"some anchors have no pair among the {empty}")
    numbers = {}
    for k, name in enumerate(SETS):
        numbers[f"mean of {name}"] = mean_interval(means[:, k], tests=len(SETS))
        numbers[f"deviation of {name}"] = mean_interval(deviations[:, k], tests=len(SETS))
    numbers["FairKL"] = mean_interval(np.array([_fair_kl(m, d) for m, d in zip(means, deviations, strict=True)]))
    numbers["probe of the bias"] = _probe(points, bias, generator)
    return numbers


def _fair_kl(mean: np.ndarray, deviation: np.ndarray) -> float:
    from contrastive_claims.theory.margins import gaussian_kl

    variance = deviation**2 + FLOOR
    return float(sum(gaussian_kl(mean[k], variance[k], mean[k + 1], variance[k + 1]) for k in (0, 2)))


def _probe(points: np.ndarray, bias: np.ndarray, generator: np.random.Generator) -> tuple[float, float, float]:
    """Balanced accuracy of a least-squares head for the bias, learnt on half of the rows and judged on the other half."""
    order = generator.permutation(len(points))
    learn, judged = order[: len(order) // 2], order[len(order) // 2 :]
    count = int(bias.max()) + 1
    weights = 1 / np.bincount(bias[learn], minlength=count).clip(1)[bias[learn]]
    x = np.c_[points, np.ones(len(points))].astype(np.float64)
    moments = x[learn].T @ (x[learn] * weights[:, None])
    head = np.linalg.solve(
        moments + 1e-3 * np.trace(moments) / len(moments) * np.eye(len(moments)),
        x[learn].T @ (np.eye(count)[bias[learn]] * weights[:, None]),
    )
    right = (x[judged] @ head).argmax(axis=1) == bias[judged]
    found = [
        share(int(right[bias[judged] == k].sum()), int((bias[judged] == k).sum())) for k in np.unique(bias[judged])
    ]
    value = float(np.mean([f["value"] for f in found]))
    reach = np.sqrt(np.sum([((f["high"] - f["low"]) / 2) ** 2 for f in found])) / len(found)
    return value, max(0.0, value - float(reach)), min(1.0, value + float(reach))


def _within(bias: np.ndarray, labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    mixed = bias.copy()
    for k in np.unique(labels):
        rows = np.flatnonzero(labels == k)
        mixed[rows] = bias[generator.permutation(rows)]
    return mixed
