"""Paper B's allocation harm and its mediation on Fashion-MNIST, every class undersampled in turn: B10, B11 and B11b.

On the encoders of B9, with linear heads of two protocols. "training images": on 500 samples of each class, or on 5 of the
undersampled one, judged on the whole test set; what the records of the encoders hold. "held-out images", as in the released
code: on three quarters of the held-out samples whose features are kept (225 of 300 a class, 2 of the undersampled one), judged
on the fourth, each quarter in turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.model_selection import StratifiedKFold

from contrastive_claims.experiments.claims.harms import published_numbers as published
from contrastive_claims.experiments.claims.harms.pairs import FACTOR, REPLICATES, SEEDS, Record, Study, points
from contrastive_claims.experiments.claims.harms.representation import CLASSES, fashion_study
from contrastive_claims.experiments.claims.harms.rows import minus_next, rows_led, towards
from contrastive_claims.experiments.claims.intervals import applied, each_over_seeds, limits, over_seeds, p_values
from contrastive_claims.experiments.data.bias import undersample
from contrastive_claims.experiments.ledger.vocabulary import LEVEL, Evidence, Quantity, Run
from contrastive_claims.experiments.training.probe import linear_probe
from contrastive_claims.theory.harms import Resampled, hierarchical_bootstrap, holm, mediation

BALANCED = -1  # the head that saw no class undersampled
PARTS = 4  # of the held-out samples: three for a head, one to judge it
PLANTED = 0.15  # of a class's samples, which the representation then costs: the middle of the published shares


def head(record: Record, undersampled: int) -> np.ndarray:
    """Predictions [N] of the record's head that saw this class undersampled. Raises ValueError where there is none."""
    found = np.flatnonzero(record["heads"] == undersampled)
    if len(found) != 1:
        raise ValueError(f"heads: the record has {len(found)} heads for class {undersampled}, not 1")
    return record["predictions"][found[0]].astype(np.int64)


def effects(
    harmed: Mapping[int, Sequence[Record]], balanced: Sequence[Record], head_of: int | None = None
) -> Resampled:
    """Rows of TE, NIE and rNDE: [S, 3, R, K], for each undersampled class i of `harmed` row i of theory.harms.mediation.

    Y(1,1) is read from the undersampled encoder's head for `head_of`, by default i. Replicates resample the test set.
    """
    truth = balanced[0]["truth"].astype(np.int64)

    def rows(s: int, weights: np.ndarray) -> np.ndarray:
        neither = head(balanced[s], BALANCED)
        made = []
        for target, records in harmed.items():
            both = head(records[s], target if head_of is None else head_of)
            made.append(
                [e[..., target, :] for e in mediation(both, neither, head(records[s], BALANCED), truth, weights)]
            )
        return np.stack([np.stack(row, axis=-2) for row in made], axis=-2)

    return hierarchical_bootstrap(rows, truth, len(balanced), np.random.default_rng(10), REPLICATES)


def on_held_out_images(record: Record, undersampled: Sequence[int], seed: int) -> Record:
    """truth, heads and predictions, as in the record of an encoder, of heads that learn from its kept held-out samples: one
    without undersampling and one for each class of `undersampled`, thinned FACTOR times.

    `seed` draws PARTS stratified folds and what is kept of a class: the same for every encoder of that seed, since all records
    hold the same samples. The penalty is cross-validated for the balanced head, and serves the others too, which have too few
    samples of one class for that.
    """
    features, labels = points(record).astype(np.float64), record["labels"].astype(np.int64)
    predictions = np.empty((1 + len(undersampled), len(labels)), np.int64)
    folds = StratifiedKFold(PARTS, shuffle=True, random_state=seed)
    for learn, judge in folds.split(features, labels):
        plain = linear_probe(features[learn], labels[learn], seed)
        predictions[0, judge] = plain.predict(features[judge])
        for row, target in enumerate(undersampled, start=1):
            kept = learn[undersample(labels[learn], target, FACTOR, seed)]
            made = linear_probe(features[kept], labels[kept], seed, (plain.penalty,))
            predictions[row, judge] = made.predict(features[judge])
    return {"truth": labels, "heads": np.array([BALANCED, *undersampled]), "predictions": predictions}


def misled(record: Record, own: int, onto: int, share: float) -> Record:
    """The record with a share of class `own` taken for class `onto` by the balanced head: an effect of the representation alone,
    planted (`onto` another class) or turned round (`onto` the class itself)."""
    chosen = np.flatnonzero(record["truth"] == own)
    chosen = np.random.default_rng(own).permutation(chosen)[: round(share * len(chosen))]
    predictions = record["predictions"].copy()
    predictions[np.ix_(np.flatnonzero(record["heads"] == BALANCED), chosen)] = onto
    return {**record, "predictions": predictions}


