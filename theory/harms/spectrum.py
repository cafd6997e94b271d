"""What is called the effective rank of embeddings: three definitions that go by one name, and the participation ratio.

With singular values s_k of the matrix of embeddings [N, D], and c_k of the same matrix less its mean row:

    rankme              exp H(s_k / sum s)       RankMe as printed (Garrido et al. 2023), Roy and Vetterli's effective rank (2007)
    rankme_centred      exp H(c_k / sum c)       the same of the covariance's square roots
    covariance_entropy  exp H(c_k^2 / sum c^2)   of the covariance's eigenvalues: what some packages return as "RankMe"
    participation       (sum c^2)^2 / sum c^4    inverse Simpson index of the eigenvalues

H is Shannon's entropy. participation <= covariance_entropy <= rankme_centred <= rank, with equality for equal values: Renyi's
entropies fall in their order, and the entropy of shares p^b / sum p^b falls in b. They answer different questions, and
a number without its definition cannot be compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from contrastive_claims.theory.harms.samples import of_unit_size


class EffectiveRanks(NamedTuple):
    """From 1 to min(N, D); see the head of this file."""

    rankme: float
    rankme_centred: float
    covariance_entropy: float
    participation: float


def effective_ranks(second: Float[np.ndarray, "d d"], mean: Float[np.ndarray, " d"]) -> EffectiveRanks:
    """From the second moments E[z z^T] [D, D] and the mean E[z] [D] of embeddings z: all that the four depend on.

    Singular values below about 1e-8 of the largest are lost in rounding (they are roots of eigenvalues), and count nothing.
    Raises ValueError for moments that do not fit, are not finite, or belong to one constant row (no centred value is left).
    """
    if np.ndim(second) != 2 or np.ndim(mean) != 1 or not len(mean) or second.shape != (len(mean), len(mean)):
        raise ValueError(f"second, mean: must be [D, D] and [D], got {np.shape(second)} and {np.shape(mean)}")
    second, mean = np.asarray(second, np.float64), np.asarray(mean, np.float64)
    if not (np.abs(second).max() < 1e150 and np.abs(mean).max() < 1e75):
        raise ValueError("second, mean: must be finite, and below 1e150 and 1e75")
    rounding = len(mean) * np.finfo(float).eps * max(float(np.trace(second)), np.finfo(float).tiny)
    raw = np.linalg.eigvalsh(second)
    centred = np.linalg.eigvalsh(second - np.outer(mean, mean))
    raw, centred = (values[values > rounding] for values in (raw, centred))
    if not len(centred) or not len(raw):
        raise ValueError("second: all rows are equal, so that their covariance has no rank")
    return EffectiveRanks(
        _exp_entropy(np.sqrt(raw)),
        _exp_entropy(np.sqrt(centred)),
        _exp_entropy(centred := of_unit_size(centred)),
        float(centred.sum() ** 2 / (centred**2).sum()),
    )


def _exp_entropy(values: np.ndarray) -> float:
    shares = values / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
