"""Check of the phase diagrams (B26): where a minority collapses fully, partly or not, and where one vector per block fails."""

from __future__ import annotations

import numpy as np

from experiments.claims.blocks.certified import Optima
from experiments.claims.blocks.majorities import beside_majorities
from experiments.ledger.vocabulary import Evidence, Quantity, Run
from theory.blockmodel import BlockModel, PopulationOptimum
from theory.blockmodel.limits import (
    collapse_threshold,
    exact_collapse_margin,
    exact_collapse_multipliers,
    many_majorities_threshold,
)

MERGED = 1e-6  # 1 - cosine up to which two blocks count as one point
CLOSE = 0.01  # how near a closed boundary a grid point is left out of the comparison


def three_blocks(ratio: float, share: float, within: float = 0.9, tied: float = 0.5, own: float = 1.0) -> BlockModel:
    """A minority of the given share and inner connection own * within, tied by ratio * within to a majority that holds the
    part `tied` of the rest."""
    alpha = within * np.array([[own, ratio, 0], [ratio, 1, 0], [0, 0, 1]])
    return BlockModel([share, (1 - share) * tied, (1 - share) * (1 - tied)], alpha)


def _summary(optimum: PopulationOptimum) -> tuple[float, float]:
    """Cosine of the minority with its majority, and the largest scaled multiplier (positive: a block spreads)."""
    return float(optimum.gram[0, 1]), float(optimum.multipliers.max())


def phase_diagrams(run: Run) -> Evidence:
    """B26: certified optima on four grids and for K = 2 to 8, against the closed boundaries B5, B17, B18, B24, B25.

    Control: the boundaries at twice the temperature.
    """
    factor = 2.0 if run.control else 1.0
    optima, wrong, compared = Optima(), [], []
    ratios, shares = np.linspace(0.04, 1.1, 27), np.geomspace(1e-3, 0.8, 20)
    temperatures, inner = np.linspace(0.15, 2.4, 20), np.linspace(0.02, 1.0, 20)

    def compare(name: str, merged: bool, margin: float) -> None:
        if abs(margin) > CLOSE:
            compared.append(name)
            if merged != (margin > 0):
                wrong.append(name)

    by_share = np.empty((len(shares), len(ratios), 2))
    for k, j in np.ndindex(by_share.shape[:2]):
        model = three_blocks(float(ratios[j]), float(shares[k]))
        by_share[k, j] = _summary(optima.find(model, 1.0, keep=False))
        compare("share", bool(1 - by_share[k, j, 0] < MERGED), exact_collapse_margin(model, factor))
    run.progress(1, 5, "alpha/p against the share")
    by_temperature = np.empty((len(temperatures), len(ratios), 2))
    for k, j in np.ndindex(by_temperature.shape[:2]):
        tau = float(temperatures[k])
        by_temperature[k, j] = _summary(optima.find(three_blocks(float(ratios[j]), 1e-5), tau, keep=False))
        margin = float(ratios[j]) - collapse_threshold(factor * tau)
        compare("temperature", bool(1 - by_temperature[k, j, 0] < MERGED), margin)
    run.progress(2, 5, "alpha/p against the temperature")
    withins = np.linspace(0.05, 1.0, 20)
    alphas = np.linspace(0.02, 1.0, 25)
    unequal = np.empty((2, len(withins), len(alphas)))
    for m, k, j in np.ndindex(unequal.shape):
        model = three_blocks(float(alphas[j] / withins[k]), 0.05, float(withins[k]), tied=(0.3, 0.7)[m])
        unequal[m, k, j] = optima.find(model, 1.0, keep=False).gram[0, 1]
        compare("unequal", bool(1 - unequal[m, k, j] < MERGED), exact_collapse_margin(model, factor))
    run.progress(3, 5, "alpha against p, unequal majorities")
    by_inner = np.empty((len(inner), len(ratios), 2))
    spread_wrong, spread_compared = 0, 0
    for k, j in np.ndindex(by_inner.shape[:2]):
        model = three_blocks(float(ratios[j]), 0.02, own=float(inner[k]))
        by_inner[k, j] = _summary(optima.find(model, 1.0, keep=False))
        if exact_collapse_margin(model, 1.0) > CLOSE:
            largest = exact_collapse_multipliers(model, 1.0).max()
            if abs(largest) > CLOSE:
                spread_compared += 1
                spread_wrong += bool(largest > 0) != bool(by_inner[k, j, 1] > 0)
    run.progress(4, 5, "alpha/p against the minority's own connection")
    blocks = np.arange(2, 9)
    by_blocks = np.empty((len(blocks), len(ratios)))
    for k, j in np.ndindex(by_blocks.shape):
        model = beside_majorities(np.ones(blocks[k] - 1), float(ratios[j]) * 0.9, share=1e-4, within=0.9)
        by_blocks[k, j] = optima.find(model, 0.5, keep=False).gram[0, 1]
        # beside one majority (K = 2) the minority merges iff alpha >= p, whatever the temperature (B25)
        threshold = 1.0 if blocks[k] == 2 else many_majorities_threshold(int(blocks[k]) - 1, 0.5 * factor)
        compare("blocks", bool(1 - by_blocks[k, j] < MERGED), float(ratios[j]) - threshold)
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "optima": Quantity.exact(optima.count),
            "points_compared": Quantity.exact(len(compared) + spread_compared),
            "points_on_the_wrong_side_of_a_merging_boundary": Quantity.exact(len(wrong)),
            "points_on_the_wrong_side_of_the_spreading_boundary": Quantity.exact(spread_wrong),
            "largest_rise_with_the_share": Quantity.exact(np.diff(by_share[:, :, 0], axis=0).max(), "cosine"),
            "part_of_the_share_diagram_that_spreads": Quantity.exact(float((by_share[:, :, 1] > 1e-9).mean())),
            "part_of_the_inner_diagram_that_spreads": Quantity.exact(float((by_inner[:, :, 1] > 1e-9).mean())),
        },
        arrays={
            "ratios": ratios,
            "shares": shares,
            "by_share": by_share,
            "temperatures": temperatures,
            "by_temperature": by_temperature,
            "thresholds": np.array([collapse_threshold(float(tau)) for tau in temperatures]),
            "withins": withins,
            "alphas": alphas,
            "unequal": unequal,
            "inner": inner,
            "by_inner": by_inner,
            "blocks": blocks,
            "by_blocks": by_blocks,
        },
    )
