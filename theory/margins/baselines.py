"""Debiasing losses that paper A's table on Biased-MNIST compares with: EnD, BiasCon and BiasBal, as their authors compute them.

Each sample has a class y and a bias attribute b, both known. Conventions as in `theory.margins.debiasing`: embeddings [N, D] or
[B, V, D] views with labels and bias [B]; normalised inside; float32 or better; ValueError, naming the argument, for bad input.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float

from contrastive_claims.theory.margins.debiasing import cosines_of, prepared
from contrastive_claims.theory.margins.inputs import check_labels, check_logits, check_positive


def entangle_disentangle(
    embeddings: torch.Tensor, labels: Any, bias: Any, validate: bool = True
) -> tuple[Float[torch.Tensor, ""], Float[torch.Tensor, ""]]:
    """EnD's two terms (disentangling, entangling), over unordered pairs i < j with cosines g_ij:

        (1/M) sum_b | sum_{i<j: b_i = b_j = b} g_ij |,  M pairs of equal bias, of any class
        mean over pairs of equal class and different bias of (1 - g_ij) / 2

    The first decorrelates samples that share a bias, the second pulls a class's biases together; each is 0 where it has no pair.
    Their weights are alpha and beta there. Source: Tartaglione, Barbano and Grangetto 2021, in the form of their code (the
    absolute value around the sum, so that cosines of either sign cancel). It is not the squared gap of means that paper A's
    Eq. 9-a and 9-b describe, which is `debiasing.end`. Raises ValueError for bad input (module).
    """
    vectors, labels, bias = prepared(embeddings, labels, bias, validate)
    above = torch.ones(len(vectors), len(vectors), dtype=torch.bool, device=vectors.device).triu(1)
    gram = cosines_of(vectors)
    same_class, same_bias = labels[:, None] == labels, bias[:, None] == bias
    own = gram.where(same_bias & above, 0).sum(1)
    _, numbered = bias.unique(return_inverse=True)
    by_bias = own.new_zeros(len(own)).index_add(0, numbered, own)
    disentangling = by_bias.abs().sum() / (same_bias & above).sum().clamp(min=1)
    pulled = same_class & ~same_bias & above
    entangling = ((1 - gram) / 2).where(pulled, 0).sum() / pulled.sum().clamp(min=1)
    return disentangling, entangling


def bias_contrastive(
    embeddings: torch.Tensor, labels: Any, bias: Any, temperature: float = 0.07, validate: bool = True
) -> Float[torch.Tensor, ""]:
    """BiasCon: SupCon whose positives have the anchor's class and another bias; all other samples stand in the denominator.

        mean over all anchors i of -(1/P_i) sum_{p: y_p = y_i, b_p != b_i} log( e^{s_ip} / sum_{k != i} e^{s_ik} )

    with logits s = cosine / temperature; an anchor without such a positive counts 0 in the mean. Its authors add
    cross-entropy, and draw its batches with rare (class, bias) pairs more often, which is no part of the loss.
    Source: Hong and Yang 2021, in the form of their code. Raises ValueError for bad input (module), and a temperature not
    positive or so low that logits become infinite.
    """
    check_positive("temperature", temperature)
    vectors, labels, bias = prepared(embeddings, labels, bias, validate)
    check_logits(temperature, vectors.dtype)
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    logits = cosines_of(vectors) / temperature
    log_shares = logits - logits.masked_fill(itself, -torch.inf).logsumexp(1, keepdim=True)
    positives = (labels[:, None] == labels) & (bias[:, None] != bias)
    return -(log_shares.where(positives, 0).sum(1) / positives.sum(1).clamp(min=1)).mean()


def log_prior(labels: Any, bias: Any, classes: int | None = None) -> Float[torch.Tensor, "biases classes"]:
    """log p(y | b) of a training set, from its counts: -inf for a pair that does not occur, 0 for a row without samples.

    Raises ValueError for no labels at all, labels or bias that are no whole numbers from 0 on, labels from `classes` on, and
    numbers so large that the table would have more than 10^7 entries.
    """
    labels = check_labels("labels", labels, len(labels), torch.device("cpu"))
    bias = check_labels("bias", bias, len(labels), labels.device)
    if not len(labels):
        raise ValueError("labels: none, and a prior needs some")
    if int(labels.min()) < 0 or int(bias.min()) < 0 or int(labels.max()) >= (classes or int(labels.max()) + 1):
        raise ValueError(
            "labels: the prior needs whole numbers from 0 on, below the number of classes, and such biases"
        )
    size = int(bias.max()) + 1, classes or int(labels.max()) + 1
    if size[0] * size[1] > 10_000_000:
        raise ValueError(
            f"labels, bias: a table of {size[0]} x {size[1]} counts is too large; number both without gaps"
        )
    counts = torch.zeros(size, dtype=torch.float64)
    counts.index_put_((bias, labels), torch.ones(len(labels), dtype=torch.float64), accumulate=True)
    totals = counts.sum(1, keepdim=True)
    return torch.where(totals > 0, counts / totals.clamp(min=1), 1.0).log()


def bias_balanced(
    logits: torch.Tensor, labels: torch.Tensor, bias: torch.Tensor, prior: torch.Tensor
) -> Float[torch.Tensor, " samples"]:
    """BiasBal: cross-entropy of logits f + log p(y | b), [N] losses in nats; prior: `log_prior` of the training set.

    Trained so, f alone predicts as if every bias were equally frequent in every class: softmax(f) is proportional to
    p(y | x, b) / p(y | b). Source: Hong and Yang 2021, without their floor of 1e-9 under p (the true pair always occurs).
    Raises ValueError for a prior of another number of classes, labels or bias of another length than the logits or beyond the
    prior, and a pair (label, bias) that it gives no chance.
    """
    if logits.ndim != 2:
        raise ValueError(f"logits: must be [N, classes], got shape {tuple(logits.shape)}")
    if prior.ndim != 2 or prior.shape[1] != logits.shape[1]:
        raise ValueError(f"prior: must have {logits.shape[1]} classes, as the logits, got shape {tuple(prior.shape)}")
    for name, codes, count in (("labels", labels, logits.shape[1]), ("bias", bias, len(prior))):
        if codes.shape != logits.shape[:1] or (len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < count):
            raise ValueError(
                f"{name}: must be {len(logits)} whole numbers from 0 to {count - 1}, as logits and prior have it"
            )
    added = prior.to(logits.device, logits.dtype)[bias]
    if bool(torch.isinf(added.gather(1, labels[:, None])).any()):
        raise ValueError("prior: a sample's class has no chance under its bias; the prior is of another training set")
    return torch.nn.functional.cross_entropy(logits + added, labels, reduction="none")
