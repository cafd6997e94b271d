"""A run on disk: its name, how it was made, its lock and its result.

A run is named by what was asked: preset, settings, data and seed. What it was made with (code, versions, device, threads,
processes, number format) is written into its checkpoint and result, and is no part of the name: where it has changed, a
person decides whether to go on, and threads never hinder.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock, Timeout

from contrastive_claims.experiments.data.sources import Dataset
from contrastive_claims.experiments.ledger import keys, records
from contrastive_claims.experiments.ledger.files import sha256_of, write_durably
from contrastive_claims.experiments.training.checkpoint import FILE, CheckpointError, load_checkpoint, previous
from contrastive_claims.experiments.training.precision import taken_precision
from contrastive_claims.experiments.training.presets import Preset
from contrastive_claims.theory.margins.distributed import world

RESULT, HELD_OUT, METRICS = "result.json", "held_out.npz", "metrics.jsonl"
SCHEMA = "contrastive-claims run 2"
ANSWERS = ("ask", "resume-anyway", "fresh")
CODE = ("contrastive_claims.experiments.training.session",)


class RunError(Exception):
    """A run that broke: a file of it cannot be read or written; the message names the file."""


class MadeOtherwise(ValueError):
    """A run that was begun or finished by other code, versions or processes, and nobody has said what to do about it."""


def run_key(preset: Preset, seed: int, training: Dataset, held_out: Dataset) -> str:
    """Digest of what a run is: settings that differ from their defaults, seed, and the images it trains on and is judged by.

    The name and the place of the data are left out: the checksums say what they hold.
    """
    settings = preset.model_dump(
        mode="json", exclude={"name": True, "data": {"name", "path", "table", "skip_corrupt"}}, exclude_defaults=True
    )
    sums = [training.checksum, held_out.checksum]
    return keys.digest({"preset": settings, "seed": seed, "data": sums})


def run_folder(out: Path, name: str, seed: int, key: str) -> Path:
    return out / "runs" / f"{name}-seed{seed}-{key[:8]}"


def circumstances(preset: Preset, device: str, encoder_code: str = "") -> dict[str, Any]:
    """What a run is made with. encoder_code: digest of the source of an encoder that is not ours."""
    return {
        "code": keys.fingerprint(CODE),
        "versions": dict(keys.versions()),
        "device": device.partition(":")[0],
        "threads": torch.get_num_threads(),
        "ranks": world()[1],
        "precision": taken_precision(preset.precision, device),
        "encoder": encoder_code,
    }


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What differs, in words: (what hinders, what does not: threads)."""
    hinders, others = [], []
    for name in ("code", "versions", "device", "precision", "ranks", "encoder", "threads"):
        a, b = before.get(name), now[name]
        if a == b:
            continue
        if name == "versions":
            a = a if isinstance(a, dict) else {}
            hinders += [f"{lib} {a.get(lib, 'absent')} then, {b[lib]} now" for lib in b if a.get(lib) != b[lib]]
        elif name in ("code", "encoder"):
            hinders.append("this package's code" if name == "code" else "the code of the encoder")
        elif name == "threads":
            others.append(f"{a} threads then, {b} now: the last digits may differ")
        else:
            words = {"ranks": "processes"}.get(name, name)
            hinders.append(f"{words} {a} then, {b} now")
    return hinders, others


def lock(folder: Path) -> FileLock:
    """The lock of a run, held. It lies beside the folder, so that it stays when that is set aside.

    Raises RunError where the folder cannot be made, ValueError where another process holds it.
    """
    path = folder.with_name(f".{folder.name}.lock")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(path)
        held.acquire(timeout=0)
    except Timeout:
        raise ValueError(f"{folder}: another process is at this run") from None
    except (OSError, NotImplementedError) as error:
        raise RunError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from error
    return held


def set_aside(path: Path, word: str) -> Path:
    """Move a file or folder to the first free `<name>.<word>-<k>` beside it; returns where it is now."""
    k = 1
    while (kept := path.with_name(f"{path.name}.{word}-{k}")).exists():
        k += 1
    path.rename(kept)
    return kept


def save_result(folder: Path, result: Mapping[str, Any]) -> None:
    """Write result.json with the SHA-256 of the files beside it and of itself. Raises RunError naming the file."""
    content = {"schema": SCHEMA, **result, "files": {name: sha256_of(folder / name) for name in (METRICS, HELD_OUT)}}
    try:
        write_durably(folder / RESULT, records.to_json({**content, "digest": keys.digest(content)}))
    except OSError as error:
        raise RunError(_unwritten(folder / RESULT, error)) from error


def save_held_out(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays of a run. Raises RunError naming the file."""
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    try:
        write_durably(path, content.getvalue())
    except OSError as error:
        raise RunError(_unwritten(path, error)) from error


def _unwritten(path: Path, error: OSError) -> str:
    return (
        f"{path}: could not be written ({error.strerror or error}); what was trained is kept, the same command goes on"
    )


def load_result(folder: Path) -> dict[str, Any] | None:
    """A run's result, with "folder", None if it has none. Raises RunError naming the file that is not as it was written."""
    path = folder / RESULT
    if not path.exists():
        return None
    try:
        content = records.read_json(path)
    except records.RecordError as error:
        raise RunError(str(error)) from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise RunError(f"{path}: damaged, or not a result of this version")
    if keys.digest({name: value for name, value in content.items() if name != "digest"}) != content.get("digest"):
        raise RunError(f"{path}: damaged or edited (its content does not match its digest)")
    for name, known in content["files"].items():
        if not (folder / name).is_file():
            raise RunError(f"{folder / name}: missing")
        if sha256_of(folder / name) != known:
            raise RunError(f"{folder / name}: damaged or edited (not the file that {RESULT} was written with)")
    return {name: value for name, value in content.items() if name not in ("schema", "digest", "files")} | {
        "folder": str(folder)
    }


def history(folder: Path) -> Sequence[Mapping[str, Any]]:
    """What an unfinished run was made with so far, () if no checkpoint of it can be read."""
    for path in (folder / FILE, previous(folder / FILE)):
        try:
            if found := load_checkpoint(path):
                return found.state.get("made", ())
        except CheckpointError:
            continue
    return ()


def kept(folder: Path) -> str:
    """What of a run is on disk, as the end of a sentence."""
    if (folder / RESULT).exists():
        return f"{folder} is finished"
    for path in (folder / FILE, previous(folder / FILE)):
        try:
            if found := load_checkpoint(path):
                state = found.state
                return (
                    f"kept: epoch {state['epoch']}, step {state['step']} in {path}; the same command goes on from there"
                )
        except CheckpointError:
            continue
    return "nothing was kept: no checkpoint was written yet"
