"""Checkpoints: one safetensors file with everything that a run's future depends on, its scalars as JSON in the header.

Complete: parameters and buffers, the optimiser's tensors, a method's memory, epoch, step, running sums and metrics. The
schedule, the order of samples and every random draw are functions of (seed, epoch, sample), so no state of a generator
belongs to it. Atomic: written under a temporary name and renamed, so the last good one is there until the next is whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from experiments.ledger.records import write_atomically

SCHEMA = "contrastive-claims checkpoint 1"


class CheckpointError(Exception):
    """A checkpoint that cannot be read or written; the message names the file."""


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write both, atomically. Raises CheckpointError if the file system refuses (disk full): what was there stays."""
    packed = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # one entry: the order of several is not the same from run to run
    content = save(packed, metadata={SCHEMA: json.dumps(state, allow_nan=False)})
    try:
        write_atomically(path, content)
    except OSError as error:
        raise CheckpointError(f"{path}: the checkpoint could not be written ({error.strerror or error})") from error


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """(tensors, state) of a checkpoint, None if there is none. Raises CheckpointError if it cannot be read."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            if SCHEMA not in header:
                raise CheckpointError(f"{path}: not a checkpoint of this version; delete it to train again")
            return {name: file.get_tensor(name) for name in file.keys()}, json.loads(header[SCHEMA])  # noqa: SIM118
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path}: damaged checkpoint ({error}); delete it to train again") from error


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's tensors by "optimiser.<parameter's number>.<name>". Raises TypeError for state that is no tensor."""
    found = {}
    for number, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            if value is None:  # SGD before its first step with momentum
                continue
            if not isinstance(value, Tensor):
                raise TypeError(f"optimiser state {name!r} is a {type(value).__name__}, not a tensor")
            found[f"optimiser.{number}.{name}"] = value
    return found


def restore(
    network: nn.Module, optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor], path: Path
) -> dict[str, Tensor]:
    """Put a checkpoint's tensors back; returns those that are neither the network's nor the optimiser's (a memory).

    Raises CheckpointError if they are not this network's.
    """
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "optimiser": {}, "memory": {}}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition(".")
        parts.setdefault(kind, {})[rest] = tensor
    try:
        network.load_state_dict(parts["network"])
    except RuntimeError as error:
        raise CheckpointError(f"{path}: of another network ({str(error).splitlines()[0]})") from error
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in parts["optimiser"].items():
        number, _, field = name.partition(".")
        state.setdefault(int(number), {})[field] = tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    return parts["memory"]
