"""Checks of paper A's losses without a penalty on Biased-MNIST: by the strength of the bias (A27, A27i, A28, A28i), and by
epsilon (A30)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contrastive_claims.experiments.claims.debiasing.baselines import PUBLISHED as PUBLISHED_AT_ALL
from contrastive_claims.experiments.claims.debiasing.baselines import RHOS as ALL_RHOS
from contrastive_claims.experiments.claims.debiasing.baselines import accuracies, arrays_by_rho
from contrastive_claims.experiments.claims.debiasing.biased_mnist import (
    ALONE,
    RHOS,
    SEEDS,
    TUNING_RHO,
    TUNING_SEED,
    Record,
    biased_preset,
    for_judging,
    for_tuning,
    in_order,
    paired,
    put_right,
    right,
    spoil,
)
from contrastive_claims.experiments.claims.intervals import SECOND_LOOK, minus, over_seeds
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.bias import debiasing, probe_hits
from contrastive_claims.experiments.models.store import Measure, Model, measured, record_name
from contrastive_claims.experiments.training.presets import Preset

# A24 has recorded the others with all that `debiasing` keeps
LOSSES: dict[str, Measure] = {"cross-entropy": debiasing, "eps-sup-con": probe_hits, ALONE: debiasing}
BETWEEN = 0.995  # the one of ALL_RHOS that A27 and A28 left out, and A27i and A28i add
LEAD = 0.1  # what positive controls plant

# In logits. The inner one that is judged is the best on TUNING_SEED and the images for tuning.
EPSILONS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
FRESH = (31, 32, 33, 34, 35)  # seeds that no encoder of another claim has


def losses_by_rho(run: Run) -> Evidence:
    """A27: unbiased accuracy of eps-SupInfoNCE minus eps-SupCon's, neither with a penalty, at each of RHOS, over paired SEEDS and
    test points; and how much larger it is at the last rho than before.

    Positive control: eps-SupCon's encoders in the place of eps-SupInfoNCE's, mistakes put right, by LEAD at the last rho and a
    tenth of it before. Control: the same, but half the right answers spoilt at the last rho.
    """
    return _by_rho(_led(run, RHOS), RHOS)


def losses_by_every_rho(run: Run) -> Evidence:
    """A27i: `losses_by_rho` at all four rho of the paper's figure, of which BETWEEN is new."""
    return _by_rho(_led(run, ALL_RHOS), ALL_RHOS)


def beyond_cross_entropy(run: Run) -> Evidence:
    """A28: unbiased accuracy of eps-SupInfoNCE and of eps-SupCon minus cross-entropy's, each by a linear probe, at each of RHOS;
    97.5 % intervals, since those of eps-SupInfoNCE and cross-entropy had been looked at over three of the SEEDS, for A24.

    Control: cross-entropy's encoders in the place of both, half their right answers spoilt. Positive control: these encoders
    with mistakes put right, by LEAD.
    """
    return _by_rho(_beyond(run, RHOS), RHOS, SECOND_LOOK)


def beyond_cross_entropy_between(run: Run) -> Evidence:
    """A28i: `beyond_cross_entropy` at BETWEEN alone, 95 % intervals: its first look."""
    return _by_rho(_beyond(run, (BETWEEN,)), (BETWEEN,))


def epsilon_inside(run: Run) -> Evidence:
    """A30: unbiased accuracy of eps-SupInfoNCE alone at rho = .99 and an epsilon inside EPSILONS, minus that at either end, over
    paired FRESH seeds and test points.

    best_epsilon: the inner one that is judged, see EPSILONS. Control: in the place of its encoders the less accurate end's, half
    their right answers spoilt. Positive control: the more accurate end's, mistakes put right by LEAD.
    """
    tried = [Model(at_epsilon(epsilon), TUNING_SEED, TUNING_SEED) for epsilon in EPSILONS]
    scores = np.array([right(for_tuning(record)).mean() for record in _records(tried, probe_hits, run)])
    best = EPSILONS[1 + int(np.argmax(scores[1:-1]))]
    judged = (EPSILONS[0], best, EPSILONS[-1])
    models = {epsilon: [Model(at_epsilon(epsilon), seed, seed) for seed in FRESH] for epsilon in judged}
    for row in zip(*models.values(), strict=True):  # seed by seed, so that what a cut leaves is complete seeds
        _records(row, probe_hits, run)
    found = {str(epsilon): _records(models[epsilon], probe_hits, run) for epsilon in judged}
    least, inner, largest = found
    ends = sorted((least, largest), key=lambda name: np.mean([right(record).mean() for record in found[name]]))
    if run.planted:
        found[inner] = _better(found[ends[1]], LEAD)
    if run.control:
        found[inner] = [spoil(record, 0.5, seed) for seed, record in enumerate(found[ends[0]])]
    table = accuracies({name: [for_judging(record) for record in part] for name, part in found.items()})
    shown = [over_seeds(table[name], "accuracy") for name in found]
    return Evidence(
        {
            "best_minus_least": over_seeds(minus(table[inner], table[least]), "accuracy"),
            "best_minus_largest": over_seeds(minus(table[inner], table[largest]), "accuracy"),
            "best_epsilon": Quantity.exact(best, "logits"),
            **{
                f"accuracy_at_{name}": quantity
                for name, quantity in zip(("least", "best", "largest"), shown, strict=True)
            },
        },
        arrays={
            "epsilons": np.array(EPSILONS),
            "tuning": scores,
            "judged": np.array(judged),
            "accuracy": np.array([[each.value, each.low, each.high] for each in shown]),
            "by_seed": np.array([table[name].estimates for name in found]),
        },
        seeds=FRESH,
        models=tuple(
            record_name(model, probe_hits) for model in [*tried, *(model for part in models.values() for model in part)]
        ),
    )


