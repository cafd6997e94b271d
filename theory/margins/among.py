"""Margins and losses of a few rows of a set against all of it: what a whole data set's worth costs for a sample of anchors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from contrastive_claims.theory.margins.inputs import check_positive, numbered
from contrastive_claims.theory.margins.pairs import forward, is_linear, margins
from contrastive_claims.theory.margins.precision import full_precision
from contrastive_claims.theory.margins.running import Options

_RUN = 1 << 18  # rows copied at a time


@dataclass(frozen=True, eq=False)
class RowMargins:
    """One entry per anchor, [A] each in their order, in logits: worst and mean margin as in `anchor_margins`; loss, the mean over
    its positives of InfoNCE against every negative of the set; negatives, how many. NaN for an anchor alone in its class."""

    worst: np.ndarray
    mean: np.ndarray
    loss: np.ndarray
    negatives: np.ndarray


def margins_among(points: np.ndarray, classes: np.ndarray, anchors: np.ndarray, temperature: float) -> RowMargins:
    """Each of `anchors` [A] (row numbers) against every other row of `points` [N, D], unit rows, with classes [N] from 0 on.

    In float32. The anchor itself, a row of the set, is taken out of its positives. Memory: two copies of the points.
    Raises ValueError for shapes that do not fit, an anchor that is no row, one class only, and a bad temperature.
    """
    check_positive("temperature", temperature)
    if points.ndim != 2 or not points.size or classes.shape != (len(points),):
        raise ValueError(f"points, classes: must be [N, D] and [N], got {points.shape} and {classes.shape}")
    if not len(anchors) or anchors.min() < 0 or anchors.max() >= len(points):
        raise ValueError(f"anchors: at least one is needed, each a row number below {len(points)}")
    if classes.min() == classes.max():
        raise ValueError("classes: one class only, so no anchor has a negative")
    scale = np.float32(temperature**-0.5)
    order = np.argsort(classes, kind="stable")
    keys = torch.empty(points.shape, dtype=torch.float32)
    for start in range(0, len(points), _RUN):  # sorted and scaled without a third copy
        rows = order[start : start + _RUN]
        keys[start : start + len(rows)] = torch.from_numpy(points[rows].astype(np.float32) * scale)
    sorted_classes = torch.from_numpy(classes[order].astype(np.int64))
    turn = np.argsort(classes[anchors], kind="stable")
    anchors, back = anchors[turn], np.argsort(turn)
    chosen = torch.from_numpy(points[anchors].astype(np.float32) * scale)
    own = torch.from_numpy(classes[anchors].astype(np.int64))
    batch = numbered(chosen, keys, own, sorted_classes, 1 / temperature, among=False)
    lowest, mean, hardest = margins(batch)
    options = Options("infonce", 0.0, is_linear(batch), False, False)
    with torch.no_grad(), full_precision(keys.device):
        data = (batch.anchors, batch.keys, batch.labels, batch.key_labels, batch.positives)
        losses, negative, *_ = forward(*data, options)
    itself, count = (chosen * chosen).sum(1).double(), batch.positives.double()
    with torch.no_grad():
        loss = (losses.double() * count - torch.nn.functional.softplus(negative.double() - itself)) / (count - 1)
        mean = (mean.double() * count - itself) / (count - 1)
        lone = count < 2
        found = (lowest.double() - hardest, mean - hardest.double(), loss)
        worst, mean, loss = (part.masked_fill(lone, torch.nan).numpy()[back] for part in found)
    return RowMargins(worst, mean, loss, batch.negatives.numpy()[back])
