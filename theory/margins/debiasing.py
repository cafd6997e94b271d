"""Aligned and conflicting pairs, and the penalties of paper A that make their distances agree: FairKL and EnD.

Every sample has a class y and a bias attribute b. Relative to an anchor, another sample is positive when it shares y, else
negative; bias-aligned when it shares b, else bias-conflicting. Distances are squared Euclidean on the unit sphere,
d_ij = |z_i - z_j|^2 = 2 - 2 cosine_ij, in [0, 4], self-pairs excluded; the released variants alone work on cosines.
All pairs are held at once, O(N^2) memory: these are penalties for a training batch.

Conventions: embeddings [N, D], or [B, V, D] views with labels and bias [B]; normalised inside; computed in float32 or better;
`validate=False` skips the scan for NaN, infinity and zero vectors. ValueError, naming the argument, for bad input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float

from contrastive_claims.theory.broadcasting import check_fit
from contrastive_claims.theory.margins.inputs import check_embeddings, check_labels, check_positive
from contrastive_claims.theory.margins.precision import full_precision, product
from contrastive_claims.theory.sphere import is_tensor, normalise

VARIANTS = ("paper", "batch", "released")
RELEASED_TERMS = (
    "positive_means", "negative_means", "positive_spreads", "negative_spreads", "pull_conflicting", "push_aligned"
)  # fmt: skip
VARIANCE_FLOOR = 1e-4
ALIGNED, CONFLICTING = 0, 1
NOT_SYMMETRIC = "symmetric: the released variant is no divergence and has no symmetric form"


@dataclass(frozen=True)
class PairStatistics:
    """Moments of the squared distances in the four sets of pairs, axes [..., positive | negative, aligned | conflicting].

    count, mean (0 where count is 0) and unbiased variance (0 where count is below 2): [N, 2, 2] per anchor, or [2, 2]
    pooled over the batch, where each unordered pair counts once.
    """

    count: torch.Tensor
    mean: torch.Tensor
    variance: torch.Tensor


def pair_statistics(
    embeddings: torch.Tensor, labels: Any, bias: Any, pooled: bool = False, validate: bool = True
) -> PairStatistics:
    """The moments behind FairKL and EnD; differentiable. See `PairStatistics` and the module's conventions."""
    vectors, labels, bias = prepared(embeddings, labels, bias, validate)
    distance = 2 - 2 * cosines_of(vectors)
    sets = _pair_sets(labels, bias) & ~torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    over: int | tuple[int, int] = -1
    if pooled:
        sets, over = sets.triu(), (-2, -1)
    count = sets.sum(over)
    mean = distance.where(sets, 0).sum(over) / count.clamp(min=1)
    centred = distance - (mean[..., None, None] if pooled else mean[..., None])
    variance = (centred**2).where(sets, 0).sum(over) / (count - 1).clamp(min=1)
    if pooled:
        return PairStatistics(count, mean, variance)
    return PairStatistics(*(moment.movedim(-1, 0) for moment in (count, mean, variance)))


def gaussian_kl(mean: Any, variance: Any, other_mean: Any, other_variance: Any) -> Any:
    """KL(N(mean, variance) || N(other_mean, other_variance)), elementwise, numpy or torch (claim A16):

        1/2 [ (variance + (mean - other_mean)^2) / other_variance - log(variance / other_variance) - 1 ]

    At least (mean - other_mean)^2 / (2 other_variance); zero iff both moments agree. Written with log1p of the relative
    gap of the variances, which does not cancel near agreement. Variances must be positive.
    NaN where they are not. Raises ValueError for shapes that do not fit.
    """
    check_fit(mean=mean, variance=variance, other_mean=other_mean, other_variance=other_variance)
    if not is_tensor(other_variance):
        other_variance = np.asarray(other_variance, dtype=float)
    gap = (variance - other_variance) / other_variance
    log = gap.log1p() if is_tensor(gap) else np.log1p(gap)
    return ((mean - other_mean) ** 2 / other_variance + (gap - log)) / 2


