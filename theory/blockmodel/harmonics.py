"""Spherical harmonics of every dimension, and the kernel ``e^{(t - 1)/tau}`` expanded in them.

Features. ``Y_f(x)``, f = 1..F, are orthogonal on the unit sphere of R^d and span the polynomials of degree at most q there:
F = C(d+q-1, d-1) + C(d+q-2, d-1). In the plane they are 1 and the parts, real and imaginary, of ``(x_1 + i x_2)^j``; each further
variable x_m multiplies a harmonic of degree j in the variables before it by the monic Gegenbauer polynomials h_n, homogeneous
through ``r^2 = x_1^2 + .. + x_m^2``: with v = j + m/2 - 1,

    h_0 = 1,   h_1 = x_m,   h_{n+1} = x_m h_n - b_n r^2 h_{n-1},   b_n = n (n + 2 v - 1) / (4 (n + v)(n + v - 1)).

Their mean squares on the sphere multiply up from ``B(1/2, j + (m-1)/2) / B(1/2, (m-1)/2) b_1 .. b_n``.

Kernel. With z = 1/tau, v = d/2 - 1, P_l the Gegenbauer polynomial of degree l scaled to P_l(1) = 1, N_l the number of harmonics
of degree l, scaled to mean square 1, and I the modified Bessel functions,

    e^{(t - 1) z} = sum_l a_l P_l(t),   a_l > 0,   sum_l a_l = 1,   N_l P_l(<x, y>) = sum over Y of degree l of Y(x) Y(y),
    a_{l+1} / a_l = (v + l + 1)(l + 2 v) / ((v + l)(l + 1)) I_{v+l+1}(z) / I_{v+l}(z).

|P_l| <= 1, so cutting at q errs by at most ``sum_{l>q} a_l``, and by as much at t = 1. By Cauchy and Schwarz the terms of the sum
over features are at most ``sum_l a_l = 1`` in sum of absolute values: nothing cancels, rounding is not amplified. (Addition
theorem and expansion are classical.)
"""

from functools import cache
from math import comb, lgamma

import numpy as np

from contrastive_claims.theory.elliptope.arrays import Array, empty_like, like, namespace


def feature_count(dimension: int, degree: int) -> int:
    """F above; for one dimension, whose sphere is two points, that of the plane around it."""
    d = max(dimension, 2)
    return comb(d + degree - 1, d - 1) + (comb(d + degree - 2, d - 1) if degree else 0)


@cache
def truncated_kernel(dimension: int, temperature: float, tolerance: float) -> tuple[np.ndarray, float]:
    """Coefficients a_0..a_q [q + 1] of the kernel for the least q whose cut errs by at most ``tolerance``, and that error."""
    z, v = 1 / temperature, max(dimension, 2) / 2 - 1
    top = int(2 * z) + 80  # from there on each a_l is less than half the one before
    bessel, ratio = np.empty(top), z / (2 * (v + top + 1))
    for degree in reversed(range(top)):  # I_{v+l+1} / I_{v+l}: the stable direction
        ratio = 1 / (2 * (v + degree + 1) / z + ratio)
        bessel[degree] = ratio
    l = np.arange(top)  # noqa: E741
    lead = np.divide(l + 2 * v, l + v, out=np.full(top, 2.0), where=l + v > 0)  # 2 in the plane, l = 0 included
    logs = np.concatenate([[0.0], np.cumsum(np.log(lead * (v + l + 1) / (l + 1) * bessel))])
    terms = np.exp(logs - logs.max())
    tails = np.append(np.cumsum(terms[::-1])[-2::-1], 0.0) + terms[-1]  # all beyond the last term is less than it
    total = terms.sum() + terms[-1]
    order = int(np.argmax(tails <= tolerance * total))
    return terms[: order + 1] / total, float(tails[order] / total)


