"""Figures for a page of its own: SVG as small as matplotlib's own allows, as a data address, and the arrays behind it as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from contrastive_claims.experiments.ledger.plain import plain
from contrastive_claims.experiments.ledger.vocabulary import Claim
from contrastive_claims.experiments.verify.drawing import arrays_of, figure_of
from contrastive_claims.experiments.verify.svg import compact, smaller

DIGITS = 7  # of a number in a CSV: what a float32 holds


@dataclass(frozen=True)
class Picture:
    """Addresses of a figure (data:image/svg+xml) and of its arrays (data:text/csv), and the figure's titles in words."""

    image: str
    table: str
    title: str


def picture(claim: Claim, folder: Path, scale: str, record: Mapping[str, Any] | None = None) -> Picture | None:
    """A claim's figure, drawn from the arrays in `folder`, which are those of `record`; None if it has none. Raises what
    DRAWING_ERRORS lists."""
    arrays = arrays_of(claim, folder, scale, record)
    if not arrays:
        return None
    from contrastive_claims.figures.style import look, said

    with look():
        figure = figure_of(claim.at(scale), arrays)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    title = " ".join(plain(said(figure)).split())
    return Picture(
        address("image/svg+xml", smaller(compact(file.getvalue()))), address("text/csv", as_csv(arrays)), title
    )


def address(kind: str, text: str) -> str:
    """A data address, of characters that an HTML attribute in double quotes and a URL may hold as they are."""
    return f"data:{kind};charset=utf-8," + quote(text, safe=" =:/(),;-.+*@!'")


def as_csv(arrays: Mapping[str, np.ndarray]) -> str:
    """One line for each row along an array's last axis: the array's name, the indices of the row, its values (seven digits)."""
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(["array", "row", "values along the last axis"])
    for name, array in arrays.items():
        rows = array.reshape(math.prod(array.shape[:-1]), array.shape[-1]) if array.ndim else array.reshape(1, 1)
        places = np.ndindex(array.shape[:-1]) if array.ndim else [()]
        for place, row in zip(places, rows, strict=True):
            lines.writerow([name, " ".join(map(str, place)), *(_written(value) for value in row)])
    return file.getvalue()


def _written(value: np.generic) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, np.floating) else str(value)
