"""The pair engine: per-anchor losses over all pairs and their closed-form gradient, in O(N) memory.

(Few pairs go to `theory.margins.dense` at once, where the formulas are the same.)

With r_i an anchor's log-denominator, every loss here has dl_i/ds_ij = a_i e^{s_ij - r_i} for a negative j, so the gradient
with respect to the matrix of logits is known, pair by pair, from O(N) numbers:

    form        loss of anchor i with positives p, L-_i = LSE over negatives, L+_i = LSE over positives
    infonce     mean_p log(e^-eps + e^{L-_i - s_ip});              dl/ds_ip = -q_ip / P, q_ip = sigmoid(L-_i - s_ip + eps)
                                                                   a_i = mean_p q_ip, r_i = L-_i
    supcon      log(e^{L+_i - eps} + e^{L-_i}) - mean_p s_ip =: r_i - mean_p s_ip
                                                                   dl/ds_ip = e^{s_ip - eps - r_i} - 1/P, a_i = 1
    supcon_in   log(e^{L+_i} + e^{L-_i}) - L+_i + log P            dl/ds_ip = e^{s_ip - r_i} - e^{s_ip - L+_i}, a_i = 1

Forward: one sweep over the blocks of the logit matrix for L- and L+ (and, for infonce, one over the blocks that hold
positives). Backward: one sweep that recomputes each block, turns it in place into G_ij + G_ji, and multiplies it with the
vectors of both its sides. The matrix is symmetric, so a sweep visits half of it: two N x N x D products in all, instead
of the three that a pass with a stored matrix or a single row-by-row pass costs. Negatives are summed on their own, never
as everything minus the positives, so nothing cancels.
"""

from __future__ import annotations

from typing import Any

import torch

from theory.margins import dense
from theory.margins.inputs import Batch
from theory.margins.running import NO_SECOND_DERIVATIVE, LogSums, Running, log_add_exp, sums
from theory.margins.sweep import sweep
from theory.margins.tiles import Block, Side, full_precision, side, tile_rows

# Largest |logit| for which sums of e^logit, and quotients of two, stay inside the dtype's range without a shift
LINEAR_LIMIT = {torch.float32: 40.0, torch.float64: 300.0}


def anchor_losses(batch: Batch, form: str, epsilon: float) -> torch.Tensor:
    """Losses [N] in the order of the anchors; 0, with no gradient, for an anchor without positives.

    form: "infonce" (eps-SupInfoNCE; epsilon = infinity: InfoL1O), "supcon" (eps-SupCon) or "supcon_in" (epsilon = 0).
    """
    linear = batch.bound <= LINEAR_LIMIT[batch.anchors.dtype]
    if dense.fits(batch):
        return dense.anchor_losses(batch, form, epsilon, linear)
    order, key_order = batch.labels.argsort(stable=True), batch.key_labels.argsort(stable=True)
    losses, *_ = _AnchorLosses.apply(
        batch.anchors[order],
        batch.keys[key_order],
        batch.labels[order],
        batch.key_labels[key_order],
        batch.positives[order],
        (form, epsilon, linear),
    )
    return losses[order.argsort()]