def at_epsilon(epsilon: float) -> Preset:
    """The preset of ALONE at TUNING_RHO with this epsilon."""
    base = biased_preset(TUNING_RHO)
    return base.model_copy(update={"method": base.method.model_copy(update={"epsilon": epsilon})})


def _led(run: Run, rhos: Sequence[float]) -> dict[tuple[str, float], list[Record]]:
    found = _of_losses(run, rhos)
    for rho in rhos if run.control or run.planted else ():
        others, is_last = found["eps-sup-con", rho], rho == rhos[-1]
        if run.control and is_last:
            found[ALONE, rho] = [spoil(record, 0.5, seed) for seed, record in enumerate(others)]
        else:
            found[ALONE, rho] = _better(others, LEAD if is_last else LEAD / 10)
    return found


def _beyond(run: Run, rhos: Sequence[float]) -> dict[tuple[str, float], list[Record]]:
    found = _of_losses(run, rhos)
    for rho in rhos:
        for loss in (ALONE, "eps-sup-con"):
            if run.planted:
                found[loss, rho] = _better(found["cross-entropy", rho], LEAD)
            if run.control:
                found[loss, rho] = [spoil(record, 0.5, seed) for seed, record in enumerate(found["cross-entropy", rho])]
    return found


def _measure(loss: str, rho: float) -> Measure:
    return probe_hits if rho == BETWEEN else LOSSES[loss]


def _of_losses(run: Run, rhos: Sequence[float]) -> dict[tuple[str, float], list[Record]]:
    """(loss, rho) -> the records of SEEDS on the images for judging; trained seed by seed."""
    models = {(loss, rho): paired(biased_preset(rho, loss)) for loss in LOSSES for rho in rhos}
    for seed in range(len(SEEDS)):
        for cell, part in models.items():
            _records(part[seed : seed + 1], _measure(*cell), run)
    return {
        cell: [for_judging(record) for record in _records(part, _measure(*cell), run)] for cell, part in models.items()
    }


def _by_rho(found: dict[tuple[str, float], list[Record]], rhos: Sequence[float], level: float = 0.95) -> Evidence:
    tables = [accuracies({loss: found[loss, rho] for loss in LOSSES}) for rho in rhos]
    numbers: dict[str, Quantity] = {}
    leads = []
    for rho, table in zip(rhos, tables, strict=True):
        at = f"at_{1000 * rho:.0f}"
        leads.append(minus(table[ALONE], table["eps-sup-con"]))
        numbers[f"sup_infonce_minus_sup_con_{at}"] = over_seeds(leads[-1], "accuracy", level)
        for name, loss in (("sup_infonce", ALONE), ("sup_con", "eps-sup-con")):
            numbers[f"{name}_minus_cross_entropy_{at}"] = over_seeds(
                minus(table[loss], table["cross-entropy"]), "accuracy", level
            )
    for rho, lead in zip(rhos[:-1], leads, strict=False):
        name = f"lead_at_{1000 * rhos[-1]:.0f}_minus_{1000 * rho:.0f}"
        numbers[name] = over_seeds(minus(leads[-1], lead), "accuracy", level)
    published = {loss: [values[ALL_RHOS.index(rho)] for rho in rhos] for loss, values in PUBLISHED_AT_ALL.items()}
    return Evidence(
        numbers,
        arrays=arrays_by_rho(tables, rhos, [over_seeds(lead, "accuracy") for lead in leads], published, level),
        seeds=SEEDS,
        models=tuple(
            record_name(model, _measure(loss, rho))
            for loss in LOSSES
            for rho in rhos
            for model in paired(biased_preset(rho, loss))
        ),
    )


def _records(models: Sequence[Model], measure: Measure, run: Run) -> list[Record]:
    """Predictions, right or wrong, of the held-out images in the order of their classes."""
    found = measured(models, measure, run)
    return [in_order(found[model]) for model in models]


def _better(part: Sequence[Record], lead: float) -> list[Record]:
    """The records with mistakes put right until each is more accurate by `lead`."""
    return [put_right(record, right(record).mean() + lead, seed) for seed, record in enumerate(part)]
