"""What a loss is given, checked and brought to one form: logit-space embeddings and class numbers.

Every refusal is a ValueError that names the argument and says what was wrong, before any arithmetic.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from contrastive_claims.theory.margins.precision import full_precision
from contrastive_claims.theory.sphere import normalise

CONTRASTS = ("all", "keys")
_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@dataclass(frozen=True)
class Batch:
    """Anchors and extra keys in logit space, so that s_ij = <anchors_i, anchors_j> and s_ij = <anchors_i, keys_j>.

    anchors [N, D], keys [M, D]: unit vectors times temperature^-1/2; labels [N], key_labels [M]: class numbers from 0;
    positives, negatives [N]: how many of either each anchor has in its contrast set; all on one device.
    bound: the largest possible logit, 1/temperature. among: whether the other anchors belong to an anchor's contrast set.
    """

    anchors: torch.Tensor
    keys: torch.Tensor
    labels: torch.Tensor
    key_labels: torch.Tensor
    positives: torch.Tensor
    negatives: torch.Tensor
    bound: float
    among: bool = True


def prepare(
    embeddings: Any,
    labels: Any,
    temperature: Any,
    keys: torch.Tensor | None,
    key_labels: Any,
    validate: bool,
    among: bool = True,
) -> Batch:
    """Check, flatten the views, cast to at least float32, normalise and scale; see `Batch`.

    embeddings [N, D], [B, V, D] views (row b * V + v), or a sequence of V views [B, D]; labels [N] or [B], or None for views:
    every row of the batch its own class. keys [M, D] with key_labels [M] join the contrast set only; in place of the anchors
    unless `among`. Without any labels, row i of the keys is the one of anchor i's class.
    `validate=False` leaves out the scan for NaN, infinity and zero vectors, which then come out as NaN.

    Raises ValueError for an empty batch, wrong shapes, dtypes or devices, a temperature that is not positive and finite,
    labels that are missing or of another length, and (with `validate`) embeddings or keys that are zero, NaN or infinite.
    """
    embeddings = stack_views(embeddings)
    labels, key_labels, _, _ = check_both_labels(embeddings, labels, keys, key_labels)
    return number(embeddings, labels, temperature, keys, key_labels, validate, among)


def number(
    embeddings: torch.Tensor,
    labels: torch.Tensor,
    temperature: Any,
    keys: torch.Tensor | None,
    key_labels: torch.Tensor,
    validate: bool,
    among: bool,
) -> Batch:
    """The batch of checked rows [N, D] or views [B, V, D] with integer labels [N]; as `prepare`."""
    check_positive("temperature", temperature)
    anchors, others = scaled(embeddings.flatten(0, -2), keys, temperature, validate)
    return numbered(anchors, others, labels, key_labels, 1.0 / as_float(temperature), among)


def numbered(
    anchors: torch.Tensor,
    keys: torch.Tensor,
    labels: torch.Tensor,
    key_labels: torch.Tensor,
    bound: float,
    among: bool,
) -> Batch:
    """The batch of logit-space rows with any integer labels: classes numbered from 0, positives and negatives counted."""
    everyone = torch.cat([labels, key_labels]) if len(key_labels) else labels
    _, classes, counts = everyone.unique(return_inverse=True, return_counts=True)
    labels, key_labels = classes[: len(labels)], classes[len(labels) :]
    if not among:
        counts = key_labels.bincount(minlength=len(counts))
    same = counts[labels]
    negatives = (len(everyone) if among else len(key_labels)) - same
    return Batch(anchors, keys, labels, key_labels, same - 1 if among else same, negatives, bound, among)


def scaled(
    embeddings: torch.Tensor, keys: torch.Tensor | None, temperature: Any, validate: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Anchors [N, D] and keys [M, D] (none: [0, D]) in logit space, of one dtype, float32 or float64."""
    others = embeddings[:0].detach() if keys is None else keys
    dtype = torch.promote_types(torch.promote_types(embeddings.dtype, others.dtype), torch.float32)
    check_logits(temperature, dtype)
    with full_precision(embeddings.device):
        scale = temperature**-0.5
        if isinstance(scale, torch.Tensor):
            scale = scale.reshape(()).to(device=embeddings.device, dtype=dtype)
        anchors = normalise(embeddings.to(dtype), validate, "embeddings") * scale
        others = normalise(others.to(dtype), validate, "keys") * scale if len(others) else others.to(dtype)
    return anchors, others


def stack_views(embeddings: Any) -> Any:
    """The embeddings as they are, or a sequence of V views [B, D] as [B, V, D].

    A tensor whose views may have come first, [V, B, D], warns: more views than rows are hardly ever meant.
    """
    if isinstance(embeddings, Sequence) and not isinstance(embeddings, str | bytes):
        for v, view in enumerate(embeddings):
            check_embeddings(f"embeddings[{v}]", view, dimensions=(2,))
            if view.shape != embeddings[0].shape or view.device != embeddings[0].device:
                raise ValueError(
                    f"embeddings: all views must have one shape and device, got {tuple(embeddings[0].shape)} on "
                    f"{embeddings[0].device} and {tuple(view.shape)} on {view.device}"
                )
        if len(embeddings) == 0:
            raise ValueError("embeddings: an empty sequence of views")
        return torch.stack(list(embeddings), 1)
    check_embeddings("embeddings", embeddings, dimensions=(2, 3))
    return embeddings


