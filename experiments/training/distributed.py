"""Contrastive losses over several processes: the contrast set of every anchor is the whole batch, on all ranks.

Each rank keeps its own anchors and takes the other ranks' embeddings as keys, so the work divides by the number of ranks
and no rank forms more than its share of the pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist

from theory.margins import valid_anchors


class _Gather(torch.autograd.Function):
    """All ranks' rows, concatenated by rank; the backward pass sums every rank's gradient of this rank's rows."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, sizes: list[int]) -> torch.Tensor:
        ctx.sizes, ctx.rank = sizes, dist.get_rank()
        return torch.cat(_all_gather(rows, sizes))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        total = grad.contiguous().clone()
        dist.all_reduce(total)
        return total.split(ctx.sizes)[ctx.rank], None


def gather(rows: torch.Tensor) -> tuple[torch.Tensor, list[int]]:
    """Every rank's rows [sum of n_r, ...], differentiable, and the number of rows of each rank; n_r may differ.

    All ranks must call it, and all must run the backward pass of what they build on it: both communicate.
    """
    sizes = _sizes(rows)
    return _Gather.apply(rows, sizes), sizes


def across_ranks(
    loss: Callable[..., torch.Tensor],
    embeddings: torch.Tensor,
    labels: torch.Tensor,
    no_positives: str = "raise",
    averaged: bool = False,
    **options: Any,
) -> torch.Tensor:
    """A loss of `theory.margins` on the batch of all ranks: the same number on every rank as one process would compute.

    embeddings [N, D], or [B, V, D] views, with labels [N] or [B]: this rank's part; `options` go to the loss, except
    keys, key_labels and reduction (the mean over the anchors of all ranks). A rank may hold no positives, or one class only.
    The gradient with respect to this rank's embeddings is that of one process on the whole batch. DistributedDataParallel
    averages gradients over the ranks: `averaged=True` scales the gradient by the number of ranks to make up for it.

    Raises ValueError as the loss does, for the whole batch and on all ranks alike; needs an initialised process group.
    """
    if embeddings.ndim == 3:
        labels = labels.repeat_interleave(embeddings.shape[1])
        embeddings = embeddings.flatten(0, 1)
    everyone, sizes = gather(embeddings)
    if 0 in sizes:
        raise ValueError(f"embeddings: no rank may be empty, rows by rank are {sizes}")
    everyones_labels = torch.cat(_all_gather(labels, sizes))
    valid = valid_anchors(everyone.detach(), everyones_labels)
    count = len(valid) if no_positives == "zero" else int(valid.sum())
    if no_positives == "raise" and count < len(valid):
        raise ValueError(f"labels: {len(valid) - count} of {len(valid)} anchors on all ranks have no positive")
    if count == 0:
        raise ValueError("labels: no anchor on any rank has a positive, so nothing is left to average")
    others, other_labels = list(everyone.split(sizes)), list(everyones_labels.split(sizes))
    anchors, anchor_labels = others.pop(dist.get_rank()), other_labels.pop(dist.get_rank())
    keys = {"keys": torch.cat(others), "key_labels": torch.cat(other_labels)} if others else {}
    share = loss(anchors, anchor_labels, reduction="sum", no_positives="zero", **keys, **options) / count
    total = share.detach().clone()
    dist.all_reduce(total)
    factor = dist.get_world_size() if averaged else 1
    # the value is the sum over ranks, the gradient this rank's share, which gather's backward pass adds up
    return total + factor * (share - share.detach())


def _sizes(rows: torch.Tensor) -> list[int]:
    own = torch.tensor([len(rows)], device=rows.device)
    sizes = [torch.zeros_like(own) for _ in range(dist.get_world_size())]
    dist.all_gather(sizes, own)
    return [int(size) for size in sizes]


def _all_gather(rows: torch.Tensor, sizes: list[int]) -> list[torch.Tensor]:
    # ranks may hold different numbers of rows, and all_gather wants equal shapes: pad, then cut
    padded = rows.new_zeros((max(sizes), *rows.shape[1:]))
    padded[: len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in sizes]
    dist.all_gather(parts, padded)
    return [part[:size] for part, size in zip(parts, sizes, strict=True)]
