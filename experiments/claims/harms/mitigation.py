"""What protects an undersampled class, at equal budget: reweighting, balanced draws, a lower temperature (B27, ours)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contrastive_claims.experiments.claims.harms import published_numbers as published
from contrastive_claims.experiments.claims.harms.allocation import BALANCED, effects, head
from contrastive_claims.experiments.claims.harms.pairs import (
    REPLICATES,
    SEEDS,
    Record,
    balanced_models,
    harm_rows,
    harmed_models,
    merged,
    names,
)
from contrastive_claims.experiments.claims.harms.representation import PRESET
from contrastive_claims.experiments.claims.harms.temperature import BOOT, SNEAKER
from contrastive_claims.experiments.claims.intervals import applied, limits, minus, over_seeds
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.harms import harms
from contrastive_claims.experiments.models.store import measured
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.theory.harms import (
    Resampled,
    balanced_accuracy,
    hierarchical_bootstrap,
    representation_harm,
    separation_kept,
)
from contrastive_claims.theory.margins import epsilon_reach

# Settings of the undersampled encoder, and of the balanced one that it is compared with: on balanced data reweighting and
# balanced draws change nothing, so the plain encoder serves.
MITIGATIONS = {
    "none": ((), ()),
    "reweighted loss": (("method.class_weights=true",), ()),
    "balanced draws": (("data.sampling=balanced",), ()),
    "temperature .2": (("method.temperature=0.2",), ("method.temperature=0.2",)),
    "temperature .1": (("method.temperature=0.1",), ("method.temperature=0.1",)),
}


def mitigations_at_equal_budget(run: Run) -> Evidence:
    """B27: RH(ankle boot, sneaker), boots undersampled 100 times, under each mitigation, three paired seeds.

    The mitigated encoder trains for as many epochs as the plain one (balanced draws: as many steps as on balanced data, a
    tenth more). Each is compared with the balanced encoder of its own temperature.

    <mitigation>_rise       RH with it minus RH without, paired by seed
    <mitigation>_kept       how much of the separation of boots from sneakers is kept (theory.harms.separation_kept)
    <mitigation>_indirect   NIE of boots: accuracy lost with a balanced head
    <mitigation>_accuracy   balanced accuracy over all classes with a balanced head, minus that of the plain undersampled encoder
    epsilon_reach           by what factor a margin epsilon can lengthen any anchor's gradient here, which it never turns
                            (theory.margins.epsilon_reach): near 1, so that epsilon was not trained as a mitigation

    Control: in every mitigated encoder boots are merged with sneakers (pairs.merged).
    """
    base = load_preset(PRESET)
    models = {
        name: (balanced_models(with_settings(base, reference)), harmed_models(with_settings(base, settings), BOOT))
        for name, (settings, reference) in MITIGATIONS.items()
    }
    wanted = [m for pair in models.values() for part in pair for m in part]
    found = measured(wanted, harms, run)
    harm, kept, indirect, accuracy = {}, {}, {}, {}
    for name, pair in models.items():
        balanced, harmed = ([found[m] for m in part] for part in pair)
        if run.control and name != "none":
            harmed = [merged(record, BOOT, SNEAKER) for record in harmed]
        for parts, measure in ((harm, representation_harm), (kept, separation_kept)):
            rows = harm_rows({BOOT: harmed}, balanced, seed=27, measure=measure)
            parts[name] = applied(lambda r: r[..., 0, SNEAKER], rows)
        indirect[name] = applied(lambda r: r[..., 1, 0, BOOT], effects({BOOT: harmed}, balanced))
        accuracy[name] = _accuracy(harmed)
    numbers = {"epsilon_reach": Quantity.exact(epsilon_reach(base.method.temperature, 2 * base.batch - 2))}
    for name in MITIGATIONS:
        key = name.replace(" .", "_0.").replace(" ", "_")
        numbers[f"{key}_harm"] = over_seeds(harm[name], "RH")
        numbers[f"{key}_kept"] = over_seeds(kept[name], "separation")
        numbers[f"{key}_indirect"] = over_seeds(indirect[name], "accuracy")
        if name != "none":
            numbers[f"{key}_rise"] = over_seeds(minus(harm[name], harm["none"]), "RH")
            numbers[f"{key}_accuracy"] = over_seeds(minus(accuracy[name], accuracy["none"]), "accuracy")
    return Evidence(
        numbers,
        arrays={
            "mitigations": np.array(list(MITIGATIONS)),
            "harm": np.array([limits(part) for part in harm.values()]),
            "seeds": np.array([part.estimates for part in harm.values()]),
            "indirect": np.array([limits(part) for part in indirect.values()]),
            "accuracy": np.array([limits(part) for part in accuracy.values()]),
            "published": np.array([published.SIMCLR, published.BCL]),
            "published_indirect": published.INDIRECT,
        },
        seeds=SEEDS,
        models=names(wanted),
    )


def _accuracy(harmed: Sequence[Record]) -> Resampled:
    """[S] balanced accuracy of the encoders' balanced heads on the whole test set."""
    truth = harmed[0]["truth"].astype(np.int64)

    def accuracy(s: int, weights: np.ndarray) -> np.ndarray:
        return balanced_accuracy(head(harmed[s], BALANCED), truth, weights=weights)

    return hierarchical_bootstrap(accuracy, truth, len(harmed), np.random.default_rng(27), REPLICATES)
