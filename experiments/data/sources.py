"""Data sets by name, as arrays in memory with a checksum. Nothing here touches the network."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dataset:
    """Images [N, C, H, W] float32 in [0, 1], labels [N] int64, bias attributes [N] int64 or None, SHA-256 of them all."""

    name: str
    images: np.ndarray
    labels: np.ndarray
    bias: np.ndarray | None
    checksum: str

    @property
    def n_classes(self) -> int:
        return int(self.labels.max()) + 1


def load(name: str) -> Dataset:
    """The data set called `name`, in its own order.

    Raises ValueError naming the known sets for an unknown name.
    """
    if name not in SOURCES:
        near = difflib.get_close_matches(name, SOURCES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"unknown data set {name!r}; known sets: {', '.join(SOURCES)}{hint}")
    images, labels, bias = SOURCES[name]()
    return Dataset(name, images, labels, bias, checksum(images, labels, bias))


def checksum(*arrays: np.ndarray | None) -> str:
    """SHA-256 over type, shape and little-endian bytes of each array, so that it is the same on every machine."""
    content = hashlib.sha256()
    for array in arrays:
        if array is None:
            content.update(b"none")
            continue
        portable = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        content.update(f"{portable.dtype.str}{portable.shape}".encode())
        content.update(portable.tobytes())
    return content.hexdigest()


def _digits() -> tuple[np.ndarray, np.ndarray, None]:
    """Scikit-learn's handwritten digits: 1,797 grey images of 8 x 8 pixels with values 0 to 16, embedded in the package."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    scaled = np.asarray(images, np.float32).reshape(-1, 1, 8, 8) / np.float32(16)
    return scaled, np.asarray(labels, np.int64), None


SOURCES: dict[str, Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray | None]]] = {"digits": _digits}
