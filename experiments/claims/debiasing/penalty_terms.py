"""Check of what in the released penalty debiases, and of why the KL does not (A22, ours)."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.debiasing.biased_mnist import (
    ALONE,
    PUBLISHED,
    RHOS,
    SEEDS,
    TUNING_RHO,
    TUNING_SEED,
    WEIGHTS,
    accuracies,
    adjusted_pairs,
    biased_preset,
    chosen_weights,
    for_tuning,
    paired,
    penalty,
    records_of,
    right,
    tuned,
    tuning,
)
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.bias import debiasing
from contrastive_claims.experiments.models.store import measured

TUNED = ("paper", "batch", "floored", "released")
TERMS = {
    "linear": ("pull_conflicting", "push_aligned"),
    "matching": ("positive_means", "negative_means", "positive_spreads", "negative_spreads"),
    "pull": ("pull_conflicting",),
    "push": ("push_aligned",),
}


def released_terms_apart(run: Run) -> Evidence:
    """A22: unbiased accuracy of encoders trained with parts of the released penalty, at rho = .99 and at its chosen weight.

    linear_minus_alone, linear_minus_matching and so on: paired differences with 97.5 % intervals over SEEDS and test points;
    "linear" pulls conflicting positives and pushes aligned negatives, "matching" holds the four squared gaps of moments.
    paper_, batch_, floored_...: of the KLs, per anchor, pooled, and per anchor with a floor under the variances. In the arrays,
    of one encoder for every weight tried: its accuracy on the tuning images and the mean distances of its positives on the
    training set ("dose"): what a stronger penalty does to them. Control: the linear terms are given bias labels in random order.
    """
    weights = chosen_weights(TUNED, run)
    dose = [
        (name, weight, right(for_tuning(record)).mean(), *record["mean"][0, :2])
        for name, records in tuned(TUNED, run).items()
        for weight, record in zip(WEIGHTS[name], records, strict=True)
    ]
    presets = {ALONE: biased_preset(TUNING_RHO)}
    presets["released"] = biased_preset(TUNING_RHO, added=penalty("released", weights["released"]))
    for name, terms in TERMS.items():
        shuffled = run.control and name == "linear"
        presets[name] = biased_preset(
            TUNING_RHO, added=penalty("released", weights["released"], terms=terms), shuffled=shuffled
        )
    for name in ("paper", "batch", "floored"):
        presets[name] = biased_preset(TUNING_RHO, added=penalty(name, weights[name]))
    cells = {name: paired(preset) for name, preset in presets.items()}
    found = measured([model for cell in cells.values() for model in cell], debiasing, run)
    table = accuracies({name: [found[model] for model in cell] for name, cell in cells.items()}, TUNING_SEED)
    numbers = {f"{name}_minus_alone": table.interval(name, ALONE) for name in cells if name != ALONE}
    numbers["linear_minus_matching"] = table.interval("linear", "matching")
    numbers["floored_minus_paper"] = table.interval("floored", "paper")
    numbers["linear_minus_released"] = table.interval("linear", "released")
    _, adjusted = adjusted_pairs([table])
    numbers["pairs_told_apart"] = Quantity.exact((adjusted <= 0.05).sum())
    intervals = [table.interval(name) for name in cells]
    return Evidence(
        numbers,
        arrays={
            "methods": np.array(list(cells)),
            "accuracy": np.array([[each.value, each.low, each.high] for each in intervals]),
            "by_seed": np.array([table.values(name)[:, 0] for name in cells]),
            "published": np.array(
                [PUBLISHED[name][RHOS.index(TUNING_RHO)] if name in PUBLISHED else np.nan for name in cells]
            ),
            "mean": np.array([[found[model]["mean"] for model in cell] for cell in cells.values()]),
            "dosed": np.array([name for name, *_ in dose]),
            "dose": np.array([numbers for _, *numbers in dose]),
            "deviation": np.array([[found[model]["deviation"] for model in cell] for cell in cells.values()]),
        },
        seeds=SEEDS,
        models=records_of(
            [
                *(model for name in weights for model in tuning(name)),
                *(model for cell in cells.values() for model in cell),
            ]
        ),
    )
