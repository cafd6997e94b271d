"""Embeddings with columns from a file: .npz, Parquet with a vector column, CSV with numbered columns, safetensors.

Nothing is ever unpickled. Every refusal is a ValueError in one sentence that names the file, and the column or row.
"""

from __future__ import annotations

import difflib
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from contrastive_claims.experiments.ledger.records import UNREADABLE

VECTORS = (
    "embeddings",
    "embedding",
    "vectors",
    "vector",
    "emb",
    "features",
)  # taken in this order, unless one is named
SUFFIXES = (".npz", ".parquet", ".csv", ".safetensors")
BATCH = 1 << 16  # rows of Parquet decoded at a time


@dataclass(frozen=True, eq=False)
class Table:
    """vectors [N, D] of a real dtype; columns: [N] arrays by the names asked for; vectors_name: which column they were."""

    vectors: np.ndarray
    columns: Mapping[str, np.ndarray]
    vectors_name: str


def read_table(path: Path, wanted: Iterable[str], vectors: str = "") -> Table:
    """The vectors of a file and its columns `wanted`.

    vectors: name of the vector column or array (CSV: the stem of the numbered columns); "" looks for the usual names, then for
    the only candidate. Raises ValueError for a file that is missing, empty, damaged or of another format, a column that is
    missing, of another length, an array of objects, and vectors that are no matrix of numbers.
    """
    wanted = list(dict.fromkeys(wanted))
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    if not path.stat().st_size:
        raise ValueError(f"{path}: the file is empty")
    reader = {".npz": _npz, ".parquet": _parquet, ".csv": _csv, ".safetensors": _safetensors}.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path}: must end in {', '.join(SUFFIXES)}")
    try:
        table = reader(path, wanted, vectors)
    except (*UNREADABLE, MemoryError) as error:  # ValueError among them: our own refusals, and what libraries say
        if isinstance(error, ValueError) and str(path) in str(error):
            raise
        pickled = "pickle" in str(error)
        said = "it holds Python objects, which only pickle could read" if pickled else _first_line(error)
        raise ValueError(f"{path}: cannot be read ({said})") from error
    for name, column in table.columns.items():
        if column.shape != (len(table.vectors),):
            raise ValueError(
                f"{path}: column {name!r} has shape {column.shape}, but {table.vectors_name!r} has {len(table.vectors)} rows"
            )
    if table.vectors.ndim != 2 or table.vectors.dtype.kind not in "fiu" or not table.vectors.size:
        raise ValueError(
            f"{path}: column {table.vectors_name!r} must be a matrix of numbers with a row or more, "
            f"got {table.vectors.dtype} of shape {table.vectors.shape}"
        )
    return table


def _npz(path: Path, wanted: list[str], vectors: str) -> Table:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            shapes = {name: _header(file, name) for name in file.files}
            name = _choose(path, vectors, [n for n, (shape, _) in shapes.items() if len(shape) == 2], list(shapes))
            _present(path, wanted, list(shapes))
            for column in (name, *wanted):
                if shapes[column][1].hasobject:
                    raise ValueError(
                        f"{path}: column {column!r} holds Python objects, which only pickle could read: save numbers or text"
                    )
            return Table(file[name], {column: file[column] for column in wanted}, name)
    except (zipfile.BadZipFile, EOFError, OSError, KeyError) as error:
        raise ValueError(f"{path}: cannot be read as .npz ({error})") from error


