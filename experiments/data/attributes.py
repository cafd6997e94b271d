"""A table of attributes beside class folders: one row for each image file, as CelebA-like sets come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from contrastive_claims.experiments.data.csv_lines import csv_lines

ENDINGS = (".csv", ".tsv")


def table_beside(folder: Path) -> Path:
    """The one CSV or TSV file in `folder`. Raises ValueError where there is none, or may be either of two."""
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS and file.is_file())
    if not found:
        raise ValueError(
            f"data.bias: {folder} is a folder of images and has no columns; a CSV in it has, or --set data.table=FILE"
        )
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise ValueError(f"{folder}: which of {names} is the table of attributes? Say --set data.table=FILE")
    return found[0]


def attributes_of(
    images: Sequence[Path], folders: Sequence[Path], table: Path, column: str, choose: Callable[[Sequence[str]], str]
) -> list[str]:
    """The attribute of each image, from the `column` of `table`, as written there.

    folders: an image is named by its path from one of them, or by its file name alone where no other image has it. choose:
    from the names of the columns to that of the file names. Raises ValueError in one sentence naming table and line: no
    such column, a row twice, without a value, of no image or of either of two; an image without a row.
    """
    named: dict[str, set[int]] = {}
    for place, image in enumerate(images):
        paths = [image.relative_to(folder).as_posix() for folder in folders if image.is_relative_to(folder)]
        for name in {image.name, *paths}:
            named.setdefault(name, set()).add(place)
    names, lines = csv_lines(table)
    if column not in names:
        raise ValueError(f"{table}: data.bias={column}: no such column; there are {', '.join(names)}")
    files = choose(names)
    found: dict[int, tuple[str, str]] = {}
    for where, row in lines:
        name = PurePosixPath(row[files]).as_posix()
        places = sorted(named.get(name, ()))
        if not places:
            raise ValueError(f"{where}: there is no image {row[files]!r} in {folders[0]}")
        if len(places) > 1:
            one, other = (images[place].relative_to(folders[0]) for place in places[:2])
            raise ValueError(f"{where}: {name!r} may be {one} or {other}; write the path from {folders[0]}")
        if places[0] in found:
            raise ValueError(f"{where}: {row[files]!r} again, as in {found[places[0]][1].rpartition(', ')[2]}")
        if not row[column]:
            raise ValueError(f"{where}: no value in {column!r}")
        found[places[0]] = row[column], where
    if absent := [image for place, image in enumerate(images) if place not in found]:
        first = absent[0].relative_to(folders[0])
        raise ValueError(f"{table}: no row for {len(absent)} of the {len(images)} images in {folders[0]}: {first}")
    return [found[place][0] for place in range(len(images))]
