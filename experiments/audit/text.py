"""An audit for a terminal: what was found first, then the numbers beside their controls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

WORDS = {
    "rankme": "effective rank: RankMe",
    "rankme_centred": "effective rank: RankMe, centred",
    "covariance_entropy": "effective rank: entropy of eigenvalues",
    "participation": "effective rank: participation ratio",
    "nc1": "NC1, spread within over between",
    "nc2_norms": "NC2, unequal norms",
    "nc2_angles": "NC2, angles off the simplex",
    "nc3": "NC3, off the least-squares head",
    "margin": "mean margin, cosine",
    "neighbours": "accuracy by 10 neighbours, mean over classes",
    "worst_group": "accuracy of the worst group",
    "rh": "RH against the baseline",
    "kept": "separation kept",
}
MOST = 20  # rows of a table


def number(row: dict[str, Any]) -> str:
    """value [low, high]."""
    return f"{row['value']:.4g} [{row['low']:.4g}, {row['high']:.4g}]"


def short(value: float) -> str:
    """A control's value."""
    return f"{value:.4g}"


def verdict(report: dict[str, Any]) -> str:
    """What was found about leaning, in a sentence."""
    told = [f"{row['group']} and {row['towards']} are merged" for row in report["mergers"][:MOST]]
    told += [f"{row['group']} leans on {row['towards']}" for row in report["leans"][:MOST]]
    if report["undecided"]:
        told.append(f"leaning not judged: {report['undecided']}")
    if told:
        return "; ".join(told)
    merged = [row for row in report["controls"]["planted"] if row["planted"] == "merged"]
    if not merged or merged[0]["found_merged"] < merged[0]["tried"] / 2:
        return "nothing found, which says nothing: planted mergers were not found either"
    if merged[0]["found"] < merged[0]["tried"] / 2:
        return (
            "no groups are merged; a lean short of that would hardly be seen here, so that none was found says little"
        )
    return "no group leans on another, and none are merged"


def shown(text: str) -> str:
    """The text with "?" for what a terminal would obey and a table cannot hold: names come from files."""
    return "".join(character if character.isprintable() else "?" for character in text)


def lines_of(report: dict[str, Any]) -> Iterable[str]:
    """The report as lines."""
    return map(shown, _lines_of(report))


def _lines_of(report: dict[str, Any]) -> Iterable[str]:
    sizes, settings = report["sizes"], report["settings"]
    against = "; against a baseline" if settings["baseline"] else "; without a baseline: a lean may be nature or harm"
    yield f"{report['name']}: {sizes['rows']:,} rows of {sizes['width']} numbers{against}"
    yield ""
    yield verdict(report)
    for row in report["leans"][:MOST]:
        told = f"  {row['group']} -> {row['towards']}: {number(row)} degrees nearer than the others, p {row['p']:.1e}"
        for name, word in (("rh", "RH"), ("kept", "separation kept"), ("apart", "separation over the median")):
            told += f", {word} {number(row[name])}" if name in row else ""
        yield told
    for row in report["mergers"][:MOST]:
        yield f"  {row['group']} and {row['towards']}: separation {number(row)} of the median"
    controls, judged = report["controls"], not report["undecided"]
    if controls:
        drawn = controls["shuffled"]
        leans = f"a lean in {drawn['with_a_lean']} of {drawn['audits']} audits, " if judged else ""
        yield f"  control, groups shuffled: {leans}a merger in {drawn['with_a_merger']} of {drawn['audits']}"
        for row in controls["planted"]:
            leans = f"the lean found in {row['found']} of {row['tried']}, " if judged else ""
            yield (
                f"  control, planted {row['planted']} (RH {row['rh']:.2f}): {leans}the merger in {row['found_merged']} of "
                f"{row['tried']}"
            )
    yield ""
    merged = " and ".join(report["merged_for_control"])
    heads = ("", "value", "labels shuffled", "planted")
    rows = [
        (WORDS[name], number(row), short(row["shuffled"]), short(row["planted"]))
        for name, row in report["numbers"].items()
    ]
    yield from table(heads, rows)
    yield f"planted: {merged} merged; in effective ranks half of the directions taken out"
    yield "(labels shuffled, there: the same columns made independent)"
    yield ""
    yield from _groups(report)
    yield ""
    yield from _classes(report)
    if "bias" in report:
        yield ""
        yield from _bias(report["bias"])
    for part, reason in report["missing"].items():
        yield f"not measured: {part}: {reason}"
    if report["advice"]:
        yield ""
        yield "what could be done, as far as claims here support it:"
        for row in report["advice"]:
            yield f"  {row['claim']} ({row['verdict']}): {row['says']}"


