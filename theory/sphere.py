"""The unit sphere: normalisation, Gram matrices and the simplex equiangular tight frame, for numpy arrays and torch tensors.

Torch is never imported here: a tensor can only arrive if its caller has imported torch already, and code that needs
none (the block models) must start fast.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from jaxtyping import Float


def is_tensor(array: Any) -> bool:
    """True for a torch tensor, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def normalise(vectors: Any, validate: bool = True, name: str = "vectors") -> Any:
    """Rows on the unit sphere: x / |x|_2 along the last axis, [..., D] -> [..., D].

    Every row is first divided by its largest absolute entry, held constant for autograd (the direction does not depend
    on the scale, so the gradient is exact): norms neither overflow nor underflow. `validate=False` skips the scan, which
    synchronises a GPU; a row that is zero or not finite then comes out as NaN.

    Raises ValueError, naming `name` and the first offending row, for a row that is zero, NaN or infinite.
    """
    if vectors.ndim == 0 or vectors.shape[-1] == 0:
        raise ValueError(f"{name}: needs a last axis of length 1 or more, got shape {tuple(vectors.shape)}")
    if is_tensor(vectors):
        largest = vectors.detach().abs().amax(-1, keepdim=True)
    else:
        vectors = np.asarray(vectors)
        largest = np.abs(vectors).max(axis=-1, keepdims=True)
    if validate:
        _refuse_bad_rows(largest, name)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = vectors / largest
        return scaled / (scaled * scaled).sum(-1)[..., None] ** 0.5


def _refuse_bad_rows(largest: Any, name: str) -> None:
    # the largest absolute entry of a row is NaN or infinite exactly when some entry is (both libraries propagate NaN)
    good = (largest > 0) & (largest < math.inf)
    if bool(good.all()):
        return
    row = int((~good).reshape(-1).nonzero()[0][0])
    what = (
        "is a zero vector, which has no direction" if float(largest.reshape(-1)[row]) == 0 else "holds NaN or infinity"
    )
    raise ValueError(f"{name}: row {row} {what}")


def gram(vectors: Any) -> Any:
    """Gram matrix G_ij = <v_i, v_j>: [..., n, d] -> [..., n, n]. Raises ValueError for less than two axes."""
    if vectors.ndim < 2:
        raise ValueError(f"vectors: must be [..., n, d], got shape {tuple(vectors.shape)}")
    return vectors @ vectors.swapaxes(-1, -2)


def simplex_etf(points: int, dimension: int | None = None) -> Float[np.ndarray, "{points} dimension"]:
    """`points` unit vectors with all pairwise cosines -1/(points - 1): [points, dimension] float64, rows summing to zero.

    Built from the orthonormal (Helmert) basis Q of the hyperplane orthogonal to (1, ..., 1):
    Q Q^T = I - 11^T/K, so the rows of sqrt(K/(K-1)) Q have the simplex's Gram matrix. Dimensions beyond K - 1 are zero.

    Raises ValueError if points < 2 or dimension < points - 1, and for more than 1e9 numbers.
    """
    if points < 2:
        raise ValueError(f"points: a simplex needs at least 2, got {points}")
    dimension = points - 1 if dimension is None else dimension
    if dimension < points - 1:
        raise ValueError(f"dimension: {points} points need at least {points - 1}, got {dimension}")
    if points * dimension > 10**9:
        raise ValueError(f"points, dimension: {points} x {dimension} numbers are too many")
    frame = np.zeros((points, dimension))
    for k in range(1, points):
        frame[:k, k - 1] = 1.0
        frame[k, k - 1] = -k
        frame[:, k - 1] *= math.sqrt(points / ((points - 1) * k * (k + 1)))
    return frame
