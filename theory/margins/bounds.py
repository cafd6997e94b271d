"""What a loss value says about a margin, and back: sandwich bounds, loss <-> margin intervals, optimal values.

All of it is numpy, elementwise, in **logits**: s = cosine / temperature, and the margin of an anchor and one of its
positives is m = s+ - max_j s-_j (the cosine margin is temperature * m). Losses are in the log-ratio form of
`theory.margins.logits`, so the smallest value of eps-InfoNCE is above -eps.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from contrastive_claims.theory.margins.logits import check_logits


def hinge(positive: ArrayLike, negatives: ArrayLike, epsilon: float) -> np.ndarray:
    """H = max(0, max_j (s-_j - s+ + eps)): positive [...], negatives [..., N] -> [...].

    Claim A2: H <= eps-InfoNCE + eps <= H + log(N + 1). Raises ValueError for epsilon < 0, no negatives, or leading axes that do
    not go together.
    """
    positive, negatives = np.asarray(positive, dtype=float), np.asarray(negatives, dtype=float)
    check_logits(epsilon, positive, negatives=negatives)
    return np.maximum(0.0, negatives.max(axis=-1) - positive + epsilon)


def margin_interval(
    loss: ArrayLike, n_negatives: ArrayLike, epsilon: float, temperature: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) with low <= m <= high for an anchor and positive whose eps-InfoNCE is `loss` (claim A3, ours).

    With x = e^loss - e^-eps = sum_j e^{s-_j - s+}: the largest term is e^-m, so x/N <= e^-m <= x, that is
    `low = -log x` and `high = -log(x / N)`; log x is computed as loss + log(-expm1(-(loss + eps))), which does not
    cancel. low is convex in the loss, so low(mean loss) bounds a mean margin from below; high holds pair by pair only.
    loss <= log 2 - eps implies m >= eps.

    With a `temperature` the embeddings lie on the unit sphere, where s-_j - s+ >= -2/temperature: every negative but
    the hardest adds at least e^{-2/temperature}, so `low = -log(x - (N - 1) e^{-2/temperature})`, and both ends are cut
    to [-2/temperature, 2/temperature]. This low is attained when it is not negative: the positive at the anchor, the hardest
    negative at cosine 1 - temperature * low, the others antipodal. A negative low need not be: it would take s+ = 1/temperature
    for the others' floor and s-_j > s+ for the hardest. (N = 2, temperature 1, eps = 0: at m = -1/2 the other negative has
    s-_j - s+ >= -3/2, not -2.)

    Raises ValueError for epsilon < 0, n_negatives < 1, temperature <= 0, or a loss that no logits (of the sphere) attain.
    """
    loss, count = np.asarray(loss, dtype=float), np.asarray(n_negatives, dtype=float)
    _check(epsilon, count.min(initial=np.inf))
    if not np.all(loss + epsilon > 0) or not np.all(np.isfinite(loss)):
        raise ValueError(f"loss: eps-InfoNCE is finite and above -epsilon = {-epsilon}, got {loss.min(initial=np.inf)}")
    log_x = loss + np.log(-np.expm1(-(loss + epsilon)))
    low, high = -log_x, np.log(count) - log_x
    if temperature is None:
        return low, high
    width = _width(temperature)
    # 1e-9: the loss of an attained extreme carries rounding
    if np.any(np.abs(high) > width * (1 + 1e-9) + 1e-9):
        raise ValueError(f"loss: out of reach on the unit sphere at temperature {temperature}")
    with np.errstate(divide="ignore"):
        others = np.log(count - 1) - width
    rest = -np.expm1(np.minimum(others - log_x, 0.0))
    with np.errstate(divide="ignore"):  # nothing left but rounding: infinite, then cut
        low = -log_x - np.log(rest)
    return np.clip(low, -width, width), np.clip(high, -width, width)


def loss_interval(margin: ArrayLike, n_negatives: ArrayLike, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) of eps-InfoNCE at a given margin, the inverse of `margin_interval` (claim A3).

    `log(e^-eps + e^-m) < or = loss <= log(e^-eps + N e^-m)`; equality on the left when N = 1.
    Raises ValueError for epsilon < 0 or n_negatives < 1.
    """
    margin, count = np.asarray(margin, dtype=float), np.asarray(n_negatives, dtype=float)
    _check(epsilon, count.min(initial=np.inf))
    return np.logaddexp(-epsilon, -margin), np.logaddexp(-epsilon, np.log(count) - margin)


def optimal_margin(classes: int, temperature: float) -> float:
    """The margin, in logits, of the simplex ETF of `classes` balanced collapsed classes: K / ((K - 1) temperature)."""
    if classes < 2:
        raise ValueError(f"classes: a margin needs at least 2, got {classes}")
    return classes / (classes - 1) * _width(temperature) / 2


def optimal_value(
    classes: int, per_class: int, temperature: float, epsilon: float = 0.0, loss: str = "eps_sup_infonce"
) -> float:
    """Global minimum over free embeddings of the mean loss of `classes` balanced classes with `per_class` samples each.

    Claims A12 and A13 (ours; Graf et al. 2021 for SupCon): for dimension >= classes - 1 the minimiser is the simplex
    ETF with collapsed classes. With N = (K - 1) per_class negatives, P = per_class - 1 positives, m = K/((K-1) tau):

        eps_sup_infonce   log(e^-eps + N e^-m)            (eps = infinity: InfoL1O, log N - m)
        eps_sup_con       log(P e^-eps + N e^-m)          (eps = 0: SupCon's L_out)

    Raises ValueError for classes < 2, per_class < 2 (no positives), a bad temperature or epsilon, an unknown loss.
    """
    margin = optimal_margin(classes, temperature)
    if per_class < 2:
        raise ValueError(f"per_class: a sample needs a positive, so at least 2, got {per_class}")
    _check(epsilon, 1)
    repulsion = math.log((classes - 1) * per_class) - margin
    if loss == "eps_sup_infonce":
        return float(np.logaddexp(-epsilon, repulsion))
    if loss == "eps_sup_con":
        return float(np.logaddexp(math.log(per_class - 1) - epsilon, repulsion))
    raise ValueError(f"loss: eps_sup_infonce or eps_sup_con, got {loss!r}")


def epsilon_reach(temperature: float, n_negatives: int) -> float:
    """By what factor epsilon can at most lengthen an anchor's gradient of eps-InfoNCE: 1 + e^(2/tau) / N. Ours.

    With w = e^(s+ - eps) / (e^(s+ - eps) + sum_j e^(s-_j)) and q the softmax of the N negatives alone, the gradient in the logits
    is (1 - w) (-1, q): epsilon changes its length, never its direction. The length at epsilon over that at 0 is
    (S + e^(s+)) / (S + e^(s+ - eps)), S = sum_j e^(s-_j), which lies between 1 and 1 + e^(s+) / S; cosines differ by 2 at most,
    so S >= N e^(s+ - 2/tau). Attained in the limit of a large epsilon, all negatives opposite to the positive.
    Raises ValueError for a bad temperature and n_negatives < 1.
    """
    _check(0.0, n_negatives)
    return 1 + float(np.exp(_width(temperature))) / n_negatives


def _width(temperature: float) -> float:
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature: must be positive and finite, got {temperature}")
    return 2.0 / temperature


def _check(epsilon: float, count: float) -> None:
    if not epsilon >= 0:
        raise ValueError(f"epsilon: must be zero or positive, got {epsilon}")
    if not count >= 1:
        raise ValueError("negatives: at least one is needed")
