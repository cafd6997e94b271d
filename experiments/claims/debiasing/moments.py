"""Checks of paper A's debiasing: FairKL between distance distributions, and what moments alone can tell."""

from __future__ import annotations

import numpy as np
import torch

from contrastive_claims.experiments.claims.random_anchors import SEED, relative_error
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.margins import proofs
from contrastive_claims.theory.margins.debiasing import fair_kl
from contrastive_claims.theory.margins.debiasing import gaussian_kl as kl_between_gaussians

CASES = 400


def gaussian_kl(run: Run) -> Evidence:
    """A16: the shipped formula against numerical integration of p log(p/q), its lower bound, and its zero.

    Control: the two variances swapped inside the logarithm.
    """
    wrong = run.control
    generator = np.random.default_rng(SEED)
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    weights = weights / weights.sum()
    errors, slack, unequal = [], [], []
    for _ in range(CASES):
        mean_a, mean_c = generator.normal(size=2)
        var_a, var_c = 10.0 ** generator.uniform(-2, 1, size=2)
        value = float(kl_between_gaussians(mean_a, var_a, mean_c, var_c))
        if wrong:
            value += np.log(var_a / var_c)
        # E_p[log p - log q] under p = N(mean_a, var_a); the integrand is quadratic, so Gauss-Hermite is exact
        points = mean_a + np.sqrt(var_a) * nodes
        log_ratio = 0.5 * (np.log(var_c / var_a) - nodes**2 + (points - mean_c) ** 2 / var_c)
        errors.append(relative_error(value, float(weights @ log_ratio)))
        slack.append((value - (mean_a - mean_c) ** 2 / (2 * var_c)) / max(1.0, value))
        unequal.append(value)
    equal = max(abs(float(kl_between_gaussians(m, v, m, v))) for m in (-1.0, 0.3) for v in (0.1, 2.0))
    return Evidence(
        {
            "worst_relative_error": Quantity.exact(max(errors)),
            "bound_slack": Quantity.exact(min(slack), "nats"),
            "value_at_equal_moments": Quantity.exact(equal, "nats"),
            "smallest_value_at_unequal_moments": Quantity.exact(min(unequal), "nats"),
        },
        seeds=(SEED,),
        certificate=proofs.gaussian_kl(wrong),
    )


def first_moments_only(run: Run) -> Evidence:
    """A17: equal means, variances 4 and 1: the gap of means that EnD penalises is 0, the KL is not. Control: equal
    variances, where matching the mean is enough."""
    variance = 1.0 if run.control else 4.0
    aligned, conflicting = (samples_of(0.5, v) for v in (variance, 1.0))
    gap = float((aligned.mean() - conflicting.mean()) ** 2)
    kl = float(kl_between_gaussians(aligned.mean(), aligned.var(), conflicting.mean(), conflicting.var()))
    return Evidence(
        {"squared_gap_of_means": Quantity.exact(gap), "kl": Quantity.exact(kl, "nats")},
        certificate=proofs.first_moments_only(run.control),
        witness="N(1/2, 4) and N(1/2, 1): equal means, KL = (3 - log 4)/2",
    )


def samples_of(mean: float, variance: float) -> np.ndarray:
    """Two distances [2] of exactly this mean and (biased) variance, where the variance is a square of a dyadic number."""
    return mean + np.sqrt(variance) * np.array([-1.0, 1.0])


BATCH, RHO, CLASSES = 256, 0.999, 10


