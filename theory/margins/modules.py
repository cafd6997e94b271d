"""The losses as nn.Modules: options at construction, data at the call. The formulas and conventions are those of
`theory.margins.losses` and `theory.margins.debiasing`.

`temperature` and `epsilon` are numbers, tensors or parameters, and attributes that may be set at any time
(`loss.temperature = .5`, a scheduler). A parameter that is given is the module's own parameter, in its own units.
`learnable=True` makes the temperature a parameter in logarithms, as CLIP does: `log_scale = -log(temperature)`, clamped where it
is read so that 1/temperature stays within `max_scale`. `learnable_epsilon=True` does the same for epsilon: `log_epsilon`, which
needs epsilon > 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from contrastive_claims.theory.margins import debiasing, losses
from contrastive_claims.theory.margins.inputs import CONTRASTS, as_float, check_epsilon, check_positive
from contrastive_claims.theory.margins.options import check_hardness, check_reduction

CLIP_SCALE = 100.0  # CLIP's largest 1/temperature


class _ContrastiveLoss(nn.Module):
    """forward(embeddings, labels=None, keys=None, key_labels=None, **data); data: contrast, exclude_self, positives, negatives,
    weights, as the function takes them."""

    _function: Callable[..., torch.Tensor]

    def __init__(
        self,
        temperature: float | torch.Tensor = 0.1,
        reduction: str = "mean",
        no_positives: str = "raise",
        validate: bool = True,
        *,
        learnable: bool = False,
        max_scale: float = CLIP_SCALE,
        contrast: str = "all",
        hard_negatives: float = 0.0,
        class_weights: Mapping[Any, float] | torch.Tensor | None = None,
        ignore_label: Any = None,
    ) -> None:
        super().__init__()
        check_reduction(reduction, no_positives)
        check_positive("max_scale", max_scale)
        check_hardness(hard_negatives)
        if contrast not in CONTRASTS:
            raise ValueError(f"contrast: must be one of {', '.join(CONTRASTS)}, got {contrast!r}")
        self.max_scale = float(max_scale)
        self.log_scale: nn.Parameter | None = None
        self.given_temperature: Any
        self._own("temperature", temperature)
        if learnable:
            if isinstance(temperature, nn.Parameter):
                raise ValueError("learnable: the temperature given is a parameter already")
            if as_float(temperature) < 1 / self.max_scale:
                raise ValueError(f"temperature: must be at least 1 / max_scale = {1 / self.max_scale:g}")
            self.log_scale = nn.Parameter(torch.tensor(-math.log(as_float(temperature))))
        self.options: dict[str, Any] = {
            "reduction": reduction,
            "no_positives": no_positives,
            "validate": validate,
            "contrast": contrast,
            "hard_negatives": hard_negatives,
            "class_weights": class_weights,
            "ignore_label": ignore_label,
        }

    @property
    def temperature(self) -> float | torch.Tensor:
        """tau, as the loss uses it."""
        if self.log_scale is None:
            return self.given_temperature
        return (-self.log_scale.clamp(max=math.log(self.max_scale))).exp()

    @temperature.setter
    def temperature(self, value: float | torch.Tensor) -> None:
        check_positive("temperature", value)
        if self.log_scale is None:
            self._own("temperature", value)
            return
        with torch.no_grad():
            self.log_scale.fill_(-math.log(as_float(value)))

    def _own(self, name: str, value: float | torch.Tensor) -> None:
        """Keep a number, tensor (a buffer) or parameter under `given_...`, in the place of what was there."""
        if name == "epsilon":
            check_epsilon(value)
        else:
            check_positive(name, value)
        held = f"given_{name}"
        current = self.__dict__.get(held, self._parameters.get(held))
        if isinstance(current, nn.Parameter) and not isinstance(value, torch.Tensor):
            with torch.no_grad():
                current.fill_(value)
            return
        for store in (self.__dict__, self._parameters, self._buffers):
            store.pop(held, None)
        if isinstance(value, torch.Tensor) and not isinstance(value, nn.Parameter) and not value.requires_grad:
            self.register_buffer(held, value.detach().clone())
        else:
            setattr(self, held, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("temperature", "epsilon") and isinstance(value, nn.Parameter):
            setter = getattr(type(self), name).fset  # nn.Module would register it beside the property
            setter(self, value)
        else:
            super().__setattr__(name, value)

    def forward(
        self,
        embeddings: Any,
        labels: Any = None,
        keys: torch.Tensor | None = None,
        key_labels: Any = None,
        **data: Any,
    ) -> torch.Tensor:
        return type(self)._function(embeddings, labels, keys=keys, key_labels=key_labels, **{**self._all(), **data})

    def _all(self) -> dict[str, Any]:
        unused = {"contrast": "all", "hard_negatives": 0.0, "class_weights": None, "ignore_label": None}
        kept = {name: value for name, value in self.options.items() if value is not unused.get(name, self)}
        return {"temperature": self.temperature, **kept}

    def extra_repr(self) -> str:
        shown = {"temperature": _shown(self.temperature)} | {
            name: self.options[name] for name in ("reduction", "no_positives", "validate")
        }
        unused = {"contrast": "all", "hard_negatives": 0.0, "class_weights": None, "ignore_label": None}
        shown |= {name: self.options[name] for name, usual in unused.items() if self.options[name] is not usual}
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


class _MarginLoss(_ContrastiveLoss):
    def __init__(
        self,
        temperature: float | torch.Tensor = 0.1,
        epsilon: float | torch.Tensor = 0.25,
        reduction: str = "mean",
        no_positives: str = "raise",
        validate: bool = True,
        *,
        learnable_epsilon: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(temperature, reduction, no_positives, validate, **options)
        self.log_epsilon: nn.Parameter | None = None
        self.given_epsilon: Any
        self._own("epsilon", epsilon)
        if learnable_epsilon:
            if isinstance(epsilon, nn.Parameter):
                raise ValueError("learnable_epsilon: the epsilon given is a parameter already")
            check_epsilon(epsilon, zero=False)
            self.log_epsilon = nn.Parameter(torch.tensor(math.log(as_float(epsilon))))

    @property
    def epsilon(self) -> float | torch.Tensor:
        """The margin in logits, as the loss uses it."""
        return self.given_epsilon if self.log_epsilon is None else self.log_epsilon.exp()

    @epsilon.setter
    def epsilon(self, value: float | torch.Tensor) -> None:
        check_epsilon(value, zero=self.log_epsilon is None)
        if self.log_epsilon is None:
            self._own("epsilon", value)
            return
        with torch.no_grad():
            self.log_epsilon.fill_(math.log(as_float(value)))

    def _all(self) -> dict[str, Any]:
        return {**super()._all(), "epsilon": self.epsilon}

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, epsilon={_shown(self.epsilon)!r}"


class InfoNCE(_ContrastiveLoss):
    """`losses.info_nce` as a module: forward(embeddings, labels=None, keys=None, key_labels=None)."""

    _function = staticmethod(losses.info_nce)


class NTXent(_ContrastiveLoss):
    """`losses.nt_xent` as a module: forward(embeddings, labels=None, keys=None, key_labels=None)."""

    _function = staticmethod(losses.nt_xent)


class SupCon(_ContrastiveLoss):
    """`losses.sup_con` as a module: forward(embeddings, labels, keys=None, key_labels=None)."""

    _function = staticmethod(losses.sup_con)


class SupConIn(_ContrastiveLoss):
    """`losses.sup_con_in` as a module: forward(embeddings, labels, keys=None, key_labels=None)."""

    _function = staticmethod(losses.sup_con_in)


class InfoL1O(_ContrastiveLoss):
    """`losses.info_l1o` as a module: forward(embeddings, labels=None, keys=None, key_labels=None)."""

    _function = staticmethod(losses.info_l1o)


class EpsInfoNCE(_MarginLoss):
    """`losses.eps_infonce` as a module: forward(embeddings, labels=None, keys=None, key_labels=None)."""

    _function = staticmethod(losses.eps_infonce)


class EpsSupInfoNCE(_MarginLoss):
    """`losses.eps_sup_infonce` as a module: forward(embeddings, labels, keys=None, key_labels=None)."""

    _function = staticmethod(losses.eps_sup_infonce)


class EpsSupCon(_MarginLoss):
    """`losses.eps_sup_con` as a module: forward(embeddings, labels, keys=None, key_labels=None)."""

    _function = staticmethod(losses.eps_sup_con)


class TwoTowers(_MarginLoss):
    """`losses.two_towers` as a module, temperature .07 and epsilon 0 unless said: forward(first, second, labels=None)."""

    _function = staticmethod(losses.two_towers)

    def __init__(
        self,
        temperature: float | torch.Tensor = 0.07,
        epsilon: float | torch.Tensor = 0.0,
        reduction: str = "mean",
        no_positives: str = "raise",
        validate: bool = True,
        **options: Any,
    ) -> None:
        if "contrast" in options:
            raise ValueError("contrast: two_towers has one contrast set, the other tower")
        super().__init__(temperature, epsilon, reduction, no_positives, validate, **options)

    def forward(self, first: torch.Tensor, second: torch.Tensor, labels: Any = None, **data: Any) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return losses.two_towers(first, second, labels, **{**self._all(), **data})


class _Penalty(nn.Module):
    """forward(embeddings, labels, bias)."""

    _function: Callable[..., torch.Tensor]

    def __init__(self, **options: Any) -> None:
        super().__init__()
        debiasing.check_options(options["variant"], options["no_pairs"])
        self.options: dict[str, Any] = options

    def forward(self, embeddings: torch.Tensor, labels: Any, bias: Any) -> torch.Tensor:
        return type(self)._function(embeddings, labels, bias, **self.options)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


class FairKL(_Penalty):
    """`debiasing.fair_kl` as a module: forward(embeddings, labels, bias)."""

    _function = staticmethod(debiasing.fair_kl)

    def __init__(
        self,
        variant: str = "paper",
        symmetric: bool = False,
        variance_floor: float = debiasing.VARIANCE_FLOOR,
        no_pairs: str = "raise",
        validate: bool = True,
        std_weight: float = 1.0,
    ) -> None:
        check_positive("variance_floor", variance_floor, zero=True)
        check_positive("std_weight", std_weight, zero=True)
        super().__init__(
            variant=variant,
            symmetric=symmetric,
            variance_floor=variance_floor,
            no_pairs=no_pairs,
            validate=validate,
            std_weight=std_weight,
        )
        if variant == "released" and symmetric:
            raise ValueError(debiasing.NOT_SYMMETRIC)


class EnD(_Penalty):
    """`debiasing.end` as a module: forward(embeddings, labels, bias)."""

    _function = staticmethod(debiasing.end)

    def __init__(self, variant: str = "paper", no_pairs: str = "raise", validate: bool = True) -> None:
        super().__init__(variant=variant, no_pairs=no_pairs, validate=validate)


def _shown(value: float | torch.Tensor) -> float:
    return float(f"{as_float(value):.6g}")
