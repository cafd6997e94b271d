"""One training run from a preset, as `claims train` does it: checkpoints, metrics, held-out embeddings and their probes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from contrastive_claims.experiments.data.sources import Dataset, subset
from contrastive_claims.experiments.ledger.files import sweep
from contrastive_claims.experiments.training import runs
from contrastive_claims.experiments.training.distributed import by_rank
from contrastive_claims.experiments.training.embedding import embed
from contrastive_claims.experiments.training.foreign import check_encoder
from contrastive_claims.experiments.training.health import Watch
from contrastive_claims.experiments.training.presets import LITE0, OWN, Preset, load_preset, with_settings
from contrastive_claims.experiments.training.pretrained import check_lite0
from contrastive_claims.experiments.training.probe import (
    FOLDS,
    PENALTIES,
    evaluate,
    linear_probe,
    nearest_neighbours,
    test_set_split,
)
from contrastive_claims.experiments.training.sets import training_and_held_out
from contrastive_claims.experiments.training.stopping import Stopping
from contrastive_claims.experiments.training.trainer import Progress, RanksDiffer, Trained, told, train
from contrastive_claims.theory.harms import collapse_monitor
from contrastive_claims.theory.margins.distributed import world

NEIGHBOURS = 20
TRAIN, FINISHED, REFUSED = 0, 1, 2  # what rank 0 found, for the others


def run_session(
    name: str,
    settings: Sequence[str],
    seed: int,
    device: str,
    out: Path,
    report: Callable[[Progress], None],
    checkpoint_seconds: float = 30.0,
    *,
    data: Path | None = None,
    answer: str = "ask",
    tell: Callable[[str], None] = told,
    news: Callable[[str], None] = lambda message: None,
    stop: Stopping | None = None,
    prepare: Callable[[], str] = lambda: "",
) -> dict[str, Any]:
    """Train, embed the held-out images, probe; returns what `<out>/runs/<run>/result.json` holds, with its "folder".

    The same command goes on from the last checkpoint of a run that was stopped, and returns a finished run's result ("reused").
    data: a folder or file of one's own in place of the preset's (`experiments.data.own`). answer: what to do with a run that
    other code, versions or processes began or finished: "ask" refuses and names them, "resume-anyway" goes on, "fresh" sets
    it aside and begins again. tell: of what a person should know, a line each; news: of what goes on. prepare: called once
    the settings are checked and the data loaded (the threads are chosen there); what it answers is news.

    Raises ValueError for an unknown preset, a bad setting, a run that is made otherwise, or is another process's just now,
    all before any work; DataAbsent without the data; runs.RunError for a file that cannot be written; and what `train` raises.
    """
    refuse_name(out)
    preset = with_settings(load_preset(name), settings)
    if data is not None:
        refuse_name(data)
        preset = with_settings(preset, [f"data.path={json.dumps(str(data))}"])
    if preset.data.name == OWN and not preset.data.path:
        raise ValueError(f"preset {name!r} is for images of your own: say --data PATH")
    encoder_code = check_encoder(preset.encoder)
    if preset.encoder.name == LITE0:
        check_lite0(preset.encoder)
    speak = tell if world()[0] == 0 else lambda message: None
    inform = news if world()[0] == 0 else lambda message: None
    inform(f"loading {preset.data.path or preset.data.name}")
    loading: list[str] = []

    def loads(line: str) -> None:
        loading.append(line)
        inform(line)

    training, held_out = training_and_held_out(preset.data, seed, loads)
    if word := prepare():
        inform(word)
    key = runs.run_key(preset, seed, training, held_out)
    folder = runs.run_folder(out, name, seed, key)
    made = runs.circumstances(preset, device, encoder_code)
    if stop is not None:
        stop.quiet, stop.waits = world()[0] != 0, world()[1] == 1
        stop.kept = lambda: runs.kept(folder)

    def go_on() -> dict[str, Any]:
        return _trained(
            preset,
            training,
            held_out,
            loading,
            seed,
            device,
            folder,
            key,
            made,
            report,
            tell,
            inform,
            stop,
            checkpoint_seconds,
        )

    if world()[0] != 0:
        if (found := by_rank([0], device)[0][0]) != TRAIN:
            if found == REFUSED:
                raise RanksDiffer("rank 0 refused this run, and says why")
            return {}
        return go_on()
    held, found = None, None
    try:
        held = runs.lock(folder)
        found = _begin(folder, key, made, answer, speak)
    except Exception:
        by_rank([REFUSED], device)
        if held is not None:
            held.release()
        raise
    try:
        by_rank([TRAIN if found is None else FINISHED], device)
        if found is not None:
            return {**found, "reused": True}
        return go_on()
    finally:
        held.release()


def _begin(
    folder: Path, key: str, made: dict[str, Any], answer: str, tell: Callable[[str], None]
) -> dict[str, Any] | None:
    """Make a run's folder ready to be trained in; its result if it is finished. Raises MadeOtherwise, RunError."""
    if answer == "fresh" and folder.exists():
        tell(f"what was there is now in {runs.set_aside(folder, 'old')}")
    found = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        found = runs.load_result(folder)
    except OSError as error:
        raise runs.RunError(f"{folder}: cannot be written ({error.strerror or error})") from error
    except runs.RunError as error:
        kept = runs.set_aside(folder / runs.RESULT, "damaged")
        tell(
            f"{error}; not believed, so the run is judged again from its checkpoint ({runs.RESULT} is now {kept.name})"
        )
    if found and found["key"] != key:
        raise ValueError(f"{folder / runs.RESULT}: the result of another run, moved here; move it away, or --fresh")
    before = found["made"] if found else runs.history(folder)
    if before:
        hinders, others = runs.changed(before[-1], made)
        for word in others if found is None else ():
            tell(word)
        if hinders:
            said = f"{folder.name} was {'finished' if found else 'begun'} with other things: {'; '.join(hinders)}"
            if answer == "ask":
                use = "takes it as it is" if found else "goes on from its checkpoint"
                raise runs.MadeOtherwise(f"{said}. --resume-anyway {use}, --fresh begins again")
            tell(said)
    return found


