"""The options that every loss takes by keyword, and their checks; what they mean: `theory.margins.losses`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import torch

from contrastive_claims.theory.margins.inputs import CONTRASTS, check_positive

NO_POSITIVES = ("raise", "skip", "zero")
REDUCTIONS = ("mean", "sum", "none")


class Options(TypedDict, total=False):
    """keys=None, key_labels=None, contrast="all", exclude_self=None, positives=None, negatives=None, hard_negatives=0,
    weights=None, class_weights=None, ignore_label=None, reduction="mean", no_positives="raise", validate=True."""

    keys: torch.Tensor | None
    key_labels: Any
    contrast: str | torch.Tensor
    exclude_self: Any
    positives: torch.Tensor | None
    negatives: torch.Tensor | None
    hard_negatives: float | torch.Tensor
    weights: Any
    class_weights: Mapping[Any, float] | Any
    ignore_label: Any
    reduction: str
    no_positives: str
    validate: bool


def check_reduction(reduction: Any, no_positives: Any) -> None:
    """Two of the options by name."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction: must be one of {', '.join(REDUCTIONS)}, got {reduction!r}")
    if no_positives not in NO_POSITIVES:
        raise ValueError(f"no_positives: must be one of {', '.join(NO_POSITIVES)}, got {no_positives!r}")


def check_contrast(contrast: Any) -> Any:
    """The contrast set, if it is one by name or a tensor."""
    if not isinstance(contrast, torch.Tensor) and contrast not in CONTRASTS:
        raise ValueError(f"contrast: must be 'all', 'keys' or a tensor of negatives, got {contrast!r}")
    return contrast


def check_hardness(beta: Any) -> bool:
    """Whether negatives are reweighted; beta must be zero or positive."""
    check_positive("hard_negatives", beta, zero=True)
    return isinstance(beta, torch.Tensor) or beta > 0
