"""From a preset's data section to the set that is trained on and the balanced, unbiased one that is held out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from contrastive_claims.experiments.data.bias import (
    balanced_split,
    colour_background,
    corrupt,
    stratified_split,
    undersample,
)
from contrastive_claims.experiments.data.own import Columns, own_sets_at
from contrastive_claims.experiments.data.remembered import compare
from contrastive_claims.experiments.data.sources import Dataset, load, sealed, subset
from contrastive_claims.experiments.training.presets import Bias, Data

HELD_OUT = 0.2  # of each class, of a set of one's own without a test split
UNBIASED = 0.1  # rho of the held-out sets of ten attributes: each as frequent as any other


def training_and_held_out(
    spec: Data, seed: int, tell: Callable[[str], None] = lambda message: None
) -> tuple[Dataset, Dataset]:
    """(training set, held-out set) of a data section; `seed` draws the split, what is kept of a class, and the bias.

    The held-out set is the published test split, or `held_out_per_class` samples of each class where there is none. It is
    never undersampled, and a bias put on purpose is independent of the class in it. Of a set of one's own (`path`) without a
    test split a share HELD_OUT of each class, or of each group (class, attribute), is held out. tell: what was done to it.
    Raises ValueError for a section that the data cannot meet, DataAbsent where the data is not on this machine.
    """
    test: Dataset | None = None
    if spec.path:
        training, test = own_training_and_test(spec, tell)
    else:
        training = load(spec.name)
    if spec.held_out_per_class:
        chosen, rest = balanced_split(training.labels, spec.held_out_per_class, seed)
        held_out, training = subset(training, rest), subset(training, chosen)
    elif spec.path and test is None:
        chosen, rest = stratified_split(groups_to_split(training, HELD_OUT), HELD_OUT, seed)
        each = "class" if training.bias is None else "group"
        held_out, training = subset(training, rest), subset(training, chosen)
        tell(f"no test split: {len(rest)} images, a fifth of each {each}, are held out (drawn by the seed)")
    else:
        held_out = test or load(spec.name, "test")
    if spec.classes:
        training, held_out = only(training, spec.classes), only(held_out, spec.classes)
    if spec.per_class:
        training = subset(training, first_of_each(training.labels, spec.per_class, seed))
    if spec.bias is not None:
        unbiased = Bias(kind=spec.bias.kind, rho=UNBIASED)
        training, held_out = biased(training, spec.bias, seed), biased(held_out, unbiased, seed)
    if spec.undersample is not None:
        target, factor = spec.undersample.target, spec.undersample.factor
        labels = only_with(training, target, spec.undersample.attribute)
        training = subset(training, undersample(labels, target, factor, seed))
    return training, held_out


def groups_to_split(data: Dataset, share: float) -> np.ndarray:
    """What a split into `share` and the rest is stratified by: the labels, or the groups (class, attribute) numbered.

    Raises ValueError for a group too small to have an image on either side."""
    if data.bias is None:
        return data.labels
    groups = data.labels * (int(data.bias.max()) + 1) + data.bias
    for group, count in zip(*np.unique(groups, return_counts=True), strict=True):
        if not 0 < round(share * count) < count:
            label, value = (int(part[groups == group][0]) for part in (data.labels, data.bias))
            raise ValueError(
                f"data: the group of class {data.classes[label]!r} and attribute {value} has {count} image"
                f"{'s' if count > 1 else ''}, too few to hold one out; bring a test split of your own"
            )
    return groups


def only_with(data: Dataset, target: int, attribute: int | None) -> np.ndarray:
    """The labels, less those of class `target` without the `attribute`, which are -1. Raises ValueError where none is left."""
    if attribute is None:
        return data.labels
    if data.bias is None:
        raise ValueError(f"data.undersample.attribute: {data.name} has no attributes")
    group = (data.labels == target) & (data.bias == attribute)
    if not group.any():
        raise ValueError(f"data.undersample: no training sample has class {target} and attribute {attribute}")
    return np.where((data.labels == target) & ~group, -1, data.labels)


def own_training_and_test(spec: Data, tell: Callable[[str], None]) -> tuple[Dataset, Dataset | None]:
    """The splits of a set of one's own, compared with what they were at first use under these settings."""
    path = Path(spec.path)
    columns = Columns(spec.image, spec.label, spec.attribute, spec.table)
    found = own_sets_at(path, columns, size=spec.size, fit=spec.fit, skip_corrupt=spec.skip_corrupt, tell=tell)
    how = ", ".join(
        str(part) for part in (spec.size, spec.fit, spec.image, spec.label, spec.attribute, spec.skip_corrupt)
    )
    if spec.table:
        how += f", {Path(spec.table).resolve()}"
    for split, data in found.items():
        compare(f"{path.resolve()} ({split}, {how})", data.checksum, spec.path)
    tell(
        f"{path}: {', '.join(f'{split} {len(data.labels)}' for split, data in found.items())} images of "
        f"{' x '.join(map(str, found['train'].images.shape[1:]))}, classes {', '.join(found['train'].classes[:8])}"
        f"{', ...' if len(found['train'].classes) > 8 else ''}"
    )
    return found["train"], found.get("test")


def biased(data: Dataset, bias: Bias, seed: int) -> Dataset:
    """The data with the attribute that `bias` names; shuffled: the attributes on record are permuted, the images stay."""
    found = colour_background(data, bias.rho, seed) if bias.kind == "colour" else corrupt(data, 1 - bias.rho, seed)
    if not bias.shuffled or found.bias is None:
        return found
    shuffled = np.random.default_rng(seed).permutation(found.bias)
    return sealed(found.name, found.images, found.labels, shuffled, found.classes)


def only(data: Dataset, classes: tuple[int, ...]) -> Dataset:
    """The samples of some classes, which are numbered anew in the order given. Raises ValueError for an absent class."""
    for name in classes:
        if not np.any(data.labels == name):
            raise ValueError(f"data.classes: class {name} does not occur in {data.name}")
    number = {name: k for k, name in enumerate(classes)}
    kept = subset(data, np.flatnonzero(np.isin(data.labels, classes)))
    labels = np.array([number[int(label)] for label in kept.labels], np.int64)
    names = tuple(data.classes[name] for name in classes) if data.classes else ()
    return sealed(kept.name, kept.images, labels, kept.bias, names)


def first_of_each(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Sorted indices of `count` samples of every class, drawn by `seed`. Raises ValueError if a class has fewer."""
    generator = np.random.default_rng(seed)
    chosen = []
    for k in np.unique(labels):
        members = np.flatnonzero(labels == k)
        if len(members) < count:
            raise ValueError(f"data.per_class: {count} is more than the {len(members)} samples of class {k}")
        chosen.append(generator.permutation(members)[:count])
    return np.sort(np.concatenate(chosen))
