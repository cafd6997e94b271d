"""The numbers of an audit that are one value each: effective ranks, neural collapse, margins, nearest neighbours.

Each comes with its interval, and is asked for three times: of the sample, with its labels shuffled, and with a merger planted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from contrastive_claims.experiments.audit.leaning import share
from contrastive_claims.experiments.audit.sample import even_rows
from contrastive_claims.theory.harms import (
    BlockScatter,
    block_scatter,
    collapse_of_moments,
    deal_blocks,
    effective_ranks,
    jackknife_interval,
)
from contrastive_claims.theory.margins.bounds import margin_interval

RANKS = ("rankme", "rankme_centred", "covariance_entropy", "participation")
COLLAPSE = ("nc1", "nc2_norms", "nc2_angles", "nc3")
# Of moments without each block: multiplications, numbers; of cosines without each block: numbers; blocks at most
WORK, MEMORY, PAIRS, BLOCKS = 1e10, 1 << 26, 3e7, 32
LEAST_BLOCKS = 8
NEIGHBOURS = 10


@dataclass(frozen=True)
class Number:
    """A value with its interval, its value under shuffled labels, and with the merger planted."""

    value: float
    low: float
    high: float
    shuffled: float
    planted: float


def blocks_for(groups: int, width: int) -> int:
    """Into how many blocks rows are dealt: 32, fewer where their moments would not fit."""
    return int(np.clip(min(WORK / (groups * width**2), MEMORY / width**2, PAIRS / groups**2), LEAST_BLOCKS, BLOCKS))


def scatter_of(points: np.ndarray, codes: np.ndarray, seed: int) -> BlockScatter:
    """Second moments by class, blocks dealt from `seed`."""
    blocks = blocks_for(int(codes.max()) + 1, points.shape[1])
    return block_scatter(points, codes, deal_blocks(codes, blocks, np.random.default_rng(seed)))


def ranks(scatter: BlockScatter) -> dict[str, Number]:
    """The effective ranks. In place of shuffled labels, which they do not see: the same columns, independent of each other. In
    place of the merger: every second principal direction taken out, which has to halve them or so."""
    n = scatter.sums.sizes.sum()
    second, mean = scatter.second.sum(axis=0) / n, scatter.sums.sums.sum(axis=(0, 1)) / n
    rest = n - scatter.sums.counts.sum(axis=1)
    left = [
        effective_ranks(
            (n * second - scatter.second[b]) / rest[b], (n * mean - scatter.sums.sums[b].sum(axis=0)) / rest[b]
        )
        for b in range(len(rest))
    ]
    covariance = second - np.outer(mean, mean)
    apart = effective_ranks(np.diag(np.diag(covariance)) + np.outer(mean, mean), mean)
    kept = np.linalg.eigh(covariance)[1][:, ::-2]
    halved = effective_ranks(kept.T @ second @ kept, kept.T @ mean)
    whole = effective_ranks(second, mean)
    low, high = jackknife_interval(np.array(whole), np.array(left))[1:]
    return {name: Number(whole[k], float(low[k]), float(high[k]), apart[k], halved[k]) for k, name in enumerate(RANKS)}


def collapse(scatter: BlockScatter) -> dict[str, tuple[float, float, float]]:
    """NC1 to NC3 with intervals; NC3 against the least-squares head of the same rows, every class counted alike."""

    def measured(means: np.ndarray, within: np.ndarray) -> np.ndarray:
        centred = means - means.mean(axis=0)
        total = within + centred.T @ centred / len(means)
        ridge = 1e-9 * np.trace(total) / len(total)
        head = np.linalg.solve(total + ridge * np.eye(len(total)), centred.T).T
        return np.array(collapse_of_moments(means, within, head), float)

    whole = measured(scatter.sums.means, scatter.within)
    left = [measured(*pair) for pair in zip(scatter.sums.means_without, scatter.within_without, strict=True)]
    found = np.array(jackknife_interval(whole, np.array(left)))
    return {name: tuple(found[:, k].tolist()) for k, name in enumerate(COLLAPSE)}


def margins(
    points: np.ndarray, codes: np.ndarray, names: tuple[str, ...], temperature: float, anchors: int, seed: int
) -> tuple[dict[str, tuple[float, float, float]], list[dict[str, Any]]]:
    """(mean margin over classes, the classes one by one): anchors drawn evenly, each against all rows.

    margin: the mean over positives of their cosine minus that of the hardest negative, its mean over anchors. loss: InfoNCE
    against every negative. implied: the least mean margin that a mean loss at the upper end of its interval allows (claim A3), in
    cosines. Intervals: Student's, over anchors; of the classes together.
    """
    from contrastive_claims.theory.margins import margins_among

    rows = even_rows(codes, max(anchors, 2 * len(names)), np.random.default_rng(seed))
    found = margins_among(points, codes, rows, temperature)
    own = codes[rows]
    margin = found.mean * temperature
    classes = []
    for k, name in enumerate(names):
        here = own == k
        row: dict[str, Any] = {"class": name, "anchors": int(here.sum())}
        for key, values in (("margin", margin[here]), ("loss", found.loss[here])):
            value, low, high = mean_interval(values, tests=len(names))
            row[key] = {"value": value, "low": low, "high": high}
        least, _ = margin_interval(row["loss"]["high"], found.negatives[here][0], 0.0)
        row["implied"] = float(least) * temperature
        row["positive"] = share(int((margin[here] > 0).sum()), int(here.sum()), 0.05 / len(names))
        classes.append(row)
    each = np.array([margin[own == k].mean() for k in range(len(names))])
    errors = np.array([margin[own == k].std(ddof=1) / np.sqrt((own == k).sum()) for k in range(len(names))])
    reach = special.ndtri(0.975) * np.sqrt((errors**2).sum()) / len(names)
    return {"margin": (float(each.mean()), float(each.mean() - reach), float(each.mean() + reach))}, classes


def mean_interval(values: np.ndarray, level: float = 0.95, tests: int = 1) -> tuple[float, float, float]:
    """Mean with Student's interval, `tests` of which hold together."""
    n, mean = len(values), float(values.mean())
    reach = (
        -special.stdtrit(n - 1, (1 - level) / (2 * tests)) * float(values.std(ddof=1)) / np.sqrt(n) if n > 1 else np.inf
    )
    return mean, mean - float(reach), mean + float(reach)


