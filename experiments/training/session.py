"""One training run from a preset, as `claims train` does it: checkpoints, metrics, held-out embeddings and their probes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from experiments.data.sources import Dataset, subset
from experiments.ledger import keys, records
from experiments.training.distributed import world
from experiments.training.embedding import embed
from experiments.training.presets import Preset, load_preset, with_settings
from experiments.training.probe import FOLDS, PENALTIES, evaluate, linear_probe, nearest_neighbours, test_set_split
from experiments.training.sets import training_and_held_out
from experiments.training.trainer import Progress, train
from theory.harms import collapse_monitor

NEIGHBOURS = 20
CODE = ("experiments.training.trainer", "experiments.training.embedding", "experiments.training.sets")


def run_key(preset: Preset, seed: int, split: int, data: Dataset, device: str) -> str:
    """Digest of all that a trained network depends on: settings, seeds, data, code, versions, device, threads, ranks."""
    return keys.digest(
        {
            "code": keys.fingerprint(CODE),
            "preset": preset.model_dump(exclude={"name"}),
            "seeds": [seed, split],
            "data": data.checksum,
            "versions": dict(keys.versions()),
            "device": device,
            "threads": torch.get_num_threads(),
            "ranks": world()[1],
        }
    )


def run_session(
    name: str,
    settings: Sequence[str],
    seed: int,
    device: str,
    out: Path,
    report: Callable[[Progress], None],
    checkpoint_seconds: float = 30.0,
) -> dict[str, Any]:
    """Train, embed the held-out images, probe; returns what `<out>/runs/<run>/result.json` holds, which names its files.

    The same command goes on from the last checkpoint of a run that was stopped, and returns a finished run's result.
    Raises ValueError for an unknown preset or a bad setting before any work, DataAbsent without the data, and what `train`
    raises.
    """
    preset = with_settings(load_preset(name), settings)
    training, held_out = training_and_held_out(preset.data, seed)
    key = run_key(preset, seed, seed, training, device)
    folder = out / "runs" / f"{name}-seed{seed}-{key[:8]}"
    finished = folder / "result.json"
    if finished.exists():
        return {**json.loads(finished.read_text("utf-8")), "reused": True}
    trained = train(
        preset,
        training,
        seed,
        device=device,
        folder=folder,
        key=key,
        report=report,
        checkpoint_seconds=checkpoint_seconds,
    )
    if world()[0] != 0:
        return {}
    features, embeddings = embed(trained.network, held_out.images, preset.method.name)
    seen = embed(trained.network, training.images, preset.method.name)[0]
    result = {
        "preset": preset.model_dump(),
        "seed": seed,
        "key": key,
        "data": {"training": training.checksum, "held_out": held_out.checksum},
        "samples": {"training": len(training.labels), "held_out": len(held_out.labels)},
        "metrics": trained.metrics[-1],
        "held_out": {
            **collapse_monitor(embeddings, held_out.labels),
            **probes(preset, seen, training.labels, features, held_out, seed),
        },
        "folder": str(folder),
    }
    arrays = {"features": features, "embeddings": embeddings, "labels": held_out.labels}
    records.save_arrays(folder / "held_out.npz", arrays | ({} if held_out.bias is None else {"bias": held_out.bias}))
    records.write_atomically(finished, records.to_json(result))
    return result


def probes(
    preset: Preset, seen: np.ndarray, labels: np.ndarray, features: np.ndarray, held_out: Dataset, seed: int
) -> dict[str, float]:
    """Accuracies on the held-out set of a linear probe and of nearest neighbours, both from the training set's features
    `seen` [N, F] and labels [N] alone; groups are (class, bias) where there is a bias. With the preset's probe "test-split"
    both learn from three quarters of the held-out set instead and are judged on the rest (paper B's protocol).

    C by cross-validation there, or 1 where a class has too few samples for it; `probe_penalty` says which it was.
    """
    if preset.probe == "test-split":
        learn, judge = test_set_split(held_out.labels, seed)
        seen, labels, features, held_out = (
            features[learn],
            held_out.labels[learn],
            features[judge],
            subset(held_out, judge),
        )
    penalties = PENALTIES if np.bincount(labels).min() >= FOLDS else PENALTIES[:1]
    head = linear_probe(seen, labels, seed, penalties)
    probe = evaluate(head.predict(features), held_out.labels, held_out.bias)
    voted = evaluate(nearest_neighbours(seen, labels, features, k=min(NEIGHBOURS, len(seen))), held_out.labels)
    return {
        "probe_penalty": head.penalty,
        "accuracy": probe.accuracy,
        "balanced_accuracy": probe.balanced_accuracy,
        "worst_group_accuracy": probe.worst_group_accuracy,
        "nearest_neighbours_accuracy": voted.accuracy,
    }


def begin_ranks(device: str) -> str:
    """The device of this process; under torchrun (RANK and WORLD_SIZE in the environment) joins the process group."""
    if not dist.is_torchelastic_launched():
        return device
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    if device != "cuda":
        return device
    torch.cuda.set_device(dist.get_rank() % torch.cuda.device_count())
    return f"cuda:{torch.cuda.current_device()}"
