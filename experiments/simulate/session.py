"""One run of `claims simulate`: the points, their optima, their graphs; table, JSON, CSV and figure under OUT/simulations/."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.files import held
from contrastive_claims.experiments.simulate import graphs as finite
from contrastive_claims.experiments.simulate.model import Model, read
from contrastive_claims.experiments.simulate.population import Optima, of_labels, optima
from contrastive_claims.experiments.simulate.results import as_csv, collected, cosine_names
from contrastive_claims.experiments.simulate.sweep import points as points_of
from contrastive_claims.figures import simulation as drawing

FORMATS = ("svg", "png")
MOST_CURVES = 8


def simulate(
    name: str, sweeps: Sequence[str], jobs: int, out: Path, progress: Callable[[int, int], None]
) -> tuple[dict[str, Any], list[Path]]:
    """(what is told of every point, the files written). Raises ValueError, one sentence, for bad input, before graphs are drawn;
    FolderError where `out` cannot be written to, or another simulation works there."""
    model = read(name)
    drawing.check_title(model.title)
    swept, points = points_of(model, sweeps)
    found = optima(points)
    labelled = [of_labels(point) for point in points] if model.supervised is not None else None
    solved = None
    store, own = out / "simulations", Path(name).stem
    with held(store, rooms=("graphs", own)):
        if model.graphs is not None:
            solved = [finite.intervals(one) for one in finite.solve_all(points, store / "graphs", jobs, progress)]
        told = collected(model, swept, points, found, labelled, solved)
        written = [store / own / "results.json", store / own / "table.csv"]
        records.write_atomically(written[0], records.to_json(told))
        records.write_atomically(written[1], as_csv(told).encode())
        return told, [*written, *_drawn(model, told, found, store / own)]


def _drawn(model: Model, told: dict[str, Any], found: Optima, folder: Path) -> list[Path]:
    """The figure in every format; none for more than two swept parameters."""
    pairs = cosine_names(len(told["blocks"]))[:MOST_CURVES]
    names = [name for _, _, name in pairs]
    rows, columns = np.array([k for k, _, _ in pairs], int), np.array([m for _, m, _ in pairs], int)
    cosines = found.gram[:, rows, columns]
    graphs = np.full((len(cosines), len(pairs), 3), np.nan)
    closed = np.full(cosines.shape, np.nan)
    for p, (point, form) in enumerate(zip(told["points"], found.closed, strict=True)):
        if point["graphs"]:
            parts = (np.array(point["graphs"][part]) for part in ("cosines", "low", "high"))
            graphs[p] = np.stack([part[rows, columns] for part in parts], axis=-1)
        if form is not None and form.gram is not None:
            closed[p] = form.gram[rows, columns]
    title = model.title or folder.name
    swept = told["swept"]
    if len(swept) > 2 or not pairs:
        return []
    values = [np.array([point["values"][name] for point in told["points"]]) for name in swept]
    if not swept:
        figure = drawing.bars(title, names, cosines[0], graphs[0])
    elif len(swept) == 1:
        margins = [min(point["supervised"]["margins"]) if point["supervised"] else np.nan for point in told["points"]]
        figure = drawing.curves(title, swept[0], values[0], names, cosines, closed, graphs, np.array(margins))
    else:
        second = list(dict.fromkeys(values[1].tolist()))
        shape = (len(values[1]) // len(second), len(second))
        first = values[0].reshape(shape)[:, 0]
        figure = drawing.plane(title, swept, first, np.array(second), names[0], cosines[:, 0].reshape(shape))
    files = [folder / f"figure.{suffix}" for suffix in FORMATS]
    for file in files:
        content = io.BytesIO()
        figure.savefig(content, dpi=160, format=file.suffix[1:])
        records.write_atomically(file, content.getvalue())
    return files
