"""Checks of what others' losses are, and ours: each is recognised by its values, and held to the laws of theory.laws."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

import torch

from contrastive_claims.experiments.claims.losses.from_papers import sincere, supcontrast
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.laws import LAWS, Loss, hold
from contrastive_claims.theory.laws.holding import NOT_CLAIMED
from contrastive_claims.theory.margins import (
    eps_sup_con,
    eps_sup_infonce,
    info_l1o,
    info_nce,
    nt_xent,
    sup_con,
    sup_con_in,
)

SEED = 20230502
# What a loss may break whose value is cut, or whose mean leaves anchors out, at low temperatures: 12 batches show it or not
CUT = (
    "closed form", "closed gradient", "duplication rule", "hinge sandwich", "above SupInfoNCE", "in below out", "batch split",
    "learnable temperature", "half precision", "a singleton has no say", "one class",
)  # fmt: skip
# Where an anchor leaves the mean once its loss rounds to zero, rounding decides, and with it the order of the batch
ROUNDED = ("rotation", "permutation", "relabelling", "length", "duplicates", "gradient", "gather")
EXAMPLES, SEARCHED = 12, 150  # batches of each law, and of those that a claim says to be broken


def metric_learning_supcon(run: Run) -> Evidence:
    """L1: pytorch-metric-learning's SupConLoss. Control: its sign flipped."""
    from pytorch_metric_learning.losses import SupConLoss

    def made(embeddings: torch.Tensor, labels: torch.Tensor, temperature: float = 0.1) -> torch.Tensor:
        return SupConLoss(temperature)(embeddings, labels)

    return _evidence(run, {"sup-con": made}, ("one class", "large logits"), (*CUT, *ROUNDED))


def metric_learning_ntxent(run: Run) -> Evidence:
    """L2: pytorch-metric-learning's NTXentLoss. Control: its sign flipped."""
    from pytorch_metric_learning.losses import NTXentLoss

    def made(embeddings: torch.Tensor, labels: torch.Tensor, temperature: float = 0.1) -> torch.Tensor:
        return NTXentLoss(temperature)(embeddings, labels)

    return _evidence(run, {"info-nce": made}, ("large logits",), CUT, "mean over positive pairs")


def lightly_ntxent(run: Run) -> Evidence:
    """L3: lightly's NTXentLoss of two views. Control: its sign flipped."""
    from lightly.loss import NTXentLoss  # pyright: ignore[reportMissingImports]

    def made(first: torch.Tensor, second: torch.Tensor, temperature: float = 0.5) -> torch.Tensor:
        return NTXentLoss(temperature)(first, second)

    return _evidence(run, {"nt-xent": made}, views=("nt-xent",))


def supcontrast_as_written(run: Run) -> Evidence:
    """L4: SupContrast's loss from its formula, of rows normalised first, two views of each sample. Control: its sign flipped."""

    def made(embeddings: torch.Tensor, labels: torch.Tensor, temperature: float = 0.07) -> torch.Tensor:
        return supcontrast(embeddings[:, None], labels, temperature)

    breaks = ("a singleton", "no positives", "closed form", "gradient", "large logits")
    return _evidence(run, {"sup-con": made}, breaks, CUT, scale=1 / 0.07)


def sincere_as_written(run: Run) -> Evidence:
    """L5: SINCERE's loss from its formula. Control: its sign flipped."""
    return _evidence(run, {"info-nce": sincere}, ("a singleton", "no positives"))


def ours(run: Run) -> Evidence:
    """L6: the losses of theory.margins, each with the form of its name. Control: their signs flipped."""
    losses: dict[str, Callable[..., Any]] = {
        "info-nce": info_nce,
        "sup-con": sup_con,
        "sup-con-in": sup_con_in,
        "info-l1o": info_l1o,
        "eps-sup-infonce": eps_sup_infonce,
        "eps-sup-con": eps_sup_con,
        "nt-xent": lambda first, second, temperature=0.1: nt_xent((first, second), temperature=temperature),
    }
    return _evidence(run, losses, views=("nt-xent",))


def _evidence(
    run: Run,
    losses: dict[str, Callable[..., Any]],
    breaks: Collection[str] = (),
    may: Collection[str] = (),
    reduction: str = "mean over anchors",
    scale: float = 1.0,
    views: Collection[str] = (),
) -> Evidence:
    """residual: what the form (a key of `losses`) leaves of the spread of values; named_wrongly: losses that are another form,
    with another reduction or scale; others_broken: laws broken, `breaks` and `may` aside; not_broken: those of `breaks` that are
    not."""
    residuals, wrongly, others, missed, claimed = [], 0, 0, 0, 0
    searched = [law for law in LAWS if law.name in breaks]
    for number, (form, call) in enumerate(losses.items()):
        run.progress(number, len(losses), form)
        loss = Loss(_flipped(call) if run.control else call, form in views)
        kept = [law for law in LAWS if law not in searched]
        found = hold(loss, seed=SEED, examples=max(4, EXAMPLES // len(losses)), shrink=False, laws=kept)
        identity = found.finding.identity
        residuals.append(1.0 if identity is None else identity.residual)
        known = identity is not None and (identity.form, identity.reduction) == (form, reduction)
        wrongly += not (known and identity is not None and abs(identity.scale / scale - 1) < 1e-6)
        others += len({outcome.law.name for outcome in found.broken} - set(may))
        claimed += sum(outcome.verdict != NOT_CLAIMED for outcome in found.outcomes) + len(searched)
        if searched and not run.control:  # of the control it would say nothing: a flipped loss breaks them too
            thoroughly = hold(loss, seed=SEED, examples=SEARCHED, shrink=False, laws=searched)
            missed += len(searched) - len(thoroughly.broken)
    numbers = {
        "residual": Quantity.exact(max(residuals), "share of the spread"),
        "named_wrongly": Quantity.exact(wrongly),
        "others_broken": Quantity.exact(others),
        "laws_claimed": Quantity.exact(claimed),
    }
    return Evidence(
        numbers if run.control else numbers | {"not_broken": Quantity.exact(missed)},
        seeds=(SEED,),
    )


def _flipped(call: Callable[..., Any]) -> Callable[..., Any]:

    @wraps(call)  # its parameters are asked for by name
    def negated(*given: Any, **options: Any) -> Any:
        return -call(*given, **options)

    return negated
