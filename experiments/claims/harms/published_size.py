"""Paper B's harm at its own size: SimCLR with ResNet-34 on CIFAR-10, 500 epochs, automobiles and trucks (B28 at scale paper).

`experiments.paper_scale` trains the networks, on a GPU and in slices; the check judges what it has recorded.
"""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.cost import Cost, need
from contrastive_claims.experiments.claims.harms.pairs import (
    SEEDS,
    balanced_models,
    compared,
    harm_rows,
    harmed_models,
    merged,
    points,
)
from contrastive_claims.experiments.claims.harms.rows import minus_next, minus_rest, rows_led, towards
from contrastive_claims.experiments.claims.intervals import applied, over_seeds
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.harms import directions
from contrastive_claims.experiments.models.store import Model, measured, record_name
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.harms import representation_harm, separation_kept

PRESET = "cifar10-simclr-paper"
PAIR, ELSEWHERE = (1, 9), {1: 0, 9: 8}  # automobiles and trucks; merged in the control with planes and ships
COST = Cost(steps=500 * (50_000 // 512), gpu=0.068, core=60.0)


def every_model() -> list[Model]:
    """All networks, seed by seed: the balanced one, and those that saw each of PAIR undersampled."""
    preset = load_preset(PRESET)
    return [
        model
        for seed in SEEDS
        for model in (*balanced_models(preset, (seed,)), *(harmed_models(preset, k, (seed,))[0] for k in PAIR))
    ]


def harm_at_published_size(run: Run) -> Evidence:
    """B28 at scale paper: RH(automobile, truck) and RH(truck, automobile), three paired seeds, before the projection head:

    pair_harm, pair_minus_rest, pair_minus_next, rows_led_by_neighbour   as at the standard scale, 95 % intervals over seeds and
                                                                         test points
    pair_kept                how much of their separation the two keep
    pair_harm_behind_head    RH of what the loss compares

    Control: automobiles are merged with planes, and trucks with ships. Positive control: each with the other of the pair.
    """
    asked = every_model()
    need(asked, directions, run, COST)
    found = measured(asked, directions, run)
    preset, own = load_preset(PRESET), np.array(PAIR)
    balanced = [found[model] for model in balanced_models(preset)]
    harmed = {k: [found[model] for model in harmed_models(preset, k)] for k in PAIR}
    if run.control or run.planted:
        onto = ELSEWHERE if run.control else dict(zip(PAIR, PAIR[::-1], strict=True))
        harmed = {k: [merged(record, k, onto[k]) for record in part] for k, part in harmed.items()}
    numbers: dict[str, Quantity] = {}
    for name, layer, measure, unit in (
        ("pair_harm", points, representation_harm, "RH"),
        ("pair_kept", points, separation_kept, "separation"),
        ("pair_harm_behind_head", compared, representation_harm, "RH"),
    ):
        rows = harm_rows(harmed, balanced, 28, layer, measure)
        numbers[name] = over_seeds(applied(lambda r: towards(r, own[::-1]).mean(axis=-1), rows), unit)
        if name == "pair_harm":
            rest, following = (
                applied(lambda r, less=less: less(r, own, own[::-1]).mean(axis=-1), rows)
                for less in (minus_rest, minus_next)
            )
            numbers["pair_minus_rest"], numbers["pair_minus_next"] = over_seeds(rest, "RH"), over_seeds(following, "RH")
            numbers["rows_led_by_neighbour"] = rows_led(rows, own, own[::-1])
    return Evidence(numbers, seeds=SEEDS, models=tuple(record_name(model, directions) for model in asked))
