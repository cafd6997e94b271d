"""Crop, pad, flip, shift, rotation, scale and shear of a batch of images, as one map and one interpolation."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from contrastive_claims.experiments.training.presets import Augmentation
from contrastive_claims.experiments.training.views.draws import COLUMN, TRIES, uniform

RATIO = 4 / 3  # between the sides of a crop's box, at most


def moves(strength: Augmentation) -> bool:
    """Whether any change of geometry is on."""
    return bool(strength.crop or strength.pad or strength.flip) or _is_affine(strength)


def moved(images: Tensor, strength: Augmentation, draws: Tensor) -> Tensor:
    """Images [B, C, H, W] float32 with their pixels moved, bilinearly interpolated; outside an image all is black.

    A pixel of the view goes through the affine change about the centre (shear, then rotation and size, then shift), the
    mirror, the crop's box and the padding. A crop alone repeats the pixels at its edges, as resizing does; under an affine
    change it shows what lies around its box. A box is never larger than the view, so antialiasing has no part in it.
    """
    height, width = images.shape[2:]
    grid = torch.empty((len(images), height, width, 2), device=images.device)
    x, y = ((torch.arange(size, device=images.device) * 2 + 1) / size - 1 for size in (width, height))
    # worked out where the draws are, in float64, so that boxes and angles do not depend on the images' device
    for axis, numbers in enumerate(_maps(draws, strength, height, width)):
        from_x, from_y, from_1, low, high = torch.stack(numbers).to(images.device, torch.float32)[..., None, None]
        grid[..., axis] = torch.addcmul(from_x * x + from_1, from_y, y[:, None]).clamp_(low, high)
    return functional.grid_sample(images, grid, align_corners=False)


def _maps(draws: Tensor, strength: Augmentation, height: int, width: int) -> Iterator[tuple[Tensor, ...]]:
    """For each axis of the image five numbers a sample: the place that a pixel (x, y) of the view comes from is
    from_x x + from_y y + from_1, kept in [low, high]. In coordinates of grid_sample: the image's edges are -1 and 1."""
    affine = _affine(draws, strength, height, width)
    top, left, rows, columns = crop_boxes(draws, strength.crop, height, width)
    mirror = 1 - 2 * (uniform(draws, "flip") < strength.flip).double()
    pad_x, pad_y = (uniform(draws, name, -strength.pad, strength.pad + 1).floor() for name in ("pad left", "pad top"))
    boxes = ((left + pad_x, columns, width, mirror), (top + pad_y, rows, height, torch.ones_like(mirror)))
    for axis, (begin, extent, size, sign) in enumerate(boxes):
        middle, half = (2 * begin + extent) / size - 1, extent / size
        # from the box's middle to the centres of its outer pixels
        reach = half - 1 / size if strength.crop and not _is_affine(strength) else torch.full_like(half, math.inf)
        from_x, from_y, from_1 = (sign * half * part for part in affine[axis])
        yield from_x, from_y, from_1 + middle, middle - reach, middle + reach


def _affine(draws: Tensor, strength: Augmentation, height: int, width: int) -> tuple[tuple[Tensor, ...], ...]:
    """Two rows of three numbers a sample. Shift in pixels along each axis, angle, size, horizontal shear: uniform either way."""
    size = 1 / uniform(draws, "scale", 1 - strength.scale, 1 + strength.scale)  # a map to the image, hence the inverse
    angle = uniform(draws, "rotation", -math.radians(strength.rotation), math.radians(strength.rotation))
    cos, sin = size * angle.cos(), size * angle.sin()
    shear = uniform(draws, "shear", -strength.shear, strength.shear)
    shift_x, shift_y = (uniform(draws, name, -strength.shift, strength.shift) for name in ("shift x", "shift y"))
    return (
        (cos, (shear * cos - sin) * height / width, shift_x * 2 / width),
        (sin * width / height, shear * sin + cos, shift_y * 2 / height),
    )


def crop_boxes(draws: Tensor, smallest: float, height: int, width: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes (top, left, rows, columns), whole numbers, each [B] float64, by torchvision's rule for RandomResizedCrop.

    A share of the area uniform in [smallest, 1] and a log-uniform ratio of the sides, both sides rounded; the first of
    TRIES boxes that fits, else the largest central one of an admissible ratio. smallest 0: all of the image.
    """
    if not smallest:
        zero = draws.new_zeros(len(draws), dtype=torch.float64)
        return zero, zero, zero + height, zero + width
    area, ratio = (draws[:, COLUMN[f"crop {what} 0"] :][:, :TRIES].double() for what in ("area", "ratio"))
    area = height * width * (smallest + (1 - smallest) * area)
    ratio = ((2 * ratio - 1) * math.log(RATIO)).exp()
    columns, rows = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    fits = (columns > 0) & (columns <= width) & (rows > 0) & (rows <= height)
    first, some = fits.int().argmax(1, keepdim=True), fits.any(1)
    columns = columns.gather(1, first)[:, 0].where(some, min(width, round(height * RATIO)))
    rows = rows.gather(1, first)[:, 0].where(some, min(height, round(width * RATIO)))
    places = (("crop top", height - rows), ("crop left", width - columns))
    top, left = (((uniform(draws, name) * (room + 1)).floor()).where(some, room // 2) for name, room in places)
    return top, left, rows, columns


def _is_affine(strength: Augmentation) -> bool:
    return bool(strength.shift or strength.rotation or strength.scale or strength.shear)
