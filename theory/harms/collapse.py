"""Collapse, wanted and unwanted: neural collapse of classes onto a simplex, and embeddings that lose their spread."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from contrastive_claims.theory.harms.representation import effective_rank
from contrastive_claims.theory.harms.samples import as_classes, as_matrix, group_means, of_unit_size, whole_or_names
from contrastive_claims.theory.sphere import gram, is_tensor, normalise


class NeuralCollapse(NamedTuple):
    """Distances from neural collapse, each 0 at it; see neural_collapse."""

    nc1: float
    nc2_norms: float
    nc2_angles: float
    nc3: float | None


def neural_collapse(embeddings: Any, labels: Any, head: Any = None) -> NeuralCollapse:
    """NC1 to NC3 of embeddings h [N, D] with classes 0 .. K-1, K >= 2, and optionally a linear head W [K, D].

    With class means mu_k, their mean mu (each class counts alike, so imbalance does not move the centre), m_k = mu_k - mu,
    S_B = mean_k m_k m_k^T and S_W = mean_k mean_{a in k} (h_a - mu_k)(h_a - mu_k)^T:

    nc1         trace(S_W pinv(S_B)) / K: variability within classes, along the directions that tell classes apart
    nc2_norms   standard deviation of |m_k| over its mean: equal norms
    nc2_angles  mean over pairs of |cos(m_k, m_l) + 1/(K-1)|: the angles of the simplex equiangular tight frame
    nc3         | W/|W| - M/|M| |, Frobenius norms, M the matrix of the m_k: self-duality; None without a head. The mean row
                of W is taken off first, since softmax does not see it.

    The embeddings are not normalised here: pass unit rows where the loss compares directions. All four are unchanged by
    rotation, translation (with W fixed) and scale, by duplicating the data set and by the order of samples.

    Raises ValueError naming the argument for shapes that do not fit, values not finite, an absent class, a single class,
    a class whose mean is the centre (its angles are undefined: total collapse is one case), a constant head.
    Source: Papyan, Han, Donoho 2020, balanced classes there.
    """
    points = of_unit_size(as_matrix(embeddings))
    classes = as_classes(labels, len(points))
    count = int(classes.max()) + 1
    means = group_means(points, classes, count)
    directions, centred = _between(means, np.abs(points).max())

    within = ((points - means[classes]) @ directions.T) ** 2
    nc1 = group_means(within, classes, count).mean(axis=0).sum()  # the K of the pseudo-inverse and that of NC1 cancel
    return NeuralCollapse(float(nc1), *_simplex(centred), None if head is None else _self_duality(head, centred))


def collapse_of_moments(means: np.ndarray, within: np.ndarray, head: Any = None) -> NeuralCollapse:
    """`neural_collapse` from the class means [K, D] and S_W [D, D] alone, for data that pass in chunks.

    Raises ValueError as it does, and for shapes that do not fit or values not finite.
    """
    means, within = as_matrix(means, "means"), as_matrix(within, "within")
    if np.abs(means).max() > 1e150:
        raise ValueError("means: numbers beyond 1e150, whose squares overflow")
    if within.shape != (means.shape[1],) * 2:
        raise ValueError(f"within: must be [D, D] for means {means.shape}, got shape {within.shape}")
    directions, centred = _between(means, np.abs(means).max())
    nc1 = np.einsum("id,de,ie->", directions, within, directions)
    return NeuralCollapse(float(nc1), *_simplex(centred), None if head is None else _self_duality(head, centred))


def _between(means: np.ndarray, largest: float) -> tuple[np.ndarray, np.ndarray]:
    """(directions [R, D] with directions^T directions = pinv(S_B)/K, centred means [K, D]); `largest`: entry of the data."""
    count = len(means)
    if count < 2:
        raise ValueError("labels: neural collapse needs at least two classes")
    centred = means - means.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1)
    # below this a norm is rounding: class means are known to about this precision
    if norms.min() <= 8 * np.finfo(float).eps * largest * means.shape[1] ** 0.5:
        raise ValueError(f"embeddings: the mean of class {norms.argmin()} is the centre of all class means")

    # S_B = centred^T centred / K, so with centred = U s V^T its pseudo-inverse is V (K / s^2) V^T, of rank K-1 at most
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    kept = values[: count - 1] > values[0] * np.finfo(float).eps * max(centred.shape)
    return axes[: count - 1][kept] / values[: count - 1][kept, None], centred


def _simplex(centred: np.ndarray) -> tuple[float, float]:
    """NC2: how unequal the norms of the centred means are, and how far their angles are from the simplex's."""
    count, norms = len(centred), np.linalg.norm(centred, axis=1)
    cosines = gram(normalise(centred))[np.triu_indices(count, 1)]
    return float(norms.std() / norms.mean()), float(np.abs(cosines + 1 / (count - 1)).mean())


