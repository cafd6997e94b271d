"""Checks of paper B's harms on real data."""

from __future__ import annotations

import numpy as np

from experiments.claims.intervals import student
from experiments.ledger.vocabulary import Evidence, Quantity, Run
from experiments.models.harms import held_out_embeddings
from experiments.models.store import Model, measured
from experiments.training.presets import Preset, Undersample, load_preset
from theory.harms import class_cosines, nearest_class, representation_harm

DIGITS = (1, 2)
FACTOR = 20.0
# The preset was chosen on seeds from 100 on. These were run once, afterwards: the paired seeds of the claim, those of
# the encoders that declare the neighbours, and those of the control's second balanced encoders.
SEEDS, NEIGHBOUR_SEEDS, CONTROL_SEEDS = (1, 2, 3, 4, 5), (6, 7, 8, 9, 10), (11, 12, 13, 14, 15)


def undersampled(preset: Preset, target: int, factor: float) -> Preset:
    """The preset with one class of the training set undersampled."""
    section = Undersample(target=target, factor=factor)
    return preset.model_copy(update={"data": preset.data.model_copy(update={"undersample": section})})


def representation_harm_digits(run: Run) -> Evidence:
    """B9, quick form: an undersampled digit moves towards its neighbour, more than towards the other digits.

    Per paired seed one balanced encoder and one per undersampled digit, with the same split, initial weights and view
    seed. A digit's neighbour is the class of largest mean cosine over balanced encoders of other seeds. Rows of RH on the
    held-out, class-balanced images; `neighbour_minus_next` compares the mean row's entries, `neighbour_minus_rest` has
    Student's 95 % interval over the paired seeds. Control: the undersampled encoder is replaced by a
    balanced one of another seed.
    """
    preset = load_preset("digits")

    def harmed(k: int, digit: int) -> Model:
        if run.control:
            return Model(preset, CONTROL_SEEDS[k], SEEDS[k])
        return Model(undersampled(preset, digit, FACTOR), SEEDS[k], SEEDS[k])

    judges = [Model(preset, seed, seed) for seed in NEIGHBOUR_SEEDS]
    balanced = [Model(preset, seed, seed) for seed in SEEDS]
    pairs = {(k, digit): harmed(k, digit) for k in range(len(SEEDS)) for digit in DIGITS}
    found = measured([*judges, *balanced, *pairs.values()], held_out_embeddings, run)

    cosines = np.mean([class_cosines(found[m]["embeddings"], found[m]["labels"]) for m in judges], axis=0)
    numbers, neighbours, rows = {}, [], []
    for digit in DIGITS:
        neighbour = nearest_class(cosines, digit)
        harm = []
        for k, reference in enumerate(balanced):
            below = found[reference]
            harm.append(
                representation_harm(found[pairs[k, digit]]["embeddings"], below["embeddings"], below["labels"])[digit]
            )
        for name, quantity in row_quantities(np.array(harm), digit, neighbour).items():
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
