"""Allocation harm of paper B: what a linear head on top of the encoder decides, and why.

Predictions [N] and labels [N] are integers from 0 on; `weights` [..., N] are the counts of resampled test points
(theory.harms.intervals), answered all at once on the leading axes of the result.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from contrastive_claims.theory.harms.samples import as_classes, group_means


def confusion_rates(predictions: Any, labels: Any, weights: ArrayLike | None = None) -> Float[np.ndarray, "*r k k"]:
    """Y [..., K, K], Y_ij = P(predict j | class i): the shares of class i, rows sum to 1.

    Classes 0 .. K-1 must all occur in `labels`. Raises ValueError naming the argument for shapes that do not fit, an
    absent class, a predicted class that has no label, negative weights, a class without weight.
    """
    truth = as_classes(labels, None)
    predicted = as_classes(predictions, len(truth), "predictions", complete=False)
    count = truth.max() + 1
    if predicted.max() >= count:
        raise ValueError(f"predictions: class {predicted.max()} does not occur in labels")
    rates = group_means(np.eye(count)[predicted], truth, count, weights)
    if np.isnan(rates).any():
        raise ValueError("weights: every class needs a positive weight in every resample")
    return rates


def allocation_harm(
    undersampled: Any, balanced: Any, labels: Any, weights: ArrayLike | None = None
) -> Float[np.ndarray, "*r k k"]:
    """AH [..., K, K] = Y(1,1) - Y(0,0), paper B's total effect TE: rates of `undersampled` minus those of `balanced`.

    Both arguments predict the same held-out samples; the first comes from an encoder *and* a head that saw class i
    undersampled. Row i then says where class i went: its diagonal is the loss of accuracy (negative: harm), a positive
    entry (i, j) the mass gained by class j; rows sum to 0. Raises ValueError as `confusion_rates` does.
    """
    return confusion_rates(undersampled, labels, weights) - confusion_rates(balanced, labels, weights)


class Mediation(NamedTuple):
    """Effects [..., K, K] on Y_ij of undersampling a class: total = indirect - reversed_direct. See mediation."""

    total: np.ndarray
    indirect: np.ndarray
    reversed_direct: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """NIE/TE, entry by entry: the part of the harm that passes through the representation; NaN where TE = 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.total == 0, np.nan, self.indirect / self.total)


def mediation(both: Any, neither: Any, encoder_only: Any, labels: Any, weights: ArrayLike | None = None) -> Mediation:
    """Paper B's mediation analysis: does the head (t) or the representation (m) do the harm?

    Y(t, m)_ij = P(predict j | class i), t = 1 if the head saw class i undersampled, m = 1 if the encoder did. From the
    predictions `both` = (1, 1), `neither` = (0, 0) and `encoder_only` = (0, 1) of the same held-out samples:

        TE   = Y(1,1) - Y(0,0)      total effect, the allocation harm
        NIE  = Y(0,1) - Y(0,0)      natural indirect effect: through the representation alone
        rNDE = Y(0,1) - Y(1,1)      reversed natural direct effect: what retraining the head on balanced data would repair

    so TE = NIE - rNDE. For an undersampled class i read row i: (i, i) is the class itself, (i, j) the mass that goes to
    its neighbour j. (The released code computes Y(1,1) - Y(0,1), which is -rNDE, and TE = NIE + that.)
    Raises ValueError as `confusion_rates` does.
    """
    joint, start, indirect = (confusion_rates(made, labels, weights) for made in (both, neither, encoder_only))
    return Mediation(joint - start, indirect - start, indirect - joint)


def group_accuracies(
    predictions: Any, labels: Any, bias: Any = None, weights: ArrayLike | None = None
) -> Float[np.ndarray, "*r k b"]:
    """Accuracy [..., K, B] of each group (class, bias attribute); without `bias` [N], of each class, B = 1.

    NaN for a group without samples (or without weight). Raises ValueError for shapes that do not fit, an absent class, or more
    than ten million groups.
    """
    truth = as_classes(labels, None)
    predicted = as_classes(predictions, len(truth), "predictions", complete=False)
    attribute = np.zeros_like(truth) if bias is None else as_classes(bias, len(truth), "bias", complete=False)
    shape = (int(truth.max()) + 1, int(attribute.max()) + 1)
    if shape[0] * shape[1] > 10**7:
        raise ValueError(f"bias: numbers must be small, of a table of {shape[0]} x {shape[1]} groups")
    right = (predicted == truth).astype(float)[:, None]
    accuracies = group_means(right, truth * shape[1] + attribute, shape[0] * shape[1], weights)[..., 0]
    return accuracies.reshape(*accuracies.shape[:-1], *shape)


def worst_group_accuracy(
    predictions: Any, labels: Any, bias: Any = None, weights: ArrayLike | None = None
) -> np.ndarray:
    """The smallest accuracy [...] of a group (class, bias attribute) that has samples. See group_accuracies; NaN without weights.

    A minimum over noisy groups lies below the smallest true accuracy on average, and a resample's minimum lies lower
    still: use resamples for its variance, not for its level.
    """
    return np.nanmin(group_accuracies(predictions, labels, bias, weights), axis=(-2, -1))


def balanced_accuracy(predictions: Any, labels: Any, weights: ArrayLike | None = None) -> np.ndarray:
    """Mean over classes of their accuracies, [...]: every class counts alike. See group_accuracies; NaN as there."""
    return group_accuracies(predictions, labels, None, weights).mean(axis=(-2, -1))
