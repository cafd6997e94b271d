"""Check of paper A's FairKL as a Jeffreys divergence on Biased-MNIST (A18j)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contrastive_claims.experiments.claims.debiasing.baselines import accuracies, arm, arrays_by_rho
from contrastive_claims.experiments.claims.debiasing.biased_mnist import (
    ALONE,
    PUBLISHED,
    RHOS,
    SEEDS,
    TUNING_RHO,
    TUNING_SEED,
    Record,
    biased_preset,
    chosen_weights,
    for_judging,
    in_order,
    paired,
    penalty,
    put_right,
    right,
    spoil,
)
from contrastive_claims.experiments.claims.intervals import minus, over_seeds
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.bias import debiasing, probe_hits
from contrastive_claims.experiments.models.store import Measure, Model, measured, record_name

NAME = "jeffreys"
# The weight: the best of these at TUNING_RHO on TUNING_SEED and HELD_OUT images of each class of the training set, coloured at
# random, which that encoder does not learn from.
WEIGHTS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
# A18b and A24 have recorded the others with all that `debiasing` keeps
MEASURES: dict[str, Measure] = {"paper": debiasing, ALONE: debiasing, NAME: probe_hits}


def fair_kl_as_jeffreys(run: Run) -> Evidence:
    """A18j: unbiased accuracy gained by the KL both ways (Jeffreys) over eps-SupInfoNCE alone, at each of RHOS.

    gain_at_990, _997, _999: paired differences of the accuracy of a linear probe, 95 % intervals over SEEDS and test points;
    over_kl_at_...: the same over the KL one way at A18b's weight. "edge_of_weight": 1 where the best is at an end of WEIGHTS.
    Control: half the right answers are spoilt. Positive control: mistakes put right up to the published accuracy.
    """
    tried = [Model(arm(NAME, weight, True, TUNING_RHO), TUNING_SEED, TUNING_SEED) for weight in WEIGHTS]
    scores = [right(record).mean() for record in _records(tried, probe_hits, run)]
    best = int(np.argmax(scores))
    added = {
        "paper": penalty("paper", chosen_weights(("paper",), run)["paper"]),
        ALONE: None,
        NAME: penalty(NAME, WEIGHTS[best]),
    }
    models = {(name, rho): paired(biased_preset(rho, added=each)) for name, each in added.items() for rho in RHOS}
    for seed in range(len(SEEDS)):  # so that what a cut leaves is complete seeds
        for (name, _), part in models.items():
            _records(part[seed : seed + 1], MEASURES[name], run)
    numbers: dict[str, Quantity] = {}
    tables, leads = [], []
    for k, rho in enumerate(RHOS):
        found = {name: [for_judging(r) for r in _records(models[name, rho], MEASURES[name], run)] for name in MEASURES}
        if run.control:
            found[NAME] = [spoil(record, 0.5, seed) for record, seed in zip(found[NAME], SEEDS, strict=True)]
        if run.planted:
            found[NAME] = [
                put_right(r, PUBLISHED["paper"][k], seed) for r, seed in zip(found[NAME], SEEDS, strict=True)
            ]
        table = accuracies(found)
        tables.append(table)
        leads.append(over_seeds(minus(table[NAME], table[ALONE]), "accuracy"))
        at = f"{1000 * rho:.0f}"
        numbers[f"gain_at_{at}"] = leads[-1]
        numbers[f"over_kl_at_{at}"] = over_seeds(minus(table[NAME], table["paper"]), "accuracy")
        numbers[f"accuracy_at_{at}"] = over_seeds(table[NAME], "accuracy")
        numbers[f"alone_at_{at}"] = over_seeds(table[ALONE], "accuracy")
    numbers["weight"] = Quantity.exact(WEIGHTS[best])
    numbers["edge_of_weight"] = Quantity.exact(best in (0, len(WEIGHTS) - 1))
    return Evidence(
        numbers,
        arrays=arrays_by_rho(tables, RHOS, leads, PUBLISHED),
        seeds=SEEDS,
        models=tuple(
            dict.fromkeys(
                [
                    *(record_name(model, probe_hits) for model in tried),
                    *(record_name(model, MEASURES[name]) for (name, _), part in models.items() for model in part),
                ]
            )
        ),
    )


def _records(models: Sequence[Model], measure: Measure, run: Run) -> list[Record]:
    found = measured(models, measure, run)
    return [in_order(found[model]) for model in models]
