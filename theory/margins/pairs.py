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

from contrastive_claims.theory.margins import dense, plain
from contrastive_claims.theory.margins.inputs import Batch, as_float
from contrastive_claims.theory.margins.precision import add_product, full_precision
from contrastive_claims.theory.margins.running import LINEAR_LIMIT, LogSums, Options, Running, log_add_exp, sums
from contrastive_claims.theory.margins.sweep import sweep
from contrastive_claims.theory.margins.tiles import Block, Side, side, tile_rows
from contrastive_claims.theory.margins.transforms import has_tangent, transformed


def anchor_losses(batch: Batch, form: str, epsilon: float | torch.Tensor) -> torch.Tensor:
    """Losses [N] in the order of the anchors; 0, with no gradient, for an anchor without positives.

    form: "infonce" (eps-SupInfoNCE; epsilon = infinity: InfoL1O), "supcon" (eps-SupCon) or "supcon_in" (epsilon = 0).
    Every anchor with a positive must have a negative. The first derivatives, in epsilon too where it is a tensor, are closed
    forms; higher ones, forward mode and all of torch.func are those of `theory.margins.plain`, in whose memory and time.
    """
    given = isinstance(epsilon, torch.Tensor)
    in_epsilon = isinstance(epsilon, torch.Tensor) and epsilon.requires_grad
    if transformed() or has_tangent(batch.anchors, batch.keys, epsilon):
        return by_definition(
            batch.anchors, batch.keys, batch.labels, batch.key_labels, batch.positives, epsilon, form, batch.among
        )
    options = Options(form, as_float(epsilon), is_linear(batch), batch.among, in_epsilon)
    data = (batch.anchors, batch.keys, batch.labels, batch.key_labels, batch.positives)
    if dense.fits(batch):
        return _DenseLosses.apply(*data, epsilon if given else None, options)
    order, key_order = batch.labels.argsort(stable=True), batch.key_labels.argsort(stable=True)
    ordered = tuple(part[by] for part, by in zip(data, (order, key_order, order, key_order, order), strict=True))
    return _TiledLosses.apply(*ordered, epsilon if given else None, options)[order.argsort()]


def is_linear(batch: Batch) -> bool:
    """Whether sums of e^logit stay inside the dtype's range without a shift."""
    return batch.bound <= LINEAR_LIMIT[batch.anchors.dtype]


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

        lowest, total, highest = (found.total for found in sweep(anchors, keys, visit, start, among=batch.among))
    back = order.argsort()
    lowest = lowest[back].where(batch.positives > 0, torch.nan)
    return lowest, total[back] / batch.positives, highest[back]


def _sides(
    anchors: torch.Tensor, keys: torch.Tensor, classes: torch.Tensor, key_classes: torch.Tensor
) -> tuple[Side, Side]:
    rows = tile_rows(anchors.device)
    return side(anchors, classes, rows), side(keys, key_classes, rows)


class _DenseLosses(torch.autograd.Function):
    """(anchors, keys, labels, key labels, positives, epsilon, options) -> losses [N]."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> torch.Tensor:
        *tensors, ctx.options = inputs
        anchors, keys, labels, key_labels, positives, _ = tensors
        losses, *left = dense.forward(anchors, keys, labels, key_labels, positives, ctx.options)
        ctx.save_for_backward(*tensors, *left)
        return losses

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        anchors, keys, *_, slope, in_epsilon = ctx.saved_tensors
        if torch.is_grad_enabled():  # only where a graph of the gradient is asked for
            return _differentiable_gradient(ctx, gradients[0])
        found = dense.gradient(gradients[0], anchors, keys, slope, ctx.options.among)
        return *found, None, None, None, _in_epsilon(ctx, gradients[0], in_epsilon), None


class _TiledLosses(torch.autograd.Function):
    """The same."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> torch.Tensor:
        *tensors, ctx.options = inputs
        anchors, keys, labels, key_labels, positives, _ = tensors
        losses, *left = forward(anchors, keys, labels, key_labels, positives, ctx.options)
        ctx.save_for_backward(*tensors, *left)
        return losses

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        anchors, keys, labels, key_labels, positives, _, reference, slope, inside, in_epsilon = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _differentiable_gradient(ctx, gradients[0])
        left = (reference, slope, inside)
        found = gradient(gradients[0], anchors, keys, labels, key_labels, positives, left, ctx.options)
        return *found, None, None, None, _in_epsilon(ctx, gradients[0], in_epsilon), None