def _groups(report: dict[str, Any]) -> Iterable[str]:
    rows = []
    for row in report["groups"][:MOST]:
        partner = row.get("partner", {})
        steady = f" ({partner['steady']:.0%} steady)" if "steady" in partner else ""
        rows.append(
            (
                row["group"],
                f"{row['rows']:,}",
                _pair(row.get("nearest")),
                _pair(row.get("least_rh")),
                f"{partner['onto']}{steady}" if partner.get("onto") else "",
                partner.get("most_ties") or "",
            )
        )
    yield from table(("group", "rows", "nearest: degrees", "least RH", "would fall onto", "most ties"), rows)
    yield from _more(report["groups"])
    told = [row["partner"] for row in report["groups"] if row.get("partner", {}).get("onto")]
    if told:
        same = sum(row["onto"] == row["most_ties"] for row in told)
        kept = sum(row["onto"] == row.get("shuffled") for row in told)
        yield (
            f"would fall onto (block model of {report['sizes']['graph_rows']:,} rows' neighbours, B29 is open): "
            f"{same} of {len(told)} as counting ties says; {kept} the same with groups shuffled"
        )
    yield ""
    worst = sorted(report["accuracies"], key=lambda row: row["value"])
    rows = [(row["group"], f"{row['rows']:,}", number(row)) for row in worst[:MOST]]
    yield from table(("worst first", "rows", "accuracy by neighbours"), rows)
    yield from _more(worst)


def _classes(report: dict[str, Any]) -> Iterable[str]:
    rows = [
        (
            row["class"],
            f"{row['anchors']:,}",
            number(row["margin"]),
            f"{row['positive']['value']:.0%}",
            number(row["loss"]),
            f"{row['implied']:.3g}",
        )
        for row in report["classes"][:MOST]
    ]
    yield from table(("class", "anchors", "margin, cosine", "positive", "InfoNCE", "implies at least"), rows)
    yield from _more(report["classes"])


def _bias(section: dict[str, Any]) -> Iterable[str]:
    yield f"class against bias, {section['rows']:,} rows drawn evenly"
    rows = [
        (name, number(row), short(row["shuffled"]), short(row["planted"])) for name, row in section["numbers"].items()
    ]
    yield from table(("squared distances", "value", "bias shuffled", "planted"), rows)


def _pair(row: dict[str, Any] | None) -> str:
    return "" if row is None else f"{row['group']}: {number(row)}"


def _more(rows: Sequence[Any]) -> Iterable[str]:
    if len(rows) > MOST:
        yield f"... and {len(rows) - MOST} more (--json has all)"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Columns as wide as they must be; those without content are left out."""
    filled = [k for k in range(len(heads)) if any(row[k] for row in rows)]
    widths = [max(len(heads[k]), *(len(row[k]) for row in rows)) for k in filled]
    for row in [heads, *rows]:
        yield "  ".join(row[k].ljust(width) for k, width in zip(filled, widths, strict=True)).rstrip()


def comparison(reports: Sequence[dict[str, Any]]) -> Iterable[str]:
    """One line a file."""
    names = [name for name in WORDS if any(name in report["numbers"] for report in reports)]
    heads = ("file", "rows", "leans", *(WORDS[name].replace("effective rank: ", "") for name in names))
    rows = []
    for report in reports:
        leans = "not judged" if report["undecided"] else str(len(report["leans"]))
        values = (number(report["numbers"][n]) if n in report["numbers"] else "" for n in names)
        rows.append((report["name"], f"{report['sizes']['rows']:,}", leans, *values))
    columns = list(zip(heads, *rows, strict=True))  # turned: a column a file
    yield from map(shown, table(columns[0], columns[1:]))
