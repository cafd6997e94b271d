"""Linear-time sums ``sum_j e^{(<x_i, y_j> - 1)/tau} w_j`` over unit vectors, by harmonics up to a degree with a proved error.

The kernel is a sum over F products of spherical harmonics (theory.blockmodel.harmonics; F = (q + 1)^2 in three dimensions), so
that sums over n points cost O(n F), in blocks of points: moments ``sum_j Y(y_j) w_j`` first, then their values at the targets.
"""

from collections.abc import Callable

import numpy as np

from contrastive_claims.theory.blockmodel.harmonics import feature_count, features_of, fill, truncated_kernel
from contrastive_claims.theory.elliptope.arrays import Array, empty_like, like, namespace
from contrastive_claims.theory.elliptope.contrastive import check_temperature
from contrastive_claims.theory.elliptope.threads import in_parts

_VALUES = 1 << 20  # features evaluated at a time on a CPU (8 MiB)
_KEPT = 1 << 21  # features that are kept (16 MiB) rather than evaluated anew
_PARTS = 64  # of the points: their moments are added in this order, whatever the number of workers
_EPS = float(np.finfo(float).eps)


def kernel_features(dimension: int, temperature: float, tolerance: float) -> int:
    """F: how many features a KernelExpansion of these arguments sums over."""
    return feature_count(dimension, len(truncated_kernel(dimension, temperature, tolerance)[0]) - 1)


class KernelExpansion:
    """The kernel ``e^{(<x, y> - 1)/tau}`` on the unit sphere of R^d, to a proved absolute error (its largest value is 1).

    degree: q. features: F. error: bound on the kernel's absolute error: what is cut off, and rounding of a few units a degree.
    tolerance: the truncation error asked for. workers: threads, which change no bit of the sums.
    Raises ValueError for a dimension below 1, a temperature that is not positive, or a tolerance outside (0, 1).
    """

    def __init__(self, dimension: int, temperature: float, tolerance: float = 1e-14, workers: int = 1) -> None:
        check_temperature(temperature)
        if dimension < 1:
            raise ValueError(f"dimension = {dimension} must be at least 1")
        if not 0 < tolerance < 1:
            raise ValueError(f"tolerance = {tolerance} must lie between 0 and 1")
        self.dimension, self.temperature, self.workers = dimension, temperature, workers
        coefficients, truncation = truncated_kernel(dimension, temperature, tolerance)
        self.degree = len(coefficients) - 1
        self.error = truncation + 8 * (self.degree + 1) * _EPS
        degrees, squares = features_of(dimension, self.degree)
        self.features = len(degrees)
        self._weights = (coefficients / np.bincount(degrees))[degrees] / squares

    def sums(self, targets: Array, sources: Array, weights: Array) -> Array:
        """[n, c] sums at unit targets [n, d] over unit sources [m, d] with weights [m, c], within error * sum |weights|.

        All of one kind, numpy arrays or torch tensors.
        """

        def moments(parts: list[slice]) -> Array:
            room = empty_like(sources, self.features, parts[0].stop - parts[0].start)
            return sum((self._at(sources[part], room) @ weights[part] for part in parts), 0.0)

        gathered = in_parts(moments, self._parts(sources), self.workers)
        scaled = (sum(gathered, 0.0) * like(self._weights[:, None], targets)).T
        out = empty_like(targets, len(targets), weights.shape[1])

        def values(parts: list[slice]) -> None:
            room = empty_like(targets, self.features, parts[0].stop - parts[0].start)
            for part in parts:
                out[part] = (scaled @ self._at(targets[part], room)).T

        in_parts(values, self._parts(targets), self.workers)
        return out

    def among(self, points: Array) -> Callable[[Array], Array]:
        """``weights -> sums(points, points, weights)``, with the features kept where they are few."""
        if self.features * len(points) > _KEPT:
            return lambda weights: self.sums(points, points, weights)
        features = fill(points.T, self.degree)
        scaled = features * like(self._weights[:, None], points)
        return lambda weights: ((scaled @ weights).T @ features).T

    def _at(self, points: Array, room: Array) -> Array:
        """[F, points], written into ``room``."""
        columns = points.T
        columns = np.ascontiguousarray(columns) if isinstance(columns, np.ndarray) else columns.contiguous()
        return fill(columns, self.degree, room[:, : columns.shape[1]])

    def _parts(self, points: Array) -> list[list[slice]]:
        """Blocks of points in at most _PARTS groups; one block for a device that does them all at once."""
        count = len(points)
        if isinstance(points, np.ndarray) or points.device.type == "cpu":
            size = int(np.clip(_VALUES // self.features, 64, 8192))
        else:
            size = 64 * _VALUES // self.features
        blocks = [slice(first, min(first + size, count)) for first in range(0, count, size)]
        each = -(-len(blocks) // _PARTS)
        return [blocks[first : first + each] for first in range(0, len(blocks), each)]


def exact_sums(
    targets: Array, sources: Array, weights: Array, temperature: float, workers: int = 1, block: int = 512
) -> Array:
    """The same sums pair by pair, O(n m) time and O(m block) memory a worker: [n, c]."""
    xp, out = namespace(targets), empty_like(targets, len(targets), weights.shape[1])

    def values(first: int) -> None:
        logits = targets[first : first + block] @ sources.T
        logits -= 1
        logits /= temperature
        out[first : first + block] = xp.exp(logits) @ weights

    in_parts(values, range(0, len(targets), block), workers)
    return out
