"""Paper B's allocation harm and its mediation on Fashion-MNIST, every class undersampled in turn: B10 and B11.

On the encoders of B9; linear heads on 500 training samples of each class, or on 5 of the undersampled one, judged on the
whole test set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.claims.harms import published_numbers as published
from experiments.claims.harms.pairs import REPLICATES, SEEDS, Record
from experiments.claims.harms.representation import CLASSES, LEVEL, fashion_study
from experiments.claims.harms.rows import minus_next, rows_led_by_neighbour, towards
from experiments.claims.intervals import applied, each_over_seeds, limits, over_seeds, p_values
from experiments.ledger.vocabulary import Evidence, Quantity, Run
from theory.harms import Resampled, hierarchical_bootstrap, holm, mediation

BALANCED = -1  # the head that saw no class undersampled


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


def allocation_harm_fashion(run: Run) -> Evidence:
    """B10: TE on Fashion-MNIST, each of the ten classes undersampled 100 times (encoder and head), three paired seeds.

    own_effect                    TE_ii, mean over the ten classes: accuracy lost by the undersampled class
    strong_gain_minus_next        TE_ij of B9's declared neighbour j minus the row's largest other gain, mean over the five
                                  classes whose neighbour stands out most
    strong_share_of_mass          TE_ij / -TE_ii towards that neighbour, ratio of means over those classes
    rows_led_by_neighbour         of the ten rows, averaged over seeds, those whose largest gain is the neighbour's
    classes_confirmed             classes that lose accuracy, after Holm's correction

    Control: balanced encoders of the same initial weights, trained on another sample, with balanced heads, take
    the place of the undersampled ones.
    """
    found, own, neighbours, strong = fashion_study(run)
    total = applied(lambda r: r[..., 0, :, :], effects(found.harmed, found.balanced, BALANCED if run.control else None))
    lost = applied(lambda r: towards(r, own), total)
    ahead = applied(lambda r: -minus_next(-r, own, neighbours)[..., strong].mean(axis=-1), total)
    adjusted = holm(p_values(lost))
    confirmed = (adjusted <= LEVEL) & (lost.estimates.mean(axis=0) < 0)
    mean, low, high = limits(total)
    return Evidence(
        {
            "own_effect": over_seeds(applied(lambda v: v.mean(axis=-1), lost), "accuracy"),
            "strong_gain_minus_next": over_seeds(ahead, "share of the class"),
            "strong_share_of_mass": Quantity.exact(_share_of_mass(mean, strong, neighbours)),
            "rows_led_by_neighbour": rows_led_by_neighbour(-total.estimates, own, neighbours),
            "classes_confirmed": Quantity.exact(int(confirmed.sum()), "classes"),
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


def _share_of_mass(total: np.ndarray, classes: np.ndarray, neighbours: np.ndarray) -> float:
    """Part of what the classes lose that goes to their neighbours; 0 where they lose nothing."""
    lost = -total[classes, classes].sum()
    return float(total[classes, neighbours[classes]].sum() / lost) if lost > 0 else 0.0


def indirect_effect_fashion(run: Run) -> Evidence:
    """B11: NIE on Fashion-MNIST, each of the ten classes undersampled 100 times, three paired seeds.

    own_indirect          NIE_ii, mean over the ten classes: accuracy lost with the undersampled encoder and a balanced head
    share                 NIE/TE of those means, per seed
    identity_error        largest |TE - (NIE - rNDE)| of any entry
    classes_confirmed     classes with NIE_ii < 0, after Holm's correction

    Control: balanced encoders of the same initial weights, trained on another sample, take the place of the
    undersampled ones; the heads stay what they were, and so most of TE.
    """
    found, own, _, _ = fashion_study(run)
    rows = effects(found.harmed, found.balanced)
    diagonal = applied(lambda r: np.moveaxis(towards(r, own), -2, 0), Resampled(rows.estimates, rows.replicates))
    total, indirect = (Resampled(diagonal.estimates[k], diagonal.replicates[k]) for k in (0, 1))
    share = Resampled(
        indirect.estimates.mean(axis=-1) / total.estimates.mean(axis=-1),
        indirect.replicates.mean(axis=-1) / total.replicates.mean(axis=-1),
    )
    adjusted = holm(p_values(indirect))
    confirmed = (adjusted <= LEVEL) & (indirect.estimates.mean(axis=0) < 0)
    error = np.abs(rows.estimates[:, 0] - rows.estimates[:, 1] + rows.estimates[:, 2]).max()
    return Evidence(
        {
            "own_indirect": over_seeds(applied(lambda v: v.mean(axis=-1), indirect), "accuracy"),
            "own_total": over_seeds(applied(lambda v: v.mean(axis=-1), total), "accuracy"),
            "share": over_seeds(share),
            "identity_error": Quantity.exact(error),
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