def allocation_harm_fashion(run: Run) -> Evidence:
    """B10: TE on Fashion-MNIST, each of the ten classes undersampled 100 times (encoder and head), three paired seeds.

    own_effect                    TE_ii, mean over the ten classes: accuracy lost by the undersampled class
    head_predicts_it              P(predict i | class i) of the heads that saw i undersampled, mean over the ten classes
    head_predicts_it_unharmed     the same on balanced encoders: where both are 0, TE_ii is minus the accuracy
    strong_gain_minus_next        TE_ij of B9's declared neighbour j minus the row's largest other gain, mean over the five
                                  classes whose neighbour stands out most
    strong_share_of_mass          TE_ij / -TE_ii towards that neighbour, ratio of means over those classes
    rows_led_by_neighbour         of the ten rows, averaged over seeds, whose largest gain is the neighbour's (rows.rows_led)
    classes_confirmed             classes that lose accuracy, after Holm's correction
    ..._unharmed                  of balanced encoders with balanced heads, trained on another sample from the same initial
                                  weights, in the place of the undersampled ones

    Control: what the declared neighbour gains goes to the class farthest from the undersampled one.
    """
    found, own, neighbours, strong = fashion_study(run)
    total = applied(lambda r: r[..., 0, :, :], effects(found.harmed, found.balanced))
    stand_ins = dict.fromkeys(found.harmed, found.stand_ins)
    unharmed = applied(lambda r: r[..., 0, :, :], effects(stand_ins, found.balanced, BALANCED))
    if run.control:
        total = applied(lambda r: _exchanged(r, neighbours, found.neighbours.farthest), total)

    def ahead(rows: Resampled) -> Quantity:
        gain = applied(lambda r: -minus_next(-r, own, neighbours)[..., strong].mean(axis=-1), rows)
        return over_seeds(gain, "share of the class")

    def mean_of_own(rows: Resampled, unit: str = "accuracy") -> Quantity:
        return over_seeds(applied(lambda r: towards(r, own).mean(axis=-1), rows), unit)

    lost = applied(lambda r: towards(r, own), total)
    adjusted = holm(p_values(lost))
    confirmed = (adjusted <= LEVEL) & (lost.estimates.mean(axis=0) < 0)
    mean, low, high = limits(total)
    untouched = {  # by the control, which may not lean on the claim's own numbers
        "own_effect": mean_of_own(total),
        "head_predicts_it": Quantity.exact(_predicts_it(found.harmed), "share of the class"),
        "head_predicts_it_unharmed": Quantity.exact(
            _predicts_it(dict.fromkeys(found.harmed, found.balanced)), "share of the class"
        ),
    }
    return Evidence(
        ({} if run.control else untouched)
        | {
            "strong_gain_minus_next": ahead(total),
            "strong_share_of_mass": Quantity.exact(_share_of_mass(mean, strong, neighbours)),
            "rows_led_by_neighbour": rows_led(applied(np.negative, total), own, neighbours),
            "classes_confirmed": Quantity.exact(int(confirmed.sum()), "classes"),
            "own_effect_unharmed": mean_of_own(unharmed),
            "strong_gain_minus_next_unharmed": ahead(unharmed),
        }
        | each_over_seeds([f"own effect on {name}" for name in CLASSES], lost, "accuracy"),
        arrays={
            "names": np.array(CLASSES),
            "neighbours": neighbours,
            "strong": strong,
            "mean": mean,
            "low": low,
            "high": high,
            "published_names": published.CLASSES,
            "published": published.TOTAL,
        },
        seeds=SEEDS,
        models=found.names,
    )


def _predicts_it(records: Mapping[int, Sequence[Record]]) -> float:
    """P(predict i | class i) of the heads that saw class i undersampled, mean over classes and seeds."""
    return float(np.mean([(head(r, k)[r["truth"] == k] == k).mean() for k, part in records.items() for r in part]))


