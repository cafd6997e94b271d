"""Checks of a vanishing minority beside many, unequal or connected majorities: B18 and B19, against certified optima."""

from __future__ import annotations

import math

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import Optima
from contrastive_claims.experiments.claims.blocks.minorities import SHARE, WITHIN
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.blockmodel.limits import (
    connected_majorities_cosine,
    many_majorities_cosine,
    many_majorities_threshold,
    unequal_majorities_cosine,
    unequal_majorities_threshold,
    vanishing_cosines,
)
from contrastive_claims.theory.blockmodel.proofs import connected_majorities as connected_proof
from contrastive_claims.theory.blockmodel.proofs import many_majorities as many_proof


def beside_majorities(
    majorities: np.ndarray, alpha: float, between: float = 0.0, share: float = SHARE, within: float = WITHIN
) -> BlockModel:
    """A minority (block 0) tied by alpha to the first of several majorities of the given relative shares."""
    blocks = len(majorities) + 1
    connectivity = np.full((blocks, blocks), between)
    connectivity[0] = connectivity[:, 0] = 0
    connectivity[0, 1] = connectivity[1, 0] = alpha
    np.fill_diagonal(connectivity, within)
    return BlockModel(np.concatenate([[share], (1 - share) * majorities / majorities.sum()]), connectivity)


def many_majorities(run: Run) -> Evidence:
    """B18: certified optima with M = 2 to 9 equal, and two unequal majorities, against root and threshold.

    Control: the formula of two majorities whatever their number and shares.
    """
    wrong = run.control
    optima, errors, above, below = Optima(), [], [], []
    counts, taus = np.arange(2, 10), np.linspace(0.15, 2.0, 38)
    for count in counts:
        for tau, ratio in ((0.3, 0.4), (0.5, 0.2), (1.0, 0.1)):
            cosine = many_majorities_cosine(2 if wrong else int(count), ratio, tau)
            optimum = optima.find(beside_majorities(np.ones(count), ratio * WITHIN), tau, keep=tau == 0.5)
            errors.append(abs(optimum.gram[0, 1] - cosine))
        threshold = many_majorities_threshold(2 if wrong else int(count), 0.4)
        for shift, found in ((0.01, above), (-0.01, below)):
            ratio = threshold + shift
            found.append(1 - optima.find(beside_majorities(np.ones(count), ratio * WITHIN), 0.4, keep=False).gram[0, 1])
        run.progress(int(count) - 1, len(counts), f"{count} majorities")
    shares = np.array([0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
    for share in shares:
        for tau, ratio in ((0.4, 0.1), (0.6, 0.5), (1.2, 0.2)):
            cosine = unequal_majorities_cosine(0.5 if wrong else share, ratio, tau)
            optimum = optima.find(beside_majorities(np.array([share, 1 - share]), ratio * WITHIN), tau, keep=tau == 0.6)
            errors.append(abs(optimum.gram[0, 1] - cosine))
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_distance_from_limit": Quantity.exact(max(errors), "cosine"),
            "separation_above_threshold": Quantity.exact(max(above), "1 - cosine"),
            "separation_below_threshold": Quantity.exact(min(below), "1 - cosine"),
            "threshold_of_nine_at_tau_half": Quantity.exact(many_majorities_threshold(9, 0.5)),
            "any_alpha_from_two": Quantity.exact(2 / math.log(3), "tau"),
            "any_alpha_from_nine": Quantity.exact(9 / (8 * math.log(10)), "tau"),
        },
        arrays={
            "counts": counts,
            "temperatures": taus,
            "thresholds": np.array([[many_majorities_threshold(int(m), t) for t in taus] for m in counts]),
            "shares": shares,
            "unequal": np.array([[unequal_majorities_threshold(w, t) for t in taus] for w in shares]),
        },
        certificate=many_proof(optima.steps, wrong),
    )


def connected_majorities(run: Run) -> Evidence:
    """B19: certified optima beside two connected majorities, against the closed form, and beside random ones, against the general
    law; the least separation once beta > p e^(-2/tau).

    Control: the tied majority's degree without beta, and majorities that stay antipodal.
    """
    wrong = run.control
    optima, errors, separations = Optima(), [], []
    betweens = np.array([0.0, 0.02, 0.1, 0.3, 0.6, 0.9])
    cosines = np.empty((3, len(betweens)))
    settings = ((0.5, 0.3), (1.0, 0.6), (1.0, 1.0))
    for b, between in enumerate(betweens):
        for k, (tau, ratio) in enumerate(settings):
            predicted = connected_majorities_cosine(ratio, 0.0 if wrong else float(between), tau)
            model = beside_majorities(np.ones(2), ratio * WITHIN, between * WITHIN, share=1e-6)
            cosines[k, b] = optima.find(model, tau).gram[0, 1]
            errors.append(abs(cosines[k, b] - predicted))
            if between > 1.01 * math.exp(-2 / tau):
                separations.append(1 - cosines[k, b])
    generator, general = np.random.default_rng(19), []
    for count in (2, 3, 4, 5) * 3:
        half = np.triu(generator.uniform(0, 1, (count, count)) ** 2, 1)
        rest = BlockModel(
            generator.dirichlet(np.full(count, 3.0)), half + half.T + np.diag(generator.uniform(0.5, 1, count))
        )
        links, tau = generator.uniform(0, 1, count) ** 2, float(generator.choice([0.4, 1.0, 2.0]))
        connectivity = np.block([[np.full((1, 1), 0.7), links[None]], [links[:, None], rest.connectivity]])
        joint = BlockModel(np.concatenate([[SHARE], (1 - SHARE) * rest.proportions]), connectivity)
        general.append(
            np.abs(optima.find(joint, tau, keep=False).gram[0, 1:] - vanishing_cosines(rest, links, tau)).max()
        )
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_distance_from_limit": Quantity.exact(max(errors), "cosine"),
            "worst_distance_from_general_law": Quantity.exact(max(general), "cosine"),
            "smallest_separation": Quantity.exact(min(separations), "1 - cosine"),
        },
        arrays={
            "betweens": betweens,
            "settings": np.array(settings),
            "cosines": cosines,
            "grid": np.linspace(0, 0.99, 60),
            "curves": np.array(
                [[connected_majorities_cosine(r, b, t) for b in np.linspace(0, 0.99, 60)] for t, r in settings]
            ),
        },
        seeds=(19,),
        certificate=connected_proof(optima.steps, wrong),
    )
