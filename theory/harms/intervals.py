"""Intervals for a quantity measured on few trained encoders (seeds) and one finite test set.

The model: on seed s and the test points P the statistic is theta + a_s + b(P) + c_s(P), with independent parts of variance
sigma_a^2 (encoders), sigma_b^2 (points, alike for every seed) and sigma_c^2 (points, differently for each). Every seed sees
the *same* points, so the mean over S seeds has variance (sigma_a^2 + sigma_c^2)/S + sigma_b^2. The sample variance V over
seeds estimates the first bracket; only resampling the points shows the rest, B = sigma_b^2. Where each seed has test
points of its own, V contains everything: leave B at 0.

The interval: mean +- sqrt(t^2 V/S + z^2 B), t Student's quantile with S - 1 degrees of freedom and z the normal one.
Its coverage is at least the level, for normal parts and known B. Proof: let F be the distribution function of chi^2 with
one degree of freedom, concave since its density falls, and w the share of V/S in the variance of the mean, X its ratio to
its expectation. The coverage is E F(w t^2 X + (1 - w) z^2) >= w E F(t^2 X) + (1 - w) F(z^2) = level. (After Mickey and
Brown 1966 and Hajek 1962 on the Behrens-Fisher problem.)

Resampling the seeds too, and taking percentiles, is the usual hierarchical bootstrap. With S = 3 it holds only 2/3 of V and
ignores that V itself is a guess from three numbers. Where seeds dominate, its nominal 95 % covered 73 % (S = 3), 83 % (5)
and 91 % (10) in simulation, the interval above 95 %. So the percentile form is for one encoder, or for very many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy import special

from contrastive_claims.theory.broadcasting import check_fit
from contrastive_claims.theory.harms.samples import as_classes

CHUNK = 4_000_000  # weights in memory at once: 32 MB
SMALLEST_P = 1e-100


class Interval(NamedTuple):
    """value with low <= value <= high, numbers or arrays of one shape."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Resampled:
    """A statistic of any shape [...] on each of S seeds: `estimates` [S, ...] on the test points as they are, `replicates`
    [R, S, ...] on R resamples of them, each shared by all seeds."""

    estimates: np.ndarray
    replicates: np.ndarray


