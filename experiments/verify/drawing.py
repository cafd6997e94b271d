"""Draws a claim's figure from its recorded arrays; figures/ turns arrays into matplotlib figures, this writes files."""

from __future__ import annotations

import importlib
from pathlib import Path

from experiments.ledger import records
from experiments.ledger.vocabulary import Claim

# what a figure that does not fit its arrays may raise
DRAWING_ERRORS = (records.RecordError, OSError, ValueError, TypeError, KeyError, IndexError)


def draw(claim: Claim, folder: Path, target: Path, scale: str = "quick") -> list[Path]:
    """Write SVG and PNG of a claim's figure under `target`; [] if it has none, or `folder` no arrays of it.

    The files carry no date and a fixed hash salt, so that the same evidence gives the same SVG.
    """
    claim = claim.at(scale)
    if not claim.figure:
        return []
    arrays = records.load_arrays(folder / (records.stem(claim.id, scale) + ".npz"))
    if not arrays:
        return []
    import matplotlib

    module, _, name = claim.figure.partition(":")
    drawing = getattr(importlib.import_module(module), name)
    target.mkdir(parents=True, exist_ok=True)
    base = target / f"{records.stem(claim.id, scale)}-{name.replace('_', '-')}"
    paths = [base.with_name(base.name + suffix) for suffix in (".svg", ".png")]
    with matplotlib.rc_context({"svg.hashsalt": "contrastive-claims", "svg.fonttype": "path"}):
        figure = drawing(**arrays)
        figure.savefig(paths[0], metadata={"Date": None})
        figure.savefig(paths[1], dpi=160, metadata={"Software": None})
    return paths
