"""A report on laws as text for a terminal, and as strict JSON."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from textwrap import fill
from typing import Any

from contrastive_claims.theory.laws.holding import BROKEN, Outcome, Report


def line_of(outcome: Outcome, width: int) -> str:
    """One law: its verdict, name and formula, and what is to be said of it."""
    head = f"{outcome.verdict:<11} {outcome.law.name:<24} {outcome.law.says}"
    lines = [fill(head, width, subsequent_indent=" " * 37)]
    if outcome.says:
        lines.append(fill(outcome.says, width, initial_indent=" " * 37, subsequent_indent=" " * 37))
    return "\n".join(lines)


def closing_lines(report: Report) -> list[str]:
    """Which loss it is, how many laws are held, and for each that is broken the smallest batch and the line that makes it."""
    counts = Counter(outcome.verdict for outcome in report.outcomes)
    lines = [f"{report.loss.name}: {report.summary}", ", ".join(f"{n} {verdict}" for verdict, n in counts.items())]
    for outcome in report.broken:
        if outcome.case is not None:
            lines += ["", f"{outcome.law.name}, broken {outcome.says} (seed {report.seed}):"]
            lines.append(f"  {report.reproduced_by(outcome)}")
    return lines


def as_json(report: Report) -> dict[str, Any]:
    """{"loss", "summary", "identity", "seed", "laws": [{"law", "says", "source", "verdict", "reason", "slack", "case",
    "reproduce"}, ...]}; infinite margins as the text "inf"."""
    identity = report.finding.identity
    told = None
    if identity is not None:
        told = {
            key: "inf" if isinstance(value, float) and math.isinf(value) else value
            for key, value in asdict(identity).items()
        }
    return {
        "loss": report.loss.name,
        "summary": report.summary,
        "identity": told,
        "seed": report.seed,
        "laws": [
            {
                "law": outcome.law.name,
                "says": outcome.law.says,
                "source": outcome.law.source,
                "verdict": outcome.verdict,
                "reason": outcome.says,
                "slack": outcome.slack,
                "case": None if outcome.case is None else asdict(outcome.case),
                "reproduce": report.reproduced_by(outcome) if outcome.case is not None else None,
            }
            for outcome in report.outcomes
        ],
        "broken": [outcome.law.name for outcome in report.outcomes if outcome.verdict == BROKEN],
    }
