"""One training run. Every random draw is a function of (seed, purpose, epoch), through generators made here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from experiments.training.encoders import convnet
from experiments.training.methods import simclr
from experiments.training.presets import Preset
from theory.harms import effective_rank

WEIGHTS, EPOCH = 0, 1  # what a stream of random numbers is for


@dataclass(frozen=True)
class Trained:
    """An encoder in evaluation mode; per epoch its mean loss and the effective rank of the last batch's embeddings."""

    encoder: nn.Module
    losses: np.ndarray
    effective_ranks: np.ndarray


def stream(seed: int, *purpose: int) -> torch.Generator:
    """The generator of (seed, *purpose); streams of different arguments are independent, global state is not touched."""
    state = np.random.SeedSequence(seed, spawn_key=purpose).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))  # manual_seed takes 63 bits


def train(
    preset: Preset,
    images: np.ndarray,
    seed: int,
    progress: Callable[[int, int, float], None] = lambda epoch, epochs, loss: None,
    device: str = "cpu",
) -> Trained:
    """Train the preset's encoder on `images` [N, C, H, W]; `progress(epoch, epochs, loss)` after each epoch.

    SGD with Nesterov momentum; the rate rises linearly over a tenth of all steps, then falls along a cosine to 0. A last
    incomplete batch is left out. A run that diverges ends in nt_xent's ValueError, since NaN embeddings are refused.
    Raises ValueError if there are fewer images than one batch.
    """
    if images.ndim != 4 or len(images) < preset.batch:
        raise ValueError(f"images: must be at least one batch [{preset.batch}, C, H, W], got shape {images.shape}")
    pixels = torch.from_numpy(images).to(device)
    _, channels, height, columns = pixels.shape
    shape = (channels, height, columns)
    encoder = convnet(shape, preset.width, preset.dimension, stream(seed, WEIGHTS)).to(device)
    encoder.train()
    batches = len(images) // preset.batch
    optimiser = torch.optim.SGD(
        encoder.parameters(),
        lr=preset.learning_rate,
        momentum=preset.momentum,
        weight_decay=preset.weight_decay,
        nesterov=preset.momentum > 0,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, warm_cosine(preset.epochs * batches))
    losses, ranks = [], []
    for epoch in range(preset.epochs):
        generator = stream(seed, EPOCH, epoch)
        order = torch.randperm(len(images), generator=generator)
        total = 0.0
        for chosen in order.split(preset.batch)[:batches]:
            loss, embeddings = simclr(
                encoder, pixels[chosen.to(device)], preset.augmentation, preset.temperature, generator
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        losses.append(total / batches)
        ranks.append(effective_rank(embeddings.detach().cpu().numpy()))
        progress(epoch + 1, preset.epochs, losses[-1])
    encoder.eval()
    return Trained(encoder, np.array(losses), np.array(ranks))


def warm_cosine(steps: int) -> Callable[[int], float]:
    """The learning rate's factor at a step: linear to 1 over the first tenth of `steps`, then a half cosine to 0."""
    warm = max(1, steps // 10)

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    return factor


@torch.no_grad()
def embed(encoder: nn.Module, images: np.ndarray, batch: int = 1024) -> np.ndarray:
    """Embeddings [N, D] float32 of `images` [N, C, H, W], not normalised, by an encoder in evaluation mode."""
    device = next(encoder.parameters()).device
    parts = [encoder(part.to(device)).cpu() for part in torch.from_numpy(images).split(batch)]
    return torch.cat(parts).numpy()
