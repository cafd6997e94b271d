"""Threads: numerical libraries kept to one while a search runs, and workers over independent parts instead.

Matrices of a few hundred rows lose time to a second BLAS thread (up to tenfold where another process wants the core), and the
bits of a BLAS product depend on the number of threads. Parts that are added up in a fixed order depend on nothing.
"""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from threadpoolctl import ThreadpoolController


@contextmanager
def threads_limited(limit: int | None) -> Generator[int, None, None]:
    """BLAS and OpenMP (torch's too) on at most ``limit`` threads (None: as they are), in the whole process, until the block ends.

    Yields how many BLAS could use before: OMP_NUM_THREADS and its like decide, or the number of cores.
    """
    pools = ThreadpoolController()
    allowed = max((pool["num_threads"] for pool in pools.select(user_api="blas").info()), default=1)
    with pools.limit(limits=limit):
        yield allowed


def in_parts(task: Callable[[Any], Any], parts: Iterable[Any], workers: int) -> list[Any]:
    """``[task(part) for part in parts]``, by this many threads."""
    if workers == 1:
        return [task(part) for part in parts]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(task, parts))
