"""Methods: from what the network makes of a batch to a loss. One interface for all of them.

Every loss is a weighted mean over the samples of the batch on all ranks, so that reweighting classes and several processes
need no second formula; the penalties of paper A compare all embeddings of the batch, on every rank.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from contrastive_claims.experiments.training.presets import CLASSIFIERS, Method, Penalty
from contrastive_claims.theory.margins import (
    bias_balanced,
    bias_contrastive,
    end,
    entangle_disentangle,
    eps_sup_con,
    eps_sup_infonce,
    fair_kl,
    nt_xent,
    released_terms,
    sup_con,
)
from contrastive_claims.theory.margins.distributed import anchor_losses, gather, mean_over_ranks, world

CONTRASTIVE: dict[str, Callable[..., Tensor]] = {
    "simclr": nt_xent,
    "bcl": nt_xent,
    "sup-con": sup_con,
    "eps-sup-con": eps_sup_con,
    "eps-sup-infonce": eps_sup_infonce,
}
SELF_SUPERVISED = ("simclr", "bcl", "simsiam")


def objective(
    method: Method,
    features: Tensor,
    embeddings: Tensor,
    labels: Tensor,
    bias: Tensor | None,
    rows: Tensor,
    weights: Tensor,
    prior: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """(loss, losses by sample [B], detached): the method's loss on this rank's part of a batch.

    features [V B, F] and embeddings [V B, ...]: of the network, views first (encoders.Network). labels [B]; bias [B] or
    None; rows [B] distinct sample numbers (the labels of self-supervised methods); weights [B], of the samples in the mean;
    prior: of the training set (theory.margins.log_prior), which bias-balanced needs.
    The gradient is scaled for DistributedDataParallel, which averages it over the ranks.

    Raises ValueError where no sample has a positive, and for a penalty, or bias-balanced, without bias labels.
    """
    views = len(features) // len(labels)
    name = method.name
    if name == "cross-entropy":
        losses = functional.cross_entropy(embeddings, labels.repeat(views), reduction="none")
        valid = torch.ones_like(losses)
    elif name == "bias-balanced":
        if bias is None or prior is None:
            raise ValueError("bias: bias-balanced needs a data set with bias attributes")
        losses = bias_balanced(embeddings, labels.repeat(views), bias.repeat(views), prior)
        valid = torch.ones_like(losses)
    elif name == "simsiam":
        losses, valid = _simsiam(embeddings), torch.ones_like(labels.repeat(2))
    else:
        loss = partial(CONTRASTIVE[name], temperature=method.temperature, validate=False)
        if name.startswith("eps"):
            loss = partial(loss, epsilon=method.epsilon)
        names = (rows if name in SELF_SUPERVISED else labels).repeat(views)
        losses, valid = anchor_losses(loss, embeddings, names)
    mean = mean_over_ranks(losses, weights.repeat(views) * valid.to(weights.dtype), averaged=True)
    total = method.weight * mean
    if method.penalty is not None:
        penalty = method.penalty
        vectors = features if penalty.layer == "features" else compared(method.name, features, embeddings)
        if penalty.view == "first":
            vectors = vectors[: len(labels)]
        total = total + penalty.weight * _penalty(penalty, vectors, labels, bias, len(vectors) // len(labels))
    return total, losses.detach().reshape(views, -1).mean(0)


def usable(method: Method, labels: np.ndarray) -> bool:
    """Whether the loss is defined on a batch of these labels [B], of all ranks together: a supervised contrastive loss needs
    a negative and a positive, so two classes, and two views of some class. The others take any batch."""
    if method.name in SELF_SUPERVISED or method.name in CLASSIFIERS:
        return True
    counts = np.unique(labels, return_counts=True)[1]
    return len(counts) > 1 and bool(counts.max() * method.views > 1)


def compared(name: str, features: Tensor, embeddings: Tensor) -> Tensor:
    """The vectors [N, D] whose directions a method trains: a classifier's features, SimSiam's projections, else the
    embeddings as they are."""
    if name in CLASSIFIERS:
        return features
    return embeddings[:, 0] if name == "simsiam" else embeddings


def _simsiam(embeddings: Tensor) -> Tensor:
    """SimSiam: minus the cosine between the prediction from one view and the projection of the other, which is held fixed
    (Chen and He 2021, eq. 1 and 2): [2B] from projections and predictions [2B, 2, D]."""
    projections, predictions = embeddings.unbind(1)
    first, second = projections.detach().chunk(2)
    return -functional.cosine_similarity(predictions, torch.cat([second, first]), dim=1)


def _penalty(penalty: Penalty, embeddings: Tensor, labels: Tensor, bias: Tensor | None, views: int) -> Tensor:
    """The regulariser over the batch of all ranks; a term without the pairs that it needs is 0 (at rho = .999 most are).

    Every rank computes the whole penalty; the gather's backward pass adds the ranks' equal gradients, and
    DistributedDataParallel divides by their number again.
    """
    if bias is None:
        raise ValueError("bias: the penalty needs a data set with bias attributes")
    labels, bias = labels.repeat(views), bias.repeat(views)
    if world()[1] > 1:
        embeddings, labels, bias = (gather(part)[0] for part in (embeddings, labels, bias))
    if penalty.terms:
        found = released_terms(embeddings, labels, bias, validate=False)
        return torch.stack([found[term] for term in penalty.terms]).sum()
    if penalty.name == "entangle":
        return torch.stack(entangle_disentangle(embeddings, labels, bias, validate=False)).sum()
    if penalty.name == "bias-contrast":
        return bias_contrastive(embeddings, labels, bias, validate=False)
    function: Any = {"end": end, "fair_kl": fair_kl}[penalty.name]
    if penalty.symmetric:
        function = partial(function, symmetric=True)
    if penalty.variance_floor is not None:
        function = partial(function, variance_floor=penalty.variance_floor)
    return function(embeddings, labels, bias, variant=penalty.variant, no_pairs="zero", validate=False)
