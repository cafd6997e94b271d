"""Embeddings, labels and weights as the functions of this package take them: converted, checked, averaged by group."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import ArrayLike

from contrastive_claims.theory.sphere import is_tensor


def as_matrix(embeddings: Any, name: str = "embeddings") -> Float[np.ndarray, "n d"]:
    """Finite float64 matrix [N, D] from NumPy, or from a torch tensor of any type, on any device, with or without gradient.

    Raises ValueError naming the argument for another shape, an empty matrix, and the first row that is not finite.
    """
    if is_tensor(embeddings):
        embeddings = embeddings.detach().cpu().double().numpy()
    matrix = np.asarray(embeddings, np.float64)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"{name}: must be a matrix [N, D], got shape {matrix.shape}")
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        raise ValueError(f"{name}: row {finite.argmin()} holds NaN or infinity")
    return matrix


def as_classes(
    labels: Any, count: int | None, name: str = "labels", complete: bool = True
) -> Integer[np.ndarray, " n"]:
    """`count` classes [N] from 0 on (None: any number but 0); if `complete`, every class from 0 to the largest must occur.

    labels: integers or booleans, whole floats counting as integers, or names (of which the sorted ones are the classes), from a
    tensor, NumPy, pandas or a list, as `theory.margins` takes them. Raises ValueError naming the argument otherwise.
    """
    classes = whole_or_names(labels, name)
    if classes.dtype.kind in "USO" and classes.ndim == 1 and len(classes):
        try:
            classes = np.unique(classes, return_inverse=True)[1].reshape(-1)
        except TypeError as error:
            raise ValueError(f"{name}: cannot be compared with each other: {error}") from None
    count = classes.size if count is None else count
    if classes.shape != (count,) or not count or not np.issubdtype(classes.dtype, np.integer):
        raise ValueError(f"{name}: must be {count or 'some'} integers, got {classes.dtype} of shape {classes.shape}")
    if classes.min() < 0:
        raise ValueError(f"{name}: must be 0 or larger, got {classes.min()}")
    if complete:
        # a class number of 1e12 must cost no table of that length: K classes need K samples, so one of the first N is absent
        present = np.bincount(classes[classes < len(classes)], minlength=min(int(classes.max()) + 1, len(classes)))
        if classes.max() >= len(classes) or not present.all():
            absent = present.argmin() if not present.all() else len(present)
            raise ValueError(f"{name}: must use every class from 0 to the largest; {absent} is absent")
    return classes


def as_rows(
    points: np.ndarray, groups: Any, blocks: Any, name: str = "groups"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """points [N, D] with groups [N], every one from 0 to the largest, and block numbers [N] below N.

    Raises ValueError naming the argument otherwise."""
    points = np.asarray(points)
    if points.ndim != 2 or not points.size or points.dtype.kind not in "fiu":
        raise ValueError(f"points: must be a matrix [N, D] of numbers, got {points.dtype} of shape {points.shape}")
    if not float(np.abs(points).max()) < 1e150:  # a float32 compared with 1e150 as a float32 warns
        raise ValueError("points: must be finite, and below 1e150")
    groups, blocks = (
        as_classes(groups, len(points), name),
        as_classes(blocks, len(points), "blocks", complete=False),
    )
    if blocks.max() >= max(len(points), 2):
        raise ValueError(f"blocks: numbers must lie below the number of rows, {len(points)}, got {blocks.max()}")
    return points, groups, blocks


def of_unit_size(points: Float[np.ndarray, ...]) -> Float[np.ndarray, ...]:
    """The array times the power of two that brings its largest absolute entry into [1/2, 1): exact but for entries 1e300 times
    smaller. For what does not depend on the scale: no square of it overflows, or all of them underflow. A zero array stays."""
    return np.ldexp(points, -np.frexp(np.abs(points).max(initial=0.0))[1])


def whole_or_names(labels: Any, name: str = "labels") -> np.ndarray:
    """Labels as an array of int64 where they are whole numbers, else as they are; ValueError for a missing one, by its place."""
    array = labels.detach().cpu().numpy() if is_tensor(labels) else np.asarray(labels)
    if array.dtype.kind == "O":
        for i, entry in enumerate(array.ravel().tolist()):
            if (
                entry is None
                or type(entry).__name__ in ("NAType", "NaTType")
                or (isinstance(entry, float) and entry != entry)
            ):
                raise ValueError(f"{name}[{i}] is missing ({entry})")
        if array.size and all(isinstance(entry, int | np.integer | np.bool_) for entry in array.ravel()):
            return array.astype(np.int64)
    if array.dtype.kind == "f" and not is_tensor(labels):
        if np.isnan(array).any():
            raise ValueError(f"{name}[{int(np.isnan(array).ravel().argmax())}] is missing (NaN)")
        if (array == np.floor(array)).all():
            return array.astype(np.int64)
    return array.astype(np.int64) if array.dtype.kind == "b" else array


def group_means(values: np.ndarray, groups: np.ndarray, count: int, weights: ArrayLike | None = None) -> np.ndarray:
    """Mean of `values` [N, D] over each group g < `count`: sum_{a in g} w_a x_a / sum_{a in g} w_a, shape [..., count, D].

    `groups` [N] are integers from 0 to count - 1. `weights` [..., N], by default all 1, are the counts of resamples, or
    any nonnegative numbers; leading axes are resamples. A group that is absent, or that a resample leaves without weight,
    has mean NaN. Raises ValueError for weights of another length, negative or not finite.
    """
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, np.float64)
    if weights.ndim == 0 or weights.shape[-1] != len(values):
        raise ValueError(f"weights: must be [..., {len(values)}], one number per sample, got shape {weights.shape}")
    if not (np.isfinite(weights).all() and weights.min() >= 0):
        raise ValueError("weights: must be finite and nonnegative")
    means = np.empty((*weights.shape[:-1], count, values.shape[1]))
    for group in range(count):
        members = np.flatnonzero(groups == group)
        part = weights.take(members, axis=-1)
        with np.errstate(invalid="ignore"):
            means[..., group, :] = (part @ values[members]) / part.sum(axis=-1)[..., None]
    return means
