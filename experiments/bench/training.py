"""How fast the training step is beside the usual pipeline, and whether a run survives what happens to long runs.

Four parts, one report: throughput of the SimCLR step on CIFAR-10 against torchvision's per-sample transforms in a DataLoader
(two workers), the same encoder and batch; a run killed three times beside an undisturbed one; two processes beside one; and
the CPU presets at their default length. Absolute times drift between machines: compare the ratios of one run, in which the
competitors take turns.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from contrastive_claims.experiments.data.locations import locate
from contrastive_claims.experiments.data.sources import Dataset, load, subset
from contrastive_claims.experiments.training.encoders import build_network
from contrastive_claims.experiments.training.memory import keep_freed_memory
from contrastive_claims.experiments.training.optimisers import build_optimiser
from contrastive_claims.experiments.training.precision import processor_multiplies_bfloat16, taken_precision
from contrastive_claims.experiments.training.presets import Preset, load_preset
from contrastive_claims.experiments.training.session import run_session
from contrastive_claims.experiments.training.streams import ORDER, WEIGHTS, stream
from contrastive_claims.experiments.training.threads import choose_threads
from contrastive_claims.experiments.training.trainer import Progress, train

THROUGHPUT, PRESET_KILLED = "cifar10-harm-cpu", "digits"
KILLED = ("epochs=12", "method.name=bcl")  # a method with a memory of its own, the harder case
BYTES = ("checkpoint.safetensors", "metrics.jsonl", "held_out.npz")
PEER_WORKERS = 2
COMPETITORS = ("ours", "peer_float32", "peer_bfloat16", "peer_float32_keeping_memory")
AT_LEAST = 2.5  # times the usual pipeline, each in the precision that it would choose on this processor
CPU_PRESETS = ("fashion-harm-cpu", "mnist-biased-cpu")


def run(
    steps: int = 16, repeats: int = 3, kills: int = 3, seed: int = 0, presets: Sequence[str] = CPU_PRESETS
) -> dict[str, Any]:
    """Training against the usual pipeline, kills and two processes, in one JSON-able report.

    steps: timed batches of each competitor in a turn. repeats: turns, of which the median counts. kills: SIGKILLs of one
    run, at steps drawn by `seed`. presets: run at their default length, timed from the command to its end.
    """
    report: dict[str, Any] = {"setup": {"cores": os.cpu_count(), "threads": torch.get_num_threads(), "steps": steps}}
    if missing := _missing():
        report["throughput"] = {"not_run": missing}
    else:
        report["throughput"] = _throughput(load_preset(THROUGHPUT), steps, repeats)
    with tempfile.TemporaryDirectory() as folder:
        report["killed"] = killed_run(Path(folder), KILLED, kills, seed)
        report["two_processes"] = two_processes(Path(folder))
        report["presets"] = {name: _timed_preset(name, Path(folder)) for name in presets}
    return report


def _missing() -> str:
    """What the throughput needs and is not here, in one line; "" where nothing is missing."""
    if locate("cifar10") is None:
        return "cifar10 is not on this machine; `claims data check` says how to get it"
    try:
        import_module("torchvision.transforms")
    except Exception as error:  # noqa: BLE001 (a build for another torch raises what it will)
        said = " ".join(str(error).split())
        return f"torchvision, the peer, cannot be imported ({said}); `pip install 'contrastive-claims[vision]'` gets it"
    return ""


def _throughput(preset: Preset, steps: int, repeats: int) -> dict[str, Any]:
    """Images (not views) a second of whole steps: views, both passes, loss, update. Every competitor runs in a process of its
    own, in turn, since how the C library keeps memory is a process's setting: ours keeps it, and chooses its threads, as
    `claims train` does; the peer does not, but keeps memory where its name says so.
    The first step, which begins all workers, is not timed."""
    taken: dict[str, list[float]] = {name: [] for name in COMPETITORS}
    for _ in range(repeats):
        for name in COMPETITORS:
            job = {"compete": name, "steps": steps}
            done = _child(job)
            taken[name].append(json.loads(done.splitlines()[-1])["seconds"])
    pace = {name: steps * preset.batch / statistics.median(seconds) for name, seconds in taken.items()}
    usual = max(
        ("peer_float32", "peer_bfloat16"), key=pace.__getitem__
    )  # the precision that the peer would choose here
    return {
        "decides": {
            "speedup": pace["ours"] / pace[usual],
            "at_least": AT_LEAST,
            "met": pace["ours"] >= AT_LEAST * pace[usual],
            "our_precision": taken_precision(preset.precision, "cpu"),
            "peer_precision": usual.removeprefix("peer_"),
            "processor_multiplies_bfloat16": processor_multiplies_bfloat16(),
        },
        "preset": preset.name,
        "batch": preset.batch,
        "images_per_second": pace,
        "images_per_second_by_turn": {
            name: [steps * preset.batch / each for each in seconds] for name, seconds in taken.items()
        },
        "speedup_over_float32": pace["ours"] / pace["peer_float32"],
        "speedup_over_bfloat16": pace["ours"] / pace["peer_bfloat16"],
        "speedup_over_float32_keeping_memory": pace["ours"] / pace["peer_float32_keeping_memory"],
    }


def _our_seconds(preset: Preset, data: Dataset) -> float:
    """Seconds of one epoch of `train` itself, from the end of its first step to the end of its last."""
    times = []
    train(preset.model_copy(update={"epochs": 1}), data, 0, report=lambda progress: times.append(time.perf_counter()))
    return times[-1] - times[0]


def _peer_seconds(preset: Preset, data: Dataset, precision: torch.dtype) -> float:
    """The same for the usual pipeline: PIL images, torchvision's transforms one sample at a time in worker processes, the
    loss from a full matrix of cosines. Contiguous float32 tensors, and autocast for bfloat16."""
    transforms: Any = import_module("torchvision.transforms")

    spec = preset.augmentation
    strength = spec.jitter
    transform = transforms.Compose(
        [
            transforms.RandomResizedCrop(data.images.shape[-1], scale=(spec.crop, 1.0)),
            transforms.RandomHorizontalFlip(spec.flip),
            transforms.RandomApply(
                [transforms.ColorJitter(0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength)], p=0.8
            ),
            transforms.RandomGrayscale(spec.grey),
            transforms.ToTensor(),
        ]
    )
    shape = (data.images.shape[1], data.images.shape[2], data.images.shape[3])
    network = build_network(preset.encoder, preset.method.name, shape, data.n_classes, stream(0, WEIGHTS)).train()
    optimiser = build_optimiser(preset.optimiser, network.parameters())
    loader = DataLoader(
        _TwoViews(data.images, transform),
        batch_size=preset.batch,
        shuffle=True,
        generator=stream(0, ORDER),
        num_workers=PEER_WORKERS,
        drop_last=True,
    )
    times = []
    for first, second in loader:
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
            embeddings = network(torch.cat([first, second]))[1]
        unit = functional.normalize(embeddings.float(), dim=1)
        logits = unit @ unit.T / preset.method.temperature
        logits = logits.masked_fill(torch.eye(len(logits), dtype=torch.bool), float("-inf"))
        partner = torch.arange(len(logits)).roll(len(first))
        loss = functional.cross_entropy(logits, partner)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()
        times.append(time.perf_counter())
    return times[-1] - times[0]


class _TwoViews(TorchDataset):
    """Two random views of every image, as a map-style data set for worker processes."""

    def __init__(self, images: np.ndarray, transform: Callable[[Any], torch.Tensor]) -> None:
        self._images, self._transform = images.transpose(0, 2, 3, 1), transform

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image = Image.fromarray(self._images[index])
        return self._transform(image), self._transform(image)


def killed_run(folder: Path, settings: Sequence[str], kills: int, seed: int) -> dict[str, Any]:
    """One run killed (SIGKILL) as soon as it has passed random steps, beside one left alone: are parameters, metrics and
    held-out embeddings the same bytes? `seed` draws the steps."""
    whole, steps = _train_in_process(folder / "whole", settings)
    moments = sorted(random.Random(seed).sample(range(1, steps), kills))
    for moment in moments:
        _train_in_process(folder / "killed", settings, kill_at=moment)
    broken, _ = _train_in_process(folder / "killed", settings)
    same = {name: (whole / name).read_bytes() == (broken / name).read_bytes() for name in BYTES}
    return {"steps": steps, "killed_at": moments, "identical": same}


def _train_in_process(folder: Path, settings: Sequence[str], kill_at: int | None = None) -> tuple[Path, int]:
    """Run (or go on with) a session in a process of its own, a checkpoint at every step; (its folder, steps in all)."""
    job = {"preset": PRESET_KILLED, "settings": list(settings), "out": str(folder)}
    command = [sys.executable, "-m", "contrastive_claims.experiments.bench.training", json.dumps(job)]
    last: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = json.loads(line)
            if kill_at is not None and last.get("step", 0) >= kill_at:
                process.send_signal(signal.SIGKILL)
                return folder, last["steps"]
    if process.returncode or "folder" not in last:
        raise RuntimeError(f"the training process ended with status {process.returncode}")
    return Path(last["folder"]), last["steps"]


def two_processes(folder: Path, steps: int = 20) -> dict[str, Any]:
    """Loss curves of one process and of two gloo processes with the GroupNorm encoder, the same batches."""
    settings = ["encoder.norm=group", "encoder.head=[32, 16]", f"epochs={steps}", "batch=1024"]  # one step an epoch
    curves = []
    for ranks in (1, 2):
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "contrastive_claims.experiments.bench.training", json.dumps(job)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for rank in range(ranks)
            for job in [
                {
                    "preset": PRESET_KILLED, "settings": settings, "out": str(folder / str(ranks)),
                    "rank": rank, "ranks": ranks, "meet": str(folder / f"meet{ranks}"),
                }
            ]
        ]  # fmt: skip
        lines = [process.communicate()[0].splitlines() for process in processes]
        if any(process.returncode for process in processes):
            raise RuntimeError("a training process failed")
        curves.append([row["loss"] for row in map(json.loads, lines[0]) if "loss" in row])
    one, two = (np.array(curve) for curve in curves)
    return {"steps": len(one), "largest_difference": float(np.abs(one - two).max()), "fall": float(one[0] - one[-1])}


def _child(job: dict[str, Any]) -> str:
    """What a job prints in a process of its own. Raises RuntimeError with its last line of complaint if it fails."""
    command = [sys.executable, "-m", "contrastive_claims.experiments.bench.training", json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return done.stdout


def _compete(job: dict[str, Any]) -> None:
    """One competitor of the throughput in this process."""
    preset, name = load_preset(THROUGHPUT), job["compete"]
    data = subset(load("cifar10"), np.arange((job["steps"] + 1) * preset.batch))
    if name == "ours" or name.endswith("keeping_memory"):
        keep_freed_memory()
    if name == "ours":
        choose_threads(torch.get_num_threads())  # as `claims train` does
        seconds = _our_seconds(preset, data)
    else:
        seconds = _peer_seconds(preset, data, torch.bfloat16 if "bfloat16" in name else torch.float32)
    print(json.dumps({"seconds": seconds}))


def _session(job: dict[str, Any]) -> None:
    """A session in this process, a JSON line a step and a last one with its folder."""
    if job.get("ranks", 1) > 1:
        rendezvous = f"file://{job['meet']}"
        dist.init_process_group("gloo", init_method=rendezvous, rank=job["rank"], world_size=job["ranks"])
    steps = 0

    def report(progress: Progress) -> None:
        nonlocal steps
        steps = progress.steps
        print(json.dumps({"step": progress.step, "steps": steps, "loss": progress.loss}), flush=True)

    done = run_session(job["preset"], job["settings"], 0, "cpu", Path(job["out"]), report, checkpoint_seconds=0)
    if done:
        print(json.dumps({"folder": done["folder"], "steps": steps}), flush=True)
    if dist.is_initialized():
        dist.destroy_process_group()


def _timed_preset(name: str, folder: Path) -> dict[str, Any]:
    """`claims train NAME` at its default length: seconds from the command to its end, and what it reached."""
    command = [sys.executable, "-m", "contrastive_claims", "train", name, "--json", "--out", str(folder / name)]
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        return {"failed": f"exit status {done.returncode}"}
    result = json.loads(done.stdout)
    return {"seconds": seconds, "loss": result["metrics"]["loss"], **result["held_out"]}


if __name__ == "__main__":
    work = json.loads(sys.argv[1])
    (_compete if "compete" in work else _session)(work)
