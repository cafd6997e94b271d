"""Records on disk: one JSON file per claim and scale, its arrays (.npz) and its certificate (.json) beside it.

Every file appears by atomic rename and the record last, so processes never share a half-written file and a record
that exists is complete. Strict JSON throughout; arrays without pickle. A digest over the record, and in it one of the arrays
and one of the certificate, tell an edited file: it is measured again.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from contrastive_claims.experiments.ledger.errors import RecordError
from contrastive_claims.experiments.ledger.files import write_durably
from contrastive_claims.experiments.ledger.keys import digest
from contrastive_claims.experiments.ledger.vocabulary import CERTIFIED, HERE, OPEN, SCALES, VERDICTS, Quantity

SCHEMA = 2
RECORDED = (
    Path(__file__).parent.parent / "recorded"
)  # the committed record: <scale>.json, its arrays and certificates in <scale>/
FIELDS = {
    "id",
    "scale",
    "verdict",
    "here",
    "setting",
    "exploratory",
    "rests_on",
    "method",
    "models",
    "numbers",
    "reason",
    "witness",
    "seeds",
    "control",
    "positive_control",
    "provenance",
    "digest",
}
RENAMED = {"PROVED": CERTIFIED, "INCONCLUSIVE": OPEN}  # words of schema 1; its PROVED meant a re-checked certificate


# what a damaged or foreign .npz makes numpy and zipfile raise
UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip
LINE = 120  # characters of JSON on one line
MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.npz")  # of a model's record: a plain file name, no path


def stem(claim_id: str, scale: str) -> str:
    """File stem of a record: the id at the quick scale, so that no scale overwrites another's long work."""
    return claim_id if scale == "quick" else f"{claim_id}@{scale}"


def write_atomically(path: Path, data: bytes) -> None:
    """`files.write_durably`, into a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, data)


def to_json(content: Any) -> bytes:
    """Strict JSON (no NaN), readable, with a final newline: on one line whatever fits there, and lists without objects."""
    return (_lines(content, "\n") + "\n").encode()


def _lines(content: Any, start: str) -> str:
    flat = json.dumps(content, allow_nan=False, ensure_ascii=False)
    inner = start + " "
    if len(flat) <= LINE or not isinstance(content, (dict, list, tuple)):
        return flat
    if isinstance(content, dict):
        fields = (
            f"{json.dumps(str(name), ensure_ascii=False)}: {_lines(value, inner)}" for name, value in content.items()
        )
        return "{" + inner + f",{inner}".join(fields) + start + "}"
    if not any(isinstance(value, dict) for value in content):
        return json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return "[" + inner + f",{inner}".join(_lines(value, inner) for value in content) + start + "]"


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """.npz by atomic rename, the same bytes for the same arrays. Raises ValueError for an array of objects (pickle).

    LZMA makes the committed record a seventh smaller than deflate, columns of one kind side by side once more, and np.load
    reads it alike.
    """
    plain = {name: np.asarray(arrays[name], order="F") for name in sorted(arrays)}
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
        # read whole: numpy leaves a file open that it cannot read
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (*UNREADABLE, MemoryError) as error:
        raise RecordError(f"{path}: unreadable ({error or type(error).__name__})") from error


def save(
    folder: Path,
    record: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray] | None = None,
    certificate: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a record with what lies beside it; returns it as stored, with their digests and its own."""
    base = folder / stem(record["id"], record["scale"])
    beside = base.with_name(base.name + ".npz")
    for path, absent in ((beside, not arrays), (certificate_path(base), not certificate)):
        if absent:
            path.unlink(missing_ok=True)
    if arrays:
        save_arrays(beside, arrays)
    if certificate:
        write_atomically(certificate_path(base), to_json(certificate))
    provenance = {
        **record["provenance"],
        "arrays": file_digest(beside),
        "certificate": digest(certificate) if certificate else "",
    }
    return _write(base, sealed({**record, "provenance": provenance}))


