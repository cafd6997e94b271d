"""The losses over several processes: the contrast set of every anchor is the whole batch, on all ranks.

Each rank keeps its own anchors and takes the other ranks' embeddings as keys, so the work divides by the number of ranks
and no rank forms more than its share of the pairs. Without a process group every function is what one process does. This is the
one module of theory that communicates (torch.distributed, the default group); all ranks must call the same functions in the same
order, backward passes included.

What one rank refuses all ranks refuse, with the sentence and the rank: before anything is gathered each tells the others
whether its own part is in order, so none waits for one that has raised.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from contrastive_claims.theory.margins.inputs import as_labels, check_positive, prepare, stack_views
from contrastive_claims.theory.sphere import normalise

_SENTENCE = 512  # bytes of a refusal that travel


class _Gather(torch.autograd.Function):
    """All ranks' rows, concatenated by rank; the backward pass sums every rank's gradient of this rank's rows."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, sizes: list[int]) -> torch.Tensor:
        ctx.sizes, ctx.rank = sizes, dist.get_rank()
        return torch.cat(_all_gather(rows, sizes))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        total = gradients[0].contiguous().clone()
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
    return (dist.get_rank(), dist.get_world_size()) if dist.is_available() and dist.is_initialized() else (0, 1)


def agree(refusal: str | None, device: torch.device) -> None:
    """Raise ValueError on every rank where any has a refusal (a sentence; None: none), the first one's, naming its rank."""
    rank, ranks = world()
    if ranks == 1:
        if refusal is not None:
            raise ValueError(refusal)
        return
    own = torch.zeros(_SENTENCE, dtype=torch.uint8, device=device)
    text = (refusal or "").encode()[:_SENTENCE]
    own[: len(text)] = torch.tensor(list(text), dtype=torch.uint8, device=device)
    everyone = [torch.empty_like(own) for _ in range(ranks)]
    dist.all_gather(everyone, own)
    for other, sentence in enumerate(everyone):
        if words := bytes(sentence.cpu().tolist()).rstrip(b"\0").decode(errors="ignore"):
            raise ValueError(words if other == rank else f"{words} (on rank {other})")


def anchor_losses(
    loss: Callable[..., torch.Tensor], embeddings: Any, labels: Any, **options: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """A loss of `theory.margins` at this rank's anchors, among the embeddings of all ranks: (losses [n], valid [n]).

    loss: a function, or a module made with the default reduction. embeddings [n, D] or views, labels [n] as the losses take
    them; `options` go to the loss, except reduction and no_positives. keys and key_labels: more keys, this rank's own or the
    same on all (a queue). labels None: every row of the views is its own class, on whichever rank. valid says which anchors
    have a positive and a negative; the others' loss is 0. Differentiable: the backward pass adds up, over the ranks, what each
    rank's losses ask of this rank's embeddings. A rank may hold no positives, or one class only.

    Raises ValueError, on all ranks alike, for bad input as the loss does, and for a rank without rows. Warns of labels that
    every rank counts from 0 on its own (0 .. n - 1, once each or once a view), which make strangers positives.
    """
    rank, ranks = world()
    if ranks == 1:
        embeddings, labels = _checked(embeddings, labels, 0, 1)
        return _own_losses(loss, embeddings, labels, options)
    refusal, own, names = None, None, None
    try:
        own, names = _checked(embeddings, labels, rank, ranks)
        check_positive("temperature", options.get("temperature", 1.0))
        _check_rows(own, options)
    except (ValueError, TypeError) as error:
        refusal = str(error)
    device = own.device if own is not None else _device()
    agree(refusal, device)
    assert own is not None and names is not None
    names, own_keys = _same_names(names, options.get("key_labels"), device)
    everyone, sizes = gather(own)
    if 0 in sizes:
        raise ValueError(f"embeddings: no rank may be empty, rows by rank are {sizes}")
    all_names = list(_all_gather(names, sizes))
    _notice_counting(all_names)
    others = list(everyone.split(sizes))
    own, names = others.pop(rank), all_names.pop(rank)
    keys, key_labels = torch.cat(others), torch.cat(all_names)
    if options.get("keys") is not None:
        keys = torch.cat([keys, options["keys"].to(keys)])
        if own_keys is None:
            raise ValueError("key_labels: needed with keys")
        key_labels = torch.cat([key_labels, own_keys])
    return _own_losses(loss, own, names, {**options, "keys": keys, "key_labels": key_labels})


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
    embeddings: Any,
    labels: Any = None,
    no_positives: str = "raise",
    averaged: bool = False,
    **options: Any,
) -> torch.Tensor:
    """A loss of `theory.margins` on the batch of all ranks: the same number on every rank as one process would compute.

    loss: a function or a module; a module's temperature and epsilon get this rank's share of their gradient, which
    DistributedDataParallel adds up (`averaged`). embeddings [N, D] or views, with labels [N], [B] or None: this rank's part;
    `options` go to the loss, except reduction (the mean over the anchors of all ranks). keys, key_labels: see `anchor_losses`.
    `averaged` as in `mean_over_ranks`. The gradient with respect to this rank's embeddings is that of one process on the whole
    batch.

    Raises ValueError as the loss does, for the whole batch and on all ranks alike.
    """
    losses, valid = anchor_losses(loss, embeddings, labels, **options)
    counts = torch.tensor([len(valid), int(valid.sum())], device=losses.device)
    if world()[1] > 1:
        dist.all_reduce(counts)
    everyone, useful = counts.tolist()
    if no_positives == "raise" and useful < everyone:
        raise ValueError(
            f"labels: {everyone - useful} of {everyone} anchors on all ranks have no positive or no negative"
        )
    if useful == 0:
        raise ValueError("labels: no anchor on any rank has a positive and a negative, so nothing is left to average")
    weights = torch.ones_like(losses) if no_positives == "zero" else valid.to(losses.dtype)
    return mean_over_ranks(losses, weights.detach(), averaged)


