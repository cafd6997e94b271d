"""The losses by their definition, in chunks of anchors, with autograd: whatever class labels alone do not express.

Pair masks and weights, a contrast set of one's own, hard-negative weights, and derivatives of any order. With w_ip the weight of
a positive pair, W_i its sum, v_ij the weight of a negative pair, and beta >= 0,

    L-_i = log sum_j v_ij e^{(1 + beta) s_ij} - log sum_j v_ij e^{beta s_ij} + log sum_j v_ij         (HCL; beta = 0: plain)
    infonce      (1/W_i) sum_p w_ip log(e^-eps + e^{L-_i - s_ip})
    supcon       log(sum_{p: w_ip > 0} e^{s_ip - eps} + e^{L-_i}) - (1/W_i) sum_p w_ip s_ip
    supcon_in    log(sum_{p: w_ip > 0} e^{s_ip} + e^{L-_i}) - log((1/W_i) sum_p w_ip e^{s_ip})

so that the closed gradient of L- is (1 + beta) softmax_j(log v + (1 + beta) s) - beta softmax_j(log v + beta s). Memory: the
weights [N, C] where they are given, and the logits of one chunk; each chunk is computed again in the backward pass. Under
torch.func all pairs are one chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.checkpoint import checkpoint

from contrastive_claims.theory.margins.precision import full_precision, product
from contrastive_claims.theory.margins.transforms import transformed

# Pairs whose logits are held at once; up to here nothing is computed twice
MOST_PAIRS = 4096**2


Weights = Callable[[slice], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Pairs:
    """Anchors [N, D] and candidates [C, D] in logit space, and which pairs count.

    weights: rows (a slice) to (w [n, C], v [n, C]), boolean or nonnegative. own_negatives: [M, D] for all anchors or
    [N, M, D], of weight 1, the only negatives where given.
    """

    anchors: torch.Tensor
    candidates: torch.Tensor
    weights: Weights
    own_negatives: torch.Tensor | None = None


def anchor_losses(
    pairs: Pairs, form: str, epsilon: float | torch.Tensor, beta: float | torch.Tensor, valid: torch.Tensor
) -> torch.Tensor:
    """Losses [N] in the order of the anchors; 0, with no gradient, where not `valid` [N]."""
    count, columns = len(pairs.anchors), max(1, len(pairs.candidates))
    if pairs.own_negatives is not None:
        columns += pairs.own_negatives.shape[-2]
    step = count if transformed() else max(1, MOST_PAIRS // columns)  # torch.func allows no checkpoint
    if step >= count:
        return _losses(pairs, slice(0, count), form, epsilon, beta, valid)
    parts = [
        checkpoint(
            _losses, pairs, slice(start, start + step), form, epsilon, beta, valid,
            use_reentrant=False, preserve_rng_state=False,
        )
        for start in range(0, count, step)
    ]  # fmt: skip
    return torch.cat(parts)


def by_labels(labels: torch.Tensor, key_labels: torch.Tensor, among: bool, own_keys: torch.Tensor | None) -> Weights:
    """The weights of pairs of equal and of different labels; own_keys [N]: the key that is the anchor itself, or -1."""
    columns = torch.cat([labels, key_labels]) if among else key_labels

    def weights(rows: slice) -> tuple[torch.Tensor, torch.Tensor]:
        same = labels[rows, None] == columns
        counted = not_itself(rows, len(labels), len(columns), among, own_keys, labels.device)
        return same & counted, ~same & counted

    return weights


def not_itself(
    rows: slice, anchors: int, columns: int, among: bool, own_keys: torch.Tensor | None, device: torch.device
) -> torch.Tensor:
    """Which candidates are not the anchor itself, [n, C]: nor as another anchor's candidate, nor as a key."""
    index = torch.arange(*rows.indices(anchors), device=device)
    places = torch.arange(columns, device=device)
    counted = index[:, None] != places if among else torch.ones(len(index), columns, dtype=torch.bool, device=device)
    if own_keys is not None:
        own = own_keys[rows] + (anchors if among else 0)
        counted = counted & ((own[:, None] != places) | (own_keys[rows, None] < 0))
    return counted


def _losses(
    pairs: Pairs,
    rows: slice,
    form: str,
    epsilon: float | torch.Tensor,
    beta: float | torch.Tensor,
    valid: torch.Tensor,
) -> torch.Tensor:
    anchors, useful = pairs.anchors[rows], valid[rows]
    with full_precision(anchors.device):
        logits = product(anchors, pairs.candidates.T)
        positive, negative = pairs.weights(rows)
        against, reweighted = logits, negative
        if pairs.own_negatives is not None:
            own = pairs.own_negatives
            if own.ndim == 2:
                against = product(anchors, own.T)
            else:
                against = torch.einsum("nd,nmd->nm", anchors.double(), own[rows].double()).to(anchors.dtype)
            reweighted = torch.ones_like(against, dtype=torch.bool)
    # an anchor left out gets numbers that have derivatives, which the last line drops
    negatives = _log_sum(against, reweighted, 1 + beta)
    if isinstance(beta, torch.Tensor) or beta:
        counts = reweighted.sum(1).to(logits).log()
        negatives = negatives + (counts - _log_sum(against, reweighted, beta)).masked_fill(counts == -torch.inf, 0)
    negatives = negatives.masked_fill(~useful, 0)
    total = positive.sum(1).to(logits).masked_fill(~useful, 1)
    share = positive / total[:, None]
    if form == "infonce":
        terms = torch.logaddexp(_number(-epsilon, logits), negatives[:, None] - logits)
        losses = (terms.masked_fill(positive == 0, 0) * share).sum(1)
    else:
        inside = _log_sum(logits, positive > 0).masked_fill(~useful, 0)
        reference = torch.logaddexp(inside - epsilon, negatives)
        if form == "supcon":
            losses = reference - (logits * share).sum(1)
        else:
            losses = reference - _log_sum(logits, positive).masked_fill(~useful, 0) + total.log()
    return losses.masked_fill(~useful, 0)


def _number(value: float | torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return value.to(like) if isinstance(value, torch.Tensor) else torch.full((), value, dtype=like.dtype).to(like)


def _log_sum(logits: torch.Tensor, weights: torch.Tensor, scale: float | torch.Tensor = 1.0) -> torch.Tensor:
    """log sum_j w_j e^{scale s_j} of every row, -infinity (without a gradient) for a row without weight."""
    none = (weights > 0).sum(1) == 0
    terms = logits if isinstance(scale, float | int) and scale == 1 else logits * scale
    if weights.dtype != torch.bool:
        terms = terms + weights.where(weights > 0, 1).to(terms).log()
    terms = terms.masked_fill(weights == 0, -torch.inf).masked_fill(none[:, None], 0)
    if not terms.shape[1]:
        return terms.sum(1) - torch.inf
    return terms.logsumexp(1).masked_fill(none, -torch.inf)