def hierarchical_bootstrap(
    statistic: Callable[[int, np.ndarray], np.ndarray],
    strata: Any,
    seeds: int,
    generator: np.random.Generator,
    replicates: int = 2000,
) -> Resampled:
    """The test-point level of a hierarchical bootstrap over seeds and test points; the seed level is left to the intervals.

    `statistic(s, weights)` answers for seed s (0 .. seeds-1), with weights [R', N]: how often each test point occurs in each
    of R' resamples, an array [R', ...]. Points are drawn with replacement within each stratum (`strata` [N]: the class, or
    the group), so every stratum keeps its size. All seeds, and both encoders of a pair, see the same resamples.

        hierarchical_bootstrap(lambda s, w: representation_harm(harmed[s], balanced[s], labels, w), labels, 3, generator)

    Memory: the resamples pass in chunks. Raises ValueError for strata that are no integers from 0 on, seeds or replicates
    below 1 or 2, and a statistic whose answer lacks the leading axis.
    """
    groups = as_classes(strata, None, "strata", complete=False)
    if seeds < 1 or replicates < 2:
        raise ValueError(f"seeds, replicates: at least 1 and 2 are needed, got {seeds} and {replicates}")
    estimates = np.stack([_answer(statistic, s, np.ones((1, len(groups))))[0] for s in range(seeds)])
    size = max(1, CHUNK // len(groups))
    parts = []
    for start in range(0, replicates, size):
        weights = _resamples(groups, min(size, replicates - start), generator)
        parts.append(np.stack([_answer(statistic, s, weights) for s in range(seeds)], axis=1))
    return Resampled(estimates, np.concatenate(parts))


def _answer(statistic: Callable[[int, np.ndarray], np.ndarray], seed: int, weights: np.ndarray) -> np.ndarray:
    answer = np.asarray(statistic(seed, weights), np.float64)
    if answer.shape[:1] != weights.shape[:1]:
        raise ValueError(f"statistic: must give one result per resample, [{len(weights)}, ...], got {answer.shape}")
    return answer


def _resamples(groups: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """[count, N] multinomial counts within each group. (Drawing indices and counting them beats drawing multinomials.)"""
    weights = np.empty((count, len(groups)))
    rows = np.arange(count)[:, None]
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        n = len(members)
        drawn = generator.integers(n, size=(count, n)) + n * rows
        weights[:, members] = np.bincount(drawn.ravel(), minlength=count * n).reshape(count, n)
    return weights


def point_variance(resampled: Resampled) -> np.ndarray:
    """B [...] = sigma_b^2: the variance of the mean over seeds that is due to the test points they share.

    The variance of the replicates' mean over seeds is sigma_b^2 + sigma_c^2/S; the part that differs between seeds, which
    Student's V already holds, is estimated from the replicates' differences between seeds and taken off, down to 0.
    With one seed nothing can be taken off. Raises ValueError for arrays that do not fit each other.
    """
    _check_resampled(resampled)
    moved = resampled.replicates - resampled.estimates
    seeds = moved.shape[1]
    mean = moved.mean(axis=1)
    shared = mean.var(axis=0, ddof=1)
    if seeds == 1:
        return shared
    own = (moved - mean[:, None]).var(axis=0, ddof=1).sum(axis=0) / (seeds - 1)
    return np.maximum(shared - own / seeds, 0)


def student_interval(estimates: ArrayLike, points: ArrayLike = 0.0, level: float = 0.95) -> Interval:
    """Mean of one estimate per seed, [S, ...], with +- sqrt(t^2 V/S + z^2 B): see the head of this file.

    `points` [...] is B, from `point_variance`; 0 if each seed has test points of its own. For m claims at once
    `level` = 1 - 0.05/m makes the intervals hold together (Bonferroni). NaN entries stay NaN.
    Raises ValueError for fewer than three seeds (two tell next to nothing), a negative B, a level not in (0, 1).
    """
    values = np.asarray(estimates, np.float64)
    check_fit(estimates=values[0] if values.ndim and len(values) else values, points=points)
    # in units of a power of two, which changes no digit: the square of 1e200 is infinite, an interval about it is not
    unit = np.ldexp(1.0, np.clip(np.frexp(np.abs(values).max(axis=0, initial=0.0))[1], 0, 1023)) if values.ndim else 1.0
    mean, between, shared, freedom = student_noise(values / unit, np.asarray(points, np.float64) / unit / unit)
    if not 0 < level < 1:
        raise ValueError(f"level: must lie in (0, 1), got {level}")
    half = _reach((1 - level) / 2, between, shared, freedom)
    with np.errstate(over="ignore"):
        return Interval(mean * unit, (mean - half) * unit, (mean + half) * unit)


def student_p_value(estimates: ArrayLike, null: ArrayLike = 0.0, points: ArrayLike = 0.0) -> np.ndarray:
    """Two-sided p-values [...] of "the expected value is `null`": 1 - the level at which student_interval reaches it.

    Found by bisection to 1e-12 relative; 0 stands for below 1e-100. NaN where the estimate is. Arguments as student_interval.
    """
    mean, between, shared, freedom = student_noise(estimates, points)
    check_fit(estimates=mean, null=null, points=shared)
    return noise_p_value(mean - null, between, shared, freedom)


def student_noise(estimates: ArrayLike, points: ArrayLike = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """(mean, V/S, B, degrees of freedom): all that student_interval is made of. Arguments and errors are its own."""
    values, shared = np.asarray(estimates, np.float64), np.asarray(points, np.float64)
    if values.ndim < 1 or len(values) < 3:
        raise ValueError(f"estimates: at least 3 seeds are needed, got {len(values) if values.ndim else 0}")
    if (shared < 0).any():
        raise ValueError("points: a variance is not negative")
    check_fit(estimates=values[0], points=shared)
    return values.mean(axis=0), values.var(axis=0, ddof=1) / len(values), shared, len(values) - 1


def noise_p_value(distance: ArrayLike, between: ArrayLike, shared: ArrayLike, freedom: int) -> np.ndarray:
    """Two-sided p-values [...] of a mean at that distance from its null, with the noise that student_noise gives.

    NaN where either is."""
    check_fit(distance=distance, between=between, shared=shared)
    distance, between, shared = np.broadcast_arrays(np.abs(distance), between, shared)
    low, high = np.full(distance.shape, np.log(SMALLEST_P)), np.zeros(distance.shape)
    for _ in range(50):
        middle = (low + high) / 2
        beyond = _reach(np.exp(middle) / 2, between, shared, freedom) >= distance  # still reached: p is larger
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    p = np.exp((low + high) / 2)
    p = np.where(_reach(SMALLEST_P / 2, between, shared, freedom) < distance, 0.0, p)
    unknown = np.isnan(distance) | np.isnan(_reach(0.25, between, shared, freedom))
    return np.where(unknown, np.nan, np.where(distance == 0, 1.0, p))


def _reach(tail: ArrayLike, between: ArrayLike, shared: ArrayLike, freedom: int) -> np.ndarray:
    return np.sqrt(special.stdtrit(freedom, tail) ** 2 * between + special.ndtri(tail) ** 2 * shared)


def _check_resampled(resampled: Resampled) -> None:
    estimates, replicates = np.shape(resampled.estimates), np.shape(resampled.replicates)
    if not estimates or replicates[1:] != estimates or replicates[0] < 2 or not estimates[0]:
        raise ValueError(f"resampled: must be [S, ...] and [R, S, ...] with R >= 2, got {estimates} and {replicates}")
    if max(np.abs(part).max(initial=0.0) for part in (resampled.estimates, resampled.replicates)) > 1e140:
        raise ValueError("resampled: numbers beyond 1e140, whose squares overflow")


def percentile_interval(resampled: Resampled, generator: np.random.Generator, level: float = 0.95) -> Interval:
    """Mean over seeds with the percentiles of the full hierarchical bootstrap: each replicate also draws S seeds again.

    For one encoder (only test points vary) or many seeds; far too narrow for three (see the head of this file).
    Raises ValueError for a level not in (0, 1), and arrays that do not fit each other.
    """
    _check_resampled(resampled)
    if not 0 < level < 1:
        raise ValueError(f"level: must lie in (0, 1), got {level}")
    replicates = resampled.replicates
    count, seeds = replicates.shape[:2]
    drawn = generator.integers(seeds, size=(count, seeds))
    means = replicates[np.arange(count)[:, None], drawn].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Interval(resampled.estimates.mean(axis=0), low, high)


def holm(p_values: ArrayLike) -> Float[np.ndarray, " claims"]:
    """Holm's adjusted p-values [m]: the k-th smallest is max over l <= k of (m - l + 1) p_(l), at most 1.

    Rejecting where the adjusted value is at most alpha errs in any of the m claims with probability at most alpha, whatever
    their dependence. Raises ValueError for another shape, NaN, or values outside [0, 1]. Source: Holm 1979.
    """
    p = np.asarray(p_values, np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(
            f"p_values: must be a vector of probabilities, got shape {p.shape} with values {p.ravel()[:3]}"
        )
    order = p.argsort(kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted
