"""Check of the biased graph's boundary (B22): a conflicting group sits with its bias exactly when beta > gamma."""

from __future__ import annotations

import math

import numpy as np

from contrastive_claims.experiments.claims.blocks.certified import Optima
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.blockmodel.limits import biased_minority_cosine
from contrastive_claims.theory.blockmodel.model import biased_model
from contrastive_claims.theory.blockmodel.proofs import biased_boundary

ALIGNED_CLASS, ALIGNED_BIAS = (1, 0), (1, 3)  # block y * 2 + b; block 1 is (class 0, bias 1)


def boundary(run: Run) -> Evidence:
    """B22: two classes, random connections, rho and tau: the product's sign; more classes, in the pair-weighted mean; and the
    limit rho -> 1. Control: the sides exchanged, (gamma - beta)."""
    side = -1 if run.control else 1
    generator = np.random.default_rng(22)
    optima, products, means, errors = Optima(), [], [], []
    for k in range(150):
        p = generator.uniform(0.5, 1)
        beta, gamma, delta = generator.uniform(0, 1, 3) ** 2
        rho, tau = 1 - max(0.5 * generator.uniform() ** 3, 1e-4), float(generator.choice([0.2, 0.5, 1.0, 2.0]))
        gram = optima.find(biased_model(rho, p, beta, gamma, delta), tau, keep=k < 16).gram
        products.append(side * (beta - gamma) * (gram[ALIGNED_BIAS] - gram[ALIGNED_CLASS]))
        if k < 40:
            model = biased_model(rho, p, beta, gamma, delta, classes=3)
            means.append(side * (beta - gamma) * _mean_difference(model, optima.find(model, tau, keep=False).gram))
    betas = np.linspace(0, 0.6, 13)
    curves, cosines = np.empty((3, len(betas))), np.empty((3, len(betas)))
    for t, tau in enumerate((0.5, 0.7, 1.0)):
        for k, beta in enumerate(betas):
            delta = 0.5 * 0.9 * math.exp(-2 / tau)
            curves[t, k] = biased_minority_cosine(0.9, float(beta), 0.3, delta, tau)
            optimum = optima.find(biased_model(1 - 5e-5, 0.9, float(beta), 0.3, delta), tau, keep=False)
            cosines[t, k] = optimum.gram[ALIGNED_CLASS]
            errors.append(abs(side * curves[t, k] - cosines[t, k]))
    return Evidence(
        {
            "worst_gap": Quantity.exact(optima.worst_gap, "nats"),
            "smallest_product": Quantity.exact(min(products)),
            "smallest_mean_product_of_three_classes": Quantity.exact(min(means)),
            "worst_distance_from_limit": Quantity.exact(max(errors), "cosine"),
            "models": Quantity.exact(len(products) + len(means)),
        },
        arrays={"betas": betas, "temperatures": np.array([0.5, 0.7, 1.0]), "cosines": cosines, "curves": curves},
        seeds=(22,),
        certificate=biased_boundary(optima.steps, run.control),
    )


def _mean_difference(model: BlockModel, gram: np.ndarray) -> float:
    """Mean cosine of same-bias pairs less that of same-class pairs, weighted as the loss weights them at equal connections."""
    classes = math.isqrt(model.blocks)
    label, bias = np.divmod(np.arange(model.blocks), classes)
    weights = model.proportions[:, None] * model.proportions * (1 / model.degrees[:, None] + 1 / model.degrees)
    same_class, same_bias = label[:, None] == label, bias[:, None] == bias
    return float(
        (weights * gram * (same_bias & ~same_class)).sum() - (weights * gram * (same_class & ~same_bias)).sum()
    )
