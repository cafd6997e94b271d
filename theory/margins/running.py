"""What both pair engines share, and numbers per anchor that grow block by block and merge between threads with +=."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

from contrastive_claims.theory.margins.tiles import Block

# Largest |logit| for which sums of e^logit, and quotients of two, stay inside the dtype's range without a shift
LINEAR_LIMIT = {torch.float32: 40.0, torch.float64: 300.0}


class Options(NamedTuple):
    """form, epsilon (infinity allowed); linear: sums of e^logit stay inside the dtype's range; among: the other anchors
    belong to an anchor's contrast set; in_epsilon: the derivative in epsilon is asked for."""

    form: str
    epsilon: float
    linear: bool
    among: bool
    in_epsilon: bool


def log_add_exp(floor: float, values: torch.Tensor) -> torch.Tensor:
    """log(e^floor + e^values), floor = -infinity allowed, to the last digits where it is near 0 too.

    max + log(1 + t), t = e^-|difference|. torch's logaddexp and log1p are not vectorised on a CPU and cost ten times as much as
    its log: with w = (1 + t) - 1 as rounded, log(1 + t) = log(1 + w) + log(1 + d/(1 + w)), and d = t - w is exact and tiny.
    """
    small = (values - floor).abs_().neg_().exp_()
    rounded = (small + 1).sub_(1)
    small.sub_(rounded).div_(rounded.add_(1)).add_(rounded.log_())
    return small.add_(rounded.copy_(values).clamp_(min=floor))


class Running:
    """A number per anchor, combined from the blocks by addition, log-add-exp, minimum or maximum."""

    def __init__(self, combine: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], total: torch.Tensor) -> None:
        self.combine, self.total = combine, total

    def add(self, rows: slice, values: torch.Tensor) -> None:
        self.total[rows] = self.combine(self.total[rows], values)

    def __iadd__(self, other: Running) -> Running:
        self.total = self.combine(self.total, other.total)
        return self


def sums(like: torch.Tensor) -> Running:
    """Sums of every anchor, from zero."""
    return Running(torch.add, torch.zeros_like(like))


class LogSums(Running):
    """Running log-sum-exp of every anchor: as plain sums where e^logit fits the dtype, else in logarithms."""

    def __init__(self, like: torch.Tensor, linear: bool) -> None:
        self.linear = linear
        if linear:
            super().__init__(torch.add, torch.zeros_like(like))
        else:
            super().__init__(torch.logaddexp, torch.full_like(like, -torch.inf))

    def add_logits(self, rows: slice, logits: torch.Tensor) -> None:
        """The logits of one orientation (-infinity: not counted), to its rows."""
        self.add(rows, logits.exp().sum(1) if self.linear else logits.logsumexp(1))

    def add_whole(self, block: Block) -> None:
        """All logits of a block of negatives, to the rows of its orientations; one exponential serves both."""
        if not self.linear:
            for part in block.orientations():
                self.add_logits(part.rows, part.logits)
            return
        exponentials = block.logits.exp()
        self.add(block.rows, exponentials.sum(1))
        if not block.columns_are_keys:
            self.add(block.columns, exponentials.sum(0))

    def result(self) -> torch.Tensor:
        """The logarithms of the sums."""
        return self.total.log() if self.linear else self.total