def margins(batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Lowest positive, mean positive and highest negative logit of every anchor, [N] each, without gradients.

    NaN for the positives of an anchor that has none.
    """
    order, key_order = batch.labels.argsort(stable=True), batch.key_labels.argsort(stable=True)
    with torch.no_grad(), full_precision(batch.anchors.device):
        anchors, keys = _sides(
            batch.anchors[order], batch.keys[key_order], batch.labels[order], batch.key_labels[key_order]
        )
        like = anchors.vectors[:, 0]

        def start() -> tuple[Running, ...]:
            highest = Running(torch.maximum, torch.full_like(like, -torch.inf))
            return Running(torch.minimum, torch.full_like(like, torch.inf)), sums(like), highest

        def visit(whole: Block, lowest: Running, total: Running, highest: Running) -> None:
            for block in whole.orientations():
                if block.has_positives:
                    lowest.add(block.rows, block.positives(block.logits, torch.inf).amin(1))
                    total.add(block.rows, block.positives(block.logits, 0).sum(1))
                if block.has_negatives:
                    highest.add(block.rows, block.negatives(block.logits, -torch.inf).amax(1))

        lowest, total, highest = (found.total for found in sweep(anchors, keys, visit, start))
    back = order.argsort()
    lowest = lowest[back].where(batch.positives > 0, torch.nan)
    return lowest, total[back] / batch.positives, highest[back]


def _sides(
    anchors: torch.Tensor, keys: torch.Tensor, classes: torch.Tensor, key_classes: torch.Tensor
) -> tuple[Side, Side]:
    rows = tile_rows(anchors.device)
    return side(anchors, classes, rows), side(keys, key_classes, rows)


class _AnchorLosses(torch.autograd.Function):
    """(anchors, keys, classes, key classes, positives, options), sorted by class -> losses and what backward needs."""

    @staticmethod
    def forward(
        anchors: torch.Tensor,
        keys: torch.Tensor,
        classes: torch.Tensor,
        key_classes: torch.Tensor,
        positives: torch.Tensor,
        options: tuple[str, float, bool],
    ) -> tuple[torch.Tensor, ...]:
        form, epsilon, linear = options
        with full_precision(anchors.device):
            rows, columns = _sides(anchors, keys, classes, key_classes)
            like = anchors[:, 0]

            def denominators(whole: Block, negative: LogSums, positive: LogSums, pull: Running) -> None:
                if not whole.has_positives:
                    negative.add_whole(whole)
                    return
                for block in whole.orientations():
                    if block.has_negatives:
                        negative.add_logits(block.rows, block.negatives(block.logits, -torch.inf))
                    if form != "infonce":
                        positive.add_logits(block.rows, block.positives(block.logits, -torch.inf))
                        pull.add(block.rows, block.positives(block.logits, 0).sum(1))

            def start() -> tuple[LogSums, LogSums, Running]:
                return LogSums(like, linear), LogSums(like, linear), sums(like)

            # infonce compares no positives with each other, so it skips the blocks that hold nothing else
            negative, positive, pull = sweep(rows, columns, denominators, start, positives=form != "infonce")
            negatives, inside = negative.result(), positive.result()
            count = positives.clamp(min=1).to(like)
            if form == "infonce":

                def terms(whole: Block, value: Running, slope: Running) -> None:
                    for block in whole.orientations():
                        gap = negatives[block.rows, None] - block.logits
                        value.add(block.rows, block.positives(log_add_exp(-epsilon, gap), 0).sum(1))
                        slope.add(block.rows, block.positives((gap + epsilon).sigmoid_(), 0).sum(1))

                value, slope = sweep(rows, columns, terms, lambda: (sums(like), sums(like)), negatives=False)
                losses, reference, slope = value.total / count, negatives, slope.total / count
            else:
                reference, slope = torch.logaddexp(inside - epsilon, negatives), torch.ones_like(like)
                losses = reference - (pull.total / count if form == "supcon" else inside - count.log())
            return losses.where(positives > 0, 0), reference, slope, inside

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        *tensors, ctx.options = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*tensors, *output[1:])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        anchors_grad, keys_grad = _AnchorGradient.apply(gradients[0], *ctx.saved_tensors, ctx.options)
        return anchors_grad, keys_grad, None, None, None, None


class _AnchorGradient(torch.autograd.Function):
    """The gradient of sum_i grad_i loss_i with respect to anchors and keys; itself without a derivative."""

    @staticmethod
    def forward(
        grad: torch.Tensor,
        anchors: torch.Tensor,
        keys: torch.Tensor,
        classes: torch.Tensor,
        key_classes: torch.Tensor,
        positives: torch.Tensor,
        reference: torch.Tensor,
        slope: torch.Tensor,
        inside: torch.Tensor,
        options: tuple[str, float, bool],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        form, epsilon, linear = options
        with full_precision(anchors.device):
            rows, columns = _sides(anchors, keys, classes, key_classes)
            weight = grad.where(positives > 0, 0)
            amplitude, share = weight * slope, weight / positives.clamp(min=1)
            scale = amplitude * (-reference).exp() if linear else amplitude

            def against(block: Block) -> torch.Tensor:
                """dL/ds of one orientation: its rows as anchors."""
                at, logits = block.rows, block.logits
                if not block.has_positives:
                    return (logits - reference[at, None]).exp_().mul_(amplitude[at, None])
                if form == "infonce":
                    pull = (reference[at, None] - logits + epsilon).sigmoid_().mul_(-share[at, None])
                elif form == "supcon":
                    pull = (logits - epsilon - reference[at, None]).exp_().mul_(weight[at, None]) - share[at, None]
                else:
                    pull = (logits - reference[at, None]).exp_() - (logits - inside[at, None]).exp_()
                    pull *= weight[at, None]
                pull = block.positives(pull, 0)
                if not block.has_negatives:
                    return pull
                push = (logits - reference[at, None]).exp_().mul_(amplitude[at, None])
                return block.negatives(push, pull)

            def visit(block: Block, anchors_grad: torch.Tensor, keys_grad: torch.Tensor) -> None:
                if linear and not block.has_positives:
                    both = scale[block.rows, None]
                    if not block.columns_are_keys:
                        both = both + scale[block.columns]
                    pair_grad = block.logits.exp_().mul_(both)
                else:
                    first, *second = (against(part) for part in block.orientations())
                    pair_grad = first if block.columns_are_keys else first + (first if block.diagonal else second[0]).T
                other, other_grad = (keys, keys_grad) if block.columns_are_keys else (anchors, anchors_grad)
                anchors_grad[block.rows].addmm_(pair_grad, other[block.columns])
                if not block.diagonal:
                    other_grad[block.columns].addmm_(pair_grad.T, anchors[block.rows])

            return sweep(rows, columns, visit, lambda: (torch.zeros_like(anchors), torch.zeros_like(keys)))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        # without once_differentiable: that one is silent when, as usual, the incoming gradient is a constant
        pass

    @staticmethod
    def backward(ctx: Any, *_: Any) -> None:
        raise RuntimeError(NO_SECOND_DERIVATIVE)
