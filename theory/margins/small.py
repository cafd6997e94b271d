"""The common small batch in as few operations as there are: normalisation, loss, average and their gradient in one function.

A batch of some hundred rows on a CPU costs what its operations cost to start, not what they compute. Here: class labels or views
and nothing else, two towers, and a queue of negatives, every anchor with a positive and a negative. With u = z / |z|, w the unit
rows that anchors are compared with (u again, the other tower's, the queue's), G = Diag(grad) dl/ds,

    dL/du = G w / temperature  (w = u: (G + G^T) u / temperature),          dL/dz = (dL/du - <dL/du, u> u) / |z|,
    dL/d temperature = -sum_i <dL/du_i, u_i> / temperature  (w = u: half of it).

Whatever else comes goes the general way, and so does the gradient where a graph of it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch.nn.functional import softplus

from contrastive_claims.theory.margins import dense
from contrastive_claims.theory.margins.inputs import as_float
from contrastive_claims.theory.margins.precision import scaled_product
from contrastive_claims.theory.margins.running import LINEAR_LIMIT, Options, log_add_exp

_SAFE = {
    torch.float32: (1e-15, 1e15),
    torch.float64: (1e-150, 1e150),
}  # norms whose squares neither over- nor underflow
_EXACT = 40  # from here on log(1 + e^x) is x in doubles
_FEW_LOGITS = 4.0  # up to which epsilon can be added and taken off again without a loss of digits
_MORE = 16 / 9  # times as many pairs where each row has one positive, which takes fewer operations

Again = Callable[..., torch.Tensor]  # (inputs, temperature, epsilon) -> the same loss, the general way


class Case(NamedTuple):
    """What the loss is: its form; temperature and epsilon, checked numbers or tensors of one element; whether over anchors it is
    averaged ("mean"), summed ("sum") or neither ("none"); and how to compute it the general way."""

    form: str
    temperature: float | torch.Tensor
    epsilon: float | torch.Tensor
    reduction: str
    again: Again

    @property
    def in_epsilon(self) -> bool:
        """Whether the derivative in epsilon is asked for."""
        return isinstance(self.epsilon, torch.Tensor) and self.epsilon.requires_grad


def fits(embeddings: torch.Tensor, views: int, paired: bool) -> bool:
    """Whether embeddings [..., D], in so many views, are of a kind, on a device and of a number that this is for.

    paired: each has one positive.
    """
    count = embeddings.numel()
    most = dense.MOST_PAIRS.get("cpu", 0) * (_MORE if paired else 1)
    return (
        embeddings.dtype in _SAFE
        and embeddings.device.type == "cpu"
        and count > 0
        and (count // embeddings.shape[-1] * views) ** 2 <= most
    )


def labelled(case: Case, views: Sequence[torch.Tensor], labels: torch.Tensor, no_positives: str) -> torch.Tensor | None:
    """The loss of one tensor [N, D] or [B, V, D], or of several views [B, D], with int64 labels [N] in the order of `_units`;
    None where the batch is not of this kind."""
    found = _units(views)
    if found is None:
        return None
    unit, norms = found
    same = labels.unsqueeze(1) == labels
    positives = same.sum(1, keepdim=True, dtype=unit.dtype).sub_(1)
    fewest, largest = positives.aminmax()
    count = len(unit)
    if largest.item() in (0, count - 1):
        return None
    lonely = None
    if fewest.item() == 0:
        if no_positives == "raise" or (no_positives == "skip" and case.reduction != "mean"):
            return None
        lonely = positives == 0
        positives.clamp_(min=1)
        if no_positives == "skip":
            count -= int(lonely.sum())
    logits, linear = _logits(unit, unit, case)
    options = Options(case.form, as_float(case.epsilon), linear, True, case.in_epsilon)
    losses, slope, by_epsilon = dense.losses_and_slope(logits, same, positives, options)
    if lonely is not None:
        losses, slope = losses.masked_fill_(lonely[:, 0], 0), slope.masked_fill_(lonely, 0)
        by_epsilon = by_epsilon.masked_fill_(lonely[:, 0], 0) if case.in_epsilon else by_epsilon
    return _result(case, losses, count, views, (slope, by_epsilon, unit, norms))


def paired(case: Case, views: Sequence[torch.Tensor]) -> torch.Tensor | None:
    """The loss of one tensor [B, 2, D] or two views [B, D], each row's only positive its other view, B >= 2; None as above."""
    found = _units(views)
    if found is None:
        return None
    logits, linear = _logits(found[0], found[0], case)
    logits.fill_diagonal_(-torch.inf)
    count = len(logits)
    half = count // 2
    if len(views) == 1:  # row 2b at column 2b + 1, and the other way round
        ends = logits.as_strided((half, 2), (2 * count + 2, count - 1), 1)
    else:  # row b at column b + B, and the other way round
        ends = logits.as_strided((2, half), (half * (count - 1), count + 1), half)
    losses, slope, by_epsilon = _one_positive(logits, ends, case, linear, False)
    return _result(case, losses, count, views, (slope, by_epsilon, *found))


