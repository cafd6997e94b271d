"""From what a loss is given to its value: which pairs count, which engine computes them, and how anchors are averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from contrastive_claims.theory.margins import pairs, plain, small
from contrastive_claims.theory.margins.inputs import (
    Batch,
    as_float,
    as_labels,
    check_both_labels,
    check_embeddings,
    check_keys,
    number,
    scaled,
    stack_views,
)
from contrastive_claims.theory.margins.options import check_contrast, check_hardness, check_reduction
from contrastive_claims.theory.margins.towers import tower_losses
from contrastive_claims.theory.margins.transforms import has_tangent, transformed


def loss_of(
    form: str,
    epsilon: float | torch.Tensor,
    embeddings: Any,
    labels: Any,
    temperature: float | torch.Tensor,
    keys: torch.Tensor | None = None,
    key_labels: Any = None,
    contrast: str | torch.Tensor = "all",
    exclude_self: Any = None,
    positives: torch.Tensor | None = None,
    negatives: torch.Tensor | None = None,
    hard_negatives: float | torch.Tensor = 0.0,
    weights: Any = None,
    class_weights: Mapping[Any, float] | Any = None,
    ignore_label: Any = None,
    reduction: str = "mean",
    no_positives: str = "raise",
    validate: bool = True,
    may_be_small: bool = True,
) -> torch.Tensor:
    """The loss of one form, "infonce", "supcon" or "supcon_in"; arguments as `theory.margins.losses` says.

    may_be_small: whether `theory.margins.small` may take it.
    """
    check_reduction(reduction, no_positives)
    if may_be_small and not transformed():
        plain_labels = (
            key_labels is exclude_self is positives is negatives is weights is class_weights is ignore_label is None
        )
        if plain_labels and isinstance(hard_negatives, float | int) and not hard_negatives:
            found = _small(form, epsilon, embeddings, labels, temperature, keys, contrast, reduction, no_positives)
            if found is not None:
                return found
    check_contrast(contrast)
    hard = check_hardness(hard_negatives)
    embeddings = stack_views(embeddings)
    rows = embeddings.shape[:-1].numel()
    weight = _weights(weights, class_weights, labels, embeddings)
    if positives is not None:
        if labels is not None or key_labels is not None or ignore_label is not None:
            raise ValueError("positives: stands in place of labels, key_labels and ignore_label")
        embeddings = embeddings.flatten(0, -2)
        if keys is not None:
            check_keys(embeddings, keys)
        own, other = (torch.zeros(n, dtype=torch.int64, device=embeddings.device) for n in (rows, _count(keys)))
        kept = other_kept = None
    else:
        own, other, kept, other_kept = check_both_labels(embeddings, labels, keys, key_labels, ignore_label)
    among = not isinstance(contrast, str) or contrast == "all"
    own_keys = _own_keys(exclude_self, rows, keys, embeddings.device)
    plainly = (
        positives is not None or negatives is not None or hard or own_keys is not None or not isinstance(contrast, str)
    )
    candidates = (rows if among else 0) + _count(keys)
    positives = _pair_weights("positives", positives, rows, candidates, embeddings.device)
    negatives = _pair_weights("negatives", negatives, rows, candidates, embeddings.device)
    if isinstance(contrast, torch.Tensor):
        if negatives is not None:
            raise ValueError("negatives: the contrast tensor holds the negatives already")
        contrast = _check_negatives(contrast, embeddings, rows)
    if kept is not None and other_kept is not None:
        columns = torch.cat([kept, other_kept]) if among else other_kept
        negatives = None if negatives is None else negatives[kept][:, columns]
        if own_keys is not None:
            place = (other_kept.cumsum(0) - 1).where(other_kept, -1)
            own_keys = place[own_keys].where(own_keys >= 0, -1)[kept] if len(place) else own_keys[kept]
        if isinstance(contrast, torch.Tensor) and contrast.ndim == 3:
            contrast = contrast[kept]
        embeddings, own = embeddings.flatten(0, -2)[kept], own[kept]
        keys, other = (None if keys is None else keys[other_kept]), other[other_kept]
        weight = None if weight is None else weight[kept]
        if not len(own):
            raise ValueError(f"labels: every row has the ignored label {ignore_label!r}")
    batch = number(embeddings, own, temperature, keys, other, validate, among)
    if plainly:
        losses, valid = _by_definition(
            batch,
            form,
            epsilon,
            temperature,
            contrast,
            own_keys,
            positives,
            negatives,
            hard_negatives,
            validate,
            no_positives,
        )
    else:
        losses, valid = _by_labels(batch, form, epsilon, no_positives)
    return _reduced(losses, valid, weight, kept, reduction, no_positives)


def _small(
    form: str,
    epsilon: Any,
    embeddings: Any,
    labels: Any,
    temperature: Any,
    keys: Any,
    contrast: Any,
    reduction: str,
    no_positives: str,
) -> torch.Tensor | None:
    """`theory.margins.small`'s answer, where arguments are all of the kind that it takes and in order; else None."""
    views = _views(embeddings, labels is None)
    if views is None or not _are_numbers(temperature, epsilon) or has_tangent(*views, keys, temperature, epsilon):
        return None
    first = views[0]
    rows, width = len(first), first.shape[1] if first.ndim == 3 else len(views)

    def again(inputs: list[torch.Tensor], tau: Any, margin: Any) -> torch.Tensor:
        others: Any = {"reduction": reduction, "no_positives": no_positives, "may_be_small": False}
        if keys is not None:
            return loss_of(form, margin, inputs[0], None, tau, keys=inputs[1], contrast=contrast, **others)
        return loss_of(form, margin, inputs[0] if len(inputs) == 1 else inputs, labels, tau, **others)

    case = small.Case(form, temperature, epsilon, reduction, again)
    if keys is not None:
        if labels is not None or len(views) > 1 or first.ndim != 2 or not _alike(first, keys):
            return None
        if isinstance(contrast, torch.Tensor):
            return small.queued(case, first, keys, contrast) if _are_negatives(contrast, first) else None
        return small.towers(case, first, keys, both=False) if rows > 1 and _is(contrast, "keys") else None
    if not _is(contrast, "all"):
        return None
    if labels is None:
        if width == 2 and rows > 1:
            return small.paired(case, views)
        if not 2 < width <= rows or not small.fits(first, len(views), False):
            return None
        numbers = torch.arange(rows)
    elif isinstance(labels, torch.Tensor) and labels.dtype == torch.int64 and labels.shape == (rows,):
        numbers = labels
    else:
        return None
    if width > 1:
        numbers = numbers.repeat_interleave(width) if first.ndim == 3 else numbers.repeat(width)
    return small.labelled(case, views, numbers, no_positives)