def _in_epsilon(ctx: Any, grad: torch.Tensor, in_epsilon: torch.Tensor) -> torch.Tensor | None:
    if not ctx.options.in_epsilon:
        return None
    positives, epsilon = ctx.saved_tensors[4], ctx.saved_tensors[5]
    return (grad * in_epsilon).where(positives > 0, 0).sum().reshape(epsilon.shape).to(epsilon.dtype)


def _differentiable_gradient(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
    """The same gradient with a graph of its own, from the losses by their definition."""
    anchors, keys, labels, key_labels, positives, epsilon = ctx.saved_tensors[:6]
    options, margin = ctx.options, ctx.options.epsilon if epsilon is None else epsilon
    losses = by_definition(anchors, keys, labels, key_labels, positives, margin, options.form, options.among)
    places = [place for place in (0, 1, 5) if ctx.needs_input_grad[place]]
    wanted: Any = [(anchors, keys, anchors, anchors, anchors, epsilon)[place] for place in places]
    found: Any = torch.autograd.grad(losses, wanted, grad, create_graph=True, materialize_grads=True)
    by_place = dict(zip(places, found, strict=True))
    return by_place.get(0), by_place.get(1), None, None, None, by_place.get(5), None


def by_definition(
    anchors: torch.Tensor,
    keys: torch.Tensor,
    labels: torch.Tensor,
    key_labels: torch.Tensor,
    positives: torch.Tensor,
    epsilon: float | torch.Tensor,
    form: str,
    among: bool,
) -> torch.Tensor:
    """The same losses from operations that torch differentiates in any mode and order (theory.margins.plain)."""
    candidates = torch.cat([anchors, keys]) if among else keys
    weights = plain.by_labels(labels, key_labels, among, None)
    return plain.anchor_losses(plain.Pairs(anchors, candidates, weights), form, epsilon, 0.0, positives > 0)


def forward(
    anchors: torch.Tensor,
    keys: torch.Tensor,
    classes: torch.Tensor,
    key_classes: torch.Tensor,
    positives: torch.Tensor,
    options: Options,
) -> tuple[torch.Tensor, ...]:
    """From sides sorted by class: losses [N], and r, a, L+ and dl/d epsilon (asked for; else empty), [N] each."""
    form, epsilon, linear = options.form, options.epsilon, options.linear
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
        negative, positive, pull = sweep(
            rows, columns, denominators, start, positives=form != "infonce", among=options.among
        )
        negatives, inside = negative.result(), positive.result()
        count = positives.clamp(min=1).to(like)
        in_epsilon = like.new_zeros(0)
        if form == "infonce":

            def terms(whole: Block, value: Running, slope: Running) -> None:
                for block in whole.orientations():
                    gap = negatives[block.rows, None] - block.logits
                    value.add(block.rows, block.positives(log_add_exp(-epsilon, gap), 0).sum(1))
                    slope.add(block.rows, block.positives((gap + epsilon).sigmoid_(), 0).sum(1))

            value, slope = sweep(
                rows, columns, terms, lambda: (sums(like), sums(like)), negatives=False, among=options.among
            )
            losses, reference, slope = value.total / count, negatives, slope.total / count
            if options.in_epsilon:
                in_epsilon = slope - 1
        else:
            reference, slope = torch.logaddexp(inside - epsilon, negatives), torch.ones_like(like)
            losses = reference - (pull.total / count if form == "supcon" else inside - count.log())
            if options.in_epsilon:
                in_epsilon = -(inside - epsilon - reference).exp()
        return losses.where(positives > 0, 0), reference, slope, inside, in_epsilon


def gradient(
    grad: torch.Tensor,
    anchors: torch.Tensor,
    keys: torch.Tensor,
    classes: torch.Tensor,
    key_classes: torch.Tensor,
    positives: torch.Tensor,
    left: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    options: Options,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradient of sum_i grad_i loss_i with respect to anchors and keys; `left`: r, a, L+ of the forward pass."""
    form, epsilon, linear = options.form, options.epsilon, options.linear
    reference, slope, inside = left
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
            add_product(anchors_grad[block.rows], pair_grad, other[block.columns])
            if not block.diagonal:
                add_product(other_grad[block.columns], pair_grad.T, anchors[block.rows])

        return sweep(
            rows, columns, visit, lambda: (torch.zeros_like(anchors), torch.zeros_like(keys)), among=options.among
        )
