"""Kills, full disks, no memory, damaged files: nothing wrong is believed, nothing finished is lost, nothing is left behind.

A sample runs with the other tests; `pytest -m faults -s` runs 500 and prints how many of each kind there were.
"""

import contextlib
import json
import math
import os
import random
import shutil
import signal
import time
from itertools import cycle, islice

import pytest

COMMANDS = ("verify", "simulate", "prove", "train", "audit")
RUN = "out/runs/*/"
CHECKPOINT = ("result.json", "metrics.jsonl", "held_out.npz")
# kind of file -> where it lies, which command reads it, what is deleted first so that it must be read, and what may come of it.
# "heals": the right answer, whatever is damaged; "refuses": that, or a message that names the file; "input": what a person wrote
# and nothing vouches for: a message that names the file, or an answer without NaN
FILES = {
    "record": ("out/records/F?.json", "verify", (), "heals"),
    "arrays": ("out/records/*.npz", "verify", (), "heals"),
    "drawn arrays": ("out/records/P.npz", "figures", (), "refuses"),
    "certificate": ("out/records/P.certificate.json", "verify", (), "heals"),
    "model record": ("out/models/*.npz", "verify", ("out/records/*", "committed/models/*"), "heals"),
    "committed record": ("committed/quick.json", "verify", (), "refuses"),
    "listed record": ("committed/quick.json", "list", ("out/records/*",), "refuses"),
    "committed model record": ("committed/models/*.npz", "verify", ("out/records/*",), "refuses"),
    "committed arrays": ("committed/quick/P.npz", "figures", ("out/records/*",), "refuses"),
    "declared dates": ("committed/declared.jsonl", "verify", (), "refuses"),
    "proofs": ("committed/proofs.json", "verify", (), "refuses"),
    "graph": ("out/simulations/graphs/*.json", "simulate", (), "heals"),
    "compiled proof": ("out/formal/*.vo", "prove", (), "heals"),
    "note of a proof": ("out/formal/*.json", "prove", (), "heals"),
    "source of a proof": ("out/formal/*.v", "prove", (), "heals"),
    "checkpoint": (RUN + "checkpoint.safetensors", "train", tuple(RUN + name for name in CHECKPOINT), "refuses"),
    "result": (RUN + "result.json", "train", (), "heals"),
    "metrics": (RUN + "metrics.jsonl", "train", (), "heals"),
    "held-out arrays": (RUN + "held_out.npz", "train", (), "heals"),
    "preset": ("presets/digits.toml", "train", ("out/runs",), "input"),
    "model of a simulation": ("model.toml", "simulate", ("out/simulations",), "input"),
    "npz": ("table.npz", "audit", (), "input"),
    "parquet": ("table.parquet", "audit parquet", (), "input"),
    "csv": ("table.csv", "audit csv", (), "input"),
    "safetensors": ("table.safetensors", "audit safetensors", (), "input"),
    "images": ("images.parquet", "train own", ("out/runs",), "images"),
}


def spoilt(content, generator):
    """A bit flipped, the end cut off, or zeros where a power cut left some."""
    what = generator.choice(("flip", "flip", "cut", "zeros"))
    place, other = generator.randrange(len(content)), bytearray(content)
    if what == "flip":
        other[place] ^= 1 << generator.randrange(8)
    elif what == "cut":
        del other[place:]
    else:
        length = min(generator.randint(1, 512), len(other) - place)
        other[place : place + length] = bytes(length)
    return what, bytes(other)


def clear(run):
    """What a person reads ends in words, and is no traceback."""
    assert "Traceback" not in run.text and run.text.strip(), run.text


def no_nan(text):
    """The JSON of a page of numbers is strict."""

    def refuse(constant):
        raise AssertionError(f"{constant} in the answer")

    if "{" in text:
        with contextlib.suppress(json.JSONDecodeError):
            json.loads(text[text.index("{") :], parse_constant=refuse)


