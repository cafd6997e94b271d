"""Colour changes of a batch of images [B, C, H, W] in [0, 1], every sample with a factor of its own [B].

torchvision's operations on float images, with its clamping; nothing is rounded to 8 bits in between. Images of one
channel have no hue and no saturation, so these leave them as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor

LUMINANCE = (0.2989, 0.587, 0.114)  # ITU-R BT.601, with torchvision's digits


def luminance(images: Tensor) -> Tensor:
    """Brightness as the eye weighs it [B, 1, H, W]: a weighted sum of red, green, blue; an only channel is its own."""
    if images.shape[1] == 1:
        return images
    red, green, blue = images.split(1, dim=1)
    return (red * LUMINANCE[0]).add_(green, alpha=LUMINANCE[1]).add_(blue, alpha=LUMINANCE[2])


def brightness(images: Tensor, factors: Tensor) -> Tensor:
    """Blended with black: factor 0 gives black, 1 the image, more a brighter one."""
    return (images * _each(factors)).clamp_(0, 1)


def contrast(images: Tensor, factors: Tensor) -> Tensor:
    """Blended with the image's mean luminance: factor 0 gives that grey everywhere, 1 the image."""
    return _blend(images, luminance(images).mean((1, 2, 3), keepdim=True), factors)


def saturation(images: Tensor, factors: Tensor) -> Tensor:
    """Blended with its grey version: factor 0 gives that, 1 the image."""
    if images.shape[1] == 1:
        return images
    return _blend(images, luminance(images), factors)


def hue(images: Tensor, turns: Tensor) -> Tensor:
    """Hues turned on the colour circle by `turns` (1 is all the way round); HSV saturation and value stay.

    On that circle the largest channel is 1, the smallest 0, and every channel falls from 1 to 0 between one sixth and
    two sixths of a turn from its own hue (red 0, green 1/3, blue 2/3).
    """
    if images.shape[1] == 1:
        return images
    high, low = images.amax(1, keepdim=True), images.amin(1, keepdim=True)
    spread = high - low
    # how far each channel lies below the largest; where all are alike, all three are 0 and so is what they change
    red, green, blue = ((high - images) / spread.clamp_min(torch.finfo(images.dtype).tiny)).split(1, dim=1)
    # of two largest channels either formula gives the same hue; arithmetic is five times as fast as torch.where
    is_red = 1 - red.sign()
    is_green = (1 - is_red) * (1 - green.sign())
    sixths = is_red * (blue - green) + is_green * (red - blue + 2) + (1 - is_red - is_green) * (green - red + 4)
    own = torch.tensor([0, 1 / 3, 2 / 3], device=images.device, dtype=images.dtype).view(3, 1, 1)
    away = sixths.div_(6).add_(_each(turns)) - own
    away = away.sub_(away.round()).abs_()  # in turns, the short way round
    return torch.addcmul(low, spread, away.mul_(-6).add_(2).clamp_(0, 1))


def grey(images: Tensor) -> Tensor:
    """Every channel replaced by the luminance."""
    return luminance(images).expand_as(images)


def _blend(images: Tensor, others: Tensor, factors: Tensor) -> Tensor:
    factors = _each(factors)
    return (images * factors).add_(others * (1 - factors)).clamp_(0, 1)


def _each(factors: Tensor) -> Tensor:
    return factors.view(-1, 1, 1, 1)
