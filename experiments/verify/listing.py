"""`claims list`: what is known of each claim, as rows and as text that fits a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill, indent
from typing import Any

from contrastive_claims.experiments.ledger.plain import plain
from contrastive_claims.experiments.ledger.records import latest
from contrastive_claims.experiments.ledger.vocabulary import Claim


def rows_of(claims: Iterable[Claim], out: Path) -> list[dict[str, Any]]:
    """One row for each claim, from the records of `out` or else the committed ones.

    verify names and sets aside an unusable record; a listing only lists.
    """
    claims = tuple(claims)
    known, _ = latest(out / "records", [claim.id for claim in claims])
    rows = []
    for claim in claims:
        found = known[claim.id].record if claim.id in known else {}
        scale = found.get("scale", "")
        rows.append(
            {
                "id": claim.id,
                "source": claim.source,
                "verdict": found.get("verdict") or f"NOT_RUN ({'not run yet' if claim.check else claim.pending})",
                "here": found.get("here", ""),
                "setting": found.get("setting", ""),
                "exploratory": found.get("exploratory"),
                "scale": scale,
                "scales": list(claim.scales),
                "statement": claim.statement,
                "hypotheses": claim.at(scale or next(iter(claim.scales), "quick")).hypotheses,
                "rests_on": found.get("rests_on", []),
            }
        )
    return rows


def lines_of(rows: Iterable[dict[str, Any]], width: int) -> list[str]:
    """The rows as text: id and verdict in columns of their own, the rest wrapped beside and below them."""
    told = []
    for row in rows:
        here = f"({row['here']} here: {row['setting']})" if row["here"] else ""
        words = (row["scale"], here, "exploratory" if row["exploratory"] else "", f" {plain(row['source'])}")
        head = f"{row['id']:<5} {row['verdict']:<10}" + " ".join(word for word in words if word)
        told += [
            fill(head, width, subsequent_indent=" " * 6),
            indent(fill(plain(row["statement"]), width - 6), " " * 6),
        ]
    return [line for part in told for line in part.splitlines()]
