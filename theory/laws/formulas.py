"""The losses by their formulas, with their gradients in closed form: what an unknown loss is compared with. numpy, float64.

With s = cosine/tau the logits [..., n, n], and w+_ij, w-_ij >= 0 how often sample j counts among anchor i's positives and
negatives, P_i the sum of w+_ij, L-_i = log sum_j w-_ij e^{s_ij}, L+_i the same over the positives:

    infonce        (1/P_i) sum_p w+_ip log(e^-eps + e^{L-_i - s_ip})               eps = 0: InfoNCE, SINCERE; infinite: InfoL1O
    supcon         log(e^{L+_i - eps} + e^{L-_i}) - (1/P_i) sum_p w+_ip s_ip       eps = 0: SupCon's L_out
    supcon_in      log(e^{L+_i} + e^{L-_i}) - L+_i + log P_i                       SupCon's L_in
    supcon_in_sum  the same without log P_i

Sources: van den Oord et al. 2018; Khosla et al. 2020, eqs. 2 and 3; Feeney and Hughes 2023 (SINCERE); paper A. They are those of
theory.margins.logits, for a whole batch and with multiplicities; an anchor without positives counts 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

EVERYONE, OTHER_VIEW, FIRST_VIEW = "everyone", "the other view", "the first view's anchors"


@dataclass(frozen=True)
class Form:
    """One loss of an anchor. family: a formula of the module. epsilon: its margin, None where it is free.
    itself: whether the anchor counts among its own negatives (a slip). among: whom an anchor is compared with."""

    title: str
    family: str
    epsilon: float | None = 0.0
    itself: bool = False
    among: str = EVERYONE


FORMS: Mapping[str, Form] = {
    "info-nce": Form("InfoNCE, negatives only in the denominator (SupInfoNCE, SINCERE)", "infonce"),
    "sup-con": Form("SupCon out", "supcon"),
    "sup-con-in": Form("SupCon in", "supcon_in"),
    "sup-con-in-sum": Form("SupCon in with a sum over the positives (no 1/P)", "supcon_in_sum"),
    "info-l1o": Form("InfoL1O, the positive left out of the denominator", "infonce", np.inf),
    "eps-sup-infonce": Form("eps-SupInfoNCE", "infonce", None),
    "eps-sup-con": Form("eps-SupCon", "supcon", None),
    "info-nce-with-itself": Form("InfoNCE with the anchor itself in the denominator", "infonce", itself=True),
    "sup-con-with-itself": Form("SupCon out with the anchor itself in the denominator", "supcon", itself=True),
}
VIEWS: Mapping[str, Form] = {  # of two views of each sample, where SupCon, NT-Xent and InfoNCE are one loss
    "nt-xent": Form("NT-Xent (InfoNCE of two views)", "infonce"),
    "info-l1o": Form("InfoL1O of two views, the positive left out of the denominator (DCL)", "infonce", np.inf),
    "eps-infonce": Form("eps-InfoNCE of two views", "infonce", None),
    "nt-xent-with-itself": Form("NT-Xent with the anchor itself in the denominator", "infonce", itself=True),
    "two-towers": Form("CLIP's two towers: each view among the other", "infonce", among=OTHER_VIEW),
    "one-way": Form("InfoNCE of the first view among the second", "infonce", among=FIRST_VIEW),
}

# What the anchors' losses are averaged by, from their numbers of positives [n] and their labels [n]: numerators [n], divisor.
REDUCTIONS: Mapping[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]]] = {
    "mean over anchors": lambda positives, labels: (1.0 * (positives > 0), _count(positives)),
    "sum over anchors": lambda positives, labels: (1.0 * (positives > 0), 1.0),
    "mean over positive pairs": lambda positives, labels: (positives, float(positives.sum())),
    "sum over positive pairs": lambda positives, labels: (positives, 1.0),
    "mean over anchors of a sum over positives": lambda positives, labels: (positives, _count(positives)),
    "mean over classes": lambda positives, labels: _of_classes(positives, labels),
}


def _count(positives: np.ndarray) -> float:
    return float(np.count_nonzero(positives))


def _of_classes(positives: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    valid = positives > 0
    members = ((labels[:, None] == labels) & valid).sum(axis=1)
    return valid / np.maximum(1, members), float(len(np.unique(labels[valid])))


def anchor_weights(reduction: str, positives: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """[n] what each anchor's loss counts in the loss of the batch."""
    numerators, divisor = REDUCTIONS[reduction](positives, labels)
    return numerators / divisor


