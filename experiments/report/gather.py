"""What the page says of each claim: the catalogue's words and the record's numbers, side by side, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contrastive_claims.experiments.claims.catalogue import CLAIMS, SETTINGS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.judgement import judge_together
from contrastive_claims.experiments.ledger.vocabulary import HERE, NOT_RUN, PROVED, VERDICTS, Claim
from contrastive_claims.experiments.prove import proved
from contrastive_claims.experiments.prove.sources import Sources
from contrastive_claims.experiments.report.pictures import Picture, picture
from contrastive_claims.experiments.report.uses import KINDS, Use, unproved, uses
from contrastive_claims.experiments.verify import table
from contrastive_claims.experiments.verify.drawing import DRAWING_ERRORS

PAPERS = {"A": "A", "B": "B", "P": "B"}  # first letter of an id; P: the published figures of paper B
EXPLORATORY = {True: "exploratory", False: "confirmatory", None: ""}
JUDGED = {True: "met", False: "broken", None: "undecided"}


@dataclass(frozen=True)
class Theorem:
    """A claim's theorem as recorded, and its statement as it stands in theory/formal/Statements.v."""

    name: str
    part: str
    checked: str
    axioms: tuple[str, ...]
    statement: str


@dataclass(frozen=True)
class Linked:
    """A claim that another one uses or is used by: what shows it, by kind."""

    id: str
    by: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """One claim. `record` is {} where there is none. `claim` is its form at `scale`, the record's, or else the smallest that it
    has ("" where it has none)."""

    claim: Claim
    scale: str
    record: Mapping[str, Any]
    source_of_record: str
    verdict: str
    reason: str
    here: str
    setting: str
    exploratory: str
    picture: Picture | None
    undrawn: str
    theorem: Theorem | None
    used: tuple[Linked, ...] = ()
    users: tuple[Linked, ...] = ()
    unproved: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.claim.id

    @property
    def paper(self) -> str:
        return PAPERS.get(self.id[0], "neither")

    @property
    def with_all(self) -> bool:
        """Proved with all that it uses."""
        return self.verdict == PROVED and not self.unproved

    @property
    def settings(self) -> dict[str, str]:
        """What the names in the hypotheses mean."""
        return {name: text for name, text in SETTINGS.items() if name in self.claim.hypotheses}

    @property
    def criteria(self) -> list[tuple[str, str]]:
        """Each criterion and what the record says of it."""
        numbers = records.decode(self.record.get("numbers", {}))
        known = tuple(criterion for criterion in self.claim.criteria if criterion.quantity in numbers)
        judged = judge_together(known, numbers, self.claim.looks)
        return [(str(c), JUDGED[judged[str(c)]] if str(c) in judged else "not measured") for c in self.claim.criteria]

    @property
    def numbers(self) -> list[tuple[str, str, str, str]]:
        return shown(self.record.get("numbers", {}))

    @property
    def provenance(self) -> list[tuple[str, str]]:
        """Where the record comes from, as label and text."""
        made = self.record.get("provenance", {})
        told = [
            ("record", self.source_of_record),
            ("commit", made.get("commit") or "none"),
            ("date", made.get("date", "")),
            ("machine", f"{made.get('machine', '')}, {made.get('device', '')}, {made.get('threads', '')} thread"),
            ("versions", ", ".join(f"{name} {version}" for name, version in made.get("versions", {}).items())),
            ("seconds", str(made.get("wall_seconds", ""))),
            ("seeds", ", ".join(map(str, self.record.get("seeds", [])))),
            ("data", ", ".join(f"{name} {digest[:12]}" for name, digest in made.get("data", {}).items())),
            ("trained models", str(len(self.record.get("models", [])) or "")),
            ("worded on", made.get("declared", "")),
            ("oldest datum", made.get("data_since", "")),
            ("digest", self.record.get("digest", "")),
        ]
        return [(label, text) for label, text in told if text] if self.record else []

    @property
    def commands(self) -> list[str]:
        """What checks the claim again."""
        option = "" if self.scale == "quick" else f" --scale {self.scale}"
        again = [f"claims verify {self.id}{option}"] if self.scale else []
        return again + ([f"claims prove {self.id}"] if self.theorem else [])


