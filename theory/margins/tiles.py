"""Class-sorted tiles of anchors and keys, and the blocks of the logit matrix between them.

Tiles never cut a class unless it is larger than a tile, and then hold nothing else; so between anchors only the blocks on
the diagonal need a mask, all others hold negatives only or positives only. The anchors' part of the matrix is symmetric:
only blocks on and above its diagonal are visited, each standing for both of its orientations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch


@dataclass(frozen=True)
class Tile:
    """Consecutive rows of a class-sorted side, with the smallest and the largest class among them."""

    rows: slice
    low: int
    high: int


@dataclass(frozen=True)
class Side:
    """Logit-space vectors [n, D] sorted by class, their classes [n] and their tiles."""

    vectors: torch.Tensor
    classes: torch.Tensor
    tiles: list[Tile]


@dataclass(frozen=True)
class Block:
    """The logits between an anchor tile (rows) and another anchor tile or a key tile (columns).

    same: equal classes, [rows, columns]; None where all pairs are of the one kind.
    diagonal: rows and columns are the same tile, so the block holds the anchors themselves and is its own transpose.
    """

    logits: torch.Tensor
    rows: slice
    columns: slice
    has_negatives: bool
    has_positives: bool
    same: torch.Tensor | None
    diagonal: bool
    columns_are_keys: bool

    def orientations(self) -> Iterator[Block]:
        """This block and, where it stands for two, its transpose: each with anchors as rows."""
        yield self
        if not (self.diagonal or self.columns_are_keys):
            yield replace(self, logits=self.logits.T, rows=self.columns, columns=self.rows)  # such a block has no mask

    def negatives(self, values: torch.Tensor, fill: float | torch.Tensor) -> torch.Tensor:
        """`values` at the pairs of different classes, `fill` elsewhere; for a block with negatives."""
        return values if self.same is None else values.where(~self.same, fill)

    def positives(self, values: torch.Tensor, fill: float) -> torch.Tensor:
        """`values` at the pairs of one class except an anchor with itself, `fill` elsewhere; for a block with positives."""
        if self.same is not None:
            values = values.where(self.same, fill)
        if self.diagonal:
            values = values.where(~torch.eye(len(values), dtype=torch.bool, device=values.device), fill)
        return values


def tile_rows(device: torch.device) -> int:
    """Rows of a tile: on a CPU a float32 block is 0.6 MB and stays in a core's second-level cache; a GPU wants larger ones."""
    return 384 if device.type == "cpu" else 4096


def side(vectors: torch.Tensor, classes: torch.Tensor, rows: int) -> Side:
    """Tiles of at most `rows` rows: small classes packed together, larger ones cut into equal parts. `classes` sorted."""
    tiles: list[Tile] = []
    start = stop = first = last = 0  # the tile being packed
    values, counts = classes.unique_consecutive(return_counts=True)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        if stop > start and stop - start + count > rows:
            tiles.append(Tile(slice(start, stop), first, last))
            start = stop
        if count > rows:
            parts = -(-count // rows)
            cuts = [start + count * part // parts for part in range(parts + 1)]
            tiles += [Tile(slice(*cut), value, value) for cut in pairwise(cuts)]
            start = stop = start + count
            continue
        first, last, stop = (value if start == stop else first), value, stop + count
    if stop > start:
        tiles.append(Tile(slice(start, stop), first, last))
    return Side(vectors, classes, tiles)
