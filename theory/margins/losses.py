"""The contrastive losses of paper A, from embeddings: exact, in O(N) memory, any floating dtype, any torch device.

One signature and one set of conventions for all of them:

- `embeddings` [N, D], or [B, V, D] views with labels [B] (anchor b * V + v); normalised inside, so logits are
  s_ij = cosine_ij / temperature. Computed in float32 or better with autocast and TF32 off; half precision comes back as float32.
- Every embedding is an anchor. Its contrast set is all other embeddings and the `keys` [M, D] with `key_labels` [M] (a queue,
  or other ranks' embeddings; gradients reach them if they require it). Same label: positive; other label: negative.
- Each loss is the mean over an anchor's positives, in log-ratio form without additive constants; `epsilon`, a margin in
  logits, so the cosine margin is epsilon * temperature.
- `no_positives`: an anchor without positives is an error ("raise"), left out of the result ("skip"), or a loss of 0 that
  counts in the mean ("zero"). "skip" with no anchor left is an error too.
- `reduction`: "mean" over the anchors, "sum", or "none": the losses of the anchors in order, [N] (with "skip", of the valid
  anchors only; `valid_anchors` says which). `anchor_margins` gives the margins.
- `validate=False` skips the scan for NaN, infinity and zero vectors (they give NaN): the scan synchronises a GPU and cannot
  be traced by torch.func. Labels are always checked, and always read by the host.

First derivatives are exact; a second derivative is a RuntimeError (the gradient is a closed form, not a graph).
All raise ValueError, naming the argument, for: NaN, infinite or zero embeddings or keys, an empty batch, wrong shapes or dtypes,
temperature <= 0, epsilon < 0, one class only (no negatives), an unknown option, and anchors without positives as above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import torch
from jaxtyping import Bool, Float

from theory.margins import pairs
from theory.margins.inputs import check_positive, prepare

NO_POSITIVES = ("raise", "skip", "zero")
REDUCTIONS = ("mean", "sum", "none")


class Options(TypedDict, total=False):
    """What every loss takes by keyword, as the conventions of this module say: keys=None, key_labels=None, reduction="mean",
    no_positives="raise", validate=True."""

    keys: torch.Tensor | None
    key_labels: Any
    reduction: str
    no_positives: str
    validate: bool


def info_nce(
    embeddings: torch.Tensor,
    labels: Any = None,
    temperature: float = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """InfoNCE: mean over positives of -log( e^{s+} / (e^{s+} + sum_j e^{s-_j}) ), negatives only in the sum.

    labels None (with views): every row of the batch is its own class. Several positives are taken one at a time
    (SupInfoNCE, SINCERE's loss). Source: van den Oord et al. 2018; paper A, eps-InfoNCE at eps = 0.
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    return _loss("infonce", 0.0, embeddings, labels, temperature, **options)


def nt_xent(
    embeddings: torch.Tensor,
    labels: Any = None,
    temperature: float = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """NT-Xent: mean over positives of -log( e^{s+} / sum_{k != i} e^{s_ik} ), every other sample in the sum.

    For two views it is InfoNCE; for more it is SupCon with one class per row of the batch (labels None).
    Source: SimCLR, Chen et al. 2020, eq. 1.
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    return _loss("supcon", 0.0, embeddings, labels, temperature, **options)


def sup_con(
    embeddings: torch.Tensor,
    labels: Any,
    temperature: float = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """SupCon, L_out: -(1/P) sum_i log( e^{s+_i} / (sum_t e^{s+_t} + sum_j e^{s-_j}) ).

    Source: Khosla et al. 2020, eq. 2; paper A, eps-SupCon at eps = 0 (claim A7).
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    return _loss("supcon", 0.0, embeddings, labels, temperature, **options)


def sup_con_in(
    embeddings: torch.Tensor,
    labels: Any,
    temperature: float = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """SupCon, L_in: -log( (1/P) sum_i e^{s+_i} / (sum_t e^{s+_t} + sum_j e^{s-_j}) ), never above L_out (claim A10).

    Source: Khosla et al. 2020, eq. 3.
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    return _loss("supcon_in", 0.0, embeddings, labels, temperature, **options)


def eps_infonce(
    embeddings: torch.Tensor,
    labels: Any = None,
    temperature: float = 0.1,
    epsilon: float = 0.25,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """eps-InfoNCE: -log( e^{s+} / (e^{s+ - eps} + sum_j e^{s-_j}) ) = LSE(-eps, {s-_j - s+}) (claim A1).

    The loss of one positive per anchor (labels None, with views: every row its own class); several are averaged, which
    is eps-SupInfoNCE. Source: paper A, eps-InfoNCE.
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    return eps_sup_infonce(embeddings, labels, temperature, epsilon, **options)


def eps_sup_infonce(
    embeddings: torch.Tensor,
    labels: Any,
    temperature: float = 0.1,
    epsilon: float = 0.25,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """eps-SupInfoNCE: -(1/P) sum_i log( e^{s+_i} / (e^{s+_i - eps} + sum_j e^{s-_j}) ) (claim A6).

    Source: paper A, eps-SupInfoNCE, averaged over the P positives.
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    check_positive("epsilon", epsilon, zero=True)
    return _loss("infonce", epsilon, embeddings, labels, temperature, **options)


def eps_sup_con(
    embeddings: torch.Tensor,
    labels: Any,
    temperature: float = 0.1,
    epsilon: float = 0.25,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """eps-SupCon: -(1/P) sum_i log( e^{s+_i} / (sum_t e^{s+_t - eps} + sum_j e^{s-_j}) ).

    Source: paper A, eps-SupCon, without its leading eps (claim A7).
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    check_positive("epsilon", epsilon, zero=True)
    return _loss("supcon", epsilon, embeddings, labels, temperature, **options)


def info_l1o(
    embeddings: torch.Tensor,
    labels: Any = None,
    temperature: float = 0.1,
    **options: Unpack[Options],
) -> Float[torch.Tensor, "*anchors"]:
    """InfoL1O: mean over positives of -log( e^{s+} / sum_j e^{s-_j} ), the positive left out of the denominator.

    eps-InfoNCE's limit for eps -> infinity (claim A4). Source: Poole et al. 2019; paper A.
    Conventions, and the options keys, key_labels, reduction, no_positives, validate: module.
    """
    return _loss("infonce", math.inf, embeddings, labels, temperature, **options)


@dataclass(frozen=True)
class AnchorMargins:
    """Margins in logits, [N] each (times the temperature: cosine margins); NaN for an anchor without positives.

    worst: min over the positives of s+ minus max_j s-_j; mean: mean over the positives of s+ minus max_j s-_j.
    """

    worst: torch.Tensor
    mean: torch.Tensor


def anchor_margins(
    embeddings: torch.Tensor,
    labels: Any,
    temperature: float = 0.1,
    keys: torch.Tensor | None = None,
    key_labels: Any = None,
    validate: bool = True,
) -> AnchorMargins:
    """The margin of every anchor, without gradients: what `margin_interval` bounds from its loss (claims A2 and A3)."""
    batch = prepare(embeddings, labels, temperature, keys, key_labels, validate)
    lowest, mean, hardest = pairs.margins(batch)
    return AnchorMargins(worst=lowest - hardest, mean=mean - hardest)


def valid_anchors(
    embeddings: torch.Tensor, labels: Any, keys: torch.Tensor | None = None, key_labels: Any = None
) -> Bool[torch.Tensor, " anchors"]:
    """Which anchors have a positive, boolean [N]; its sum is the count of valid anchors."""
    return prepare(embeddings, labels, 1.0, keys, key_labels, validate=False).positives > 0


def _loss(
    form: str,
    epsilon: float,
    embeddings: torch.Tensor,
    labels: Any,
    temperature: float,
    keys: torch.Tensor | None = None,
    key_labels: Any = None,
    reduction: str = "mean",
    no_positives: str = "raise",
    validate: bool = True,
) -> torch.Tensor:
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction: must be one of {', '.join(REDUCTIONS)}, got {reduction!r}")
    if no_positives not in NO_POSITIVES:
        raise ValueError(f"no_positives: must be one of {', '.join(NO_POSITIVES)}, got {no_positives!r}")
    batch = prepare(embeddings, labels, temperature, keys, key_labels, validate)
    anchors = len(batch.positives)
    lonely = anchors - int(batch.positives.count_nonzero())
    if lonely and no_positives == "raise":
        raise ValueError(
            f"labels: {lonely} of {anchors} anchors have no positive; no_positives='skip' or 'zero' allows it"
        )
    if lonely == anchors and no_positives == "skip":
        raise ValueError("labels: no anchor has a positive, so nothing is left to average")
    losses = pairs.anchor_losses(batch, form, epsilon)
    if lonely and no_positives == "skip":
        losses = losses[batch.positives > 0]
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
