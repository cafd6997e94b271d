"""Optimisers and learning rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from contrastive_claims.experiments.training.presets import Optimiser

TRUST = 1e-3  # LARS' eta


def build_optimiser(spec: Optimiser, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The preset's optimiser over `parameters`. Adam takes `momentum` as its beta_1, beside beta_2 = .999, and adds weight
    decay to the gradient, as SGD does.

    Raises ValueError for Nesterov momentum without momentum, or with Adam or LARS.
    """
    if spec.nesterov and (spec.name != "sgd" or not spec.momentum):
        raise ValueError(f"nesterov: belongs to sgd with a momentum above 0, got {spec.name} with {spec.momentum}")
    rate, decay = spec.learning_rate, spec.weight_decay
    if spec.name == "adam":
        return torch.optim.Adam(parameters, lr=rate, betas=(spec.momentum, 0.999), weight_decay=decay)
    if spec.name == "lars":
        return LARS(parameters, rate, spec.momentum, decay)
    return torch.optim.SGD(parameters, lr=rate, momentum=spec.momentum, weight_decay=decay, nesterov=spec.nesterov)


class LARS(torch.optim.Optimizer):
    """Layer-wise adaptive rates: v <- momentum v + rate lambda (g + decay w), w <- w - v, with for every tensor of weights
    lambda = TRUST |w| / (|g| + decay |w|), or 1 if |w| or |g| is 0.

    Biases and the scales and shifts of norm layers (tensors of one dimension) take plain steps, lambda = 1 and no decay.
    Source: You, Gitman & Ginsburg 2017, algorithm 1; the exception as in Chen et al. 2020.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.9, weight_decay: float = 0) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:  # pyright: ignore
        """One step; `closure`, where given, computes the loss and its gradients first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            decay = group["weight_decay"]
            for weights in group["params"]:
                if weights.grad is None:
                    continue
                change = weights.grad * group["lr"]
                if weights.ndim > 1:
                    size, slope = torch.linalg.vector_norm(weights), torch.linalg.vector_norm(weights.grad)
                    trust = TRUST * size / (slope + decay * size)
                    change = (change + group["lr"] * decay * weights) * trust.where((size > 0) & (slope > 0), 1.0)
                state = self.state[weights]
                if "velocity" not in state:
                    state["velocity"] = torch.zeros_like(weights)
                weights -= state["velocity"].mul_(group["momentum"]).add_(change)
        return loss


def learning_rate_factor(spec: Optimiser, steps_per_epoch: int, epochs: int) -> Callable[[int], float]:
    """What the learning rate is multiplied by at a step, counted from 0.

    Over the first W = warm_up x steps (rounded down, at least one if there is a warm-up) it is (step + 1) / W. Then cosine:
    half a cosine from 1 down to final_rate / learning_rate at the end; step: `decay` for every one of the epochs
    `milestones` that is over; constant: 1.
    """
    steps = steps_per_epoch * epochs
    warm = max(1, math.floor(spec.warm_up * steps + 1e-9)) if spec.warm_up else 0
    last = spec.final_rate / spec.learning_rate

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        if spec.schedule == "cosine":
            return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
        return spec.decay ** sum(step >= milestone * steps_per_epoch for milestone in spec.milestones)

    return factor
