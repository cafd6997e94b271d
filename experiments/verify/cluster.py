"""Claims on a Dask cluster through joblib: the scheduler is Dask's, and what goes over the wire are names and settings.

Evidence stays on the file system that all share: a worker writes the record, and this process reads it. A worker that is lost
costs nothing but time, since Dask gives its claims to another, which takes what is recorded already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from threadpoolctl import threadpool_limits

from contrastive_claims.experiments.claims import catalogue
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import ERROR, NOT_RUN, Claim
from contrastive_claims.experiments.verify.drawing import DRAWING_ERRORS, draw
from contrastive_claims.experiments.verify.runner import claim_key, measure, reuse

NEEDED = "--cluster needs Dask and joblib: pip install 'contrastive-claims[cluster]'"
SECONDS = 15  # in which the scheduler must answer


class ClusterError(ValueError):
    """A cluster that cannot do the work; the message says why."""


def work_there(claim_id: str, scale: str, device: str, key: str, folder: str) -> tuple[str, bool]:
    """On a worker: one claim, measured unless it is recorded. (What hinders, "" for nothing; whether its figure is drawn.)"""
    claim = next((one for one in catalogue.CLAIMS if one.id == claim_id), None)
    if claim is None or claim_key(claim.at(scale), scale, device) != key:
        return f"a worker has other code, data or versions than this machine: {claim_id} is another there", False
    claim, store = claim.at(scale), Path(folder)
    if not store.parent.is_dir():
        return f"a worker does not see {store.parent}: all need one folder", False
    torch.set_num_threads(1)
    with threadpool_limits(1):
        try:
            record = reuse(claim, scale, key, store)
        except records.RecordError:
            record = None  # who asked has set aside what was damaged; this came since
        record = record or measure(claim, scale, device, key, store, lambda *event: None)
        if record["verdict"] in (ERROR, NOT_RUN):
            return "", False
        try:
            return "", bool(draw(claim, store, store.parent / "figures", scale))
        except DRAWING_ERRORS:
            return "", False


def named_work(claim_id: str, *settings: str) -> tuple[str, tuple[str, bool]]:
    return claim_id, work_there(claim_id, *settings)


def run_on_cluster(
    address: str,
    waiting: Sequence[tuple[Claim, str]],
    scale: str,
    device: str,
    folder: Path,
    on_done: Callable[[dict[str, Any], bool], None],
) -> None:
    """Measure the claims (each with its key) on the Dask cluster whose scheduler is at `address`; calls back as they come.

    Raises ClusterError where Dask or joblib is absent, no scheduler or worker answers, a worker is not like this machine or does
    not see the folder, and where a claim ended one worker after the other; what finished is recorded.
    """
    if not waiting:
        return
    try:
        from distributed import Client, KilledWorker  # pyright: ignore[reportMissingImports]
        from joblib import Parallel, delayed, parallel_config
    except ImportError as error:
        raise ClusterError(f"{NEEDED} ({error})") from None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        client = Client(address, timeout=SECONDS, set_as_default=True)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise ClusterError(f"--cluster {address}: no Dask scheduler answers there ({error})") from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise ClusterError(f"--cluster {address}: the scheduler has no workers")
        order = sorted(waiting, key=lambda pair: -pair[0].share)
        tasks = (delayed(named_work)(claim.id, scale, device, key, str(folder.resolve())) for claim, key in order)
        try:
            with parallel_config("dask"):
                parallel = Parallel(n_jobs=-1, return_as="generator_unordered", pre_dispatch="all")
                for claim_id, (problem, drawn) in cast(Iterable[tuple[str, tuple[str, bool]]], parallel(tasks)):
                    if problem:
                        raise ClusterError(f"--cluster {address}: {problem}")
                    record = records.load(folder, claim_id, scale)
                    if record is None:
                        raise ClusterError(
                            f"--cluster {address}: no record of {claim_id} in {folder}: all need one folder"
                        )
                    on_done(record, drawn)
        except KilledWorker as error:
            raise ClusterError(
                f"--cluster {address}: a claim ended one worker after the other ({error}); finished ones are recorded, and "
                "without --cluster the one that does it is named"
            ) from None
