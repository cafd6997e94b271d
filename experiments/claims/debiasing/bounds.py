"""Check of the margin bounds on real encoders, and of how far these stand from the certified optimum (A23, ours)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from contrastive_claims.experiments.claims.debiasing.biased_mnist import RHOS, SEEDS, penalised
from contrastive_claims.experiments.claims.intervals import student
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.experiments.models.bias import EPSILON, PER_CLASS, TEMPERATURE
from contrastive_claims.theory.margins import margin_interval, optimal_margin, optimal_value

CLASSES = 10
NEGATIVES = (CLASSES - 1) * PER_CLASS  # of every anchor, in class-balanced batches
ROUNDING = 1e-4  # logits: of margins and losses kept in float32


def bounds_on_encoders(run: Run) -> Evidence:
    """A23: A2 and A3 at every kept anchor of every encoder of A18, on training and held-out batches.

    With L the anchor's loss (mean over its positives), H_eps(m) = max(0, eps - m) and low, high as in margin_interval:
    H_eps(mean margin) <= L + eps <= H_eps(worst margin) + log(N + 1) and low(L) <= mean margin, worst margin <= high(L).
    (A2 and A3 are stated pair by pair; H and low are convex, H and high fall, so they pass to an anchor's mean and worst
    margin; A3 implies A2.) violations counts anchors that break any of the four by more than ROUNDING, or whose loss no
    margin explains;
    slack is the smallest distance to a bound. loss_gap: the mean loss of an encoder's batches above the optimum of A12 for
    their class sizes, which no encoder may undercut. Control: the bounds are used with
    eps = 0.
    """
    epsilon = 0.0 if run.control else EPSILON
    encoders = penalised(run)
    methods = encoders.methods
    checked = [anchors_within(encoders.found[model], epsilon) for model in encoders.models]
    value = optimal_value(CLASSES, PER_CLASS, TEMPERATURE, EPSILON)
    excess, average, collapse = (encoders.stacked(name) for name in ("excess", "average", "collapse"))
    low, high = interval(excess - EPSILON, EPSILON)
    gap = excess.mean(axis=-1) - EPSILON - value
    numbers = {
        "encoders": Quantity.exact(len(encoders.models)),
        "anchors": Quantity.exact(sum(each["anchors"] for each in checked)),
        "violations": Quantity.exact(sum(each["violations"] for each in checked)),
        "smallest_slack": Quantity.exact(min(each["slack"] for each in checked), "logits"),
        "smallest_loss_gap": Quantity.exact(gap.min(), "nats"),
        "optimal_margin": Quantity.exact(optimal_margin(CLASSES, TEMPERATURE), "logits"),
    }
    for d, data in enumerate(("training", "fresh")):
        for k, method in ((0, "alone"), (methods.index("released"), "released")):
            numbers[f"{method}_{data}_margin"] = student(average[k, 0, :, d].mean(axis=-1), "logits")
            numbers[f"{method}_{data}_loss_gap"] = student(gap[k, 0, :, d], "nats")
            for name, values in zip(("nc1", "nc2_norms", "nc2_angles", "nc3"), collapse[k, 0, :, d].T, strict=True):
                numbers[f"{method}_{data}_{name}"] = student(values)
    return Evidence(
        numbers,
        arrays={
            "methods": np.array(methods),
            "rhos": np.array(RHOS),
            "average": average[:, 0, 0].astype(np.float32),
            "low": low[:, 0, 0].astype(np.float32),
            "high": high[:, 0, 0].astype(np.float32),
            "margin": average.mean(axis=-1),
            "gap": gap,
            "collapse": collapse,
            "optimum": np.array(optimal_margin(CLASSES, TEMPERATURE)),
        },
        seeds=SEEDS,
        models=encoders.names,
    )


def interval(loss: np.ndarray, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """margin_interval, (-inf, inf) for a loss that no logits attain."""
    possible = loss > -epsilon
    low, high = np.full(loss.shape, -np.inf), np.full(loss.shape, np.inf)
    low[possible], high[possible] = margin_interval(loss[possible], NEGATIVES, epsilon)
    return low, high


def anchors_within(record: Mapping[str, np.ndarray], epsilon: float) -> dict[str, float]:
    """How many anchors a record holds, how many break a bound, and the smallest slack (logits; the bounds of a loss that no
    margin explains leave none)."""
    excess, worst, average = (record[name].astype(float) for name in ("excess", "worst", "average"))
    loss = excess - EPSILON
    low, high = interval(loss, epsilon)
    slack = np.min(
        [
            loss + epsilon - np.maximum(0, epsilon - average),
            np.maximum(0, epsilon - worst) + np.log(NEGATIVES + 1) - (loss + epsilon),
            np.where(np.isinf(low), -np.inf, average - low),
            np.where(np.isinf(high), -np.inf, high - worst),
        ],
        axis=0,
    )
    broken = slack < -ROUNDING
    return {"anchors": slack.size, "violations": int(broken.sum()), "slack": max(float(slack.min()), -1e6)}
