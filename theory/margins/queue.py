"""A queue of earlier embeddings, MoCo's memory: keys that were in the batches before."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from contrastive_claims.theory.margins.inputs import check_embeddings, check_labels


class Queue(nn.Module):
    """The last `size` keys of dimension `dimension`, first in, first out, with their labels; starts empty; in the state_dict.

    As the negatives of MoCo: ``info_nce(q, keys=k, contrast=queue.keys)``, then ``queue.enqueue(k)``. As a memory of labelled
    embeddings: ``sup_con(z, y, keys=queue.keys, key_labels=queue.labels)``; where the batch was enqueued before its loss,
    ``exclude_self=own`` with the indices that `enqueue` returned. Keys are held without gradient, in `dtype`.
    """

    held: torch.Tensor
    held_labels: torch.Tensor
    seen: torch.Tensor

    def __init__(self, size: int, dimension: int, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        for name, value in (("size", size), ("dimension", dimension)):
            if value != int(value) or value < 1:
                raise ValueError(f"{name}: must be a whole number, at least 1, got {value}")
        self.register_buffer("held", torch.zeros(int(size), int(dimension), dtype=dtype))
        self.register_buffer("held_labels", torch.full((int(size),), -1, dtype=torch.int64))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        return min(int(self.seen), len(self.held))

    @property
    def keys(self) -> torch.Tensor:
        """[len, D]: a copy, which later batches do not change under the graph of a loss."""
        return self.held[: len(self)].clone()

    @property
    def labels(self) -> torch.Tensor:
        """[len]; -1 where none was given."""
        return self.held_labels[: len(self)].clone()

    @torch.no_grad()
    def enqueue(self, keys: torch.Tensor, labels: Any = None) -> torch.Tensor:
        """Take [n, D] keys, with integer labels [n] if the queue is to have labels; the oldest leave. Returns where each now
        is in `keys`, [n] (-1 for one that more than `size` others of the same call have pushed out).

        Raises ValueError for keys that are no [n, D] of the queue's dimension, not finite, or labels that do not fit.
        """
        check_embeddings("keys", keys, dimensions=(2,), empty=True)
        size, count = len(self.held), len(keys)
        if keys.shape[1] != self.held.shape[1]:
            raise ValueError(f"keys: must have the queue's dimension {self.held.shape[1]}, got {keys.shape[1]}")
        if not bool(keys.isfinite().all()):
            raise ValueError(f"keys: row {int((~keys.isfinite().all(1)).nonzero()[0])} holds NaN or infinity")
        given = torch.full((count,), -1) if labels is None else check_labels("labels", labels, count, keys.device)
        order = torch.arange(count, device=self.held.device)
        places = (int(self.seen) + order) % size
        stays = order >= count - size
        self.held[places[stays]] = keys.detach().to(self.held)[stays]
        self.held_labels[places[stays]] = given.to(self.held_labels)[stays]
        self.seen += count
        return places.where(stays, -1)

    def extra_repr(self) -> str:
        return f"{len(self)} of {len(self.held)} keys of dimension {self.held.shape[1]}"