def neighbours(points: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """[N, count] the rows of largest cosine with each row, itself left out, nearest first."""
    import torch

    every = torch.from_numpy(np.ascontiguousarray(points))
    found = np.empty((len(points), count), np.int64)
    for start in range(0, len(points), 512):
        cosines = every[start : start + 512] @ every.T
        place = torch.arange(len(cosines))
        cosines[place, place + start] = -torch.inf
        found[start : start + len(cosines)] = torch.topk(cosines, count, dim=1).indices.numpy()
    return found


def voted(near: np.ndarray, codes: np.ndarray, count: int) -> np.ndarray:
    """[N] the class that most of each row's neighbours have; the lowest of equals."""
    votes = np.zeros((len(near), count), np.int32)
    np.add.at(votes, (np.arange(len(near))[:, None], codes[near]), 1)
    return votes.argmax(axis=1)


def group_accuracies(right: np.ndarray, groups: np.ndarray, names: Iterable[str]) -> list[dict[str, Any]]:
    """Accuracy of each group with its exact interval, of all together; groups without rows are left out."""
    names = list(names)
    present = [k for k in range(len(names)) if (groups == k).any()]
    return [
        {
            "group": names[k],
            "rows": int((groups == k).sum()),
            **share(int(right[groups == k].sum()), int((groups == k).sum()), 0.05 / len(present)),
        }
        for k in present
    ]