def _is(contrast: Any, name: str) -> bool:
    return isinstance(contrast, str) and contrast == name


def towers_of(
    first: torch.Tensor,
    second: torch.Tensor,
    temperature: Any,
    epsilon: Any,
    reduction: str,
    validate: bool,
    again: small.Again,
) -> torch.Tensor | None:
    """`theory.margins.losses.two_towers` of rows that belong together and no other options, both ways at once; None where that is
    not to be had. again: as in theory.margins.small.Case."""
    if (
        transformed()
        or len(first) < 2
        or first.device != second.device
        or has_tangent(first, second, temperature, epsilon)
        or not _are_numbers(temperature, epsilon)
    ):
        return None
    if small.fits(first, 1, True) and second.dtype == first.dtype:
        found = small.towers(small.Case("infonce", temperature, epsilon, reduction, again), first, second, both=True)
        if found is not None:
            return found
    return _reduced(tower_losses(first, second, temperature, epsilon, validate), None, None, None, reduction, "raise")


def _views(embeddings: Any, paired: bool) -> Sequence[torch.Tensor] | None:
    """One tensor [N, D] or [B, V, D], or several views [B, D]."""
    if isinstance(embeddings, torch.Tensor):
        return (embeddings,) if embeddings.ndim in (2, 3) and small.fits(embeddings, 1, paired) else None
    if not isinstance(embeddings, list | tuple) or len(embeddings) < 2:
        return None
    first = embeddings[0]
    if not isinstance(first, torch.Tensor) or first.ndim != 2 or not small.fits(first, len(embeddings), paired):
        return None
    return embeddings if all(_alike(first, view) for view in embeddings[1:]) else None


def _alike(first: torch.Tensor, other: Any) -> bool:
    return (
        isinstance(other, torch.Tensor)
        and other.shape == first.shape
        and other.dtype == first.dtype
        and other.device == first.device
    )


def _are_negatives(contrast: torch.Tensor, first: torch.Tensor) -> bool:
    """Whether these are negatives [M, D] for all rows of `first` [N, D], without a gradient."""
    return (
        contrast.ndim == 2
        and 0 < len(contrast) * len(first) <= plain.MOST_PAIRS
        and contrast.shape[1:] == first.shape[1:]
        and contrast.dtype == first.dtype
        and contrast.device == first.device
        and not contrast.requires_grad
        and not has_tangent(contrast)
    )