def fair_kl(
    embeddings: torch.Tensor,
    labels: Any,
    bias: Any,
    variant: str = "paper",
    symmetric: bool = False,
    variance_floor: float = VARIANCE_FLOOR,
    std_weight: float = 1.0,
    no_pairs: str = "raise",
    validate: bool = True,
) -> Float[torch.Tensor, ""]:
    """FairKL, R+ + R-: the Gaussian KL from aligned to conflicting distances, for positives and for negatives.

    variant "paper" (claim A16): per anchor, the Gaussians of its own aligned and conflicting distances with unbiased
    variances; the mean over the anchors that have two samples of each kind, separately for positives and negatives.
    variant "batch": the same with all pairs of the batch pooled into one Gaussian per set, each unordered pair once.
    symmetric: Jeffreys' divergence, KL(aligned || conflicting) + KL(conflicting || aligned).

    The KL is unbounded when a set collapses, so `variance_floor` is **added** to every variance and is part of the
    definition: still zero iff both moments agree, still at least gap^2 / (2 (var_c + floor)). The default, 1e-4, means
    that a standard deviation of 0.01 in squared distance counts as near collapse; 0 gives the paper's formula.
    Without the floor the KL is the same for cosines as for squared distances (an affine map).

    variant "released", what paper A's code computes on cosines c, no KL at all: with the four sets pooled over all ordered
    pairs, self-pairs among the aligned positives, means mu of 0 for an empty set, and spreads sd taken over the whole
    N x N matrix with zeros outside the set,
        (mu+a - mu+c)^2 + (mu-a - mu-c)^2 + std_weight [ (sd+a - sd+c)^2 + (sd-a - sd-c)^2 ] - mu+c + mu-a,
    the sum of `released_terms`. It ignores variance_floor and no_pairs. `std_weight` is used by this variant only.

    no_pairs: when no anchor (or, for "batch", the batch) has two samples of each kind, "raise" a ValueError, or take
    that term as "zero" (`pair_statistics(...).count` tells). At rho = 0.999 this is the rule (claim A20).

    Raises ValueError for bad input (module), an unknown variant or option, a negative floor, symmetric "released".
    """
    check_positive("variance_floor", variance_floor, zero=True)
    check_options(variant, no_pairs)
    if variant == "released":
        if symmetric:
            raise ValueError(NOT_SYMMETRIC)
        return _released(embeddings, labels, bias, std_weight, validate)
    moments = pair_statistics(embeddings, labels, bias, pooled=variant == "batch", validate=validate)
    variance = moments.variance + variance_floor
    defined = (moments.count >= 2).all(-1)
    # undefined entries get variance 1, so that neither they nor their gradient is NaN before they are dropped
    variance = variance.where(defined[..., None], 1)
    (aligned, conflicting), (aligned_variance, conflicting_variance) = moments.mean.unbind(-1), variance.unbind(-1)
    penalty = gaussian_kl(aligned, aligned_variance, conflicting, conflicting_variance)
    if symmetric:
        penalty = penalty + gaussian_kl(conflicting, conflicting_variance, aligned, aligned_variance)
    return _mean_where(penalty, defined, no_pairs, "two")


def end(
    embeddings: torch.Tensor,
    labels: Any,
    bias: Any,
    variant: str = "paper",
    no_pairs: str = "raise",
    validate: bool = True,
) -> Float[torch.Tensor, ""]:
    """EnD as paper A reads it: FairKL's first moments only, the squared gap of the mean distances (claim A17).

    variants "paper" and "batch" as in `fair_kl`, with one sample of each kind enough; "released": `fair_kl`'s released
    variant with std_weight = 0. Tartaglione et al. 2021 penalise the cosines themselves rather than their gap; that
    regulariser is not this one. Raises as `fair_kl`.
    """
    check_options(variant, no_pairs)
    if variant == "released":
        return _released(embeddings, labels, bias, 0.0, validate)
    moments = pair_statistics(embeddings, labels, bias, pooled=variant == "batch", validate=validate)
    gap = (moments.mean[..., ALIGNED] - moments.mean[..., CONFLICTING]) ** 2
    return _mean_where(gap, (moments.count >= 1).all(-1), no_pairs, "one")


