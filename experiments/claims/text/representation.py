"""Paper B's representation harm on text: SimCSE with one group of documents undersampled (B13, and what we say beside it)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from scipy.stats import norm, t

from contrastive_claims.experiments.claims.harms.allocation import BALANCED, effects
from contrastive_claims.experiments.claims.harms.pairs import Record, harm_rows, merged
from contrastive_claims.experiments.claims.harms.rows import minus_next, minus_rest, rows_led, towards
from contrastive_claims.experiments.claims.intervals import (
    applied,
    each_over_seeds,
    limits,
    over_seeds,
    p_values,
    student,
)
from contrastive_claims.experiments.claims.text.groups import LATER_SEEDS, SEEDS, TextStudy, text_study
from contrastive_claims.experiments.data.locations import DataAbsent
from contrastive_claims.experiments.ledger.vocabulary import LEVEL, Evidence, Quantity, Run
from contrastive_claims.experiments.models.store import Measure
from contrastive_claims.experiments.text import wordnet
from contrastive_claims.experiments.text.corpora import load
from contrastive_claims.experiments.text.models import coarse_text_harms, text_harms
from contrastive_claims.experiments.text.presets import PRESETS, TextPreset
from contrastive_claims.experiments.text.sets import chosen
from contrastive_claims.theory.harms import Resampled, harm_of_cosines, holm, separation_kept
from contrastive_claims.theory.sphere import normalise

QUICK_TARGET = 1  # plants, or NetworkX where there is no WordNet
WOMEN = {"leader, woman": "leader, man", "performer, woman": "performer, man"}
TOLD = 0.05  # a difference of RH that there should be people enough to tell
FEW = 10.0  # how many times a group of twenty or thirty can be undersampled


@dataclass(frozen=True)
class Judged:
    """What is compared with the balanced encoders: `harmed` by undersampled group, partners [R] of `own` [R], and of these
    groups the half with the clearest partner, as places in `own`."""

    harmed: Mapping[int, Sequence[Record]]
    own: np.ndarray
    partners: np.ndarray
    strong: np.ndarray


def harm_on_news(run: Run) -> Evidence:
    """B13: RH on AG News, each of the four topics undersampled 100 times. See `of_groups`."""
    return of_groups(run, PRESETS["news-cpu"])


def harm_on_glosses(run: Run) -> Evidence:
    """B13w: RH on WordNet's glosses, each of seven lexicographer files of nouns undersampled 100 times. See `of_groups`.

    Beside it the partner that WordNet's own taxonomy names, the group that shares most hypernyms (wordnet.shared_ancestors):
    taxonomy_harm, taxonomy_minus_rest, rows_led_by_taxonomy.
    """
    preset = PRESETS["wordnet-cpu"]
    return of_groups(run, preset, taxonomy=named_by_taxonomy(preset))


def harm_towards_taxonomy(run: Run) -> Evidence:
    """B13t: RH on WordNet's glosses towards the group that its taxonomy names, on seeds of its own. See `of_groups`, whose
    partner this is here; none of them stands out, so strong_... is not told."""
    preset = PRESETS["wordnet-cpu"]
    return of_groups(run, preset, partners=named_by_taxonomy(preset), seeds=LATER_SEEDS)


def harm_by_speech(run: Run) -> Evidence:
    """B13v: RH on the glosses of seven lexicographer files of all parts of speech, each undersampled 100 times. See `of_groups`.

    Beside it, as taxonomy_..., the file that WordNet's own pointers tie most to each (wordnet.linked).
    """
    preset = PRESETS["speech-cpu"]
    ties = wordnet.linked(preset.documents.groups)
    named = np.where(np.eye(len(ties), dtype=bool), -1, ties).argmax(axis=1)
    return of_groups(run, preset, taxonomy=named, measure=coarse_text_harms)


def named_by_taxonomy(preset: TextPreset) -> np.ndarray:
    """[K]: the other group that shares most hypernyms with each (wordnet.shared_ancestors)."""
    shared = wordnet.shared_ancestors(wordnet.nouns(), preset.documents.groups)
    return np.where(np.eye(len(shared), dtype=bool), -1, shared).argmax(axis=1)


def harm_quick(run: Run) -> Evidence:
    """B13, quick form: four groups of WordNet's glosses, plants undersampled; docstrings of installed packages where there is no
    WordNet (on_docstrings says so). See `of_groups`."""
    preset, instead = PRESETS["glosses-quick"], 0
    try:
        load(preset.documents.corpus)
    except DataAbsent:
        preset, instead = on_docstrings(preset), 1
    found = of_groups(run, preset, targets=(QUICK_TARGET,), keep_models=False)
    numbers = {**found.numbers, "on_docstrings": Quantity.exact(instead)}
    data = docstrings_read(preset) if instead else {}
    return Evidence(numbers, arrays=found.arrays, seeds=found.seeds, data=data)


def docstrings_read(preset: TextPreset) -> dict[str, str]:
    """Checksum of the docstrings, and the versions of the packages that they are of."""
    versions = {f"docstrings of {name}": version(name) for name in preset.documents.groups}
    return {"docstrings": chosen(preset.documents).checksum, **versions}


def on_docstrings(preset: TextPreset) -> TextPreset:
    """The preset on docstrings of four packages."""
    groups = ("matplotlib", "networkx", "scipy", "torch")
    documents = preset.documents.model_copy(update={"corpus": "docstrings", "groups": groups})
    return preset.model_copy(update={"name": "docstrings-quick", "documents": documents})


def of_groups(
    run: Run,
    preset: TextPreset,
    *,
    targets: Sequence[int] = (),
    taxonomy: np.ndarray | None = None,
    partners: np.ndarray | None = None,
    seeds: Sequence[int] = SEEDS,
    keep_models: bool = True,
    measure: Measure = text_harms,
) -> Evidence:
    """What undersampling a group does to held-out documents of all groups, five paired seeds; over seeds and test points:

    neighbour_harm                 RH towards the partner, mean over the groups; the partner is the group of largest mean
                                   cosine over two balanced encoders of other seeds
    neighbour_minus_rest           that minus the mean of the rest of the row, mean over the groups
    neighbour_kept                 how much of the separation from the partner is kept (theory.harms.separation_kept), alike
    strong_...                     the same over the half of the groups whose partner stands out most on those other seeds;
                                   minus_next: minus the row's smallest other entry
    groups_moved                   groups nearer to the partner than to the rest, after Holm's correction
    rows_led_by_neighbour          rows whose minimum is the partner (rows.rows_led)
    ..._unharmed                   of encoders from whose training set as many documents of all groups were taken, in place of
                                   those that saw one group undersampled
    accuracy, own_accuracy         of balanced heads on balanced encoders, of all groups and, mean over the groups, on the
                                   encoder that saw the group undersampled
    own_indirect, own_total        NIE_ii and TE_ii, means over the groups (theory.harms.mediation)
    neighbour_harm_if_merged       RH towards the partner of a planted full merger (if_merged)

    Control: labels shuffled, so those encoders take the undersampled ones' place. Positive control: in these the documents of
    each group are pulled towards the partner (pulled).
    """
    documents = chosen(preset.documents)
    own = np.array(targets or range(len(documents.groups)))
    found = text_study(run, preset, own.tolist(), seeds=seeds, measure=measure)
    names = found.compared if partners is not None else found.names
    if partners is None:
        partners = found.declared.nearest[own]
        order = np.argsort(-found.declared.strength[own], kind="stable")
        strong = np.sort(order[: max(1, len(own) // 2)])
    else:
        strong = np.empty(0, np.int64)
    judged = Judged(placed(run, found, own, partners), own, partners, strong)
    rows = harm_rows(judged.harmed, found.balanced, seed=13)
    kept = harm_rows(judged.harmed, found.balanced, seed=13, measure=separation_kept)
    numbers = of_rows(rows, kept, judged)
    unharmed = dict.fromkeys(found.harmed, found.shuffled)
    same = Judged(unharmed, own, partners, strong)
    without = of_rows(
        harm_rows(unharmed, found.balanced, seed=13),
        harm_rows(unharmed, found.balanced, 13, measure=separation_kept),
        same,
    )
    numbers |= {f"{name}_unharmed": without[name] for name in without if name.startswith(("neighbour", "strong"))}
    harm = applied(lambda r: towards(r, partners), rows)
    numbers |= each_over_seeds([_pair(documents.groups, k, j) for k, j in zip(own, partners, strict=True)], harm, "RH")
    numbers |= of_heads(judged, found, run)
    numbers["neighbour_harm_if_merged"] = if_merged(found, own, partners)
    if taxonomy is not None:
        named = taxonomy[own]
        numbers["taxonomy_harm"] = over_seeds(applied(lambda r: towards(r, named).mean(axis=-1), rows), "RH")
        numbers["taxonomy_minus_rest"] = over_seeds(
            applied(lambda r: minus_rest(r, own, named).mean(axis=-1), rows), "RH"
        )
        numbers["rows_led_by_taxonomy"] = rows_led(rows, own, named)
    mean, low, high = limits(rows)
    return Evidence(
        numbers,
        arrays={
            "names": np.array(documents.groups),
            "own": own,
            "partners": partners,
            "strong": strong,
            "mean": mean,
            "low": low,
            "high": high,
            "kept": limits(applied(lambda r: towards(r, partners), kept)),
            "looks": found.balanced[0]["looks"],
            "course": along_the_run(found, own, partners),
        },
        seeds=tuple(seeds),
        models=names if keep_models else (),
    )


def placed(run: Run, found: TextStudy, own: np.ndarray, partners: np.ndarray) -> Mapping[int, Sequence[Record]]:
    """What takes the place of the undersampled encoders: themselves, or what a control says."""
    if run.planted:
        return {
            int(k): [pulled(record, int(k), int(j)) for record in found.shuffled]
            for k, j in zip(own, partners, strict=True)
        }
    return dict.fromkeys(found.harmed, found.shuffled) if run.control else found.harmed


def pulled(record: Record, own: int, onto: int) -> Record:
    """The record with unit embeddings z of group `own` turned to z + d, d the unit vector from the mean of the other groups'
    means towards that of group `onto`: a move, planted for the positive control."""
    unit, labels = normalise(record["embeddings"].astype(np.float64)), record["labels"]
    means = np.array([unit[labels == k].mean(axis=0) for k in range(int(labels.max()) + 1)])
    towards_ = means[onto] - np.delete(means, (own, onto), axis=0).mean(axis=0)
    unit[labels == own] += towards_ / np.linalg.norm(towards_)
    return {**record, "embeddings": unit}


def if_merged(found: TextStudy, own: np.ndarray, partners: np.ndarray) -> Quantity:
    """RH towards the partner, mean over the groups, where the documents of each group lie on the partner's. Where groups are
    as near to others as to themselves a full merger is not below 1, and RH cannot tell it."""
    there = {int(k): [merged(r, int(k), int(j)) for r in found.shuffled] for k, j in zip(own, partners, strict=True)}
    rows = harm_rows(there, found.balanced, seed=13)
    return over_seeds(applied(lambda r: towards(r, partners).mean(axis=-1), rows), "RH")


def of_rows(rows: Resampled, kept: Resampled, judged: Judged) -> dict[str, Quantity]:
    """What rows [S, R, K] of RH, and of the separation kept, say of the partners."""
    own, partners, strong = judged.own, judged.partners, judged.strong
    harm = applied(lambda r: towards(r, partners), rows)
    rest = applied(lambda r: minus_rest(r, own, partners), rows)
    following = applied(lambda r: minus_next(r, own, partners), rows)
    left = applied(lambda r: towards(r, partners), kept)
    adjusted = holm(p_values(rest))
    moved = (adjusted <= LEVEL) & (rest.estimates.mean(axis=0) < 0)

    def mean(part: Resampled, places: np.ndarray | slice, unit: str = "RH") -> Quantity:
        return over_seeds(applied(lambda v: v[..., places].mean(axis=-1), part), unit)

    every = slice(None)
    of_strong = (
        {
            "strong_neighbour_harm": mean(harm, strong),
            "strong_neighbour_minus_rest": mean(rest, strong),
            "strong_neighbour_minus_next": mean(following, strong),
            "strong_neighbour_kept": mean(left, strong, "separation"),
        }
        if len(strong)
        else {}
    )
    return {
        "neighbour_harm": mean(harm, every),
        "neighbour_minus_rest": mean(rest, every),
        "neighbour_kept": mean(left, every, "separation"),
        **of_strong,
        "groups_moved": Quantity.exact(int(moved.sum()), "groups"),
        "rows_led_by_neighbour": rows_led(rows, own, partners),
    }


def of_heads(judged: Judged, found: TextStudy, run: Run) -> dict[str, Quantity]:
    """Accuracy of balanced heads, and the effects on what they predict. With shuffled labels no head saw the group
    undersampled."""
    alike = run.control or run.planted
    rows = effects(judged.harmed, found.balanced, BALANCED if alike else None)
    diagonal = applied(lambda r: towards(r, judged.own).mean(axis=-1), rows)
    truth = found.balanced[0]["truth"]
    correct = np.array([record["predictions"][0] == truth for record in found.balanced])
    own = [[(r["predictions"][0] == truth)[truth == k].mean() for r in part] for k, part in judged.harmed.items()]
    return {
        "accuracy": student(correct.mean(axis=1), "accuracy"),
        "own_accuracy": student(np.mean(own, axis=0), "accuracy"),
        "own_total": over_seeds(applied(lambda v: v[..., 0], diagonal), "accuracy"),
        "own_indirect": over_seeds(applied(lambda v: v[..., 1], diagonal), "accuracy"),
    }


def along_the_run(found: TextStudy, own: np.ndarray, partners: np.ndarray) -> np.ndarray:
    """[P, R, S]: RH of each group towards its partner at each look along the run."""
    return np.array(
        [
            [
                harm_of_cosines(a["cosines"].astype(float), b["cosines"].astype(float))[:, k, j]
                for a, b in zip(found.harmed[int(k)], found.balanced, strict=True)
            ]
            for k, j in zip(own, partners, strict=True)
        ]
    ).transpose(2, 0, 1)


def _pair(names: Sequence[str], own: int, partner: int) -> str:
    return f"{names[own]} towards {names[partner]}".replace(",", "")


def harm_to_women(run: Run) -> Evidence:
    """B13g: women among WordNet's leaders and among its performers, each undersampled 10 times; the partner is the men of the
    occupation, as the paper asks. neighbour_..., groups_moved and controls as in `of_groups`.

    gender_distance_kept: the Euclidean distance between the mean embeddings of both genders of the occupation (unit vectors),
    over that of balanced encoders, mean over both occupations: a distance between groups instead of a mean of cosines, beside RH.
    accuracy: of balanced heads, chance is .2. people_to_tell: held-out people of each group with whom these seeds would tell
    a neighbour_minus_rest of TOLD from 0; seeds_to_tell: seeds at which these people would, -1 where none do (`needed`).
    """
    preset = PRESETS["people-cpu"]
    names = chosen(preset.documents).groups
    own = np.array([names.index(name) for name in WOMEN])
    partners = np.array([names.index(name) for name in WOMEN.values()])
    found = text_study(run, preset, own.tolist(), FEW)
    judged = Judged(placed(run, found, own, partners), own, partners, np.empty(0, np.int64))
    rows = harm_rows(judged.harmed, found.balanced, seed=13)
    kept = harm_rows(judged.harmed, found.balanced, seed=13, measure=separation_kept)
    apart = harm_rows(judged.harmed, found.balanced, seed=13, measure=distance_kept)
    numbers = of_rows(rows, kept, judged)
    numbers["gender_distance_kept"] = over_seeds(
        applied(lambda r: towards(r, partners).mean(axis=-1), apart), "distance"
    )
    people, more = needed(numbers["neighbour_minus_rest"], TOLD, preset.documents.held_out, len(SEEDS))
    numbers |= {"people_to_tell": Quantity.exact(people, "people"), "seeds_to_tell": Quantity.exact(more, "seeds")}
    mean, low, high = limits(rows)
    return Evidence(
        numbers | of_heads(judged, found, run) | {"neighbour_harm_if_merged": if_merged(found, own, partners)},
        arrays={
            "names": np.array(names),
            "own": own,
            "partners": partners,
            "strong": judged.strong,
            "mean": mean,
            "low": low,
            "high": high,
            "kept": limits(applied(lambda r: towards(r, partners), kept)),
            "looks": found.balanced[0]["looks"],
            "course": along_the_run(found, own, partners),
        },
        seeds=SEEDS,
        models=found.names,
    )


def needed(measured: Quantity, effect: float, points: int, seeds: int) -> tuple[int, int]:
    """(test points of each group with these seeds, seeds with these points) at which the 95 % interval of a mean as noisy as
    `measured` is half as wide as `effect`, -1 where no number is enough: its variance over shared test points falls as their
    number, that over seeds as theirs.

    Raises ValueError for a quantity without noise."""
    if measured.noise is None:
        raise ValueError("measured: a mean over seeds is needed, whose noise is known")
    between, shared, freedom = measured.noise
    half, normal, student_ = effect**2, norm.ppf(0.975) ** 2, t.ppf(0.975, freedom) ** 2
    left_for_points, left_for_seeds = half - student_ * between, half - normal * shared
    more_points = math.ceil(points * normal * shared / left_for_points) if left_for_points > 0 else -1
    if left_for_seeds <= 0:
        return more_points, -1
    more_seeds = next(n for n in itertools.count(3) if t.ppf(0.975, n - 1) ** 2 * between * seeds / n <= left_for_seeds)
    return more_points, more_seeds


def distance_kept(
    undersampled: np.ndarray, balanced: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """[..., K, K]: Euclidean distances of the groups' mean unit embeddings under one encoder over those under another; NaN on the
    diagonal. Arguments as in theory.harms.representation_harm."""
    above, below = (_mean_distances(part, labels, weights) for part in (undersampled, balanced))
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _mean_distances(embeddings: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    points_, members = normalise(embeddings.astype(np.float64)), np.eye(int(labels.max()) + 1)[labels]
    sums = np.einsum("...n,nk,nd->...kd", weights, members, points_)
    means = sums / np.einsum("...n,nk->...k", weights, members)[..., None]
    return np.linalg.norm(means[..., :, None, :] - means[..., None, :, :], axis=-1)


def separation_lost(run: Run) -> Evidence:
    """B13k: what an undersampled group loses, on AG News and on WordNet's glosses, mean over all their groups; over seeds and
    test points.

    <corpus>_kept         separation from the partner, as a part of the balanced encoders' (theory.harms.separation_kept)
    <corpus>_kept_rest    from the other groups, mean over these
    <corpus>_indirect     NIE_ii: accuracy that balanced heads lose on it
    ..._unharmed          of encoders from whose training set as many documents of all groups were taken

    Control: balanced and undersampled encoders exchanged.
    """
    numbers: dict[str, Quantity] = {}
    models: list[str] = []
    names, parts, indirect = [], [], []
    for word, preset in (("news", PRESETS["news-cpu"]), ("glosses", PRESETS["wordnet-cpu"])):
        groups = chosen(preset.documents).groups
        own = np.arange(len(groups))
        found = text_study(run, preset, own.tolist())
        partners = found.declared.nearest
        without = dict.fromkeys(found.harmed, found.shuffled)
        for end, harmed in (("", found.harmed), ("_unharmed", without)):
            kept, lost = what_is_lost(harmed, found.balanced, exchanged=run.control)
            left = applied(lambda r, j=partners: towards(r, j), kept)
            rest = applied(lambda r, i=own, j=partners: towards(r, j) - minus_rest(r, i, j), kept)
            numbers[f"{word}_kept{end}"] = over_seeds(applied(lambda v: v.mean(axis=-1), left), "separation")
            numbers[f"{word}_kept_rest{end}"] = over_seeds(applied(lambda v: v.mean(axis=-1), rest), "separation")
            numbers[f"{word}_indirect{end}"] = over_seeds(applied(lambda v: v.mean(axis=-1), lost), "accuracy")
            if not end:
                parts.append(limits(left))
                indirect.append(limits(lost))
        names += [f"{groups[k]} > {groups[j]}" for k, j in zip(own, partners, strict=True)]
        models += found.names
    return Evidence(
        numbers,
        arrays={
            "names": np.array(names),
            "kept": np.concatenate(parts, axis=1),
            "indirect": np.concatenate(indirect, axis=1),
        },
        seeds=SEEDS,
        models=tuple(models),
    )


def what_is_lost(
    harmed: Mapping[int, Sequence[Record]], balanced: Sequence[Record], exchanged: bool = False
) -> tuple[Resampled, Resampled]:
    """(rows [S, R, K] of the separation kept, NIE_ii [S, R]) of the undersampled groups; exchanged: the two encoders' places."""
    kept, lost = [], []
    for k, records in harmed.items():
        one, other = (balanced, records) if exchanged else (records, balanced)
        kept.append(harm_rows({k: one}, other, seed=13, measure=separation_kept))
        effect = effects({k: one}, other, BALANCED)
        lost.append(applied(lambda r, k=k: r[..., 1, :, k], effect))
    return tuple(
        Resampled(
            np.concatenate([p.estimates for p in part], axis=1), np.concatenate([p.replicates for p in part], axis=2)
        )
        for part in (kept, lost)
    )  # pyright: ignore[reportReturnType]
