"""Versions of what makes and measures a network, raised by hand: the part of a model record's name that follows the code.

A change that moves what a method trains, what an encoder computes or what a measurement keeps raises its version here;
records made before are then no longer found. Golden values (tests/experiments/models/golden.json) guard the table: a
change in meaning without a raised version fails their test, an edit without effect passes.
"""

from __future__ import annotations

from contrastive_claims.experiments.training.presets import Preset

METHODS: dict[str, int] = dict.fromkeys(
    ("cross-entropy", "bias-balanced", "simclr", "simsiam", "bcl", "sup-con", "eps-sup-con", "eps-sup-infonce"), 1
)
ENCODERS: dict[str, int] = dict.fromkeys(
    ("convnet", "simple-convnet", "resnet18", "resnet34", "resnet50", "efficientnet-lite0"), 1
)
PENALTIES: dict[str, int] = dict.fromkeys(("end", "fair_kl", "entangle", "bias-contrast"), 1)
MEASUREMENTS: dict[str, int] = dict.fromkeys(
    (
        "held_out_embeddings",
        "harms",
        "directions",
        "projections",
        "probed",
        "probe_hits",
        "classified",
        "classifier_hits",
        "debiasing",
        "layer_cosines",
        "end_cosines",
    ),
    1,
)


def recipe(preset: Preset, measurement: str = "") -> dict[str, int]:
    """The versions that a network of this preset depends on, and those of a measurement of it.

    Raises KeyError for a measurement that has no version.
    """
    found = {"method": METHODS[preset.method.name], "encoder": ENCODERS[preset.encoder.name]}
    if preset.method.penalty is not None:
        found["penalty"] = PENALTIES[preset.method.penalty.name]
    if measurement:
        found["measurement"] = MEASUREMENTS[measurement]
    return found


def all_versions() -> dict[str, dict[str, int]]:
    """Every version, for what may depend on any of them."""
    return {"methods": METHODS, "encoders": ENCODERS, "penalties": PENALTIES, "measurements": MEASUREMENTS}
