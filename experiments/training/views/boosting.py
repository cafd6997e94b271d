"""BCL (Zhou et al. 2022, "Contrastive Learning with Boosted Memorization"): the samples that are learnt slowly, as those
of rare classes are, get views that are changed more. Ranges as in the code that paper B released for its BCL runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from contrastive_claims.experiments.training.views import colour
from contrastive_claims.experiments.training.views.draws import replace, uniform

LEAST, MOST = 10, 30  # magnitude at weights 0 and 1, of RandAugment's 30
HOLE = (125 / 255, 123 / 255, 114 / 255)  # colour of a cut-out


def momentum_losses(before: Tensor, losses: Tensor, memory: float) -> Tensor:
    """memory * before + (1 - memory) * losses; a sample not seen before (NaN) starts at its loss."""
    return torch.where(before.isnan(), losses, memory * before + (1 - memory) * losses)


def boost_weights(momentum: Tensor) -> Tensor:
    """How much every sample's views are boosted, in [0, 1]: ((m - mean) / max |m - mean| + 1) / 2 over the samples seen.

    0 for samples not seen yet (NaN); 1/2 for all others if none differs from the mean.
    """
    seen = ~momentum.isnan()
    distance = momentum - momentum[seen].mean()
    largest = distance[seen].abs().max() if seen.any() else distance.new_ones(())
    scaled = torch.where(largest > 0, distance / largest, 0.0)
    return torch.where(seen, (scaled + 1) / 2, 0.0)


def boosted(images: Tensor, weights: Tensor, draws: Tensor) -> Tensor:
    """Images [B, C, H, W] in [0, 1], each with probability weights [B] changed by one of OPERATIONS, all as likely.

    The operation's size lies (LEAST + (MOST - LEAST) weight) / 30 of the way through its range. draws [B, columns]: rows of
    the draw table. Operations defined by 8-bit levels round to them first. C is 1 or 3.
    """
    weights = weights.to(draws.device, torch.float64)
    changed = uniform(draws, "boosted") < weights
    operation = (uniform(draws, "operation") * len(OPERATIONS)).long()
    magnitude = (LEAST + (MOST - LEAST) * weights) / 30
    sign = torch.where(uniform(draws, "direction") < 0.5, -1, 1)
    hole = torch.stack([uniform(draws, "hole y"), uniform(draws, "hole x")], 1)
    views = images.clone()
    for number, (change, low, high) in enumerate(OPERATIONS):
        size = low + (high - low) * magnitude
        numbers = [size * sign] if change in DIRECTED else [size, hole] if change is cut_out else [size]
        replace(views, changed & (operation == number), change, *numbers)
    return views


def shear_x(images: Tensor, sizes: Tensor) -> Tensor:
    """Rows pushed along by `sizes` times their distance from the upper edge."""
    return _nearest(images, lambda x, y: (x + sizes[:, None, None] * y, y))


def shear_y(images: Tensor, sizes: Tensor) -> Tensor:
    """Columns pushed along by `sizes` times their distance from the left edge."""
    return _nearest(images, lambda x, y: (x, y + sizes[:, None, None] * x))


def translate_x(images: Tensor, sizes: Tensor) -> Tensor:
    """Moved by `sizes` of the width."""
    return _nearest(images, lambda x, y: (x + sizes[:, None, None] * images.shape[3], y))


def translate_y(images: Tensor, sizes: Tensor) -> Tensor:
    """Moved by `sizes` of the height."""
    return _nearest(images, lambda x, y: (x, y + sizes[:, None, None] * images.shape[2]))


def rotate(images: Tensor, degrees: Tensor) -> Tensor:
    """Turned counter-clockwise about the centre."""
    middle_x, middle_y = images.shape[3] / 2, images.shape[2] / 2
    angle = (degrees * (math.pi / 180))[:, None, None]
    cos, sin = angle.cos(), angle.sin()

    def place(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        x, y = x - middle_x, y - middle_y
        return cos * x - sin * y + middle_x, sin * x + cos * y + middle_y

    return _nearest(images, place)


def auto_contrast(images: Tensor, sizes: Tensor) -> Tensor:
    """Every channel stretched to [0, 1]; a constant channel stays."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    flat = low == high
    return (images - low.where(~flat, 0)) / (high - low).where(~flat, 1)


def invert(images: Tensor, sizes: Tensor) -> Tensor:
    """1 - images."""
    return 1 - images