def _header(file: Any, name: str) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and dtype of an array without its content."""
    with file.zip.open(f"{name}.npy" if f"{name}.npy" in file.zip.namelist() else name) as content:
        version = np.lib.format.read_magic(content)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(content)
    return shape, dtype


def _parquet(path: Path, wanted: list[str], vectors: str) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path}: cannot be read as Parquet ({_first_line(error)})") from error
    schema = file.schema_arrow
    _present(path, wanted, schema.names)
    lists = [
        f.name
        for f in schema
        if pa.types.is_list(f.type) or pa.types.is_large_list(f.type) or pa.types.is_fixed_size_list(f.type)
    ]
    name = _choose(path, vectors, lists, schema.names)
    if name not in lists:
        raise ValueError(f"{path}: column {name!r} holds {schema.field(name).type}, not vectors (lists of numbers)")
    value = schema.field(name).type.value_type
    if not (pa.types.is_floating(value) or pa.types.is_integer(value)):
        raise ValueError(f"{path}: column {name!r} holds lists of {value}, not of numbers")
    rows = file.metadata.num_rows
    if not rows:
        raise ValueError(f"{path}: has no rows")
    found, start, parts = None, 0, {column: [] for column in wanted}
    for batch in file.iter_batches(BATCH, columns=list(dict.fromkeys([name, *wanted]))):
        column = batch.column(batch.schema.names.index(name))
        if column.null_count:
            raise ValueError(f"{path}: column {name!r}, row {start + _first(column.is_null())}: no vector")
        lengths = np.asarray(column.value_lengths())
        width = int(lengths[0]) if found is None else found.shape[1]
        if (lengths != width).any():
            row = int((lengths != width).argmax())
            raise ValueError(
                f"{path}: column {name!r}, row {start + row}: {lengths[row]} numbers, but row 0 has {width}"
            )
        flat = column.flatten()
        if flat.null_count:
            row = start + _first(flat.is_null()) // max(width, 1)
            raise ValueError(f"{path}: column {name!r}, row {row}: a number is missing")
        block = flat.to_numpy(zero_copy_only=False).reshape(len(column), width)
        if found is None:
            found = np.empty((rows, width), block.dtype)
        found[start : start + len(block)] = block
        for other in wanted:
            parts[other].append(batch.column(batch.schema.names.index(other)))
        start += len(block)
    assert found is not None
    return Table(found, {other: _plain(path, other, pa.chunked_array(parts[other])) for other in wanted}, name)


def _csv(path: Path, wanted: list[str], vectors: str) -> Table:
    import pyarrow as pa
    from pyarrow import csv

    try:
        table = csv.read_csv(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path}: cannot be read as CSV ({_first_line(error)})") from error
    _present(path, wanted, table.column_names)
    if not table.num_rows:
        raise ValueError(f"{path}: has no rows")
    families: dict[str, list[tuple[int, str]]] = {}
    for name in table.column_names:
        if name not in wanted and (match := re.fullmatch(r"(.*?)(\d+)", name)):
            families.setdefault(match[1], []).append((int(match[2]), name))
    families = {stem: sorted(members) for stem, members in families.items() if len(members) > 1}
    if not families:
        raise ValueError(f"{path}: no numbered columns (x0, x1, ...) to take vectors from")
    stem = _choose(path, vectors, list(families), list(families), "numbered columns that begin with")
    names = [name for _, name in families[stem]]
    found = np.empty((table.num_rows, len(names)), np.float32)
    for k, name in enumerate(names):
        column = table[name]
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise ValueError(f"{path}: column {name!r} holds {column.type}, not numbers")
        if column.null_count:
            raise ValueError(f"{path}: column {name!r}, row {_first(column.is_null())}: a number is missing")
        found[:, k] = column.to_numpy()
    return Table(found, {name: _plain(path, name, table[name]) for name in wanted}, f"{names[0]} to {names[-1]}")


def _safetensors(path: Path, wanted: list[str], vectors: str) -> Table:
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118 (no mapping)
            name = _choose(path, vectors, [n for n, shape in shapes.items() if len(shape) == 2], list(shapes))
            _present(path, wanted, list(shapes))
            found = file.get_tensor(name)
            found = found if found.dtype in (torch.float32, torch.float64) else found.float()
            return Table(found.numpy(), {column: file.get_tensor(column).numpy() for column in wanted}, name)
    except (SafetensorError, OSError, TypeError) as error:
        raise ValueError(f"{path}: cannot be read as safetensors ({_first_line(error)})") from error


def _choose(path: Path, name: str, candidates: Sequence[str], known: Sequence[str], kind: str = "column") -> str:
    """The vectors' name: as asked for, else a usual one, else the only candidate."""
    if name:
        if name not in known:
            _missing(path, name, known, kind)
        return name
    usual = [usual for usual in VECTORS for c in candidates if c.rstrip("_-. ").lower() == usual]
    chosen = [c for c in candidates if usual and c.rstrip("_-. ").lower() == usual[0]] or list(candidates)
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise ValueError(f"{path}: no vectors: none of {', '.join(known) or 'no columns'} is a matrix")
    raise ValueError(f"{path}: several could be the vectors, {', '.join(chosen)}; name one by --embeddings")


def _present(path: Path, wanted: Sequence[str], known: Sequence[str]) -> None:
    for name in wanted:
        if name not in known:
            _missing(path, name, known, "column")


def _missing(path: Path, name: str, known: Sequence[str], kind: str) -> NoReturn:
    near = difflib.get_close_matches(name, known, n=1)
    raise ValueError(
        f"{path}: no {kind} {name!r}; it has {', '.join(known[:12])}{' ...' if len(known) > 12 else ''}"
        + (f" (nearest: {near[0]})" if near else "")
    )


def _plain(path: Path, name: str, column: Any) -> np.ndarray:
    """A label column as numbers or text; a missing entry is refused by its row."""
    import pyarrow as pa

    if column.null_count:
        raise ValueError(f"{path}: column {name!r}, row {_first(column.is_null())}: the label is missing")
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return column.to_numpy()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array(column.to_pylist())
    raise ValueError(f"{path}: column {name!r} holds {kind}, not numbers or text")


def _first(mask: Any) -> int:
    return int(np.asarray(mask.to_numpy(zero_copy_only=False) if hasattr(mask, "to_numpy") else mask).argmax())


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
