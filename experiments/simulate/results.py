"""What is told of every point: plain data for JSON, flat rows for CSV, a table for the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from contrastive_claims.experiments.simulate.model import Model, alpha_name
from contrastive_claims.experiments.simulate.population import Optima, of_bias, one_vector
from contrastive_claims.experiments.simulate.sweep import Point

MOST_ROWS = 40  # of the table in the terminal
YES_OR_NO = {True: "yes", False: "no", None: "unknown"}


def cosine_names(blocks: int) -> list[tuple[int, int, str]]:
    """(k, m, "cos_12") of every pair of blocks, from 0."""
    return [(k, m, f"cos{alpha_name(k, m, blocks)[5:]}") for k in range(blocks) for m in range(k + 1, blocks)]


def collected(
    model: Model,
    swept: Sequence[str],
    points: Sequence[Point],
    found: Optima,
    labelled: Sequence[dict[str, Any]] | None,
    graphs: Sequence[dict[str, Any]] | None,
) -> dict[str, Any]:
    """{"title", "blocks", "swept", "points": [{"values", "population", "closed_form", "fails", "limit", "bias", "supervised",
    "graphs"}]}: strict JSON, parts that were not asked for None."""
    blocks = model.block_model.blocks
    pairs = cosine_names(blocks)
    bias = of_bias(points, found.gram) if model.biased is not None else None
    told = []
    for p, point in enumerate(points):
        closed = found.closed[p]
        gram = found.gram[p]
        limit = found.limits[p]
        told.append(
            {
                "values": point.values,
                "population": {
                    "cosines": {name: float(gram[k, m]) for k, m, name in pairs},
                    "loss": float(found.loss[p]),
                    "gap": float(found.gap[p]),
                    "status": found.status[p],
                    "rank": int(found.rank[p]),
                    "spreading": [model.block_names[k] for k in np.flatnonzero(found.spreads[p])],
                    "one_vector_per_block": one_vector(point, int(found.rank[p]), found.spreads[p]),
                },
                "closed_form": closed
                and {
                    "claim": closed.claim,
                    "says": closed.says,
                    "distance": float(np.abs(_known(closed.gram) - gram).max()),
                },
                "fails": {form.claim: form.fails for form in found.forms[p] if form.gram is None},
                "limit": limit and _limit(model, limit),
                "bias": bias and bias[p],
                "supervised": labelled and labelled[p],
                "graphs": graphs and graphs[p],
            }
        )
    return {"title": model.title, "blocks": list(model.block_names), "swept": list(swept), "points": told}


def _known(gram: np.ndarray | None) -> np.ndarray:
    assert gram is not None
    return gram


def _limit(model: Model, limit: tuple[int, np.ndarray]) -> dict[str, Any]:
    k, cosines = limit
    return {
        "block": model.block_names[k],
        "cosines": {
            name: float(cosine) for name, cosine in zip(model.block_names, cosines, strict=True) if np.isfinite(cosine)
        },
    }


def flat(point: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """One row: the swept values, then every number with a name of its own."""
    population = point["population"]
    row: dict[str, Any] = {**point["values"], **population["cosines"]}
    row |= {name: population[name] for name in ("loss", "gap", "status", "rank")}
    row["one_vector_per_block"] = YES_OR_NO[population["one_vector_per_block"]]
    row["spreading"] = " ".join(population["spreading"])
    if closed := point["closed_form"]:
        row |= {"closed_form": closed["claim"], "distance_to_closed_form": closed["distance"]}
    else:
        row |= {"closed_form": "", "distance_to_closed_form": ""}
    if limit := point["limit"]:
        row |= {f"limit_{name}": cosine for name, cosine in limit["cosines"].items()}
    row |= point["bias"] or {}
    if labels := point["supervised"]:
        row |= {"supervised_loss": labels["loss"], "supervised_gap": labels["gap"]}
        row |= {f"margin_{k + 1}": margin for k, margin in enumerate(labels["margins"])}
    if graphs := point["graphs"]:
        blocks = len(graphs["cosines"])
        for k, m, name in cosine_names(blocks):
            row |= {
                f"graph_{name}{end}": graphs[part][k][m]
                for end, part in (("", "cosines"), ("_low", "low"), ("_high", "high"))
            }
        row |= {f"graph_length_{k + 1}": graphs["cosines"][k][k] for k in range(blocks)}
        row |= {"graph_worst_gap": graphs["worst_gap"], "graph_status": " ".join(graphs["status"])}
    return row


def as_csv(told: Mapping[str, Any]) -> str:
    """Every point as a row; columns in the order of their first appearance."""
    rows = [flat(point, told["blocks"]) for point in told["points"]]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def lines(told: Mapping[str, Any]) -> list[str]:
    """For a terminal: a table over the sweep, or one point in full."""
    points = told["points"]
    return _table(told) if told["swept"] else _in_full(points[0], told["blocks"])


def _table(told: Mapping[str, Any]) -> list[str]:
    points, swept = told["points"], told["swept"]
    cosines = list(points[0]["population"]["cosines"])[:4]
    has = {part: any(point[part] for point in points) for part in ("graphs", "supervised", "bias")}
    heads = [*swept, *cosines, "gap", "closed", "one vector"]
    heads += (
        [f"graphs {cosines[0]}"] * has["graphs"]
        + ["least margin"] * has["supervised"]
        + ["class", "bias"] * has["bias"]
    )
    rows = []
    for point in points:
        population, closed = point["population"], point["closed_form"]
        row = [f"{point['values'][name]:.4g}" for name in swept]
        row += [f"{population['cosines'][name]:+.4f}" for name in cosines]
        row += [
            f"{population['gap']:.0e}",
            closed["claim"] if closed else "-",
            YES_OR_NO[population["one_vector_per_block"]],
        ]
        if has["graphs"]:
            graphs = point["graphs"]
            row.append(f"{graphs['cosines'][0][1]:+.3f} [{graphs['low'][0][1]:+.3f}, {graphs['high'][0][1]:+.3f}]")
        if has["supervised"]:
            row.append(f"{min(point['supervised']['margins']):.4g}")
        if has["bias"]:
            row += [f"{point['bias'][f'cosine_with_{what}']:+.4f}" for what in ("class", "bias")]
        rows.append(row)
    shown = rows if len(rows) <= MOST_ROWS else [*rows[: MOST_ROWS // 2], ["..."], *rows[-MOST_ROWS // 2 :]]
    widths = [max(len(row[k]) for row in [heads, *shown] if k < len(row)) for k in range(len(heads))]
    text = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=False)) for row in [heads, *shown]]
    unsure = sum(point["population"]["status"] != "certified" for point in points)
    closed = sum(point["closed_form"] is not None for point in points)
    text.append(f"{len(points)} optima, {len(points) - unsure} certified, {closed} with a closed form")
    if not closed:
        text += _fails(points[0])
    return text


def _in_full(point: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    population = point["population"]
    text = [f"population optimum: loss {population['loss']:.10f}, gap {population['gap']:.1e}, {population['status']}"]
    text += _cosines(population["cosines"], len(names))
    spreading = population["spreading"]
    answer = {True: "optimal for the nodes too", None: "not known to be optimal for the nodes"}.get(
        population["one_vector_per_block"], f"not optimal for the nodes: {', '.join(spreading)} would spread"
    )
    text.append(f"one vector per block is {answer} (rank {population['rank']})")
    if closed := point["closed_form"]:
        text.append(f"closed form: {closed['claim']}, {closed['says']} (within {closed['distance']:.0e})")
    else:
        text += _fails(point)
    if limit := point["limit"]:
        told = ", ".join(f"{cosine:+.6f} with {name}" for name, cosine in limit["cosines"].items())
        text.append(f"as the share of {limit['block']} vanishes, its cosines tend to (B19): {told}")
    if bias := point["bias"]:
        text.append(
            f"a conflicting group: cosine {bias['cosine_with_class']:+.6f} with its class, "
            f"{bias['cosine_with_bias']:+.6f} with its bias"
        )
        chain = ("positives_aligned", "positives_conflicting", "negatives_aligned", "negatives_conflicting")
        text.append(
            "mean squared distances: " + ", ".join(f"{name.replace('_', ' ')} {bias[name]:.4f}" for name in chain)
        )
        text.append(f"FairKL: positives {bias['fair_kl_positives']:.4g}, negatives {bias['fair_kl_negatives']:.4g}")
    if labels := point["supervised"]:
        margins = ", ".join(f"{margin:.4g}" for margin in labels["margins"])
        text.append(f"with labels, classes of {labels['sizes']}: loss {labels['loss']:.8f}, gap {labels['gap']:.1e}")
        text.append(f"  margins (logits): {margins}")
    if graphs := point["graphs"]:
        gap = graphs["worst_gap"]
        text.append(
            f"{graphs['seeds']} graphs: {', '.join(graphs['status'])}, worst gap {'open' if gap is None else f'{gap:.0e}'}, "
            f"rank {' '.join(map(str, graphs['rank']))}; means and 95 % intervals over seeds:"
        )
        for k, m, name in cosine_names(len(names)):
            text.append(
                f"  {name:<8} {graphs['cosines'][k][m]:+.4f} [{graphs['low'][k][m]:+.4f}, {graphs['high'][k][m]:+.4f}]"
            )
        lengths = ", ".join(f"{names[k]} {graphs['cosines'][k][k]:.4f}" for k in range(len(names)))
        text.append(f"  squared length of a block's mean (1: one point): {lengths}")
        if "fair_kl" in graphs:
            text.append("  FairKL (batch): {:.4g} [{:.4g}, {:.4g}]".format(*graphs["fair_kl"]))
    return text


def _cosines(cosines: Mapping[str, float], blocks: int) -> list[str]:
    """One line each; of more than five blocks the upper half of the matrix."""
    if blocks <= 5:
        return [f"  {name:<8} {cosine:+.6f}" for name, cosine in cosines.items()]
    text = ["  " + "".join(f"{m + 1:>7}" for m in range(1, blocks))]
    for k in range(blocks - 1):
        row = [f"{cosines[name]:+7.3f}" for i, _, name in cosine_names(blocks) if i == k]
        text.append(f"{k + 1:>2}" + " " * 7 * k + "".join(row))
    return text


def _fails(point: Mapping[str, Any]) -> list[str]:
    return ["no closed form applies:", *(f"  {claim}: {fails}" for claim, fails in point["fails"].items())]
