"""One training run from a preset, as `claims train` does it: metrics and held-out embeddings on disk."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments import records
from experiments.data.bias import balanced_split
from experiments.data.sources import load
from experiments.training.presets import Preset, load_preset, parse_preset
from experiments.training.trainer import embed, train
from theory.harms import effective_rank


def with_settings(preset: Preset, settings: Sequence[str]) -> Preset:
    """The preset with "key=value" settings applied ("augmentation.noise=0.1" reaches a section), validated again.

    Raises ValueError for a setting without "=", a value that is no TOML value, an unknown key, an impossible value.
    """
    content: dict[str, Any] = preset.model_dump()
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key:
            raise ValueError(f"--set takes key=value, got {setting!r}")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text  # plain text needs no quotes; the preset's types decide whether it may be text
        *sections, last = key.split(".")
        target = content
        for section in sections:
            target = target.get(section)
            if not isinstance(target, dict):
                raise ValueError(f"--set {setting}: the preset has no section {section!r}")
        target[last] = value
    return parse_preset(content)


def run_session(
    name: str, settings: Sequence[str], seed: int, device: str, out: Path, progress: Callable[[int, int, float], None]
) -> dict[str, Any]:
    """Train, embed the held-out images, write `<out>/runs/<preset>-<seed>.{json,npz}`; returns what the JSON holds.

    Raises ValueError for an unknown preset or a bad setting, before any work.
    """
    preset = with_settings(load_preset(name), settings)
    data = load(preset.data)
    training, held_out = balanced_split(data.labels, preset.held_out_per_class, seed)
    trained = train(preset, data.images[training], seed, progress, device)
    embeddings = embed(trained.encoder, data.images[held_out])
    base = out / "runs" / f"{name}-{seed}"
    result = {
        "preset": preset.model_dump(),
        "seed": seed,
        "device": device,
        "data": data.checksum,
        "losses": [float(loss) for loss in trained.losses],
        "effective_ranks": [float(rank) for rank in trained.effective_ranks],
        "held_out_effective_rank": effective_rank(embeddings),
        "embeddings": f"{base.name}.npz",
    }
    records.save_arrays(
        base.with_name(base.name + ".npz"), {"embeddings": np.asarray(embeddings), "labels": data.labels[held_out]}
    )
    records.write_atomically(base.with_name(base.name + ".json"), records.to_json(result))
    return result