def pair_weights(form: Form, labels: np.ndarray, copies: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(w+, w-), [n, n] each. copies: every sample stands that often in the batch, so that an anchor has copies of itself
    among its positives."""
    labels = np.asarray(labels)
    n = len(labels)
    itself = np.eye(n)
    same = (labels[:, None] == labels).astype(float)
    positive, negative = copies * same - itself, copies * (1 - same)
    if form.itself:
        negative = negative + itself
    if form.among != EVERYONE:
        first = np.arange(n) < n // 2
        across = first[:, None] != first
        if form.among == FIRST_VIEW:
            across &= first[:, None]
        positive, negative = positive * across, negative * across
    return positive, negative


def anchor_losses(
    form: Form, logits: np.ndarray, positive: np.ndarray, negative: np.ndarray, epsilon: float
) -> np.ndarray:
    """The losses [..., n] at logits [..., n, n] and weights [n, n]; 0 for an anchor without positives."""
    count = positive.sum(axis=-1)
    valid = count > 0
    share = positive / np.where(valid, count, 1)[:, None]
    against = _log_sum(logits, negative)
    with np.errstate(invalid="ignore"):
        if form.family == "infonce":
            excess = np.where(share > 0, against[..., None] - np.where(share > 0, logits, 0), -np.inf)
            terms = np.logaddexp(-epsilon, excess)
            losses = np.where(share > 0, share * terms, 0).sum(axis=-1)
        else:
            own = _log_sum(logits, positive)
            everyone = np.logaddexp(own - (epsilon if form.family == "supcon" else 0), against)
            if form.family == "supcon":
                losses = everyone - (share * logits).sum(axis=-1)
            else:
                losses = everyone - own
                if form.family == "supcon_in":
                    losses = losses + np.log(np.where(valid, count, 1))
    return np.where(valid, losses, 0.0)


def logit_gradients(
    form: Form, logits: np.ndarray, positive: np.ndarray, negative: np.ndarray, epsilon: float
) -> np.ndarray:
    """d loss_i / d s_ij, [n, n]; 0 in the rows of anchors without positives. Closed forms: with nu the softmax of an anchor's
    negatives and b_p = e^{L- - s_p} / (e^-eps + e^{L- - s_p}), infonce has ``mean_p b_p (nu - 1_p)``; supcon the softmax over
    all, positives lowered by eps, minus 1/P; supcon_in that softmax at eps = 0 minus the softmax of the positives."""
    count = positive.sum(axis=-1)
    valid = count > 0
    share = positive / np.where(valid, count, 1)[:, None]
    against = _log_sum(logits, negative)[:, None]
    nu = _softmax(logits, negative)
    if form.family == "infonce":
        with np.errstate(invalid="ignore"):
            excess = np.where(share > 0, against - np.where(share > 0, logits, 0), -np.inf)
            # b = 1 / (1 + e^{-eps - excess}), written so that nothing overflows
            pulled = share * np.where(share > 0, np.exp(-np.logaddexp(0.0, -epsilon - excess)), 0.0)
        return np.where(valid[:, None], pulled.sum(axis=1, keepdims=True) * nu - pulled, 0.0)
    own = _log_sum(logits, positive)[:, None]
    lowered = own - (epsilon if form.family == "supcon" else 0)
    everyone = np.logaddexp(lowered, against)
    within = _softmax(logits, positive)
    with np.errstate(invalid="ignore"):
        softmax = within * np.exp(lowered - everyone) + nu * np.exp(against - everyone)
    return np.where(valid[:, None], softmax - (share if form.family == "supcon" else within), 0.0)


def _log_sum(logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """log sum_j w_j e^{s_j}, [..., n]; -infinity for a row without weight."""
    with np.errstate(divide="ignore"):
        return np.logaddexp.reduce(np.where(weights > 0, logits, -np.inf) + np.log(np.maximum(weights, 1e-300)), -1)


def _softmax(logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """w_j e^{s_j} over its sum; 0 in a row without weight."""
    top = np.where(weights > 0, logits, -np.inf).max(axis=-1, keepdims=True)
    kernel = weights * np.exp(np.where(weights > 0, logits - np.where(np.isfinite(top), top, 0), -np.inf))
    return kernel / np.maximum(kernel.sum(axis=-1, keepdims=True), 1e-300)