def check_both_labels(
    embeddings: torch.Tensor, labels: Any, keys: torch.Tensor | None, key_labels: Any, ignored: Any = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
    """Labels [N] of the anchors and [M] of the keys as int64, of one numbering, checked as `prepare` says; and which of either
    are not the `ignored` label (None where none is ignored)."""
    rows, device = len(embeddings), embeddings.device
    if keys is None and key_labels is not None:
        raise ValueError("key_labels: given without keys")
    if keys is not None:
        check_keys(embeddings, keys)
    views = embeddings.shape[1] if embeddings.ndim == 3 else 1
    if labels is None:
        paired = keys is not None and key_labels is None and len(keys) == rows * views
        if embeddings.ndim != 3 and not paired and not (keys is not None and key_labels is not None):
            raise ValueError("labels: needed unless the embeddings are views, [B, V, D]")
        if embeddings.ndim == 3 and views > rows and rows > 1:
            _warn_of_views(rows, views)
        if keys is not None and key_labels is not None:
            raise ValueError("labels: needed with key_labels")
        own = torch.arange(rows, device=device).repeat_interleave(views)
        if keys is None or not len(keys):
            return own, own[:0], None, None
        if not paired:
            raise ValueError("key_labels: needed with keys, unless there is one key for every row of the embeddings")
        return own, own, None, None
    if embeddings.ndim == 3 and views != rows and np.shape(labels) == (views,):
        raise ValueError(
            f"labels: must have shape [{rows}], one per row, got ({views},), one per view: with views first pass "
            f"(z0, z1, ...) or torch.stack(..., dim=1)"
        )
    own = as_labels("labels", labels, rows)
    if keys is None:
        other = torch.zeros(0, dtype=torch.int64)
    elif key_labels is None:
        if len(keys):
            raise ValueError("key_labels: needed with keys")
        other = torch.zeros(0, dtype=torch.int64)
    else:
        other = as_labels("key_labels", key_labels, len(keys))
    kept = None if ignored is None else [_differs(part, ignored) for part in (own, other)]
    numbers = [part.to(device) for part in _one_numbering(own, other)]
    if views > 1:
        numbers[0] = numbers[0].repeat_interleave(views)
    if kept is None:
        return numbers[0], numbers[1], None, None
    return numbers[0], numbers[1], kept[0].to(device).repeat_interleave(views), kept[1].to(device)


def _differs(labels: torch.Tensor | np.ndarray, ignored: Any) -> torch.Tensor:
    found = labels != ignored
    return found if isinstance(found, torch.Tensor) else torch.as_tensor(np.broadcast_to(found, labels.shape).copy())


def _warn_of_views(rows: int, views: int) -> None:
    warnings.warn(
        f"embeddings [{rows}, {views}, D] are read as {rows} samples with {views} views each; if they are {rows} views of "
        f"{views} samples, pass (z0, z1, ...) or torch.stack(..., dim=1)",
        UserWarning,
        stacklevel=2,
    )


def check_keys(embeddings: torch.Tensor, keys: Any, name: str = "keys") -> None:
    """Keys [M, D] of the embeddings' dimension and device; M may be 0."""
    check_embeddings(name, keys, dimensions=(2,), empty=True)
    if keys.shape[-1] != embeddings.shape[-1] or keys.device != embeddings.device:
        raise ValueError(
            f"{name}: must have the embeddings' dimension and device, got {keys.shape[-1]} on {keys.device} "
            f"beside {embeddings.shape[-1]} on {embeddings.device}"
        )


def check_embeddings(name: str, embeddings: Any, dimensions: tuple[int, ...], empty: bool = False) -> None:
    """A floating-point tensor with one of the given numbers of dimensions; not empty, unless `empty`, which allows no rows."""
    if not isinstance(embeddings, torch.Tensor) or not embeddings.is_floating_point():
        found = embeddings.dtype if isinstance(embeddings, torch.Tensor) else type(embeddings).__name__
        raise ValueError(f"{name}: must be a floating-point tensor, got {found}")
    if embeddings.dtype not in _DTYPES:
        raise ValueError(f"{name}: must be float16, bfloat16, float32 or float64, got {embeddings.dtype}")
    if embeddings.ndim not in dimensions:
        shapes = " or ".join({2: "[N, D]", 3: "[B, V, D]"}[d] for d in dimensions)
        raise ValueError(f"{name}: must have shape {shapes}, got {tuple(embeddings.shape)}")
    if embeddings.numel() == 0 and not (empty and embeddings.shape[-1]):
        raise ValueError(f"{name}: empty, shape {tuple(embeddings.shape)}")


def check_labels(name: str, labels: Any, length: int, device: torch.device) -> torch.Tensor:
    """Labels [length] as int64 on `device`: integers and booleans as they are, any others (names) numbered in their order."""
    found, _ = _one_numbering(as_labels(name, labels, length), torch.zeros(0, dtype=torch.int64))
    return found.to(device)


def as_labels(name: str, labels: Any, length: int) -> torch.Tensor | np.ndarray:
    """Labels [length] as an int64 tensor, or as a NumPy array of strings or objects that are no numbers.

    labels: a tensor of integers or booleans; or a NumPy array, pandas column or sequence of anything that can be sorted, whole
    floats counting as integers. Raises ValueError for another shape, fractions, complex numbers, and a missing entry.
    """
    if not isinstance(labels, torch.Tensor):
        labels = _from_array(name, labels)
    if isinstance(labels, torch.Tensor):
        if labels.is_floating_point() or labels.is_complex():
            raise ValueError(f"{name}: must be integers or booleans, got {labels.dtype}")
        if labels.dtype != torch.int64:
            labels = labels.to(torch.int64)
    if labels.ndim != 1 or len(labels) != length:
        raise ValueError(f"{name}: must have shape [{length}], one per row, got {tuple(labels.shape)}")
    return labels


def _from_array(name: str, labels: Any) -> torch.Tensor | np.ndarray:
    if isinstance(labels, Sequence) and len(labels) and all(isinstance(entry, torch.Tensor) for entry in labels):
        return torch.stack(list(labels))
    array = np.asarray(labels)
    if array.dtype.kind == "O":
        for i, entry in enumerate(array.ravel().tolist()):
            if _is_missing(entry):
                raise ValueError(f"{name}[{i}] is missing ({entry})")
        if all(isinstance(entry, int | np.integer | np.bool_) for entry in array.ravel()):
            array = array.astype(np.int64)
    if array.dtype.kind == "f":
        if np.isnan(array).any():
            raise ValueError(f"{name}[{int(np.isnan(array).ravel().argmax())}] is missing (NaN)")
        if (array != np.floor(array)).any():
            raise ValueError(f"{name}: must be integers, booleans or names, got fractions ({array.dtype})")
    if array.dtype.kind == "c":
        raise ValueError(f"{name}: must be integers, booleans or names, got {array.dtype}")
    if array.dtype.kind in "biuf":
        if array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
            raise ValueError(f"{name}: must fit 64 bits with a sign, got {array.max()}")
        return torch.from_numpy(array.astype(np.int64))  # a copy: NumPy may hold it read-only or with a negative stride
    return array


def _is_missing(entry: Any) -> bool:
    if entry is None or type(entry).__name__ in ("NAType", "NaTType"):  # pandas, which is never imported here
        return True
    return isinstance(entry, float) and entry != entry


def _one_numbering(
    own: torch.Tensor | np.ndarray, other: torch.Tensor | np.ndarray
) -> tuple[torch.Tensor, torch.Tensor]:
    """Integers as they are; where one side holds names, both numbered in the order of the sorted names."""
    if isinstance(own, torch.Tensor) and isinstance(other, torch.Tensor):
        return own, other
    named = [part.cpu().numpy() if isinstance(part, torch.Tensor) else part for part in (own, other)]
    if named[0].dtype.kind != named[1].dtype.kind and all(len(part) for part in named):
        raise ValueError(f"key_labels: must be of the labels' kind, {named[0].dtype}, got {named[1].dtype}")
    named = [part for part in named if len(part)]
    try:
        numbers = np.unique(np.concatenate(named), return_inverse=True)[1].reshape(-1)
    except TypeError as error:
        raise ValueError(f"labels: cannot be compared with each other: {error}") from None
    found = torch.from_numpy(numbers.astype(np.int64))
    return found[: len(own)], found[len(own) :]


def as_float(value: Any) -> float:
    """A number, or a tensor of one element, as a float."""
    return float(value.detach() if isinstance(value, torch.Tensor) else value)


def check_logits(temperature: Any, dtype: torch.dtype) -> None:
    """Raises ValueError for a temperature so low that differences of logits, up to 2/temperature, are infinite in `dtype`."""
    if as_float(temperature) < (least := 4 / torch.finfo(dtype).max):
        raise ValueError(
            f"temperature: must be at least {least:.2g}, where logits of {str(dtype).removeprefix('torch.')} become "
            f"infinite, got {as_float(temperature)}"
        )


def check_epsilon(epsilon: Any, zero: bool = True) -> None:
    """check_positive, and no more than single precision holds: beyond, it would be infinite in some batches and not in others."""
    check_positive("epsilon", epsilon, zero)
    if (value := as_float(epsilon)) > torch.finfo(torch.float32).max:
        raise ValueError(f"epsilon: must be at most 3.4e38, the largest number of single precision, got {value}")


def check_positive(name: str, value: Any, zero: bool = False) -> None:
    """A finite number above zero (or, with `zero`, at least zero): a number, or a real tensor of one element."""
    if isinstance(value, torch.Tensor):
        if value.numel() != 1 or not value.is_floating_point():
            raise ValueError(f"{name}: must be one floating-point number, got {value.dtype} of {tuple(value.shape)}")
        value = value.detach().item()
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"{name}: must be a number, got {type(value).__name__}")
    if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{name}: must be {'zero or ' if zero else ''}positive and finite, got {value}")
