"""The audit itself: from arrays to one plain report, which text, JSON and page only show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from contrastive_claims.experiments.audit import advice, bias, leaning, numbers, partners
from contrastive_claims.experiments.audit.sample import Factor, Sample, even_rows, sample_of, unit_rows
from contrastive_claims.theory.harms import (
    BlockSums,
    block_sums,
    deal_blocks,
    harm_of_cosines,
    jackknife_interval,
    kept_of_cosines,
)
from contrastive_claims.theory.sphere import gram

ANCHORS, CONTROL_ANCHORS, GRAPH_ROWS = 4096, 512, 20_000
UNITS = {
    **dict.fromkeys(numbers.RANKS, "directions"),
    **dict.fromkeys(numbers.COLLAPSE, ""),
    "margin": "cosine",
    "neighbours": "balanced accuracy",
    "worst_group": "accuracy",
    "rh": "RH, geometric mean over pairs",
    "kept": "separation, geometric mean over pairs",
}


def audit(
    embeddings: Any,
    labels: Any,
    groups: Any = None,
    bias: Any = None,
    baseline: Any = None,
    *,
    baseline_labels: Any = None,
    temperature: float = 0.1,
    level: float = 0.05,
    least: int = 0,
    seed: int = 0,
    tell: Callable[[str], None] = lambda step: None,
) -> dict[str, Any]:
    """What embeddings [N, D] (NumPy or torch, any length: directions count) with labels [N] show; see `report_of`.

    groups: whose leaning is asked, default the labels. bias: an attribute of each row. baseline [N, D']: another encoder's
    embeddings of the same rows, in the same order; baseline_labels, where there are some, must be the labels.
    least: groups with fewer rows are left out. The arrays are not changed. Raises ValueError, naming column and row.
    """
    if baseline is not None and least:
        raise ValueError("least: with a baseline all rows are compared, so none can be left out")
    sample = sample_of("embeddings", embeddings, labels, groups, bias, least=least)
    before = None
    if baseline is not None:
        before = unit_rows(baseline, "baseline")
        check_baseline(
            sample, before, None if baseline_labels is None else np.asarray(baseline_labels), np.asarray(labels)
        )
    return report_of(sample, before, temperature, level, seed, tell)


def check_baseline(sample: Sample, before: np.ndarray, before_labels: Any, labels: Any, name: str = "baseline") -> None:
    """Raises ValueError unless the baseline embeds the same rows, in the same order and width, with the same labels."""
    if before.shape[1] != sample.points.shape[1]:
        raise ValueError(f"{name}: {before.shape[1]} numbers a row, but {sample.name} has {sample.points.shape[1]}")
    if before_labels is not None:
        here, there = set(np.unique(labels).tolist()), set(np.unique(before_labels).tolist())
        if here != there:
            odd = sorted(map(str, here ^ there))
            raise ValueError(
                f"{name}: its classes are not those of {sample.name}: {', '.join(odd[:5])} in one of them only"
            )
    if len(before) != len(sample.points):
        raise ValueError(
            f"{name}: {len(before)} rows, but {sample.name} has {len(sample.points)}; both must embed the same rows"
        )
    if before_labels is not None and len(before_labels) == len(labels) and (before_labels != labels).any():
        row = int((before_labels != labels).argmax())
        raise ValueError(f"{name}: row {row} has the label {before_labels[row]}, but {labels[row]} in {sample.name}")


@threadpool_limits.wrap(
    limits=1, user_api="blas"
)  # many small products: two threads wait for each other longer than they work
def report_of(
    sample: Sample,
    before: np.ndarray | None,
    temperature: float = 0.1,
    level: float = 0.05,
    seed: int = 0,
    tell: Callable[[str], None] = lambda step: None,
) -> dict[str, Any]:
    """One report: JSON-able, every number with its interval, its value under shuffled labels, and with an effect planted.

    leans      who leans on whom (theory.harms.leaning): degrees nearer than the spread of the others explains, simultaneous
               interval, adjusted p; with a baseline RH and the separation kept. `undecided`: why nothing could be judged
    mergers    pairs whose separation lies below a tenth of the median over pairs, the upper end of its interval included
    controls   audits of shuffled groups with a lean; leans planted, and how many of them were found
    groups     of each: rows, the nearest other group, the least RH, the partner predicted for it
    accuracies by neighbours, of each group (class and bias, where there is a bias)
    classes    of each: margin and loss of its anchors, what the loss implies
    numbers    effective ranks, NC1 to NC3, margin, neighbours' accuracy, RH and separation kept
    bias       moments, FairKL and a probe, where there is a bias; `advice`: what our claims say could be done
    sizes      rows that each part looked at; `missing`: what could not be measured, and why

    Raises ValueError for a temperature or level that is out of range.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature: must be positive, got {temperature}")
    if not 0 < level < 1:
        raise ValueError(f"level: must lie between 0 and 1, got {level}")
    points, labels, groups = sample.points, sample.labels, sample.groups
    blocks = numbers.blocks_for(len(groups.names), points.shape[1])
    generator = np.random.default_rng(seed)
    tell("group means")
    dealt = deal_blocks(groups.codes, blocks, generator)
    sums = block_sums(points, groups.codes, dealt)
    base = None if before is None else block_sums(before, groups.codes, dealt)
    judged = leaning.judge(sums, base, level)
    controls: dict[str, Any] = {}
    if len(groups.names) > 2:
        controls["shuffled"] = leaning.shuffled(points, before, groups.codes, blocks, level, generator, tell)
        tell("leans planted")
        controls["planted"] = leaning.planted(sums, base, judged, level, generator)

    pair = _pair_to_merge(judged.cosines, sums, generator)
    orders = {
        "own": np.arange(len(points)),
        "shuffled": generator.permutation(len(points)),
        "planted": _merged(groups, pair, generator),
    }
    rows = even_rows(groups.codes, GRAPH_ROWS, np.random.default_rng(seed))
    tell(f"neighbours among {len(rows)} rows")
    near = numbers.neighbours(points[rows], min(numbers.NEIGHBOURS, len(rows) - 1))

    missing: dict[str, str] = {}
    found = _moments(points, labels, orders, seed, missing, tell)
    margins, classes = _margins(points, labels, orders, temperature, seed, tell)
    accuracies, each = _accuracies(near, rows, sample, orders)
    found |= margins | accuracies
    if before is not None and base is not None:
        found |= _against(points, before, groups, orders, dealt, seed)
    tell("collapse partners")
    predicted = _partners(near, rows, groups, orders, temperature, seed, missing)
    report: dict[str, Any] = {
        "name": sample.name,
        "sizes": {
            "rows": len(points),
            "width": points.shape[1],
            "blocks": blocks,
            "anchors": sum(row["anchors"] for row in classes),
            "control_anchors": min(CONTROL_ANCHORS, len(points)),
            "graph_rows": len(rows),
            "neighbours": near.shape[1],
        },
        "settings": {"temperature": temperature, "level": level, "seed": seed, "baseline": before is not None},
        "leans": _leans(judged, groups),
        "mergers": [
            {
                "group": groups.names[i],
                "towards": groups.names[j],
                **_limits(judged.apart, i, j, "of the median separation"),
            }
            for i, j in leaning.merged_pairs(judged)
        ],
        "undecided": judged.reason,
        "controls": controls,
        "merged_for_control": [groups.names[k] for k in pair],
        "numbers": {name: {**asdict(number), "unit": UNITS[name]} for name, number in found.items()},
        "groups": _groups(judged, groups, predicted),
        "accuracies": each,
        "classes": classes,
    }
    if sample.bias is not None:
        tell("bias")
        crossed = _crossed(labels, sample.bias)
        rows = even_rows(crossed.codes, GRAPH_ROWS, np.random.default_rng(seed))
        try:
            report["bias"] = bias.bias_section(points[rows], labels.codes[rows], sample.bias.codes[rows], seed)
        except ValueError as error:
            missing["bias"] = str(error)
    report["missing"] = missing
    report["advice"] = advice.advice_for(report)
    return report


def _pair_to_merge(cosines: np.ndarray, sums: BlockSums, generator: np.random.Generator) -> tuple[int, int]:
    """Two groups that are not near: of the half of the pairs with the smallest cosines, one at random."""
    above = np.argwhere(np.triu(np.ones_like(cosines, bool), 1))
    order = np.argsort(cosines[tuple(above.T)], kind="stable")
    i, j = above[order[generator.integers(max(1, len(order) // 2))]]
    return int(i), int(j)


def _merged(groups: Factor, pair: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Row numbers whose labels each row takes so that two groups become one cloud: labels shuffled among the rows of both."""
    rows = np.flatnonzero(np.isin(groups.codes, pair))
    order = np.arange(len(groups.codes))
    order[rows] = generator.permutation(rows)
    return order


def _moments(
    points: np.ndarray,
    labels: Factor,
    orders: dict[str, np.ndarray],
    seed: int,
    missing: dict[str, str],
    tell: Callable[[str], None],
) -> dict[str, numbers.Number]:
    """Effective ranks, and NC1 to NC3 of each order of the labels."""
    found: dict[str, numbers.Number] = {}
    values = {}
    for name, order in orders.items():
        tell(f"second moments, {name}")
        scatter = numbers.scatter_of(points, labels.codes[order], seed)
        try:
            if name == "own":
                found |= numbers.ranks(scatter)
            values[name] = numbers.collapse(scatter)
        except ValueError as error:
            missing["collapse" if found else "effective ranks and collapse"] = str(error)
            return found
    return found | _beside(values)


def _margins(
    points: np.ndarray,
    labels: Factor,
    orders: dict[str, np.ndarray],
    temperature: float,
    seed: int,
    tell: Callable[[str], None],
) -> tuple[dict[str, numbers.Number], list[dict[str, Any]]]:
    """The mean margin of each order of the labels, and the classes as they are."""
    values, classes = {}, []
    for name, order in orders.items():
        anchors = ANCHORS if name == "own" else CONTROL_ANCHORS
        tell(f"margins of {anchors} anchors, {name}")
        values[name], rows = numbers.margins(points, labels.codes[order], labels.names, temperature, anchors, seed)
        classes = classes or rows
    return _beside(values), classes


def _accuracies(
    near: np.ndarray, rows: np.ndarray, sample: Sample, orders: dict[str, np.ndarray]
) -> tuple[dict[str, numbers.Number], list[dict[str, Any]]]:
    """Accuracy by neighbours for each order of the labels; and of every group, or class and bias, as it is."""
    labels = sample.labels
    parts = sample.groups if sample.bias is None else _crossed(labels, sample.bias)
    values, every = {}, []
    for name, order in orders.items():
        codes = labels.codes[order][rows]
        right = numbers.voted(near, codes, len(labels.names)) == codes
        each = numbers.group_accuracies(right, parts.codes[order][rows], parts.names)
        worst = min(each, key=lambda row: row["value"])
        values[name] = {
            "neighbours": _balanced(right, codes),
            "worst_group": (worst["value"], worst["low"], worst["high"]),
        }
        every = every or each
    return _beside(values), every


def _partners(
    near: np.ndarray,
    rows: np.ndarray,
    groups: Factor,
    orders: dict[str, np.ndarray],
    temperature: float,
    seed: int,
    missing: dict[str, str],
) -> dict[str, dict[str, Any]]:
    """By group the partner predicted for it, and those of the controls beside it."""
    told: dict[str, dict[str, Any]] = {}
    try:
        for name, order in orders.items():
            parts = partners.PARTS if name == "own" else 0
            codes = groups.codes[order][rows]
            for row in partners.partners(near, codes, groups.names, temperature, seed, parts):
                if name == "own":
                    told[row.pop("group")] = row
                elif row["group"] in told:
                    told[row["group"]][name] = row["onto"]
    except ValueError as error:
        missing["partners"] = str(error)
        return {}
    return told


def _beside(values: dict[str, dict[str, tuple[float, float, float]]]) -> dict[str, numbers.Number]:
    """Each number as it is, and its values under the controls."""
    return {
        name: numbers.Number(*limits, values["shuffled"][name][0], values["planted"][name][0])
        for name, limits in values["own"].items()
    }


def _crossed(labels: Factor, bias: Factor) -> Factor:
    names = tuple(f"{a} | {b}" for a in labels.names for b in bias.names)
    return Factor(labels.codes * len(bias.names) + bias.codes, names, labels.column)


def _balanced(right: np.ndarray, codes: np.ndarray) -> tuple[float, float, float]:
    each = [right[codes == k] for k in np.unique(codes)]
    value = float(np.mean([part.mean() for part in each]))
    reach = 1.96 * float(
        np.sqrt(np.sum([(part.mean() * (1 - part.mean()) + 1 / len(part)) / len(part) for part in each]))
    )
    return value, max(0.0, value - reach / len(each)), min(1.0, value + reach / len(each))


def _against(
    points: np.ndarray, before: np.ndarray, groups: Factor, orders: dict[str, np.ndarray], dealt: np.ndarray, seed: int
) -> dict[str, numbers.Number]:
    """Geometric means over pairs of RH and of the separation kept; a merger is planted in the audited embeddings alone."""
    above = np.triu_indices(len(groups.names), 1)
    values: dict[str, dict[str, tuple[float, float, float]]] = {}
    for order_name, order in orders.items():
        codes = groups.codes[order]
        if order_name == "shuffled":
            dealt = deal_blocks(codes, int(dealt.max()) + 1, np.random.default_rng(seed))
        here = block_sums(points, codes, dealt)
        there = block_sums(before, groups.codes if order_name == "planted" else codes, dealt)
        values[order_name] = {}
        for name, measure in (("rh", harm_of_cosines), ("kept", kept_of_cosines)):
            with np.errstate(divide="ignore"):
                whole, left = (
                    np.log(measure(gram(a), gram(b))[..., *above]).mean(axis=-1)
                    for a, b in ((here.means, there.means), (here.means_without, there.means_without))
                )
            values[order_name][name] = tuple(np.exp(np.array(jackknife_interval(whole, left))).tolist())
    return _beside(values)


def _leans(judged: leaning.Judged, groups: Factor) -> list[dict[str, Any]]:
    if judged.leans is None:
        return []
    rows = []
    for i, j in np.argwhere(judged.leans.found):
        row = {
            "group": groups.names[i],
            "towards": groups.names[j],
            **_degrees(judged, i, j),
            "p": float(judged.leans.adjusted[i, j]),
            "cosine": float(judged.cosines[i, j]),
        }
        row |= {
            name: _limits(part, i, j)
            for name, part in (("rh", judged.harm), ("kept", judged.kept), ("apart", judged.apart))
            if part is not None
        }
        rows.append(row)
    return sorted(rows, key=lambda row: row["p"])


def _limits(part: np.ndarray | None, i: int, j: int, unit: str = "") -> dict[str, Any]:
    assert part is not None
    value, low, high = part[:, i, j].tolist()
    return {"value": value, "low": low, "high": high} | ({"unit": unit} if unit else {})


def _degrees(judged: leaning.Judged, i: int, j: int) -> dict[str, Any]:
    assert judged.leans is not None
    parts = (judged.leans.excess, judged.leans.low, judged.leans.high)
    value, low, high = (float(np.degrees(part[i, j])) for part in parts)
    return {"value": value, "low": low, "high": high, "unit": "degrees nearer than the others"}


def _groups(judged: leaning.Judged, groups: Factor, predicted: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for i, name in enumerate(groups.names):
        others = [k for k in range(len(groups.names)) if k != i]
        row: dict[str, Any] = {"group": name, "rows": int(groups.sizes[i])}
        if judged.leans is not None:
            excess = judged.leans.excess[i]
            j = max(others, key=lambda k, row=excess: row[k])
            row["nearest"] = {"group": groups.names[j], **_degrees(judged, i, j)}
        if judged.harm is not None:
            harm = judged.harm[0, i]
            j = min(others, key=lambda k, row=harm: row[k])
            row["least_rh"] = {"group": groups.names[j], **_limits(judged.harm, i, j)}
        if name in predicted:
            row["partner"] = predicted[name]
        rows.append(row)
    return rows
