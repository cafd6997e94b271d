"""Paper A's table of Corrupted CIFAR-10 at the size of a CPU: with FairKL as released and without (A36), beside cross-entropy
(A36v)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contrastive_claims.experiments.claims.debiasing.baselines import accuracies, arrays_by_rho
from contrastive_claims.experiments.claims.debiasing.biased_mnist import (
    ALONE,
    Record,
    in_order,
    penalty,
    put_right,
    right,
    spoil,
)
from contrastive_claims.experiments.claims.intervals import minus, over_seeds
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.bias import classifier_hits, probe_hits
from contrastive_claims.experiments.models.store import Measure, Model, measured, record_name
from contrastive_claims.experiments.training.presets import Bias, Preset, load_preset, with_settings

PRESET = "corrupted-cifar10-cpu"
RHOS, SEEDS = (0.95, 0.98, 0.99, 0.995), (1, 2, 3, 4, 5)
ARMS = ("cross-entropy", ALONE, "released")
# The penalty's weight: the best of these at TUNING_RHO on TUNING_SEED and HELD_OUT images of each class of the training set, with
# corruptions drawn at random, which that encoder does not learn from.
WEIGHTS = (1.0, 10.0, 100.0, 1000.0)
TUNING_RHO, TUNING_SEED, HELD_OUT = 0.98, 100, 1000
# Unbiased accuracy in paper A's table, at RHOS
PUBLISHED = {
    "cross-entropy": (0.3942, 0.3006, 0.2582, 0.2308),
    "released": (0.5073, 0.4145, 0.3653, 0.3333),
}


def arm(name: str, rho: float, weight: float = 0.0, tuning: bool = False) -> Preset:
    """One of ARMS at `rho`; "released": ALONE with that penalty. tuning: HELD_OUT images are left out, and judged on."""
    base = load_preset(PRESET)
    # so narrow, bfloat16 is slower than float32
    base = with_settings(base, ("precision=float32", f"data.held_out_per_class={HELD_OUT if tuning else 0}"))
    method = {
        "name": "cross-entropy" if name == "cross-entropy" else ALONE,
        "penalty": penalty("released", weight) if name == "released" else None,
        "epsilon": 0.0 if name == "cross-entropy" else base.method.epsilon,
    }
    data = base.data.model_copy(update={"bias": Bias(kind="corruption", rho=rho)})
    return base.model_copy(update={"data": data, "method": base.method.model_copy(update=method)})


def measure_of(name: str) -> Measure:
    """A linear probe behind eps-SupInfoNCE, a classifier's own predictions: as in the paper."""
    return classifier_hits if name == "cross-entropy" else probe_hits


def released_beside_none(run: Run) -> Evidence:
    """A36: unbiased accuracy gained by the released penalty over eps-SupInfoNCE alone at each of RHOS, paired over SEEDS and test
    points, on all test images of Corrupted CIFAR-10.

    gain_at_950, _980, _990, _995: 95 % intervals; accuracy_of_..._at_...: of each arm; "edge_of_weight": 1 where the best of
    WEIGHTS is at an end. Control: half of the right answers with the penalty are spoilt. Positive control: mistakes put right up
    to the published accuracy.
    """
    return _compared(run, ARMS[1:])


def released_beside_cross_entropy(run: Run) -> Evidence:
    """A36v: as A36, and beyond_cross_entropy_at_...: the released penalty's lead over cross-entropy, the published "vanilla"."""
    return _compared(run, ARMS)


def _compared(run: Run, arms: Sequence[str]) -> Evidence:
    tried = [Model(arm("released", TUNING_RHO, weight, True), TUNING_SEED, TUNING_SEED) for weight in WEIGHTS]
    scores = [right(record).mean() for record in _records(tried, "released", run)]
    best = int(np.argmax(scores))
    models = {
        (name, rho): [Model(arm(name, rho, WEIGHTS[best]), seed, seed) for seed in SEEDS]
        for name in arms
        for rho in RHOS
    }
    for seed in range(len(SEEDS)):  # so that what a cut leaves is complete seeds
        for (name, _), part in models.items():
            _records(part[seed : seed + 1], name, run)
    numbers: dict[str, Quantity] = {}
    tables, gains = [], []
    for k, rho in enumerate(RHOS):
        found = {name: _records(models[name, rho], name, run) for name in arms}
        if run.control:
            found["released"] = [
                spoil(record, 0.5, seed) for record, seed in zip(found["released"], SEEDS, strict=True)
            ]
        if run.planted:
            up_to = PUBLISHED["released"][k]
            found["released"] = [
                put_right(record, up_to, seed) for record, seed in zip(found["released"], SEEDS, strict=True)
            ]
        table = accuracies(found)
        tables.append(table)
        gains.append(over_seeds(minus(table["released"], table[ALONE]), "accuracy"))
        at = f"{1000 * rho:.0f}"
        numbers[f"gain_at_{at}"] = gains[-1]
        if "cross-entropy" in table:
            lead = minus(table["released"], table["cross-entropy"])
            numbers[f"beyond_cross_entropy_at_{at}"] = over_seeds(lead, "accuracy")
        for name in arms:
            numbers[f"accuracy_of_{name.replace('-', '_')}_at_{at}"] = over_seeds(table[name], "accuracy")
    numbers["weight"] = Quantity.exact(WEIGHTS[best])
    numbers["edge_of_weight"] = Quantity.exact(best in (0, len(WEIGHTS) - 1))
    return Evidence(
        numbers,
        arrays=arrays_by_rho(tables, RHOS, gains, PUBLISHED),
        seeds=SEEDS,
        models=(
            *(record_name(model, probe_hits) for model in tried),
            *(record_name(model, measure_of(name)) for (name, _), part in models.items() for model in part),
        ),
    )


def _records(models: Sequence[Model], name: str, run: Run) -> list[Record]:
    """Right or wrong, of the held-out images in the order of their classes."""
    found = measured(models, measure_of(name), run)
    return [in_order(found[model]) for model in models]
