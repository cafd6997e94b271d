"""Who leans on whom in a sample, with the two controls beside it: labels shuffled, and leans planted in the block sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta

from contrastive_claims.theory.harms import (
    BlockSums,
    Leans,
    block_sums,
    centre_angles,
    deal_blocks,
    harm_of_cosines,
    jackknife_error,
    jackknife_interval,
    kept_of_cosines,
    leans,
    relative_separation,
)
from contrastive_claims.theory.sphere import gram

PLANTED_HARMS = (0.9, 0.7)  # besides a full merger: what is left of 1 - cosine
TRIES, WORK = 20, 3e9  # pairs planted at each size, and the multiplications that all of them may cost
SHUFFLES, SHUFFLED = (
    (20, 100),
    2e9,
)  # audits of shuffled groups, at least and at most, and the numbers they may pass over
MERGED = 0.1  # of the median separation


@dataclass(frozen=True, eq=False)
class Judged:
    """leans (None, with the reason, where nothing can stand out), and the cosines [K, K] of group means; with a baseline
    RH and separation kept, [3, K, K] value, low, high, simultaneous over pairs, as `apart`, the relative separation."""

    leans: Leans | None
    reason: str
    cosines: np.ndarray
    apart: np.ndarray | None
    harm: np.ndarray | None
    kept: np.ndarray | None


def judge(sums: BlockSums, baseline: BlockSums | None, level: float) -> Judged:
    """What block sums of the groups (and of the baseline, in the same blocks) say of leaning."""
    cosines, left = _cosines(sums)
    freedom = np.minimum(sums.freedom[:, None], sums.freedom)
    count = len(cosines)

    def interval(value: np.ndarray, without: np.ndarray) -> np.ndarray:
        return np.array(jackknife_interval(value, without, freedom, 1 - level, count * (count - 1) // 2))

    apart = harm = kept = before = None
    if baseline is not None:
        before = _cosines(baseline)
        try:
            harm, kept = (
                interval(measure(cosines, before[0]), measure(left, before[1]))
                for measure in (harm_of_cosines, kept_of_cosines)
            )
        except ValueError as error:
            raise ValueError(f"baseline: {str(error).partition(': ')[2]}") from None
    try:
        apart = interval(relative_separation(cosines), relative_separation(left))
        near, near_left = -centre_angles(cosines), -centre_angles(left)
        if before is not None:
            near, near_left = (part + centre_angles(b) for part, b in zip((near, near_left), before, strict=True))
        found = leans(near, jackknife_error(near_left), freedom, level)
        return Judged(found, "", cosines, apart, harm, kept)
    except ValueError as error:
        return Judged(None, str(error).partition(": ")[2], cosines, apart, harm, kept)


def merged_pairs(judged: Judged) -> list[tuple[int, int]]:
    """Pairs whose relative separation lies below MERGED, the upper end of its interval included."""
    if judged.apart is None:
        return []
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(judged.apart[2] < MERGED, 1))]


def _cosines(sums: BlockSums) -> tuple[np.ndarray, np.ndarray]:
    return gram(sums.means), gram(sums.means_without)


def sums_of(points: np.ndarray, codes: np.ndarray, blocks: int, generator: np.random.Generator) -> BlockSums:
    """Block sums of the groups `codes`, dealt anew."""
    return block_sums(points, codes, deal_blocks(codes, blocks, generator))


def shuffled(
    points: np.ndarray,
    before: np.ndarray | None,
    codes: np.ndarray,
    blocks: int,
    level: float,
    generator: np.random.Generator,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """In how many audits of shuffled groups anything leans: the share should be the level at most."""
    cost = points.size + 30 * blocks * (int(codes.max()) + 1) ** 2
    count = int(np.clip(SHUFFLED / cost, *SHUFFLES))
    alarms = mergers = 0
    for k in range(count):
        tell(f"groups shuffled, {k + 1} of {count}")
        drawn = generator.permutation(codes)
        dealt = deal_blocks(drawn, blocks, generator)
        base = None if before is None else block_sums(before, drawn, dealt)
        judged = judge(block_sums(points, drawn, dealt), base, level)
        alarms += bool(judged.leans is not None and judged.leans.found.any())
        mergers += bool(merged_pairs(judged))
    return {"audits": count, "with_a_lean": alarms, "with_a_merger": mergers, **share(alarms, count)}


def planted(
    sums: BlockSums, baseline: BlockSums | None, judged: Judged, level: float, generator: np.random.Generator
) -> list[dict[str, Any]]:
    """How often leans of known size are found, planted between random pairs that do not lean.

    Group i is made of its own rows and of rows of j that j gives up (half of j's blocks), in the share at which 1 - cosine falls
    to RH times what it was; "merged": of j's rows alone, with the RH that comes of it. A size that no share reaches is left out.
    """
    count = len(judged.cosines)
    able = sums.freedom >= 3
    allowed = ~np.eye(count, dtype=bool) & able & able[:, None]
    if judged.leans is not None:
        allowed &= ~(judged.leans.found | judged.leans.found.T)
    pairs = np.argwhere(allowed)
    blocks, _, width = sums.sums.shape
    tries = int(np.clip(WORK / (count * count * width * blocks), 2, TRIES))
    pairs = pairs[generator.permutation(len(pairs))[: 10 * tries]]
    rows = []
    for wanted in (None, *PLANTED_HARMS):
        tried = found = merged = 0
        reached = []
        for i, j in pairs:
            floor = (1 - judged.cosines[j, j]) / (1 - judged.cosines[i, j])
            part = 1.0 if wanted is None else (1 - wanted) / (1 - floor) if floor < 1 else np.inf
            if part > 1 or tried == tries:
                continue
            moved = _moved(sums, int(i), int(j), float(part), generator)
            seen = judge(moved, baseline, level)
            tried += 1
            reached.append(1 - part * (1 - floor))
            found += bool(seen.leans is not None and (seen.leans.found[i, j] or seen.leans.found[j, i]))
            merged += (min(i, j), max(i, j)) in merged_pairs(seen)
        if tried:
            rows.append(
                {
                    "planted": "merged" if wanted is None else f"RH {wanted:g}",
                    "rh": float(np.mean(reached)),
                    "tried": tried,
                    "found": found,
                    "found_merged": merged,
                    **share(found, tried),
                }
            )
    return rows


def _moved(sums: BlockSums, i: int, j: int, part: float, generator: np.random.Generator) -> BlockSums:
    counts, totals = sums.counts.copy(), sums.sums.copy()
    mine = generator.permutation(np.flatnonzero(counts[:, j]))
    given = mine[: len(mine) // 2]
    theirs = (totals[given, j] / counts[given, j][:, None])[np.arange(len(counts)) % len(given)]
    totals[:, i] = (1 - part) * totals[:, i] + part * counts[:, [i]] * theirs
    counts[given, j], totals[given, j] = 0, 0
    return BlockSums(counts, totals)


def share(found: int, tried: int, level: float = 0.05) -> dict[str, float]:
    """A share of trials with its exact (Clopper and Pearson's) interval."""
    low = float(beta.ppf(level / 2, found, tried - found + 1)) if found else 0.0
    high = float(beta.ppf(1 - level / 2, found + 1, tried - found)) if found < tried else 1.0
    return {"value": found / tried, "low": low, "high": high}
