"""One sweep over all pairs of an anchor with another anchor or a key, block by block, on every core.

On a CPU the blocks are dealt to threads that each work through their own share and only meet at the end: operations on a
block are too small to be split over cores one at a time, least of all on a machine that does other work as well. The shares
and the order in which their sums are added depend on the number of threads only, so results repeat to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch

from contrastive_claims.theory.margins.precision import product
from contrastive_claims.theory.margins.tiles import Block, Side, Tile

Pair = tuple[Tile, Tile, bool]  # an anchor tile, its partner, and whether the partner is a tile of keys
MOST_WORKERS = 8  # each holds its own sums, O(N D)


def sweep(
    anchors: Side,
    keys: Side,
    visit: Callable[..., None],
    start: Callable[[], tuple[Any, ...]],
    negatives: bool = True,
    positives: bool = True,
    among: bool = True,
) -> tuple[Any, ...]:
    """Call `visit(block, *sums)` for every block that holds pairs of a kind asked for, and return the sums.

    `start()` makes the empty sums (anything with an in-place +=, such as tensors); a block between two anchor tiles stands
    for both of its orientations and is visited once. among: whether anchors are compared with each other.
    """
    pairs = list(_pairs(anchors, keys, negatives, positives, among))
    workers = _workers(len(pairs), anchors.vectors.device)
    threads = torch.get_num_threads()

    total, *others = [start() for _ in range(workers)]

    def work(number: int, sums: tuple[Any, ...]) -> None:
        with torch.no_grad():
            for pair in pairs[number::workers]:
                visit(_block(anchors, keys, *pair), *sums)

    def work_beside(number: int, sums: tuple[Any, ...]) -> None:
        torch.set_num_threads(threads // workers)  # of this thread
        work(number, sums)

    if not others:
        work(0, total)
        return total
    try:
        with ThreadPoolExecutor(len(others)) as pool:
            done = [pool.submit(work_beside, number, sums) for number, sums in enumerate(others, 1)]
            work_beside(0, total)
    finally:
        torch.set_num_threads(threads)  # this thread's, and what threads to come start from
    for future, sums in zip(done, others, strict=True):
        future.result()  # raises what the thread raised
        for mine, theirs in zip(total, sums, strict=True):
            mine += theirs
    return total


def _workers(pairs: int, device: torch.device) -> int:
    if device.type != "cpu":
        return 1
    return max(1, min(torch.get_num_threads(), MOST_WORKERS, pairs // 2))


def _pairs(anchors: Side, keys: Side, negatives: bool, positives: bool, among: bool) -> Iterator[Pair]:
    for number, tile in enumerate(anchors.tiles):
        for columns_are_keys, partners in ((False, anchors.tiles[number:] if among else []), (True, keys.tiles)):
            for partner in partners:
                if (negatives and _has_negatives(tile, partner)) or (positives and _has_positives(tile, partner)):
                    yield tile, partner, columns_are_keys


def _has_positives(tile: Tile, partner: Tile) -> bool:
    return tile.low <= partner.high and partner.low <= tile.high


def _has_negatives(tile: Tile, partner: Tile) -> bool:
    return not tile.low == tile.high == partner.low == partner.high


def _block(anchors: Side, keys: Side, tile: Tile, partner: Tile, columns_are_keys: bool) -> Block:
    other = keys if columns_are_keys else anchors
    has_negatives, has_positives = _has_negatives(tile, partner), _has_positives(tile, partner)
    mixed = has_negatives and has_positives
    return Block(
        product(anchors.vectors[tile.rows], other.vectors[partner.rows].T),
        tile.rows,
        partner.rows,
        has_negatives,
        has_positives,
        anchors.classes[tile.rows, None] == other.classes[partner.rows] if mixed else None,
        partner is tile and not columns_are_keys,
        columns_are_keys,
    )
