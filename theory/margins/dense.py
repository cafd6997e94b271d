"""The pair engine for few pairs: the whole logit matrix at once, every exponential taken once and kept for the gradient.

The losses and derivatives are those of `theory.margins.pairs`, whose table names r_i, a_i and q_ip. The forward pass leaves
J_ij = dl_i/ds_ij [N, N + M]; the gradient of sum_i grad_i l_i in the logits is G = Diag(grad) J, in the anchors
(G + G^T) A over the anchors' part and G K over the keys'. With matrices that fit a core's cache this costs a third of what the
tiles do, whose many small operations pay only once a matrix no longer fits.
"""

from __future__ import annotations

from typing import Any

import torch

from theory.margins.inputs import Batch
from theory.margins.running import NO_SECOND_DERIVATIVE, log_add_exp
from theory.margins.tiles import full_precision

# Pairs up to which the dense matrices beat the tiles (measured on one core; there is no reason to keep a GPU from 64 MB)
MOST_PAIRS = {"cpu": 640**2, "cuda": 4096**2}


def fits(batch: Batch) -> bool:
    """Whether the whole logit matrix is the faster way; its memory is bounded by MOST_PAIRS, so O(N) stays true beyond."""
    rows, columns = len(batch.anchors), len(batch.anchors) + len(batch.keys)
    return rows * columns <= MOST_PAIRS.get(batch.anchors.device.type, 0)


def anchor_losses(batch: Batch, form: str, epsilon: float, linear: bool) -> torch.Tensor:
    """Losses [N] as `theory.margins.pairs.anchor_losses`; linear: sums of e^logit stay inside the dtype's range."""
    labels = torch.cat([batch.labels, batch.key_labels]) if len(batch.keys) else batch.labels
    options = (form, epsilon, linear)
    return _DenseLosses.apply(batch.anchors, batch.keys, batch.labels, labels, batch.positives, options)[0]


class _DenseLosses(torch.autograd.Function):
    """(anchors, keys, labels, labels of anchors and keys, positives, options) -> losses [N] and J [N, N + M]."""

    @staticmethod
    def forward(
        anchors: torch.Tensor,
        keys: torch.Tensor,
        labels: torch.Tensor,
        all_labels: torch.Tensor,
        positives: torch.Tensor,
        options: tuple[str, float, bool],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        form, epsilon, linear = options
        with full_precision(anchors.device):
            logits = anchors @ (torch.cat([anchors, keys]) if len(keys) else anchors).T
        same = labels[:, None] == all_labels
        count = positives.clamp(min=1).to(logits)
        if form == "infonce":
            return _infonce(logits, same, count, epsilon, linear)
        if form == "supcon":
            losses, slope = _supcon(logits, same.fill_diagonal_(False), count, epsilon, linear)
        else:
            losses, slope = _supcon_in(logits, same.fill_diagonal_(False), count, linear)
        lonely = positives == 0
        return losses.masked_fill_(lonely, 0), slope.masked_fill_(lonely[:, None], 0)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        anchors, keys, *_ = inputs
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(anchors, keys, output[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        # grad mode is on in here only where a graph of the gradient is asked for
        gradient = _DenseGradient.apply if torch.is_grad_enabled() else _gradient
        anchors_grad, keys_grad = gradient(gradients[0], *ctx.saved_tensors)
        return anchors_grad, keys_grad, None, None, None, None


class _DenseGradient(torch.autograd.Function):
    """`_gradient`, and the refusal of its derivative."""

    @staticmethod
    def forward(
        grad: torch.Tensor, anchors: torch.Tensor, keys: torch.Tensor, slope: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return _gradient(grad, anchors, keys, slope)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *_: Any) -> None:
        raise RuntimeError(NO_SECOND_DERIVATIVE)


def _gradient(
    grad: torch.Tensor, anchors: torch.Tensor, keys: torch.Tensor, slope: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradient of sum_i grad_i loss_i with respect to anchors and keys."""
    with full_precision(anchors.device):
        pairs_grad = slope * grad[:, None]
        if not len(keys):
            return (pairs_grad + pairs_grad.T) @ anchors, torch.zeros_like(keys)
        among, across = pairs_grad[:, : len(anchors)], pairs_grad[:, len(anchors) :]
        return ((among + among.T) @ anchors).addmm_(across, keys), across.T @ anchors


def _infonce(
    logits: torch.Tensor, same: torch.Tensor, count: torch.Tensor, epsilon: float, linear: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [N] and J; `same` includes the anchors themselves; both are used up (fresh pages cost more than arithmetic).

    An anchor without positives has loss 0 and no slope: sums over nothing.
    """
    negatives, push = _softmax(logits, same, linear)
    neither = same.fill_diagonal_(False).logical_not_()
    gap = logits.neg_().add_(negatives[:, None])
    losses = log_add_exp(-epsilon, gap).masked_fill_(neither, 0).sum(1) / count
    pull = gap.add_(epsilon).sigmoid_().masked_fill_(neither, 0).div_(count[:, None])
    return losses, push.mul_(pull.sum(1, keepdim=True)).sub_(pull)


def _supcon(
    logits: torch.Tensor, positive: torch.Tensor, count: torch.Tensor, epsilon: float, linear: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [N] and J; `logits` is used up."""
    share = positive / count[:, None]
    pulled = (logits * share).sum(1)
    if epsilon:
        logits.sub_(positive.to(logits).mul_(epsilon))
    reference, push = _softmax(logits.fill_diagonal_(-torch.inf), None, linear)
    return reference - pulled, push.sub_(share)


def _supcon_in(
    logits: torch.Tensor, positive: torch.Tensor, count: torch.Tensor, linear: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [N] and J; `logits` is used up. NaN for an anchor without positives."""
    reference, push = _softmax(logits.fill_diagonal_(-torch.inf), None, linear)
    inside, pull = _softmax(logits, ~positive, linear)
    return reference - inside + count.log(), push.sub_(pull)


def _softmax(logits: torch.Tensor, dropped: torch.Tensor | None, linear: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """LSE over each row's entries that are not `dropped` (None: all), [N], and their softmax, 0 at the others."""
    if linear:
        terms = logits.exp()
        if dropped is not None:
            terms.masked_fill_(dropped, 0)
        total = terms.sum(1)
        return total.log(), terms.div_(total[:, None])
    kept = logits.clone() if dropped is None else logits.masked_fill(dropped, -torch.inf)
    reference = kept.logsumexp(1)
    return reference, kept.sub_(reference[:, None]).exp_()
