"""Records on disk: one JSON file per claim and scale, its arrays (.npz) and its certificate (.json) beside it.

Every file appears by atomic rename and the record last, so processes never share a half-written file and a record
that exists is complete. Strict JSON throughout; arrays without pickle.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.ledger.vocabulary import Quantity

SCHEMA = 1
RECORDED = (
    Path(__file__).parent.parent / "recorded"
)  # the committed record: <scale>.json, its arrays and certificates in <scale>/
FIELDS = {"id", "scale", "verdict", "method", "numbers", "seeds", "control", "provenance"}


class RecordError(Exception):
    """A record that cannot be used; the message says which file and why."""


def stem(claim_id: str, scale: str) -> str:
    """File stem of a record: the id at the quick scale, so that no scale overwrites another's long work."""
    return claim_id if scale == "quick" else f"{claim_id}@{scale}"


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name in the same folder, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def to_json(content: Any) -> bytes:
    """Strict JSON (no NaN), readable, with a final newline."""
    return (json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """.npz by atomic rename, the same bytes for the same arrays. Raises ValueError for an array of objects (pickle).

    LZMA makes the committed record a seventh smaller than deflate, and np.load reads it alike.
    """
    plain = {name: np.asarray(arrays[name]) for name in sorted(arrays)}
    if objects := [name for name, array in plain.items() if array.dtype.hasobject]:
        raise ValueError(f"array {objects[0]!r} holds Python objects")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, array in plain.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # of no date
            entry.compress_type = zipfile.ZIP_LZMA
            with file.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    write_atomically(path, buffer.getvalue())


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays of an .npz file, {} if it does not exist. Raises RecordError if it cannot be read (pickle is refused)."""
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise RecordError(f"{path}: unreadable ({error})") from error


def save(
    folder: Path,
    record: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray] | None = None,
    certificate: Mapping[str, Any] | None = None,
) -> Path:
    """Write a record with what lies beside it; returns the record's path."""
    base = folder / stem(record["id"], record["scale"])
    for path, absent in ((base.with_name(base.name + ".npz"), not arrays), (certificate_path(base), not certificate)):
        if absent:
            path.unlink(missing_ok=True)
    if arrays:
        save_arrays(base.with_name(base.name + ".npz"), arrays)
    if certificate:
        write_atomically(certificate_path(base), to_json(certificate))
    path = base.with_name(base.name + ".json")
    write_atomically(path, to_json({"schema": SCHEMA, **record}))
    return path


def certificate_path(base: Path) -> Path:
    return base.with_name(base.name + ".certificate.json")


def load_certificate(folder: Path, claim_id: str, scale: str) -> dict[str, Any] | None:
    """The stored certificate, None if there is none. Raises RecordError if it cannot be read."""
    path = certificate_path(folder / stem(claim_id, scale))
    return read_json(path) if path.exists() else None


def read_json(path: Path) -> Any:
    """Strict JSON of a file. Raises RecordError naming the file."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not strict JSON")

    try:
        return json.loads(path.read_text("utf-8"), parse_constant=refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise RecordError(f"{path}: unreadable ({error})") from error


def load(folder: Path, claim_id: str, scale: str) -> dict[str, Any] | None:
    """The record of a claim at a scale, None if there is none. Raises RecordError if unreadable, older or misplaced."""
    path = folder / (stem(claim_id, scale) + ".json")
    if not path.exists():
        return None
    record = read_json(path)
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        found = record.get("schema") if isinstance(record, dict) else type(record).__name__
        raise RecordError(f"{path}: written for schema {found}, this version reads {SCHEMA}")
    if missing := sorted(FIELDS - record.keys()):
        raise RecordError(f"{path}: lacks {', '.join(missing)}")
    if (record["id"], record["scale"]) != (claim_id, scale):
        raise RecordError(f"{path}: holds {record['id']} at scale {record['scale']}")
    return record


def set_aside(folder: Path, claim_id: str, scale: str) -> Path:
    """Move an unusable record, and what lies beside it, to the first free `<name>.old-<k>`: the new one destroys nothing."""
    base = folder / stem(claim_id, scale)
    path = base.with_name(base.name + ".json")
    for k in range(1, 10_000):
        kept = path.with_name(f"{path.name}.old-{k}")
        if not kept.exists():
            for beside in (certificate_path(base), base.with_name(base.name + ".npz")):
                if beside.exists():
                    beside.rename(beside.with_name(f"{beside.name}.old-{k}"))
            path.rename(kept)
            return kept
    raise RecordError(f"{path}: ten thousand set-aside copies beside it; clear them first")


def encode(numbers: Mapping[str, Quantity]) -> dict[str, dict[str, Any]]:
    """Quantities as plain JSON."""
    return {name: {"value": q.value, "low": q.low, "high": q.high, "unit": q.unit} for name, q in numbers.items()}


def decode(numbers: Mapping[str, Mapping[str, Any]]) -> dict[str, Quantity]:
    """Quantities from plain JSON. Raises RecordError if one is malformed."""
    try:
        return {name: Quantity(q["value"], q["low"], q["high"], q["unit"]) for name, q in numbers.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"malformed number in a record ({error})") from error


def assemble(folder: Path, order: Iterable[str]) -> dict[str, Any]:
    """The ledger: every readable record of a folder, in catalogue order, then by scale."""
    rank = {claim_id: k for k, claim_id in enumerate(order)}
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(".certificate.json"):
            continue
        claim_id, _, scale = path.stem.partition("@")
        try:
            record = load(folder, claim_id, scale or "quick")
        except RecordError:
            continue
        if record is not None and claim_id in rank:
            found.append({name: value for name, value in record.items() if name != "schema"})
    found.sort(key=lambda record: (rank[record["id"]], record["scale"]))
    return {"schema": SCHEMA, "claims": found}


def recorded(scale: str) -> dict[str, dict[str, Any]]:
    """The committed record of a scale by claim id, {} if there is none."""
    path = RECORDED / f"{scale}.json"
    return {record["id"]: record for record in read_json(path)["claims"]} if path.exists() else {}
