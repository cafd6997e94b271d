"""Linear-time sums ``sum_j e^{(<x_i, y_j> - 1)/tau} w_j`` over unit vectors, by a truncated expansion with a proved error.

Statement. With z = 1/tau, ``c_0 = e^-z I_0(z)``, ``c_m = 2 e^-z I_m(z)`` (modified Bessel functions) and T_m the Chebyshev
polynomials, for every x in [-1, 1] and every degree q > z/2 - 2:

    | e^{(x - 1) z} - sum_{m<=q} c_m T_m(x) |  <=  2 e^-z I_{q+1}(z) / (1 - z / (2 (q + 2))).

Proof. ``e^{z cos t} = I_0(z) + 2 sum_m I_m(z) cos(m t)``, so the error is at most ``2 e^-z sum_{m>q} I_m(z)``. Term by term of
``I_{m+1}(z) = sum_k (z/2)^{2k+m+1} / (k! (k+m+1)!)``, ``I_{m+1} <= z / (2 (m + 1)) I_m``: the tail is dominated by a geometric
series of ratio ``z / (2 (q + 2)) < 1``. QED. (Ours; the Taylor polynomial of the same degree errs about 2^q times more.)

The polynomial is ``sum_m b_m <x, y>^m`` and ``<x, y>^m = sum_{|a|=m} (m!/a!) x^a y^a``: C(d+q, q) products of monomials, so the
sums over n points cost O(n C(d+q, q)) in blocks of points. Rounding: the change of basis multiplies the rounding of c_m by at
most the sum of |coefficients| of T_m, which is below (1 + sqrt 2)^m; this is part of the stated error.
"""

from collections.abc import Iterator
from math import comb, factorial

import numpy as np

from theory.blockmodel.objective import check_temperature

_VALUES = 1 << 18  # monomials evaluated at a time (2 MiB)
_EPS = float(np.finfo(float).eps)


def feature_count(dimension: int, temperature: float, tolerance: float) -> int:
    """C(d+q, q): how many features a KernelExpansion of these arguments sums over."""
    return comb(dimension + _truncate(1 / temperature, tolerance)[0], dimension)


class KernelExpansion:
    """The kernel ``e^{(<x, y> - 1)/tau}`` on the unit sphere of R^d, to a proved absolute error (its largest value is 1).

    degree: q. features: C(d+q, q). error: bound on the kernel's absolute error, truncation and change of basis.
    tolerance: the truncation error asked for. Raises ValueError for a dimension below 1, a temperature that is not positive,
    or a tolerance outside (0, 1).
    """

    def __init__(self, dimension: int, temperature: float, tolerance: float = 1e-14) -> None:
        check_temperature(temperature)
        if dimension < 1:
            raise ValueError(f"dimension = {dimension} must be at least 1")
        if not 0 < tolerance < 1:
            raise ValueError(f"tolerance = {tolerance} must lie between 0 and 1")
        self.dimension, self.temperature = dimension, temperature
        self.degree, truncation, chebyshev = _truncate(1 / temperature, tolerance)
        growth = (1 + 2**0.5) ** np.arange(self.degree + 1)
        self.error = truncation + 4 * _EPS * float(np.abs(chebyshev) @ growth)
        self.features = comb(dimension + self.degree, dimension)
        self._block = int(np.clip(_VALUES // self.features, 64, 8192))
        self._coefficients = _feature_weights(dimension, np.polynomial.chebyshev.cheb2poly(chebyshev))

    def sums(self, targets: np.ndarray, sources: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """[n, c] sums at unit targets [n, d] over unit sources [m, d] with weights [m, c], within error * sum |weights|."""
        moments = np.zeros((weights.shape[1], self.features))
        for part, features in self._blocks(sources):
            moments += (features @ weights[part]).T
        moments *= self._coefficients
        out = np.empty((len(targets), weights.shape[1]))
        for part, features in self._blocks(targets):
            out[part] = (moments @ features).T
        return out

    def _blocks(self, points: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Slices of the points, and all monomials of degree at most q there, [features, points]."""
        buffer = np.empty((self.features, self._block))
        for first in range(0, len(points), self._block):
            part = slice(first, first + self._block)
            block = np.ascontiguousarray(points[part].T)
            features = buffer[:, : block.shape[1]]
            self._fill(block, features)
            yield part, features

    def _fill(self, block: np.ndarray, features: np.ndarray) -> None:
        """Monomials degree by degree; within one, in the order of their first variable, so that x_k times a suffix comes next."""
        d = self.dimension
        features[0] = 1.0
        previous, first_with = 0, [0] * d  # where the last degree starts, and its monomials free of variables below k
        filled = 1
        for m in range(1, self.degree + 1):
            starts = [0] * d
            end = filled
            for k in range(d):
                starts[k] = filled
                count = comb(d - k + m - 2, m - 1)  # monomials of degree m - 1 in variables k..d-1
                source = previous + first_with[k]
                np.multiply(features[source : source + count], block[k], out=features[filled : filled + count])
                filled += count
            previous, first_with = end, [start - end for start in starts]


def exact_sums(
    targets: np.ndarray, sources: np.ndarray, weights: np.ndarray, temperature: float, block: int = 512
) -> np.ndarray:
    """The same sums pair by pair, O(n m) time and O(m block) memory: [n, c]."""
    out = np.empty((len(targets), weights.shape[1]))
    for first in range(0, len(targets), block):
        logits = targets[first : first + block] @ sources.T
        logits -= 1
        logits /= temperature
        out[first : first + block] = np.exp(logits, out=logits) @ weights
    return out


def _truncate(z: float, tolerance: float) -> tuple[int, float, np.ndarray]:
    """(q, truncation error, Chebyshev coefficients up to q) for the smallest q whose bound meets the tolerance."""
    from scipy.special import ive

    order = max(0, int(np.ceil(z / 2 - 2)) + 1)
    while (bound := 2 * ive(order + 1, z) / (1 - z / (2 * (order + 2)))) > tolerance:
        order += 1
    coefficients = 2 * ive(np.arange(order + 1), z)
    coefficients[0] /= 2
    return order, float(bound), coefficients


def _feature_weights(dimension: int, polynomial: np.ndarray) -> np.ndarray:
    """[features] ``b_m m!/a!`` of every monomial a, in the order of KernelExpansion._fill."""
    weights = [float(polynomial[0])]
    exponents = [(0,) * dimension]
    for m in range(1, len(polynomial)):
        exponents = [(*a[:k], a[k] + 1, *a[k + 1 :]) for k in range(dimension) for a in exponents if not any(a[:k])]
        for a in exponents:
            count = factorial(m)
            for power in a:
                count //= factorial(power)
            weights.append(float(polynomial[m]) * count)
    return np.array(weights)