def off_colour_counts(run: Run) -> Evidence:
    """A20: exact binomial and multinomial counts beside a simulation of batches. Control: rho = .99 in the simulation."""
    rho = 0.99 if run.control else RHO
    other = (1 - RHO) / (CLASSES - 1)  # the chance of one given wrong colour
    both = {
        "positive": RHO * both_at_least_two(RHO / CLASSES, (1 - RHO) / CLASSES)
        + (1 - RHO) * both_at_least_two(other / CLASSES, (1 - other) / CLASSES),
        # aligned negatives of a sample with its own colour are off-colour samples of the nine other classes; of an
        # off-colour sample, the class whose colour it has (and off-colour samples of the eight others)
        "negative": RHO * both_at_least_two(9 * other / CLASSES, 9 * (1 - other) / CLASSES)
        + (1 - RHO) * both_at_least_two((RHO + 8 * other) / CLASSES, (9 - RHO - 8 * other) / CLASSES),
    }
    simulated = _simulate(rho)
    exact_none = RHO**BATCH
    return Evidence(
        {
            "expected_off_colour": Quantity.exact(BATCH * (1 - RHO), "samples"),
            "batches_without_any": Quantity.exact(exact_none, "share"),
            "anchors_with_both_positive_variances": Quantity.exact(both["positive"], "share"),
            "anchors_with_both_negative_variances": Quantity.exact(both["negative"], "share"),
            "simulated_none_z_score": Quantity.exact(abs(_z(simulated["none"], exact_none)), "standard errors"),
            "simulated_positive_z_score": Quantity.exact(
                abs(_z(simulated["positive"], both["positive"])), "standard errors"
            ),
            "simulated_negative_z_score": Quantity.exact(
                abs(_z(simulated["negative"], both["negative"])), "standard errors"
            ),
            "released_penalty_rises_with_collapse": Quantity.exact(_released_rise(), "penalty"),
        },
        seeds=(SEED,),
    )


def both_at_least_two(first: float, second: float, others: int = BATCH - 1) -> float:
    """P(A >= 2 and C >= 2) for multinomial counts A, C of `others` draws with these chances (exact, closed form)."""
    rest = 1 - first - second

    def at_most_one(chance: float) -> float:
        return (1 - chance) ** others + others * chance * (1 - chance) ** (others - 1)

    joint = (
        rest**others
        + others * (first + second) * rest ** (others - 1)
        + others * (others - 1) * first * second * rest ** (others - 2)
    )
    return 1 - at_most_one(first) - at_most_one(second) + joint


def _simulate(rho: float, batches: int = 4000) -> dict[str, tuple[float, float]]:
    """(mean, standard error) over batches of: no off-colour sample; share of anchors with both variances."""
    generator = np.random.default_rng(SEED)
    found: dict[str, list[float]] = {"none": [], "positive": [], "negative": []}
    for _ in range(batches):
        label = generator.integers(CLASSES, size=BATCH)
        off = generator.random(BATCH) >= rho
        colour = np.where(off, (label + generator.integers(1, CLASSES, size=BATCH)) % CLASSES, label)
        table = np.zeros((CLASSES, CLASSES), dtype=int)
        np.add.at(table, (label, colour), 1)
        own = table[label, colour]
        aligned_positives, positives = own - 1, table.sum(1)[label] - 1
        aligned_negatives, negatives = table.sum(0)[colour] - own, BATCH - table.sum(1)[label]
        found["none"].append(float(not off.any()))
        for kind, aligned, total in (
            ("positive", aligned_positives, positives),
            ("negative", aligned_negatives, negatives),
        ):
            found[kind].append(float(((aligned >= 2) & (total - aligned >= 2)).mean()))
    return {name: (float(np.mean(v)), float(np.std(v, ddof=1) / np.sqrt(batches))) for name, v in found.items()}


def _z(estimate: tuple[float, float], exact: float) -> float:
    return (estimate[0] - exact) / max(estimate[1], 1e-12)


def _released_rise() -> float:
    """Released penalty of collapsed classes minus that of spread ones, in a batch without off-colour samples: above 0 it
    pushes positives apart."""
    labels = torch.arange(4).repeat_interleave(8)
    centres = torch.eye(4, dtype=torch.float64)[labels]
    noise = torch.randn((32, 4), generator=torch.Generator().manual_seed(SEED), dtype=torch.float64)
    tight, wide = (
        fair_kl(centres + scale * noise, labels, labels, variant="released", std_weight=0.0) for scale in (0.01, 0.3)
    )
    return float(tight - wide)
