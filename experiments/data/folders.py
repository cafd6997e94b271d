"""Folders of images in the layouts in which bFFHQ, 9-class ImageNet and ImageNet-A are published: which files, and what
their names say of label and bias."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".ppm")
# The nine classes of ReBias (Bahng et al. 2020), in its order: synsets of ILSVRC2012, chosen there to overlap ImageNet-A.
SYNSETS = {
    "dog": ("n02085620", "n02099601", "n02106550", "n02106662", "n02110958"),
    "cat": ("n02123045", "n02123159", "n02123394", "n02123597", "n02124075"),
    "frog": ("n01641577", "n01644373", "n01644900"),
    "turtle": ("n01664065", "n01665541", "n01667114", "n01667778", "n01669191"),
    "bird": ("n01819313", "n01820546", "n01833805", "n01843383", "n01847000"),
    "monkey": ("n02486410", "n02487347", "n02488291", "n02488702", "n02492035"),
    "fish": ("n02607072", "n02640242", "n02641379", "n02643566", "n02655020"),
    "crab": ("n01978287", "n01978455", "n01980166", "n01981276"),
    "insect": ("n02174001", "n02177972", "n02190166", "n02206856", "n02219486"),
}
CLASS_OF = {synset: k for k, synsets in enumerate(SYNSETS.values()) for synset in synsets}
CLUSTERS = "9class_imagenet_val.csv"


def image_files(root: Path, pattern: str) -> list[Path]:
    """The image files under `root` that match a glob, sorted by path; "{synset}" stands for each of the 42 synsets."""
    patterns = [pattern.format(synset=synset) for synset in CLASS_OF] if "{synset}" in pattern else [pattern]
    found = [path for one in patterns for path in root.glob(one) if path.suffix.lower() in SUFFIXES]
    return sorted(found, key=Path.as_posix)


def labels_and_bias(root: Path, paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray | None]:
    """Labels [N] and bias attributes [N], or None where the layout has none, from the names of `paths` under `root`.

    bFFHQ (Kim et al. 2021, as released with Lee et al. 2021): `<id>_<label>_<bias>.png`, label age and bias gender, 0 or 1.
    ImageNet and ImageNet-A: the synset's folder gives the class. The bias of ImageNet's validation images is the first of
    the three clusterings by texture that ReBias releases as `9class_imagenet_val.csv`, if that file lies in `root` (its
    score averages over all three); training images and ImageNet-A have none.

    Raises ValueError naming the file whose name says no label, or the image that the clusters do not mention.
    """
    if root.name == "bffhq":
        pairs = np.array([_attributes(path) for path in paths], np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]
    labels = np.array([CLASS_OF[path.parent.name] for path in paths], np.int64)
    if paths[0].parent.parent.name == "val" and (root / CLUSTERS).is_file():
        return labels, _clusters(root / CLUSTERS, paths)
    return labels, None


def _attributes(path: Path) -> tuple[int, int]:
    parts = path.stem.split("_")
    if len(parts) < 3 or not all(part in ("0", "1") for part in parts[-2:]):
        raise ValueError(f"{path}: the name must end in _<label>_<bias>, each 0 or 1")
    return int(parts[-2]), int(parts[-1])


def _clusters(path: Path, images: Sequence[Path]) -> np.ndarray:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            cluster_of = {row["path"]: int(row["cluster1"]) for row in csv.DictReader(file)}
        return np.array([cluster_of[f"{image.parent.name}/{image.name}"] for image in images], np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: needs the columns path and cluster1 and a row for every image ({error!r})"
        ) from error
