"""Whether derivatives are asked for that the closed forms do not give: torch.func at work, or forward mode."""

from __future__ import annotations

import torch
from torch.autograd import forward_ad


def transformed() -> bool:
    """Whether a transform of torch.func (grad, vmap, jvp, ...) is at work. torch has no public name for what its own
    autograd.Function.apply asks."""
    return torch._C._are_functorch_transforms_active()  # pyright: ignore[reportPrivateUsage]


def has_tangent(*values: object) -> bool:
    """Whether any of these is a tensor that carries a tangent (torch.func.jvp, jacfwd, torch.autograd.forward_ad)."""
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    return any(forward_ad.unpack_dual(tensor).tangent is not None for tensor in tensors)
