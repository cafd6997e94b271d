"""Checks of what more connections do: the message that two groups then converge (B31), and the law that holds (B31c)."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import GAP, Optima
from contrastive_claims.experiments.claims.blocks.shares import random_model
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.blockmodel.model import minority_model
from contrastive_claims.theory.blockmodel.proofs import monotone_law, moved_apart

TEMPERATURE = 2.0
SHARES = (0.9, 0.01, 0.09)
RISE = 0.1  # of alpha_12, from 0 in the witness
STUDY_SHARES, STUDY_TEMPERATURES = (0.01, 0.1, 1 / 3), (0.5, 1.0, 1.5)


def witness(alpha: float) -> BlockModel:
    """Three blocks that alpha_12 drives apart: it dilutes block 2's connection to block 3, which had turned it to block 1."""
    return BlockModel(SHARES, [[0.8, alpha, 0.7], [alpha, 0.8, 0.3], [0.7, 0.3, 0.3]])


def convergence_as_printed(run: Run) -> Evidence:
    """B31: cos(h1, h2) at certified optima of the witness without and with the connection, within what their gaps leave open;
    beside it the published study, where the same rise of alpha_12 changes one cross weight only.

    Control: the connection taken away, not added, in both. Positive control: a model of the study in the witness's place.
    """
    ends = (RISE, 0.0) if run.control else (0.0, RISE)
    optima, study = Optima(), Optima()
    models = [minority_model(1 / 3, 0.2 + alpha) if run.planted else witness(alpha) for alpha in ends]
    before, after = (float(optima.find(model, TEMPERATURE).gram[0, 1]) for model in models)
    error = _distance_left(float(Fraction(GAP)))
    rises = [
        study.find(minority_model(share, 0.2 + ends[1]), tau).gram[0, 1]
        - study.find(minority_model(share, 0.2 + ends[0]), tau).gram[0, 1]
        for share in (0.05, 1 / 3)
        for tau in (0.3, 0.5)
    ]
    return Evidence(
        {
            "worst_gap": Quantity.exact(max(optima.worst_gap, study.worst_gap), "nats"),
            "cosine_before": Quantity(before, before - error, before + error, "cosine"),
            "cosine_after": Quantity(after, after - error, after + error, "cosine"),
            "rise_of_the_cosine": Quantity(
                after - before, after - before - 2 * error, after - before + 2 * error, "cosine"
            ),
            "smallest_rise_where_one_weight_changes": Quantity.exact(min(rises), "cosine"),
        },
        certificate=moved_apart(optima.steps),
        witness="shares (.9, .01, .09), alpha_11 = alpha_22 = .8, alpha_33 = .3, alpha_13 = .7, alpha_23 = .3, tau = 2: "
        "alpha_12 from 0 to .1",
    )


def _distance_left(gap: float) -> float:
    """How far cos(h1, h2) of the witness may lie from the optimum's at that gap: theory.certify.moved has the proof."""
    first, second = SHARES[:2]
    return TEMPERATURE * math.exp(1 / TEMPERATURE) * math.sqrt(2 * gap / (first * second * (first + second)))


def monotone(run: Run) -> Evidence:
    """B31c: <W' - W, G' - G> over random pairs of models of the same shares and temperature, half of them differing in alpha_12
    alone; and the published study's sweep in alpha. Control: the sign exchanged."""
    sign = -1 if run.control else 1
    generator = np.random.default_rng(31)
    optima, products = Optima(), []
    for k in range(160):
        blocks = int(generator.integers(2, 6))
        model, tau = random_model(blocks, generator), float(generator.choice([0.3, 0.6, 1.0, 2.0]))
        if k % 2:
            connectivity = model.connectivity.copy()
            connectivity[0, 1] = connectivity[1, 0] = generator.uniform(connectivity[0, 1], 1)
        else:
            connectivity = random_model(blocks, generator).connectivity
        other = BlockModel(model.proportions, connectivity)
        first, second = optima.find(model, tau, keep=False), optima.find(other, tau, keep=False)
        change = other.pair_weights - model.pair_weights
        products.append(sign * float(((change + change.T) / 2 * (second.gram - first.gram)).sum()))
        if k % 20 == 19:
            run.progress(k + 1, 160, "pairs of models")
    alphas, rises, reached = np.linspace(0, 0.95, 20), [], []
    for share in STUDY_SHARES:
        for tau in STUDY_TEMPERATURES:
            cosines = [optima.find(minority_model(share, float(a)), tau, keep=False).gram[0, 1] for a in alphas]
            rises.append((sign * np.diff(cosines)).min())
            reached.append(cosines[-1] - cosines[0])
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "smallest_product": Quantity.exact(min(products)),
            "median_product": Quantity.exact(float(np.median(products))),
            "smallest_rise_in_the_study": Quantity.exact(min(rises), "cosine"),
            "smallest_rise_over_the_sweep": Quantity.exact(min(reached), "cosine"),
            "pairs": Quantity.exact(len(products)),
        },
        seeds=(31,),
        certificate=monotone_law(run.control),
    )
