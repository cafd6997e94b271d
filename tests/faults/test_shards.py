"""Shards on one folder, some killed and started again, give the bytes of one serial run."""

import contextlib
import os
import random
import signal
import time

import pytest


def serial_and_sharded(bench, shards, together, generator):
    """(ledger of one run, ledger of that many shards, how many were killed in time); each shard has one claim."""
    with bench.work(bench.bare) as root:
        bench.sound("shard", root, claims=shards)
        serial = (root / "out" / "ledger.json").read_bytes()
    with bench.work(bench.bare) as root:
        doomed, killed = set(generator.sample(range(1, shards + 1), max(1, shards // 10))), 0
        waiting, running = generator.sample(range(1, shards + 1), shards), []

        def begin():
            shard = waiting.pop()
            run = bench.run("shard", root, claims=shards, more=["--shard", f"{shard}/{shards}"])
            end = time.monotonic() + generator.uniform(0, 0.15) if shard in doomed else None
            doomed.discard(shard)
            running.append((shard, run, end))

        while waiting or running:
            while waiting and len(running) < together:
                begin()
            for part in list(running):
                shard, run, end = part
                if end is not None and time.monotonic() >= end:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(run.pid, signal.SIGKILL)
                if not run.running():
                    running.remove(part)
                    if (status := run.end()) == -signal.SIGKILL:
                        killed += 1
                        waiting.insert(0, shard)  # started again when the others are through
                    else:
                        assert status == 0, run.text
            time.sleep(0.001)
        parts = [path for path in root.rglob("*.part")]
        bench.sound("shard", root, claims=shards)  # as docs/machines.md ends: measures nothing, sweeps
        left = [path for path in root.rglob("*.part")]
        assert not left, (parts, left)
        return serial, (root / "out" / "ledger.json").read_bytes(), killed


def test_a_dozen_shards(bench, seed):
    serial, sharded, _ = serial_and_sharded(bench, 12, 3, random.Random(seed))
    assert sharded == serial


@pytest.mark.faults
def test_four_hundred_shards_a_tenth_of_them_killed(bench, seed):
    serial, sharded, killed = serial_and_sharded(bench, 400, 4, random.Random(seed))
    print(
        f"\n400 shards, {killed} killed and started again: {len(sharded):,} bytes of ledger, the same: {sharded == serial}"
    )
    assert sharded == serial and killed >= 20
