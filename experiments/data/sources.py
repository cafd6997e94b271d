"""Data sets by name, as arrays in memory with a checksum. Nothing here touches the network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.data.class_folders import class_files, same_shape
from experiments.data.folders import labels_and_bias
from experiments.data.locations import find, location


@dataclass(frozen=True)
class Dataset:
    """Images [N, C, H, W] (uint8 from image files, float32 in [0, 1] for the digits), labels [N] int64, bias attributes
    [N] int64 or None, SHA-256 of them all."""

    name: str
    images: np.ndarray
    labels: np.ndarray
    bias: np.ndarray | None
    checksum: str

    @property
    def n_classes(self) -> int:
        return int(self.labels.max()) + 1


def dataset(name: str, images: np.ndarray, labels: np.ndarray, bias: np.ndarray | None) -> Dataset:
    """The arrays as a data set, with their checksum."""
    return Dataset(name, images, labels, bias, checksum(images, labels, bias))


def load(name: str, split: str = "train") -> Dataset:
    """A split of the data set called `name`, in its own order.

    "digits" has the split "train" only, "imagenet-a" only "test". The test split of "imagenet-100" and "imagenet-9" is
    what ImageNet calls validation; "bffhq" has "valid" as well, and its published accuracy is over the samples of "test"
    with label != bias. ImageNet's images are resized and cropped to 224 x 224 (19 GB for "imagenet-100"), bFFHQ's
    stretched to it, as in the released evaluations. A set of one's own ($CLAIMS_DATA/<name>/<split>/<class>/) has images of
    one size, grey if all of both splits are (transparency is dropped), in the order of classes and file names.

    Raises ValueError naming the known sets or splits for an unknown one, and naming the file for damaged, incomplete or
    other data than those known under this name; DataAbsent with the way to get the data if they are not here.
    """
    here = location(name, split)
    if not here.shape and not here.classes:
        raise ValueError(f"{name} holds text, not images")
    images, labels, bias, source = _arrays(name, split)
    known = here.splits[split]
    n, shape = known.samples or len(labels), here.shape or images.shape[1:]
    if images.shape != (n, *shape) or labels.shape != (n,):
        raise ValueError(f"{source}: {name} {split} has images {(n, *shape)}, found {images.shape}, {labels.shape}")
    counts = np.bincount(np.clip(labels, -1, here.n_classes) + 1, minlength=here.n_classes + 2)
    if counts[0] or counts[-1] or not counts[1:-1].all():
        raise ValueError(
            f"{source}: the labels of {name} {split} must be 0 to {here.n_classes - 1}, each at least once"
        )
    data = dataset(name, images, labels, bias)
    if known.checksum and data.checksum != known.checksum:
        raise ValueError(
            f"{source}: not the known {name} {split}, SHA-256 of the decoded arrays is {data.checksum}, not {known.checksum}"
        )
    return data


def subset(data: Dataset, indices: np.ndarray) -> Dataset:
    """The samples at `indices` (integers, in their order), with a checksum of their own.

    Raises ValueError for no index at all, or one that is not a sample's.
    """
    indices = np.asarray(indices)
    n = len(data.labels)
    if indices.ndim != 1 or not np.issubdtype(indices.dtype, np.integer) or not len(indices):
        raise ValueError(
            f"indices: must be integers in one dimension, at least one, got {indices.dtype} {indices.shape}"
        )
    if indices.min() < 0 or indices.max() >= n:
        raise ValueError(f"indices: must lie between 0 and {n - 1}, got {indices.min()} to {indices.max()}")
    bias = None if data.bias is None else data.bias[indices]
    return dataset(data.name, data.images[indices], data.labels[indices], bias)


def checksum(*arrays: np.ndarray | None) -> str:
    """SHA-256 over type, shape and little-endian bytes of each array, so that it is the same on every machine."""
    content = hashlib.sha256()
    for array in arrays:
        if array is None:
            content.update(b"none")
            continue
        portable = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        content.update(f"{portable.dtype.str}{portable.shape}".encode())
        content.update(portable.data)
    return content.hexdigest()


def checksum_of(name: str) -> str:
    """What a result that uses any split of a data set depends on, without decoding it: its splits' checksums, combined.

    A split's is the one that `load` insists on, where it is known; else the SHA-256 of the split's files (names and
    bytes). The checksum of a set with one split is that split's. Whether known data are intact only `load` finds out.
    Raises ValueError for an unknown set, DataAbsent if one of the splits is not on this machine.
    """
    here = location(name)
    sums = []
    for split, known in here.splits.items():
        root, files = find(name, split) if here.advice else (Path(), [])
        sums.append(known.checksum or _checksum_of_files(root, files))
    return sums[0] if len(sums) == 1 else hashlib.sha256("\n".join(sums).encode()).hexdigest()


def _checksum_of_files(root: Path, files: list[Path]) -> str:
    content = hashlib.sha256()
    for path in files:
        content.update(f"{path.relative_to(root).as_posix()}\0".encode())
        with path.open("rb") as file:
            content.update(hashlib.file_digest(file, "sha256").digest())
    return content.hexdigest()


def _arrays(name: str, split: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, str]:
    """Images, labels, bias and where they come from."""
    here = location(name)
    if not here.advice:
        return *_digits(), None, "scikit-learn"
    from experiments.data import decoding

    root, files = find(name, split)
    if here.classes:
        labels = np.array([here.classes.index(path.parent.name) for path in files], np.int64)
        shape = same_shape([path for one in here.splits for path in class_files(root, one)])
        return decoding.read_images(files, shape, here.fit), labels, None, str(root)
    if here.folder:
        labels, bias = labels_and_bias(root, files)
        return decoding.read_images(files, here.shape, here.fit), labels, bias, str(root)
    if files[0].suffix == ".parquet":
        return *decoding.read_parquet(files, here.columns, here.shape, here.fit), None, str(files[0])
    return *decoding.read_idx(*files), None, str(files[0])


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Scikit-learn's handwritten digits: 1,797 grey images of 8 x 8 pixels with values 0 to 16, embedded in the package."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    scaled = np.asarray(images, np.float32).reshape(-1, 1, 8, 8) / np.float32(16)
    return scaled, np.asarray(labels, np.int64)
