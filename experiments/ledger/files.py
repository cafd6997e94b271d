"""Files of results: on the disk before they take their name, so that a file which has its name is whole after a power cut too.

Left-overs of a process that was killed while it wrote have names of their own, and whoever holds the run's lock sweeps them.
"""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from contrastive_claims.experiments.ledger.errors import FolderError

PART = ".part"  # how the name of a file ends that is still being written


def write_durably(path: Path, content: bytes, previous: Path | None = None) -> None:
    """Write under a name of its own in the same folder, flush to the disk, rename; what was at `path` moves to `previous`.

    The folder must exist: one that was moved or deleted while a run writes into it is an error, never made anew in silence.
    Raises OSError as the file system does; what was there stays.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}{PART}")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if previous is not None and path.exists():
            os.replace(path, previous)
        os.replace(part, path)
        _flush_folder(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sweep(folder: Path, name: str = "") -> int:
    """Delete what killed processes left half written in a folder, and count it; with a name, of that file only. Only for who
    holds the folder's lock, or alone writes that file."""
    parts = [path for path in folder.glob(f".{glob.escape(name)}{'.' if name else ''}*{PART}") if path.is_file()]
    for path in parts:
        path.unlink(missing_ok=True)
    return len(parts)


@contextmanager
def held(folder: Path, shard: str = "", rooms: Sequence[str] = ("records", "models", "figures")) -> Generator[None]:
    """A folder of results, made if need be, for this process alone; what killed ones left half written in it, and in the
    folders in it that are named, is swept.

    With the name of a shard: for this shard of a run alone, others work there too, and nothing is swept.
    Raises FolderError for one that is a file or cannot be written, and while another process holds it.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".lock{shard and '-'}{shard}")
        lock.acquire(timeout=0)
    except Timeout:
        name = f"shard {shard.replace('-', '/')} of another run" if shard else "another run"
        raise FolderError(f"{folder}: {name} works there; wait for its end, or take another --out") from None
    except OSError as error:
        raise FolderError(f"{folder}: cannot be written to ({error.strerror or error})") from None
    try:
        for part in () if shard else (folder, *(folder / room for room in rooms)):
            sweep(part)
        yield
    finally:
        lock.release()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_folder(folder: Path) -> None:
    """Put a rename on the disk, where folders can be opened for that (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
