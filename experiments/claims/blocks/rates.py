"""Checks of first-order laws in the minorities' shares (B20, B21), against certified optima extrapolated to share zero."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import Optima
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.blockmodel.limits import minority_rate, two_minorities_cosine

WITHIN = 0.95
RATE_CASES = (  # alpha/p, temperature, p_11/p
    (0.1, 1.0, 1.0),
    (0.42, 1.0, 1.0),
    (0.3, 0.5, 1.0),
    (0.42, 1.0, 0.1),
    (0.2, 0.8, 0.3),
    (0.25, 1.2, 0.05),
    (0.6, 0.6, 0.2),
)


def rate_of_collapse(run: Run) -> Evidence:
    """B20: (cos12 - c)/pi_1, (1 + cos23)/pi_1^2 and lambda_1/pi_1^2, extrapolated from two shares, against the formulas.

    Control: the minority's own connection taken for p.
    """
    optima = Optima()
    shares = np.array([1e-2, 4e-3, 2e-3, 1e-3])
    measured, predicted = np.empty((len(RATE_CASES), len(shares), 3)), np.empty((len(RATE_CASES), 3))
    for k, (ratio, tau, own) in enumerate(RATE_CASES):
        rate = minority_rate(ratio, tau, 1.0 if run.control else own)
        predicted[k] = rate.slope, rate.bend, rate.multiplier
        for s, share in enumerate(shares):
            rest, alpha = (1 - share) / 2, ratio * WITHIN
            model = BlockModel([share, rest, rest], [[own * WITHIN, alpha, 0], [alpha, WITHIN, 0], [0, 0, WITHIN]])
            optimum = optima.find(model, tau)
            measured[k, s] = (
                (optimum.gram[0, 1] - rate.cosine) / share,
                (1 + optimum.gram[1, 2]) / share**2,
                optimum.multipliers[0] / share,
            )
    limit = 2 * measured[:, -1] - measured[:, -2]  # removes the next order in the share
    error = np.abs(limit - predicted) / np.maximum(1, np.abs(predicted))
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_error_of_slope": Quantity.exact(error[:, 0].max(), "relative"),
            "worst_error_of_bend": Quantity.exact(error[:, 1].max(), "relative"),
            "worst_error_of_multiplier": Quantity.exact(error[:, 2].max(), "relative"),
            "cases_that_spread": Quantity.exact(int((measured[:, -1, 2] > 0).sum())),
        },
        arrays={"shares": shares, "measured": measured, "predicted": predicted},
    )


PAIR_CASES = (  # alpha_1/p, alpha_2/p, alpha_12/p, temperature, opposite
    (0.2, 0.3, 0.05, 1.0, False),
    (0.1, 0.3, 0.2, 1.0, False),
    (0.2, 0.2, 0.0, 0.6, False),
    (0.3, 0.4, 0.1, 0.5, False),
    (0.2, 0.3, 0.05, 1.0, True),
    (0.1, 0.1, 0.3, 0.8, True),
    (0.4, 0.2, 0.02, 0.6, True),
)


def two_minorities(run: Run) -> Evidence:
    """B21: two minorities of shares s and s/2, tied to one majority or to one each: both keep B5's cosine, and their mutual
    cosine follows the formula. Control: their mutual connection ignored."""
    optima, own, mutual = Optima(), [], []
    shares = np.array([1e-2, 1e-3, 1e-4])
    cosines, predicted = np.empty((len(PAIR_CASES), len(shares))), np.empty(len(PAIR_CASES))
    for k, (first, second, joint, tau, opposite) in enumerate(PAIR_CASES):
        predicted[k] = two_minorities_cosine(first, second, 0.0 if run.control else joint, tau, opposite=opposite)
        side = 3 if opposite else 2
        alone = [minority_rate(ratio, tau).cosine for ratio in (first, second)]
        for s, share in enumerate(shares):
            alpha = np.diag(np.full(4, WITHIN))
            for row, column, ratio in ((0, 2, first), (1, side, second), (0, 1, joint)):
                alpha[row, column] = alpha[column, row] = ratio * WITHIN
            rest = (1 - 1.5 * share) / 2
            gram = optima.find(BlockModel([share, share / 2, rest, rest], alpha), tau).gram
            cosines[k, s] = gram[0, 1]
        mutual.append(abs(cosines[k, -1] - predicted[k]))
        own.append(max(abs(gram[0, 2] - alone[0]), abs(gram[1, side] - alone[1])))
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "worst_distance_from_lone_limit": Quantity.exact(max(own), "cosine"),
            "worst_distance_of_mutual_cosine": Quantity.exact(max(mutual), "cosine"),
        },
        arrays={"shares": shares, "cosines": cosines, "predicted": predicted},
    )
