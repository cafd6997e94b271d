"""How many threads a step gets. Two threads on busy cores wait for each other at every layer: measured, 160 images a second
where one thread makes 3,000."""

from __future__ import annotations

import math
import os
import statistics
import time

import torch
from torch.nn import functional

SET_BY_HAND = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
GAIN = 1.15  # how much faster many threads must be than one
TURNS = 5


def choose_threads(cores: int) -> tuple[int, str]:
    """Set and return torch's number of threads for training, and why it is that: as a variable of the environment says,
    else `cores`, or 1 where a trial says that the cores are busy (or only one is there)."""
    for name in SET_BY_HAND:
        if os.environ.get(name):
            return torch.get_num_threads(), f"as {name} says"
    if cores == 1:
        torch.set_num_threads(1)
        return 1, "there is one core"
    alone = trial(1)
    together = trial(cores, patience=4 * TURNS * alone)
    chosen = cores if alone > GAIN * together else 1
    torch.set_num_threads(chosen)
    if chosen == 1:
        return (
            1,
            f"the {cores} cores are busy: a trial took {1e3 * alone:.1f} ms with one, {1e3 * together:.1f} with {cores}",
        )
    return chosen, "one a core"


def trial(threads: int, patience: float = math.inf) -> float:
    """Seconds of a few small layers, forwards and backwards, with so many threads: the mean of up to TURNS, since a thread
    that loses its core only now and then costs the mean and not the median. No further turn after `patience` seconds."""
    torch.set_num_threads(threads)
    images, weights = torch.full((16, 16, 32, 32), 0.5), torch.full((16, 16, 3, 3), 0.01, requires_grad=True)
    taken: list[float] = []
    begun = time.perf_counter()
    for _ in range(TURNS + 1):
        start = time.perf_counter()
        maps = images
        for _ in range(4):
            maps = functional.relu(functional.conv2d(maps, weights, padding=1))
        maps.mean().backward()
        taken.append(time.perf_counter() - start)
        if len(taken) > 1 and time.perf_counter() - begun > patience:
            break
    return statistics.mean(taken[1:])  # the first one starts the threads