@cache
def features_of(dimension: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """[F] degree and mean square on the sphere of every feature, in the order of `fill`."""
    degrees = np.concatenate([[0], np.repeat(np.arange(1, degree + 1), 2)])
    squares = np.where(degrees > 0, 0.5, 1.0)
    for m in range(3, dimension + 1):
        order = np.argsort(degrees, kind="stable")
        degrees, squares = degrees[order], squares[order]
        logs = np.array(
            [lgamma(m / 2) - lgamma((m - 1) / 2) + lgamma(j + (m - 1) / 2) - lgamma(j + m / 2) for j in degrees]
        )
        mean = squares * np.exp(logs)
        blocks = [(degrees, mean)]
        for n in range(1, degree + 1):
            allowed = degrees <= degree - n
            mean = mean[: allowed.sum()] * _pace(n, degrees[allowed], m)
            blocks.append((degrees[allowed] + n, mean))
        degrees, squares = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return degrees, squares


def fill(points: Array, degree: int, out: Array | None = None) -> Array:
    """All features [F, n] at unit vectors given as columns, [d, n]; into ``out`` if given."""
    dimension, count = points.shape
    if dimension < 3:
        return _plane(points, degree, out)
    features = _plane(points, degree, None)
    square = (points[:2] * points[:2]).sum(0)
    for m in range(3, dimension + 1):
        square = square + points[m - 1] * points[m - 1]
        order, paces = _recurrence(m, degree)
        if m > 3:  # the harmonics of the plane are in order of degree already
            features = features[order]
        raised = (
            out if m == dimension and out is not None else empty_like(points, features_of(m, degree)[0].size, count)
        )
        _raise(features, raised, points[m - 1], square if m < dimension else None, paces)
        features = raised
    return features


def _plane(points: Array, degree: int, out: Array | None) -> Array:
    """Harmonics of the first two variables, [2 q + 1, n], by the powers of x_1 + i x_2, twice as many at every turn."""
    count = points.shape[1]
    features = empty_like(points, 2 * degree + 1, count) if out is None else out
    features[0] = 1.0
    if degree == 0:
        return features
    multiply, spare = namespace(points).multiply, empty_like(points, degree, count)
    real, imaginary = features[1::2], features[2::2]
    real[0], imaginary[0] = points[0], points[1] if len(points) > 1 else 0.0
    known = 1
    while known < degree:
        new = min(known, degree - known)
        x, y, following = real[known - 1], imaginary[known - 1], slice(known, known + new)
        multiply(real[:new], x, out=real[following])
        real[following] -= multiply(imaginary[:new], y, out=spare[:new])
        multiply(real[:new], y, out=imaginary[following])
        imaginary[following] += multiply(imaginary[:new], x, out=spare[:new])
        known += new
    return features


def _raise(below: Array, raised: Array, x: Array, square: Array | None, paces: list[np.ndarray]) -> None:
    """Write the harmonics of one more variable x [n] from those ``below`` [F', n]; square: r^2 [n], None for 1."""
    multiply, spare = namespace(below).multiply, empty_like(below, *below.shape)
    raised[: len(below)] = below
    before, last, filled = 0, 0, len(below)
    for n, pace in enumerate(paces):
        rows = len(pace)
        following = raised[filled : filled + rows]
        multiply(raised[last : last + rows], x, out=following)
        if n > 0:
            fall = multiply(raised[before : before + rows], like(pace, below), out=spare[:rows])
            if square is not None:
                fall *= square
            following -= fall
        before, last, filled = last, filled, filled + rows


@cache
def _recurrence(m: int, degree: int) -> tuple[list[int], list[np.ndarray]]:
    """The order of rising degree of the harmonics of m - 1 variables, and for n = 1..q the column [rows, 1] of b_{n-1} over those
    whose degree leaves room for n."""
    degrees, _ = features_of(m - 1, degree)
    order = np.argsort(degrees, kind="stable")
    degrees = degrees[order]
    rows = [int((degrees <= degree - n).sum()) for n in range(1, degree + 1)]
    return order.tolist(), [_pace(max(n, 1), degrees[:count], m)[:, None] for n, count in enumerate(rows)]


def _pace(n: int, degrees: np.ndarray, m: int) -> np.ndarray:
    """b_n in m variables, above harmonics of these degrees."""
    v = degrees + m / 2 - 1
    return n * (n + 2 * v - 1) / (4 * (n + v) * (n + v - 1))
