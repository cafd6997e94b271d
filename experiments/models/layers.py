"""What is kept of the layers of a network: see `measurements` for the rule."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from contrastive_claims.experiments.models.store import Trial
from contrastive_claims.experiments.training.embedding import embed
from contrastive_claims.theory.harms import class_cosines
from contrastive_claims.theory.sphere import normalise


def layer_cosines(trial: Trial) -> dict[str, np.ndarray]:
    """Class cosines of the held-out images behind every layer of a ConvNet.

    cosines [L, 2, K, K] float64: behind each ReLU of the encoder, its maps averaged over places, and of the embeddings that the
    loss compares; the axis of length 2: of the unit vectors as they are, and of these without their mean.
    """
    network, images = trial.network, trial.held_out.images
    maps: dict[nn.Module, list[Tensor]] = {m: [] for m in network.encoder.modules() if isinstance(m, nn.ReLU)}

    def keep(layer: nn.Module, _: object, output: Tensor) -> None:
        maps[layer].append(output.flatten(2).mean(dim=2) if output.dim() == 4 else output.clone())

    hooks = [layer.register_forward_hook(keep) for layer in maps]
    with torch.no_grad():
        _, embeddings = embed(network, images, trial.model.preset.method.name)
    for hook in hooks:
        hook.remove()
    layers = [*(torch.cat(parts).float().cpu().numpy() for parts in maps.values()), embeddings]
    return {"cosines": np.array([plain_and_centred(layer, trial.held_out.labels) for layer in layers])}


def end_cosines(trial: Trial) -> dict[str, np.ndarray]:
    """cosines [2, K, K] float64: class cosines of all held-out images, of the features and of what the loss compares."""
    ends = embed(trial.network, trial.held_out.images, trial.model.preset.method.name)
    labels = trial.held_out.labels
    return {
        "cosines": np.array([class_cosines(normalise(part.astype(np.float64), name="layer"), labels) for part in ends])
    }


def plain_and_centred(vectors: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """[2, K, K]: class cosines of vectors [N, F] of any length as they are, and of their directions without the mean."""
    unit = normalise(vectors.astype(np.float64), name="layer")
    return [class_cosines(unit, labels), class_cosines(unit - unit.mean(axis=0), labels)]
