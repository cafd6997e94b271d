"""Random views of a batch of images, every sample by its own draws."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from contrastive_claims.experiments.training.presets import Augmentation
from contrastive_claims.experiments.training.views import colour
from contrastive_claims.experiments.training.views.boosting import boosted
from contrastive_claims.experiments.training.views.draws import draw_table, noise, replace, uniform
from contrastive_claims.experiments.training.views.geometry import moved, moves

__all__ = ["augment", "draw_table"]

JITTERED = 0.8  # share of the samples whose colours are jittered
ORDERS = torch.tensor(list(itertools.permutations(range(4))))  # of the four changes of colour


def augment(images: Tensor, strength: Augmentation, draws: Tensor, boost: Tensor | None = None) -> Tensor:
    """One view [B, C, H, W] float32 of each of `images` [B, C, H, W] (uint8, or float32 in [0, 1]).

    draws [B, columns]: the samples' rows of `draw_table`, on the CPU wherever the images are. In this order: geometry,
    colour jitter, grey, the extra operation of `boosting` with weights `boost` [B], and noise, which is not clipped.
    A sample's view does not depend on the rest of the batch. Raises ValueError for images of another type, or if colours
    are to change and there are not 1 or 3 channels.
    """
    if images.dtype not in (torch.uint8, torch.float32):
        raise ValueError(f"images: must be uint8 or float32, got {images.dtype}")
    if images.shape[1] not in (1, 3) and (strength.jitter or strength.grey or boost is not None):
        raise ValueError(f"images: colours are of 1 or 3 channels, got {images.shape[1]}")
    views = images.to(torch.float32, copy=True)
    if images.dtype == torch.uint8:
        views.div_(255)
    if moves(strength):
        views = moved(views, strength, draws)
    if strength.jitter:
        jitter(views, strength.jitter, draws)
    if strength.grey:
        replace(views, uniform(draws, "grey") < strength.grey, colour.grey)
    if boost is not None:
        views = boosted(views, boost, draws)
    if strength.noise:
        views.add_(noise(draws).to(views).view_as(views), alpha=strength.noise)
    return views


def jitter(images: Tensor, strength: float, draws: Tensor) -> None:
    """Change, in place, the colours of a share JITTERED of `images`: brightness, contrast and saturation by factors uniform
    in [max(0, 1 - .8 strength), 1 + .8 strength], hue by up to .2 strength turns, in a random order for every sample.

    Source: Chen et al. 2020, appendix A.
    """
    low, high = max(0.0, 1 - 0.8 * strength), 1 + 0.8 * strength
    changes = (
        (colour.brightness, uniform(draws, "brightness", low, high)),
        (colour.contrast, uniform(draws, "contrast", low, high)),
        (colour.saturation, uniform(draws, "saturation", low, high)),
        (colour.hue, uniform(draws, "hue", -0.2 * strength, 0.2 * strength)),
    )
    order = ORDERS.to(draws.device)[(uniform(draws, "order") * len(ORDERS)).long()]
    jittered = uniform(draws, "jittered") < JITTERED
    for turn, (number, (change, factors)) in itertools.product(range(4), enumerate(changes)):
        replace(images, jittered & (order[:, turn] == number), change, factors)
