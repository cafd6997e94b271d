"""Random draws by sample: a view is a function of (seed, epoch, view, sample), however samples are batched or sharded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from contrastive_claims.experiments.training.presets import Augmentation

TRIES = 10  # boxes that a random resized crop tries, as torchvision's
# One uniform draw each, made whatever the strengths are, so that changing one strength leaves all other draws alone.
NAMES = (
    *(f"crop {what} {k}" for what in ("area", "ratio") for k in range(TRIES)),
    *("crop top", "crop left", "pad top", "pad left", "flip"),
    *("rotation", "scale", "shear", "shift x", "shift y"),
    *("jittered", "order", "brightness", "contrast", "saturation", "hue", "grey"),
    *("boosted", "operation", "direction", "hole x", "hole y"),
)
COLUMN = {name: k for k, name in enumerate(NAMES)}
UNIFORM, NORMAL = 101, 102  # what a stream is for; apart from the trainer's own


def draw_table(count: int, seed: int, epoch: int, view: int, strength: Augmentation, pixels: int) -> Tensor:
    """All samples' draws for one view of one epoch: [count, len(NAMES)] float32 in [0, 1), one row a sample.

    With noise on, `pixels` = C H W standard normal columns follow, 4 count C H W bytes: noise is for small images. A row
    does not depend on `count`. On the CPU, where `augment` wants it: then views do not depend on the images' device.
    """
    uniform = _stream(seed, UNIFORM, epoch, view).random((count, len(NAMES)), np.float32)
    if not strength.noise:
        return torch.from_numpy(uniform)
    normal = _stream(seed, NORMAL, epoch, view).standard_normal((count, pixels), np.float32)
    return torch.from_numpy(np.concatenate([uniform, normal], axis=1))


def uniform(draws: Tensor, name: str, low: float = 0, high: float = 1) -> Tensor:
    """A batch's draws of that name [B], float64, uniform on [low, high)."""
    return low + (high - low) * draws[:, COLUMN[name]].double()


def noise(draws: Tensor) -> Tensor:
    """A batch's standard normal draws [B, C H W]."""
    return draws[:, len(NAMES) :]


def replace(images: Tensor, chosen: Tensor, change: Callable[..., Tensor], *numbers: Tensor) -> None:
    """images[chosen] = change(images[chosen], *numbers[chosen]), in place; nothing is computed for the other rows."""
    rows = chosen.nonzero()[:, 0]
    if len(rows):
        mine = [number[rows].to(images) for number in numbers]
        rows = rows.to(images.device)
        images.index_copy_(0, rows, change(images.index_select(0, rows), *mine))


def _stream(seed: int, purpose: int, epoch: int, view: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, epoch, view)))
