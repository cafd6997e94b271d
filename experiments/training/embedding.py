"""What a trained network makes of images."""

from __future__ import annotations

import numpy as np
import torch

from contrastive_claims.experiments.training.encoders import Network
from contrastive_claims.experiments.training.methods import compared
from contrastive_claims.experiments.training.presets import Augmentation
from contrastive_claims.experiments.training.views.augment import augment

UNCHANGED = Augmentation()


@torch.no_grad()
def embed(network: Network, images: np.ndarray, method: str, batch: int = 1024) -> tuple[np.ndarray, np.ndarray]:
    """(features [N, F], embeddings [N, D]) float32 of `images` [N, C, H, W], not normalised, by a network in evaluation mode.

    The features are the encoder's, the embeddings what the loss of `method` compares: behind the projection, where there
    is one.
    """
    device = next(network.parameters()).device
    parts = []
    for part in torch.from_numpy(images).split(batch):
        views = augment(part.to(device), UNCHANGED, torch.empty(len(part), 0))
        features, embeddings = network(views.contiguous(memory_format=torch.channels_last))
        parts.append((features, compared(method, features, embeddings)))
    features, embeddings = (torch.cat(column).float().cpu().numpy() for column in zip(*parts, strict=True))
    return features, embeddings
