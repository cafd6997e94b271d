"""Our prediction from the block model on real data: representation harm against the temperature, on Fashion-MNIST (B14)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import itemgetter

import numpy as np

from contrastive_claims.experiments.claims.harms import published_numbers as published
from contrastive_claims.experiments.claims.harms.pairs import (
    SEEDS,
    Record,
    balanced_models,
    compared,
    harm_rows,
    harmed_models,
    merged,
    names,
)
from contrastive_claims.experiments.claims.harms.representation import PRESET
from contrastive_claims.experiments.claims.intervals import applied, limits, over_seeds, student
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Run
from contrastive_claims.experiments.models.harms import harms
from contrastive_claims.experiments.models.store import measured
from contrastive_claims.experiments.training.presets import Preset, load_preset, with_settings
from contrastive_claims.theory.blockmodel.limits import harm_in_the_limit
from contrastive_claims.theory.harms import Resampled, class_cosines, representation_harm, separation_kept

BOOT, SNEAKER = 9, 7
TEMPERATURES = (0.1, 0.2, 0.5, 1.0)
RATIO = 0.4 / 0.95  # connections of paper B's block model: alpha over p


def harm_against_temperature(run: Run) -> Evidence:
    """B14: RH(ankle boot, sneaker), boots undersampled 100 times, at tau = .1, .2, .5 and 1, three paired seeds.

    Each temperature has balanced encoders of its own; RH compares the embeddings that the loss compares.

    slope_per_doubling     least-squares slope of RH against log2 tau
    distance_gained        |1 - RH| at tau = 1 minus that at tau = .1: above 0 when RH comes nearer to 1
    harm_at_<tau>          RH
    kept_at_<tau>          how much of the pair's separation is kept (theory.harms.separation_kept)
    step_<tau>_to_<next>   RH at the next higher temperature minus that at tau: below 0 where it falls with the temperature
    balanced_cosine_at_<tau>, undersampled_cosine_at_<tau>    of boots and sneakers, that RH compares; Student's interval

    Control: at the lowest temperature boots are merged with sneakers (pairs.merged).
    """
    presets = {tau: preset_at(tau) for tau in TEMPERATURES}
    models = {tau: (balanced_models(preset), harmed_models(preset, BOOT)) for tau, preset in presets.items()}
    wanted = [model for pair in models.values() for part in pair for model in part]
    found = measured(wanted, harms, run)
    pairs: list[tuple[list[Record], list[Record]]] = [
        ([found[m] for m in balanced], [found[m] for m in harmed]) for balanced, harmed in models.values()
    ]
    if run.control:
        lowest, harmed = pairs[0]
        pairs[0] = lowest, [merged(record, BOOT, SNEAKER) for record in harmed]

    rows = over_temperatures(pairs, representation_harm)
    harm = applied(lambda r: r[..., SNEAKER], rows)
    kept = applied(lambda r: r[..., SNEAKER], over_temperatures(pairs, separation_kept))
    cosines = np.array([[[cosine_of_the_pair(record) for record in part] for part in pair] for pair in pairs])
    numbers = {
        "slope_per_doubling": over_seeds(applied(slope_per_doubling, harm), "RH"),
        "distance_gained": over_seeds(applied(distance_gained, harm), "RH"),
    }
    for k, tau in enumerate(TEMPERATURES):
        numbers[f"harm_at_{tau:g}"] = over_seeds(applied(itemgetter((..., k)), harm), "RH")
        numbers[f"kept_at_{tau:g}"] = over_seeds(applied(itemgetter((..., k)), kept), "separation")
        numbers[f"balanced_cosine_at_{tau:g}"] = student(cosines[k, 0], "cosine")
        numbers[f"undersampled_cosine_at_{tau:g}"] = student(cosines[k, 1], "cosine")
    steps = applied(lambda v: np.diff(v, axis=-1), harm)
    for k, (low, high) in enumerate(pairwise(TEMPERATURES)):
        numbers[f"step_{low:g}_to_{high:g}"] = over_seeds(applied(itemgetter((..., k)), steps), "RH")
    rest = np.delete(rows.estimates, (BOOT, SNEAKER), axis=-1).mean(axis=-1)
    return Evidence(
        numbers,
        arrays={
            "temperatures": np.array(TEMPERATURES),
            "seeds": harm.estimates,
            "interval": limits(harm),
            "kept": limits(kept),
            "rest": rest.mean(axis=0),
            "cosines": cosines,
            "predicted": np.array([harm_in_the_limit(RATIO, tau) for tau in TEMPERATURES]),
            "published_temperatures": np.array([0.5, 0.2]),
            "published": np.array([published.SIMCLR, published.BCL]),
        },
        seeds=SEEDS,
        models=names(wanted),
    )


def preset_at(temperature: float) -> Preset:
    """The preset of B9 at a temperature."""
    base = load_preset(PRESET)
    return (
        base if temperature == base.method.temperature else with_settings(base, [f"method.temperature={temperature}"])
    )


def over_temperatures(
    pairs: Sequence[tuple[Sequence[Record], Sequence[Record]]], measure: Callable[..., np.ndarray]
) -> Resampled:
    """Rows of RH (or of another measure) of the boots at every temperature, [S, T, K], and replicates: the resampled test
    points are the same at every temperature."""
    rows = [harm_rows({BOOT: harmed}, balanced, 14, compared, measure) for balanced, harmed in pairs]
    estimates = np.concatenate([row.estimates for row in rows], axis=-2)
    return Resampled(estimates, np.concatenate([row.replicates for row in rows], axis=-2))


def cosine_of_the_pair(record: Record) -> float:
    """Mean cosine of boots and sneakers, that RH compares."""
    return class_cosines(compared(record), record["labels"])[BOOT, SNEAKER]


def slope_per_doubling(values: np.ndarray) -> np.ndarray:
    """Least-squares slope of values [..., T] against log2 of TEMPERATURES."""
    octaves = np.log2(TEMPERATURES) - np.log2(TEMPERATURES).mean()
    return values @ octaves / (octaves**2).sum()


def distance_gained(values: np.ndarray) -> np.ndarray:
    """|1 - RH| at the highest temperature minus that at the lowest, of values [..., T]."""
    distance = abs(1 - values)
    return distance[..., -1] - distance[..., 0]
