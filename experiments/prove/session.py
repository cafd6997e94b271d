"""`claims prove`: compiles and checks the theorems of some claims, says of each what came of it, and writes the record."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from contrastive_claims.experiments.ledger.files import sweep
from contrastive_claims.experiments.prove import coq, record
from contrastive_claims.experiments.prove.record import Proof
from contrastive_claims.experiments.prove.sources import Sources

PROVED, PART, FAILED, RECORDED, ABSENT = "PROVED", "PROVED IN PART", "NOT PROVED", "RECORDED", "NOT CHECKED"

TIE_POINTS = 20  # per definition


@dataclass(frozen=True)
class Outcome:
    """What is known of one claim's theorem. `word` is one of the five above; `text` says it in words.

    assumptions, lines (of its proof), lemmas (lines of what the proof requires beside Spec.v and Statements.v), seconds (to
    compile the proof) are those of this run, or of the record where Coq is absent; None where there is none.
    """

    claim: str
    word: str
    text: str
    assumptions: tuple[str, ...] | None = None
    lines: int | None = None
    lemmas: int | None = None
    seconds: float | None = None

    @property
    def good(self) -> bool:
        return self.word in (PROVED, PART, RECORDED)


@dataclass(frozen=True)
class Report:
    """`notes`: what a reader must know of the whole run (no Coq, another version). `problems`: what failed, by file or tie."""

    coq: str
    libraries: dict[str, str]
    outcomes: list[Outcome]
    totals: dict[str, int]
    notes: list[str]
    problems: list[str]
    tie: dict[str, Any] | None = None

    @property
    def good(self) -> bool:
        return all(outcome.good for outcome in self.outcomes) and not self.problems


def prove(
    sources: Sources,
    claims: Sequence[str],
    folder: Path,
    jobs: int = 1,
    limit: float = 300.0,
    points: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Check the theorems of `claims`; with `points`, also that many random points per definition of the tie, and its slips.

    Where Coq, or a library of it, is absent, the committed record answers, and the report says so.
    """
    try:
        found = coq.Coq.here()
        with locked(folder):
            sweep(folder)
            build = coq.Build(folder, found, jobs, limit)
            if missing := coq.missing_libraries(build):
                raise coq.CoqAbsent(
                    f"Coq {found.version} is here without {' and '.join(missing)}; to get them: {coq.INSTALL}"
                )
            return checked(sources, claims, build, points, tell)
    except coq.CoqAbsent as absent:
        return from_record(sources, claims, str(absent))


def locked(folder: Path) -> FileLock:
    """One run at a time works in a build folder; another waits."""
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / ".lock")


def totals(sources: Sources) -> dict[str, int]:
    """Lines that are not blank: of the definitions, the statements, and all proofs."""
    rest = [name for name in sources.texts if name not in ("Spec", "Statements")]
    return {
        "definitions": sources.lines("Spec"),
        "statements": sources.lines("Statements"),
        "proofs": sources.lines(*rest),
    }


def from_record(sources: Sources, claims: Sequence[str], absent: str) -> Report:
    """What the committed record says, where nothing can be checked."""
    recorded = record.load()
    outcomes = []
    for claim in claims:
        proof = recorded.get(claim)
        why = record.outdated(proof, sources) if proof else "the record does not hold it"
        if proof and not why:
            size = (proof.lines, lemma_lines(sources, claim), proof.seconds)
            outcomes.append(Outcome(claim, RECORDED, str(proof) + part(proof.part), proof.assumptions, *size))
        else:
            outcomes.append(Outcome(claim, ABSENT, f"not checked here, and no record counts: {why}"))
    return Report("", {}, outcomes, totals(sources), [absent, "falling back on the committed record of proofs"], [])


def part(words: str) -> str:
    return f"; in part: {words}" if words else ""


def lemma_lines(sources: Sources, claim: str) -> int:
    return sources.lines(*(name for name in sources.closure([claim]) if name not in ("Spec", "Statements", claim)))


def checked(
    sources: Sources, claims: Sequence[str], build: coq.Build, points: int, tell: Callable[[str], None] = lambda _: None
) -> Report:
    """Compile, compare the axioms, run coqchk, and where wanted the tie."""
    notes = []
    if build.coq.version != coq.WRITTEN_WITH:
        notes.append(
            f"Coq {build.coq.version} is here, the proofs were written with {coq.WRITTEN_WITH}: what compiles and checks counts"
        )
    texts, needs = coq.checks(sources, claims)
    build.write(texts)
    odd = coq.unequal(build.dependencies(sources.closure(claims)), needs)
    compiled = build.compile(
        texts, needs, lambda c: tell(f"{c.name}: {c.error or ('as before' if c.reused else f'{c.seconds:.1f} s')}")
    )
    tell("coqchk")
    objections = build.recheck(compiled.values())
    recorded = record.load()
    outcomes = [outcome(sources, claim, compiled, objections, odd, recorded.get(claim)) for claim in claims]
    problems = [
        f"{name}.v: {c.error}" for name, c in compiled.items() if c.error and not c.error.startswith("not tried")
    ]
    problems += [f"{name}.v: {said}" for name, said in objections.items()]
    found = None
    if points:
        from contrastive_claims.experiments.prove import tie  # imported late: torch

        seed = secrets.randbelow(2**32)
        tell(f"tie, seed {seed}")
        tied = tie.check(build, sources, seed, points)
        found = {
            "seed": seed,
            "definitions": len(tied),
            "points": sum(t.points for t in tied),
            "slips_caught": sum(t.caught for t in tied),
            "each": [
                {
                    "definition": t.tie.definition,
                    "function": t.tie.function,
                    "points": t.points,
                    "slip_caught": t.caught,
                }
                for t in tied
            ],
        }
        problems += [f"tie of {t.tie.definition} to {t.tie.function}: {t.problem}" for t in tied if t.problem]
    return Report(build.coq.version, dict(build.coq.libraries), outcomes, totals(sources), notes, problems, found)


