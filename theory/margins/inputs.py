"""What a loss is given, checked and brought to one form: logit-space embeddings and class numbers.

Every refusal is a ValueError that names the argument and says what was wrong, before any arithmetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from theory.margins.tiles import full_precision
from theory.sphere import normalise


@dataclass(frozen=True)
class Batch:
    """Anchors and extra keys in logit space, so that s_ij = <anchors_i, anchors_j> and s_ij = <anchors_i, keys_j>.

    anchors [N, D], keys [M, D]: unit vectors times temperature^-1/2; labels [N], key_labels [M]: class numbers from 0;
    positives [N]: how many positives each anchor has among the other anchors and the keys; all on one device.
    bound: the largest possible logit, 1/temperature.
    """

    anchors: torch.Tensor
    keys: torch.Tensor
    labels: torch.Tensor
    key_labels: torch.Tensor
    positives: torch.Tensor
    bound: float


def prepare(
    embeddings: torch.Tensor,
    labels: Any,
    temperature: float,
    keys: torch.Tensor | None,
    key_labels: Any,
    validate: bool,
) -> Batch:
    """Check, flatten the views, cast to at least float32, normalise and scale; see `Batch`.

    embeddings [N, D], or [B, V, D] views (row b * V + v); labels [N] or [B] integers or booleans, or None for [B, V, D]
    embeddings: every row of the batch its own class. keys [M, D] with key_labels [M] join the contrast set only.
    `validate=False` leaves out the scan for NaN, infinity and zero vectors, which then come out as NaN.

    Raises ValueError for an empty batch, wrong shapes, dtypes or devices, a temperature that is not positive and finite,
    fewer than two classes, and (with `validate`) embeddings or keys that are zero, NaN or infinite.
    """
    check_positive("temperature", temperature)
    check_embeddings("embeddings", embeddings, dimensions=(2, 3))
    if labels is None:
        if embeddings.ndim != 3:
            raise ValueError("labels: needed unless the embeddings are views, [B, V, D]")
        labels = torch.arange(len(embeddings), device=embeddings.device)
    labels = check_labels("labels", labels, len(embeddings), embeddings.device)
    if embeddings.ndim == 3:
        labels = labels.repeat_interleave(embeddings.shape[1])
        embeddings = embeddings.flatten(0, 1)
    if keys is None and key_labels is not None:
        raise ValueError("key_labels: given without keys")
    if keys is None:
        others, other_labels = embeddings[:0].detach(), labels[:0]
    else:
        others, other_labels = keys, _check_keys(embeddings, keys, key_labels)
    everyone = torch.cat([labels, other_labels]) if len(other_labels) else labels
    _, classes, counts = everyone.unique(return_inverse=True, return_counts=True)
    if len(counts) < 2:
        raise ValueError("labels: one class only, so no anchor has a negative")
    labels, other_labels = classes[: len(labels)], classes[len(labels) :]
    dtype = torch.promote_types(torch.promote_types(embeddings.dtype, others.dtype), torch.float32)
    with full_precision(embeddings.device):
        scale = temperature**-0.5
        anchors = normalise(embeddings.to(dtype), validate, "embeddings") * scale
        others = normalise(others.to(dtype), validate, "keys") * scale if len(others) else others.to(dtype)
    return Batch(anchors, others, labels, other_labels, counts[labels] - 1, 1.0 / temperature)


def _check_keys(embeddings: torch.Tensor, keys: torch.Tensor, key_labels: Any) -> torch.Tensor:
    check_embeddings("keys", keys, dimensions=(2,))
    if keys.shape[1] != embeddings.shape[1] or keys.device != embeddings.device:
        raise ValueError(
            f"keys: must have the embeddings' dimension and device, got {keys.shape[1]} on {keys.device} "
            f"beside {embeddings.shape[1]} on {embeddings.device}"
        )
    if key_labels is None:
        raise ValueError("key_labels: needed with keys")
    return check_labels("key_labels", key_labels, len(keys), embeddings.device)


def check_embeddings(name: str, embeddings: Any, dimensions: tuple[int, ...]) -> None:
    """A non-empty floating-point tensor with one of the given numbers of dimensions."""
    if not isinstance(embeddings, torch.Tensor) or not embeddings.is_floating_point():
        found = embeddings.dtype if isinstance(embeddings, torch.Tensor) else type(embeddings).__name__
        raise ValueError(f"{name}: must be a floating-point tensor, got {found}")
    if embeddings.ndim not in dimensions:
        shapes = " or ".join({2: "[N, D]", 3: "[B, V, D]"}[d] for d in dimensions)
        raise ValueError(f"{name}: must have shape {shapes}, got {tuple(embeddings.shape)}")
    if embeddings.numel() == 0:
        raise ValueError(f"{name}: empty, shape {tuple(embeddings.shape)}")


def check_labels(name: str, labels: Any, length: int, device: torch.device) -> torch.Tensor:
    """Integer or boolean labels [length], as int64 on `device`."""
    labels = torch.as_tensor(labels)
    if labels.is_floating_point() or labels.is_complex():
        raise ValueError(f"{name}: must be integers or booleans, got {labels.dtype}")
    if labels.ndim != 1 or len(labels) != length:
        raise ValueError(f"{name}: must have shape [{length}], one per row, got {tuple(labels.shape)}")
    return labels.to(device=device, dtype=torch.int64)


def check_positive(name: str, value: float, zero: bool = False) -> None:
    """A finite number above zero (or, with `zero`, at least zero)."""
    if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{name}: must be {'zero or ' if zero else ''}positive and finite, got {value}")
