"""When each claim was declared: an append-only file, one line for each wording of a claim at a scale.

A decision is confirmatory if the claim's statement, hypotheses, criteria, setting, looks and published sizes are older than
every datum that decides it; else it is exploratory. Each line is sealed by a digest over itself and the seal of the line above,
so that an edited or a missing line is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from contrastive_claims.experiments.ledger.keys import digest
from contrastive_claims.experiments.ledger.records import RECORDED, RecordError, write_atomically
from contrastive_claims.experiments.ledger.vocabulary import Claim

DECLARED = RECORDED / "declared.jsonl"


@dataclass(frozen=True)
class Declaration:
    """One line: the claim and the scale, the digest of what is claimed, when (UTC, ISO 8601) and on top of which commit."""

    claim: str
    scale: str
    digest: str
    date: str
    commit: str


def wording(form: Claim, settings: Mapping[str, str]) -> str:
    """Digest of what a claim says in its form at one scale: with the text of each of `settings` that the hypotheses name."""
    return digest(
        {
            "statement": form.statement,
            "hypotheses": form.hypotheses,
            "settings": {name: text for name, text in settings.items() if name in form.hypotheses},
            "setting": form.setting,
            "method": form.method,
            "criteria": [str(criterion) for criterion in form.criteria],
            "published": [str(criterion) for criterion in form.published],
            "looks": form.looks,
        }
    )


def read(path: Path = DECLARED) -> list[Declaration]:
    """Every declaration, oldest first; none where there is no file. Raises RecordError naming the line whose seal is broken
    (edited, or a line is missing above it), which is no declaration, or which is older than the one above it."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    found: list[Declaration] = []
    seal = ""
    for number, line in enumerate(lines, start=1):
        try:
            content = json.loads(line.decode("utf-8"))
            told = content.pop("seal")
            made = Declaration(**content)
            seal = digest([seal, asdict(made)])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RecordError(f"{path}: line {number} is no declaration ({error})") from error
        if told != seal:
            raise RecordError(f"{path}: line {number} was edited, or a line above it is missing")
        if found and made.date < found[-1].date:
            raise RecordError(f"{path}: line {number} is older than the line above it")
        found.append(made)
    return found


def declare(
    claims: Iterable[Claim], settings: Mapping[str, str], date: str, commit: str, path: Path = DECLARED
) -> list[Declaration]:
    """Append a line for each form of a claim whose wording is not its last declared one; returns what was added.

    Raises RecordError as `read`, and for a date before the last declaration's."""
    before = read(path)
    last = {(made.claim, made.scale): made.digest for made in before}
    now = {(claim.id, scale): wording(claim.at(scale), settings) for claim in claims for scale in claim.scales}
    added = [
        Declaration(claim_id, scale, worded, date, commit)
        for (claim_id, scale), worded in now.items()
        if last.get((claim_id, scale)) != worded
    ]
    if added and before and date < before[-1].date:
        raise RecordError(f"{path}: {date} is older than the last declaration, {before[-1].date}")
    if added:
        seal, lines = "", []
        for made in [*before, *added]:
            seal = digest([seal, asdict(made)])
            lines.append(json.dumps({**asdict(made), "seal": seal}) + "\n")
        write_atomically(path, "".join(lines).encode())
    return added


def declared_on(declarations: Iterable[Declaration], claim_id: str, scale: str, wording: str) -> str:
    """When that wording of the claim was first declared, "" if never."""
    dates = [d.date for d in declarations if (d.claim, d.scale, d.digest) == (claim_id, scale, wording)]
    return min(dates, default="")


def is_exploratory(declared: str, data_since: str) -> bool:
    """Whether the claim's wording is not older than the oldest datum that decides it (dates in UTC, ISO 8601)."""
    return not declared or not declared < data_since
