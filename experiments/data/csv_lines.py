"""CSV and TSV files with a header, line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path


def csv_lines(path: Path) -> tuple[Sequence[str], Iterator[tuple[str, dict[str, str]]]]:
    """(names of the columns, an iterator over (what an error calls the line, its fields by name)).

    Comma, or semicolon where the header has no comma; tab in a .tsv. UTF-8, with or without a byte order mark.
    Raises ValueError naming file and line: unreadable, no UTF-8, a column twice, another number of fields than the header's.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: not a readable CSV file ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        line, byte = error.object[: error.start].count(b"\n") + 1, error.object[error.start]
        raise ValueError(
            f"{path}: not a readable CSV file (line {line}: the byte {byte:#04x} is no UTF-8; save it as UTF-8)"
        ) from None
    head = text.partition("\n")[0]
    mark = "\t" if path.suffix.lower() == ".tsv" else ";" if ";" in head and "," not in head else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        names = list(reader.fieldnames or ())
    except csv.Error as error:
        raise ValueError(f"{path}: not a readable CSV file ({error})") from error
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{path}: two columns are called {twice[0]!r}")

    def lines() -> Iterator[tuple[str, dict[str, str]]]:
        try:
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                if None in row or any(value is None for value in row.values()):
                    many = "more" if None in row else "fewer"
                    raise ValueError(f"{where}: {many} fields than the header's {len(names)}")
                yield where, row
        except csv.Error as error:
            raise ValueError(f"{path}: not a readable CSV file ({error})") from error

    return names, lines()
