"""Encoders for small images, their initial weights drawn from an explicit generator."""

from __future__ import annotations

import math

import torch
from torch import nn


def convnet(shape: tuple[int, int, int], width: int, dimension: int, generator: torch.Generator) -> nn.Sequential:
    """Two 3 x 3 convolutions of `width` and 2 `width` channels, the second with stride 2, and a linear map: [B, C, H, W]
    -> [B, dimension] for images of `shape` (C, H, W).

    No ReLU at the end: behind one, all embeddings share a large mean and every class cosine is near 1.
    """
    channels, height, columns = shape
    cells = math.ceil(height / 2) * math.ceil(columns / 2)
    # built without storage, so that torch's own initialisation draws nothing from the global generator
    with torch.device("meta"):
        encoder = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * width * cells, dimension),
        )
    encoder.to_empty(device="cpu")
    initialise(encoder, generator)
    return encoder


@torch.no_grad()
def initialise(encoder: nn.Sequential, generator: torch.Generator) -> None:
    """Fresh weights, layer by layer: He's normal law for linear and convolutional layers, zero biases; batch
    normalisation starts as the identity.

    Raises TypeError for a layer with parameters that it does not know, so that none stays uninitialised.
    """
    for layer in encoder:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            layer.weight.normal_(0, math.sqrt(2 / layer.weight[0].numel()), generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()
        elif isinstance(layer, nn.BatchNorm2d):
            layer.reset_parameters()
        elif list(layer.parameters()):
            raise TypeError(f"no initial law for the parameters of {type(layer).__name__}")
