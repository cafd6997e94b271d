"""Paper B's representation harm on Fashion-MNIST, every class undersampled in turn: B9 at the standard scale."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.harms import published_numbers as published
from contrastive_claims.experiments.claims.harms.pairs import SEEDS, Study, harm_rows, merged, points, study
from contrastive_claims.experiments.claims.harms.rows import minus_next, minus_rest, rows_led, towards
from contrastive_claims.experiments.claims.intervals import (
    applied,
    each_over_seeds,
    limits,
    over_seeds,
    p_values,
    student,
)
from contrastive_claims.experiments.ledger.vocabulary import LEVEL, Evidence, Quantity, Run
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.harms import Resampled, class_separation, holm, separation_kept

PRESET = "fashion-harm-cpu"
CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
STRONG = 5  # classes whose declared neighbour stands out most: half of them


def fashion_study(run: Run) -> tuple[Study, np.ndarray, np.ndarray, np.ndarray]:
    """The encoders with every class undersampled in turn; the classes, their declared neighbours, and the strong classes."""
    found = study(run, load_preset(PRESET), range(len(CLASSES)))
    return found, np.arange(len(CLASSES)), found.neighbours.nearest, np.sort(found.neighbours.strongest()[:STRONG])


def representation_harm_fashion(run: Run) -> Evidence:
    """B9: RH on the held-out images of Fashion-MNIST, each of the ten classes undersampled 100 times, three paired seeds.

    A class's neighbour is the class of largest mean cosine over two balanced encoders of other seeds; the five classes whose
    neighbour stands out most there (over the next class) are the strong ones. Over seeds and test points:

    neighbour_minus_rest            RH towards the neighbour minus the mean of the rest of the row, mean over ten classes
    strong_neighbour_harm           RH towards the neighbour, mean over the strong classes
    strong_neighbour_minus_next     that minus the row's smallest other entry, mean over the strong classes
    strong_neighbour_kept           how much of the separation from the neighbour is kept (theory.harms.separation_kept), alike
    <class>_apart_from_<neighbour>  how well balanced encoders tell the two apart (theory.harms.class_separation)
    rows_led_by_neighbour           of the ten rows, averaged over seeds, those whose minimum is the neighbour; its interval: from
                                    those that are for certain to those that may be (rows.rows_led)
    pairs_confirmed                 classes that are nearer to their neighbour than to the rest, after Holm's correction
    ..._unharmed                    the same of balanced encoders, trained on another sample from the same initial weights, in the
                                    place of the undersampled ones

    Control: every undersampled class is merged with the class farthest from it (pairs.merged).
    """
    found, own, neighbours, strong = fashion_study(run)
    farthest = found.neighbours.farthest
    harmed = {
        k: [merged(r, k, int(farthest[k])) for r in part] if run.control else part for k, part in found.harmed.items()
    }
    rows = harm_rows(harmed, found.balanced, seed=9)
    unharmed = harm_rows(dict.fromkeys(found.harmed, found.stand_ins), found.balanced, seed=9)
    rest = applied(lambda r: minus_rest(r, own, neighbours), rows)
    following = applied(lambda r: minus_next(r, own, neighbours), rows)
    harm = applied(lambda r: towards(r, neighbours), rows)
    adjusted = holm(p_values(rest))
    confirmed = (adjusted <= LEVEL) & (rest.estimates.mean(axis=0) < 0)
    mean, low, high = limits(rows)
    kept = applied(lambda r: towards(r, neighbours), harm_rows(harmed, found.balanced, 9, measure=separation_kept))
    labels = found.balanced[0]["labels"].astype(np.int64)
    apart = np.array([towards(class_separation(points(record), labels), neighbours) for record in found.balanced])

    def of_strong(resampled: Resampled, unit: str = "RH") -> Quantity:
        return over_seeds(applied(lambda v: v[..., strong].mean(axis=-1), resampled), unit)

    def all_minus_rest(resampled: Resampled) -> Quantity:
        return over_seeds(applied(lambda r: minus_rest(r, own, neighbours).mean(axis=-1), resampled), "RH")

    return Evidence(
        {
            "neighbour_minus_rest": all_minus_rest(rows),
            "strong_neighbour_harm": of_strong(harm),
            "strong_neighbour_minus_next": of_strong(following),
            "strong_neighbour_kept": of_strong(kept, "separation"),
            "neighbour_minus_rest_unharmed": all_minus_rest(unharmed),
            "strong_neighbour_harm_unharmed": of_strong(applied(lambda r: towards(r, neighbours), unharmed)),
            "strong_neighbour_minus_next_unharmed": of_strong(
                applied(lambda r: minus_next(r, own, neighbours), unharmed)
            ),
            "rows_led_by_neighbour": rows_led(rows, own, neighbours),
            "pairs_confirmed": Quantity.exact(int(confirmed.sum()), "classes"),
        }
        | each_over_seeds([f"{CLASSES[k]} towards {CLASSES[neighbours[k]]}" for k in own], harm, "RH")
        | each_over_seeds([f"{CLASSES[k]} kept from {CLASSES[neighbours[k]]}" for k in own], kept, "separation")
        | {f"{CLASSES[k]}_apart_from_{CLASSES[neighbours[k]]}".replace(" ", "_"): student(apart[:, k]) for k in own},
        arrays={
            "names": np.array(CLASSES),
            "neighbours": neighbours,
            "strong": strong,
            "mean": mean,
            "low": low,
            "high": high,
            "adjusted": adjusted,
            "published_pairs": published.PAIRS,
            "published": published.SIMCLR,
        },
        seeds=SEEDS,
        models=found.names,
    )
