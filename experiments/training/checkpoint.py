"""Checkpoints: one safetensors file with everything that a run's future depends on, its scalars as JSON in the header.

Complete: parameters and buffers, the optimiser's tensors, a method's memory, epoch, step, running sums and metrics. The
schedule, the order of samples and every random draw are functions of (seed, epoch, sample), so no state of a generator
belongs to it. Whole: the header holds a SHA-256 of every other byte of the file, so that no flipped bit is trained on. Two
generations: the one before stays beside it, and takes its place where it is damaged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from contrastive_claims.experiments.ledger.files import write_durably

SCHEMA = "contrastive-claims checkpoint 2"
FILE = "checkpoint.safetensors"
BLANK = b"0" * 64  # what stands in place of the digest while it is computed


class CheckpointError(Exception):
    """A checkpoint that cannot be read or written; the message names the file."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds, and the digest of that file."""

    path: Path
    tensors: dict[str, Tensor]
    state: dict[str, Any]
    digest: str


def previous(path: Path) -> Path:
    """Where the generation before the checkpoint at `path` lies."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write both; the checkpoint that was at `path` becomes the previous one.

    Raises CheckpointError if the file system refuses (disk full, folder gone): what was there stays.
    """
    packed = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # one entry: the order of several is not the same from run to run
    content = save(packed, metadata={SCHEMA: BLANK.decode() + json.dumps(state, allow_nan=False)})
    at = _place_of_digest(content)
    content = content[:at] + hashlib.sha256(content).hexdigest().encode() + content[at + len(BLANK) :]
    try:
        write_durably(path, content, previous(path))
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: the folder is gone, moved or deleted while the run trained") from error
    except OSError as error:
        raise CheckpointError(f"{path}: the checkpoint could not be written ({error.strerror or error})") from error


def load_checkpoint(path: Path) -> Checkpoint | None:
    """A checkpoint, None if there is none. Raises CheckpointError if it cannot be read, or not every byte is as written."""
    if not path.exists():
        return None
    try:
        content = path.read_bytes()
        at = _place_of_digest(content)
        if at < 0:
            raise CheckpointError(f"{path}: damaged, or not a checkpoint of this version")
        digest = content[at : at + len(BLANK)]
        if hashlib.sha256(content[:at] + BLANK + content[at + len(BLANK) :]).hexdigest().encode() != digest:
            raise CheckpointError(f"{path}: damaged checkpoint (its bytes are not those that were written)")
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"][SCHEMA]
        return Checkpoint(path, load(content), json.loads(header[len(BLANK) :]), digest.decode())
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path}: damaged checkpoint ({error})") from error


def latest_checkpoint(path: Path, tell: Callable[[str], None]) -> Checkpoint | None:
    """The checkpoint at `path`, or the one before where that is damaged or missing, which is told; None without either.

    Raises CheckpointError where no generation can be read.
    """
    fault = None
    for generation in (path, previous(path)):
        try:
            found = load_checkpoint(generation)
        except CheckpointError as error:
            fault = fault or error
            continue
        if found is not None and generation != path:
            tell(f"{fault or f'{path}: missing'}; going on from the one before, {generation.name}")
            if fault is not None:  # else the next save would move it over the good one
                with suppress(FileNotFoundError):  # another rank was first
                    path.rename(path.with_name(f"{path.stem}.damaged{path.suffix}"))
        if found is not None:
            return found
    if fault is not None:
        raise CheckpointError(f"{fault}; no good one before it: delete it, or --fresh, to train again") from fault
    return None


def _place_of_digest(content: bytes) -> int:
    """Where the digest begins, -1 if no header says so."""
    name = f'"{SCHEMA}":"'.encode()
    at = content.find(name, 8, 8 + int.from_bytes(content[:8], "little"))
    return at + len(name) if at >= 0 else -1


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