def equalise(images: Tensor, sizes: Tensor) -> Tensor:
    """Every channel's histogram made even, by Pillow's rule on 8-bit levels."""
    levels = _levels(images).flatten(2)
    counts = levels.new_zeros((*levels.shape[:2], 256)).scatter_add_(2, levels, torch.ones_like(levels))
    last = levels.amax(2, keepdim=True)
    step = (levels.shape[2] - counts.gather(2, last)) // 255
    below = counts.cumsum(2) - counts
    table = ((below + step // 2) // step.clamp_min(1)).clamp_max(255)
    table = torch.where(step > 0, table, torch.arange(256, device=images.device))
    return (table.gather(2, levels).to(images.dtype) / 255).view_as(images)


def solarise(images: Tensor, levels: Tensor) -> Tensor:
    """Values of at least `levels` of 255 inverted."""
    return torch.where(images * 255 < levels.view(-1, 1, 1, 1), images, 1 - images)


def posterise(images: Tensor, bits: Tensor) -> Tensor:
    """The first `bits` (rounded down, at least 1) of the 8 bits of every value kept."""
    dropped = (8 - bits.long().clamp_min(1)).view(-1, 1, 1, 1)
    return ((_levels(images) >> dropped) << dropped).to(images.dtype) / 255


def sharpness(images: Tensor, factors: Tensor) -> Tensor:
    """Blended with the image smoothed by (1 1 1, 1 5 1, 1 1 1) / 13: 0 gives that, 1 the image. Edge pixels stay."""
    if min(images.shape[2:]) < 3:
        return images
    kernel = images.new_full((3, 3), 1 / 13)
    kernel[1, 1] = 5 / 13
    inside = images[:, :, 1:-1, 1:-1]
    smooth = functional.conv2d(images, kernel.expand(images.shape[1], 1, 3, 3), groups=images.shape[1])
    sharpened = images.clone()
    sharpened[:, :, 1:-1, 1:-1] = inside + (inside - smooth) * (factors.view(-1, 1, 1, 1) - 1)
    return sharpened.clamp_(0, 1)


def cut_out(images: Tensor, sizes: Tensor, middles: Tensor) -> Tensor:
    """A square of side `sizes` of the width, about `middles` [n, 2] (y, x) in [0, 1), painted over with HOLE; as Pillow
    paints, so that it includes both ends. On one channel HOLE's luminance."""
    height, width = images.shape[2:]
    side = sizes * width
    inside = []
    for length, middle in ((height, middles[:, 0]), (width, middles[:, 1])):
        first = (middle * length - side / 2).clamp_min(0).floor()
        last = (first + side).clamp_max(length).floor()
        place = torch.arange(length, device=images.device)
        inside.append((place >= first[:, None]) & (place <= last[:, None]))
    square = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    paint = images.new_tensor(HOLE).view(1, 3, 1, 1)
    return torch.where(square, paint if images.shape[1] == 3 else colour.luminance(paint), images)


DIRECTED = (shear_x, shear_y, translate_x, translate_y, rotate)  # either way, as likely
OPERATIONS = (
    (shear_x, 0, 0.6),
    (shear_y, 0, 0.6),
    (translate_x, 0, 0.66),
    (translate_y, 0, 0.66),
    (rotate, 0, 60),
    (auto_contrast, 0, 1),
    (invert, 0, 1),
    (equalise, 0, 1),
    (solarise, 0, 110),
    (posterise, 4, 8),
    (colour.contrast, 0.1, 1.9),
    (colour.saturation, 0.1, 1.9),
    (colour.brightness, 0.1, 1.9),
    (sharpness, 0.1, 1.9),
    (cut_out, 0, 0.4),
)


def _levels(images: Tensor) -> Tensor:
    return (images * 255).round().long()


def _nearest(images: Tensor, place: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> Tensor:
    """Every pixel takes the colour of the one that place(x, y) lies in; black outside. In pixels, from the upper left."""
    height, width = images.shape[2:]
    x = torch.arange(width, device=images.device) + 0.5
    y = torch.arange(height, device=images.device) + 0.5
    from_x, from_y = torch.broadcast_tensors(*place(x[None, None, :], y[None, :, None]))
    grid = torch.stack([from_x * (2 / width) - 1, from_y * (2 / height) - 1], 3)
    return functional.grid_sample(images, grid.expand(len(images), -1, -1, -1), "nearest", align_corners=False)
