"""Matrix products in full float32 whatever the process has set, without touching what it has set.

TF32 and bfloat16 products are switched by settings of the whole process, which other threads read and a caller may change at
any time; setting them here, even for a moment, would be seen there. So they are only read: where one is on for a device,
products of float32 matrices are taken another way, which it does not reach: in float64 on a CPU, and on a GPU as six products
of parts of eight bits each, which TF32 and bfloat16 hold exactly and accumulate in float32.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch

_PART_MASK = -65536  # sign, exponent and the seven stored bits of a bfloat16 in a float32's 32 bits
_FULL = ("none", "ieee")
# what beta = 0 leaves out
_IGNORED = {dtype: torch.zeros((), dtype=dtype, device="cpu") for dtype in (torch.float32, torch.float64)}


@contextmanager
def full_precision(device: torch.device) -> Generator[None, None, None]:
    """Autocast off; the previous state, which is the thread's own, comes back afterwards."""
    if torch.is_autocast_enabled(device.type):
        with torch.autocast(device.type, enabled=False):
            yield
    else:  # entering it costs as much as a small matrix product
        yield


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """``left @ right`` in the dtype's own precision; differentiable."""
    if left.dtype != torch.float32 or not reduced(left.device):
        return left @ right
    if left.is_cuda and not (torch.is_grad_enabled() and (left.requires_grad or right.requires_grad)):
        return in_parts(left, right)
    return (left.double() @ right.double()).to(left.dtype)


def scaled_product(left: torch.Tensor, right: torch.Tensor, scale: float) -> torch.Tensor:
    """``scale * left @ right`` of matrices on a CPU, by `product` under `full_precision`; without a graph."""
    if torch.is_autocast_enabled("cpu"):
        with torch.autocast("cpu", enabled=False):
            return scaled_product(left, right, scale)
    if left.dtype == torch.float32 and reduced(left.device):
        return product(left, right).mul_(scale)
    # with small matrices a multiplication of its own costs as much as the product
    return torch.addmm(_IGNORED[left.dtype], left, right, beta=0, alpha=scale)


def add_product(total: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """``total += left @ right``, and total."""
    if left.dtype != torch.float32 or not reduced(left.device):
        return total.addmm_(left, right)
    return total.add_(product(left, right))


def reduced(device: torch.device) -> bool:
    """Whether the process has asked for float32 products of less than float32's precision on this device."""
    matmul = torch.backends.cuda.matmul if device.type == "cuda" else getattr(torch.backends.mkldnn, "matmul", None)
    precision = getattr(matmul, "fp32_precision", None)
    if precision is None:  # torch before 2.9: one setting for all
        return torch.get_float32_matmul_precision() != "highest"
    return precision not in _FULL


def in_parts(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """``left @ right`` of float32 matrices as six products of parts that bfloat16 holds exactly, the small ones first.

    With x = x1 + x2 + x3, eight bits each, the three products left out are below 2^-24 of the result's terms.
    """
    (a1, a2, a3), (b1, b2, b3) = _parts(left), _parts(right)
    total = a1 @ b3
    for first, second in ((a3, b1), (a2, b2), (a1, b2), (a2, b1), (a1, b1)):
        total.addmm_(first, second)
    return total


def _parts(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Three float32 matrices of at most eight significant bits, of sum `matrix` (exact, subnormals aside)."""
    matrix = matrix.contiguous()
    high = (matrix.view(torch.int32) & _PART_MASK).view(torch.float32)
    rest = matrix - high
    middle = (rest.view(torch.int32) & _PART_MASK).view(torch.float32)
    return high, middle, rest - middle
