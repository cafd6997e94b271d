"""Checks of when two blocks merge and whether they spread: B17, B24, B24b, B25, closed forms against certified optima."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import Optima
from contrastive_claims.experiments.claims.blocks.shares import random_model, split
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel, minimise_population
from contrastive_claims.theory.blockmodel.limits import (
    exact_collapse_margin,
    exact_collapse_multipliers,
    two_block_cosine,
)
from contrastive_claims.theory.blockmodel.model import minority_model
from contrastive_claims.theory.blockmodel.proofs import exact_collapse, spread_of_merged, two_blocks

MERGED = np.array([[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])


def merging_at_finite_shares(run: Run) -> Evidence:
    """B17: random models of three blocks on both sides of the margin, and the two critical shares of the theory note.

    Control: half of the repulsion (E/Z in place of 2E/Z).
    """
    generator = np.random.default_rng(17)
    optima, merged, apart = Optima(), [], []
    for _ in range(150):
        model = _two_connected(generator)
        tau = float(generator.uniform(0.3, 3))
        margin = exact_collapse_margin(model, tau) + (_half_repulsion(model, tau) if run.control else 0)
        if abs(margin) < 0.02:
            continue
        optimum = optima.find(model, tau, keep=len(optima.steps) < 24)
        (merged if margin > 0 else apart).append(np.abs(optimum.gram - MERGED).max())
    critical = [_critical_share(alpha, tau) for alpha, tau in ((0.6, 1.0), (0.4, 1.3))]
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "models_that_merge": Quantity.exact(len(merged)),
            "models_that_do_not": Quantity.exact(len(apart)),
            "worst_distance_from_merged": Quantity.exact(max(merged), "cosine"),
            "smallest_distance_otherwise": Quantity.exact(min(apart), "cosine"),
            "critical_share_alpha_.6_tau_1": Quantity.exact(critical[0], "share"),
            "critical_share_alpha_.4_tau_1.3": Quantity.exact(critical[1], "share"),
        },
        seeds=(17,),
        certificate=exact_collapse(optima.steps, run.control),
    )


def _two_connected(generator: np.random.Generator, weakest: float = 0.2) -> BlockModel:
    """Three blocks of random shares and connections, of which only the first two are tied."""
    alpha = np.diag([generator.uniform(weakest, 1) ** (0.2 / weakest) ** 0.5, *generator.uniform(0.2, 1, 2)])
    alpha[0, 1] = alpha[1, 0] = generator.uniform(0.05, 0.95)
    return BlockModel(generator.dirichlet(np.ones(3)) * 0.97 + 0.01, alpha)


def _half_repulsion(model: BlockModel, temperature: float) -> float:
    joint, rest = model.proportions[:2].sum(), model.proportions[2]
    return 1 / (joint + rest * math.exp(-2 / temperature))


def _critical_share(alpha: float, temperature: float) -> float:
    """The minority's share below which it merges, in the published study's model (p = .95)."""
    low, high = 1e-6, 0.9
    for _ in range(60):
        share = (low + high) / 2
        merges = exact_collapse_margin(minority_model(share, alpha), temperature) >= 0
        low, high = (share, high) if merges else (low, share)
    return low


def _merged_models(count: int, clear: float = 0.0) -> Iterator[tuple[BlockModel, float, np.ndarray]]:
    """B24's random models whose first two blocks merge, a temperature each, and the multipliers' closed form [3]; the largest
    differs from 0 by more than `clear`."""
    generator = np.random.default_rng(24)
    while count:
        model, tau = _two_connected(generator, weakest=0.02), float(generator.uniform(0.5, 3))
        if exact_collapse_margin(model, tau) < 0.02:
            continue
        predicted = exact_collapse_multipliers(model, tau)
        if abs(predicted.max()) > clear:
            count -= 1
            yield model, tau, predicted


def multipliers_of_a_merged_pair(run: Run) -> Evidence:
    """B24: multipliers at merged optima against the closed form. Control: the two degrees exchanged."""
    optima, errors, positive = Optima(), [], 0
    for model, tau, law in _merged_models(60):
        predicted = law[[1, 0, 2]] if run.control else law
        optimum = optima.find(model, tau, keep=len(optima.steps) < 20)
        errors.append(np.abs(optimum.multipliers - predicted).max())
        positive += predicted.max() > 0
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_multiplier_error": Quantity.exact(max(errors)),
            "models_with_a_positive_multiplier": Quantity.exact(positive),
        },
        seeds=(24,),
        certificate=spread_of_merged(optima.steps, run.control),
    )


def spread_of_a_merged_pair(run: Run) -> Evidence:
    """B24b: merged models with every block split in halves: how far the halves of a block stand apart where its multiplier is
    positive, and where it is not. Control: the two degrees exchanged."""
    gaps, gains, stays, apart, together = [], [], [], [], []
    for model, tau, law in _merged_models(30, clear=1e-2):
        predicted = law[[1, 0, 2]] if run.control else law
        whole, halves = minimise_population(model, tau), minimise_population(split(model, 2), tau)
        gaps.extend((whole.gap, halves.gap))
        (gains if predicted.max() > 0 else stays).append(whole.loss - halves.loss)
        between = 1 - halves.gram[[0, 2, 4], [1, 3, 5]]
        apart.extend(between[predicted > 0])
        together.extend(between[predicted <= 0])
        run.progress(len(gains) + len(stays), 30, "merged models")
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "models_that_spread": Quantity.exact(len(gains)),
            "smallest_gain_by_splitting": Quantity.exact(min(gains), "nats"),
            "largest_gain_where_none_is_expected": Quantity.exact(max(stays), "nats"),
            "smallest_spread_of_positive_blocks": Quantity.exact(min(apart), "1 - cosine"),
            "largest_spread_of_other_blocks": Quantity.exact(max(together), "1 - cosine"),
        },
        seeds=(24,),
    )


def two_block_law(run: Run) -> Evidence:
    """B25: random models of two blocks against the quadratic, and the merger from A = 2 on at several temperatures.

    Control: the merger from A = 1 on.
    """
    generator = np.random.default_rng(25)
    optima, errors, merged = Optima(), [], 0
    for k in range(120):
        model, tau = random_model(2, generator), float(generator.choice([0.2, 0.5, 1.0, 3.0]))
        predicted = two_block_cosine(model, tau)
        if run.control and model.connectivity[0, 1] * (1 / model.degrees).sum() >= 1:
            predicted = 1.0
        optimum = optima.find(model, tau, keep=k < 20)
        merged += predicted == 1.0
        errors.append(abs(optimum.gram[0, 1] - predicted))
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_cosine_error": Quantity.exact(max(errors), "cosine"),
            "models_that_merge": Quantity.exact(merged),
        },
        seeds=(25,),
        certificate=two_blocks(optima.steps, run.control),
    )
