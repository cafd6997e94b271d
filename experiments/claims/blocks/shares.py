"""Checks of closed forms at finite shares: B3, B15, B16, against certified optima."""

from __future__ import annotations

import math

import numpy as np

from experiments.claims.blocks.certified import GAP, Optima
from experiments.ledger.vocabulary import Evidence, Quantity, Run
from theory.blockmodel import (
    BlockModel,
    minimise_blocks,
    minimise_population,
    population_objective,
    row_weighted_objective,
)
from theory.blockmodel.limits import (
    biased_graph_margins,
    mean_gram,
    pmi_gram,
)
from theory.blockmodel.model import biased_model
from theory.blockmodel.proofs import (
    population_certificate,
    population_duality,
    share_independence,
    spread_law,
)
from theory.elliptope import certificate


def random_model(blocks: int, generator: np.random.Generator) -> BlockModel:
    """Shares from a flat Dirichlet law (at least .01 each), connections in [0, 1], stronger within a block."""
    shares = generator.dirichlet(np.full(blocks, 2.0)) * (1 - 0.01 * blocks) + 0.01
    half = np.triu(generator.uniform(0, 1, (blocks, blocks)) ** 2, 1)
    return BlockModel(shares, half + half.T + np.diag(generator.uniform(0.3, 1, blocks)))


def split(model: BlockModel, parts: int) -> BlockModel:
    """Every block in equal parts of the same connections, so that its nodes may take different vectors."""
    return BlockModel(np.repeat(model.proportions / parts, parts), np.kron(model.connectivity, np.ones((parts, parts))))


def duality_certificate(run: Run) -> Evidence:
    """B3: gaps of certified optima, K from 2 to 8, and the multipliers' verdict against the optimum of the model whose blocks
    are split in halves. Control: the optimum of the wrong-axis loss, offered as the population loss's."""
    generator = np.random.default_rng(3)
    optima, gaps, exact, spread, undecided = Optima(), [], [], [], 0
    for k, blocks in enumerate(np.repeat(np.arange(2, 9), 3)):
        model, tau = random_model(int(blocks), generator), float(generator.choice([0.3, 0.6, 1.0, 2.0]))
        if run.control:
            optimum = minimise_blocks(row_weighted_objective(model, tau), model.proportions)
            gradient = population_objective(model, tau).gradient(optimum.gram)
            gaps.append(certificate(gradient, optimum.gram, model.proportions).gap)
            optima.steps.append(population_duality(model.proportions, model.connectivity, tau, optimum.vectors, GAP))
        else:
            optimum = optima.find(model, tau)
            gaps.append(optimum.gap)
        if blocks <= 4:
            gain = optimum.loss - minimise_population(split(model, 2), tau).loss
            largest = optimum.multipliers.max()
            undecided += abs(largest) <= 1e-3
            (spread if largest > 1e-3 else exact).append(gain)
        run.progress(k + 1, 21, f"{blocks} blocks")
    for model in _witnesses():
        optimum = optima.find(model)
        spread.append(optimum.loss - minimise_population(split(model, 2)).loss)
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "gain_by_splitting_where_collapse_is_exact": Quantity.exact(max(map(abs, exact)), "nats"),
            "gain_by_splitting_where_it_is_not": Quantity.exact(min(spread), "nats"),
            "models_of_exact_collapse": Quantity.exact(len(exact)),
            "models_that_spread": Quantity.exact(len(spread)),
            "models_too_close_to_call": Quantity.exact(undecided),
        },
        seeds=(3,),
        certificate=population_certificate(optima.steps),
        witness="K = 2, p = (.95, .5), alpha = .3: two vectors for block 2 do better than one",
    )


def _witnesses() -> list[BlockModel]:
    """Models whose optimum is not one vector per block: a sparse block, and the hub of a path."""
    path = np.diag([0.95, 0.95, 0.95])
    path[0, 1:] = path[1:, 0] = 0.6
    return [BlockModel([0.5, 0.5], [[0.95, 0.3], [0.3, 0.5]]), BlockModel([1 / 3, 1 / 3, 1 / 3], path)]