def _are_numbers(temperature: Any, epsilon: Any) -> bool:
    """Whether the temperature is one finite number, not next to zero, and epsilon, checked before, one number."""
    for value in (temperature, epsilon):
        if isinstance(value, torch.Tensor):
            if value.numel() != 1 or not value.is_floating_point():
                return False
        elif isinstance(value, bool) or not isinstance(value, float | int):
            return False
    return 1e-30 < as_float(temperature) < torch.inf  # of a lower one `prepare` says whether logits stay finite


def _by_labels(
    batch: Batch, form: str, epsilon: float | torch.Tensor, no_positives: str
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Losses [N], and which anchors are valid (None: all)."""
    anchors = len(batch.positives)
    lonely = anchors - int(batch.positives.count_nonzero())
    without = anchors - int(batch.negatives.count_nonzero())
    refuse(anchors, lonely, without, no_positives)
    if not without:
        return pairs.anchor_losses(batch, form, epsilon), batch.positives > 0 if lonely else None
    valid = (batch.positives > 0) & (batch.negatives > 0)
    if not bool(valid.any()):
        return (batch.anchors * 0).sum(1), valid
    candidates = torch.cat([batch.anchors, batch.keys]) if batch.among else batch.keys
    weights = plain.by_labels(batch.labels, batch.key_labels, batch.among, None)
    return plain.anchor_losses(plain.Pairs(batch.anchors, candidates, weights), form, epsilon, 0.0, valid), valid


def _by_definition(
    batch: Batch,
    form: str,
    epsilon: float | torch.Tensor,
    temperature: float | torch.Tensor,
    contrast: str | torch.Tensor,
    own_keys: torch.Tensor | None,
    positives: torch.Tensor | None,
    negatives: torch.Tensor | None,
    beta: float | torch.Tensor,
    validate: bool,
    no_positives: str,
) -> tuple[torch.Tensor, torch.Tensor]:
    count, device = len(batch.anchors), batch.anchors.device
    candidates = torch.cat([batch.anchors, batch.keys]) if batch.among else batch.keys
    by_labels = plain.by_labels(batch.labels, batch.key_labels, batch.among, own_keys)

    def weights(rows: slice) -> tuple[torch.Tensor, torch.Tensor]:
        if positives is None:
            pull, push = by_labels(rows)
        else:
            counted = plain.not_itself(rows, count, len(candidates), batch.among, own_keys, device)
            pull = positives[rows] * counted
            push = counted & (pull == 0)
        return pull, push if negatives is None else negatives[rows] * push

    own = None
    if isinstance(contrast, torch.Tensor):
        _, own = scaled(batch.anchors[:1].detach(), contrast.flatten(0, -2), temperature, validate)
        own = own.to(batch.anchors.dtype).reshape(contrast.shape)
    with torch.no_grad():
        step = max(1, plain.MOST_PAIRS // max(1, len(candidates)))
        kinds = [weights(slice(start, min(count, start + step))) for start in range(0, count, step)]
        has_positive = torch.cat([(pull > 0).any(1) for pull, _ in kinds])
        has_negative = torch.cat([(push > 0).any(1) for _, push in kinds])
    if own is not None:  # MoCo's queue starts empty, and InfoNCE without negatives is 0
        has_negative = torch.full_like(has_negative, own.shape[-2] > 0 or as_float(epsilon) < torch.inf)
    lonely, without = (count - int(has.count_nonzero()) for has in (has_positive, has_negative))
    refuse(count, lonely, without, no_positives)
    valid = has_positive & has_negative
    found = plain.anchor_losses(plain.Pairs(batch.anchors, candidates, weights, own), form, epsilon, beta, valid)
    return found, valid


def refuse(anchors: int, lonely: int, without: int, no_positives: str) -> None:
    """Under "raise", what anchors without positives or negatives are told."""
    if no_positives == "raise" and without == anchors:
        raise ValueError("labels: one class only, so no anchor has a negative; no_positives='skip' or 'zero' allows it")
    if no_positives == "raise" and lonely:
        raise ValueError(
            f"labels: {lonely} of {anchors} anchors have no positive; no_positives='skip' or 'zero' allows it"
        )
    if no_positives == "raise" and without:
        raise ValueError(
            f"labels: {without} of {anchors} anchors have no negative; no_positives='skip' or 'zero' allows it"
        )


def _reduced(
    losses: torch.Tensor,
    valid: torch.Tensor | None,
    weight: torch.Tensor | None,
    kept: torch.Tensor | None,
    reduction: str,
    no_positives: str,
) -> torch.Tensor:
    skip = valid is not None and no_positives == "skip"
    if skip and valid is not None:
        if not bool(valid.any()):
            raise ValueError("labels: no anchor has a positive, so nothing is left to average")
        losses, weight = losses[valid], None if weight is None else weight[valid]
    if weight is not None:
        weight = weight.to(losses)
        losses = losses * weight
    if reduction == "none":
        if kept is None or skip:
            return losses
        return losses.new_zeros(len(kept)).masked_scatter(kept, losses)
    if reduction == "sum":
        return losses.sum()
    if weight is None:
        return losses.mean()
    total = weight.sum()
    if not bool(total > 0):
        raise ValueError("weights: sum to zero over the anchors, so that there is no mean")
    return losses.sum() / total


def _count(keys: torch.Tensor | None) -> int:
    return 0 if keys is None else len(keys)


def _own_keys(exclude_self: Any, rows: int, keys: torch.Tensor | None, device: torch.device) -> torch.Tensor | None:
    """[N] the key that is each anchor itself, -1 for none; None where nothing is to be excluded."""
    if exclude_self is None or exclude_self is False:
        return None
    if keys is None:
        raise ValueError("exclude_self: given without keys")
    if exclude_self is True:
        if len(keys) < rows:
            raise ValueError(f"exclude_self: the first {rows} keys must be the anchors, but there are {len(keys)}")
        return torch.arange(rows, device=device)
    index = as_labels("exclude_self", exclude_self, rows)
    if not isinstance(index, torch.Tensor) or (len(index) and (int(index.min()) < -1 or int(index.max()) >= len(keys))):
        raise ValueError(f"exclude_self: must hold indices of the {len(keys)} keys, or -1")
    return index.to(device)


def _pair_weights(name: str, given: Any, rows: int, candidates: int, device: torch.device) -> torch.Tensor | None:
    if given is None:
        return None
    found = torch.as_tensor(given)
    if found.shape != (rows, candidates) or found.is_complex():
        raise ValueError(f"{name}: must be weights of pairs [{rows}, {candidates}], got {tuple(found.shape)}")
    if not bool(((found >= 0) & (found < torch.inf)).all()):
        raise ValueError(f"{name}: must be finite and not negative")
    return found.to(device)


def _check_negatives(negatives: torch.Tensor, embeddings: torch.Tensor, rows: int) -> torch.Tensor:
    check_embeddings("contrast", negatives, dimensions=(negatives.ndim,), empty=True)
    if negatives.ndim not in (2, 3) or (negatives.ndim == 3 and len(negatives) != rows):
        raise ValueError(f"contrast: must be negatives [M, D] or [{rows}, M, D], got {tuple(negatives.shape)}")
    if negatives.shape[-1] != embeddings.shape[-1] or negatives.device != embeddings.device:
        raise ValueError(
            f"contrast: must have the embeddings' dimension and device, got {negatives.shape[-1]} on {negatives.device} "
            f"beside {embeddings.shape[-1]} on {embeddings.device}"
        )
    return negatives


def _weights(weights: Any, class_weights: Any, labels: Any, embeddings: torch.Tensor) -> torch.Tensor | None:
    """[N] weights of the anchors, or None."""
    if weights is None and class_weights is None:
        return None
    batch, rows = len(embeddings), embeddings.shape[:-1].numel()
    total = torch.ones(batch, dtype=torch.float64)
    if weights is not None:
        given = (
            weights.detach().cpu().double()
            if isinstance(weights, torch.Tensor)
            else torch.as_tensor(np.asarray(weights, dtype=np.float64))
        )
        if given.shape != (batch,):
            raise ValueError(f"weights: must have shape [{batch}], one per row, got {tuple(given.shape)}")
        total = total * given
    if class_weights is not None:
        if labels is None:
            raise ValueError("class_weights: given without labels")
        total = total * _by_class(class_weights, as_labels("labels", labels, batch))
    if not bool(((total >= 0) & (total < torch.inf)).all()):
        raise ValueError(f"{'weights' if weights is not None else 'class_weights'}: must be finite and not negative")
    return total.to(embeddings.device).repeat_interleave(rows // batch)


def _by_class(class_weights: Any, labels: torch.Tensor | np.ndarray) -> torch.Tensor:
    names = labels.tolist()
    if isinstance(class_weights, Mapping):
        if missing := [name for name in names if name not in class_weights]:
            raise ValueError(f"class_weights: has no entry for label {missing[0]!r}")
        return torch.tensor([float(class_weights[name]) for name in names], dtype=torch.float64)
    table = torch.as_tensor(class_weights).detach().cpu().double()
    if not isinstance(labels, torch.Tensor) or table.ndim != 1:
        raise ValueError("class_weights: must be a mapping from labels, or numbers [K] beside integer labels")
    if int(labels.min()) < 0 or int(labels.max()) >= len(table):
        raise ValueError(
            f"class_weights: has {len(table)} entries, but labels run from {labels.min()} to {labels.max()}"
        )
    return table[labels.cpu()]
