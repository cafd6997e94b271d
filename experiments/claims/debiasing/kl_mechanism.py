"""Checks of how FairKL's KL fails: it divides by the conflicting variance, so widening lowers it (A35, A35e, ours)."""

from __future__ import annotations

import numpy as np
import torch

from contrastive_claims.experiments.claims.debiasing.biased_mnist import (
    TUNING_SEED,
    WEIGHTS,
    for_tuning,
    records_of,
    right,
    tuned,
    tuning,
)
from contrastive_claims.experiments.claims.random_anchors import SEED, relative_error
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.margins.debiasing import gaussian_kl

CASES = 400
FAR = 10.0  # gap of the means, in standard deviations of either set
MANY = 4000  # Gaussian distances of that case
STRONG = 1e-4  # weights of the KL from which it changes encoders: see WEIGHTS


def kl_pushes_away(run: Run) -> Evidence:
    """A35: the gradient of the shipped Gaussian KL by each conflicting distance, against the closed form, on random distances.

        dKL/dd = (g + ((v_c - v_a - g^2) / v_c) (d - mu_c) n / (n - 1)) / (n v_c),  g = mu_c - mu_a

    mismatched_signs: distances that descent would move to the other side than the claim's threshold says; pushed_away,
    pushed_away_by_means: shares of MANY Gaussian distances, FAR deviations from the aligned ones, that a step of descent on the
    KL, and on the squared gap of means, moves further away. Control: the KL the other way round, which divides by the aligned
    variance.
    """
    generator = np.random.default_rng(SEED)
    errors, mismatched = [], 0
    for _ in range(CASES):
        aligned = generator.normal(scale=10.0 ** generator.uniform(-2, 0), size=int(generator.integers(2, 30)))
        n = int(generator.integers(2, 30))
        gap, spread = generator.uniform(0.05, 3), 10.0 ** generator.uniform(-2, 0)
        conflicting = aligned.mean() + gap + spread * generator.normal(size=n)
        found = gradient(aligned, conflicting, run.control)
        g, centred = conflicting.mean() - aligned.mean(), conflicting - conflicting.mean()
        v_a, v_c = aligned.var(ddof=1), conflicting.var(ddof=1)
        expected = (g + (v_c - v_a - g**2) / v_c * centred * n / (n - 1)) / (n * v_c)
        errors.append(max(relative_error(a, b) for a, b in zip(found.tolist(), expected.tolist(), strict=True)))
        if g > 0 and v_a + g**2 > v_c:
            threshold = (n - 1) / n * v_c * g / (v_a + g**2 - v_c)
            clear = np.abs(centred - threshold) > 1e-9
            mismatched += int(((found < 0) != (centred > threshold))[clear].sum())
    near, far = generator.normal(size=MANY), FAR + generator.normal(size=MANY)
    distances = torch.tensor(far, requires_grad=True)
    by_means = torch.autograd.grad((distances.mean() - near.mean()) ** 2, distances)[0].numpy()
    return Evidence(
        {
            "worst_relative_error": Quantity.exact(max(errors)),
            "mismatched_signs": Quantity.exact(mismatched, "distances"),
            "pushed_away": Quantity.exact((gradient(near, far, run.control) < 0).mean(), "share"),
            "pushed_away_by_means": Quantity.exact((by_means < 0).mean(), "share"),
        },
        seeds=(SEED,),
    )


def gradient(aligned: np.ndarray, conflicting: np.ndarray, backwards: bool = False) -> np.ndarray:
    """[n]: of KL(aligned || conflicting) by each conflicting distance, by automatic differentiation of the shipped formula;
    backwards: of KL(conflicting || aligned)."""
    distances = torch.tensor(conflicting, requires_grad=True)
    moments = [(part.mean(), part.var()) for part in (torch.tensor(aligned), distances)]
    first, second = reversed(moments) if backwards else moments
    return torch.autograd.grad(gaussian_kl(*first, *second), distances)[0].numpy()


def kl_widens_encoders(run: Run) -> Evidence:
    """A35e: what stronger KLs did to encoders on Biased-MNIST: those that A18b's weight was chosen among, one for each of
    WEIGHTS, against the one of the least weight, which changes next to nothing.

    Over the weights from STRONG on, distances of positives on the training set: smallest_widening: of the conflicting
    distances' standard deviation, of any of them; smallest_gap_growth_at_least_weights: how much further apart the means are at
    the two least of these weights; accuracy_lost: unbiased accuracy lost, the least of them. Beside it the same of equal means
    (Eq. 9-a): their gap at every weight, less the gap of the KL's least weight. One encoder each, so no interval.

    Control: aligned and conflicting exchanged, so that the aligned distances would have to widen.
    """
    found = tuned(("paper", "end"), run)
    aligned, conflicting = (1, 0) if run.control else (0, 1)

    def described(name: str) -> np.ndarray:
        """[weights, 4]: gap of the means, aligned and conflicting deviation, accuracy."""
        rows = []
        for record in found[name]:
            mean, deviation = record["mean"][0, :2], record["deviation"][0, :2]
            gap = mean[conflicting] - mean[aligned]
            rows.append([gap, deviation[aligned], deviation[conflicting], right(for_tuning(record)).mean()])
        return np.array(rows)

    kl, means = described("paper"), described("end")
    strong = np.array(WEIGHTS["paper"]) >= STRONG
    numbers = {
        "smallest_widening": (kl[strong, 2] - kl[0, 2]).min(),
        "smallest_gap_growth_at_least_weights": (kl[strong, 0][:2] - kl[0, 0]).min(),
        "least_accuracy_lost": (kl[0, 3] - kl[strong, 3]).min(),
        "largest_gap_growth_by_means": (means[:, 0] - kl[0, 0]).max(),
    }
    units = ("squared distance", "squared distance", "accuracy", "squared distance")
    return Evidence(
        {name: Quantity.exact(value, unit) for (name, value), unit in zip(numbers.items(), units, strict=True)},
        arrays={
            "kl_weights": np.array(WEIGHTS["paper"]),
            "kl": kl,
            "means_weights": np.array(WEIGHTS["end"]),
            "means": means,
        },
        seeds=(TUNING_SEED,),
        models=records_of([model for name in found for model in tuning(name)]),
    )
