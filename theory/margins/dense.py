"""The pair engine for few pairs: the whole logit matrix at once, every exponential taken once and kept for the gradient.

The losses and derivatives are those of `theory.margins.pairs`, whose table names r_i, a_i and q_ip. The forward pass leaves
J_ij = dl_i/ds_ij [N, N + M]; the gradient of sum_i grad_i l_i in the logits is G = Diag(grad) J, in the anchors
(G + G^T) A over the anchors' part and G K over the keys'. With matrices that fit a core's cache this costs a third of what the
tiles do, whose many small operations pay only once a matrix no longer fits.
"""

from __future__ import annotations

import math

import torch

from contrastive_claims.theory.margins.inputs import Batch
from contrastive_claims.theory.margins.precision import add_product, full_precision, product
from contrastive_claims.theory.margins.running import Options, log_add_exp

# Pairs up to which the dense matrices beat the tiles (measured on one core; there is no reason to keep a GPU from 64 MB)
MOST_PAIRS = {"cpu": 768**2, "cuda": 4096**2}


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
    count = positives.clamp(min=1).to(logits)[:, None]
    losses, slope, in_epsilon = losses_and_slope(logits, same, count, options)
    if form == "infonce":
        return losses, slope, in_epsilon
    lonely = positives == 0
    return losses.masked_fill_(lonely, 0), slope.masked_fill_(lonely[:, None], 0), in_epsilon


def losses_and_slope(
    logits: torch.Tensor, same: torch.Tensor, count: torch.Tensor, options: Options
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Losses [N], J [N, C] and dl/d epsilon [N] (asked for; else empty), of logits [N, C] and equal classes [N, C], both used up;
    count [N, 1] positives, 1 or more."""
    if options.form == "infonce":
        return _infonce(logits, same, count, options)
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
    logits: torch.Tensor, same: torch.Tensor, count: torch.Tensor, options: Options
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Losses [N], J and dl/d epsilon; `same` includes the anchors; both are used up (fresh pages cost more than arithmetic).

    An anchor without positives has loss 0 and no slope: sums over nothing.
    """
    if options.linear:
        terms = logits.exp_()
        push = terms.masked_fill(same, 0)
        total = push.sum(1, keepdim=True)
        push.div_(total)
        losses, pull = _ratios(torch.div(total, terms, out=terms), options.epsilon)
    else:
        negatives, push = _softmax(logits, same, False)
        gap = torch.sub(negatives[:, None], logits, out=logits)
        losses, pull = log_add_exp(-options.epsilon, gap), gap.add_(options.epsilon).sigmoid_()
    share = (same.fill_diagonal_(False) if options.among else same) / count
    pulled = pull.mul_(share).sum(1, keepdim=True)
    in_epsilon = pulled[:, 0] - 1 if options.in_epsilon else pulled.new_zeros(0)
    return losses.mul_(share).sum(1), push.mul_(pulled).sub_(pull), in_epsilon


def _ratios(ratio: torch.Tensor, epsilon: float) -> tuple[torch.Tensor, torch.Tensor]:
    """log(e^-eps + x) and x / (e^-eps + x) of x = e^{L- - s}, which is used up.

    At eps = 0 a loss near 0 keeps its digits: y = 1 + x as rounded has the error d = x - (y - 1), and log(1 + x) = log y + d/y.
    """
    total = ratio + math.exp(-epsilon)
    lost = None
    if not epsilon:
        lost = total - 1
        torch.sub(ratio, lost, out=lost).div_(total)
    ratio.div_(total)
    return total.log_() if lost is None else total.log_().add_(lost), ratio


def _supcon(
    logits: torch.Tensor, positive: torch.Tensor, count: torch.Tensor, options: Options
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Losses [N], J and dl/d epsilon; `logits` is used up."""
    share = positive / count
    pulled = (logits * share).sum(1)
    if options.epsilon:
        logits.add_(positive, alpha=-options.epsilon)
    if options.among:
        logits.fill_diagonal_(-torch.inf)
    reference, push = _softmax(logits, None, options.linear)
    in_epsilon = -(push * positive).sum(1) if options.in_epsilon else pulled.new_zeros(0)
    return reference.sub_(pulled), push.sub_(share), in_epsilon


def _supcon_in(
    logits: torch.Tensor, positive: torch.Tensor, count: torch.Tensor, linear: bool, among: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [N] and J; `logits` is used up. NaN for an anchor without positives."""
    if among:
        logits.fill_diagonal_(-torch.inf)
    inside, pull = _softmax(logits, ~positive, linear)
    reference, push = _softmax(logits, None, linear)
    return reference.sub_(inside).add_(count[:, 0].log()), push.sub_(pull)


def _softmax(logits: torch.Tensor, dropped: torch.Tensor | None, linear: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """LSE over each row's entries that are not `dropped` (None: all, and the logits are used up), [N], and their softmax, 0 at
    the others."""
    if linear:
        terms = logits.exp_() if dropped is None else logits.exp().masked_fill_(dropped, 0)
        total = terms.sum(1, keepdim=True)
        terms.div_(total)
        return total.log_()[:, 0], terms
    kept = logits if dropped is None else logits.masked_fill(dropped, -torch.inf)
    reference = kept.logsumexp(1)
    return reference, kept.sub_(reference[:, None]).exp_()
