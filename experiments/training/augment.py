"""Random views of a batch of images: every sample has its own draw, and every draw comes from the generator given."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from experiments.training.presets import Augmentation


def augment(images: Tensor, strength: Augmentation, generator: torch.Generator) -> Tensor:
    """One view [B, C, H, W] of each of `images` [B, C, H, W]; background (0) enters from outside. Not clipped.

    Every draw is made whatever the strengths, so that changing one strength leaves the other draws as they were. The
    generator is a CPU one: a view does not depend on the device that the images are on.
    """
    n, channels, height, width = images.shape
    signed = 2 * torch.rand(n, 5, generator=generator).to(images.device) - 1
    noise = torch.randn(images.shape, generator=generator).to(images.device)
    # affine_grid maps places of the view to places of the image, hence the inverse size
    size = 1 / (1 + strength.scale * signed[:, 1])
    angle = signed[:, 0] * math.radians(strength.rotation)
    cos, sin, shear = size * angle.cos(), size * angle.sin(), strength.shear * signed[:, 2]
    maps = torch.stack(
        [
            torch.stack([cos, shear * cos - sin, signed[:, 3] * (2 * strength.shift / width)], 1),
            torch.stack([sin, shear * sin + cos, signed[:, 4] * (2 * strength.shift / height)], 1),
        ],
        1,
    )  # [B, 2, 3]
    grid = functional.affine_grid(maps, [n, channels, height, width], align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False) + strength.noise * noise
