"""Checksums of data that nobody has published one for: recorded at first use, compared ever after.

One JSON file, checksums.json in $CLAIMS_CACHE, else in the user's cache ($XDG_CACHE_HOME/contrastive-claims): where the data
lies -> digest of its decoded arrays. A set that was changed on purpose is accepted by name (`claims data accept`), never in
silence.
"""

from __future__ import annotations

import json
import os
import warnings
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock


def checksums_file() -> Path:
    if os.environ.get("CLAIMS_CACHE"):
        return Path(os.environ["CLAIMS_CACHE"]) / "checksums.json"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "contrastive-claims" / "checksums.json"


def compare(place: str, checksum: str, name: str) -> None:
    """Record the checksum of the data at `place` if there is none yet; else compare. `name`: how a person names it.

    Raises ValueError if it is another, or if the record cannot be read. Where it cannot be written a warning says so.
    """
    path = checksums_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=10):
            known = _read(path)
            if place in known:
                if known[place]["sha256"] != checksum:
                    raise ValueError(
                        f"{place}: not the images and labels of {known[place]['date']}, when this set was first used (SHA-256 "
                        f"{checksum[:12]}, not {known[place]['sha256'][:12]}); if it was changed on purpose: claims data accept "
                        f"{name}"
                    )
                return
            known[place] = {"sha256": checksum, "date": datetime.now(UTC).strftime("%Y-%m-%d")}
            _write(path, known)
    except OSError as error:  # Timeout is one too
        said = error.strerror or str(error)
        warnings.warn(f"{path}: cannot be written ({said}); changes of {name} will not be noticed", stacklevel=2)


def forget(places: str) -> int:
    """Forget what is recorded of `places` and of what lies below it; how many entries that were."""
    path = checksums_file()
    if not path.exists():
        return 0
    with FileLock(path.with_suffix(".lock"), timeout=10):
        known = _read(path)
        kept = {
            place: entry
            for place, entry in known.items()
            if place != places and not place.startswith((f"{places}/", f"{places} ("))
        }
        if len(kept) < len(known):
            _write(path, kept)
        return len(known) - len(kept)


def _read(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text("utf-8"))
        if not all(set(entry) == {"sha256", "date"} for entry in known.values()):
            raise ValueError("not what is written here")
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError(f"{path}: damaged ({error}); delete it, and what is there now counts as first use") from error
    return known


def _write(path: Path, known: dict[str, dict[str, str]]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(known, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
