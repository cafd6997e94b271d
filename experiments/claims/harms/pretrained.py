"""Paper B's harm on CIFAR-10 in an encoder that begins from ImageNet weights, automobiles and trucks (B28p, B28q)."""

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
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Run
from contrastive_claims.experiments.models.harms import directions, harms
from contrastive_claims.experiments.models.store import Measure, Model, measured, record_name
from contrastive_claims.experiments.training.presets import Preset, load_preset, with_settings
from contrastive_claims.theory.harms import Resampled, class_separation, representation_harm, separation_kept

PRESET, SEEDS = "cifar10-harm-pretrained", (1, 2, 3, 4, 5)
PAIR, ELSEWHERE = cifar.DECIDING.pair, cifar.ELSEWHERE
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