def towers(case: Case, first: torch.Tensor, second: torch.Tensor, both: bool) -> torch.Tensor | None:
    """The loss of `first` [N, D] among `second` [N, D], rows of one number belonging together, N >= 2; None as above.

    both: its mean with the loss of `second` among `first`; not without a reduction.
    """
    one, other = _units((first,)), _units((second,))
    if one is None or other is None or (both and case.reduction == "none"):
        return None
    logits, linear = _logits(one[0], other[0], case)
    losses, slope, by_epsilon = _one_positive(logits, logits.diagonal(), case, linear, both)
    return _result(case, losses, len(losses), (first, second), (slope, by_epsilon, *one, *other))


def queued(case: Case, first: torch.Tensor, second: torch.Tensor, negatives: torch.Tensor) -> torch.Tensor | None:
    """The loss of `first` [N, D] with row i of `second` [N, D] for its positive and negatives [M, D], M >= 1, which take no
    gradient; None as above."""
    one, other, against = _units((first,)), _units((second,)), _units((negatives,))
    if one is None or other is None or against is None:
        return None
    logits, linear = _logits(one[0], against[0], case)
    pulled = (one[0] * other[0]).sum(1, keepdim=True).mul_(1 / as_float(case.temperature))
    if linear:
        total = logits.exp_().sum(1, keepdim=True)
        losses, pull = _from_gap(total.log().sub_(pulled), as_float(case.epsilon))
        logits.mul_(pull / total)
    else:
        reference = logits.logsumexp(1, keepdim=True)
        losses, pull = _from_gap(reference - pulled, as_float(case.epsilon))
        logits.sub_(reference).exp_().mul_(pull)
    kept = (logits, pull[:, 0] - 1, *one, *other, -pull, against[0])
    return _result(case, losses[:, 0], len(losses), (first, second), kept)


