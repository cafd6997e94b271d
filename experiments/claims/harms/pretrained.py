"""Paper B's harm on CIFAR-10 in an encoder that begins from ImageNet weights, automobiles and trucks (B28p,
B28q among four classes, B28t among ten)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from contrastive_claims.experiments.claims.harms import cifar, pairs
from contrastive_claims.experiments.claims.harms import published_numbers as published
from contrastive_claims.experiments.claims.harms.pairs import (
    Record,
    balanced_models,
    compared,
    harm_rows,
    harmed_models,
    merged,
    points,
)
from contrastive_claims.experiments.claims.harms.rows import minus_next, minus_rest, rows_led, towards
from contrastive_claims.experiments.claims.intervals import applied, limits, over_seeds, student
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.harms import directions, harms
from contrastive_claims.experiments.models.layers import end_cosines
from contrastive_claims.experiments.models.store import Measure, Model, measured, record_name
from contrastive_claims.experiments.training.presets import Preset, load_preset, with_settings
from contrastive_claims.theory.harms import (
    Resampled,
    class_separation,
    harm_of_cosines,
    kept_of_cosines,
    representation_harm,
    separation_kept,
)

PRESET, SEEDS = "cifar10-harm-pretrained", (1, 2, 3, 4, 5)
PAIR, ELSEWHERE = cifar.DECIDING.pair, cifar.ELSEWHERE
TEN, AMONG_TEN = (1, 9), {1: 0, 9: 8}  # the pair among all ten classes, and what the control merges them with
CLASSES = ("plane", "auto", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FROZEN = 18  # parts of the encoder that stay: all of them
BOOTSTRAP = 28


def harm_from_imagenet(run: Run) -> Evidence:
    """B28p and B28q: as B28, in EfficientNet-Lite0 from ImageNet weights whose last blocks go on learning; five paired seeds,
    intervals over them and test points; features, before the head:

    pair_harm, pair_minus_rest, pair_minus_next, rows_led_by_neighbour   as B28
    pair_kept          how much of their separation the two keep (theory.harms.separation_kept), mean over both;
                       ..._minus_next: less the least that is kept from another class
    pair_separation    how well the balanced encoders tell the two apart
    ..._behind_head    the same of what the loss compares; frozen_...: where the encoder stays as it begins, so that its features'
                       RH is 1 whatever is undersampled, and only the head learns (three seeds)

    In the arrays RH along pretraining ("curve"): B28's ConvNet from scratch, the head on the frozen encoder, and the encoder that
    goes on learning, its features and behind its head.

    Control: automobiles are merged with planes, and trucks with ships. Positive control: each is merged with the other of the
    pair (pairs.merged).
    """
    base = load_preset(PRESET)
    tuned, still = base, with_settings(base, [f"encoder.frozen={FROZEN}"])
    wanted = {"tuned": _models(tuned), "frozen": _models(still, pairs.SEEDS)}
    if run.control or run.planted:
        del wanted["frozen"]
    for models in wanted.values():
        for of_a_seed in zip(*models, strict=True):
            measured(of_a_seed, directions, run)  # seed by seed, so that what a cut leaves is complete seeds
    found = {name: _records(models, directions, run) for name, models in wanted.items()}
    if run.control or run.planted:
        onto = ELSEWHERE if run.control else dict(zip(PAIR, PAIR[::-1], strict=True))
        balanced, *harmed = found["tuned"]
        found["tuned"] = [
            balanced,
            *([merged(r, k, onto[k]) for r in part] for k, part in zip(PAIR, harmed, strict=True)),
        ]
    rows = {
        "": _rows(found["tuned"], points),
        "_behind_head": _rows(found["tuned"], compared),
    }
    numbers = {"rows_led_by_neighbour": rows_led(rows[""], np.array(PAIR), np.array(PAIR[::-1]))}
    for end, part in rows.items():
        numbers |= _numbers(part, end)
    kept = _rows(found["tuned"], points, separation_kept)
    own = np.array(PAIR)
    numbers["pair_kept"] = over_seeds(_both(kept), "separation")
    numbers["pair_kept_minus_next"] = over_seeds(
        applied(lambda r: minus_next(r, own, own[::-1]).mean(axis=-1), kept), "separation"
    )
    numbers["pair_separation"] = student(_apart(found["tuned"][0]))
    curve = []
    if "frozen" in found:
        frozen = _rows(found["frozen"], compared)
        numbers["frozen_pair_harm_behind_head"] = over_seeds(_both(frozen), "RH")
        numbers["frozen_pair_separation"] = student(_apart(found["frozen"][0]))
        scratch = with_settings(load_preset(cifar.PRESET), cifar.DECIDING.settings)
        seen = _records(_models(scratch, pairs.SEEDS), harms, run)
        curve = [_rows(seen, points), frozen, rows[""], rows["_behind_head"]]
    return Evidence(
        numbers,
        arrays={
            "stages": np.array(
                ("from scratch (ConvNet)", "frozen, behind the head", "fine-tuned", "fine-tuned, behind the head")
            ),
            "curve": np.array([limits(_both(part)) for part in curve]),
            "rest": np.array(
                [minus_rest(part.estimates, np.array(PAIR), np.array(PAIR[::-1])).mean() for part in curve]
            ),
            "published": published.SIMCLR[2:4],
        },
        seeds=SEEDS,
        models=tuple(record_name(m, directions) for models in wanted.values() for part in models for m in part),
    )


def harm_among_ten(run: Run) -> Evidence:
    """B28t: B28p's RH with all ten classes of CIFAR-10, three paired seeds, Student's intervals over them.

    pair_harm, pair_minus_rest, pair_minus_next, rows_led_by_neighbour, pair_kept   as B28p, of features
    ..._behind_head   the same of what the loss compares

    Control: automobiles are merged with planes, and trucks with ships: their cosines are those of the other class. Positive
    control: each is merged with the other of the pair.
    """
    preset = with_settings(load_preset(PRESET), ("data.classes=[]",))
    by_seed: list[list[np.ndarray]] = []  # balanced, and each of TEN undersampled: [2, K, K]
    wanted = [balanced_models(preset), *(harmed_models(preset, target) for target in TEN)]
    for of_a_seed in zip(*wanted, strict=True):  # so that what a cut leaves is complete seeds
        found = measured(of_a_seed, end_cosines, run)
        by_seed.append([found[model]["cosines"] for model in of_a_seed])
    cosines = np.array(by_seed)  # [S, 3, 2, K, K]
    if run.control or run.planted:
        onto = AMONG_TEN if run.control else dict(zip(TEN, TEN[::-1], strict=True))
        for k, target in enumerate(TEN, start=1):
            cosines[:, k] = merged_cosines(cosines[:, k], target, onto[target])
    own, other = np.array(TEN), np.array(TEN[::-1])
    numbers: dict[str, Quantity] = {}
    rows = {}
    for layer, end in enumerate(("", "_behind_head")):
        balanced, *harmed = cosines[:, :, layer].swapaxes(0, 1)
        harm, kept = (
            np.stack([measure(part, balanced)[:, k] for k, part in zip(TEN, harmed, strict=True)], axis=1)
            for measure in (harm_of_cosines, kept_of_cosines)
        )
        rows[end] = harm
        numbers |= {
            f"pair_harm{end}": student(towards(harm, other).mean(axis=1), "RH"),
            f"pair_minus_rest{end}": student(minus_rest(harm, own, other).mean(axis=1), "RH"),
            f"pair_minus_next{end}": student(minus_next(harm, own, other).mean(axis=1), "RH"),
            f"pair_kept{end}": student(towards(kept, other).mean(axis=1), "separation"),
            f"rows_led_by_neighbour{end}": Quantity.exact(
                int((minus_next(harm.mean(axis=0), own, other) < 0).sum()), "rows"
            ),
        }
    return Evidence(
        numbers,
        arrays={
            "classes": own,
            "neighbours": other,
            "rows": rows[""].swapaxes(0, 1),
            "cosines": cosines[:, 0, 0].mean(axis=0)[own],
            "names": np.array(CLASSES),
        },
        seeds=pairs.SEEDS,
        models=tuple(record_name(m, end_cosines) for part in wanted for m in part),
    )


def merged_cosines(cosines: np.ndarray, own: int, onto: int) -> np.ndarray:
    """Class cosines [..., K, K] of an encoder that embeds class `own` as it does class `onto`."""
    taken = np.arange(cosines.shape[-1])
    taken[own] = onto
    return cosines[..., taken[:, None], taken]


def _models(preset: Preset, seeds: Sequence[int] = SEEDS) -> list[list[Model]]:
    """Balanced ones, and those that saw each of PAIR undersampled, by seed."""
    return [balanced_models(preset, seeds), *(harmed_models(preset, target, seeds) for target in PAIR)]


def _records(models: Sequence[Sequence[Model]], measure: Measure, run: Run) -> list[list[Record]]:
    found: Mapping[Model, Record] = measured([m for part in models for m in part], measure, run)
    return [[found[m] for m in part] for part in models]


def _rows(
    records: Sequence[Sequence[Record]],
    layer: Callable[[Record], np.ndarray],
    measure: Callable[..., np.ndarray] = representation_harm,
) -> Resampled:
    balanced, *harmed = records
    return harm_rows(dict(zip(PAIR, harmed, strict=True)), balanced, BOOTSTRAP, layer, measure)


def _numbers(rows: Resampled, end: str) -> dict:
    own = np.array(PAIR)
    parts = {
        "pair_harm": _both(rows),
        "pair_minus_rest": applied(lambda r: minus_rest(r, own, own[::-1]).mean(axis=-1), rows),
        "pair_minus_next": applied(lambda r: minus_next(r, own, own[::-1]).mean(axis=-1), rows),
    }
    return {name + end: over_seeds(part, "RH") for name, part in parts.items()}


def _both(rows: Resampled) -> Resampled:
    return applied(lambda r: towards(r, np.array(PAIR[::-1])).mean(axis=-1), rows)


def _apart(records: Sequence[Record]) -> np.ndarray:
    return np.array([class_separation(points(r), r["labels"].astype(np.int64))[PAIR] for r in records])
