"""One training run: the loop, and nothing else.

Every random draw is a function of (seed, purpose, epoch) and the sample's number, never of what was drawn before: a run
that was killed goes on as if it had not been, and several processes see the views that one would.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from contrastive_claims.experiments.data.sources import Dataset
from contrastive_claims.experiments.ledger.files import write_durably
from contrastive_claims.experiments.training.batches import Batches
from contrastive_claims.experiments.training.checkpoint import (
    FILE,
    Checkpoint,
    CheckpointError,
    latest_checkpoint,
    load_checkpoint,
    optimiser_tensors,
    previous,
    restore,
    save_checkpoint,
)
from contrastive_claims.experiments.training.distributed import by_rank
from contrastive_claims.experiments.training.encoders import Network, build_network
from contrastive_claims.experiments.training.methods import compared, objective
from contrastive_claims.experiments.training.optimisers import build_optimiser, learning_rate_factor
from contrastive_claims.experiments.training.precision import taken_precision
from contrastive_claims.experiments.training.presets import Preset
from contrastive_claims.experiments.training.stopping import Stopped
from contrastive_claims.experiments.training.streams import WEIGHTS, stream
from contrastive_claims.experiments.training.views.boosting import boost_weights, momentum_losses
from contrastive_claims.theory.harms import collapse_monitor
from contrastive_claims.theory.margins.distributed import all_rows, world


class Diverged(Exception):
    """A loss that is not finite, or exploded; the message says at which step, and where the last good checkpoint is."""


class RanksDiffer(Exception):
    """The processes of one run do not begin from the same place; the message says which does not, and what it has."""


@dataclass(frozen=True)
class Progress:
    """What a run tells after each step: `step` of `steps` in all, in `epoch` of `epochs`, the step's loss (NaN where the
    batch was skipped) and that of the run's first step, images a second and seconds left since this process began, and at
    the end of an epoch its row of metrics (else None)."""

    step: int
    steps: int
    loss: float
    images_per_second: float
    seconds_left: float
    epoch: int
    epochs: int
    first_loss: float
    metrics: dict[str, float] | None = None


@dataclass(frozen=True)
class Trained:
    """A network in evaluation mode, and one row of metrics per epoch: epoch, loss (mean over its steps), learning_rate,
    theory.harms.collapse_monitor of the last batch's embeddings, and skipped_batches where some were.

    made: by which code, versions and so on the run was trained, one entry for each change (`train`)."""

    network: Network
    metrics: list[dict[str, float]]
    made: tuple[Mapping[str, Any], ...] = ()


def told(message: str) -> None:
    """What is said where nobody listens: a warning."""
    warnings.warn(message, RuntimeWarning, stacklevel=3)


def train(
    preset: Preset,
    data: Dataset,
    seed: int,
    *,
    device: str = "cpu",
    folder: Path | None = None,
    key: str = "",
    made: Mapping[str, Any] | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    tell: Callable[[str], None] = told,
    stop: Callable[[], bool] = lambda: False,
    checkpoint_seconds: float = 30.0,
) -> Trained:
    """Train the preset's network on `data`, a training set as it is (already biased, undersampled).

    folder: where checkpoint.safetensors (at every epoch, and between them every `checkpoint_seconds`), the one before it and
    metrics.jsonl are kept; from a checkpoint there with the same `key` the run goes on, one with another key is refused.
    None: nothing is kept. Under a process group every rank trains on its part of each batch, and rank 0 writes.
    made: what is kept in the checkpoint of how it was made. tell: of what else a person should know, a line each.
    stop: asked after each step; True keeps a checkpoint and raises Stopped.

    A batch that the method cannot use (`Batches.usable`) is skipped and counted. Gradients are those of the mean loss of
    `optimiser.accumulate` batches; with `optimiser.average` the network is the moving average of its weights.

    Raises ValueError for a data set smaller than one batch, a batch that the ranks cannot share evenly, a penalty without
    bias labels, an epoch without a batch that can be used, a checkpoint of another run; Diverged when the loss is not
    finite; CheckpointError when no checkpoint can be read, or one not be written; RanksDiffer.
    """
    if data.bias is None and (preset.method.penalty is not None or preset.method.name == "bias-balanced"):
        wants = f".penalty: {preset.method.penalty.name}" if preset.method.penalty else f": {preset.method.name}"
        raise ValueError(f"method{wants} needs bias labels, and {data.name} has none")
    batches = Batches(preset, data, seed, device)
    shape = (data.images.shape[1], data.images.shape[2], data.images.shape[3])
    network = build_network(preset.encoder, preset.method.name, shape, data.n_classes, stream(seed, WEIGHTS))
    network.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    network.train()
    optimiser = build_optimiser(preset.optimiser, network.parameters())
    memory = {"losses": torch.full([len(data.labels)], math.nan), "boosts": torch.zeros(len(data.labels))}
    if preset.optimiser.average:
        memory |= {f"average.{name}": part.detach().cpu().clone() for name, part in network.state_dict().items()}
    state: dict[str, Any] = {
        "key": key, "made": [], "epoch": 0, "step": 0, "loss_sum": 0.0, "skipped": 0, "metrics": [], "first_loss": None,
    }  # fmt: skip
    path = folder / FILE if folder else None
    if path and world()[0] == 0:
        path.parent.mkdir(parents=True, exist_ok=True)
    if found := _where_to_begin(path, key, device, tell):
        state = found.state
        memory = restore(network, optimiser, found.tensors, found.path)
    if made is not None and (not state["made"] or state["made"][-1] != made):
        state["made"] = [*state["made"], dict(made)]
    averages = {name: part.to(device) for name, part in memory.items() if name.startswith("average.")}
    forward: Callable[[Tensor], Any] = DistributedDataParallel(network) if world()[1] > 1 else network
    if preset.compile:
        forward = torch.compile(forward)
    factor = learning_rate_factor(preset.optimiser, batches.steps, preset.epochs)
    boosts = preset.method.name == "bcl"
    halved = taken_precision(preset.precision, device) == "bfloat16"

    def keep() -> None:
        if path and world()[0] == 0:
            tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
            tensors |= optimiser_tensors(optimiser)
            tensors |= {f"memory.{name}": part for name, part in {**memory, **averages}.items()}
            save_checkpoint(path, tensors, state)

    steps, done = batches.steps * preset.epochs, state["epoch"] * batches.steps + state["step"]
    clock = _Clock(done, steps, preset)
    for epoch in range(state["epoch"], preset.epochs):
        boost = memory["boosts"] if boosts else None
        usable = batches.usable(epoch)
        if not any(usable):
            raise ValueError(
                f"batch: none of the {batches.steps} batches of epoch {epoch + 1} holds samples of two classes, which "
                f"{preset.method.name} compares; data.sampling=stratified puts every class into each batch it can"
            )
        last_usable = max(step for step, fit in enumerate(usable) if fit)
        features, embeddings, last = torch.empty(0), torch.empty(0), math.nan
        for views, rows in batches.of_epoch(epoch, state["step"], boost):
            for group in optimiser.param_groups:
                group["lr"] = preset.optimiser.learning_rate * factor(done)
            first, size, closing = _group(state["step"], batches.steps, preset.optimiser.accumulate)
            if state["step"] == first:
                optimiser.zero_grad(set_to_none=True)
            value = math.nan
            if usable[state["step"]]:
                with torch.autocast(views.device.type, torch.bfloat16, enabled=halved):
                    features, embeddings = (part.float() for part in forward(views))
                loss, losses = objective(preset.method, features, embeddings, *batches.described(rows), batches.prior)
                value = loss.item()
                if not math.isfinite(value):
                    raise Diverged(
                        f"the loss is {value} at step {done + 1} of {steps} (epoch {epoch + 1}); {last_good(path)}"
                    )
                (loss if size == 1 else loss / size).backward()
                last, state["loss_sum"] = value, state["loss_sum"] + value
                if state["first_loss"] is None:
                    state["first_loss"] = value
                if boosts:
                    seen, each = (part.cpu() for part in all_rows(rows, losses))
                    memory["losses"][seen] = momentum_losses(memory["losses"][seen], each, preset.method.memory)
            else:
                state["skipped"] += 1
            if closing and any(usable[first : first + size]):
                optimiser.step()
                _average(averages, network, preset.optimiser.average)
            done += 1
            state["step"] += 1
            if state["step"] < batches.steps:
                # what is left of the epoch must hold the embeddings that its row of metrics is about
                if closing and state["step"] <= last_usable:
                    asked = stop()
                    if asked or clock.since_checkpoint() >= checkpoint_seconds:
                        keep()
                        clock.checkpoint()
                    if asked:
                        raise Stopped(_stopped(path, done, steps, epoch + 1))
                report(clock.progress(done, value, epoch, state))
        if boosts:
            memory["boosts"] = boost_weights(memory["losses"])
        row = {
            "epoch": epoch + 1,
            "loss": state["loss_sum"] / (batches.steps - state["skipped"]),
            "learning_rate": optimiser.param_groups[0]["lr"],
            **collapse_monitor(compared(preset.method.name, features, embeddings)),
            **({"skipped_batches": state["skipped"]} if state["skipped"] else {}),
        }
        state |= {"epoch": epoch + 1, "step": 0, "loss_sum": 0.0, "skipped": 0, "metrics": [*state["metrics"], row]}
        keep()
        clock.checkpoint()
        _write_metrics(folder, state["metrics"])
        report(clock.progress(done, last, epoch, state, row))
        if stop() and epoch + 1 < preset.epochs:
            raise Stopped(_stopped(path, done, steps, epoch + 1))
    _write_metrics(folder, state["metrics"])
    if averages:
        network.load_state_dict({name.removeprefix("average."): part for name, part in averages.items()})
    network.eval()
    return Trained(network, state["metrics"], tuple(state["made"]))


def last_good(path: Path | None) -> str:
    """Where the last checkpoint is that can be read, as the end of a sentence: each is read before it is named."""
    for generation in (path, previous(path)) if path else ():
        try:
            if load_checkpoint(generation):
                return f"the last good checkpoint is {generation}"
        except CheckpointError:
            continue
    return "no checkpoint was kept"


def _where_to_begin(path: Path | None, key: str, device: str, tell: Callable[[str], None]) -> Checkpoint | None:
    """The checkpoint from which every rank goes on, None to begin at the first step. Raises where the ranks differ, on all."""
    fault, found = None, None
    try:
        found = latest_checkpoint(path, tell if world()[0] == 0 else lambda message: None) if path else None
        if found and found.state.get("key") != key:
            raise ValueError(f"{found.path}: a checkpoint of another run (other settings, data or seed)")
    except (CheckpointError, ValueError) as error:
        fault = error
    # epoch, step, what the checkpoint holds and which run this is, the last two as 60 bits of their digests
    mine = [fault is not None, 0, 0, 0, int(key[:15], 16) if len(key) >= 64 else 0]
    if found:
        mine[1:4] = found.state["epoch"], found.state["step"], int(found.digest[:15], 16)
    rows = by_rank(mine, device)
    if fault is not None:
        raise fault
    for rank, row in enumerate(rows):
        if row[0]:
            raise RanksDiffer(f"rank {rank} cannot begin; it says why. Nothing was trained")
        if row[4] != rows[0][4]:
            raise RanksDiffer(f"rank {rank} has other settings, data or seed than rank 0; nothing was trained")
        if row != rows[0]:
            where = [f"rank {k} epoch {one[1]}, step {one[2]}" for k, one in ((0, rows[0]), (rank, row))]
            raise RanksDiffer(
                f"the ranks' checkpoints differ: {' and '.join(where)}; all need one folder (--out on a shared file "
                "system). Nothing was trained"
            )
    return found


def _group(step: int, steps: int, accumulate: int) -> tuple[int, int, bool]:
    """(first step, number of steps, whether this is the last one) of the group of batches whose gradients make one update;
    the last group of an epoch may be smaller."""
    first = step - step % accumulate
    size = min(accumulate, steps - first)
    return first, size, step == first + size - 1


@torch.no_grad()
def _average(averages: Mapping[str, Tensor], network: nn.Module, decay: float) -> None:
    """average <- decay average + (1 - decay) weights, of buffers too; counters are copied."""
    if not averages:
        return
    for name, part in network.state_dict().items():
        average = averages[f"average.{name}"]
        if part.is_floating_point():
            average.lerp_(part, 1 - decay)
        else:
            average.copy_(part)


def _stopped(path: Path | None, done: int, steps: int, epoch: int) -> str:
    kept = f"kept in {path}; the same command goes on from there" if path else "nothing was kept"
    return f"stopped behind step {done} of {steps} (epoch {epoch}): {kept}"


class _Clock:
    """Throughput and time left since this process began, and the time since the last checkpoint."""

    def __init__(self, done: int, steps: int, preset: Preset) -> None:
        self._first, self._steps, self._preset = done, steps, preset
        self._started = self._kept = time.monotonic()

    def since_checkpoint(self) -> float:
        return time.monotonic() - self._kept

    def checkpoint(self) -> None:
        self._kept = time.monotonic()

    def progress(
        self, done: int, loss: float, epoch: int, state: Mapping[str, Any], metrics: dict[str, float] | None = None
    ) -> Progress:
        pace = (done - self._first) / max(time.monotonic() - self._started, 1e-9)  # steps a second
        first = math.nan if state["first_loss"] is None else state["first_loss"]
        speed, left = pace * self._preset.batch, (self._steps - done) / pace
        return Progress(done, self._steps, loss, speed, left, epoch + 1, self._preset.epochs, first, metrics)


def _write_metrics(folder: Path | None, metrics: list[dict[str, float]]) -> None:
    """metrics.jsonl, whole and at once: no line of it depends on time, so two runs of one key write the same bytes."""
    if folder and world()[0] == 0:
        lines = [json.dumps(row, allow_nan=False) + "\n" for row in metrics]
        try:
            write_durably(folder / "metrics.jsonl", "".join(lines).encode())
        except OSError as error:
            raise CheckpointError(
                f"{folder / 'metrics.jsonl'}: could not be written ({error.strerror or error}); the checkpoint is kept"
            ) from error
