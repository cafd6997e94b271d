"""Tiny files in the layouts that the loaders know, where the loaders look for them."""

import dataclasses
import gzip
import io
import struct
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from contrastive_claims.experiments.data import locations


def encoded(image, kind="PNG"):
    """One image [C, H, W] uint8 as an image file's bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).save(buffer, kind)
    return buffer.getvalue()


def write_parquet(path, images, labels, columns=("image", "label"), files=None):
    """A parquet file in the hub's layout; `files` replaces the encoded images."""
    files = files or [encoded(image) for image in images]
    structs = pa.array(
        [{"bytes": content, "path": None} for content in files], pa.struct({"bytes": "binary", "path": "string"})
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({columns[0]: structs, columns[1]: pa.array(labels, pa.int64())}), path)


def write_idx(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    header = struct.pack(f">I{array.ndim}I", 0x0800 + array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


def write_image(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(image, "PNG" if path.suffix == ".png" else "JPEG"))


@pytest.fixture(scope="session")
def write():
    """What writes one kind of file each: write.encoded, write.parquet, write.idx, write.image."""
    return SimpleNamespace(encoded=encoded, parquet=write_parquet, idx=write_idx, image=write_image)


@dataclass
class Shelf:
    """The places that are searched, all empty; `expect` says what a set is supposed to hold there."""

    data: Path
    hub: Path
    system: Path
    monkeypatch: pytest.MonkeyPatch

    def expect(self, name, **changes):
        found = locations.LOCATIONS[name]
        splits = {split: dataclasses.replace(known, samples=0, checksum="") for split, known in found.splits.items()}
        changed = dataclasses.replace(found, **{"splits": splits, **changes})
        self.monkeypatch.setitem(locations.LOCATIONS, name, changed)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    made = Shelf(tmp_path / "data", tmp_path / "hub", tmp_path / "system", monkeypatch)
    made.data.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("CLAIMS_DATA", str(made.data))
    monkeypatch.setenv("HF_HUB_CACHE", str(made.hub))
    found = locations.LOCATIONS["fashion-mnist"]
    monkeypatch.setitem(locations.LOCATIONS, "fashion-mnist", dataclasses.replace(found, system=str(made.system)))
    return made


@pytest.fixture(scope="session")
def grey():
    """24 images [24, 1, 28, 28] uint8 and labels 0 to 9, each at least twice."""
    images = np.random.default_rng(0).integers(0, 256, (24, 1, 28, 28), np.uint8)
    return images, np.resize(np.arange(10), 24)


@pytest.fixture(scope="session")
def colour():
    """24 images [24, 3, 32, 32] uint8 and labels 0 to 9, each at least twice."""
    images = np.random.default_rng(1).integers(0, 256, (24, 3, 32, 32), np.uint8)
    return images, np.resize(np.arange(10), 24)
