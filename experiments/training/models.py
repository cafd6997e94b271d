"""Trained models as claims use them: one small record of measurements each, kept, shared between claims, and committed.

A record is found among the committed ones, then in the run's own store; else the model is trained there (resumable) and
measured. Its key is narrow on purpose, so that records outlive changes elsewhere: the settings, the seeds, the training
data and the syntax of just those modules that decide what a network becomes and what is measured of it. Versions, device
and threads move a trained network by rounding only and are recorded beside it, not part of the key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from experiments import keys, records
from experiments.data.sources import Dataset, checksum_of
from experiments.ledger import Run
from experiments.training.encoders import Network
from experiments.training.presets import Preset
from experiments.training.sets import training_and_held_out
from experiments.training.trainer import train

TRAINING = (
    *(f"experiments.data.{name}" for name in ("bias", "corruptions")),
    *(
        f"experiments.training.{name}"
        for name in (
            "augment", "batches", "boosting", "colour", "draws", "embedding", "encoders", "geometry", "methods", "optimisers",
            "sets", "streams", "trainer",
        )
    ),
    *(f"theory.margins.{name}" for name in ("debiasing", "inputs", "losses", "pairs", "tiles")),
    "theory.sphere",
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """One network to train: `seed` of weights, views and order, `split` of the training set's own draws."""

    preset: Preset
    seed: int
    split: int

    def __str__(self) -> str:
        return f"{self.preset.name}, seed {self.seed}"


@dataclass(frozen=True)
class Trial:
    """A trained network with the sets around it: what a measurement takes."""

    model: Model
    network: Network
    training: Dataset
    held_out: Dataset


Measure = Callable[[Trial], Mapping[str, np.ndarray]]


def model_key(model: Model, *modules: str) -> str:
    """Digest of what decides a network, and of `modules`, which measure it."""
    return keys.digest(
        {
            "code": _code((*TRAINING, *modules)),
            "preset": model.preset.model_dump(exclude={"name", "probe"}),
            "seeds": [model.seed, model.split],
            "data": checksum_of(model.preset.data.name),
        }
    )


@lru_cache
def _code(modules: tuple[str, ...]) -> str:
    return keys.syntax(modules)


def record_name(model: Model, measure: Measure) -> str:
    """File name of a model's record under one measurement."""
    return f"{model.preset.name}-{measure.__name__}-{model_key(model, measure.__module__)[:16]}.npz"


def measured(models: Sequence[Model], measure: Measure, run: Run) -> dict[Model, dict[str, np.ndarray]]:
    """The record of each model under `measure`, trained where there is none yet; equal models once.

    Several processes may ask for the same models: each trains those that no other is training, then waits for the rest.
    Raises DataAbsent without the data, ValueError for a record that cannot be read, and what training raises.
    """
    found: dict[Model, dict[str, np.ndarray]] = {}
    waiting = list(dict.fromkeys(models))
    total = len(waiting)
    for patience in (0.0, -1.0):  # first whoever is free, then in turn
        for model in list(waiting):
            record = _read(model, measure, run)
            if record is None:
                record = _locked(model, measure, run, patience, (len(found), total))
            if record is not None:
                found[model] = record
                waiting.remove(model)
                run.progress(len(found), total, str(model))
    return found


def _read(model: Model, measure: Measure, run: Run) -> dict[str, np.ndarray] | None:
    name = record_name(model, measure)
    for folder in (records.RECORDED / "models", run.store):
        if folder is not None:
            try:
                if stored := records.load_arrays(folder / name):
                    return stored
            except records.RecordError as error:
                raise ValueError(f"{error}; delete it to train again") from error
    return None


def _locked(
    model: Model, measure: Measure, run: Run, patience: float, progress: tuple[int, int]
) -> dict[str, np.ndarray] | None:
    """Train and measure one model, or None if another process is at it and there is no patience to wait."""
    if run.store is None:
        return dict(measure(_trial(model, run, None, progress)))
    key = model_key(model)
    run.store.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(run.store / f"{key[:16]}.lock", timeout=patience):
            if (record := _read(model, measure, run)) is not None:
                return record
            record = dict(measure(_trial(model, run, run.store / key[:16], progress)))
            records.save_arrays(run.store / record_name(model, measure), record)
            return record
    except Timeout:
        return None


def _trial(model: Model, run: Run, folder: Path | None, progress: tuple[int, int]) -> Trial:
    training, held_out = training_and_held_out(model.preset.data, model.split)
    trained = train(
        model.preset,
        training,
        model.seed,
        device=run.device,
        folder=folder,
        key=model_key(model),
        report=lambda news: run.progress(
            *progress, f"{model}: step {news.step} of {news.steps}, {news.seconds_left:.0f} s left"
        ),
    )
    return Trial(model, trained.network, training, held_out)