def _exchanged(rows: np.ndarray, classes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Rows [..., R, K] with each row's entries at its two classes exchanged."""
    made, every = rows.copy(), np.arange(len(classes))
    made[..., every, classes], made[..., every, others] = rows[..., every, others], rows[..., every, classes]
    return made


def _share_of_mass(total: np.ndarray, classes: np.ndarray, neighbours: np.ndarray) -> float:
    """Part of what the classes lose that goes to their neighbours; 0 where they lose nothing."""
    lost = -total[classes, classes].sum()
    return float(total[classes, neighbours[classes]].sum() / lost) if lost > 0 else 0.0


def indirect_effect_fashion(run: Run) -> Evidence:
    """B11: NIE on Fashion-MNIST, each of the ten classes undersampled 100 times, three paired seeds, by heads of both protocols.

    own_indirect, own_indirect_held_out    NIE_ii, mean over the ten classes: accuracy lost with the undersampled encoder and a
                                           balanced head on training images, on held-out images
    own_total, own_total_held_out          TE_ii alike
    strong_gain_minus_next, ..._held_out   where the mass of TE goes, as in B10, by heads of both protocols
    own_indirect_unharmed                  NIE_ii of balanced encoders, trained on another sample from the same initial weights,
                                           in the place of the undersampled ones; heads on training images
    identity_error                         largest |TE - (NIE - rNDE)| of any entry
    classes_confirmed                      classes with NIE_ii < 0 on training images, after Holm's correction

    Control: with undersampled encoders the balanced heads recognise all of the class, whatever they predicted.
    """
    found, own, neighbours, strong = fashion_study(run)
    numbers, parts, errors = {}, {}, []
    for end, rows in mediated(found, run).items():
        diagonal = applied(lambda r: towards(r, own), rows)
        total, indirect = (applied(lambda r, k=k: r[..., k, :], diagonal) for k in (0, 1))
        parts[end] = total, indirect
        numbers[f"own_indirect{end}"] = over_seeds(applied(lambda v: v.mean(axis=-1), indirect), "accuracy")
        numbers[f"own_total{end}"] = over_seeds(applied(lambda v: v.mean(axis=-1), total), "accuracy")
        gain = applied(lambda r: -minus_next(-r[..., 0, :, :], own, neighbours)[..., strong].mean(axis=-1), rows)
        numbers[f"strong_gain_minus_next{end}"] = over_seeds(gain, "share of the class")
        errors.append(np.abs(rows.estimates[:, 0] - rows.estimates[:, 1] + rows.estimates[:, 2]).max())
    unharmed = effects(dict.fromkeys(found.harmed, found.stand_ins), found.balanced, BALANCED)
    numbers["own_indirect_unharmed"] = over_seeds(
        applied(lambda r: towards(r[..., 1, :, :], own).mean(axis=-1), unharmed), "accuracy"
    )
    total, indirect = parts[""]
    adjusted = holm(p_values(indirect))
    confirmed = (adjusted <= LEVEL) & (indirect.estimates.mean(axis=0) < 0)
    return Evidence(
        numbers
        | {
            "identity_error": Quantity.exact(max(errors)),
            "classes_confirmed": Quantity.exact(int(confirmed.sum()), "classes"),
        }
        | each_over_seeds([f"own indirect of {name}" for name in CLASSES], indirect, "accuracy"),
        arrays={
            "names": np.array(CLASSES),
            "total": limits(total),
            "indirect": limits(indirect),
            "adjusted": adjusted,
            "published_names": published.CLASSES,
            "published_total": published.TOTAL,
            "published_indirect": published.INDIRECT,
        },
        seeds=SEEDS,
        models=found.names,
    )


def share_through_representation(run: Run) -> Evidence:
    """B11b: NIE/TE on Fashion-MNIST, each of the ten classes undersampled 100 times, three paired seeds.

    share, share_held_out    NIE_ii/TE_ii of means over the ten classes, per seed; heads on training images, on held-out images

    Control: with undersampled encoders the balanced heads recognise all of the class, whatever they predicted. Positive control:
    they take 15 % of the class, whatever they predicted, for its neighbour.
    """
    found, own, _, _ = fashion_study(run)
    shares = {end: applied(lambda r: _share(r, own), rows) for end, rows in mediated(found, run).items()}
    return Evidence(
        {f"share{end}": over_seeds(share) for end, share in shares.items()},
        arrays={
            "protocols": np.array(["heads on training images", "heads on held-out images, as released"]),
            "shares": np.array([limits(share) for share in shares.values()]),
            "seeds": np.array([share.estimates for share in shares.values()]),
            "published_names": published.CLASSES,
            "published": published.INDIRECT / published.TOTAL,
        },
        seeds=SEEDS,
        models=found.names,
    )


def _share(rows: np.ndarray, own: np.ndarray) -> np.ndarray:
    """[...]: NIE_ii/TE_ii, ratio of means over the classes, of rows [..., 3, R, K] of TE, NIE and rNDE."""
    means = towards(rows, own).mean(axis=-1)
    return means[..., 1] / means[..., 0]


def mediated(found: Study, run: Run) -> dict[str, Resampled]:
    """Rows of TE, NIE and rNDE (`effects`) by heads on training images (""), and on held-out ones ("_held_out")."""
    protocols = {"": (found.harmed, found.balanced)}
    balanced = [on_held_out_images(r, (), s) for s, r in zip(SEEDS, found.balanced, strict=True)]
    harmed = {
        k: [on_held_out_images(r, (k,), s) for s, r in zip(SEEDS, part, strict=True)]
        for k, part in found.harmed.items()
    }
    protocols["_held_out"] = harmed, balanced
    made = {}
    for end, (harmed, balanced) in protocols.items():
        if run.control:
            harmed = {k: [misled(r, k, k, 1.0) for r in part] for k, part in harmed.items()}
        if run.planted:
            nearest = found.neighbours.nearest.tolist()
            harmed = {k: [misled(r, k, nearest[k], PLANTED) for r in part] for k, part in harmed.items()}
        made[end] = effects(harmed, balanced)
    return made
