"""The losses of one anchor as functions of its logits s = <z, z'>/tau: numpy arrays or torch tensors, any leading axes.

These are the formulas the theory speaks about (claims A1 to A10); `theory.margins.losses` computes the same numbers from
embeddings. With L- = LSE_j s-_j over the negatives:

    eps-InfoNCE       log(e^-eps + e^{L- - s+})                                             paper A, eps-InfoNCE in A1's form
    InfoL1O           L- - s+                                                               its limit eps -> infinity
    eps-SupInfoNCE    mean over positives i of log(e^-eps + e^{L- - s+_i})                  paper A, eps-SupInfoNCE
    eps-SupCon        mean over i of -s+_i + log(e^-eps sum_t e^{s+_t} + e^{L-})             paper A, without its leading eps
    SupCon in         -log( (1/P) sum_t e^{s+_t} / (sum_t e^{s+_t} + e^{L-}) )               Khosla et al. 2020, L_in

No additive constants are kept: eps = 0 gives InfoNCE, SupInfoNCE and SupCon's L_out.
Shapes: `positive` [...], `positives` [..., P], `negatives` [..., N] -> [...]. All raise ValueError for a negative or NaN
epsilon (infinity is allowed: the limit), an empty last axis, or leading axes that do not go together.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from contrastive_claims.theory.sphere import is_tensor


def log_sum_exp(logits: Any) -> Any:
    """log sum exp over the last axis: [..., N] -> [...]."""
    if is_tensor(logits):
        return logits.logsumexp(-1)
    return np.logaddexp.reduce(np.asarray(logits), axis=-1)


def _log_add_exp(a: Any, b: Any) -> Any:
    if is_tensor(b):
        torch = sys.modules["torch"]
        return torch.logaddexp(torch.as_tensor(a, dtype=b.dtype, device=b.device), b)
    return np.logaddexp(a, b)


def check_logits(epsilon: float, positive: Any = 0.0, **logits: Any) -> None:
    """Raises ValueError for an epsilon, an empty last axis, or leading axes that are not anchors in common.

    positive: logits without a last axis of their own, one per anchor.
    """
    if not epsilon >= 0:
        raise ValueError(f"epsilon: must be zero or positive, got {epsilon}")
    for name, values in logits.items():
        if np.ndim(values) == 0 or values.shape[-1] == 0:
            raise ValueError(f"{name}: needs at least one logit along the last axis")
    anchors = {"positive": np.shape(positive), **{name: tuple(values.shape[:-1]) for name, values in logits.items()}}
    try:
        np.broadcast_shapes(*anchors.values())
    except ValueError:
        told = " and ".join(f"{shape} in {name}" for name, shape in anchors.items() if shape)
        raise ValueError(f"the leading axes, one place per anchor, differ: {told}") from None


def eps_infonce_from_logits(positive: Any, negatives: Any, epsilon: float = 0.0) -> Any:
    """eps-InfoNCE of one positive per anchor: LSE(-eps, {s-_j - s+})."""
    check_logits(epsilon, positive, negatives=negatives)
    return _log_add_exp(-epsilon, log_sum_exp(negatives) - positive)


def info_l1o_from_logits(positive: Any, negatives: Any) -> Any:
    """InfoL1O (the positive left out of the denominator): LSE_j s-_j - s+."""
    check_logits(0.0, positive, negatives=negatives)
    return log_sum_exp(negatives) - positive


def eps_sup_infonce_from_logits(positives: Any, negatives: Any, epsilon: float = 0.0) -> Any:
    """eps-SupInfoNCE: the mean over the positives of eps-InfoNCE; no term compares positives."""
    check_logits(epsilon, positives=positives, negatives=negatives)
    return _log_add_exp(-epsilon, log_sum_exp(negatives)[..., None] - positives).mean(-1)


def eps_sup_con_from_logits(positives: Any, negatives: Any, epsilon: float = 0.0) -> Any:
    """eps-SupCon; the paper's equation is this plus eps (claim A7)."""
    check_logits(epsilon, positives=positives, negatives=negatives)
    return _log_add_exp(log_sum_exp(positives) - epsilon, log_sum_exp(negatives)) - positives.mean(-1)


def sup_con_in_from_logits(positives: Any, negatives: Any) -> Any:
    """SupCon with the mean over positives inside the logarithm (L_in <= L_out by Jensen, claim A10)."""
    check_logits(0.0, positives=positives, negatives=negatives)
    inside = log_sum_exp(positives)
    return _log_add_exp(inside, log_sum_exp(negatives)) - inside + np.log(positives.shape[-1])
