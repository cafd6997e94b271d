"""A small encoder on synthetic features with an easy bias: what paper A's biased training is, reduced to seconds.

Class y of CLASSES is uniform; the bias b equals y with probability rho, else one of the others, each alike. A sample's
features are a one-hot signal of y under strong noise, spread over CLASS_WIDTH numbers, beside a one-hot signal of b that
is nearly free of noise: the bias is the easier of the two to read, and at high rho nearly as good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import one_hot, pad

from contrastive_claims.experiments.training.encoders import initialise
from contrastive_claims.experiments.training.streams import WEIGHTS, stream

CLASSES, CLASS_WIDTH = 4, 12
CLASS_NOISE, BIAS_NOISE = 0.5, 0.05  # standard deviations, beside signals of length 1
HIDDEN, DIMENSION = 64, 16
LEARNING_RATE = 1e-2
TRAINING, FRESH = 1, 2  # purposes of sample streams; a seed's weights come from WEIGHTS


@dataclass(frozen=True, eq=False)
class Sample:
    """features [N, CLASS_WIDTH + CLASSES] float32; labels (y) and bias (b) [N] int64, both in 0..CLASSES-1."""

    features: torch.Tensor
    labels: torch.Tensor
    bias: torch.Tensor


def draw(count: int, rho: float, seed: int, purpose: int) -> Sample:
    """`count` samples from the stream of (seed, purpose). The same draws serve every rho: a larger rho only turns some
    conflicting samples into aligned ones, so that settings are paired. rho = 1/CLASSES makes b independent of y.

    Raises ValueError unless count >= 1 and rho lies in [0, 1].
    """
    if count < 1:
        raise ValueError(f"count: at least one sample is needed, got {count}")
    if not 0 <= rho <= 1:
        raise ValueError(f"rho: a probability lies in [0, 1], got {rho}")
    generator = stream(seed, purpose)
    labels = torch.randint(CLASSES, (count,), generator=generator)
    other = (labels + torch.randint(1, CLASSES, (count,), generator=generator)) % CLASSES
    bias = torch.where(torch.rand(count, generator=generator) < rho, labels, other)
    class_part = pad(one_hot(labels, CLASSES).float(), (0, CLASS_WIDTH - CLASSES))
    class_part = class_part + CLASS_NOISE * torch.randn(class_part.shape, generator=generator)
    bias_part = one_hot(bias, CLASSES) + BIAS_NOISE * torch.randn((count, CLASSES), generator=generator)
    return Sample(torch.cat([class_part, bias_part], dim=1), labels, bias)


def untrained(seed: int) -> nn.Sequential:
    """The encoder with the initial weights of `seed`: features -> HIDDEN with a ReLU -> DIMENSION."""
    with torch.device("meta"):  # torch's own initialisation would draw from the global generator
        encoder = nn.Sequential(
            nn.Linear(CLASS_WIDTH + CLASSES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, DIMENSION, bias=False)
        )
    encoder.to_empty(device="cpu")
    initialise(encoder, stream(seed, WEIGHTS))
    return encoder


def fit(
    sample: Sample, loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], seed: int, steps: int
) -> nn.Sequential:
    """`steps` full-batch steps of Adam on `loss(embeddings, labels)`, from the initial weights of `seed`.

    Adam, because the size of the gradient grows with eps: under plain gradient descent a larger eps would also be a larger
    learning rate. Raises ValueError for a negative number of steps; 0 returns the untrained encoder.
    """
    if steps < 0:
        raise ValueError(f"steps: zero or more, got {steps}")
    encoder = untrained(seed)
    optimiser = torch.optim.Adam(encoder.parameters(), lr=LEARNING_RATE)
    for _ in range(steps):
        value = loss(encoder(sample.features), sample.labels)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    return encoder


def embed(encoder: nn.Module, sample: Sample) -> torch.Tensor:
    """Unit embeddings [N, DIMENSION] in float64, without gradients."""
    with torch.no_grad():
        return nn.functional.normalize(encoder(sample.features).double(), dim=1)