def _trained(
    preset: Preset,
    training: Dataset,
    held_out: Dataset,
    loading: Sequence[str],
    seed: int,
    device: str,
    folder: Path,
    key: str,
    made: dict[str, Any],
    report: Callable[[Progress], None],
    tell: Callable[[str], None],
    news: Callable[[str], None],
    stop: Stopping | None,
    checkpoint_seconds: float,
) -> dict[str, Any]:
    """Train and judge; {} on ranks other than 0."""
    first = world()[0] == 0
    watch = Watch(preset)

    def watched(progress: Progress) -> None:
        report(progress)
        if (word := watch.look(progress)) and first:
            tell(f"warning: {word}")

    if first:
        threads = torch.get_num_threads()
        news(f"{made['precision']} on {made['device']}, {threads} thread{'s' if threads > 1 else ''}; first step")
    trained = train(
        preset,
        training,
        seed,
        device=device,
        folder=folder,
        key=key,
        made=made,
        report=watched,
        tell=tell,
        stop=stop or (lambda: False),
        checkpoint_seconds=checkpoint_seconds,
    )
    if stop is not None:
        stop.loop_is_over()
    if not first:
        return {}
    return _judged(preset, training, held_out, loading, seed, folder, key, trained, watch.warnings)


def _judged(
    preset: Preset,
    training: Dataset,
    held_out: Dataset,
    loading: Sequence[str],
    seed: int,
    folder: Path,
    key: str,
    trained: Trained,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Embed, probe and write the result."""
    features, embeddings = embed(trained.network, held_out.images, preset.method.name)
    seen = embed(trained.network, training.images, preset.method.name)[0]
    result = {
        "preset": preset.model_dump(mode="json"),
        "seed": seed,
        "key": key,
        "made": list(trained.made),
        "data": {"training": training.checksum, "held_out": held_out.checksum, "loading": list(loading)},
        "samples": {"training": len(training.labels), "held_out": len(held_out.labels)},
        "classes": list(training.classes),
        "shape": list(training.images.shape[1:]),
        "metrics": trained.metrics[-1],
        "held_out": {
            **collapse_monitor(embeddings, held_out.labels),
            **probes(preset, seen, training.labels, features, held_out, seed),
        },
        "warnings": list(warnings),
    }
    arrays = {"features": features, "embeddings": embeddings, "labels": held_out.labels}
    runs.save_held_out(folder / runs.HELD_OUT, arrays | ({} if held_out.bias is None else {"bias": held_out.bias}))
    runs.save_result(folder, result)
    return {**result, "folder": str(folder)}


def refuse_name(path: Path) -> None:
    """Raises ValueError for a path that is no UTF-8: its name could not be written into any result."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{os.fsencode(path)!r}: the name of this path is not UTF-8; rename it") from None


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