def independence_of_shares(run: Run) -> Evidence:
    """B15: models drawn so that the PMI Gram matrix is psd, at several shares each; and biased graphs on both sides of the four
    eigenvalues' boundary. Control: connections within blocks that differ."""
    generator = np.random.default_rng(15)
    optima, errors, moves, stays, still = Optima(), [], [], [], 0
    for blocks in (2, 3, 4, 6):
        for tau in (0.5, 1.0, 2.0):
            vectors = generator.standard_normal((blocks, blocks)) + 2.0
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            law = vectors @ vectors.T
            law[np.diag_indices(blocks)] = 1.0
            connectivity = 0.9 * np.exp((law - 1) / tau)
            if run.control:
                connectivity[0, 0] *= 0.5
            for _ in range(3):
                model = BlockModel(generator.dirichlet(np.full(blocks, 2.0)) * 0.9 + 0.1 / blocks, connectivity)
                predicted = law if run.control else pmi_gram(model, tau)
                errors.append(np.abs(optima.find(model, tau).gram - predicted).max())
    for _ in range(30):
        beta, gamma, delta = generator.uniform(0.05, 0.9, 3)
        tau = float(generator.choice([0.3, 0.6, 1.0]))
        smallest = biased_graph_margins(0.95, beta, gamma, delta, tau).min()
        grams = [
            optima.find(biased_model(rho, 0.95, beta, gamma, delta), tau, keep=False).gram for rho in (0.5, 0.9, 0.99)
        ]
        move = max(np.abs(grams[0] - gram).max() for gram in grams[1:])
        still += smallest >= 0
        (stays if smallest >= 0 else moves).append(move)
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_distance_from_law": Quantity.exact(max(errors), "cosine"),
            "biased_graphs_inside": Quantity.exact(still),
            "largest_move_with_rho_inside": Quantity.exact(max(stays), "cosine"),
            "median_move_with_rho_outside": Quantity.exact(float(np.median(moves)), "cosine"),
        },
        seeds=(15,),
        certificate=share_independence(optima.steps, run.control),
    )


SPREAD_PARTS = (8, 16, 32)


def spread_means(run: Run) -> Evidence:
    """B16: squared lengths of block means at certified optima of models split in 8, 16 and 32 parts per block, against
    1 + tau log(alpha_kk/p_max); the distance halves with every doubling. Control: every mean of length 1."""
    wrong = run.control
    models = [
        (BlockModel([0.5, 0.5], [[0.95, 0.3], [0.3, 0.5]]), 1.0),
        (BlockModel([0.3, 0.7], [[0.5, 0.45], [0.45, 0.9]]), 1.0),
        (BlockModel([0.3, 0.3, 0.4], [[0.9, 0.6, 0.5], [0.6, 0.7, 0.5], [0.5, 0.5, 0.8]]), 0.8),
    ]
    distances, gaps, orders = np.empty((len(models), len(SPREAD_PARTS))), [], []
    for m, (model, tau) in enumerate(models):
        law = np.ones((model.blocks, model.blocks)) if wrong else mean_gram(model, tau)
        for q, parts in enumerate(SPREAD_PARTS):
            optimum = minimise_population(split(model, parts), tau)
            gaps.append(optimum.gap)
            means = optimum.gram.reshape(model.blocks, parts, model.blocks, parts).mean(axis=(1, 3))
            distances[m, q] = np.abs(np.diag(means) - np.diag(law)).max()
            run.progress(m * len(SPREAD_PARTS) + q + 1, len(models) * len(SPREAD_PARTS), f"{parts} parts")
        orders.append(math.log2(distances[m, -2] / distances[m, -1]))
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "worst_distance_at_32_parts": Quantity.exact(distances[:, -1].max(), "squared length"),
            "slowest_order_of_convergence": Quantity.exact(min(orders)),
            "squared_length_of_the_sparse_block": Quantity.exact(mean_gram(*models[0])[1, 1]),
        },
        arrays={"parts": np.array(SPREAD_PARTS), "distances": distances},
        certificate=spread_law(wrong),
    )
