"""A Dask cluster of two worker processes, one of them killed in the middle, gives the bytes of one serial run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

CLAIMS = 12
PRELOAD = """
from pathlib import Path
from tests.faults import subjects

subjects.settle(Path.cwd())
subjects.use_many({claims})
subjects.PAUSE = 0.15
"""


@pytest.fixture
def started(bench):
    """Starts `dask` with arguments in a folder; what was started is ended with the test."""
    pytest.importorskip("distributed")
    processes = []

    def start(root, *arguments):
        with (root / f"dask-{len(processes)}.log").open("wb") as log:
            command = [sys.executable, "-m", "dask", *map(str, arguments)]
            processes.append(subprocess.Popen(command, cwd=root, env=bench.environment, stdout=log, stderr=log))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()


def waited_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


@pytest.mark.faults
def test_a_cluster_of_which_one_worker_is_killed(bench, started):
    with bench.work(bench.bare) as root:
        bench.sound("shard", root, claims=CLAIMS)
        serial = (root / "out" / "ledger.json").read_bytes()
    with bench.work(bench.bare) as root:
        (root / "preload.py").write_text(PRELOAD.format(claims=CLAIMS))
        told = root / "scheduler.json"
        started(root, "scheduler", "--port", 0, "--no-dashboard", "--no-show", "--scheduler-file", told)
        waited_for(told.exists)
        options = ("--scheduler-file", told, "--no-nanny", "--nthreads", 1, "--no-dashboard", "--preload", "preload.py")
        workers = [started(root, "worker", *options) for _ in range(2)]
        logs = [root / f"dask-{k}.log" for k in (1, 2)]
        waited_for(lambda: all("Registered to" in log.read_text() for log in logs))
        address = json.loads(told.read_text())["address"]
        run = bench.run("cluster", root, claims=CLAIMS, more=["--cluster", address])
        done = lambda: len(list(root.glob("out/records/S*.json")))  # noqa: E731
        waited_for(lambda: done() >= 2 or not run.running())
        assert run.running() and done() < CLAIMS, run.text
        before = done()
        os.kill(workers[0].pid, signal.SIGKILL)
        assert run.end() == 0, run.text
        bench.sound("shard", root, claims=CLAIMS)  # sweeps
        assert (root / "out" / "ledger.json").read_bytes() == serial
        print(f"\none of two workers killed at {before} of {CLAIMS} records: the same {len(serial):,} bytes of ledger")


def test_a_cluster_that_is_not_there_is_one_line(bench):
    pytest.importorskip("distributed")
    with bench.work(bench.bare) as root:
        run = bench.run("cluster", root, more=["--cluster", "localhost:1", "--jobs", "2"])
        assert run.end() == 2 and "--cluster and --jobs exclude each other" in run.text


@pytest.mark.faults
def test_a_scheduler_that_does_not_answer_is_one_line(bench):
    pytest.importorskip("distributed")
    with bench.work(bench.bare) as root:
        run = bench.run("cluster", root, more=["--cluster", "localhost:1"])
        assert run.end() == 2 and "no Dask scheduler answers there" in run.text and "Traceback" not in run.text, (
            run.text
        )
