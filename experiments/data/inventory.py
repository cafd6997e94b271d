"""What `claims data check` says of a data set: where it lies, its splits, whether they are what they should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contrastive_claims.experiments.data.locations import DataAbsent, advice, find, locate, location, own_locations


def entry(name: str, decode: bool) -> dict[str, Any]:
    """One data set as plain data: name, found (a folder, "embedded" or None), advice, problem ("" for none), and for
    each split samples, checksum and known (the checksum was compared with a known one).

    Without `decode` nothing is decoded: samples are the rows of parquet files, the number of image files, or what is known
    of the set (None if it is not), and checksum is empty. With it every split of images that is here is loaded, and so
    compared with its known checksum. Raises ValueError for an unknown data set.
    """
    try:
        here, found = location(name), locate(name)
    except ValueError as error:
        if name not in own_locations():
            raise
        return {"name": name, "found": None, "advice": "", "problem": str(error), "splits": {}}
    row: dict[str, Any] = {"name": name, "found": found, "advice": advice(name), "problem": "", "splits": {}}
    for split, known in here.splits.items():
        try:
            row["splits"][split] = _loaded(name, split, bool(known.checksum)) if decode else _listed(name, split)
        except DataAbsent:
            continue
        except ValueError as error:
            row["problem"] = row["problem"] or str(error)
    return row


def _loaded(name: str, split: str, known: bool) -> dict[str, Any]:
    from contrastive_claims.experiments.data.sources import load

    here = location(name)
    if not here.shape and not here.classes:
        return _listed(name, split)
    data = load(name, split)
    return {"samples": len(data.labels), "checksum": data.checksum, "known": known}


def _listed(name: str, split: str) -> dict[str, Any]:
    here = location(name)
    known = here.splits[split].samples or None
    files = find(name, split)[1] if here.advice else []
    samples = len(files) if here.folder else known
    if files and files[0].suffix == ".parquet":
        samples = _rows(files, known)
    return {"samples": samples, "checksum": "", "known": False}


def _rows(files: list[Path], known: int | None) -> int:
    from contrastive_claims.experiments.data.decoding import count_rows

    rows = sum(count_rows(path) for path in files)
    if known and rows != known:
        raise ValueError(f"{files[0]}: has {rows} rows, not {known}")
    return rows
