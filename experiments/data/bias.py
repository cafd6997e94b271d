"""What is done to a data set on purpose: a balanced set is held out, one class is undersampled. Indices only."""

from __future__ import annotations

import numpy as np


def balanced_split(labels: np.ndarray, held_out_per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (training, held out) of a stratified split, each sorted; every class holds out equally many samples.

    Raises ValueError if a class is too small to leave at least one sample on each side.
    """
    counts = np.bincount(labels)
    if held_out_per_class < 1 or held_out_per_class >= counts.min():
        raise ValueError(
            f"held_out_per_class: must lie between 1 and {counts.min() - 1} "
            f"(class {counts.argmin()} has {counts.min()} samples), got {held_out_per_class}"
        )
    generator = np.random.default_rng(seed)
    held_out = np.concatenate(
        [generator.permutation(np.flatnonzero(labels == k))[:held_out_per_class] for k in range(len(counts))]
    )
    held_out.sort()
    return np.setdiff1d(np.arange(len(labels)), held_out), held_out


def undersample(labels: np.ndarray, target: int, factor: float, seed: int) -> np.ndarray:
    """Sorted indices of all samples but those of class `target`, of whose n samples round(n / factor) stay, at least one.

    Raises ValueError if the class is absent or the factor below 1.
    """
    members = np.flatnonzero(labels == target)
    if not len(members):
        raise ValueError(f"target: must be a class that occurs in labels, got {target}")
    if not factor >= 1:
        raise ValueError(f"factor: must be at least 1, got {factor}")
    kept = np.random.default_rng(seed).permutation(members)[: max(1, round(len(members) / factor))]
    return np.sort(np.concatenate([np.flatnonzero(labels != target), kept]))
