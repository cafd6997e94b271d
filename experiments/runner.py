"""Runs claims: one worker process per job, one claim at a time in each, every finished claim recorded at once.

A claim is done when its record exists under the key of all that it depends on; then the run re-derives the verdict from
the stored evidence (and replays the certificate) instead of measuring again.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import platform
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from experiments import keys, records
from experiments.data.locations import DataAbsent
from experiments.data.sources import load
from experiments.ledger import ERROR, NOT_RUN, Claim, Evidence, Run, verdict
from theory.certify import recheck

Report = Callable[[str, int, int, str], None]  # claim id, parts done, parts in all, what


@lru_cache
def checksum(name: str) -> str:
    """Checksum of a data set, "absent" if it is not on this machine (its claims are then NOT_RUN)."""
    try:
        return load(name).checksum
    except DataAbsent:
        return "absent"


def claim_key(claim: Claim, scale: str, device: str) -> str:
    """Digest of all that a claim's evidence depends on."""
    return keys.digest(
        {
            "code": keys.fingerprint([claim.check.partition(":")[0]]),
            "configuration": {"check": claim.check, "control": claim.control, "scale": scale},
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
                variant=claim.control,
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
            "control": {
                "variant": claim.control,
                "rejected": is_rejected,
                "numbers": records.encode(control.numbers),
                "certificate_passed": passed,
            },
        }
        arrays, certificate = evidence.arrays, evidence.certificate
    except DataAbsent as error:
        found, arrays, certificate = nothing(NOT_RUN, str(error), claim), None, None
    except Exception as error:  # noqa: BLE001 - whatever a check raises is the finding: recorded, and the others go on
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        found = nothing(ERROR, f"{type(error).__name__}: {error} ({where})", claim)
        arrays, certificate = None, None
    record = {
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
            "wall_seconds": round(time.perf_counter() - started, 3),
        },
    }
    try:
        records.save(folder, record, arrays, certificate)
    except (TypeError, ValueError) as error:  # evidence that strict JSON or an array file cannot hold
        record |= nothing(ERROR, f"the evidence cannot be stored: {error}", claim)
        records.save(folder, record)
    return record


def nothing(result: str, reason: str, claim: Claim) -> dict[str, Any]:
    """The fields of a record without evidence."""
    control = {"variant": claim.control, "rejected": False, "numbers": {}, "certificate_passed": False}
    return {"verdict": result, "reason": reason, "numbers": {}, "seeds": [], "witness": "", "control": control}


def commit() -> str:
    """The checkout's commit, with "+" if there are changes on top; "" outside a checkout."""
    here = Path(__file__).parent.parent

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(here), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        head = git("rev-parse", "HEAD")
        return head + ("+" if head and git("status", "--porcelain", "--", "*.py") else "")
    except FileNotFoundError:  # no git on this machine: the record says so by an empty commit
        return ""


_queue: Any = None


def _enter_worker(queue: Any, parent: int) -> None:
    """A worker leaves Ctrl-C to its parent, and ends itself when the parent is gone (killed, say)."""
    global _queue
    _queue = queue
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _work(claim: Claim, scale: str, device: str, key: str, folder: Path) -> dict[str, Any]:
    _queue.put((claim.id, 0, 0, "starting"))
    return measure(claim, scale, device, key, folder, lambda *event: _queue.put(event))


def run_all(
    waiting: Iterable[tuple[Claim, str]],
    scale: str,
    device: str,
    folder: Path,
    jobs: int,
    on_progress: Report,
    on_done: Callable[[dict[str, Any]], None],
) -> None:
    """Measure the claims (each with its key) in `jobs` processes, longest share first; calls back as they go.

    On KeyboardInterrupt the workers are ended and the exception goes on: what finished is recorded already.
    """
    ordered = sorted(waiting, key=lambda pair: -pair[0].share)
    if not ordered:
        return
    # Workers must see one thread before numpy or torch load: two-thread processes on two cores fight, and results
    # differ in the last bits between thread counts.
    os.environ.update({"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()

    def listen() -> None:
        while (event := queue.get()) is not None:
            on_progress(*event)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    pool = ProcessPoolExecutor(
        min(jobs, len(ordered)), mp_context=context, initializer=_enter_worker, initargs=(queue, os.getpid())
    )
    try:
        futures = [pool.submit(_work, claim, scale, device, key, folder) for claim, key in ordered]
        for future in as_completed(futures):
            on_done(future.result())
        pool.shutdown()
        queue.put(None)
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise  # the listener is left to the end of the process: an ended worker may have died holding the queue's lock
