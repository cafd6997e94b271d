"""Worker processes: Ctrl-C is their parent's to answer, and none outlives it."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor


def end(pool: ProcessPoolExecutor, wait: bool = True) -> None:
    """End the workers of a pool, whose results are all here or not wanted: asked to leave, one would wait for ever
    for a lock that another held when it was killed."""
    for process in list((pool._processes or {}).values()):
        process.terminate()
    pool.shutdown(wait=wait, cancel_futures=True)


def belong_to(parent: int) -> None:
    """This process leaves Ctrl-C to `parent`, and ends itself within half a second when that is gone (killed, say)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
