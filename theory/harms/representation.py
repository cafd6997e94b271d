"""Representation harm of paper B (section 4.1): does an undersampled class move towards another one? And do the two merge?

Everything here takes embeddings [N, D] (any finite nonzero vectors: they are normalised inside) and labels [N], from
NumPy or from a torch tensor, so that a training loop may call it too. `weights` [..., N] are the counts of resampled
test points (theory.harms.intervals): all resamples are answered at once, on the leading axes of the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from contrastive_claims.theory.broadcasting import check_fit
from contrastive_claims.theory.harms.samples import as_classes, as_matrix, group_means, of_unit_size
from contrastive_claims.theory.sphere import gram, normalise


def class_cosines(embeddings: Any, labels: Any, weights: ArrayLike | None = None) -> Float[np.ndarray, "*r k k"]:
    """Mean pairwise cosines [..., K, K]: entry (i, j) averages <z_a, z_b> over a in class i and b in class j.

    By linearity this is the Gram matrix of the class means of the normalised embeddings; the diagonal therefore
    includes every sample's cosine 1 with itself, and is |mean|^2. With weights, sample a counts w_a times.
    Classes are 0 .. K-1 and must all occur. Raises ValueError naming the argument for shapes that do not fit, values not
    finite, a zero row, an absent class, negative weights, a class without weight.
    """
    points = as_matrix(embeddings)
    classes = as_classes(labels, len(points))
    means = group_means(normalise(points, name="embeddings"), classes, classes.max() + 1, weights)
    if np.isnan(means).any():
        raise ValueError("weights: every class needs a positive weight in every resample")
    return gram(means)


def representation_harm(
    undersampled: Any, balanced: Any, labels: Any, weights: ArrayLike | None = None
) -> Float[np.ndarray, "*r k k"]:
    """RH [..., K, K] = (1 - c_ij of the `undersampled` encoder) / (1 - c_ij of the `balanced` one), c the class cosines.

    Both arguments embed the same held-out samples, in the same order; the widths may differ. Row i is paper B's RH
    (below 1: harm) when the first encoder saw class i undersampled; the diagonal, where RH is not defined, is NaN.
    The resamples of `weights` are shared by both encoders (paired). Over several seeds average the RH of each pair; the
    released code instead takes the RH of cosines averaged over seeds: the same up to the spread between seeds.
    Raises ValueError as `class_cosines` does, and if two classes coincide for the balanced encoder (division by zero).
    """
    return harm_of_cosines(class_cosines(undersampled, labels, weights), class_cosines(balanced, labels, weights))


def harm_of_cosines(undersampled: np.ndarray, balanced: np.ndarray) -> Float[np.ndarray, "*r k k"]:
    """`representation_harm` from the class cosines [..., K, K] of the two encoders; its diagonal is NaN."""
    undersampled, balanced = _square(undersampled, "undersampled"), _square(balanced, "balanced")
    check_fit(undersampled=undersampled, balanced=balanced)
    below, above = 1 - balanced, 1 - undersampled
    diagonal = np.eye(below.shape[-1], dtype=bool)
    below[..., diagonal] = np.nan
    coinciding = np.argwhere(below < np.finfo(float).eps * len(diagonal))
    if len(coinciding):
        i, j = coinciding[0][-2:]
        raise ValueError(f"balanced: classes {i} and {j} have cosine 1, so their RH is undefined")
    return above / below


def class_separation(embeddings: Any, labels: Any, weights: ArrayLike | None = None) -> Float[np.ndarray, "*r k k"]:
    """How well classes are told apart [..., K, K]: |m_i - m_j|^2 / ((1 - |m_i|^2) + (1 - |m_j|^2)), m_i the mean of the
    normalised embeddings of class i, 1 - |m_i|^2 their variance (Fisher's ratio over all directions); the diagonal is NaN.

    RH looks at <m_i, m_j> alone, which a direction that all embeddings share moves by itself: with a unit vector e
    orthogonal to all of them, z -> cos(t) z + sin(t) e turns every 1 - <m_i, m_j> into cos(t)^2 times itself, a harm
    without a merger where only the undersampled encoder has it. The separation stays (numerator and denominator both shrink
    by cos(t)^2). Source: Fisher; beside RH, ours. Raises ValueError as `class_cosines` does, and where two classes are
    single points.
    """
    return separation_of_cosines(class_cosines(embeddings, labels, weights))


def separation_of_cosines(cosines: np.ndarray) -> Float[np.ndarray, "*r k k"]:
    """`class_separation` from the class cosines [..., K, K], whose diagonal is |m_i|^2; its own is NaN."""
    cosines = _square(cosines, "cosines")
    own = np.diagonal(cosines, axis1=-2, axis2=-1)
    both = own[..., :, None] + own[..., None, :]
    diagonal = np.eye(cosines.shape[-1], dtype=bool)
    spread = np.where(diagonal, np.nan, 2 - both)
    points = np.argwhere(spread < np.finfo(float).eps * len(diagonal))
    if len(points):
        i, j = points[0][-2:]
        raise ValueError(f"embeddings: classes {i} and {j} are single points, so their separation is undefined")
    return np.maximum(both - 2 * cosines, 0) / spread


def separation_kept(
    undersampled: Any, balanced: Any, labels: Any, weights: ArrayLike | None = None
) -> Float[np.ndarray, "*r k k"]:
    """[..., K, K]: `class_separation` of the first encoder over that of the second, arguments as in `representation_harm`.

    0 where two classes merge, 1 where they are told apart as well as before; the diagonal is NaN.
    Raises ValueError as `class_separation` does, and if two classes have one mean for the balanced encoder (division by zero).
    """
    return kept_of_cosines(class_cosines(undersampled, labels, weights), class_cosines(balanced, labels, weights))


def kept_of_cosines(undersampled: np.ndarray, balanced: np.ndarray) -> Float[np.ndarray, "*r k k"]:
    """`separation_kept` from the class cosines [..., K, K] of the two encoders; its diagonal is NaN."""
    undersampled, balanced = _square(undersampled, "undersampled"), _square(balanced, "balanced")
    check_fit(undersampled=undersampled, balanced=balanced)
    before = separation_of_cosines(balanced)
    merged = np.argwhere(before < np.finfo(float).eps * before.shape[-1])
    if len(merged):
        i, j = merged[0][-2:]
        raise ValueError(f"balanced: classes {i} and {j} have one mean, so what is kept of their distance is undefined")
    return separation_of_cosines(undersampled) / before


def _square(cosines: ArrayLike, name: str) -> np.ndarray:
    """Class cosines [..., K, K] as an array. Raises ValueError for another shape."""
    found = np.asarray(cosines, np.float64)
    if found.ndim < 2 or found.shape[-1] != found.shape[-2] or not found.size:
        raise ValueError(f"{name}: must be class cosines [..., K, K], got shape {found.shape}")
    return found


def nearest_class(cosines: np.ndarray, row: int) -> int:
    """The other class of largest mean cosine with class `row`; the lowest of equals. Raises ValueError for a row that is none,
    or a single class."""
    cosines = _square(cosines, "cosines")
    if cosines.ndim != 2 or len(cosines) < 2 or not 0 <= row < len(cosines):
        raise ValueError(f"row: must be one of two classes or more, got {row} with cosines of shape {cosines.shape}")
    others = np.array(cosines[row], float)
    others[row] = -np.inf
    return int(others.argmax())


def effective_rank(embeddings: Any) -> float:
    """exp of the entropy of the normalised singular values of the matrix [N, D] (Roy and Vetterli 2007): from 1 to min(N, D).

    Neither centred nor normalised. Raises ValueError if the matrix is empty, zero or not finite.
    """
    matrix = as_matrix(embeddings)
    if not matrix.any():
        raise ValueError("embeddings: the zero matrix has no effective rank")
    values = np.linalg.svd(of_unit_size(matrix), compute_uv=False)
    shares = values[values > 0] / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