def _mean_where(penalty: torch.Tensor, defined: torch.Tensor, no_pairs: str, need: str) -> Float[torch.Tensor, ""]:
    """R+ + R- from penalties [N, 2] or [2], each the mean over its defined entries."""
    penalty, defined = penalty.reshape(-1, 2), defined.reshape(-1, 2)
    if no_pairs == "raise" and not bool(defined.any(0).all()):
        kind = "positives" if not bool(defined[:, 0].any()) else "negatives"
        raise ValueError(
            f"bias: no anchor has {need} aligned and {need} conflicting {kind}; no_pairs='zero' drops that term"
        )
    return (penalty.where(defined, 0).sum(0) / defined.sum(0).clamp(min=1)).sum()


def released_terms(
    embeddings: torch.Tensor, labels: Any, bias: Any, validate: bool = True
) -> dict[str, Float[torch.Tensor, ""]]:
    """The six terms that `fair_kl`'s released variant adds up, by the names of RELEASED_TERMS, in that order:

        (mu+a - mu+c)^2, (mu-a - mu-c)^2, (sd+a - sd+c)^2, (sd-a - sd-c)^2, -mu+c, mu-a

    Four match moments; two are linear and have a direction: conflicting positives are pulled in, aligned negatives pushed
    away. mu+c is 0 in a batch without conflicting positives. Raises ValueError for bad input (module), and for a single
    sample, which has no standard deviation.
    """
    vectors, labels, bias = prepared(embeddings, labels, bias, validate)
    if len(vectors) < 2:
        raise ValueError("embeddings: the released penalty needs two samples or more, got 1")
    sets = _pair_sets(labels, bias)
    cosines = cosines_of(vectors).where(sets, 0)
    mean = cosines.sum((-2, -1)) / sets.sum((-2, -1)).clamp(min=1)
    spread = cosines.flatten(-2).std(-1)
    gaps, spreads = ((moment[:, ALIGNED] - moment[:, CONFLICTING]) ** 2 for moment in (mean, spread))
    return dict(zip(RELEASED_TERMS, (*gaps, *spreads, -mean[0, CONFLICTING], mean[1, ALIGNED]), strict=True))


def _released(embeddings: torch.Tensor, labels: Any, bias: Any, std_weight: float, validate: bool) -> torch.Tensor:
    terms = released_terms(embeddings, labels, bias, validate)
    return torch.stack([std_weight * term if "spreads" in name else term for name, term in terms.items()]).sum()


def cosines_of(vectors: torch.Tensor) -> torch.Tensor:
    """[N, N] of unit vectors [N, D], in full precision."""
    with full_precision(vectors.device):
        return product(vectors, vectors.T)


def _pair_sets(labels: torch.Tensor, bias: torch.Tensor) -> Bool[torch.Tensor, "2 2 n n"]:
    """[positive | negative, aligned | conflicting, N, N], self-pairs included among the aligned positives."""
    positive, aligned = labels[:, None] == labels, bias[:, None] == bias
    return torch.stack([torch.stack([kind & aligned, kind & ~aligned]) for kind in (positive, ~positive)])


def check_options(variant: str, no_pairs: str) -> None:
    """The two options by name."""
    if variant not in VARIANTS:
        raise ValueError(f"variant: must be one of {', '.join(VARIANTS)}, got {variant!r}")
    if no_pairs not in ("raise", "zero"):
        raise ValueError(f"no_pairs: must be raise or zero, got {no_pairs!r}")


def prepared(
    embeddings: torch.Tensor, labels: Any, bias: Any, validate: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Unit vectors [N, D] in float32 or better with labels and bias [N]: views row by row."""
    check_embeddings("embeddings", embeddings, dimensions=(2, 3))
    labels = check_labels("labels", labels, len(embeddings), embeddings.device)
    bias = check_labels("bias", bias, len(embeddings), embeddings.device)
    if embeddings.ndim == 3:
        views = embeddings.shape[1]
        labels, bias = labels.repeat_interleave(views), bias.repeat_interleave(views)
        embeddings = embeddings.flatten(0, 1)
    with full_precision(embeddings.device):
        vectors = normalise(embeddings.to(torch.promote_types(embeddings.dtype, torch.float32)), validate, "embeddings")
    return vectors, labels, bias
