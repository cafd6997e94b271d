"""Draws a claim's figure from its recorded arrays; figures/ turns arrays into matplotlib figures, this writes files."""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.plain import plain
from contrastive_claims.experiments.ledger.vocabulary import Claim
from contrastive_claims.experiments.verify.svg import compact, smaller

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# what a figure that does not fit its arrays may raise
DRAWING_ERRORS = (records.RecordError, OSError, ValueError, TypeError, KeyError, IndexError)
# what each format is saved with: no date and no program's name, so that the same evidence gives the same bytes
FORMATS = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "pil_kwargs": {"optimize": True}},
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
}
DRAWN = ("svg", "png")  # where no format is asked for


def arrays_of(claim: Claim, folder: Path, scale: str, record: Mapping[str, Any] | None = None) -> dict[str, np.ndarray]:
    """The arrays that the figure of a claim's form shows; {} where it has no figure, or `folder` no arrays of it.

    Raises RecordError where they are not those that `record` was made with."""
    if not claim.at(scale).figure:
        return {}
    path = folder / (records.stem(claim.id, scale) + ".npz")
    if record is not None and record["provenance"].get("arrays", "") != records.file_digest(path):
        raise records.RecordError(f"{path}: not the arrays that the record of {claim.id} was made with")
    return records.load_arrays(path)


def figure_of(claim: Claim, arrays: Mapping[str, np.ndarray]) -> Figure:
    """The figure of a claim's form from its arrays, its title led by the claim's id and followed by the data and encoders that it
    was seen on, if any; under `figures.style.look`, or the reader's own settings change it."""
    from contrastive_claims.figures.style import said, say

    module, _, name = claim.figure.partition(":")
    figure: Figure = getattr(importlib.import_module(module), name)(**arrays)
    say(figure, f"{claim.id}: {said(figure)}{f' [{claim.setting}]' if claim.setting else ''}")
    return figure


def figure_name(claim: Claim, scale: str) -> str:
    """File name, without its ending, of the figure of a claim's form at a scale."""
    return f"{records.stem(claim.id, scale)}-{claim.figure.partition(':')[2].replace('_', '-')}"


def draw(
    claim: Claim,
    folder: Path,
    target: Path,
    scale: str = "quick",
    formats: Sequence[str] = DRAWN,
    record: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write a claim's figure under `target`, a file for each of `formats`; [] if it has none, or `folder` no arrays of it.

    Raises what DRAWING_ERRORS lists: RecordError for arrays that are not those that `record` was made with.
    The title is in the file too, as plain text, for who cannot see it.
    """
    arrays = arrays_of(claim, folder, scale, record)
    if not arrays:
        return []
    claim = claim.at(scale)
    from contrastive_claims.figures.style import look, said

    target.mkdir(parents=True, exist_ok=True)
    paths = [target / f"{figure_name(claim, scale)}.{suffix}" for suffix in formats]
    with look():
        figure = figure_of(claim, arrays)
        for suffix, path in zip(formats, paths, strict=True):
            how, buffer = FORMATS[suffix], io.BytesIO()
            metadata = {**how["metadata"], "Title": plain(said(figure))}
            figure.savefig(buffer, format=suffix, **{**how, "metadata": metadata})
            made = buffer.getvalue()
            records.write_atomically(path, smaller(compact(made.decode())).encode() if suffix == "svg" else made)
    return paths
