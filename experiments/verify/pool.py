"""Worker processes: one claim at a time in each. A worker that dies costs its own claim, not the run."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from contrastive_claims.experiments.ledger.vocabulary import ERROR, NOT_RUN, Claim
from contrastive_claims.experiments.training.memory import keep_freed_memory
from contrastive_claims.experiments.training.workers import belong_to, end
from contrastive_claims.experiments.verify.drawing import DRAWING_ERRORS, draw
from contrastive_claims.experiments.verify.runner import Report, lost, measure, unkept

Work = tuple[Claim, str]  # a claim and its key
_queue: Any = None


def _enter_worker(queue: Any, parent: int) -> None:
    """What a worker does first."""
    global _queue
    _queue = queue
    keep_freed_memory()
    belong_to(parent)


def _work(claim: Claim, scale: str, device: str, key: str, folder: Path) -> tuple[dict[str, Any], bool]:
    """The record, and whether the figure was drawn here: both cores are busy then, and one that fails is tried once more, and
    reported, at the end of the run."""
    _queue.put((claim.id, 0, 0, "starting"))
    record = measure(claim, scale, device, key, folder, lambda *event: _queue.put(event))
    if record["verdict"] in (ERROR, NOT_RUN):
        return record, False
    try:
        draw(claim, folder, folder.parent / "figures", scale)
    except DRAWING_ERRORS:
        return record, False
    return record, True


def run_all(
    waiting: Sequence[Work],
    scale: str,
    device: str,
    folder: Path,
    jobs: int,
    on_progress: Report,
    on_done: Callable[[dict[str, Any], bool], None],
) -> None:
    """Measure the claims (each with its key) in `jobs` processes, longest share first; calls back as they go.

    If a process dies (out of memory, say), the claims under way are tried again one at a time; one that dies alone gets
    an ERROR record. On KeyboardInterrupt the workers are ended and the exception goes on: what finished is recorded.
    """
    # Workers must see one thread before numpy or torch load: two-thread processes on two cores fight, and results
    # differ in the last bits between thread counts.
    os.environ.update({"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    remaining = sorted(waiting, key=lambda pair: -pair[0].share)
    while remaining:
        started, remaining = _until_one_dies(remaining, scale, device, folder, jobs, on_progress, on_done)
        for claim, key in started:
            suspects, _ = _until_one_dies([(claim, key)], scale, device, folder, 1, on_progress, on_done)
            if suspects:
                on_done(lost(claim, scale, device, key, folder), False)


def _until_one_dies(
    waiting: Sequence[Work],
    scale: str,
    device: str,
    folder: Path,
    jobs: int,
    on_progress: Report,
    on_done: Callable[[dict[str, Any], bool], None],
) -> tuple[list[Work], list[Work]]:
    """(claims under way when a process died, claims not yet started then); two empty lists if all were measured."""
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    started: set[str] = set()
    finished: set[str] = set()

    def listen() -> None:
        while (event := queue.get()) is not None:
            started.add(event[0])
            on_progress(*event)

    threading.Thread(target=listen, daemon=True).start()
    size = min(jobs, len(waiting))
    pool = ProcessPoolExecutor(size, mp_context=context, initializer=_enter_worker, initargs=(queue, os.getpid()))
    try:
        futures = {pool.submit(_work, claim, scale, device, key, folder): claim.id for claim, key in waiting}
        for future in as_completed(futures):
            try:
                record, drawn = future.result()
            except (OSError, MemoryError) as error:  # a full disk, a limit: it costs this claim, not the run
                claim, key = next(pair for pair in waiting if pair[0].id == futures[future])
                record, drawn = unkept(claim, scale, device, key, error), False
            finished.add(record["id"])
            on_done(record, drawn)
        end(pool)
        queue.put(None)
        return [], []
    except BrokenProcessPool:
        end(pool)
        time.sleep(0.2)  # let the listener read what was announced before the end
        left = [pair for pair in waiting if pair[0].id not in finished]
        under_way = [pair for pair in left if pair[0].id in started] or left[:1]  # died before it could announce itself
        return under_way, [pair for pair in left if pair not in under_way]
    except BaseException:
        end(pool, wait=False)
        raise  # the listener is left to the end of the process: an ended worker may have died holding the queue's lock
