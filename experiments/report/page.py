"""`OUT/report.html`: one page that needs nothing else, written from the template page.html, style.css and script.js."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import networkx
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from contrastive_claims.experiments.ledger.keys import commit
from contrastive_claims.experiments.ledger.records import write_atomically
from contrastive_claims.experiments.report.formulas import typeset
from contrastive_claims.experiments.report.gather import Entry, Report, shown
from contrastive_claims.experiments.report.uses import KINDS

HERE = Path(__file__).parent
FILTERS = (  # name in the address, label, and what a claim's value is
    ("paper", "Paper", lambda entry: entry.paper),
    ("verdict", "Verdict", lambda entry: entry.verdict),
    ("here", "Seen here", lambda entry: entry.here),
    ("evidence", "Evidence", lambda entry: entry.claim.method),
    ("worded", "Worded", lambda entry: entry.exploratory),
)


def write(report: Report, path: Path) -> int:
    """Write the page; its size in bytes."""
    content = page(report).encode()
    write_atomically(path, content)
    return len(content)


def page(report: Report) -> str:
    """The page as HTML. What comes from records and catalogue is escaped; of the templates alone it is not."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"typeset": typeset, "shown": shown}
    environment.globals |= {
        "chip": chip,
        "data": data,
        "link": lambda name: link(name, {entry.id for entry in report.entries}),
        "quantities": quantities,
    }
    return environment.from_string((HERE / "page.html").read_text("utf-8")).render(
        report=report,
        filters=[(name, label, sorted({value(e) for e in report.entries} - {""})) for name, label, value in FILTERS],
        graph=graph(report),
        kinds=KINDS,
        made=f"{datetime.now(UTC):%Y-%m-%d}" + (f" from commit {now[:12]}" if (now := commit()) else ""),
        style=Markup((HERE / "style.css").read_text("utf-8")),
        script=Markup((HERE / "script.js").read_text("utf-8")),
    )


def chip(word: str) -> Markup:
    """A word of the table, which the style colours."""
    return Markup('<span class="word" data-word="{0}">{0}</span>').format(word)


def data(entry: Entry) -> Markup:
    """What the filters ask of a claim, as attributes."""
    return Markup(" ").join(Markup('data-{}="{}"').format(name, value(entry)) for name, _, value in FILTERS)


def link(name: str, known: Iterable[str]) -> Markup:
    """To a claim of this page; its id alone if it is not among them."""
    return Markup('<a href="#{0}">{0}</a>').format(name) if name in known else escape(name)


def quantities(caption: str, rows: Iterable[tuple[str, str, str, str]]) -> Markup:
    """A table of recorded quantities."""
    cells = Markup("<tr><th scope=row>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>")
    head = Markup(
        "<tr><th scope=col>number</th><th scope=col>value</th><th scope=col>interval</th><th scope=col>unit</th></tr>"
    )
    return Markup('<table class="numbers"><caption>{}</caption><thead>{}</thead><tbody>{}</tbody></table>').format(
        caption, head, Markup().join(cells.format(*row) for row in rows)
    )


def graph(report: Report) -> dict[str, Any]:
    """Claims that use or are used, each on a level above all that it uses (claims that use each other share one), and the uses,
    each with its kinds."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for use in report.uses:
        kinds.setdefault((use.claim, use.used), []).append(use.kind)
    uses = networkx.DiGraph(list(kinds))
    together = networkx.condensation(uses)
    level: dict[int, int] = {}
    for part in reversed(list(networkx.topological_sort(together))):
        level[part] = max((level[below] + 1 for below in together.successors(part)), default=0)
    place = together.graph["mapping"]
    nodes = [
        {"id": entry.id, "verdict": entry.verdict, "all": entry.with_all, "level": level[place[entry.id]]}
        for entry in report.entries
        if entry.id in uses
    ]
    return {"nodes": nodes, "uses": [[claim, used, found] for (claim, used), found in kinds.items()]}
