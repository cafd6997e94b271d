"""Checks of closed forms at finite shares: B3, B3b, B15, B16, B16b, against certified optima."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import GAP, Optima
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import (
    BlockModel,
    minimise_blocks,
    minimise_population,
    population_objective,
    row_weighted_objective,
)
from contrastive_claims.theory.blockmodel.limits import (
    biased_graph_margins,
    mean_gram,
    pmi_gram,
)
from contrastive_claims.theory.blockmodel.model import biased_model
from contrastive_claims.theory.blockmodel.proofs import (
    population_certificate,
    population_duality,
    share_independence,
    spread_law,
)
from contrastive_claims.theory.elliptope import certificate, minimise, random_vectors


def random_model(blocks: int, generator: np.random.Generator) -> BlockModel:
    """Shares from a flat Dirichlet law (at least .01 each), connections in [0, 1], stronger within a block."""
    shares = generator.dirichlet(np.full(blocks, 2.0)) * (1 - 0.01 * blocks) + 0.01
    half = np.triu(generator.uniform(0, 1, (blocks, blocks)) ** 2, 1)
    return BlockModel(shares, half + half.T + np.diag(generator.uniform(0.3, 1, blocks)))


def split(model: BlockModel, parts: int) -> BlockModel:
    """Every block in equal parts of the same connections, so that its nodes may take different vectors."""
    return BlockModel(np.repeat(model.proportions / parts, parts), np.kron(model.connectivity, np.ones((parts, parts))))


def _models() -> Iterator[tuple[BlockModel, float]]:
    """B3's random models, three for each K from 2 to 8, with a temperature each."""
    generator = np.random.default_rng(3)
    for blocks in np.repeat(np.arange(2, 9), 3):
        yield random_model(int(blocks), generator), float(generator.choice([0.3, 0.6, 1.0, 2.0]))


def duality_certificate(run: Run) -> Evidence:
    """B3: gaps of certified optima, K from 2 to 8. Control: the optimum of the wrong-axis loss, offered as the population
    loss's."""
    optima, gaps = Optima(), []
    for k, (model, tau) in enumerate(_models()):
        if run.control:
            optimum = minimise_blocks(row_weighted_objective(model, tau), model.proportions)
            gradient = population_objective(model, tau).gradient(optimum.gram)
            gaps.append(certificate(gradient, optimum.gram, model.proportions).gap)
            optima.steps.append(population_duality(model.proportions, model.connectivity, tau, optimum.vectors, GAP))
        else:
            gaps.append(optima.find(model, tau).gap)
        run.progress(k + 1, 21, f"{model.blocks} blocks")
    gaps.extend(optima.find(model).gap for model in _witnesses())
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(gaps), "nats"),
            "certified_optima": Quantity.exact(len(gaps)),
        },
        seeds=(3,),
        certificate=population_certificate(optima.steps),
    )


PLANE_STARTS = 5


def one_vector_per_block(run: Run) -> Evidence:
    """B3b: the multipliers' verdict at certified optima, against the optimum of the model whose blocks are split in halves; and
    what a split in three gains in two dimensions, where no dimension is spare. Control: the multipliers' signs exchanged."""
    sign = -1 if run.control else 1
    optima, exact, spread, undecided = Optima(), [], [], 0
    cases = [(model, tau) for model, tau in _models() if model.blocks <= 4]
    for k, (model, tau) in enumerate([*cases, *((model, 1.0) for model in _witnesses())]):
        optimum = optima.find(model, tau, keep=False)
        halves = minimise_population(split(model, 2), tau)
        optima.worst_gap = max(optima.worst_gap, halves.gap)
        largest = optimum.multipliers.max()
        undecided += abs(largest) <= 1e-3
        (spread if sign * largest > 1e-3 else exact).append(optimum.loss - halves.loss)
        run.progress(k + 1, len(cases) + 2, f"{model.blocks} blocks")
    model = _witnesses()[0]
    thirds = split(model, 3)
    plane = min(
        minimise(population_objective(thirds), random_vectors(6, 2, seed), thirds.proportions, certify=False).loss
        for seed in range(PLANE_STARTS)
    )
    collapsed = optima.find(model, keep=False).loss
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "gain_by_splitting_where_collapse_is_exact": Quantity.exact(max(map(abs, exact)), "nats"),
            "gain_by_splitting_where_it_is_not": Quantity.exact(min(spread), "nats"),
            "gain_of_a_witness_without_a_spare_dimension": Quantity.exact(abs(collapsed - plane), "nats"),
            "gain_of_that_witness_in_more_dimensions": Quantity.exact(
                collapsed - minimise_population(thirds).loss, "nats"
            ),
            "models_of_exact_collapse": Quantity.exact(len(exact)),
            "models_that_spread": Quantity.exact(len(spread)),
            "models_too_close_to_call": Quantity.exact(undecided),
        },
        seeds=(3, *range(PLANE_STARTS)),
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


def _spreading_models() -> list[tuple[BlockModel, float]]:
    """Models of unequal connections within blocks and a psd law, with a temperature each."""
    return [
        (BlockModel([0.5, 0.5], [[0.95, 0.3], [0.3, 0.5]]), 1.0),
        (BlockModel([0.3, 0.7], [[0.5, 0.45], [0.45, 0.9]]), 1.0),
        (BlockModel([0.3, 0.3, 0.4], [[0.9, 0.6, 0.5], [0.6, 0.7, 0.5], [0.5, 0.5, 0.8]]), 0.8),
    ]


def spread_law_is_optimal(run: Run) -> Evidence:
    """B16: at M the gradient of the loss of the block means vanishes, and M - t J has the same loss. Control: means of length
    1."""
    gradients, changes = [], []
    for model, tau in _spreading_models():
        law = mean_gram(model, tau)
        if run.control:
            law[np.diag_indices(model.blocks)] = 1.0
        objective = population_objective(model, tau)
        gradients.append(np.abs(objective.gradient(law)).max())
        changes.extend(abs(objective.loss(law - t) - objective.loss(law)) for t in (0.1, 0.5))
    return Evidence(
        {
            "largest_gradient": Quantity.exact(max(gradients)),
            "largest_change_along_ones": Quantity.exact(max(changes), "nats"),
            "squared_length_of_the_sparse_block": Quantity.exact(mean_gram(*_spreading_models()[0])[1, 1]),
        },
        certificate=spread_law(run.control),
    )


def spread_means(run: Run) -> Evidence:
    """B16b: squared lengths of block means at certified optima of models split in 8, 16 and 32 parts per block, against
    1 + tau log(alpha_kk/p_max); the distance falls with every doubling, at a measured order. Control: every mean of length 1."""
    wrong = run.control
    models = _spreading_models()
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
        },
        arrays={"parts": np.array(SPREAD_PARTS), "distances": distances},
    )
