"""Onto which group each would collapse if it became rare: the block model of the neighbour graph, against counting ties."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import stdtrit

from contrastive_claims.theory.blockmodel import BlockModel, undersampled_groups
from contrastive_claims.theory.harms import deal_blocks, jackknife_error

MOST = 30  # groups: the optimum of a larger model takes minutes
PARTS = 10


def partners(
    near: np.ndarray, codes: np.ndarray, names: tuple[str, ...], temperature: float, seed: int, parts: int = PARTS
) -> list[dict[str, Any]]:
    """For each group of a graph whose row a is joined to its neighbours near[a]: the group that it falls towards as its share
    vanishes (claim B19), the cosine there, and the group that it has most ties with (claim B29).

    The cosine's interval: jackknife over `parts` of the nodes. steady: the share of those graphs that name the same partner.
    Without parts, for controls, neither.
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
    dealt = deal_blocks(codes, max(2, parts), np.random.default_rng(seed))
    left: list[dict[int, Any]] = []
    for part in range(parts):
        kept = np.flatnonzero(dealt != part)
        smaller = BlockModel.from_graph(graph[kept][:, kept], codes[kept], groups=range(len(names)))
        left.append({found.group: found for found in undersampled_groups(smaller, temperature)})
    rows = []
    for k, name in enumerate(names):
        if k not in whole:
            rows.append(
                {"group": name, "onto": None, "most_ties": names[int(ties[k].argmax())] if ties[k].any() else None}
            )
            continue
        found = whole[k]
        row: dict[str, Any] = {"group": name, "onto": names[found.onto], "most_ties": names[int(ties[k].argmax())]}
        limits = np.array([other[k].limit for other in left if k in other])
        if len(limits) > 1:
            reach = float(-stdtrit(len(limits) - 1, 0.025 / len(names)) * jackknife_error(limits))
            low, high = max(-1.0, found.limit - reach), min(1.0, found.limit + reach)
            row["cosine"] = {"value": found.limit, "low": low, "high": high}
            row["steady"] = float(np.mean([k in other and other[k].onto == found.onto for other in left]))
        rows.append(row)
    return rows
