"""Checks of what a slip in released code does: paper B's shares on the wrong axis, with a weaker tie than the published one."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import (
    minimise_blocks,
    minimise_population,
    minority_model,
    row_weighted_objective,
)

WITHIN, ALPHA, SMALLEST = 0.95, 0.1, 1 / 192


def no_collapse_with_the_slip(run: Run) -> Evidence:
    """P3: cos(h1, h2) of both losses' certified optima along falling shares, alpha = .1. Control: the published alpha = .4,
    where the slip drives the minority to cosine 1 instead."""
    alpha = 0.4 if run.control else ALPHA
    shares = np.geomspace(1 / 3, SMALLEST, 20)
    slipped, right, gaps = [], [], []
    for share in shares:
        model = minority_model(share, alpha, WITHIN)
        for optimum, found in (
            (minimise_blocks(row_weighted_objective(model), model.proportions), slipped),
            (minimise_population(model), right),
        ):
            found.append(optimum.gram[0, 1])
            gaps.append(optimum.gap)
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "slipped_cosine": Quantity.exact(slipped[-1], "cosine"),
            "right_cosine": Quantity.exact(right[-1], "cosine"),
            "largest_slipped_cosine": Quantity.exact(max(slipped), "cosine"),
        },
        arrays={"shares": shares, "slipped": np.array(slipped), "right": np.array(right)},
    )
