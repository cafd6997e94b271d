"""Streams of random numbers by purpose: every draw is a function of a seed and of what it is for."""

from __future__ import annotations

import numpy as np
import torch

WEIGHTS, ORDER = 0, 1  # purposes of a training run's streams; those of views are in experiments.training.views.draws


def stream(seed: int, *purpose: int) -> torch.Generator:
    """The CPU generator of (seed, *purpose); streams of different arguments are independent, global state is not touched."""
    state = np.random.SeedSequence(seed, spawn_key=purpose).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))  # manual_seed takes 63 bits