def _write(base: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    stored = {"schema": SCHEMA, **record}
    write_atomically(base.with_name(base.name + ".json"), to_json(stored))
    return stored


def file_digest(path: Path) -> str:
    """SHA-256 of a file, "" if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its digest, over all of it but the schema."""
    content = {name: value for name, value in record.items() if name not in ("schema", "digest")}
    return {**content, "digest": digest(content)}


def certificate_path(base: Path) -> Path:
    return base.with_name(base.name + ".certificate.json")


def load_certificate(folder: Path, claim_id: str, scale: str) -> dict[str, Any] | None:
    """The stored certificate, None if there is none. Raises RecordError if it cannot be read."""
    path = certificate_path(folder / stem(claim_id, scale))
    return read_json(path) if path.exists() else None


def read_json(path: Path) -> Any:
    """Strict JSON of a file, no name twice in an object. Raises RecordError naming the file."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not strict JSON")

    def finite(text: str) -> float:
        return float(text) if math.isfinite(float(text)) else refuse(text)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError(f"a name is given twice among {', '.join(name for name, _ in pairs):.80}")
        return found

    try:
        return json.loads(path.read_text("utf-8"), parse_constant=refuse, parse_float=finite, object_pairs_hook=once)
    except (OSError, ValueError, RecursionError) as error:
        raise RecordError(f"{path}: unreadable ({error})") from error


def load(folder: Path, claim_id: str, scale: str) -> dict[str, Any] | None:
    """The record of a claim at a scale, None if there is none. Raises RecordError if unreadable, older or misplaced."""
    path = folder / (stem(claim_id, scale) + ".json")
    if not path.exists():
        return None
    record = read_json(path)
    if isinstance(record, dict) and record.get("schema") == 1:
        return _from_schema_1(folder, path, record, claim_id, scale)
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        found = record.get("schema") if isinstance(record, dict) else type(record).__name__
        raise RecordError(f"{path}: written for schema {found}, this version reads {SCHEMA}")
    if missing := sorted(FIELDS - record.keys()):
        raise RecordError(f"{path}: lacks {', '.join(missing)}")
    if (record["id"], record["scale"]) != (claim_id, scale):
        raise RecordError(f"{path}: holds {record['id']} at scale {record['scale']}")
    check_form(record, path)
    return record


def check_form(record: Mapping[str, Any], path: Path) -> None:
    """Raises RecordError for a record whose digest is another, whose words are none of the ledger's, which names a model's
    record by anything but a plain file name, or whose numbers are none."""
    try:
        if sealed(record)["digest"] != record["digest"]:
            raise RecordError(f"{path}: edited since it was written (the digest of {record['id']} is another)")
        for name, known in (("verdict", VERDICTS), ("here", ("", *HERE)), ("scale", SCALES)):
            if record[name] not in known:
                raise RecordError(f"{path}: {name} is {str(record[name])[:40]!r}, none of the ledger's words")
        if wrong := [name for name in record["models"] if not MODEL_NAME.fullmatch(name)]:
            raise RecordError(f"{path}: names a model's record {wrong[0]!r}, which is no plain file name")
        for part in (record, record["control"], record["positive_control"] or {"numbers": {}}):
            decode(part["numbers"])
        if any(unprintable(text) for text in _texts(record)):
            raise RecordError(f"{path}: a text of {record['id']} holds control characters")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError(f"{path}: is no record that this version wrote ({error!r:.80})") from error


def _texts(content: Any) -> Iterator[str]:
    """Every text in plain data, names too."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for name, value in content.items():
            yield from (name, *_texts(value))
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value)


def printable(text: str) -> str:
    """The text with "?" for every control character (`unprintable`)."""
    return "".join("?" if unprintable(c) else c for c in text)


def unprintable(text: str) -> bool:
    """Whether a text holds control characters, which a terminal would obey and XML does not allow; ends of lines are none."""
    return any(not (c.isprintable() or c in "\n\t") for c in text)


def _from_schema_1(folder: Path, path: Path, record: dict[str, Any], claim_id: str, scale: str) -> dict[str, Any]:
    """The record in today's form, written in place of the old one, which is kept beside it as `<name>.schema-1`."""
    if "digest" in record:
        raise RecordError(f"{path}: written for schema 1, but with a digest: edited since it was written")
    words = isinstance(record.get("verdict"), str) and isinstance(record.get("provenance"), dict)
    if (record.get("id"), record.get("scale")) != (claim_id, scale) or not words:
        raise RecordError(f"{path}: is no record of {claim_id} at scale {scale}")
    new = upgraded(record)
    base = folder / stem(claim_id, scale)
    new["provenance"] = {**new["provenance"], "arrays": file_digest(base.with_name(base.name + ".npz"))}
    try:
        to_json(new)
    except ValueError as error:
        raise RecordError(f"{path}: unreadable ({error})") from error
    names = (path.with_name(f"{path.name}.schema-1{k}") for k in ("", *(f".{k}" for k in range(2, 10_000))))
    write_atomically(next(name for name in names if not name.exists()), path.read_bytes())
    return _write(base, sealed(new))


