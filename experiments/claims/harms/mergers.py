"""Does a class that moves towards another also merge with it? RH against the separation that is kept (B30, ours)."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.harms.pairs import (
    OTHER_SPLIT,
    balanced_models,
    harm_rows,
    harmed_models,
    names,
    points,
)
from contrastive_claims.experiments.claims.harms.representation import CLASSES, PRESET, fashion_study
from contrastive_claims.experiments.claims.intervals import applied, limits, over_seeds
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Run
from contrastive_claims.experiments.models.harms import harms
from contrastive_claims.experiments.models.store import measured
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.harms import representation_harm, separation_kept

# Named after B9's seeds had shown it, before these were trained.
SEEDS = (6, 7, 8, 9)
PAIRS = {"sneaker": (7, 5), "boot": (9, 7)}  # undersampled, and towards which: sandals, sneakers
MEASURES = {"harm": representation_harm, "kept": separation_kept}


def mergers(run: Run) -> Evidence:
    """B30: RH and the separation kept (theory.harms.separation_kept) of two undersampled classes of Fashion-MNIST.

    sneaker_harm, sneaker_kept    sneakers undersampled 100 times, towards sandals
    boot_harm, boot_kept          ankle boots undersampled, towards sneakers

    Over SEEDS, which no other claim uses, and test points. In the arrays the same for each of the ten classes and its
    neighbour on B9's seeds, on which this was first seen. Control: balanced encoders of the same initial weights, trained on
    another sample, take the undersampled ones' place.
    """
    preset = load_preset(PRESET)
    balanced = balanced_models(preset, SEEDS)
    stand_ins = balanced_models(preset, SEEDS, OTHER_SPLIT)
    harmed = {own: harmed_models(preset, own, SEEDS) for own, _ in PAIRS.values()}
    taken = dict.fromkeys(harmed, stand_ins) if run.control else harmed
    found = measured([*balanced, *(m for models in taken.values() for m in models)], harms, run)
    numbers, fresh = {}, []
    for measure, function in MEASURES.items():
        rows = harm_rows(
            {own: [found[m] for m in models] for own, models in taken.items()},
            [found[m] for m in balanced],
            seed=30,
            measure=function,
        )
        for k, (name, (_, towards)) in enumerate(PAIRS.items()):
            part = applied(lambda r, k=k, towards=towards: r[..., k, towards], rows)
            numbers[f"{name}_{measure}"] = over_seeds(part, "RH" if measure == "harm" else "separation")
            fresh.append(limits(part))
    seen, own, neighbours, _ = fashion_study(run)
    labels = seen.balanced[0]["labels"].astype(np.int64)
    before = [
        [
            np.mean(
                [function(points(h), points(b), labels)[k, j] for h, b in zip(harmed_by, seen.balanced, strict=True)]
            )
            for j, (k, harmed_by) in zip(neighbours, seen.harmed.items(), strict=True)
        ]
        for function in MEASURES.values()
    ]
    return Evidence(
        numbers,
        arrays={
            "names": np.array([f"{CLASSES[k]} > {CLASSES[j]}" for k, j in zip(own, neighbours, strict=True)]),
            "seen": np.array(before),
            "pairs": np.array([f"{CLASSES[k]} > {CLASSES[j]}" for k, j in PAIRS.values()]),
            "fresh": np.array(fresh).reshape(len(MEASURES), len(PAIRS), 3),
        },
        seeds=SEEDS,
        models=(*names([*balanced, *stand_ins, *(m for models in harmed.values() for m in models)]), *seen.names),
    )
