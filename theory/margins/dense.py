"""The pair engine for few pairs: the whole logit matrix at once, every exponential taken once and kept for the gradient.

The losses and derivatives are those of `theory.margins.pairs`, whose table names r_i, a_i and q_ip. The forward pass leaves
J_ij = dl_i/ds_ij [N, N + M]; the gradient of sum_i grad_i l_i in the logits is G = Diag(grad) J, in the anchors
(G + G^T) A over the anchors' part and G K over the keys'. With matrices that fit a core's cache this costs a third of what the
tiles do, whose many small operations pay only once a matrix no longer fits.
"""

from __future__ import annotations

import torch

from theory.margins.inputs import Batch
from theory.margins.precision import add_product, full_precision, product
from theory.margins.running import Options, log_add_exp

# Pairs up to which the dense matrices beat the tiles (measured on one core; there is no reason to keep a GPU from 64 MB)
MOST_PAIRS = {"cpu": 640**2, "cuda": 4096**2}


def fits(batch: Batch) -> bool:
    """Whether the whole logit matrix is the faster way; its memory is bounded by MOST_PAIRS, so O(N) stays true beyond."""
    rows, columns = len(batch.anchors), len(batch.keys) + (len(batch.anchors) if batch.among else 0)
    return rows * columns <= MOST_PAIRS.get(batch.anchors.device.type, 0)


def forward(
    anchors: torch.Tensor,
    keys: torch.Tensor,
    labels: torch.Tensor,
    key_labels: torch.Tensor,
    positives: torch.Tensor,
    options: Options,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Losses [N], J [N, N + M] ([N, M] where the anchors are not compared) and dl_i/d epsilon [N] (asked for; else empty)."""
    form, among = options.form, options.among
    everyone, all_labels = (anchors, labels) if among else (keys, key_labels)
    if among and len(keys):
        everyone, all_labels = torch.cat([anchors, keys]), torch.cat([labels, key_labels])
    with full_precision(anchors.device):
        logits = product(anchors, everyone.T)
    same = labels[:, None] == all_labels
    count = positives.clamp(min=1).to(logits)
    losses, slope, in_epsilon = _by_form(logits, same, count, options)
    if form == "infonce":
        return losses, slope, in_epsilon
    lonely = positives == 0
    return losses.masked_fill_(lonely, 0), slope.masked_fill_(lonely[:, None], 0), in_epsilon


def losses_and_slope(
    logits: torch.Tensor, same: torch.Tensor, count: torch.Tensor, options: Options
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [N] and J [N, N] from logits [N, N] and equal classes [N, N], both used up; count [N] positives, 1 or more."""
    losses, slope, _ = _by_form(logits, same, count, options)
    return losses, slope


def _by_form(
    logits: torch.Tensor, same: torch.Tensor, count: torch.Tensor, options: Options
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    if options.form == "infonce":
        return _infonce(logits, same, count, options.epsilon, options.linear, options.among)
    if options.among:
        same.fill_diagonal_(False)
    if options.form == "supcon":
        return _supcon(logits, same, count, options)
    losses, slope = _supcon_in(logits, same, count, options.linear, options.among)
    return losses, slope, losses.new_zeros(0)


def gradient(
    grad: torch.Tensor, anchors: torch.Tensor, keys: torch.Tensor, slope: torch.Tensor, among: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradient of sum_i grad_i loss_i with respect to anchors and keys."""
    with full_precision(anchors.device):
        pairs_grad = slope * grad[:, None]
        if not among:
            return product(pairs_grad, keys), product(pairs_grad.T, anchors)
        if not len(keys):
            return product(pairs_grad + pairs_grad.T, anchors), torch.zeros_like(keys)
        within, across = pairs_grad[:, : len(anchors)], pairs_grad[:, len(anchors) :]
        return add_product(product(within + within.T, anchors), across, keys), product(across.T, anchors)


def _infonce(
    logits: torch.Tensor, same: torch.Tensor, count: torch.Tensor, epsilon: float, linear: bool, among: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Losses [N], J and dl/d epsilon; `same` includes the anchors; both are used up (fresh pages cost more than arithmetic).

    An anchor without positives has loss 0 and no slope: sums over nothing.
    """
    negatives, push = _softmax(logits, same, linear)
    neither = (same.fill_diagonal_(False) if among else same).logical_not_()
    gap = logits.neg_().add_(negatives[:, None])
    losses = log_add_exp(-epsilon, gap).masked_fill_(neither, 0).sum(1) / count
    pull = gap.add_(epsilon).sigmoid_().masked_fill_(neither, 0).div_(count[:, None])
    pulled = pull.sum(1, keepdim=True)
    return losses, push.mul_(pulled).sub_(pull), pulled[:, 0] - 1


def _supcon(
    logits: torch.Tensor, positive: torch.Tensor, count: torch.Tensor, options: Options
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Losses [N], J and dl/d epsilon; `logits` is used up."""
    share = positive / count[:, None]
    pulled = (logits * share).sum(1)
    if options.epsilon:
        logits.sub_(positive.to(logits).mul_(options.epsilon))
    if options.among:
        logits.fill_diagonal_(-torch.inf)
    reference, push = _softmax(logits, None, options.linear)
    in_epsilon = -(push * positive).sum(1) if options.in_epsilon else pulled.new_zeros(0)
    return reference - pulled, push.sub_(share), in_epsilon


def _supcon_in(
    logits: torch.Tensor, positive: torch.Tensor, count: torch.Tensor, linear: bool, among: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [N] and J; `logits` is used up. NaN for an anchor without positives."""
    if among:
        logits.fill_diagonal_(-torch.inf)
    reference, push = _softmax(logits, None, linear)
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
