"""Check of the phase diagrams (B26): where a minority collapses fully, partly or not, and where one vector per block fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import Optima
from contrastive_claims.experiments.claims.blocks.majorities import beside_majorities
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.blockmodel.limits import (
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


@dataclass
class Comparison:
    """Certified optima on grids, and how often one lies on the wrong side of a closed boundary.

    A point whose margin to the boundary is at most CLOSE is left out.
    """

    optima: Optima = field(default_factory=Optima)
    merging: list[bool] = field(default_factory=list)  # of each point compared: is it on the wrong side?
    spreading: list[bool] = field(default_factory=list)

    def find(self, model: BlockModel, temperature: float = 1.0) -> tuple[float, float]:
        """Cosine of the minority with its majority, and the largest scaled multiplier (positive: a block spreads)."""
        optimum = self.optima.find(model, temperature, keep=False)
        return float(optimum.gram[0, 1]), float(optimum.multipliers.max())

    def merges(self, cosine: float, margin: float) -> None:
        """Compare "merged" with the sign of the margin."""
        if abs(margin) > CLOSE:
            self.merging.append((1 - cosine < MERGED) != (margin > 0))

    def spreads(self, multiplier: float, predicted: float) -> None:
        """Compare the sign of the largest multiplier with that of the closed form."""
        if abs(predicted) > CLOSE:
            self.spreading.append((multiplier > 0) != (predicted > 0))


RATIOS, SHARES = np.linspace(0.04, 1.1, 27), np.geomspace(1e-3, 0.8, 20)
TEMPERATURES, INNER = np.linspace(0.15, 2.4, 20), np.linspace(0.02, 1.0, 20)
WITHINS, ALPHAS = np.linspace(0.05, 1.0, 20), np.linspace(0.02, 1.0, 25)
BLOCKS = np.arange(2, 9)


def share_diagram(made: Comparison, factor: float) -> np.ndarray:
    """[shares, ratios, 2]: `find` of a minority by alpha/p and its share, against B17's margin."""
    found = np.empty((len(SHARES), len(RATIOS), 2))
    for (k, share), (j, ratio) in product(enumerate(SHARES), enumerate(RATIOS)):
        model = three_blocks(float(ratio), float(share))
        found[k, j] = made.find(model)
        made.merges(found[k, j, 0], exact_collapse_margin(model, factor))
    return found


def temperature_diagram(made: Comparison, factor: float) -> np.ndarray:
    """[temperatures, ratios, 2]: by alpha/p and temperature at a tiny share, against B5's threshold."""
    found = np.empty((len(TEMPERATURES), len(RATIOS), 2))
    for (k, tau), (j, ratio) in product(enumerate(TEMPERATURES), enumerate(RATIOS)):
        found[k, j] = made.find(three_blocks(float(ratio), 1e-5), float(tau))
        made.merges(found[k, j, 0], float(ratio) - collapse_threshold(factor * float(tau)))
    return found


def unequal_diagram(made: Comparison, factor: float) -> np.ndarray:
    """[2, p, alpha]: the cosine beside a small and a large majority, against B17's margin."""
    found = np.empty((2, len(WITHINS), len(ALPHAS)))
    for (m, tied), (k, within), (j, alpha) in product(enumerate((0.3, 0.7)), enumerate(WITHINS), enumerate(ALPHAS)):
        model = three_blocks(float(alpha / within), 0.05, float(within), tied=tied)
        found[m, k, j], _ = made.find(model)
        made.merges(found[m, k, j], exact_collapse_margin(model, factor))
    return found


def inner_diagram(made: Comparison) -> np.ndarray:
    """[p_11 / p, ratios, 2]: by alpha/p and the minority's own connection; where it has merged, B24 says whether it spreads."""
    found = np.empty((len(INNER), len(RATIOS), 2))
    for (k, own), (j, ratio) in product(enumerate(INNER), enumerate(RATIOS)):
        model = three_blocks(float(ratio), 0.02, own=float(own))
        found[k, j] = made.find(model)
        if exact_collapse_margin(model, 1.0) > CLOSE:
            made.spreads(found[k, j, 1], exact_collapse_multipliers(model, 1.0).max())
    return found


def blocks_diagram(made: Comparison, factor: float) -> np.ndarray:
    """[blocks, ratios]: the cosine beside K - 1 equal majorities, against B18's threshold."""
    found = np.empty((len(BLOCKS), len(RATIOS)))
    for (k, blocks), (j, ratio) in product(enumerate(BLOCKS), enumerate(RATIOS)):
        model = beside_majorities(np.ones(blocks - 1), float(ratio) * 0.9, share=1e-4, within=0.9)
        found[k, j], _ = made.find(model, 0.5)
        # beside one majority (K = 2) the minority merges iff alpha >= p, whatever the temperature (B25)
        threshold = 1.0 if blocks == 2 else many_majorities_threshold(int(blocks) - 1, 0.5 * factor)
        made.merges(found[k, j], float(ratio) - threshold)
    return found


def phase_diagrams(run: Run) -> Evidence:
    """B26: certified optima on four grids and for K = 2 to 8, against the closed boundaries B5, B17, B18, B24, B25.

    Control: the boundaries at twice the temperature.
    """
    factor, made = 2.0 if run.control else 1.0, Comparison()
    by_share = share_diagram(made, factor)
    run.progress(1, 5, "alpha/p against the share")
    by_temperature = temperature_diagram(made, factor)
    run.progress(2, 5, "alpha/p against the temperature")
    unequal = unequal_diagram(made, factor)
    run.progress(3, 5, "alpha against p, unequal majorities")
    by_inner = inner_diagram(made)
    run.progress(4, 5, "alpha/p against the minority's own connection")
    by_blocks = blocks_diagram(made, factor)
    return Evidence(
        {
            "worst_gap": Quantity.exact(made.optima.worst_gap, "nats"),
            "optima": Quantity.exact(made.optima.count),
            "points_compared": Quantity.exact(len(made.merging) + len(made.spreading)),
            "points_on_the_wrong_side_of_a_merging_boundary": Quantity.exact(sum(made.merging)),
            "points_on_the_wrong_side_of_the_spreading_boundary": Quantity.exact(sum(made.spreading)),
            "largest_rise_with_the_share": Quantity.exact(np.diff(by_share[:, :, 0], axis=0).max(), "cosine"),
            "part_of_the_share_diagram_that_spreads": Quantity.exact(float((by_share[:, :, 1] > 1e-9).mean())),
            "part_of_the_inner_diagram_that_spreads": Quantity.exact(float((by_inner[:, :, 1] > 1e-9).mean())),
        },
        arrays={
            "ratios": RATIOS,
            "shares": SHARES,
            "by_share": by_share,
            "temperatures": TEMPERATURES,
            "by_temperature": by_temperature,
            "thresholds": np.array([collapse_threshold(float(tau)) for tau in TEMPERATURES]),
            "withins": WITHINS,
            "alphas": ALPHAS,
            "unequal": unequal,
            "inner": INNER,
            "by_inner": by_inner,
            "blocks": BLOCKS,
            "by_blocks": by_blocks,
        },
    )
