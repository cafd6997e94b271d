"""What is done to a data set on purpose: sets are held out, one class is undersampled, a bias is tied to the classes.

Every choice is drawn from NumPy generators of (seed, purpose) and counted exactly: the same indices and bias attributes on
every machine and for any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from contrastive_claims.experiments.data.sources import Dataset, sealed

# The backgrounds of Biased-MNIST (Bahng et al. 2020), RGB by class; the last is the one that paper A's code puts in place
# of their grey when it colours the background.
COLOURS = np.array(
    [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (225, 225, 0),
        (225, 0, 225),
        (0, 255, 255),
        (255, 128, 0),
        (255, 0, 128),
        (128, 0, 255),
        (50, 255, 128),
    ],
    np.uint8,
)


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


def stratified_split(labels: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (training, validation), each sorted: of a class's n samples round(fraction n) validate.

    Raises ValueError for a fraction outside (0, 1), or one that leaves a class without a sample on either side.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"fraction: must lie between 0 and 1, got {fraction}")
    chosen = []
    for k in np.unique(labels):
        members = np.flatnonzero(labels == k)
        n = round(fraction * len(members))
        if not 0 < n < len(members):
            raise ValueError(
                f"fraction: {fraction} of the {len(members)} samples of class {k} leaves one side without any"
            )
        chosen.append(_stream(seed, "stratified split", int(k)).permutation(members)[:n])
    validation = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(labels)), validation), validation


def undersample(labels: np.ndarray, target: int, factor: float, seed: int) -> np.ndarray:
    """Sorted indices of all samples but those of class `target`, of whose n samples round(n / factor) stay.

    Raises ValueError if the class is absent, the factor below 1 or so large that no sample of the class stays.
    """
    members = np.flatnonzero(labels == target)
    if not len(members):
        raise ValueError(f"target: must be a class that occurs in labels, got {target}")
    if not factor >= 1:
        raise ValueError(f"factor: must be at least 1, got {factor}")
    n = round(len(members) / factor)
    if not n:
        raise ValueError(f"factor: {factor} leaves none of the {len(members)} samples of class {target}")
    kept = np.random.default_rng(seed).permutation(members)[:n]
    return np.sort(np.concatenate([np.flatnonzero(labels != target), kept]))


def assign_bias(labels: np.ndarray, rho: float, seed: int, values: int = 10) -> np.ndarray:
    """A bias attribute in 0 .. values - 1 for each of `labels` [N]: [N] int64, of which class k's own is k.

    Exactly counted, class by class: of n samples round(rho n) (half to even) get their class's own value, the others are
    dealt to the other values as evenly as can be, who gets one more being drawn. So rho = 1 / values ties nothing.
    Raises ValueError for rho outside [0, 1] or a label that is no value.
    """
    if not 0 <= rho <= 1:
        raise ValueError(f"rho: must lie between 0 and 1, got {rho}")
    if labels.min() < 0 or labels.max() >= values:
        raise ValueError(
            f"labels: must lie between 0 and {values - 1}, since class k's own bias is k, got {labels.max()}"
        )
    bias = np.empty(len(labels), np.int64)
    for k in np.unique(labels):
        generator = _stream(seed, "bias", int(k))
        members = generator.permutation(np.flatnonzero(labels == k))
        own = round(rho * len(members))
        others = generator.permutation(np.delete(np.arange(values), k))
        bias[members[:own]] = k
        bias[members[own:]] = np.resize(others, len(members) - own)
    return bias


def biased(
    data: Dataset, attribute: Callable[[np.ndarray, np.ndarray, int], np.ndarray], rho: float, seed: int
) -> Dataset:
    """The data set with a bias of ten values, tied to the classes with strength rho as `assign_bias` counts it.

    attribute(images [N, C, H, W], bias [N], seed) renders the bias: the images that carry it, [N, C', H, W].
    Raises ValueError as `assign_bias` and `attribute` do.
    """
    bias = assign_bias(data.labels, rho, seed)
    return sealed(data.name, attribute(data.images, bias, seed), data.labels, bias, data.classes)


def colour_background(data: Dataset, rho: float, seed: int) -> Dataset:
    """Biased-MNIST (Bahng et al. 2020), of any grey data set of at most ten classes: a class's own background colour with
    share rho, else one of the nine others alike. The unbiased test set has rho = 0.1.

    Raises ValueError for images that are not grey, more than ten classes, or rho outside [0, 1].
    """
    return biased(data, coloured, rho, seed)


def coloured(images: np.ndarray, bias: np.ndarray, seed: int) -> np.ndarray:
    """Grey images [N, 1, H, W] as [N, 3, H, W] of the same type: pixels of exactly 0 in COLOURS[bias], all others white.

    So the released Biased-MNIST does it: of the foreground only its shape stays, whatever the colour behind it. Nothing is
    drawn from `seed`. Raises ValueError for images with more than one channel.
    """
    if images.shape[1] != 1:
        raise ValueError(f"images: only a grey image has a background to colour, got {images.shape[1]} channels")
    white = 255 if images.dtype == np.uint8 else 1
    colours = COLOURS if images.dtype == np.uint8 else COLOURS / images.dtype.type(255)
    return np.where(images == 0, colours[bias][:, :, None, None], images.dtype.type(white))


def corrupt(data: Dataset, conflicting: float, seed: int) -> Dataset:
    """Corrupted CIFAR-10 (Nam et al. 2020): class k carries corruption k but for a share `conflicting` of its samples,
    0.005, 0.01, 0.02 or 0.05 as published, which carry the nine others alike. The unbiased test set has 0.9.

    The corruptions are those of `experiments.data.corruptions`, which says where they depart from the release.
    Raises ValueError for images that are not colour in bytes, more than ten classes, or a share outside [0, 1].
    """
    from contrastive_claims.experiments.data.corruptions import corrupted

    if not 0 <= conflicting <= 1:
        raise ValueError(f"conflicting: must lie between 0 and 1, got {conflicting}")
    return biased(data, corrupted, 1 - conflicting, seed)


def _stream(seed: int, purpose: str, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, *purpose.encode(), index])