def _self_duality(head: Any, centred: np.ndarray) -> float:
    rows = as_matrix(head, "head")
    if rows.shape != centred.shape:
        raise ValueError(f"head: must be [K, D] = {centred.shape}, got shape {rows.shape}")
    rows = of_unit_size(rows)
    rows = rows - rows.mean(axis=0)
    if not rows.any():
        raise ValueError("head: all rows are equal, so it tells no classes apart")
    return float(np.linalg.norm(rows / np.linalg.norm(rows) - centred / np.linalg.norm(centred)))


def feature_spread(embeddings: Any) -> float:
    """1 - |mean z|^2 of the unit vectors z = h/|h|, embeddings h [N, D]: 0 if all directions agree, 1 if they cancel.

    It is the mean squared distance to the mean, and half that between two samples drawn independently. Computed from the
    distances, so that it keeps its precision near 0. Raises ValueError for another shape, values not finite, a zero row.
    """
    points = normalise(as_matrix(embeddings), name="embeddings")
    return float(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean())


def collapse_monitor(embeddings: Any, labels: Any = None, ignore_label: Any = -1) -> dict[str, float]:
    """What to log while a contrastive encoder trains: plain floats, from a batch of embeddings [N, D] (NumPy or torch).

    effective_rank    of the unit vectors, from 1 (one line) to min(N, D): falls when dimensions collapse
    feature_spread    1 - |mean|^2 of the unit vectors: falls to 0 when everything collapses onto one point
    within_spread     with labels [N] (integers or names): spread around the class means, weighted by class size; it
                      falls to 0 under neural collapse
    between_spread    with labels: spread of the class means; it falls to 0 when classes merge.
                      within_spread + between_spread = feature_spread, where no row is left out
    dead_rows         only where there are any: the share of the rows that are zero, NaN or infinite, which all others leave out

    Views, [B, V, D] or a sequence of [B, D], are rows with their labels [B] repeated. Rows of `ignore_label` are left out of
    the two spreads that need labels. A watched run never ends here for what its network has become: where no row is left a
    number is NaN. Costs a copy to the CPU and one singular value decomposition in float64: fit for every few steps.
    Raises ValueError for shapes and labels that do not fit, which are the caller's.
    """
    points, views = _rows(embeddings)
    with np.errstate(invalid="ignore"):
        alive = np.isfinite(points).all(axis=1) & points.any(axis=1)
    unit = normalise(points[alive]) if alive.any() else points[:0]
    seen = {
        "effective_rank": effective_rank(unit) if len(unit) else np.nan,
        "feature_spread": feature_spread(unit) if len(unit) else np.nan,
    }
    if not alive.all():
        seen["dead_rows"] = float(1 - alive.mean())
    if labels is None:
        return seen
    names = np.repeat(whole_or_names(labels), views)
    if names.shape != (len(points),):
        raise ValueError(f"labels: must be {len(points) // views}, one per row, got {len(names) // views}")
    kept = alive & np.asarray(names != ignore_label)
    unit, names = normalise(points[kept]) if kept.any() else points[:0], names[kept]
    if not len(unit):
        return seen | {"within_spread": np.nan, "between_spread": np.nan}
    _, classes = np.unique(names, return_inverse=True)
    means = group_means(unit, classes.reshape(-1), int(classes.max()) + 1)[classes.reshape(-1)]
    seen["within_spread"] = float(((unit - means) ** 2).sum(axis=1).mean())
    seen["between_spread"] = float(((means - unit.mean(axis=0)) ** 2).sum(axis=1).mean())
    return seen


def _rows(embeddings: Any) -> tuple[np.ndarray, int]:
    """Rows [N, D] in float64, finite or not, and views a sample (1 where there are none)."""
    sequence = isinstance(embeddings, list | tuple) and np.ndim(embeddings[0]) == 2
    parts: list[Any] = list(embeddings) if sequence else [embeddings]
    arrays = [
        np.asarray(part.detach().cpu().double().numpy() if is_tensor(part) else part, dtype=np.float64)
        for part in parts
    ]
    if len({array.shape for array in arrays}) > 1:
        raise ValueError(f"embeddings: all views must have one shape, got {', '.join(str(a.shape) for a in arrays)}")
    rows = np.stack(arrays, 1) if len(arrays) > 1 else arrays[0]
    if rows.ndim not in (2, 3) or not rows.size:
        raise ValueError(f"embeddings: must be [N, D] or [B, V, D], got shape {rows.shape}")
    return rows.reshape(-1, rows.shape[-1]), rows.shape[1] if rows.ndim == 3 else 1
