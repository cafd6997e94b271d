"""Check of the block model's link to images: who a rare class collapses onto, predicted before any training (B29, ours)."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom
from sklearn.neighbors import kneighbors_graph
from threadpoolctl import threadpool_limits

from contrastive_claims.experiments.claims.harms.pairs import SEEDS, harm_rows, study
from contrastive_claims.experiments.claims.harms.representation import CLASSES, PRESET
from contrastive_claims.experiments.claims.harms.rows import rows_led
from contrastive_claims.experiments.claims.intervals import applied
from contrastive_claims.experiments.data.sources import load, subset
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.experiments.training.sets import first_of_each
from contrastive_claims.theory.blockmodel import BlockModel, undersampled_groups
from contrastive_claims.theory.harms import Resampled

DATA, PER_CLASS, NEIGHBOURS, SPLIT = "fashion-mnist", 500, 10, 0


def collapse_partners(run: Run) -> Evidence:
    """B29: the class that each class of Fashion-MNIST moves towards when it is undersampled, named from raw images alone.

    The block model of a graph of raw images says where each block goes as its share vanishes (claim B19's general law).
    Against it stands the smallest entry of the class's row of RH, averaged over the paired seeds of B9's encoders. hits: how
    many of the ten are named; its interval: from those that are the smallest for certain to those that may be (rows.rows_led).
    chance: the probability, given the rows as measured, of as many by guessing one of the nine others each time. Beside it two
    simpler guesses: the class that the graph ties most to it (hits_minus_ties: over the rows where the two differ), and the
    nearest class of balanced encoders. Control: the classes of the graph's nodes are permuted.
    """
    preset = load_preset(PRESET)
    model, tied = image_graph(run.control)
    predicted, cosine = predicted_partners(model, preset.method.temperature)
    found = study(run, preset, range(len(CLASSES)))
    rows = harm_rows(found.harmed, found.balanced, seed=9)
    own = np.arange(len(CLASSES))
    hits = rows_led(rows, own, predicted, "classes")
    return Evidence(
        {
            "hits": hits,
            "chance": Quantity.exact(chance_of(int(hits.value), len(CLASSES), len(CLASSES) - 1), "probability"),
            "hits_of_most_tied": rows_led(rows, own, tied, "classes"),
            "hits_minus_ties": more_named(rows, predicted, tied),
            "hits_of_balanced_encoders": rows_led(rows, own, found.neighbours.nearest, "classes"),
        },
        arrays={
            "names": np.array(CLASSES),
            "connectivity": model.connectivity,
            "predicted": predicted,
            "cosine": cosine,
            "tied": tied,
            "declared": found.neighbours.nearest,
            "rows": rows.estimates.mean(axis=0),
        },
        seeds=SEEDS,
        models=found.names,
    )


def more_named(rows: Resampled, one: np.ndarray, other: np.ndarray) -> Quantity:
    """How many more of the rows of RH [S, R, K] one guess [R] of the least entry names than the other; interval: that of both
    counts (rows.rows_led) over the rows where they differ."""
    differ = np.flatnonzero(one != other)
    part = applied(lambda r: r[..., differ, :], rows)
    ours, theirs = (rows_led(part, differ, guess[differ]) for guess in (one, other))
    return Quantity(ours.value - theirs.value, ours.low - theirs.high, ours.high - theirs.low, "classes")


def image_graph(labels_shuffled: bool = False) -> tuple[BlockModel, np.ndarray]:
    """(block model, tied [K]) of the graph that joins each of PER_CLASS images of every class to its NEIGHBOURS nearest ones,
    by Euclidean distance of the raw pixels; tied: the other class that each class is connected to most.

    Control: with `labels_shuffled` the classes of the nodes are permuted.
    """
    data = load(DATA)
    data = subset(data, first_of_each(data.labels, PER_CLASS, SPLIT))
    with threadpool_limits(1):
        graph = kneighbors_graph(data.images.reshape(len(data.labels), -1).astype(np.float32), NEIGHBOURS)
    labels = np.random.default_rng(SPLIT).permutation(data.labels) if labels_shuffled else data.labels
    model = BlockModel.from_graph(graph.maximum(graph.T), labels)
    return model, (model.connectivity - np.diag(np.diag(model.connectivity))).argmax(axis=1)


def predicted_partners(model: BlockModel, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """(partner [K], cosine [K]): where each block goes as its share vanishes, -1 and NaN for one that has no link."""
    partner, cosine = np.full(model.blocks, -1), np.full(model.blocks, np.nan)
    for found in undersampled_groups(model, temperature):
        partner[found.group], cosine[found.group] = found.onto, found.limit
    return partner, cosine


def chance_of(hits: int, classes: int, choices: int) -> float:
    """P(at least this many of `classes` guesses are right), each one of `choices` other classes."""
    return float(binom.sf(hits - 1, classes, 1 / choices))