def outcome(
    sources: Sources,
    claim: str,
    compiled: dict[str, coq.Compiled],
    objections: dict[str, str],
    odd: dict[str, set[str]],
    recorded: Proof | None,
) -> Outcome:
    """The judgement on one claim, from what Coq said."""
    files = [*sources.closure([claim]), f"Check_{claim}"]
    size = (sources.lines(claim), lemma_lines(sources, claim))
    proof, check = compiled[claim], compiled[f"Check_{claim}"]
    if check.error:
        failed = next(name for name in files if compiled[name].error)
        return Outcome(claim, FAILED, f"{failed}.v: {compiled[failed].error}", None, *size)
    axioms = coq.axioms_of(check.printed)
    if axioms is None:
        return Outcome(
            claim, FAILED, f"Coq says of what it rests on: {' '.join(check.printed.split())[:200]}", None, *size
        )
    listed = tuple(sorted(axioms))
    if more := sorted(axioms - sources.allowed):
        return Outcome(
            claim, FAILED, f"it rests on {', '.join(more)}, which assumptions.txt does not allow", listed, *size
        )
    for name in files:
        if name in objections:
            return Outcome(claim, FAILED, f"{name}.v: {objections[name]}", listed, *size)
        if name in odd:
            return Outcome(
                claim,
                FAILED,
                f"{name}.v: it requires {', '.join(sorted(odd[name]))} by coqdep, not what it says",
                listed,
                *size,
            )
    words = sources.parts.get(claim, "")
    changed = recorded is not None and recorded.digest != sources.digest(claim)
    since = f"; statement or proof changed since the record of {recorded.date}" if recorded and changed else ""
    return Outcome(claim, PART if words else PROVED, f"checked here{part(words)}{since}", listed, *size, proof.seconds)


def write_record(sources: Sources, report: Report) -> Path:
    """Write recorded/proofs.json from a report of this run. Raises ValueError unless every theorem was checked, and passed."""
    if not report.coq:
        raise ValueError("nothing was checked here, so there is nothing to record")
    if not report.good or {o.claim for o in report.outcomes} != set(sources.claims):
        raise ValueError("only a run in which every theorem is checked, and nothing failed, is recorded")
    today = datetime.now(UTC).date().isoformat()
    record.save(
        [
            Proof(
                claim=o.claim,
                theorem=f"{o.claim}_proved",
                part=sources.parts.get(o.claim, ""),
                lines=o.lines or 0,
                seconds=round(o.seconds or 0.0, 1),
                assumptions=o.assumptions or (),
                digest=sources.digest(o.claim),
                row=record.row_digest(o.claim),
                date=today,
                coq=report.coq,
            )
            for o in report.outcomes
        ],
        report.libraries,
    )
    return record.path()


def lines_of(report: Report) -> list[str]:
    """The report as text: a line per claim, what is wrong, the figures."""
    told = [f"note: {note}" for note in report.notes]
    told += [f"{'claim':<6}{'lines':>6}{'lemmas':>8}{'seconds':>9}  axioms  verdict"]
    for o in report.outcomes:
        numbers = (str(o.lines or "-"), str(o.lemmas or "-"), "-" if o.seconds is None else f"{o.seconds:.1f}")
        axioms = "-" if o.assumptions is None else str(len(o.assumptions))
        verdict = o.text if o.word == RECORDED else f"{o.word}: {o.text}"
        told.append(f"{o.claim:<6}{numbers[0]:>6}{numbers[1]:>8}{numbers[2]:>9}{axioms:>8}  {verdict}")
    used = sorted({axiom for o in report.outcomes for axiom in o.assumptions or ()})
    told += [f"axioms (assumptions.txt): {', '.join(used)}"] if used else []
    count = {word: sum(o.word == word for o in report.outcomes) for word in (PROVED, PART, FAILED, RECORDED, ABSENT)}
    told.append("; ".join(f"{word.lower()}: {number}" for word, number in count.items() if number))
    told.append(", ".join(f"{number} lines of {what}" for what, number in report.totals.items()))
    if report.coq:
        named = ", ".join(
            f"{library} {version or 'of unknown version'}" for library, version in report.libraries.items()
        )
        told.append(f"Coq {report.coq}, {named}")
    if report.tie:
        t = report.tie
        told.append(
            f"tie: {t['definitions']} definitions, {t['points']} points within 1e-9 of the shipped functions, "
            f"{t['slips_caught']} slips told apart (seed {t['seed']})"
        )
    return told + [f"problem: {problem}" for problem in report.problems]
