"""Runs one claim: its check, its control, the verdict, the record; or reuses what is recorded.

A claim is done when its record exists under the key of all that it depends on; then the run re-derives the verdict from
the stored evidence (and replays the certificate) instead of measuring again.
"""

from __future__ import annotations

import importlib
import platform
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from contrastive_claims.experiments.claims.catalogue import SETTINGS
from contrastive_claims.experiments.data.locations import DataAbsent
from contrastive_claims.experiments.data.sources import checksum_of
from contrastive_claims.experiments.ledger import calls, declared, keys, records
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import (
    EMPIRICAL,
    ERROR,
    NOT_RUN,
    STATISTICAL,
    Claim,
    Evidence,
    NotRunHere,
    Run,
)
from contrastive_claims.experiments.models.recipes import all_versions
from contrastive_claims.experiments.models.store import made_on
from contrastive_claims.experiments.prove import Proof, proved
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.theory.certify import recheck, rests_on, specified

# Its records are named by what decides them, so that keys of claims need not follow its code.
MODELS = "contrastive_claims.experiments.models"

Report = Callable[[str, int, int, str], None]  # claim id, parts done, parts in all, what


@lru_cache
def checksum(name: str) -> str:
    """Checksum of a data set, "absent" if it is not on this machine (its claims are then NOT_RUN)."""
    try:
        return checksum_of(name)
    except DataAbsent:
        return "absent"


@lru_cache
def proofs(recorded: Path) -> dict[str, Proof]:
    """The recorded proofs that still fit the tree, read once for a folder of records."""
    return proved()


def claim_key(claim: Claim, scale: str, device: str) -> str:
    """Digest of all that a claim's evidence depends on: the code that its check can call, and what trained models it may draw
    from are named by (recipe versions, presets, data), beside versions, device and threads."""
    found = calls.reached(claim.check, (MODELS,))
    return keys.digest(
        {
            "code": found.code,
            "recipes": all_versions() if MODELS in found.stopped else {},
            "configuration": {
                "check": claim.check,
                "scale": scale,
                "presets": {name: load_preset(name).model_dump() for name in claim.presets},
            },
            "data": {name: checksum(name) for name in claim.data},
            "versions": {**keys.versions(), **keys.package_versions(claim.packages)},
            "device": device,
            "threads": 1,
        }
    )


def reuse(claim: Claim, scale: str, key: str, folder: Path) -> dict[str, Any] | None:
    """The stored record if it was made under the same key, its judgement derived again; None if there is none.

    Raises RecordError if a record is there but cannot be used.
    """
    record = records.load(folder, claim.id, scale)
    if record is None:
        return None
    try:
        provenance = record["provenance"]
        if provenance.get("key") != key or record["verdict"] in (ERROR, NOT_RUN):
            return None
        if claim.planted and not record["positive_control"]:
            return None
        base = folder / records.stem(claim.id, scale)
        certificate = records.load_certificate(folder, claim.id, scale)
        if provenance["certificate"] != (keys.digest(certificate) if certificate else ""):
            raise records.RecordError(
                f"the certificate beside the record of {claim.id} is not the one it was made with"
            )
        if provenance["arrays"] != records.file_digest(base.with_name(base.name + ".npz")):
            raise records.RecordError(f"the arrays beside the record of {claim.id} are not those it was made with")
        return judged(claim, scale, record, certificate, folder)
    except (KeyError, TypeError, AttributeError) as error:  # strict JSON, but not a record that this version wrote
        raise records.RecordError(f"the record of {claim.id} at scale {scale} is damaged ({error!r})") from error


def judged(
    claim: Claim, scale: str, record: dict[str, Any], certificate: dict[str, Any] | None, folder: Path
) -> dict[str, Any]:
    """The record with all that follows from its evidence: the judgement, with the certificate re-checked here and now, what it
    rests on, and whether the claim was worded before its data."""
    control, positive = record["control"], record["positive_control"]
    proof = proofs(records.RECORDED).get(claim.id)
    checked, failure = recheck(certificate, claim.id) if certificate else (None, "")
    found = verdict(
        claim,
        Measured(
            records.decode(record["numbers"]),
            records.decode(control["numbers"]),
            records.decode(positive["numbers"]) if positive else None,
            checked,
            control["certificate_passed"],
            proof is not None and proof.whole,
        ),
    )
    since = record["provenance"]["data_since"]
    if not since and record["models"]:  # converted from schema 1, which did not know
        since = min(made_on(record["models"], folder.parent / "models"))
    worded = declared.declared_on(declared.read(), claim.id, scale, declared.wording(claim, SETTINGS))
    return {
        **record,
        "verdict": found.verdict,
        "reason": f"{found.reason}: {failure}" if failure else found.reason,
        "here": found.here,
        "setting": claim.setting,
        "exploratory": declared.is_exploratory(worded, since) if claim.method in (EMPIRICAL, STATISTICAL) else None,
        "proof": {"theorem": proof.theorem, "part": proof.part, "date": proof.date, "coq": proof.coq}
        if proof
        else None,
        "rests_on": list(rests_on(claim.id)) if certificate and claim.id in specified() else [],
        "control": {**control, "variant": claim.control, "rejected": found.rejected},
        "positive_control": {**positive, "planted": claim.planted, "found": found.found} if positive else None,
        "provenance": {**record["provenance"], "data_since": since, "declared": worded},
    }


