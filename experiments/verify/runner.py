"""Runs one claim: its check, its control, the verdict, the record; or reuses what is recorded.

A claim is done when its record exists under the key of all that it depends on; then the run re-derives the verdict from
the stored evidence (and replays the certificate) instead of measuring again.
"""

from __future__ import annotations

import importlib
import platform
import subprocess
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from experiments.data.locations import DataAbsent
from experiments.data.sources import checksum_of
from experiments.ledger import calls, keys, records
from experiments.ledger.vocabulary import ERROR, NOT_RUN, Claim, Evidence, Run, verdict
from experiments.models.recipes import all_versions
from experiments.training.presets import load_preset
from theory.certify import recheck, rests_on, specified

MODELS = (
    "experiments.models"  # its records are named by what decides them, so that keys of claims need not follow its code
)
Report = Callable[[str, int, int, str], None]  # claim id, parts done, parts in all, what


@lru_cache
def checksum(name: str) -> str:
    """Checksum of a data set, "absent" if it is not on this machine (its claims are then NOT_RUN)."""
    try:
        return checksum_of(name)
    except DataAbsent:
        return "absent"


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
            "versions": dict(keys.versions()),
            "device": device,
            "threads": 1,
        }
    )


def reuse(claim: Claim, scale: str, key: str, folder: Path) -> dict[str, Any] | None:
    """The stored record if it was made under the same key, its verdict derived again; None if there is none.

    Raises RecordError if a record is there but cannot be used.
    """
    record = records.load(folder, claim.id, scale)
    if record is None:
        return None
    try:
        if record["provenance"].get("key") != key or record["verdict"] in (ERROR, NOT_RUN):
            return None
        certificate = records.load_certificate(folder, claim.id, scale)
        if record["provenance"]["certificate"] != (keys.digest(certificate) if certificate else ""):
            raise records.RecordError(
                f"the certificate beside the record of {claim.id} is not the one it was made with"
            )
        control = record["control"]
        result, reason, is_rejected = judge(
            claim,
            records.decode(record["numbers"]),
            records.decode(control["numbers"]),
            certificate,
            control["certificate_passed"],
        )
    except (KeyError, TypeError, AttributeError) as error:  # strict JSON, but not a record that this version wrote
        raise records.RecordError(f"the record of {claim.id} at scale {scale} is damaged ({error!r})") from error
    return {**record, "verdict": result, "reason": reason, "control": {**control, "rejected": is_rejected}}


def judge(
    claim: Claim, numbers: Mapping, control: Mapping, certificate: dict[str, Any] | None, control_passed: bool
) -> tuple[str, str, bool]:
    """(verdict, reason, control rejected): the pure verdict, with the certificate re-checked here and now."""
    checked, failure = recheck(certificate, claim.id) if certificate else (None, "")
    result, reason, is_rejected = verdict(claim, numbers, control, checked, control_passed)
    return result, f"{reason}: {failure}" if failure else reason, is_rejected


def measure(claim: Claim, scale: str, device: str, key: str, folder: Path, report: Report) -> dict[str, Any]:
    """Run a claim's check and its control, judge, and write the record. A check that raises gives an ERROR record."""
    started = time.perf_counter()
    run = Run(scale=scale, device=device, store=folder.parent / "models")
    try:
        module, _, name = claim.check.partition(":")
        check: Callable[[Run], Evidence] = getattr(importlib.import_module(module), name)
        evidence = check(replace(run, progress=lambda done, total, what: report(claim.id, done, total, what)))
        control = check(
            replace(
                run,
                control=True,
                progress=lambda done, total, what: report(claim.id, done, total, f"control: {what}"),
            )
        )
        passed = bool(control.certificate) and recheck(control.certificate, claim.id)[0]
        result, reason, is_rejected = judge(claim, evidence.numbers, control.numbers, evidence.certificate, passed)
        found = {
            "verdict": result,
            "reason": reason,
            "numbers": records.encode(evidence.numbers),
            "seeds": list(evidence.seeds),
            "witness": evidence.witness,
            "rests_on": list(rests_on(claim.id)) if evidence.certificate and claim.id in specified() else [],
            "models": list(dict.fromkeys((*evidence.models, *control.models))),
            "control": {
                "variant": claim.control,
                "rejected": is_rejected,
                "numbers": records.encode(control.numbers),
                "certificate_passed": passed,
            },
        }
        arrays, certificate = evidence.arrays, evidence.certificate
    except DataAbsent as error:
        found, arrays, certificate = without_evidence(NOT_RUN, str(error), claim), None, None
    except Exception as error:  # noqa: BLE001 - whatever a check raises is the finding: recorded, and the others go on
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        found = without_evidence(ERROR, f"{type(error).__name__}: {error} ({where})", claim)
        arrays, certificate = None, None
    record = as_record(claim, scale, device, key, found, time.perf_counter() - started)
    try:
        record["provenance"]["certificate"] = keys.digest(certificate) if certificate else ""
        records.save(folder, record, arrays, certificate)
    except (TypeError, ValueError) as error:  # evidence that strict JSON or an array file cannot hold
        record |= without_evidence(ERROR, f"the evidence cannot be stored: {error}", claim)
        records.save(folder, record)
    return record


def lost(claim: Claim, scale: str, device: str, key: str, folder: Path) -> dict[str, Any]:
    """The ERROR record, written here, of a claim whose worker process died."""
    found = without_evidence(ERROR, "its process died (out of memory, or a crash in a library)", claim)
    record = as_record(claim, scale, device, key, found, 0.0)
    records.save(folder, record)
    return record


def as_record(claim: Claim, scale: str, device: str, key: str, found: dict[str, Any], seconds: float) -> dict[str, Any]:
    """A record: what was found, and where it comes from."""
    return {
        "id": claim.id,
        "scale": scale,
        "method": claim.method,
        **found,
        "provenance": {
            "device": device,
            "threads": 1,
            "versions": {"python": platform.python_version(), **keys.versions()},
            "machine": f"{platform.system()} {platform.machine()}",
            "commit": commit(),
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "data": {name: checksum(name) for name in claim.data},
            "key": key,
            "certificate": "",
            "wall_seconds": round(seconds, 3),
        },
    }


def without_evidence(result: str, reason: str, claim: Claim) -> dict[str, Any]:
    """The fields of a record without evidence."""
    control = {"variant": claim.control, "rejected": False, "numbers": {}, "certificate_passed": False}
    return {
        "verdict": result,
        "reason": reason,
        "numbers": {},
        "seeds": [],
        "witness": "",
        "rests_on": [],
        "models": [],
        "control": control,
    }


def commit() -> str:
    """The checkout's commit, with "+" if there are changes on top; "" outside a checkout."""
    here = Path(__file__).parents[2]

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(here), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        head = git("rev-parse", "HEAD")
        return head + ("+" if head and git("status", "--porcelain", "--", "*.py") else "")
    except FileNotFoundError:  # no git on this machine: the record says so by an empty commit
        return ""