def upgraded(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of schema 1 with the fields of schema 2: what it could not know is empty, and is derived when it is reused.

    Without models its data are as old as its date; how old its models are it could not know.
    """
    provenance = record["provenance"]
    since = "" if record.get("models") else provenance.get("date", "")
    return {
        "here": "",
        "setting": "",
        "exploratory": None,
        "rests_on": [],
        "positive_control": None,
        "models": [],
        "reason": "",
        "witness": "",
        **{name: value for name, value in record.items() if name != "schema"},
        "verdict": RENAMED.get(record["verdict"], record["verdict"]),
        "provenance": {**provenance, "data_since": since, "declared": ""},
    }


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
            if path.exists():
                path.rename(kept)
            return kept
    raise RecordError(f"{path}: ten thousand set-aside copies beside it; clear them first")


def encode(numbers: Mapping[str, Quantity]) -> dict[str, dict[str, Any]]:
    """Quantities as plain JSON; `noise` where there is one."""
    return {
        name: {"value": q.value, "low": q.low, "high": q.high, "unit": q.unit}
        | ({} if q.noise is None else {"noise": list(q.noise)})
        for name, q in numbers.items()
    }


def decode(numbers: Mapping[str, Mapping[str, Any]]) -> dict[str, Quantity]:
    """Quantities from plain JSON. Raises RecordError if one is malformed."""
    try:
        found = {}
        for name, q in numbers.items():
            noise = None
            if "noise" in q:
                between, shared, freedom = q["noise"]
                noise = (float(between), float(shared), int(freedom))
            found[name] = Quantity(q["value"], q["low"], q["high"], q["unit"], noise)
        return found
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise RecordError(f"malformed number in a record ({error})") from error


def assemble(folder: Path, order: Iterable[str]) -> dict[str, Any]:
    """The ledger: every readable record of a folder, in catalogue order, then by scale."""
    rank = {claim_id: k for k, claim_id in enumerate(order)}
    found = []
    for path in folder.glob("*.json"):
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


@dataclass(frozen=True)
class Found:
    """A record that was found, the folder with its arrays and certificate, and whether it is the committed one."""

    record: dict[str, Any]
    folder: Path
    committed: bool


def latest(folder: Path, claim_ids: Iterable[str]) -> tuple[dict[str, Found], list[str]]:
    """What is known of each claim: of the readable records in `folder` the one of the largest scale, else the committed one.

    Also why records in the folder cannot be used, in words; a claim without a record is left out.
    """
    committed = {scale: recorded(scale) for scale in SCALES}
    found: dict[str, Found] = {}
    problems = []
    for claim_id in claim_ids:
        for scale in SCALES:
            if claim_id in committed[scale]:
                found[claim_id] = Found(committed[scale][claim_id], RECORDED / scale, True)
        for scale in SCALES:
            try:
                record = load(folder, claim_id, scale)
            except RecordError as error:
                problems.append(f"the record of {claim_id} at scale {scale} is not used: {error}")
                continue
            if record is not None:
                found[claim_id] = Found(record, folder, False)
    return found, problems


def recorded(scale: str) -> dict[str, dict[str, Any]]:
    """The committed record of a scale by claim id, {} if there is none; one of schema 1 in today's form.

    Raises RecordError for a file that is no ledger, or that holds what is no record (`check_form`)."""
    path = RECORDED / f"{scale}.json"
    if not path.exists():
        return {}
    ledger = read_json(path)
    try:
        if ledger["schema"] == 1:
            return {record["id"]: sealed(upgraded(record)) for record in ledger["claims"]}
        found = {record["id"]: record for record in ledger["claims"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise RecordError(f"{path}: is no ledger ({error!r:.80})") from error
    for record in found.values():
        check_form(record, path)
    return found
