"""Our prediction from the block model on real data: representation harm against the temperature, on Fashion-MNIST (B14)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from experiments.claims.harms import published_numbers as published
from experiments.claims.harms.pairs import SEEDS, Record, balanced_models, harm_rows, harmed_models, names
from experiments.claims.harms.representation import PRESET
from experiments.claims.intervals import applied, limits, over_seeds, student
from experiments.ledger.vocabulary import Evidence, Run
from experiments.models.harms import harms
from experiments.models.store import measured
from experiments.training.presets import load_preset, with_settings
from theory.blockmodel.limits import harm_in_the_limit
from theory.harms import Resampled, class_cosines, representation_harm, separation_kept

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

    Control: the encoders of tau = .5 stand at every temperature, so that nothing depends on it.
    """
    base = load_preset(PRESET)
    presets = {tau: base if run.control else with_settings(base, [f"method.temperature={tau}"]) for tau in TEMPERATURES}
    models = {tau: (balanced_models(preset), harmed_models(preset, BOOT)) for tau, preset in presets.items()}
    found = measured([m for pair in models.values() for part in pair for m in part], harms, run)

    def over_temperatures(measure: Callable[..., np.ndarray]) -> Resampled:
        """[S, T, K] and its replicates: the resampled test points are the same at every temperature."""
        rows = [
            harm_rows({BOOT: [found[m] for m in harmed]}, [found[m] for m in balanced], 14, _compared, measure)
            for balanced, harmed in models.values()
        ]
        return Resampled(
            np.concatenate([r.estimates for r in rows], axis=-2), np.concatenate([r.replicates for r in rows], axis=-2)
        )

    curve = over_temperatures(representation_harm)
    harm = applied(lambda r: r[..., SNEAKER], curve)
    kept = applied(lambda r: r[..., SNEAKER], over_temperatures(separation_kept))
    octaves = np.log2(TEMPERATURES)
    weights = (octaves - octaves.mean()) / ((octaves - octaves.mean()) ** 2).sum()
    cosines = np.array(
        [
            [[class_cosines(_compared(found[m]), found[m]["labels"])[BOOT, SNEAKER] for m in part] for part in pair]
            for pair in models.values()
        ]
    )
    rest = np.delete(curve.estimates, (BOOT, SNEAKER), axis=-1).mean(axis=-1)
    return Evidence(
        {
            "slope_per_doubling": over_seeds(applied(lambda v: v @ weights, harm), "RH"),
            "distance_gained": over_seeds(applied(lambda v: abs(1 - v[..., -1]) - abs(1 - v[..., 0]), harm), "RH"),
        }
        | {
            f"harm_at_{tau:g}": over_seeds(applied(lambda v, k=k: v[..., k], harm), "RH")
            for k, tau in enumerate(TEMPERATURES)
        }
        | {
            f"kept_at_{tau:g}": over_seeds(applied(lambda v, k=k: v[..., k], kept), "separation")
            for k, tau in enumerate(TEMPERATURES)
        }
        | {
            f"step_{low:g}_to_{high:g}": over_seeds(applied(lambda v, k=k: v[..., k + 1] - v[..., k], harm), "RH")
            for k, (low, high) in enumerate(pairwise(TEMPERATURES))
        }
        | {
            f"{name}_cosine_at_{tau:g}": student(cosines[k, part], "cosine")
            for part, name in enumerate(("balanced", "undersampled"))
            for k, tau in enumerate(TEMPERATURES)
        },
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
        models=names(m for pair in models.values() for part in pair for m in part),
    )


def _compared(record: Record) -> np.ndarray:
    return record["embeddings"]
