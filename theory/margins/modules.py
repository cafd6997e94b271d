"""The losses as nn.Modules: options at construction, data at the call. The formulas and conventions are those of
`theory.margins.losses` and `theory.margins.debiasing`."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from theory.margins import debiasing, losses
from theory.margins.inputs import check_positive


class _ContrastiveLoss(nn.Module):
    def __init__(
        self,
        temperature: float = 0.1,
        reduction: str = "mean",
        no_positives: str = "raise",
        validate: bool = True,
    ) -> None:
        super().__init__()
        check_positive("temperature", temperature)
        self.options: dict[str, Any] = {
            "temperature": temperature,
            "reduction": reduction,
            "no_positives": no_positives,
            "validate": validate,
        }

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


class _MarginLoss(_ContrastiveLoss):
    def __init__(
        self,
        temperature: float = 0.1,
        epsilon: float = 0.25,
        reduction: str = "mean",
        no_positives: str = "raise",
        validate: bool = True,
    ) -> None:
        super().__init__(temperature, reduction, no_positives, validate)
        check_positive("epsilon", epsilon, zero=True)
        self.options["epsilon"] = epsilon


class InfoNCE(_ContrastiveLoss):
    """`losses.info_nce` as a module: forward(embeddings, labels=None, keys=None, key_labels=None)."""

    def forward(
        self, embeddings: torch.Tensor, labels: Any = None, keys: torch.Tensor | None = None, key_labels: Any = None
    ) -> torch.Tensor:
        return losses.info_nce(embeddings, labels, keys=keys, key_labels=key_labels, **self.options)


class NTXent(_ContrastiveLoss):
    """`losses.nt_xent` as a module: forward(embeddings, labels=None, keys=None, key_labels=None)."""

    def forward(
        self, embeddings: torch.Tensor, labels: Any = None, keys: torch.Tensor | None = None, key_labels: Any = None
    ) -> torch.Tensor:
        return losses.nt_xent(embeddings, labels, keys=keys, key_labels=key_labels, **self.options)


class SupCon(_ContrastiveLoss):
    """`losses.sup_con` as a module: forward(embeddings, labels, keys=None, key_labels=None)."""

    def forward(
        self, embeddings: torch.Tensor, labels: Any, keys: torch.Tensor | None = None, key_labels: Any = None
    ) -> torch.Tensor:
        return losses.sup_con(embeddings, labels, keys=keys, key_labels=key_labels, **self.options)


class EpsSupInfoNCE(_MarginLoss):
    """`losses.eps_sup_infonce` as a module: forward(embeddings, labels, keys=None, key_labels=None)."""

    def forward(
        self, embeddings: torch.Tensor, labels: Any, keys: torch.Tensor | None = None, key_labels: Any = None
    ) -> torch.Tensor:
        return losses.eps_sup_infonce(embeddings, labels, keys=keys, key_labels=key_labels, **self.options)


class EpsSupCon(_MarginLoss):
    """`losses.eps_sup_con` as a module: forward(embeddings, labels, keys=None, key_labels=None)."""

    def forward(
        self, embeddings: torch.Tensor, labels: Any, keys: torch.Tensor | None = None, key_labels: Any = None
    ) -> torch.Tensor:
        return losses.eps_sup_con(embeddings, labels, keys=keys, key_labels=key_labels, **self.options)


class FairKL(nn.Module):
    """`debiasing.fair_kl` as a module: forward(embeddings, labels, bias)."""

    def __init__(
        self,
        variant: str = "paper",
        symmetric: bool = False,
        variance_floor: float = debiasing.VARIANCE_FLOOR,
        no_pairs: str = "raise",
        validate: bool = True,
    ) -> None:
        super().__init__()
        self.options: dict[str, Any] = {
            "variant": variant,
            "symmetric": symmetric,
            "variance_floor": variance_floor,
            "no_pairs": no_pairs,
            "validate": validate,
        }

    def forward(self, embeddings: torch.Tensor, labels: Any, bias: Any) -> torch.Tensor:
        return debiasing.fair_kl(embeddings, labels, bias, **self.options)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())
