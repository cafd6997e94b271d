"""Losses of two papers, written from their formulas: textbook code with dense matrices, independent of theory.margins."""

from __future__ import annotations

import torch


def supcontrast(features: torch.Tensor, labels: torch.Tensor, temperature: float = 0.07) -> torch.Tensor:
    """Khosla et al. 2020, eq. 2, as SupContrast computes it: features [b, views, d] taken as they are, labels [b].

    Of its released code: the factor tau/0.07, the row's largest logit (the anchor's own included) subtracted first, 1e-9 inside
    the logarithm after that, the mean over all anchors; an anchor without positives is 0/0.
    """
    rows = torch.cat(features.unbind(1))
    classes = labels.repeat(features.shape[1])
    logits = rows @ rows.T / temperature
    logits = logits - logits.max(1, keepdim=True).values.detach()
    others = ~torch.eye(len(rows), dtype=torch.bool)
    positives = (classes[:, None] == classes) & others
    log_total = ((logits.exp() * others).sum(1, keepdim=True) + 1e-9).log()
    shares = (positives * (logits - log_total)).sum(1) / positives.sum(1)
    return -temperature / 0.07 * shares.mean()


def sincere(embeddings: torch.Tensor, labels: torch.Tensor, temperature: float = 0.1) -> torch.Tensor:
    """Feeney and Hughes 2023: of every anchor and positive, the InfoNCE of that positive among the negatives alone, the mean over
    the positives and then over the anchors. [n, d] rows, normalised first."""
    unit = torch.nn.functional.normalize(embeddings, dim=1)
    logits = unit @ unit.T / temperature
    same = labels[:, None] == labels
    positives = same & ~torch.eye(len(unit), dtype=torch.bool)
    against = logits.masked_fill(same, -torch.inf).logsumexp(1, keepdim=True)
    terms = torch.logaddexp(logits, against) - logits
    return (terms.where(positives, 0).sum(1) / positives.sum(1)).mean()
