"""Check of what eps does to the margins of conflicting pairs in biased data (A14).

It looks at certified optima, over free embeddings and over the biased block graph, and at small encoders trained for a
fixed budget on synthetic features with an easy bias.
"""

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
    conflicting_margins,
    trained,
)
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel, ContrastiveObjective, biased_model, minimise_blocks
from contrastive_claims.theory.margins.free import minimise_free

RHOS, TEMPERATURES, EPSILONS = (0.9, 0.95, 0.99), (0.1, 0.5), (0.0, 0.5, 2.0)

FREE_EPSILONS, FREE_SIZES = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0), (2, 2, 20)
GRAPH_TIES = ((0.2, 0.6), (0.3, 0.6), (0.6, 0.2))  # connectivity of (same bias only, same class only)
GRAPH_EPSILONS, GRAPH_TEMPERATURE = (0.0, 0.5, 1.0, 2.0, 5.0), 0.5


def larger_epsilon(run: Run) -> Evidence:
    """A14: margins of conflicting pairs, in cosines (the margin asked for is eps * tau), against eps.

    Criterion: at the declared setting, training set, worst margin: the paired difference to eps = 0 with Student's 95 %
    interval over SEEDS. Beside it the whole grid, the same on fresh data, and two kinds of certified optima. What to expect:
    loss + eps depends on the logits through s+ - eps alone, so the same budget should leave the margin eps * tau wider
    wherever the sphere leaves room (an ETF's margin is CLASSES/(CLASSES - 1) in cosines). Control: the
    encoders with eps take a tenth of the steps.
    """
    steps = {epsilon: STEPS // 10 if run.control and epsilon else STEPS for epsilon in EPSILONS}
    # training worst, training mean of anchors' worst, fresh worst, fresh mean
    margins = np.empty((len(TEMPERATURES), len(RHOS), len(EPSILONS), len(SEEDS), 4))
    for done, (t, r, e, s) in enumerate(np.ndindex(margins.shape[:-1])):
        both = trained("eps_sup_infonce", RHOS[r], TEMPERATURES[t], EPSILONS[e], SEEDS[s], steps[EPSILONS[e]])
        found = [conflicting_margins(data) for data in both]
        margins[t, r, e, s] = [measure for each in found for measure in (each.min(), each.mean())]
        run.progress(done + 1, margins[..., 0].size, f"rho {RHOS[r]}, eps {EPSILONS[e]}, tau {TEMPERATURES[t]}")
    paired = margins[:, :, 1:] - margins[:, :, :1]
    quantities = np.empty((*paired.shape[:3], 4), dtype=object)
    for place in np.ndindex(quantities.shape):
        quantities[place] = student(paired[(*place[:3], slice(None), place[3])], "cosine")
    difference, low, high = (
        np.vectorize(lambda quantity, end=end: getattr(quantity, end), otypes=[float])(quantities)
        for end in ("value", "low", "high")
    )
    t, r = TEMPERATURES.index(MAIN_TEMPERATURE), RHOS.index(MAIN_RHO)
    main = quantities[t, r, EPSILONS.index(MAIN_EPSILON) - 1]
    free, free_gaps = free_margins()
    graph, graph_gaps = graph_margins()
    return Evidence(
        {
            "worst_margin_difference": main[0],
            "mean_margin_difference": main[1],
            "fresh_worst_margin_difference": main[2],
            "fresh_mean_margin_difference": main[3],
            "margin_asked_for": Quantity.exact(MAIN_EPSILON * MAIN_TEMPERATURE, "cosine"),
            "settings": Quantity.exact(low[..., 0].size),
            "settings_widened": Quantity.exact((low[..., 0] > 0).sum()),
            "settings_narrowed": Quantity.exact((high[..., 0] < 0).sum()),
            "fresh_settings_widened": Quantity.exact((low[..., 2] > 0).sum()),
            "fresh_settings_narrowed": Quantity.exact((high[..., 2] < 0).sum()),
            "fresh_mean_settings_narrowed": Quantity.exact((high[..., 3] < 0).sum()),
            "free_optimum_at_0": Quantity.exact(free[FREE_EPSILONS.index(0.0)], "logits"),
            "free_optimum_at_1": Quantity.exact(free[FREE_EPSILONS.index(1.0)], "logits"),
            "free_optimum_at_5": Quantity.exact(free[FREE_EPSILONS.index(5.0)], "logits"),
            "largest_rise_at_graph_optima": Quantity.exact((graph[:, 1:] - graph[:, :1]).max(), "cosine"),
            "largest_fall_at_graph_optima": Quantity.exact((graph[:, 1:] - graph[:, :1]).min(), "cosine"),
            "worst_gap": Quantity.exact(max(free_gaps + graph_gaps), "nats"),
        },
        arrays={
            "temperatures": np.array(TEMPERATURES),
            "rhos": np.array(RHOS),
            "epsilons": np.array(EPSILONS),
            "margins": margins,
            "difference": difference,
            "low": low,
            "high": high,
            "free_epsilons": np.array(FREE_EPSILONS),
            "free_margins": np.array(free),
            "graph_epsilons": np.array(GRAPH_EPSILONS),
            "graph_ties": np.array(GRAPH_TIES),
            "graph_margins": graph,
        },
        seeds=SEEDS,
    )


def free_margins() -> tuple[list[float], list[float]]:
    """Worst margin (logits) of the certified optimum over free embeddings of unbalanced classes at FREE_EPSILONS, and gaps.

    Free embeddings see no bias (A12): the small classes stand for the rare, conflicting groups.
    """
    labels = np.repeat(np.arange(len(FREE_SIZES)), FREE_SIZES)
    same = labels[:, None] == labels
    margins, gaps = [], []
    for epsilon in FREE_EPSILONS:
        found = minimise_free(labels, FREE_TEMPERATURE, epsilon)
        gram = found.vectors @ found.vectors.T
        lowest, hardest = np.where(same, gram, np.inf).min(axis=1), np.where(same, -np.inf, gram).max(axis=1)
        margins.append(float((lowest - hardest).min()) / FREE_TEMPERATURE)
        gaps.append(found.gap)
    return margins, gaps


def graph_margins() -> tuple[np.ndarray, list[float]]:
    """Worst margin (cosine) of conflicting pairs at the certified optimum of the biased graph, [ties, epsilons]; gaps."""
    margins, gaps = np.empty((len(GRAPH_TIES), len(GRAPH_EPSILONS))), []
    for i, (same_bias, same_class) in enumerate(GRAPH_TIES):
        model = biased_model(MAIN_RHO, WITHIN, same_bias, same_class, NEITHER)
        for j, epsilon in enumerate(GRAPH_EPSILONS):
            found = minimise_blocks(margin_objective(model, GRAPH_TEMPERATURE, epsilon), model.proportions)
            margins[i, j] = conflicting_margins(Embedded(found.gram, *np.divmod(np.arange(4), 2))).min()
            gaps.append(found.gap)
    return margins, gaps


def margin_objective(model: BlockModel, temperature: float, epsilon: float) -> ContrastiveObjective:
    """Paper B's population loss with paper A's margin (ours): in the denominator a neighbour weighs e^-eps.

    -(1/tau) sum_kl W_kl G_kl + sum_k pi_k log sum_l pi_l (1 - (1 - e^-eps) alpha_kl) e^{G_kl/tau}; eps-SupCon when the
    edges are the positives, paper B's loss at eps = 0, convex in G for every eps.
    """
    kernel = 1 - (1 - np.exp(-epsilon)) * model.connectivity
    return ContrastiveObjective(model.pair_weights, model.proportions, kernel * model.proportions[None, :], temperature)
