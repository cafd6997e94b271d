"""How many seeds a comparison would need."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from contrastive_claims.theory.harms.intervals import student_interval


def seeds_to_decide(
    estimates: ArrayLike, points: float = 0.0, difference: float | None = None, level: float = 0.95, most: int = 1000
) -> int:
    """The smallest number S >= 3 of seeds at which the interval, with the spread seen now, would leave zero out:

        sqrt(t_{S-1}^2 V/S + z^2 B) < |difference|

    estimates [S0]: one value per seed, V their sample variance; B = `points`; t, z: see theory.harms.intervals. The test
    points stay the same, so more seeds shrink V/S but not B. difference None: the mean seen. `most` + 1 stands for more
    than `most`, none at all included. An even chance: at S about half of all repetitions would decide.
    Raises ValueError as student_interval does.
    """
    if np.ndim(estimates) != 1 or np.ndim(points):
        raise ValueError(
            f"estimates, points: must be [S] and a number, got {np.shape(estimates)} and {np.shape(points)}"
        )
    mean = float(student_interval(estimates, points, level).value)
    spread, tail = np.asarray(estimates, np.float64).var(ddof=1), (1 - level) / 2
    goal, noise = abs(mean if difference is None else difference), special.ndtri(tail) ** 2 * points

    def decides(count: int) -> bool:  # t and V/S fall in S, so once true it stays so
        return bool(np.sqrt(special.stdtrit(count - 1, tail) ** 2 * spread / count + noise) < goal)

    counts = range(3, most + 1)
    place = bisect_left(counts, True, key=decides)
    return counts[place] if place < len(counts) else most + 1
