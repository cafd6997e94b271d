"""Training over several processes: the contrast set of every anchor is the whole batch, on all ranks.

Each rank keeps its own anchors and takes the other ranks' embeddings as keys, so the work divides by the number of ranks
and no rank forms more than its share of the pairs. Without a process group every function is what one process does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def world() -> tuple[int, int]:
    """(rank, number of ranks); (0, 1) without a process group."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def by_rank(numbers: Sequence[int], device: str = "cpu") -> list[list[int]]:
    """Every rank's whole numbers (as many on each, below 2^63), by rank. All ranks must call it; it is what holds them
    together before a step: what differs between them can be refused by all."""
    if world()[1] == 1:
        return [list(numbers)]
    mine = torch.tensor(list(numbers), dtype=torch.int64, device=device)
    found = [torch.empty_like(mine) for _ in range(world()[1])]
    dist.all_gather(found, mine)
    return [row.tolist() for row in found]


def anchor_losses(
    loss: Callable[..., torch.Tensor], embeddings: torch.Tensor, labels: torch.Tensor, **options: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """A loss of `theory.margins` at this rank's anchors, among the embeddings of all ranks: (losses [n], valid [n]).

    embeddings [n, D], labels [n]; `options` go to the loss, except keys, key_labels, reduction and no_positives. valid says
    which anchors have a positive; the others' loss is 0. Differentiable: the backward pass adds up, over the ranks, what
    each rank's losses ask of this rank's embeddings. A rank may hold no positives, or one class only.

    Raises ValueError for bad input as the loss does, and for a rank without rows.
    """
    rank, ranks = world()
    keys: dict[str, torch.Tensor] = {}
    if ranks > 1:
        everyone, sizes = gather(embeddings)
        if 0 in sizes:
            raise ValueError(f"embeddings: no rank may be empty, rows by rank are {sizes}")
        others, other_labels = list(everyone.split(sizes)), list(_all_gather(labels, sizes))
        embeddings, labels = others.pop(rank), other_labels.pop(rank)
        keys = {"keys": torch.cat(others), "key_labels": torch.cat(other_labels)}
    valid = valid_anchors(embeddings.detach(), labels, **keys)
    return loss(embeddings, labels, reduction="none", no_positives="zero", **keys, **options), valid


def mean_over_ranks(values: torch.Tensor, weights: torch.Tensor, averaged: bool = False) -> torch.Tensor:
    """``sum(weights * values) / sum(weights)`` over all ranks; values and weights [n] are this rank's.

    The gradient is that of this rank's share; DistributedDataParallel averages gradients over the ranks, and
    `averaged=True` scales the gradient by the number of ranks to make up for it. Raises ValueError if no weight is positive.
    """
    _, ranks = world()
    count = weights.sum().detach()
    if ranks > 1:
        dist.all_reduce(count)
    if not count > 0:
        raise ValueError("labels: no anchor has a positive, so nothing is left to average")
    share = (weights * values).sum() / count
    if ranks == 1:
        return share
    total = share.detach().clone()
    dist.all_reduce(total)
    return total + (ranks if averaged else 1) * (share - share.detach())


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
    keys, key_labels and reduction (the mean over the anchors of all ranks). `averaged` as in `mean_over_ranks`.
    The gradient with respect to this rank's embeddings is that of one process on the whole batch.

    Raises ValueError as the loss does, for the whole batch and on all ranks alike.
    """
    if embeddings.ndim == 3:
        labels = labels.repeat_interleave(embeddings.shape[1])
        embeddings = embeddings.flatten(0, 1)
    losses, valid = anchor_losses(loss, embeddings, labels, **options)
    counts = torch.tensor([len(valid), int(valid.sum())], device=embeddings.device)
    if world()[1] > 1:
        dist.all_reduce(counts)
    everyone, useful = counts.tolist()
    if no_positives == "raise" and useful < everyone:
        raise ValueError(f"labels: {everyone - useful} of {everyone} anchors on all ranks have no positive")
    if useful == 0:
        raise ValueError("labels: no anchor on any rank has a positive, so nothing is left to average")
    weights = torch.ones_like(losses) if no_positives == "zero" else valid.to(losses.dtype)
    return mean_over_ranks(losses, weights.detach(), averaged)


def all_rows(*parts: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Each of `parts` with the rows of all ranks, by rank, without gradient."""
    if world()[1] == 1:
        return tuple(part.detach() for part in parts)
    sizes = _sizes(parts[0])
    return tuple(torch.cat(_all_gather(part.detach(), sizes)) for part in parts)


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