def all_rows(*parts: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Each of `parts` with the rows of all ranks, by rank, without gradient."""
    if world()[1] == 1:
        return tuple(part.detach() for part in parts)
    sizes = _sizes(parts[0])
    return tuple(torch.cat(_all_gather(part.detach(), sizes)) for part in parts)


def _own_losses(
    loss: Callable[..., torch.Tensor], embeddings: torch.Tensor, labels: Any, options: dict[str, Any]
) -> tuple[torch.Tensor, torch.Tensor]:
    batch = prepare(embeddings.detach(), labels, 1.0, options.get("keys"), options.get("key_labels"), validate=False)
    valid = (batch.positives > 0) & (batch.negatives > 0)
    if isinstance(loss, torch.nn.Module):
        usual: Any = loss.options
        loss.options = {**usual, "reduction": "none", "no_positives": "zero"}  # pyright: ignore[reportArgumentType]
        try:
            return loss(embeddings, labels, **options), valid
        finally:
            loss.options = usual
    return loss(embeddings, labels, reduction="none", no_positives="zero", **options), valid


def _checked(embeddings: Any, labels: Any, rank: int, ranks: int) -> tuple[torch.Tensor, Any]:
    """Rows [n, D] and labels [n], one a row: integers, or names as an array."""
    stacked = stack_views(embeddings) if not _is_empty(embeddings) else embeddings
    views = stacked.shape[1] if stacked.ndim == 3 else 1
    if labels is None:
        if stacked.ndim != 3:
            raise ValueError("labels: needed unless the embeddings are views, [B, V, D]")
        # a class of its own on whichever rank: numbers of different ranks never meet
        found: Any = torch.arange(len(stacked)) * ranks + rank
    else:
        found = as_labels("labels", labels, len(stacked))
    if views > 1:
        found = found.repeat_interleave(views) if isinstance(found, torch.Tensor) else np.repeat(found, views)
    return stacked.flatten(0, -2), found


def _is_empty(embeddings: Any) -> bool:
    return isinstance(embeddings, torch.Tensor) and embeddings.ndim == 2 and len(embeddings) == 0


def _check_rows(rows: torch.Tensor, options: dict[str, Any]) -> None:
    if options.get("validate", True) and len(rows):
        normalise(rows.detach(), True, "embeddings")
        if options.get("keys") is not None and len(options["keys"]):
            normalise(options["keys"].detach(), True, "keys")


def _device() -> torch.device:
    return torch.device("cuda", torch.cuda.current_device()) if dist.get_backend() == "nccl" else torch.device("cpu")


def _same_names(labels: Any, key_labels: Any, device: torch.device) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Labels and key labels as integers that mean the same on every rank: names are numbered over all ranks."""
    own: Any = labels
    other: Any = None if key_labels is None else as_labels("key_labels", key_labels, len(key_labels))
    textual = any(isinstance(part, np.ndarray) for part in (own, other))
    flags = torch.tensor([int(textual)], device=device)
    dist.all_reduce(flags)
    if not int(flags):
        return own.to(device), None if other is None else other.to(device)
    names = [str(name) for part in (own, other) if part is not None for name in part.tolist()]
    everyone: list[Any] = [None] * world()[1]
    text = "\0".join(sorted(set(names))).encode()
    sizes = _sizes(torch.empty(len(text), device=device))
    parts = _all_gather(torch.tensor(list(text), dtype=torch.uint8, device=device), sizes)
    everyone = [bytes(part.cpu().tolist()).decode().split("\0") for part in parts]
    place = {name: k for k, name in enumerate(sorted({name for part in everyone for name in part}))}
    numbers = torch.tensor([place[name] for name in names], device=device)
    return numbers[: len(own)], None if other is None else numbers[len(own) :]


def _notice_counting(labels: list[torch.Tensor]) -> None:
    """Warn of labels that count the rows of each rank from 0, once each or once a view: they are hardly ever classes."""
    for part in labels:
        count = torch.arange(len(part), device=part.device)
        half = len(part) // 2
        counted = (count, count // 2, count % half if half and len(part) % 2 == 0 else count)
        if len(part) < 3 or not any(torch.equal(part, numbers) for numbers in counted):
            return
    warnings.warn(
        "labels: every rank counts its own rows from 0, which makes row i of all ranks one class; if they are not, pass "
        "labels=None with views, or add rank * rows",
        UserWarning,
        stacklevel=3,
    )


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