def measure(claim: Claim, scale: str, device: str, key: str, folder: Path, report: Report) -> dict[str, Any]:
    """Run a claim's check and its control, judge, and write the record. A check that raises gives an ERROR record."""
    started = time.perf_counter()
    run = Run(scale=scale, device=device, store=folder.parent / "models")
    try:
        if absent := [name for name, found in keys.package_versions(claim.packages).items() if found == keys.ABSENT]:
            raise NotRunHere(f"needs {' and '.join(absent)}: pip install {' '.join(absent)}")
        module, _, name = claim.check.partition(":")
        check: Callable[[Run], Evidence] = getattr(importlib.import_module(module), name)

        def told(what: str = "", **how: bool) -> Evidence:
            """What the check answers, its progress reported under what it was told."""
            before = f"{what}: " if what else ""
            return check(replace(run, progress=lambda d, t, now: report(claim.id, d, t, before + now), **how))

        evidence = told()
        control = told("control", control=True)
        planted = told("positive control", planted=True) if claim.planted else None
        found = {
            "numbers": records.encode(evidence.numbers),
            "seeds": list(evidence.seeds),
            "witness": evidence.witness,
            "models": list(dict.fromkeys(name for one in (evidence, control, planted) if one for name in one.models)),
            "control": {
                "variant": claim.control,
                "numbers": records.encode(control.numbers),
                "certificate_passed": bool(control.certificate) and recheck(control.certificate, claim.id)[0],
            },
            "positive_control": {"numbers": records.encode(planted.numbers)} if planted else None,
        }
        arrays, certificate = evidence.arrays, evidence.certificate
        since = data_since(claim, scale, evidence, folder)
        record = as_record(claim, scale, device, key, found, time.perf_counter() - started, since)
        record["provenance"]["data"] |= evidence.data
        record = judged(claim, scale, record, certificate, folder)
    except (DataAbsent, NotRunHere) as error:
        found, arrays, certificate = without_evidence(NOT_RUN, str(error), claim), None, None
        record = as_record(claim, scale, device, key, found, time.perf_counter() - started)
    except Exception as error:  # noqa: BLE001 - whatever a check raises is the finding: recorded, and the others go on
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        found = without_evidence(ERROR, f"{type(error).__name__}: {error} ({where})", claim)
        arrays, certificate = None, None
        record = as_record(claim, scale, device, key, found, time.perf_counter() - started)
    try:
        return records.save(folder, record, arrays, certificate)
    except (TypeError, ValueError) as error:  # evidence that strict JSON or an array file cannot hold
        record |= without_evidence(ERROR, f"the evidence cannot be stored: {error}", claim)
        return records.save(folder, record)


def data_since(claim: Claim, scale: str, evidence: Evidence, folder: Path) -> str:
    """When the oldest datum that decides a claim was made: the oldest of its models; without models, when evidence of one of
    its seeds was first recorded, committed or in this folder."""
    if evidence.models:
        return min(made_on(evidence.models, folder.parent / "models"))
    before = (records.recorded(scale).get(claim.id), records.load(folder, claim.id, scale))
    known = [
        old["provenance"].get("data_since", "") for old in before if old and set(old["seeds"]) & set(evidence.seeds)
    ]
    return min([*known, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")])


def lost(claim: Claim, scale: str, device: str, key: str, folder: Path) -> dict[str, Any]:
    """The ERROR record, written here, of a claim whose worker process died."""
    found = without_evidence(ERROR, "its process died (out of memory, or a crash in a library)", claim)
    record = as_record(claim, scale, device, key, found, 0.0)
    try:
        return records.save(folder, record)
    except OSError:
        return records.sealed(record)


def unkept(claim: Claim, scale: str, device: str, key: str, error: Exception) -> dict[str, Any]:
    """The ERROR record, which is nowhere on disk, of a claim whose record could not be written."""
    found = without_evidence(ERROR, f"its record could not be written: {error or type(error).__name__}", claim)
    return records.sealed(as_record(claim, scale, device, key, found, 0.0))


def as_record(
    claim: Claim, scale: str, device: str, key: str, found: dict[str, Any], seconds: float, since: str = ""
) -> dict[str, Any]:
    """A record: what was found, and where it comes from."""
    return {
        "id": claim.id,
        "scale": scale,
        "method": claim.method,
        **found,
        "provenance": {
            "device": device,
            "threads": 1,
            "versions": {
                "python": platform.python_version(),
                **keys.versions(),
                **keys.package_versions(claim.packages),
            },
            "machine": f"{platform.system()} {platform.machine()}",
            "commit": keys.commit(),
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "data_since": since,
            "declared": "",
            "data": {name: checksum(name) for name in claim.data},
            "key": key,
            "wall_seconds": round(seconds, 3),
        },
    }


def without_evidence(result: str, reason: str, claim: Claim) -> dict[str, Any]:
    """The fields of a record without evidence."""
    return {
        "verdict": result,
        "reason": records.printable(reason),
        "here": "",
        "setting": claim.setting,
        "exploratory": None,
        "numbers": {},
        "seeds": [],
        "witness": "",
        "proof": None,
        "rests_on": [],
        "models": [],
        "control": {"variant": claim.control, "rejected": False, "numbers": {}, "certificate_passed": False},
        "positive_control": None,
    }
