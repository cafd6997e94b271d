"""Encoders in pairs, as paper B's harms compare them: per seed a balanced one, and others that saw one class undersampled.

The encoders of one seed share the initial weights and the training sample (its split), so that their difference is due to
the undersampling and to the order of the samples. Neighbours are declared by balanced encoders of other seeds, never by
those that are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.harms import harms
from contrastive_claims.experiments.models.store import Model, measured, record_name
from contrastive_claims.experiments.training.presets import Preset, Undersample
from contrastive_claims.theory.harms import (
    Resampled,
    class_cosines,
    hierarchical_bootstrap,
    nearest_class,
    representation_harm,
)

FACTOR = 100.0
SEEDS = (1, 2, 3)
DECLARING_SEEDS = (4, 5)
OTHER_SPLIT = 10  # added to a seed: another sample of the training set, for the controls
REPLICATES = 1000

Record = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Neighbours:
    """cosines [K, K] of classes, mean over the declaring encoders; `nearest` [K] other class of each; `strength` [K], how
    much nearer it is than the next one."""

    cosines: np.ndarray
    nearest: np.ndarray
    strength: np.ndarray

    def strongest(self) -> np.ndarray:
        """Classes by falling strength of their neighbour relation."""
        return np.argsort(-self.strength, kind="stable")

    @property
    def farthest(self) -> np.ndarray:
        """[K]: the other class of smallest mean cosine, for each."""
        return np.where(np.eye(len(self.cosines), dtype=bool), np.inf, self.cosines).argmin(axis=1)

    def away_from(self, own: int) -> int:
        """The class of strongest relation among those that neither are in the pair (own, nearest) nor point into it."""
        pair = {own, int(self.nearest[own])}
        return next(int(k) for k in self.strongest() if not {int(k), int(self.nearest[k])} & pair)


@dataclass(frozen=True)
class Study:
    """Records by paired seed: `balanced` [S], and `harmed` [S] for each undersampled class; `stand_ins` [S]: balanced ones of the
    same initial weights on another sample of the training set, which no undersampling harmed. `names`: of all record files."""

    neighbours: Neighbours
    balanced: Sequence[Record]
    harmed: Mapping[int, Sequence[Record]]
    stand_ins: Sequence[Record]
    names: tuple[str, ...]


def undersampled(preset: Preset, target: int, factor: float) -> Preset:
    """The preset with one class of the training set undersampled."""
    section = Undersample(target=target, factor=factor)
    return preset.model_copy(update={"data": preset.data.model_copy(update={"undersample": section})})


def without_harm(preset: Preset) -> Preset:
    """The preset with a balanced training set."""
    return preset.model_copy(update={"data": preset.data.model_copy(update={"undersample": None})})


def balanced_models(preset: Preset, seeds: Iterable[int] = SEEDS, other: int = 0) -> list[Model]:
    """One balanced model a seed; `other` is added to the split."""
    return [Model(without_harm(preset), seed, seed + other) for seed in seeds]


def harmed_models(preset: Preset, target: int, seeds: Iterable[int] = SEEDS) -> list[Model]:
    """One model a paired seed that sees the class undersampled FACTOR times."""
    return [Model(undersampled(preset, target, FACTOR), seed, seed) for seed in seeds]


def declare(records: Iterable[Record]) -> Neighbours:
    """Neighbours by the records of balanced encoders. Raises ValueError for fewer than three classes."""
    cosines = np.mean([class_cosines(points(record), record["labels"]) for record in records], axis=0)
    if len(cosines) < 3:
        raise ValueError(f"records: a neighbour needs three classes to choose from, got {len(cosines)}")
    nearest = np.array([nearest_class(cosines, k) for k in range(len(cosines))])
    others = np.sort(np.where(np.eye(len(cosines), dtype=bool), -np.inf, cosines), axis=1)
    return Neighbours(cosines, nearest, others[:, -1] - others[:, -2])


def study(run: Run, preset: Preset, classes: Sequence[int]) -> Study:
    """The encoders of `preset`, each of `classes` undersampled in turn."""
    declaring, paired = balanced_models(preset, DECLARING_SEEDS), balanced_models(preset)
    stand_ins = balanced_models(preset, other=OTHER_SPLIT)
    harmed = {target: harmed_models(preset, target) for target in classes}
    wanted = [*declaring, *paired, *stand_ins, *(m for models in harmed.values() for m in models)]
    found = measured(wanted, harms, run)
    return Study(
        declare(found[model] for model in declaring),
        [found[model] for model in paired],
        {target: [found[model] for model in models] for target, models in harmed.items()},
        [found[model] for model in stand_ins],
        names(wanted),
    )


def merged(record: Record, own: int, onto: int) -> Record:
    """The record with the samples of class `own` in the places of as many of class `onto`: a merger, planted for controls.

    Raises ValueError where `onto` has fewer samples.
    """
    here, there = (np.flatnonzero(record["labels"] == k) for k in (own, onto))
    if len(there) < len(here):
        raise ValueError(f"record: class {onto} has {len(there)} samples, too few for the {len(here)} of class {own}")

    def moved(vectors: np.ndarray) -> np.ndarray:
        vectors = vectors.copy()
        vectors[here] = vectors[there[: len(here)]]
        return vectors

    return {**record, **{name: moved(record[name]) for name in ("embeddings", "features") if name in record}}


def names(models: Iterable[Model]) -> tuple[str, ...]:
    """File names of the models' records."""
    return tuple(dict.fromkeys(record_name(model, harms) for model in models))


def points(record: Record) -> np.ndarray:
    """Features [n, F] of the kept held-out samples: what paper B compares, before any projection head."""
    return record["features"] if "features" in record else record["embeddings"]


def compared(record: Record) -> np.ndarray:
    """Embeddings [n, D] of the kept held-out samples that the loss compares: behind the projection head, where there is one."""
    return record["embeddings"]


def harm_rows(
    harmed: Mapping[int, Sequence[Record]],
    balanced: Sequence[Record],
    seed: int,
    layer: Callable[[Record], np.ndarray] = points,
    measure: Callable[..., np.ndarray] = representation_harm,
) -> Resampled:
    """Rows of RH: [S, R, K], one for each undersampled class in the order of `harmed`, and replicates [B, S, R, K].

    `layer` maps a record to the embeddings compared; `seed` draws the resampled test points; `measure` may be
    theory.harms.separation_kept instead.
    """
    labels = balanced[0]["labels"].astype(np.int64)

    def rows(s: int, weights: np.ndarray) -> np.ndarray:
        reference = layer(balanced[s])
        made = [
            measure(layer(records[s]), reference, labels, weights)[..., target, :] for target, records in harmed.items()
        ]
        return np.stack(made, axis=-2)

    return hierarchical_bootstrap(rows, labels, len(balanced), np.random.default_rng(seed), REPLICATES)