def damaged(bench, kind, generator):
    pattern, command, gone, may = FILES[kind]
    with bench.work(bench.done) as root:
        if may == "images":  # its checksum is remembered from a first use
            shutil.rmtree(root / "out" / "runs")
            bench.sound(command, root)
            before = bench.answer(root, "train")
        for name in gone:
            for path in root.glob(name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        path = generator.choice(sorted(root.glob(pattern)))
        what, content = spoilt(path.read_bytes(), generator)
        same = content == path.read_bytes()
        path.write_bytes(content)
        run = bench.run(command, root)
        status = run.end()
        clear(run)
        if same or may == "heals" or (may == "refuses" and status == 0):
            assert status == 0, run.text
            bench.expect_the_reference(command, root)
        elif may == "refuses":
            assert path.name in run.text, run.text
        elif may == "input":
            assert path.name in run.text or path.stem in run.text or status == 0, run.text
            no_nan(run.text)
        elif status == 0:  # nothing that an image is made of
            assert bench.answer(root, "train") == before
        else:
            assert path.name in run.text, run.text
        return f"{what} of {kind}: {'answered' if status == 0 else 'refused'}"


def killed(bench, command, who, generator):
    with bench.work(bench.bare) as root:
        run = bench.run(command, root)
        moment, victim = run.started + generator.uniform(0, 1.05 * bench.seconds[command]), None
        while run.running():
            if time.monotonic() >= moment:
                alive = [run.pid] if who == "parent" else bench.workers(run.pid)
                if alive:
                    victim = generator.choice(alive)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(victim, signal.SIGKILL)
                    break
            time.sleep(0.0005)
        status = run.end()
        if who == "parent":
            assert status in (0, -signal.SIGKILL), run.text
        elif victim is not None:
            clear(run)
        kept = bench.finished(root)
        go_on(bench, command, root)
        for path, content in kept.items():
            assert path.read_bytes() == content, f"{path} was made again"
        return f"kill of {command}'s {who}: {'too late' if victim is None or (who == 'parent' and status == 0) else 'in time'}"


def go_on(bench, command, root):
    """The same command, undisturbed, ends as if nothing had been, and leaves nothing half written."""
    bench.sound(command, root)
    bench.expect_the_reference(command, root)
    assert not [path for path in root.rglob("*") if path.name.endswith((".part", ".tmp"))]


def full_disk(bench, command, generator):
    with bench.work(bench.bare) as root:
        sizes = [len(path.read_bytes()) for path in bench.files(bench.done, command)]
        run = bench.run(command, root, size=generator.randint(1, max(sizes) - 1))
        assert run.end() != 0, run.text
        clear(run)
        go_on(bench, command, root)
        return f"full disk of {command}"


def no_memory(bench, command, generator):
    with bench.work(bench.bare) as root:
        run = bench.run(command, root, memory=int(math.exp(generator.uniform(0, math.log(64 << 20)))))
        status = run.end()
        if not run.stuck:
            clear(run)
        if status == 0:
            bench.expect_the_reference(command, root)
        go_on(bench, command, root)
        return f"no memory for {command}: {'enough' if status == 0 else 'waits for a thread (CPython)' if run.stuck else 'told'}"


KILLS = [(killed, command, who) for who in ("parent", "worker") for command in COMMANDS]
KILLS = [kill for kill in KILLS if kill[1:] not in (("train", "worker"), ("audit", "worker"))]  # they have none
FULL = [(full_disk, command) for command in COMMANDS]
TIGHT = [(no_memory, command) for command in COMMANDS]
DAMAGE = [(damaged, kind) for kind in FILES]
# in the sample: every kill, every full disk, and files that hold numbers
SAMPLED = (
    "record",
    "arrays",
    "certificate",
    "graph",
    "checkpoint",
    "result",
    "note of a proof",
    "model record",
    "parquet",
)
FIRST = [*KILLS, *FULL, *TIGHT[1:3], *(part for part in DAMAGE if part[1] in SAMPLED)]
ROUND = [*FIRST, *(part for part in (*KILLS, *KILLS, *FULL, *TIGHT, *DAMAGE) if part not in FIRST or part in KILLS)]
SAMPLE, ALL = 24, 500


def fault(bench, number, seed):
    what, *rest = next(islice(cycle(ROUND), number, None))
    bench.counts[what(bench, *rest, random.Random(f"{seed} {number}"))] += 1


@pytest.mark.parametrize("number", range(SAMPLE))
def test_a_sample_of_faults(bench, seed, number):
    fault(bench, number, seed)


@pytest.mark.faults
@pytest.mark.parametrize("number", range(ALL))
def test_every_fault(bench, seed, number):
    fault(bench, number, seed)
