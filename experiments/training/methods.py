"""Contrastive methods: from a batch of images to a loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from experiments.training.augment import augment
from experiments.training.presets import Augmentation
from theory.margins import nt_xent


def simclr(
    encoder: nn.Module, images: Tensor, strength: Augmentation, temperature: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """SimCLR's step without a projection head: NT-Xent over two views of each of `images` [B, C, H, W].

    Returns the loss and the embeddings [2B, D] that it compares, first views first. Both views pass the encoder as one
    batch, so batch normalisation sees them together. Source: Chen et al. 2020, algorithm 1.
    """
    views = torch.cat([augment(images, strength, generator), augment(images, strength, generator)])
    embeddings = encoder(views)
    first, second = embeddings.chunk(2)
    return nt_xent(torch.stack([first, second], 1), temperature=temperature), embeddings
