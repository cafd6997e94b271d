"""An audit as one HTML page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from contrastive_claims.experiments.audit.text import WORDS, number, short, shown, verdict

STYLE = """
:root { --ink: #1b1b1b; --dim: #666; --line: #ddd; --mark: #b3261e; --good: #1a6b3c; --back: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eee; --dim: #aaa; --line: #444; --mark: #ff8a80; --good: #81c995; --back: #16181a; }
}
body { color: var(--ink); background: var(--back); font: 15px/1.5 system-ui, sans-serif; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .25rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--dim); font-weight: 600; } td { font-variant-numeric: tabular-nums; }
.found { color: var(--mark); font-weight: 600; } .none { color: var(--good); font-weight: 600; } .dim { color: var(--dim); }
"""


def escape(text: str) -> str:
    """Text as HTML, without control characters."""
    return html.escape(shown(text))


def page_of(reports: Sequence[dict[str, Any]]) -> str:
    """The page of one audit or several."""
    body = "\n".join(part for report in reports for part in _sections(report))
    title = f"Audit of {', '.join(report['name'] for report in reports)}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _sections(report: dict[str, Any]) -> Iterable[str]:
    sizes, settings = report["sizes"], report["settings"]
    kind = (
        "found" if report["leans"] or report["mergers"] else "none" if verdict(report).startswith("no group") else "dim"
    )
    yield f"<h1>{escape(report['name'])}</h1>"
    yield f'<p class="{kind}">{escape(verdict(report))}</p>'
    yield (
        f'<p class="dim">{sizes["rows"]:,} rows of {sizes["width"]} numbers; temperature {settings["temperature"]:g}, level '
        f"{settings['level']:g}, seed {settings['seed']}; "
        f"{'against a baseline' if settings['baseline'] else 'without a baseline: a lean may be nature or harm'}</p>"
    )
    if report["leans"]:
        yield "<h2>Who leans on whom</h2>"
        yield _table(
            ("group", "towards", "degrees nearer", "p", "RH", "separation kept"),
            [
                (
                    r["group"],
                    r["towards"],
                    number(r),
                    f"{r['p']:.1e}",
                    *(number(r[n]) if n in r else "" for n in ("rh", "kept")),
                )
                for r in report["leans"]
            ],
        )
    if report["controls"]:
        drawn, rows = report["controls"]["shuffled"], report["controls"]["planted"]
        yield "<h2>Controls</h2>"
        told = [("groups shuffled", "", drawn["audits"], drawn["with_a_lean"], number(drawn), drawn["with_a_merger"])]
        told += [
            (f"planted: {r['planted']}", f"{r['rh']:.2f}", r["tried"], r["found"], number(r), r["found_merged"])
            for r in rows
        ]
        yield _table(
            ("control", "RH", "audits", "with the lean", "share", "with the merger"),
            [tuple(map(str, row)) for row in told],
        )
    yield "<h2>Numbers</h2>"
    yield _table(
        ("", "value and interval", "labels shuffled", "planted"),
        [(WORDS[n], number(r), short(r["shuffled"]), short(r["planted"])) for n, r in report["numbers"].items()],
    )
    yield (
        f'<p class="dim">Planted: {escape(" and ".join(report["merged_for_control"]))} merged; for effective ranks half of the '
        "directions taken out, and in place of shuffled labels the same columns made independent.</p>"
    )
    yield "<h2>Groups</h2>"
    yield _table(
        ("group", "rows", "nearest, degrees", "least RH", "would fall onto", "most ties"),
        [
            (
                r["group"],
                f"{r['rows']:,}",
                *(f"{r[n]['group']}: {number(r[n])}" if n in r else "" for n in ("nearest", "least_rh")),
                r.get("partner", {}).get("onto") or "",
                r.get("partner", {}).get("most_ties") or "",
            )
            for r in report["groups"]
        ],
    )
    yield "<h2>Accuracy by neighbours</h2>"
    worst = sorted(report["accuracies"], key=lambda row: row["value"])
    yield _table(("worst first", "rows", "accuracy"), [(r["group"], f"{r['rows']:,}", number(r)) for r in worst])
    yield "<h2>Classes</h2>"
    yield _table(
        ("class", "anchors", "margin, cosine", "positive", "InfoNCE", "implies at least"),
        [
            (
                r["class"],
                f"{r['anchors']:,}",
                number(r["margin"]),
                f"{r['positive']['value']:.0%}",
                number(r["loss"]),
                f"{r['implied']:.3g}",
            )
            for r in report["classes"]
        ],
    )
    section = report.get("bias")
    if section:
        yield "<h2>Class against bias</h2>"
        yield _table(
            ("", "value and interval", "bias shuffled", "planted"),
            [(n, number(r), short(r["shuffled"]), short(r["planted"])) for n, r in section["numbers"].items()],
        )
    for part, reason in report["missing"].items():
        yield f'<p class="dim">Not measured: {escape(part)}: {escape(reason)}</p>'
    if report["advice"]:
        yield "<h2>What could be done</h2>"
        yield _table(("claim", "verdict", ""), [(r["claim"], r["verdict"], r["says"]) for r in report["advice"]])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    filled = [k for k in range(len(heads)) if any(row[k] for row in rows)]
    cells = ["".join(f"<th>{escape(heads[k])}</th>" for k in filled)]
    cells += ["".join(f"<td>{escape(row[k])}</td>" for k in filled) for row in rows]
    return "<table>\n" + "\n".join(f"<tr>{row}</tr>" for row in cells) + "\n</table>"
