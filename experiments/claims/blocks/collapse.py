"""Checks of paper B's block model: certified optima against closed forms, and the proofs."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel, minimise_population
from contrastive_claims.theory.blockmodel.limits import (
    simplex_etf,
    uniform_connection_cosine,
    vanishing_minority_cosine,
)
from contrastive_claims.theory.blockmodel.model import minority_model
from contrastive_claims.theory.blockmodel.population import minimise_blocks, row_weighted_objective
from contrastive_claims.theory.blockmodel.proofs import disconnected_blocks as disconnected_proof
from contrastive_claims.theory.blockmodel.proofs import population_duality
from contrastive_claims.theory.blockmodel.proofs import uniform_connections as uniform_proof

WITHIN = 0.95


def vanishing_minority(run: Run) -> Evidence:
    """B4: certified optima along falling shares, for alpha below and above B5's threshold. Control: the published slip,
    shares on the wrong axis, whose minority drifts to cosine 1."""
    wrong = run.control
    shares, alphas = np.geomspace(1 / 3, 1e-5, 25), np.array([0.4, 0.6])
    cosines, gaps = np.empty((len(alphas), len(shares), 2)), []
    for a, alpha in enumerate(alphas):
        for s, share in enumerate(shares):
            model = minority_model(share, alpha, WITHIN)
            optimum = (
                minimise_blocks(row_weighted_objective(model), model.proportions)
                if wrong
                else minimise_population(model)
            )
            cosines[a, s] = optimum.gram[0, 1], optimum.gram[1, 2]
            gaps.append(optimum.gap)
        run.progress(a + 1, len(alphas), f"alpha = {alpha}")
    limits = np.array([vanishing_minority_cosine(alpha / WITHIN, 1.0) for alpha in alphas])
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "smallest_rise": Quantity.exact(np.diff(cosines[:, :, 0]).min(), "cosine"),
            "cosine_at_smallest_share": Quantity.exact(cosines[0, -1, 0], "cosine"),
            "distance_from_limit_below_threshold": Quantity.exact(abs(cosines[0, -1, 0] - limits[0]), "cosine"),
            "one_minus_cosine_above_threshold": Quantity.exact(1 - cosines[1, -1, 0], "cosine"),
            "majority_distance_from_antipodal": Quantity.exact((1 + cosines[:, -1, 1]).max(), "cosine"),
        },
        arrays={"shares": shares, "alphas": alphas, "cosines": cosines, "limits": limits, "gaps": np.array(gaps)},
    )


def uniform_connections(run: Run) -> Evidence:
    """B6: certified optima over K, shares, alpha/p and temperature against the clip. Control: the clip without tau."""
    wrong = run.control
    generator = np.random.default_rng(6)
    ratios, temperatures = np.geomspace(0.02, 1.05, 16), np.array([0.2, 0.5, 1.0])
    cosines, closed = (np.empty((len(temperatures), len(ratios))) for _ in range(2))
    gaps, errors = [], []
    for blocks in (2, 3, 4, 6):
        for t, temperature in enumerate(temperatures):
            for r, ratio in enumerate(ratios):
                predicted = uniform_connection_cosine(blocks, ratio, 1.0 if wrong else temperature)
                at_lower_end = predicted <= -1 / (blocks - 1)
                shares = np.full(blocks, 1 / blocks) if at_lower_end else generator.dirichlet(np.full(blocks, 2.0))
                connectivity = np.full((blocks, blocks), 0.9 * ratio) + 0.9 * (1 - ratio) * np.eye(blocks)
                optimum = minimise_population(BlockModel(shares, connectivity), float(temperature))
                between = optimum.gram[~np.eye(blocks, dtype=bool)]
                gaps.append(optimum.gap)
                errors.append(np.abs(between - predicted).max())
                if blocks == 4:
                    cosines[t, r], closed[t, r] = between.mean(), predicted
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "worst_cosine_error": Quantity.exact(max(errors), "cosine"),
            "models": Quantity.exact(len(gaps)),
        },
        arrays={"ratios": ratios, "temperatures": temperatures, "cosines": cosines, "closed": closed},
        seeds=(6,),
        certificate=uniform_proof(wrong),
    )


def disconnected_blocks(run: Run) -> Evidence:
    """B7: certified optima, K from 2 to 10, against the simplex ETF; each also as an interval certificate.

    Control: shares 1 : 2 : ... : K, where the optimum is no simplex ETF.
    """
    gaps, errors, losses, steps = [], [], [], []
    for blocks in range(2, 11):
        shares = np.arange(1, blocks + 1) if run.control else np.ones(blocks)
        model = BlockModel(shares / shares.sum(), WITHIN * np.eye(blocks))
        for temperature in (0.1, 0.5, 1.0, 2.0):
            optimum = minimise_population(model, temperature)
            between = optimum.gram[~np.eye(blocks, dtype=bool)]
            gaps.append(optimum.gap)
            cosine, loss = simplex_etf(blocks, temperature)
            errors.append(np.abs(between - cosine).max())
            losses.append(abs(optimum.loss - loss))
            steps.append(
                population_duality(model.proportions, model.connectivity, temperature, optimum.vectors, "1/100000000")
            )
        run.progress(blocks - 1, 9, f"{blocks} blocks")
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "worst_cosine_error": Quantity.exact(max(errors), "cosine"),
            "worst_loss_error": Quantity.exact(max(losses), "nats"),
            "certified_optima": Quantity.exact(len(steps)),
        },
        certificate=disconnected_proof(steps),
    )
