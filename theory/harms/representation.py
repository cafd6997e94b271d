"""Representation harm of paper B (section 4.1): does an undersampled class move towards another one?

Everything here takes embeddings [N, D] (any finite nonzero vectors: they are normalised inside) and labels [N], from
NumPy or from a CPU tensor without gradient, so that a training loop may call it too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from theory.sphere import normalise


def class_cosines(embeddings: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Mean pairwise cosines [K, K]: entry (i, j) averages <z_a, z_b> over a in class i and b in class j.

    By linearity this is the Gram matrix of the class means of the normalised embeddings; the diagonal therefore
    includes every sample's cosine 1 with itself, and is |mean|^2. Classes are 0 .. K-1 and must all occur.
    Raises ValueError naming the argument for shapes that do not fit, values not finite, a zero row, an absent class.
    """
    points, classes = _checked(embeddings, labels)
    counts = np.bincount(classes)
    means = np.zeros((len(counts), points.shape[1]))
    np.add.at(means, classes, points)
    means /= counts[:, None]
    return means @ means.T


def representation_harm(undersampled: ArrayLike, balanced: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """RH [K, K] = (1 - c_ij of the `undersampled` encoder) / (1 - c_ij of the `balanced` encoder), c the class cosines.

    Both arguments embed the same held-out samples, in the same order; the widths may differ. Row i is paper B's RH
    (below 1: harm) when the first encoder saw class i undersampled; the diagonal, where RH is not defined, is NaN.
    Raises ValueError as `class_cosines` does, and if two classes coincide for the balanced encoder (division by zero).
    """
    below = 1 - class_cosines(balanced, labels)
    above = 1 - class_cosines(undersampled, labels)
    np.fill_diagonal(below, 1)
    if below.min() < np.finfo(float).eps * len(below):
        i, j = np.unravel_index(below.argmin(), below.shape)
        raise ValueError(f"balanced: classes {i} and {j} have cosine 1, so their RH is undefined")
    ratio = above / below
    np.fill_diagonal(ratio, np.nan)
    return ratio


def nearest_class(cosines: np.ndarray, row: int) -> int:
    """The other class of largest mean cosine with class `row`; the lowest of equals."""
    others = np.array(cosines[row], float)
    others[row] = -np.inf
    return int(others.argmax())


def effective_rank(embeddings: ArrayLike) -> float:
    """exp of the entropy of the normalised singular values of the matrix [N, D] (Roy and Vetterli 2007): from 1 to min(N, D).

    Not centred. Raises ValueError if the matrix is empty, zero or not finite.
    """
    matrix = np.asarray(embeddings, np.float64)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all() or not matrix.any():
        raise ValueError("embeddings: must be a finite, nonzero matrix [N, D]")
    values = np.linalg.svd(matrix, compute_uv=False)
    shares = values[values > 0] / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _checked(embeddings: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows in float64, and labels; see class_cosines for what is refused."""
    points, classes = np.asarray(embeddings, np.float64), np.asarray(labels)
    if points.ndim != 2 or not points.size:
        raise ValueError(f"embeddings: must be a matrix [N, D], got shape {points.shape}")
    if classes.shape != points.shape[:1] or not np.issubdtype(classes.dtype, np.integer):
        raise ValueError(f"labels: must be {len(points)} integers, got {classes.dtype} of shape {classes.shape}")
    if classes.min() < 0 or not np.bincount(classes).all():
        raise ValueError("labels: must use every class from 0 to the largest")
    return normalise(points, name="embeddings"), classes
