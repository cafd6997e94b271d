"""Onto which group each would collapse if it became rare: the block model of the neighbour graph, against counting ties."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import stdtrit

from theory.blockmodel import BlockModel, undersampled_groups
from theory.harms import deal_blocks

MOST = 30  # groups: the optimum of a larger model takes minutes
PARTS = 10


def partners(
    near: np.ndarray, codes: np.ndarray, names: tuple[str, ...], temperature: float, seed: int
) -> list[dict[str, Any]]:
    """For each group of a graph whose row a is joined to its neighbours near[a]: the group that it falls towards as its share
    vanishes (claim B19), the cosine there, and the group that it has most ties with (claim B29).

    The cosine's interval: jackknife over PARTS of the nodes. steady: the share of those graphs that name the same partner.
    Raises ValueError where the model has no such limit: a group without ties, too low a temperature, more than MOST groups.
    """
    if len(names) > MOST:
        raise ValueError(f"{len(names)} groups; predicted for up to {MOST}")
    count = len(near)
    starts = np.arange(0, near.size + 1, near.shape[1])
    graph = sparse.csr_array((np.ones(near.size), near.ravel(), starts), shape=(count, count))
    graph = graph.maximum(graph.T).tocsr()
    model = BlockModel.from_graph(graph, codes, groups=range(len(names)))
    ties = model.connectivity - np.diag(np.diag(model.connectivity))
    whole = {found.group: found for found in undersampled_groups(model, temperature)}
    parts = deal_blocks(codes, PARTS, np.random.default_rng(seed))
    left: list[dict[int, Any]] = []
    for part in range(PARTS):
        kept = np.flatnonzero(parts != part)
        smaller = BlockModel.from_graph(graph[kept][:, kept], codes[kept], groups=range(len(names)))
        left.append({found.group: found for found in undersampled_groups(smaller, temperature)})
    rows = []
    for k, name in enumerate(names):
        if k not in whole:
            rows.append(
                {"group": name, "onto": None, "most_ties": names[int(ties[k].argmax())] if ties[k].any() else None}
            )
            continue
        limits = np.array([found[k].limit for found in left if k in found])
        reach = -stdtrit(PARTS - 1, 0.025 / len(names)) * np.sqrt((len(limits) - 1) * limits.var())
        found = whole[k]
        rows.append(
            {
                "group": name,
                "onto": names[found.onto],
                "cosine": {
                    "value": found.limit,
                    "low": max(-1.0, found.limit - float(reach)),
                    "high": min(1.0, found.limit + float(reach)),
                },
                "steady": float(np.mean([k in other and other[k].onto == found.onto for other in left])),
                "most_ties": names[int(ties[k].argmax())],
            }
        )
    return rows
