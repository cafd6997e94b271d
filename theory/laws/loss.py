"""A contrastive loss of anyone's, behind one signature: (rows [n, d], labels [n]) -> one number."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from contrastive_claims.theory.laws.cases import Case

if TYPE_CHECKING:
    from contrastive_claims.theory.laws.identity import Finding, Identity

TEMPERATURES, EPSILONS = ("temperature", "tau"), ("epsilon",)  # the names under which a loss may take them
LEAST_MARGIN = 1e-3  # an epsilon of a smaller default guards a denominator
REFUSALS = (ValueError, TypeError, NotImplementedError)  # what a loss raises on purpose


class Failure(Exception):
    """A loss that raised, or returned no finite number. refused: with an exception that says so on purpose."""

    def __init__(self, text: str, refused: bool = False) -> None:
        super().__init__(text)
        self.refused = refused


@dataclass(frozen=True)
class Loss:
    """The loss under test, and how it is called.

    call: ``call(embeddings [n, d], labels [n])`` -> a tensor of one element, differentiable in the embeddings; with `views`
    ``call(first [b, d], second [b, d])``, two views of the same b samples and no labels. A class is made into a loss first (with
    the options that its constructor takes), then called. Where call or constructor has a parameter named temperature or tau, or
    epsilon, the laws set it (an epsilon whose default is below .001 guards a denominator and is left alone). Any other shape of
    arguments takes an adapter, a function of five lines:

        def adapted(embeddings, labels, temperature=0.1):
            features = embeddings[:, None, :]  # [b, 1, d]: one view
            mask = labels[:, None] == labels
            return their_loss(features, mask, t=temperature)

    name: what it is called in reports, "module:function". finding: which loss it is, once theory.laws.identify has looked.
    """

    call: Callable[..., Any]
    views: bool = False
    name: str = ""
    finding: Finding | None = None

    def __post_init__(self) -> None:
        if not callable(self.call):
            raise ValueError(f"loss: must be a function, a class or a module, got {type(self.call).__name__}")
        if not self.name:
            object.__setattr__(self, "name", getattr(self.call, "__name__", type(self.call).__name__))

    def known_as(self, finding: Finding) -> Loss:
        """The same loss, with what was found of it."""
        return replace(self, finding=finding)

    @property
    def identity(self) -> Identity | None:
        """Which loss it is, None where it is none of those known (or was not looked at)."""
        return None if self.finding is None else self.finding.identity

    @cached_property
    def _settable(self) -> tuple[str | None, str | None]:
        """Under which names it takes a temperature and a margin, None where it does not."""
        asked = self.call.forward if isinstance(self.call, torch.nn.Module) else self.call
        try:
            parameters = inspect.signature(asked).parameters.values()
        except (TypeError, ValueError):  # a builtin says nothing of its parameters
            return None, None
        named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        names = [p.name for p in named if not (p.name in EPSILONS and _guards(p.default))]
        return next((t for t in TEMPERATURES if t in names), None), next((e for e in EPSILONS if e in names), None)

    @property
    def takes_temperature(self) -> bool:
        """Whether the laws may set its temperature."""
        return self._settable[0] is not None

    @property
    def takes_epsilon(self) -> bool:
        """Whether the laws may set its margin."""
        return self._settable[1] is not None

    def value(self, rows: torch.Tensor, labels: torch.Tensor, temperature: Any, epsilon: float) -> torch.Tensor:
        """The loss of rows [n, d] (two views: the first half and the second) as a tensor without axes.

        Raises Failure for whatever the loss raises, and for anything but one number, NaN included.
        """
        options = {}
        if self.takes_temperature:
            options[self._settable[0]] = temperature
        if self.takes_epsilon:
            options[self._settable[1]] = epsilon
        given = rows.chunk(2) if self.views else (rows, labels)
        try:
            found = self.call(**options)(*given) if isinstance(self.call, type) else self.call(*given, **options)
        except Exception as error:
            said = " ".join(str(error).split())
            refused = isinstance(error, REFUSALS) or "not implemented for" in said  # as torch says it of half precision
            raise Failure(f"raised {type(error).__name__}: {said[:160]}", refused) from error
        if isinstance(found, int | float):
            found = torch.tensor(float(found))
        if not isinstance(found, torch.Tensor):
            raise Failure(f"returned a {type(found).__name__}, not a number")
        if found.numel() != 1:
            raise Failure(f"returned a tensor of shape {list(found.shape)}, not one number")
        if not math.isfinite(number := float(found.detach())):
            raise Failure(f"returned {number}")
        return found.reshape(())

    def number(self, rows: np.ndarray, case: Case, labels: np.ndarray | None = None, **options: Any) -> float:
        """The loss at rows [n, d], labels and options as in the case unless given. Raises Failure."""
        return float(self.value(*self._tensors(rows, case, labels), **_options(case, options)).detach())

    def gradient(self, rows: np.ndarray, case: Case, labels: np.ndarray | None = None, **options: Any) -> np.ndarray:
        """Its gradient in the rows, [n, d] (zeros where it does not depend on them). Raises Failure, also for NaN in it."""
        given, classes = self._tensors(rows, case, labels)
        given.requires_grad_()
        found = self.value(given, classes, **_options(case, options))
        return derivative(found, given)

    def _tensors(self, rows: np.ndarray, case: Case, labels: np.ndarray | None) -> tuple[torch.Tensor, torch.Tensor]:
        given = torch.from_numpy(np.array(rows)).to(getattr(torch, case.dtype))
        return given, torch.from_numpy(np.array(case.classes if labels is None else labels))


def _guards(default: Any) -> bool:
    """Whether an epsilon of this default keeps a denominator from zero, and is no margin."""
    return isinstance(default, float) and 0 < default < LEAST_MARGIN


def derivative(value: torch.Tensor, of: torch.Tensor) -> np.ndarray:
    """d value / d of, in float64; zeros where value does not depend on it. Raises Failure where it is not finite."""
    if value.grad_fn is None:
        return np.zeros(of.shape)
    try:
        found = torch.autograd.grad(value, of, allow_unused=True, materialize_grads=True)[0]
    except RuntimeError as error:
        raise Failure(f"its gradient raised {type(error).__name__}: {' '.join(str(error).split())[:160]}") from error
    if not bool(found.isfinite().all()):
        raise Failure("its gradient holds NaN or infinity")
    return found.double().numpy()


def _options(case: Case, options: dict[str, Any]) -> dict[str, Any]:
    return {"temperature": case.temperature, "epsilon": case.epsilon} | options
