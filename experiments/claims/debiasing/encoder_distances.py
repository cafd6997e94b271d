"""Check of A15 at the standard scale: the four distances in encoders on Biased-MNIST, before and after debiasing."""

from __future__ import annotations

import numpy as np

from contrastive_claims.experiments.claims.debiasing.biased_mnist import RHOS, SEEDS, penalised
from contrastive_claims.experiments.claims.intervals import student
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run

EXCHANGED = [2, 3, 0, 1]
GAPS = ("first", "middle", "last")
SHOWN_RHO = 0.99  # of the histograms: the penalties have the most to work with


def distance_ordering_of_encoders(run: Run) -> Evidence:
    """A15, standard form: gaps of the chain d+aligned < d+conflicting <= d-aligned < d-conflicting.

    Encoders trained with eps-SupInfoNCE at the largest of RHOS; mean squared distances between 100 samples of each class and
    all others, on the biased training set and on the unbiased test set; training_first_gap and so on with Student's 95 %
    interval over SEEDS (the test images are the same for all). The eps of the middle inequality is left out.
    training_middle_gap_at_990 and so on: the middle gap at each rho; smallest_outer_gap: the smallest first
    or last gap of any encoder without a penalty, on either set, at any rho. In the arrays all rhos, and the encoders with
    each penalty; closed_middle_gap is what the released penalty adds to the middle gap on the test set. Control
    ("positives_for_negatives"): positives and negatives change places. (The quick form's control, class and bias exchanged,
    would keep the chain in encoders that see the bias alone.)
    """
    encoders = penalised(run)
    methods = encoders.methods

    def kept(name: str) -> np.ndarray:
        rows = encoders.stacked(name)
        return rows[:, :, :, :, EXCHANGED] if run.control else rows

    mean, counts = kept("mean"), kept("counts")
    alone = np.diff(mean[0])  # [rhos, seeds, training | fresh, gaps]
    numbers = {"smallest_outer_gap": Quantity.exact(alone[..., [0, 2]].min(), "squared distance")}
    for d, data in enumerate(("training", "fresh")):
        for gap, values in zip(GAPS, alone[-1, :, d].T, strict=True):
            numbers[f"{data}_{gap}_gap"] = student(values, "squared distance")
        for rho, values in zip(RHOS, alone[:, :, d, 1], strict=True):
            numbers[f"{data}_middle_gap_at_{1000 * rho:.0f}"] = student(values, "squared distance")
    middle = np.diff(mean[:, -1, :, 1])[..., 1]
    numbers["closed_middle_gap"] = student(middle[methods.index("released")] - middle[0], "squared distance")
    shown = counts[:, RHOS.index(SHOWN_RHO)].sum(axis=1)
    return Evidence(
        numbers,
        arrays={
            "methods": np.array(methods),
            "rhos": np.array(RHOS),
            "shown_rho": np.array(SHOWN_RHO),
            "mean": mean,
            "shares": shown / shown.sum(axis=-1, keepdims=True),
        },
        seeds=SEEDS,
        models=encoders.names,
    )
