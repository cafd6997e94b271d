"""One training run: the loop, and nothing else.

Every random draw is a function of (seed, purpose, epoch) and the sample's number, never of what was drawn before: a run
that was killed goes on as if it had not been, and several processes see the views that one would.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from experiments.data.sources import Dataset
from experiments.ledger.records import write_atomically
from experiments.training.batches import Batches
from experiments.training.checkpoint import load_checkpoint, optimiser_tensors, restore, save_checkpoint
from experiments.training.distributed import all_rows, world
from experiments.training.encoders import Network, build_network
from experiments.training.methods import compared, objective
from experiments.training.optimisers import build_optimiser, learning_rate_factor
from experiments.training.presets import Preset
from experiments.training.streams import WEIGHTS, stream
from experiments.training.views.boosting import boost_weights, momentum_losses
from theory.harms import collapse_monitor


class Diverged(Exception):
    """A loss that is not finite; the message says at which step, and where the last good checkpoint is."""


@dataclass(frozen=True)
class Progress:
    """What a run tells after each step: `step` of `steps` in all, the step's loss, images a second and seconds left since
    this process began, and at the end of an epoch its row of metrics (else None)."""

    step: int
    steps: int
    loss: float
    images_per_second: float
    seconds_left: float
    metrics: dict[str, float] | None = None


@dataclass(frozen=True)
class Trained:
    """A network in evaluation mode, and one row of metrics per epoch: epoch, loss (mean over its steps), learning_rate, and
    theory.harms.collapse_monitor of the last batch's embeddings."""

    network: Network
    metrics: list[dict[str, float]]


def train(
    preset: Preset,
    data: Dataset,
    seed: int,
    *,
    device: str = "cpu",
    folder: Path | None = None,
    key: str = "",
    report: Callable[[Progress], None] = lambda progress: None,
    checkpoint_seconds: float = 30.0,
) -> Trained:
    """Train the preset's network on `data`, a training set as it is (already biased, undersampled).

    folder: where checkpoint.safetensors (at every epoch, and between them every `checkpoint_seconds`) and metrics.jsonl are
    kept; from a checkpoint there with the same `key` the run goes on, one with another key is refused. None: nothing is
    kept. Under a process group every rank trains on its part of each batch, and rank 0 writes.

    Raises ValueError for a data set smaller than one batch, a batch that the ranks cannot share evenly, a penalty without
    bias labels, a checkpoint of another run; Diverged when the loss is not finite; CheckpointError when a checkpoint
    cannot be read or written.
    """
    if preset.method.penalty is not None and data.bias is None:
        raise ValueError(f"method.penalty: {preset.method.penalty.name} needs bias labels, and {data.name} has none")
    batches = Batches(preset, data, seed, device)
    shape = (data.images.shape[1], data.images.shape[2], data.images.shape[3])
    network = build_network(preset.encoder, preset.method.name, shape, data.n_classes, stream(seed, WEIGHTS))
    network.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    network.train()
    optimiser = build_optimiser(preset.optimiser, network.parameters())
    memory = {"losses": torch.full([len(data.labels)], math.nan), "boosts": torch.zeros(len(data.labels))}
    state: dict[str, Any] = {"key": key, "epoch": 0, "step": 0, "loss_sum": 0.0, "metrics": []}
    path = folder / "checkpoint.safetensors" if folder else None
    if path and (found := load_checkpoint(path)):
        if found[1].get("key") != key:
            raise ValueError(f"{path}: a checkpoint of another run (other settings, data, code or versions)")
        state = found[1]
        memory = restore(network, optimiser, found[0], path)
    forward: Callable[[Tensor], Any] = DistributedDataParallel(network) if world()[1] > 1 else network
    if preset.compile:
        forward = torch.compile(forward)
    factor = learning_rate_factor(preset.optimiser, batches.steps, preset.epochs)
    boosts = preset.method.name == "bcl"

    def keep() -> None:
        if path and world()[0] == 0:
            tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
            tensors |= optimiser_tensors(optimiser) | {f"memory.{name}": part for name, part in memory.items()}
            save_checkpoint(path, tensors, state)

    steps, done = batches.steps * preset.epochs, state["epoch"] * batches.steps + state["step"]
    clock = _Clock(done, steps, preset.batch)
    for epoch in range(state["epoch"], preset.epochs):
        boost = memory["boosts"] if boosts else None
        features, embeddings, last = torch.empty(0), torch.empty(0), 0.0
        for views, rows in batches.of_epoch(epoch, state["step"], boost):
            for group in optimiser.param_groups:
                group["lr"] = preset.optimiser.learning_rate * factor(done)
            with torch.autocast(views.device.type, torch.bfloat16, enabled=preset.precision == "bfloat16"):
                features, embeddings = (part.float() for part in forward(views))
            loss, losses = objective(preset.method, features, embeddings, *batches.described(rows))
            value = loss.item()
            if not math.isfinite(value):
                kept = f"the last good checkpoint is {path}" if path and path.exists() else "no checkpoint was kept"
                raise Diverged(f"the loss is {value} at step {done + 1} of {steps} (epoch {epoch + 1}); {kept}")
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            if boosts:
                seen, found = (part.cpu() for part in all_rows(rows, losses))
                memory["losses"][seen] = momentum_losses(memory["losses"][seen], found, preset.method.memory)
            done, last = done + 1, value
            state |= {"step": state["step"] + 1, "loss_sum": state["loss_sum"] + value}
            if state["step"] < batches.steps:
                if clock.since_checkpoint() >= checkpoint_seconds:
                    keep()
                    clock.checkpoint()
                report(clock.progress(done, value))
        if boosts:
            memory["boosts"] = boost_weights(memory["losses"])
        row = {
            "epoch": epoch + 1,
            "loss": state["loss_sum"] / batches.steps,
            "learning_rate": optimiser.param_groups[0]["lr"],
            **collapse_monitor(compared(preset.method.name, features, embeddings)),
        }
        state |= {"epoch": epoch + 1, "step": 0, "loss_sum": 0.0, "metrics": [*state["metrics"], row]}
        keep()
        clock.checkpoint()
        _write_metrics(folder, state["metrics"])
        report(clock.progress(done, last, row))
    _write_metrics(folder, state["metrics"])
    network.eval()
    return Trained(network, state["metrics"])


class _Clock:
    """Throughput and time left since this process began, and the time since the last checkpoint."""

    def __init__(self, done: int, steps: int, batch: int) -> None:
        self._first, self._steps, self._batch = done, steps, batch
        self._started = self._kept = time.monotonic()

    def since_checkpoint(self) -> float:
        return time.monotonic() - self._kept

    def checkpoint(self) -> None:
        self._kept = time.monotonic()

    def progress(self, done: int, loss: float, metrics: dict[str, float] | None = None) -> Progress:
        pace = (done - self._first) / max(time.monotonic() - self._started, 1e-9)  # steps a second
        return Progress(done, self._steps, loss, pace * self._batch, (self._steps - done) / pace, metrics)


def _write_metrics(folder: Path | None, metrics: list[dict[str, float]]) -> None:
    """metrics.jsonl, whole and at once: no line of it depends on time, so two runs of one key write the same bytes."""
    if folder and world()[0] == 0:
        lines = [json.dumps(row, allow_nan=False) + "\n" for row in metrics]
        write_atomically(folder / "metrics.jsonl", "".join(lines).encode())
