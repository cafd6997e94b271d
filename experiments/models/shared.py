"""Facts of held-out samples, alike in the committed records of many networks: kept once, each in a file named by its digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from contrastive_claims.experiments.ledger import records

FACTS = ("truth", "bias", "labels")
LEAST = 1000  # bytes, below which a file of its own would be the larger one
ELSEWHERE = "elsewhere"  # the array of a committed record that says which of its arrays lie elsewhere: JSON text
ARRAY = "array"  # the only one of such a file
NAME = re.compile("[0-9a-f]{16}")


def arrays_digest(stored: Mapping[str, np.ndarray], apart: str = "") -> str:
    """SHA-256 over the names, types, shapes and bytes of the arrays but `apart`."""
    found = hashlib.sha256()
    for name in sorted(set(stored) - {apart}):
        array = np.ascontiguousarray(stored[name])
        found.update(f"{name} {array.dtype.str} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def kept_once(record: Mapping[str, np.ndarray], folder: Path) -> dict[str, np.ndarray]:
    """The record to commit to `folder`: without its FACTS, which lie beside it from then on, whoever wrote them first."""
    left, where = dict(record), {}
    for name in FACTS:
        if name in left and left[name].nbytes >= LEAST:
            fact = {ARRAY: left.pop(name)}
            where[name] = arrays_digest(fact)[:16]
            if not (path := _path(folder, where[name])).exists():
                records.save_arrays(path, fact)
    return {**left, ELSEWHERE: np.array(json.dumps(where))} if where else left


def whole(stored: Mapping[str, np.ndarray], folder: Path) -> dict[str, np.ndarray]:
    """What `kept_once` was given. Raises RecordError, naming it, for a file that is missing, damaged or another's."""
    record = dict(stored)
    if ELSEWHERE not in record:
        return record
    for name, digest in _told(record.pop(ELSEWHERE)).items():
        path = _path(folder, digest)
        fact = records.load_arrays(path)
        if not fact:
            raise records.RecordError(f"{path}: missing, and a record's {name} should be there")
        if set(fact) != {ARRAY} or arrays_digest(fact)[:16] != digest:
            raise records.RecordError(f"{path}: edited since it was written (its digest is another)")
        record[name] = fact[ARRAY]
    return record


def _told(text: np.ndarray) -> dict[str, str]:
    try:
        told = json.loads(str(text))
        if set(told) <= set(FACTS) and all(NAME.fullmatch(digest) for digest in told.values()):
            return told
    except (ValueError, TypeError, AttributeError) as error:
        raise records.RecordError(f"{ELSEWHERE}: not a digest for each of {', '.join(FACTS)} ({error})") from error
    raise records.RecordError(f"{ELSEWHERE}: not a digest for each of {', '.join(FACTS)}")


def _path(folder: Path, digest: str) -> Path:
    return folder / "facts" / f"{digest}.npz"
