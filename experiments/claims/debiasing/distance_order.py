"""Check of how the four sets of distances stand at certified optima, and in small encoders trained on biased data (A15)."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.intervals import student
from contrastive_claims.experiments.claims.synthetic_encoders import (
    FREE_TEMPERATURE,
    MAIN_EPSILON,
    MAIN_RHO,
    MAIN_TEMPERATURE,
    NEITHER,
    SEEDS,
    STEPS,
    WITHIN,
    Embedded,
    set_distances,
    trained,
)
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import biased_model, minimise_population
from contrastive_claims.theory.margins.free import minimise_free

RHOS = (MAIN_RHO,)
LOSSES = (("sup_con", 0.0), ("eps_sup_infonce", MAIN_EPSILON))
SIZES = ((4, 4, 4), (6, 6), (3, 4, 8))
WEAKER, STRONGER = (0.2, 0.4), (0.6, 0.8)  # connectivities: same bias only and same class only, either way round


def distance_ordering(run: Run) -> Evidence:
    """A15, quick form: gaps of the chain d+aligned < d+conflicting <= d-aligned < d-conflicting (mean squared distances).

    first, middle, last: right side minus left side of the three inequalities, eps left out (an eps > 0 only makes the middle
    one harder). Measured at certified optima of SupCon over free embeddings and of the biased graph, and on encoders trained
    with SupCon and eps-SupInfoNCE at the declared setting (intervals over SEEDS). Control
    ("class_and_bias_exchanged"): the distances are taken with class and bias exchanged.
    """
    wrong = run.control
    supcon, supcon_gaps = supcon_distances(wrong)
    weak, weak_gaps = graph_distances(WEAKER, STRONGER, wrong)
    strong, strong_gaps = graph_distances(STRONGER, WEAKER, wrong)
    distances = np.empty((len(LOSSES), len(RHOS), 2, len(SEEDS), 4))  # axis 2: training set, fresh
    for done, (k, r, s) in enumerate(np.ndindex(distances.shape[0], distances.shape[1], len(SEEDS))):
        loss, epsilon = LOSSES[k]
        for d, data in enumerate(trained(loss, RHOS[r], MAIN_TEMPERATURE, epsilon, SEEDS[s], STEPS)):
            pairs = 1 - np.eye(len(data.labels))
            distances[k, r, d, s] = set_distances(data.exchanged() if wrong else data, pairs)
        run.progress(done + 1, distances[:, :, 0, :, 0].size, f"{loss}, rho {RHOS[r]}")
    numbers = {
        "largest_first_gap_at_supcon_optimum": Quantity.exact(np.diff(supcon)[:, 0].max(), "squared distance"),
        "largest_positive_distance_at_supcon_optimum": Quantity.exact(supcon[:, :2].max(), "squared distance"),
        "largest_middle_gap_with_stronger_bias": Quantity.exact(np.diff(strong)[:, 1].max(), "squared distance"),
        "smallest_middle_gap_with_stronger_class": Quantity.exact(np.diff(weak)[:, 1].min(), "squared distance"),
        "worst_gap": Quantity.exact(max(supcon_gaps + weak_gaps + strong_gaps), "nats"),
    }
    main = distances[:, RHOS.index(MAIN_RHO)]
    for (loss, _), of_loss in zip(LOSSES, main, strict=True):
        for name, of_data in zip(("training", "fresh"), of_loss, strict=True):
            for gap, values in zip(("first", "middle", "last"), np.diff(of_data).T, strict=True):
                numbers[f"{loss}_{name}_{gap}_gap"] = student(values, "squared distance")
    return Evidence(
        numbers,
        arrays={
            "rhos": np.array(RHOS),
            "distances": distances,
            "supcon": supcon,
            "stronger_class": weak,
            "stronger_bias": strong,
        },
        seeds=SEEDS,
    )


def supcon_distances(exchanged: bool) -> tuple[np.ndarray, list[float]]:
    """The four mean distances at SupCon's certified optima over free embeddings [cases, 4], and gaps; in every class two
    samples have the next class's bias, the others their own."""
    rows, gaps = [], []
    for seed, sizes in enumerate(SIZES):
        labels = np.repeat(np.arange(len(sizes)), sizes)
        bias = labels.copy()
        for label in range(len(sizes)):
            bias[np.flatnonzero(labels == label)[:2]] = (label + 1) % len(sizes)
        found = minimise_free(labels, FREE_TEMPERATURE, 0.0, "eps_sup_con", seed=seed)
        data = Embedded(found.vectors @ found.vectors.T, labels, bias)
        rows.append(set_distances(data.exchanged() if exchanged else data, 1 - np.eye(len(labels))))
        gaps.append(found.gap)
    return np.array(rows), gaps


def graph_distances(
    same_biases: tuple[float, ...], same_classes: tuple[float, ...], exchanged: bool
) -> tuple[np.ndarray, list[float]]:
    """The four mean distances at certified optima of the biased graph [cases, 4], and gaps.

    Pairs of blocks weigh pi_k pi_l / degree_k, as in the loss. With these weights the middle gap has the sign of gamma - beta
    for any number of classes (ours, N8): exchanging y and b keeps shares, degrees and the log-sum-exp, so the optimum can
    gain nothing from it, which leaves (beta - gamma) (sum_bias w G - sum_class w G) >= 0.
    """
    rows, gaps = [], []
    for classes in (2, 3):
        for rho in (0.7, 0.95):
            for temperature in (0.2, 1.0):
                for same_bias, same_class in zip(same_biases, same_classes, strict=True):
                    model = biased_model(rho, WITHIN, same_bias, same_class, NEITHER, classes)
                    found = minimise_population(model, temperature)
                    data = Embedded(found.gram, *np.divmod(np.arange(classes**2), classes))
                    weights = np.outer(model.proportions / model.degrees, model.proportions)
                    rows.append(set_distances(data.exchanged() if exchanged else data, weights))
                    gaps.append(found.gap)
    return np.array(rows), gaps