def _units(views: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Unit rows [N, D], several views one after the other, and norms [N, 1]; None where a norm is zero, not finite, or its square
    might not be."""
    rows = views[0].detach() if len(views) == 1 else torch.cat([view.detach() for view in views])
    if rows.ndim == 3:
        rows = rows.flatten(0, 1)
    least, most = _SAFE[rows.dtype]
    norms = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    low, high = norms.aminmax()
    return (rows / norms, norms) if least < low.item() and high.item() < most else None


def _logits(unit: torch.Tensor, other: torch.Tensor, case: Case) -> tuple[torch.Tensor, bool]:
    """[N, C], and whether sums of their exponentials need no shift."""
    scale = 1 / as_float(case.temperature)
    return scaled_product(unit, other.T, scale), scale <= LINEAR_LIMIT[unit.dtype]


def _one_positive(
    logits: torch.Tensor, ends: torch.Tensor, case: Case, linear: bool, both: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Losses [N], J [N, C] and dl/d epsilon [N] of logits [N, C], which become J, where each row has one positive.

    ends: a view of the logits that holds the rows' positives in turn. Every form is log(e^-eps + e^{L- - s+}) then. both: the
    mean over a row's loss and its column's, for positives on the main diagonal.
    """
    pulled, epsilon = ends.flatten() if ends.ndim > 1 else ends.clone(), as_float(case.epsilon)
    ends.fill_(-torch.inf)
    back = push = others = None
    if linear:
        total = logits.exp_().sum(1)
        losses, pull = _from_gap(total.log().sub_(pulled), epsilon)
        rate = (pull / total).unsqueeze(1)
        if both:
            total = logits.sum(0)
            back, push = _from_gap(total.log().sub_(pulled), epsilon)
            rate = rate + push / total
        logits.mul_(rate)
    else:
        rows = logits.logsumexp(1)
        losses, pull = _from_gap(rows - pulled, epsilon)
        if both:
            columns = logits.logsumexp(0)
            back, push = _from_gap(columns - pulled, epsilon)
            others = (logits - columns).exp_().mul_(push)
        logits.sub_(rows.unsqueeze(1)).exp_().mul_(pull.unsqueeze(1))
        if others is not None:
            logits.add_(others)
    if back is not None and push is not None:
        losses, pull = losses.add_(back).mul_(0.5), pull.add_(push).mul_(0.5)
        logits.mul_(0.5)
    ends.sub_(pull.view_as(ends))
    return losses, logits, pull - 1 if case.in_epsilon else pull


def _from_gap(gap: torch.Tensor, epsilon: float) -> tuple[torch.Tensor, torch.Tensor]:
    """log(e^-eps + e^gap), to the last digits where it is near 0 too, and its derivative in the gap, which is used up."""
    if epsilon == torch.inf:
        return gap, torch.ones_like(gap)
    if epsilon > _FEW_LOGITS:
        losses = log_add_exp(-epsilon, gap)
        return losses, gap.add_(epsilon).sigmoid_()
    if epsilon:
        gap.add_(epsilon)
        return softplus(gap, threshold=_EXACT).sub_(epsilon), gap.sigmoid_()
    return softplus(gap, threshold=_EXACT), gap.sigmoid_()


def _result(
    case: Case, losses: torch.Tensor, count: int, inputs: Sequence[torch.Tensor], kept: tuple[torch.Tensor, ...]
) -> torch.Tensor:
    """The losses reduced over `count` anchors; with a gradient where one is asked for. kept: what `_SmallLoss` says."""
    value = losses if case.reduction == "none" else losses.sum()
    if case.reduction == "mean":
        value.div_(count)
    else:
        count = 1
    temperature, epsilon = (x if isinstance(x, torch.Tensor) and x.requires_grad else None for x in case[1:3])
    asked = temperature is not None or epsilon is not None or any(x.requires_grad for x in inputs)
    if asked and torch.is_grad_enabled():
        value = _SmallLoss.apply((value, case, count, kept), temperature, epsilon, *inputs)
    return _by_rows(value, len(inputs)) if case.reduction == "none" and len(kept) == 4 else value


def _by_rows(losses: torch.Tensor, views: int) -> torch.Tensor:
    """Losses of view after view in the order of the rows, views of one row next to each other."""
    return losses if views == 1 else losses.view(views, -1).T.flatten()


class _SmallLoss(torch.autograd.Function):
    """((value, case, anchors averaged over, kept), temperature, epsilon, *inputs) -> value; inputs: one tensor, views or towers.

    kept: J, dl/d epsilon, unit rows and norms; with towers also the other's unit rows and norms; with a queue J at the positives
    [N, 1] and the queue's unit rows besides. All is computed before, and `forward` takes the context: anything else costs more
    than a batch of 16 does.
    """

    @staticmethod
    def forward(ctx: Any, made: tuple[Any, ...], *inputs: torch.Tensor | None) -> torch.Tensor:
        value, ctx.case, ctx.count, kept = made
        ctx.save_for_backward(*inputs, *kept)
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        grad, places = gradients[0], len(ctx.needs_input_grad) - 1
        tensors = ctx.saved_tensors
        (temperature, epsilon, *inputs), (slope, by_epsilon, unit, norms, *other) = tensors[:places], tensors[places:]
        if torch.is_grad_enabled():
            return _differentiable(ctx, (temperature, epsilon, *inputs), grad)
        tau = as_float(ctx.case.temperature)
        step = 1 / (ctx.count * tau)
        # one gradient for all anchors is multiplied with the rows' norms at the end, several with J at the start
        weighted, scale = (slope * grad.unsqueeze(1), 1.0) if grad.ndim else (slope, grad)
        if other:
            in_unit, in_other = _in_towers(ctx, weighted, grad, step, unit, other)
        else:
            in_unit, in_other = scaled_product(weighted + weighted.T, unit, step), None
        in_rows, along = _in_rows(in_unit, unit, scale / norms)
        if other:
            found = (in_rows, None if in_other is None else _in_rows(in_other, other[0], scale / other[1])[0])
        elif len(inputs) > 1:
            found = in_rows.chunk(len(inputs))
        else:
            found = (in_rows.reshape(inputs[0].shape),)
        in_tau = in_epsilon = None
        if temperature is not None:
            in_tau = along.sum() * scale / (-tau if other else -2 * tau)
            in_tau = in_tau.reshape(temperature.shape).to(temperature)
        if epsilon is not None:
            in_epsilon = (by_epsilon * grad).sum().div_(ctx.count).reshape(epsilon.shape).to(epsilon)
        return None, in_tau, in_epsilon, *found


def _in_towers(
    ctx: Any, weighted: torch.Tensor, grad: torch.Tensor, step: float, unit: torch.Tensor, other: list[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """`step` times G w, and times what the other tower gets in place of it (None: not asked for)."""
    asked = ctx.needs_input_grad[4]
    if len(other) == 2:
        return scaled_product(weighted, other[0], step), scaled_product(weighted.T, unit, step) if asked else None
    pull = other[2] * (grad.unsqueeze(1) if grad.ndim else 1.0)
    in_unit = scaled_product(weighted, other[3], step).addcmul_(pull, other[0], value=step)
    return in_unit, pull * unit * step if asked else None


def _in_rows(in_unit: torch.Tensor, unit: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`scale` [N, 1] times the tangent part of a gradient, in its place; and its length along the unit rows, [N, 1]."""
    along = (in_unit * unit).sum(1, keepdim=True)
    return in_unit.addcmul_(along, unit, value=-1).mul_(scale), along


def _differentiable(ctx: Any, inputs: Sequence[torch.Tensor | None], grad: torch.Tensor) -> tuple[Any, ...]:
    """The gradients with a graph of their own, from the loss the general way."""
    case = ctx.case
    temperature, epsilon, *views = inputs
    value = case.again(
        views, case.temperature if temperature is None else temperature, case.epsilon if epsilon is None else epsilon
    )
    if case.reduction == "none" and len(ctx.saved_tensors) == len(inputs) + 4:
        value = value.view(-1, len(views)).T.flatten()
    wanted: Any = [x for x, asked in zip(inputs, ctx.needs_input_grad[1:], strict=True) if asked]
    found = iter(torch.autograd.grad(value, wanted, grad, create_graph=True, materialize_grads=True))
    return None, *(next(found) if asked else None for asked in ctx.needs_input_grad[1:])
