"""Draws a claim's figure from its recorded arrays; figures/ turns arrays into matplotlib figures, this writes files."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.ledger import records
from experiments.ledger.vocabulary import Claim

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# what a figure that does not fit its arrays may raise
DRAWING_ERRORS = (records.RecordError, OSError, ValueError, TypeError, KeyError, IndexError)


def repeatable_svg() -> AbstractContextManager[None]:
    """While it is entered, the same evidence gives the same SVG (saved without a date)."""
    import matplotlib

    return matplotlib.rc_context({"svg.hashsalt": "contrastive-claims", "svg.fonttype": "path"})


def figure_of(claim: Claim, folder: Path, scale: str = "quick") -> tuple[Figure, dict[str, np.ndarray]] | None:
    """A claim's figure and the recorded arrays that it shows; None if it has none, or `folder` no arrays of it."""
    arrays = records.load_arrays(folder / (records.stem(claim.id, scale) + ".npz")) if claim.at(scale).figure else {}
    if not arrays:
        return None
    module, _, name = claim.at(scale).figure.partition(":")
    return getattr(importlib.import_module(module), name)(**arrays), arrays


def draw(claim: Claim, folder: Path, target: Path, scale: str = "quick") -> list[Path]:
    """Write SVG and PNG of a claim's figure under `target`, without a date; [] if it has none, or `folder` no arrays of it."""
    with repeatable_svg():
        found = figure_of(claim, folder, scale)
        if found is None:
            return []
        figure, _ = found
        target.mkdir(parents=True, exist_ok=True)
        name = claim.at(scale).figure.partition(":")[2]
        base = target / f"{records.stem(claim.id, scale)}-{name.replace('_', '-')}"
        paths = [base.with_name(base.name + suffix) for suffix in (".svg", ".png")]
        figure.savefig(paths[0], metadata={"Date": None})
        figure.savefig(paths[1], dpi=160, metadata={"Software": None})
    return paths
