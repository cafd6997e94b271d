"""Data sets by name, as arrays in memory with a checksum. Nothing here touches the network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from contrastive_claims.experiments.data.class_folders import class_files, same_shape
from contrastive_claims.experiments.data.folders import labels_and_bias
from contrastive_claims.experiments.data.locations import find, location
from contrastive_claims.experiments.data.remembered import compare

LARGEST_NUMBER = 1000  # of a class, at least: numbers far beyond the samples are identifiers, not classes


@dataclass(frozen=True)
class Dataset:
    """Images [N, C, H, W] (uint8 from image files, float32 in [0, 1] for the digits), labels [N] int64, bias attributes
    [N] int64 or None, SHA-256 of them all; names of the classes where they have some."""

    name: str
    images: np.ndarray
    labels: np.ndarray
    bias: np.ndarray | None
    checksum: str
    classes: tuple[str, ...] = ()

    @property
    def n_classes(self) -> int:
        return int(self.labels.max()) + 1


def dataset(name: str, images: Any, labels: Any, bias: Any = None, *, classes: tuple[str, ...] = ()) -> Dataset:
    """Images, labels and bias attributes as a data set, checked, with their checksum.

    images: [N, C, H, W], an array or a tensor or a list of such: whole numbers 0 to 255, or floats in [0, 1], neither
    normalised nor standardised (the networks do that, `encoders.Centre`). labels, bias: N whole numbers from 0 on, or N
    names, which are numbered in sorted order; `classes` names the numbers.

    Raises ValueError, in one sentence: another layout ([N, H, W, C], [N, H, W]), range or type, values that are not
    finite, counts that differ, labels that are no whole numbers from 0 on or far larger than there are samples.
    """
    pixels = _pixels(images)
    numbers, named = _numbers("labels", labels, len(pixels))
    attributes = None if bias is None else _numbers("bias", bias, len(pixels))[0]
    return sealed(name, pixels, numbers, attributes, classes or named)


def sealed(
    name: str, images: np.ndarray, labels: np.ndarray, bias: np.ndarray | None, classes: tuple[str, ...] = ()
) -> Dataset:
    """Arrays that are known to be right, with their checksum."""
    return Dataset(name, images, labels, bias, checksum(images, labels, bias), classes)


def _pixels(images: Any) -> np.ndarray:
    if isinstance(images, list | tuple):
        try:
            images = np.stack([_array(image) for image in images])
        except ValueError as error:
            raise ValueError(f"images: a list needs images of one shape ({error})") from None
    found = _array(images)
    if found.dtype.kind not in "uif":
        raise ValueError(f"images: must be whole numbers 0 to 255 or floats in [0, 1], got {found.dtype}")
    if found.ndim != 4:
        advice = "; a grey set needs an axis of one channel: images[:, None]" if found.ndim == 3 else ""
        raise ValueError(f"images: must be [N, C, H, W], got {list(found.shape)}{advice}")
    if not found.size:
        raise ValueError(f"images: holds no pixel, got {list(found.shape)}")
    if found.shape[1] not in (1, 3) and found.shape[3] in (1, 3, 4):
        raise ValueError(
            f"images: must be [N, C, H, W], got {list(found.shape)}, which looks like [N, H, W, C]; "
            "numpy: images.transpose(0, 3, 1, 2)"
        )
    low, high = found.min(), found.max()
    if found.dtype.kind in "ui":
        if low < 0 or high > 255:
            raise ValueError(f"images: whole numbers must lie between 0 and 255, got {low} to {high}")
        if high == 1 and found.dtype != np.uint8:
            raise ValueError(
                "images: whole numbers 0 and 1 of 255 are all black; as floats 0 and 1 are black and white"
            )
        return found.astype(np.uint8, copy=False)
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError("images: holds values that are not finite")
    if low < 0:
        raise ValueError(f"images: floats must lie in [0, 1], got {low:.4g} to {high:.4g}; undo their normalisation")
    if high > 1:
        raise ValueError(
            f"images: floats must lie in [0, 1], got {low:.4g} to {high:.4g}; divide by 255, or give uint8"
        )
    return found.astype(np.float32, copy=False)


def _numbers(what: str, values: Any, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """[count] int64 from whole numbers or names, and the sorted names."""
    found = _array(values)
    if found.ndim != 1 or len(found) != count:
        raise ValueError(f"{what}: one for each of the {count} images is needed, got {list(found.shape)}")
    if found.dtype.kind in "US" or (found.dtype.kind == "O" and all(isinstance(each, str) for each in found)):
        names, numbers = np.unique(found.astype(str), return_inverse=True)
        return numbers.astype(np.int64), tuple(names.tolist())
    if found.dtype.kind == "f" and np.isfinite(found).all() and (found == np.floor(found)).all():
        found = found.astype(np.int64)
    if found.dtype.kind not in "uib":
        raise ValueError(f"{what}: must be whole numbers from 0 on, or names, got {found.dtype}")
    if found.min() < 0:
        raise ValueError(f"{what}: must be whole numbers from 0 on, got {found.min()}")
    if found.max() >= max(LARGEST_NUMBER, 10 * count):
        raise ValueError(f"{what}: {found.max()} is no number of a class among {count} images; number them from 0 on")
    return found.astype(np.int64), ()


def _array(values: Any) -> np.ndarray:
    """An array from an array, a tensor of any device, or a list."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return np.asarray(values)


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
    data = sealed(name, images, labels, bias, here.classes)
    if not known.checksum:
        compare(f"{Path(source).resolve()} ({split})", data.checksum, name)
    elif data.checksum != known.checksum:
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
    return sealed(data.name, data.images[indices], data.labels[indices], bias, data.classes)


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
    from contrastive_claims.experiments.data import decoding

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
