"""The common small batch in as few operations as there are: normalisation, loss, average and their gradient in one function.

A batch of some hundred rows on a CPU costs what its operations cost to start, not what they compute. Labels and nothing else,
every anchor with a positive and a negative, fixed temperature and epsilon: then the losses and J = dl/ds are those of
`theory.margins.dense`, and with u = z / |z|, G = Diag(grad) J the gradient is

    dL/du = (G + G^T) u / temperature,      dL/dz = (dL/du - <dL/du, u> u) / |z|.

Whatever else comes goes the general way, and so does the gradient where a graph of it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from theory.margins import dense
from theory.margins.precision import full_precision, product
from theory.margins.running import Options

_SAFE = {
    torch.float32: (1e-15, 1e15),
    torch.float64: (1e-150, 1e150),
}  # norms whose squares neither over- nor underflow
LINEAR_LIMIT = {torch.float32: 40.0, torch.float64: 300.0}


def loss(
    form: str,
    epsilon: float,
    embeddings: torch.Tensor,
    labels: torch.Tensor,
    temperature: float,
    mean: bool,
    no_positives: str,
) -> torch.Tensor | None:
    """The mean (or the losses [N]) of rows [N, D] with int64 labels [N]; None where the batch is not of this kind.

    Temperature and epsilon are checked numbers.
    """
    count = len(embeddings)
    if embeddings.dtype not in _SAFE or embeddings.device.type != "cpu" or count**2 > dense.MOST_PAIRS.get("cpu", 0):
        return None
    least, most = _SAFE[embeddings.dtype]
    with torch.no_grad():
        norms = torch.linalg.vector_norm(embeddings.detach(), dim=1, keepdim=True)
        low, high = norms.aminmax()
        if not (least < low.item() and high.item() < most):
            return None
        same = labels[:, None] == labels
        sizes = same.sum(1)
        fewest, largest = sizes.aminmax()
        if largest.item() in (1, count):
            return None
        lonely = None
        if fewest.item() < 2:
            if no_positives == "raise" or (no_positives == "skip" and not mean):
                return None
            lonely = sizes == 1
        share = count if lonely is None or no_positives == "zero" else count - int(lonely.sum())
    linear = 1 / temperature <= LINEAR_LIMIT[embeddings.dtype]
    options = (Options(form, epsilon, linear, True, False), temperature, share if mean else 0, no_positives)
    return _SmallLoss.apply(embeddings, norms, same, sizes, lonely, labels, options)[0]


class _SmallLoss(torch.autograd.Function):
    """(embeddings, norms, same, class sizes, lonely, labels, (options, temperature, anchors averaged over or 0,
    no_positives)) -> loss, J and unit rows."""

    @staticmethod
    def forward(
        embeddings: torch.Tensor,
        norms: torch.Tensor,
        same: torch.Tensor,
        sizes: torch.Tensor,
        lonely: torch.Tensor | None,
        labels: torch.Tensor,
        options: tuple[Options, float, int, str],
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        form, temperature, share, _ = options
        unit = embeddings / norms
        with full_precision(embeddings.device):
            logits = product(unit, unit.T).mul_(1 / temperature)
        count = sizes - 1 if lonely is None else (sizes - 1).clamp_(min=1)
        losses, slope = dense.losses_and_slope(logits, same, count.to(unit.dtype), form)
        if lonely is not None:
            losses, slope = losses.masked_fill_(lonely, 0), slope.masked_fill_(lonely[:, None], 0)
        return losses.sum() / share if share else losses, slope, unit

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        embeddings, norms, _, _, _, labels, ctx.options = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(embeddings, norms, labels, *output[1:])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        embeddings, norms, labels, slope, unit = ctx.saved_tensors
        (_, temperature, share, _), grad = ctx.options, gradients[0]
        none = (None,) * 6
        if torch.is_grad_enabled():
            return _differentiable(embeddings, labels, ctx.options, grad), *none
        pairs_grad = slope * (grad / share if share else grad[:, None])
        with full_precision(unit.device):
            in_unit = product(pairs_grad.add_(pairs_grad.T.clone()), unit)
        in_unit.sub_((in_unit * unit).sum(1, keepdim=True) * unit)
        return in_unit.mul_(1 / temperature).div_(norms), *none


def _differentiable(
    embeddings: torch.Tensor, labels: torch.Tensor, options: tuple[Options, float, int, str], grad: torch.Tensor
) -> torch.Tensor:
    from theory.margins.general import loss_of

    again: Callable[..., torch.Tensor] = loss_of
    (form, temperature, _, no_positives), reduction = options, "mean" if options[2] else "none"
    value = again(
        form.form, form.epsilon, embeddings, labels, temperature,
        reduction=reduction, no_positives=no_positives, may_be_small=False,
    )  # fmt: skip
    return torch.autograd.grad(value, embeddings, grad, create_graph=True)[0]
