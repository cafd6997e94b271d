"""Training of a text encoder: SimCSE, or its supervised form, by the losses of theory.margins.

Every random draw is a function of (seed, purpose, step): order, dropped subwords, and torch's own dropout, whose global generator
is seeded for one step and put back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from contrastive_claims.experiments.text.encoder import TextEncoder, initialise
from contrastive_claims.experiments.text.hugging import HuggingEncoder
from contrastive_claims.experiments.text.presets import TextEncoderSettings, TextPreset
from contrastive_claims.experiments.text.sets import Numbers
from contrastive_claims.experiments.text.vocabulary import PADDING
from contrastive_claims.experiments.training.optimisers import build_optimiser, learning_rate_factor
from contrastive_claims.experiments.training.streams import WEIGHTS, stream
from contrastive_claims.experiments.training.trainer import Diverged
from contrastive_claims.theory.harms import class_cosines
from contrastive_claims.theory.margins import nt_xent, sup_con

# Purposes of streams, beside those of training.streams and of views.
ORDER, WORDS, DROPOUT = 11, 12, 13


@dataclass(frozen=True, eq=False)
class Trained:
    """A network in evaluation mode; losses [steps]; along the run at `looks` steps the held-out cosines [P, K, K]; subwords
    seen by the network in training, and seconds of that."""

    network: nn.Module
    losses: np.ndarray
    looks: np.ndarray
    cosines: np.ndarray
    subwords: int = 0
    seconds: float = 0.0
    groups: tuple[str, ...] = field(default=())


def train(
    preset: TextPreset,
    training: Numbers,
    held_out: Numbers,
    seed: int,
    *,
    device: str = "cpu",
    report: Callable[[int, int], None] = lambda step, steps: None,
    stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train the preset's encoder on texts as they are (already undersampled); `report(step, steps)` after each step.

    Raises ValueError for fewer texts than one batch, Diverged when the loss is not finite, KeyboardInterrupt if `stop` says so.
    """
    if len(training.labels) < preset.batch:
        raise ValueError(f"batch: {preset.batch} is more than the {len(training.labels)} texts of the training set")
    network = build(preset.encoder, training.subwords, seed).to(device).train()
    optimiser = build_optimiser(preset.optimiser, network.parameters())
    factor = learning_rate_factor(preset.optimiser, preset.steps, 1)
    at = np.unique(np.linspace(0, preset.steps, preset.looks + 1).round().astype(int))[1:]
    losses, cosines, seen, began = [], [], 0, time.process_time()
    for step, rows in enumerate(batches(training.labels, preset, seed)):
        for group in optimiser.param_groups:
            group["lr"] = preset.optimiser.learning_rate * factor(step)
        views = passes(training.texts[rows], preset.method.words, np.random.default_rng([seed, WORDS, step]))
        seen += int((views != PADDING).sum())
        loss = one_loss(network, torch.from_numpy(views).to(device), training.labels[rows], preset, seed, step)
        value = loss.item()
        if not math.isfinite(value):
            raise Diverged(f"the loss is {value} at step {step + 1} of {preset.steps}; a lower learning rate helps")
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(value)
        if step + 1 in at:
            cosines.append(class_cosines(embed(network, held_out.texts), held_out.labels))
        report(step + 1, preset.steps)
        if stop():
            raise KeyboardInterrupt
    network.eval()
    seconds = time.process_time() - began
    return Trained(network, np.array(losses), at, np.array(cosines), seen, seconds, training.groups)


def build(settings: TextEncoderSettings, subwords: int, seed: int) -> nn.Module:
    """The encoder with fresh weights drawn by `seed`, or one of the hub with its own."""
    if settings.name != "transformer":
        return HuggingEncoder(settings.name)
    with torch.device(
        "meta"
    ):  # without storage, so that torch's own initialisation draws nothing from the global generator
        made = TextEncoder(
            subwords, settings.longest, settings.width, settings.layers, settings.heads, settings.dropout
        )
    made.to_empty(device="cpu")
    initialise(made, stream(seed, WEIGHTS))
    return made


def batches(labels: np.ndarray, preset: TextPreset, seed: int) -> Iterator[np.ndarray]:
    """Rows of each step: the texts in an order drawn anew for every pass through them; a last incomplete batch is left out."""
    each = len(labels) // preset.batch
    for step in range(preset.steps):
        turn, place = divmod(step, each)
        if place == 0:
            order = np.random.default_rng([seed, ORDER, turn]).permutation(len(labels))
        yield order[place * preset.batch : (place + 1) * preset.batch]


def passes(texts: np.ndarray, dropped: float, generator: np.random.Generator) -> np.ndarray:
    """[2 B, L']: each of B texts [B, L] twice, first passes first, each without a share `dropped` of its subwords, chosen
    alike at random (at least one stays), the others in their order."""
    twice = np.concatenate([texts, texts])
    lengths = (twice != PADDING).sum(axis=1)
    if not dropped:
        return twice[:, : lengths.max()]
    kept = np.maximum(1, np.round((1 - dropped) * lengths).astype(int))
    draws = np.where(twice != PADDING, generator.random(twice.shape), np.inf)
    places = np.argsort(draws, axis=1)[:, : kept.max()]
    places[np.arange(places.shape[1]) >= kept[:, None]] = twice.shape[1]
    places.sort(axis=1)
    return np.take_along_axis(np.pad(twice, ((0, 0), (0, 1)), constant_values=PADDING), places, axis=1)


def one_loss(network: nn.Module, views: Tensor, labels: np.ndarray, preset: TextPreset, seed: int, step: int) -> Tensor:
    """The mean loss of a batch of 2 B passes; dropout is drawn by (seed, step)."""
    devices = [views.device] if views.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(int(np.random.default_rng([seed, DROPOUT, step]).integers(2**62)))
        embeddings = network(views)
    first, second = embeddings.chunk(2)
    if preset.method.name == "simcse":
        return nt_xent((first, second), temperature=preset.method.temperature)
    return sup_con((first, second), labels, temperature=preset.method.temperature, no_positives="skip")


@torch.no_grad()
def embed(network: nn.Module, texts: np.ndarray, batch: int = 512) -> np.ndarray:
    """[N, width] float32 of subwords [N, L], without dropout, whatever mode the network is in (which stays)."""
    device, mode = next(network.parameters()).device, network.training
    network.eval()
    parts = []
    for start in range(0, len(texts), batch):
        part = texts[start : start + batch]
        part = part[:, : int((part != PADDING).sum(axis=1).max())]
        parts.append(network(torch.from_numpy(part).to(device)).float().cpu())
    network.train(mode)
    return torch.cat(parts).numpy()
