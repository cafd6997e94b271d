"""Trained models as claims use them: one small record of measurements each, kept, shared between claims, and committed.

A record is found among the committed ones, then in the run's own store; else the model is trained there (resumable) and
measured. Its name holds the digest of its settings, seeds, training data and recipe versions (`recipes`), so that records
outlive changes that do not touch what they mean. Versions of libraries, device and threads move a trained network by rounding
only: they, the processor and the date are written into the record (`made`) and are no part of its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from filelock import FileLock, Timeout

from contrastive_claims.experiments.data.sources import Dataset, checksum_of
from contrastive_claims.experiments.ledger import keys, records
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.experiments.models.recipes import recipe
from contrastive_claims.experiments.models.shared import arrays_digest, whole
from contrastive_claims.experiments.training.encoders import Network
from contrastive_claims.experiments.training.precision import taken_precision
from contrastive_claims.experiments.training.presets import Preset
from contrastive_claims.experiments.training.sets import training_and_held_out
from contrastive_claims.experiments.training.trainer import train

MADE = "made"  # the array of a record that says when and with what it was made: JSON text


class Trainable(Protocol):
    """What the store keeps records of: a network of images (Model), or of text (experiments.text.models). Its preset has a
    name and a precision, `key` is the digest of what decides it and a measurement of it, `trial` trains it."""

    @property
    def preset(self) -> Any: ...

    def key(self, measurement: str = "") -> str: ...

    def trial(self, run: Run, folder: Path | None, progress: tuple[int, int]) -> Any: ...

    def __hash__(self) -> int: ...


T = TypeVar("T", bound=Trainable)


@dataclass(frozen=True)
class Model:
    """One network to train: `seed` of weights, views and order, `split` of the training set's own draws."""

    preset: Preset
    seed: int
    split: int

    def __str__(self) -> str:
        return f"{self.preset.name}, seed {self.seed}"

    def key(self, measurement: str = "") -> str:
        return model_key(self, measurement)

    def trial(self, run: Run, folder: Path | None, progress: tuple[int, int]) -> Trial:
        return _trial(self, run, folder, progress)


@dataclass(frozen=True)
class Trial:
    """A trained network with the sets around it: what a measurement takes."""

    model: Model
    network: Network
    training: Dataset
    held_out: Dataset


Measure = Callable[[Any], Mapping[str, np.ndarray]]


def model_key(model: Model, measurement: str = "") -> str:
    """Digest of what decides a network, and a measurement of it.

    Settings that have their default are left out, so that a new setting whose default means "as before" changes no key.
    Precision "auto" has the key of the bfloat16 that presets asked for before: like the device, what it takes on a machine
    moves a network by rounding, and `made` says which it was.
    """
    settings = model.preset.model_dump(mode="json", exclude={"name", "probe"}, exclude_defaults=True)
    if settings.get("precision") == "auto":
        settings["precision"] = "bfloat16"
    return keys.digest(
        {
            "recipe": recipe(model.preset, measurement),
            "preset": settings,
            "seeds": [model.seed, model.split],
            "data": checksum_of(model.preset.data.name),
        }
    )


def record_name(model: Trainable, measure: Measure) -> str:
    """File name of a model's record under one measurement."""
    return f"{model.preset.name}-{measure.__name__}-{model.key(measure.__name__)[:16]}.npz"


def measured(models: Sequence[T], measure: Measure, run: Run) -> dict[T, dict[str, np.ndarray]]:
    """The record of each model under `measure`, trained where there is none yet; equal models once.

    Several processes may ask for the same models: each trains those that no other is training, then waits for the rest.
    Raises DataAbsent without the data, RecordError for a committed record that cannot be read, and what training raises.
    """
    found: dict[T, dict[str, np.ndarray]] = {}
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


def missing(models: Sequence[T], measure: Measure, run: Run) -> list[T]:
    """Those of `models` that have no record yet, each once. Raises RecordError for a committed one that cannot be read."""
    return [model for model in dict.fromkeys(models) if _read(model, measure, run) is None]


def _read(model: Trainable, measure: Measure, run: Run, alone: bool = False) -> dict[str, np.ndarray] | None:
    """The record, committed or the run's own; None for one of the run's own that is damaged. Who holds the model's lock (`alone`)
    sets that aside: another might move the new one away."""
    name = record_name(model, measure)
    for folder in (records.RECORDED / "models", run.store):
        if folder is None:
            continue
        try:
            if stored := whole(records.load_arrays(folder / name), folder):
                _check(stored, folder / name)
                stored.pop(MADE, None)
                return stored
        except records.RecordError as error:
            if folder != run.store:
                raise
            if alone:
                (folder / name).replace(folder / f"{name}.damaged")
                run.progress(0, 0, f"{error}; kept as {name}.damaged, made again")
    return None


def _check(stored: Mapping[str, np.ndarray], path: Path) -> None:
    """Raises RecordError where the arrays are not those that MADE was written for; records before 2026-11-27 have no digest."""
    try:
        told = json.loads(str(stored[MADE])).get("digest", "") if MADE in stored else ""
    except (ValueError, AttributeError) as error:
        raise records.RecordError(f"{path}: does not say how it was made ({error})") from error
    if told and told != arrays_digest(stored, MADE):
        raise records.RecordError(f"{path}: edited since it was written (its digest is another)")


def _locked(
    model: Trainable, measure: Measure, run: Run, patience: float, progress: tuple[int, int]
) -> dict[str, np.ndarray] | None:
    """Train and measure one model, or None if another process is at it and there is no patience to wait."""
    if run.store is None:
        return dict(measure(model.trial(run, None, progress)))
    key = model.key()
    run.store.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(run.store / f"{key[:16]}.lock", timeout=patience):
            if (record := _read(model, measure, run, alone=True)) is not None:
                return record
            record = dict(measure(model.trial(run, run.store / key[:16], progress)))
            told = made(run.device, model.preset, arrays_digest(record))
            records.save_arrays(run.store / record_name(model, measure), {**record, MADE: told})
            return record
    except Timeout:
        return None


def made(device: str, preset: Any, digest: str = "") -> np.ndarray:
    """When a record is made and with what, and the digest of its arrays: JSON text in an array without axes."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    processor = torch.backends.cpu.get_cpu_capability()
    return np.array(
        json.dumps(
            {
                "date": now,
                "versions": dict(keys.versions()),
                "device": device,
                "processor": processor,
                "precision": taken_precision(preset.precision, device),
                "digest": digest,
            }
        )
    )


def made_on(names: Iterable[str], store: Path | None) -> list[str]:
    """When each record of those file names was made (UTC, ISO 8601), among the committed ones or in `store`.

    Raises RecordError for one that is nowhere, cannot be read, or does not say.
    """
    dates = []
    for name in names:
        here = [folder / name for folder in (records.RECORDED / "models", store) if folder and (folder / name).exists()]
        if not here:
            raise records.RecordError(f"{name}: no record of that model")
        try:
            dates.append(str(json.loads(str(records.load_arrays(here[0])[MADE]))["date"]))
        except (records.RecordError, ValueError, KeyError, TypeError) as error:
            raise records.RecordError(f"{here[0]}: does not say when it was made ({error})") from error
    return dates


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
        stop=run.stop,
    )
    return Trial(model, trained.network, training, held_out)
