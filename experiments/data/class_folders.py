"""Data sets of one's own: $CLAIMS_DATA/<name>/<split>/<class>/<image>, known by no table, each class a folder of images."""

from __future__ import annotations

import os
from pathlib import Path

from contrastive_claims.experiments.data.folders import SUFFIXES

SPLITS = ("train", "test")
GREY = ("1", "L", "LA")  # Pillow's modes; all others of eight bits are colour
WIDER = ("I", "F")  # what they begin with where a value has more than eight bits, which conversion would cut


def own_sets(taken: set[str]) -> dict[str, Path]:
    """The folders of $CLAIMS_DATA that hold a folder "train", by name, sorted; hidden and `taken` names are none of them."""
    root = Path(os.environ["CLAIMS_DATA"]) if os.environ.get("CLAIMS_DATA") else None
    if root is None or not root.is_dir():
        return {}
    folders = sorted(path for path in root.iterdir() if path.name not in taken and not path.name.startswith("."))
    return {path.name: path for path in folders if (path / SPLITS[0]).is_dir()}


def class_names(root: Path) -> tuple[str, ...]:
    """The classes of a set: the folders in its training split, sorted by name, which is how they are numbered.

    Raises ValueError for fewer than two (a contrastive loss needs negatives), and for a test split of other classes.
    """
    classes = _folders(root / "train")
    if len(classes) < 2:
        raise ValueError(f"{root / 'train'}: needs two folders or more, one for each class, found {len(classes)}")
    if (root / "test").is_dir() and (differ := set(classes) ^ set(_folders(root / "test"))):
        name = min(differ)
        raise ValueError(
            f"{root}: the class {name!r} is in {'train' if name in classes else 'test'} only; both need the same folders"
        )
    return classes


def class_files(root: Path, split: str) -> list[Path]:
    """The image files of a split, class by class, each class sorted by name.

    Raises ValueError naming a class folder that holds no image, and what lies in one and is no image file by its name
    (hidden files apart: an image that is left out in silence would make another data set).
    """
    found = []
    for name in class_names(root):
        folder = root / split / name
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        for path in files:
            if not path.is_file() or path.suffix.lower() not in SUFFIXES:
                raise ValueError(f"{path}: not an image file ({', '.join(SUFFIXES)})")
        if not files:
            raise ValueError(f"{folder}: holds no image")
        found += files
    return found


def shape_of(path: Path) -> tuple[int, int, int]:
    """(channels, height, width) of an image file from its header: 1 channel if it is grey, else 3.

    Raises ValueError naming the file if it is no image of eight bits.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            mode, (width, height) = image.mode, image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: not a readable image ({error})") from error
    if mode.startswith(WIDER):
        raise ValueError(f"{path}: more than eight bits a value; save it with eight")
    return 1 if mode in GREY else 3, height, width


def same_shape(paths: list[Path]) -> tuple[int, int, int]:
    """The shape that all images share: of the first file's size, grey if all are.

    Raises ValueError naming the file of another size, or that is no image.
    """
    shapes = [shape_of(path) for path in paths]
    for path, (_, height, width) in zip(paths, shapes, strict=True):
        if (height, width) != shapes[0][1:]:
            raise ValueError(
                f"{path}: {width} x {height} pixels, but {paths[0]} has {shapes[0][2]} x {shapes[0][1]}; "
                "the images of a set need one size"
            )
    return max(channels for channels, *_ in shapes), *shapes[0][1:]


def _folders(split: Path) -> tuple[str, ...]:
    if not split.is_dir():
        return ()
    return tuple(sorted(path.name for path in split.iterdir() if path.is_dir() and not path.name.startswith(".")))