@dataclass(frozen=True)
class Report:
    """All that the page shows. `problems`: what could not be read or drawn, in words."""

    entries: list[Entry]
    uses: list[Use]
    problems: list[str] = field(default_factory=list)

    @property
    def verdicts(self) -> list[tuple[str, int, str]]:
        """Each word of the table that occurs, how often, and what it says."""
        count = Counter(entry.verdict for entry in self.entries)
        return [(word, count[word], text) for word, text in VERDICTS.items() if count[word]]

    @property
    def heres(self) -> list[tuple[str, int, str]]:
        count = Counter(entry.here for entry in self.entries)
        return [(word, count[word], text) for word, text in HERE.items() if count[word]]

    @property
    def results(self) -> list[tuple[str, list[Entry]]]:
        """The results that a reader should know, with the entries of their claims; without those whose numbers are not there."""
        known = {entry.id: entry for entry in self.entries if entry.record}
        told = []
        for result in table.RESULTS:
            try:
                sentence = table.sentence(result, {name: entry.record for name, entry in known.items()})
                told.append((sentence, [known[name] for name in result.claims]))
            except KeyError:
                continue
        return told

    @property
    def not_run(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.verdict == NOT_RUN]

    @property
    def own(self) -> int:
        return sum(bool(entry.record) and entry.source_of_record != "committed" for entry in self.entries)

    @property
    def committed(self) -> int:
        return sum(entry.source_of_record == "committed" for entry in self.entries)


def gather(out: Path, claims: Iterable[Claim] = CLAIMS, tell: Callable[[str], None] = lambda what: None) -> Report:
    """Everything about the claims: the records of OUT over the committed ones, as `claims list` shows them."""
    claims = tuple(claims)
    found, problems = records.latest(out / "records", [claim.id for claim in claims])
    tell("uses")
    linked = uses(claims)
    verdicts = {name: one.record["verdict"] for name, one in found.items()}
    theorems = _theorems()
    entries = []
    for claim in claims:
        one = found.get(claim.id)
        record = one.record if one else {}
        scale = record.get("scale") or next(iter(claim.scales), "")
        drawn, undrawn = None, ""
        if one:
            tell(f"figure of {claim.id}")
            try:
                drawn = picture(claim, one.folder, scale, record)
            except DRAWING_ERRORS as error:
                undrawn = f"{type(error).__name__}: {error}"
                problems.append(f"{claim.id}: its figure cannot be drawn, {undrawn}")
        entries.append(
            Entry(
                claim=claim.at(scale or "quick"),
                scale=scale,
                record=record,
                source_of_record=("committed" if one.committed else str(one.folder)) if one else "",
                verdict=record.get("verdict", NOT_RUN),
                reason=record.get("reason") or _why_not_run(claim),
                here=record.get("here", ""),
                setting=record.get("setting", ""),
                exploratory=EXPLORATORY[record.get("exploratory")],
                picture=drawn,
                undrawn=undrawn,
                theorem=theorems.get(claim.id),
                used=_linked((use.used, use) for use in linked if use.claim == claim.id),
                users=_linked((use.claim, use) for use in linked if use.used == claim.id),
                unproved=tuple(unproved(claim.id, linked, verdicts)),
            )
        )
    return Report(entries, linked, problems)


def _why_not_run(claim: Claim) -> str:
    return "not run yet" if claim.scales and claim.pending == Claim.pending else claim.pending


def _linked(pairs: Iterable[tuple[str, Use]]) -> tuple[Linked, ...]:
    by: dict[str, dict[str, str]] = {}
    for name, use in pairs:
        by.setdefault(name, {})[KINDS[use.kind]] = use.by
    return tuple(Linked(name, ways) for name, ways in by.items())


def _theorems() -> dict[str, Theorem]:
    """The recorded proofs that still fit the tree."""
    sources = Sources.read()
    return {
        claim: Theorem(
            proof.theorem,
            proof.part,
            f"{proof.date}, Coq {proof.coq}",
            proof.assumptions,
            sources.written(f"{claim}_statement"),
        )
        for claim, proof in proved().items()
    }


def shown(numbers: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Recorded quantities as name, value, interval ("" where it has none) and unit."""
    return [
        (
            name.replace("_", " "),
            f"{q['value']:.4g}",
            f"{q['low']:.4g} to {q['high']:.4g}" if q["low"] < q["high"] else "",
            q["unit"],
        )
        for name, q in numbers.items()
    ]
