"""What holds the ranks of a training run together before a step; the losses' own collectives: theory.margins.distributed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributed as dist

from contrastive_claims.theory.margins.distributed import world


def by_rank(numbers: Sequence[int], device: str = "cpu") -> list[list[int]]:
    """Every rank's whole numbers (as many on each, below 2^63), by rank. All ranks must call it; it is what holds them
    together before a step: what differs between them can be refused by all."""
    if world()[1] == 1:
        return [list(numbers)]
    mine = torch.tensor(list(numbers), dtype=torch.int64, device=device)
    found = [torch.empty_like(mine) for _ in range(world()[1])]
    dist.all_gather(found, mine)
    return [row.tolist() for row in found]
