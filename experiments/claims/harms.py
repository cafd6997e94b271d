"""Checks of paper B's harms on real data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from experiments import keys, records
from experiments.claims.intervals import student
from experiments.data.bias import balanced_split, undersample
from experiments.data.sources import Dataset, load
from experiments.ledger import Evidence, Quantity, Run
from experiments.training.presets import Preset, load_preset
from experiments.training.trainer import embed, train
from theory.harms import class_cosines, nearest_class, representation_harm

DIGITS = (1, 2)
FACTOR = 20.0
# The preset was chosen on seeds from 100 on. These were run once, afterwards: the paired seeds of the claim, those of
# the encoders that declare the neighbours, and those of the control's second balanced encoders.
SEEDS, NEIGHBOUR_SEEDS, CONTROL_SEEDS = (1, 2, 3, 4, 5), (6, 7, 8, 9, 10), (11, 12, 13, 14, 15)


@dataclass(frozen=True)
class Model:
    """One encoder to train: `split` is the seed of the held-out set (and of what an undersampled class keeps), `seed`
    that of weights, views and order; `undersampled` is a class, or None for the balanced training set."""

    split: int
    seed: int
    undersampled: int | None = None

    def __str__(self) -> str:
        kind = "balanced" if self.undersampled is None else f"class {self.undersampled} undersampled"
        return f"encoder {self.seed}, {kind}"


def representation_harm_digits(run: Run) -> Evidence:
    """B9, quick form: an undersampled digit moves towards its neighbour, more than towards the other digits.

    Per paired seed one balanced encoder and one per undersampled digit, with the same split, initial weights and view
    seed. A digit's neighbour is the class of largest mean cosine over balanced encoders of other seeds. Rows of RH on the
    held-out, class-balanced images; `neighbour_minus_next` compares the mean row's entries, `neighbour_minus_rest` has
    Student's 95 % interval over the paired seeds. Control ("balanced"): the undersampled encoder is replaced by a
    balanced one of another seed. Raises ValueError for another variant.
    """
    if run.variant not in ("", "balanced"):
        raise ValueError(f"variant: must be '' or 'balanced', got {run.variant!r}")
    preset = load_preset("digits")
    data = load(preset.data)

    def harmed(k: int, digit: int) -> Model:
        return Model(SEEDS[k], CONTROL_SEEDS[k]) if run.variant else Model(SEEDS[k], SEEDS[k], digit)

    judges = [Model(seed, seed) for seed in NEIGHBOUR_SEEDS]
    balanced = [Model(seed, seed) for seed in SEEDS]
    pairs = {(k, digit): harmed(k, digit) for k in range(len(SEEDS)) for digit in DIGITS}
    models = list(dict.fromkeys([*judges, *balanced, *pairs.values()]))
    embeddings = {}
    for done, model in enumerate(models):
        embeddings[model] = held_out_embeddings(model, preset, data, run)
        run.progress(done + 1, len(models), str(model))

    cosines = np.mean([class_cosines(*embeddings[model]) for model in judges], axis=0)
    numbers, neighbours, rows = {}, [], []
    for digit in DIGITS:
        neighbour = nearest_class(cosines, digit)
        harm = np.empty((len(SEEDS), data.n_classes))
        for k, reference in enumerate(balanced):
            points, labels = embeddings[pairs[k, digit]]
            harm[k] = representation_harm(points, embeddings[reference][0], labels)[digit]
        for name, quantity in row_quantities(harm, digit, neighbour).items():
            numbers[f"digit_{digit}_{name}"] = quantity
        neighbours.append(neighbour)
        rows.append(harm)
    return Evidence(
        numbers,
        arrays={
            "classes": np.array(DIGITS),
            "neighbours": np.array(neighbours),
            "rows": np.array(rows),
            "cosines": cosines[list(DIGITS)],
        },
        seeds=SEEDS,
    )


def row_quantities(rows: np.ndarray, index: int, neighbour: int) -> dict[str, Quantity]:
    """What B9 says of row `index` of RH over paired seeds, rows [S, K]: see representation_harm_digits."""
    rest = [k for k in range(rows.shape[1]) if k not in (index, neighbour)]
    mean = rows.mean(axis=0)
    difference = rows[:, neighbour] - rows[:, rest].mean(axis=1)
    return {
        "neighbour": Quantity.exact(neighbour, "class"),
        "neighbour_harm": Quantity.exact(mean[neighbour], "RH"),
        "neighbour_minus_next": Quantity.exact(mean[neighbour] - mean[rest].min(), "RH"),
        "neighbour_minus_rest": student(difference, "RH"),
    }


def held_out_embeddings(model: Model, preset: Preset, data: Dataset, run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings [N, D] and labels [N] of the model's held-out images: from the run's store, or trained and kept there."""
    training, held_out = balanced_split(data.labels, preset.held_out_per_class, model.split)
    labels = data.labels[held_out]

    def measured() -> np.ndarray:
        chosen = training
        if model.undersampled is not None:
            chosen = training[undersample(data.labels[training], model.undersampled, FACTOR, model.split)]
        trained = train(preset, data.images[chosen], model.seed, device=run.device)
        return embed(trained.encoder, data.images[held_out])

    if run.store is None:
        return measured(), labels
    return kept(run.store / f"{model_key(model, preset, data, run.device)}.npz", measured), labels


def model_key(model: Model, preset: Preset, data: Dataset, device: str) -> str:
    """Digest of all that a model's embeddings depend on."""
    return keys.digest(
        {
            "code": keys.fingerprint(["experiments.training.trainer", "experiments.data.bias"]),
            "preset": preset.model_dump(),
            "data": data.checksum,
            "model": [model.split, model.seed, model.undersampled, None if model.undersampled is None else FACTOR],
            "versions": dict(keys.versions()),
            "device": device,
            "threads": torch.get_num_threads(),
        }
    )


def kept(path: Path, measured: Callable[[], np.ndarray]) -> np.ndarray:
    """The array in `path`, measured and written there (atomically, without pickle) if there is none yet.

    Raises ValueError if the file is there but cannot be read.
    """
    try:
        stored = records.load_arrays(path)
    except records.RecordError as error:
        raise ValueError(f"{error}; delete it to train again") from error
    if not stored:
        stored = {"embeddings": measured()}
        records.save_arrays(path, stored)
    return stored["embeddings"]
