"""The population optima of all points at once, with certificates, closed forms, and paper A's side of the same groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from contrastive_claims.experiments.simulate.sweep import Point
from contrastive_claims.theory.blockmodel import minimise_blocks, minimise_populations
from contrastive_claims.theory.blockmodel.limits import ClosedForm, closed_forms, vanishing_cosines
from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.sampling import nearest_sizes

MOST_LIMITS = 200  # points up to which the limits of vanishing blocks are worked out: some milliseconds each
RANK = 1e-6  # eigenvalues above it count


@dataclass(frozen=True, eq=False)
class Optima:
    """Of P points with K blocks: gram [P, K, K], loss, gap, status, rank [P], spreads [P, K]; closed: the first closed form that
    applies at each point, else None; forms: all of them at each point; limits: of each point the cosines that the smallest
    linked block tends to as its share vanishes, [K] with NaN at itself, or None."""

    gram: np.ndarray
    loss: np.ndarray
    gap: np.ndarray
    status: list[str]
    rank: np.ndarray
    spreads: np.ndarray
    closed: list[ClosedForm | None]
    forms: list[tuple[ClosedForm, ...]]
    limits: list[tuple[int, np.ndarray] | None]


def optima(points: Sequence[Point]) -> Optima:
    """The certified optimum of every point."""
    models = [point.model.block_model for point in points]
    temperatures = np.array([point.model.temperature for point in points])
    found = minimise_populations(
        np.array([m.proportions for m in models]), np.array([m.connectivity for m in models]), temperatures
    )
    forms = [closed_forms(m, float(tau)) for m, tau in zip(models, temperatures, strict=True)]
    few = len(points) <= MOST_LIMITS
    return Optima(
        gram=found.gram,
        loss=found.loss,
        gap=found.gap,
        status=[str(one) for one in found.status],
        rank=(np.linalg.eigvalsh(found.gram) > RANK).sum(axis=1),
        spreads=found.multipliers > found.multiplier_errors,
        closed=[next((form for form in some if form.gram is not None), None) for some in forms],
        forms=forms,
        limits=[vanishing(m, float(tau)) if few else None for m, tau in zip(models, temperatures, strict=True)],
    )


def vanishing(model: BlockModel, temperature: float) -> tuple[int, np.ndarray] | None:
    """(k, [K] cosines) of the smallest block with links, as its share alone goes to 0 (claim B19); None where there is no such
    limit: no block with links, or the others cannot stand without it."""
    linked = (model.connectivity - np.diag(np.diag(model.connectivity))).any(axis=1)
    if model.blocks < 2 or not linked.any():
        return None
    k = int(np.flatnonzero(linked)[np.argmin(model.proportions[linked])])
    others = np.delete(np.arange(model.blocks), k)
    shares = model.proportions[others]
    try:
        rest = BlockModel(shares / shares.sum(), model.connectivity[np.ix_(others, others)])
        limits = vanishing_cosines(rest, model.connectivity[k, others], temperature)
    except ValueError:
        return None
    return k, np.insert(limits, k, np.nan)


def of_bias(points: Sequence[Point], gram: np.ndarray) -> list[dict[str, Any]]:
    """Paper A's side of biased groups at cosines [P, K, K]: a conflicting group's cosine with its class and with its bias, the
    mean squared distances of the four sets of pairs, and FairKL."""
    from contrastive_claims.theory.margins.groups import group_distances

    told = []
    for point, one in zip(points, gram, strict=True):
        assert point.model.biased is not None
        classes, model = point.model.biased.classes, point.model.block_model
        labels, bias = np.divmod(np.arange(classes**2), classes)
        distances = group_distances(one, model.proportions, labels, bias)
        kl = distances.fair_kl()
        (a, c), (na, nc) = distances.mean
        conflicting = 1  # class 1 with bias 2; its class's own group is 0, its bias's own group classes + 1
        told.append(
            {
                "cosine_with_class": float(one[conflicting, 0]),
                "cosine_with_bias": float(one[conflicting, classes + 1]),
                "positives_aligned": float(a), "positives_conflicting": float(c),
                "negatives_aligned": float(na), "negatives_conflicting": float(nc),
                "fair_kl_positives": float(kl[0]), "fair_kl_negatives": float(kl[1]),
            }
        )  # fmt: skip
    return told


def of_labels(point: Point) -> dict[str, Any]:
    """Paper A's loss of the classes as labels, over free embeddings: its certified optimum, one vector per class (claim A12)."""
    from contrastive_claims.theory.margins.free import class_objective

    asked, model = point.model.supervised, point.model.block_model
    assert asked is not None
    sizes = nearest_sizes(asked.samples, model.proportions)
    if point.model.biased is not None:
        sizes = sizes.reshape(point.model.biased.classes, -1).sum(axis=1)  # the loss sees classes, not biases
    tau = point.model.temperature
    try:
        objective = class_objective(sizes, tau, asked.epsilon, asked.loss.replace("-", "_"))
    except ValueError as error:
        raise ValueError(f"supervised: {error} of {asked.samples} samples") from None
    found = minimise_blocks(objective, sizes / sizes.sum())
    nearest = np.clip(found.gram, -1, 1) - 3 * np.eye(len(sizes))
    return {
        "sizes": [int(size) for size in sizes],
        "gram": found.gram.tolist(),
        "loss": found.loss,
        "gap": found.gap,
        "status": found.status,
        "margins": ((1 - nearest.max(axis=1)) / tau).tolist(),
    }


def one_vector(point: Point, rank: int, spreads: np.ndarray) -> bool | None:
    """Whether one vector per block is optimal for the nodes too, in the dimension of the graphs (None: not known), or in any
    above the rank."""
    if not spreads.any():
        return True
    dimension = point.model.graphs.dimension if point.model.graphs else rank + 1
    return False if dimension > rank else None
