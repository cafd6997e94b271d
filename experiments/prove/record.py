"""The committed record of proofs, recorded/proofs.json: what Coq checked, and whether it is still what the tree holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.keys import digest
from contrastive_claims.experiments.prove.sources import SourceError, Sources

SCHEMA = 1


@dataclass(frozen=True)
class Proof:
    """One theorem that Coq checked. `part` is empty where the row's whole statement is proved. lines, seconds: of its own file.

    digest: Sources.digest of what was compiled; row: `row_digest` of the catalogue's row that the statement was read against.
    date (ISO) and coq (version) are those of the record.
    """

    claim: str
    theorem: str
    part: str
    lines: int
    seconds: float
    assumptions: tuple[str, ...]
    digest: str
    row: str
    date: str
    coq: str

    @property
    def whole(self) -> bool:
        return not self.part

    def __str__(self) -> str:
        """As a verdict where the proof is not checked again."""
        told = f"PROVED{' in part' if self.part else ''}"
        return f"{told} (checked on {self.date} with Coq {self.coq}; not re-checked here)"


def path() -> Path:
    """The committed record of proofs."""
    return records.RECORDED / "proofs.json"


def row_digest(claim_id: str) -> str:
    """SHA-256 of what the catalogue's row states and supposes, at the quick scale; "" without such a row."""
    return next((digest([c.statement, c.hypotheses]) for c in CLAIMS if c.id == claim_id), "")


def save(proofs: list[Proof], libraries: dict[str, str]) -> None:
    """Write the record: the proofs given, which all have one date and version."""
    shared = ("claim", "date", "coq")
    entries = {p.claim: {**{k: v for k, v in asdict(p).items() if k not in shared}, "whole": p.whole} for p in proofs}
    head = {"schema": SCHEMA, "date": proofs[0].date, "coq": proofs[0].coq, "libraries": libraries}
    content = {**head, "proofs": entries}
    records.write_atomically(path(), records.to_json({**content, "digest": digest(content)}))


def load() -> dict[str, Proof]:
    """Every proof of the record, whether it still fits the tree or not; {} without a record. Raises records.RecordError if it
    cannot be read, or was edited since it was written (records before 2026-11-27 have no digest)."""
    if not path().exists():
        return {}
    content = records.read_json(path())
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise records.RecordError(f"{path()}: not a record of proofs of schema {SCHEMA}")
    told = content.pop("digest", None)
    if told is not None and told != digest(content):
        raise records.RecordError(f"{path()}: edited since it was written (its digest is another)")
    try:
        return {claim: _proof(claim, entry, content) for claim, entry in content["proofs"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise records.RecordError(f"{path()}: an entry lacks or misspells a field ({error})") from error


def _proof(claim: str, entry: dict[str, Any], head: dict[str, Any]) -> Proof:
    own = {field.name: entry[field.name] for field in fields(Proof) if field.name not in ("claim", "date", "coq")}
    own["assumptions"] = tuple(own["assumptions"])
    proof = Proof(claim=claim, date=head["date"], coq=head["coq"], **own)
    if not all(isinstance(getattr(proof, name), str) for name in ("part", "digest", "row", "date", "coq", "theorem")):
        raise TypeError(f"{claim}: words and digests must be strings")
    if entry["whole"] is not proof.whole:
        raise TypeError(f"{claim}: whole contradicts part")
    return proof


def outdated(proof: Proof, sources: Sources) -> str:
    """Why a recorded proof no longer counts: "" if it does.

    It counts while Spec.v, the statement and the proof are those that were checked, its axioms are allowed, parts.toml says
    what was recorded, and the catalogue's row still reads as it did.
    """
    if proof.claim not in sources.claims or proof.theorem != f"{proof.claim}_proved":
        return "Statements.v does not state it"
    try:
        if sources.digest(proof.claim) != proof.digest:
            return "its statement or its proof changed"
    except SourceError as error:
        return str(error)
    if not sources.allowed.issuperset(proof.assumptions):
        return "it rests on an axiom that assumptions.txt does not list"
    if sources.parts.get(proof.claim, "") != proof.part:
        return "parts.toml changed"
    if row_digest(proof.claim) != proof.row:
        return "its row in the catalogue reads otherwise"
    return ""


def proved() -> dict[str, Proof]:
    """The recorded proofs that still count (`outdated`), by claim; neither Coq nor torch is needed, and milliseconds.

    Raises records.RecordError or SourceError if the record or theory/formal cannot be read.
    """
    recorded = load()
    if not recorded:
        return {}
    sources = Sources.read()
    return {claim: proof for claim, proof in recorded.items() if not outdated(proof, sources)}
