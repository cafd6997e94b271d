"""Fault campaigns: flipped bits, cut files, kills at random times, full disks. Nothing ends in other numbers in silence.

`pytest -m slow -s tests/experiments/training/test_faults.py` prints the counts.
"""

import json
import random
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from contrastive_claims.experiments.data.sources import load, subset
from contrastive_claims.experiments.training import runs
from contrastive_claims.experiments.training.checkpoint import CheckpointError
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.experiments.training.runs import RunError
from contrastive_claims.experiments.training.trainer import Stopped, train

pytestmark = pytest.mark.slow
PRESET = with_settings(
    load_preset("digits"), ["epochs=2", "batch=64", "encoder.widths=[2, 4]", "encoder.dimension=4", "data.per_class=0"]
)
KEPT = ("checkpoint.safetensors", "metrics.jsonl")
COMMAND = [
    *(
        sys.executable,
        "-m",
        "contrastive_claims",
        "train",
        "digits",
        "--device",
        "cpu",
        "--set",
        "encoder.widths=[2, 4]",
    ),
    *("--set", "encoder.dimension=4", "--set", "epochs=30"),
]


@pytest.fixture(scope="module")
def data():
    return subset(load("digits"), np.arange(256))


def stop_behind(step):
    """Stops behind a step; checkpoints are kept at every one."""
    taken = []

    def stop():
        taken.append(1)
        return len(taken) == step

    return stop


@pytest.fixture
def stopped(data, tmp_path):
    """A run stopped behind step 6 of 8, with two generations, and what it ends as if nothing happens to it."""
    folder, whole = tmp_path / "run", tmp_path / "whole"
    with pytest.raises(Stopped):
        train(PRESET, data, 1, folder=folder, key="k", stop=stop_behind(6), checkpoint_seconds=0)
    train(PRESET, data, 1, folder=whole, key="k")
    return folder, {name: (whole / name).read_bytes() for name in KEPT}


def outcome(data, folder, expected):
    """ "before": the generation before was taken, and said; "refused"; "same": nothing was noticed and nothing differs;
    "WRONG": other numbers, or the right ones without a word on what was damaged."""
    said = []
    try:
        train(PRESET, data, 1, folder=folder, key="k", tell=said.append)
    except (CheckpointError, ValueError) as error:
        return "refused" if str(folder) in str(error) else "WRONG"
    same = all((folder / name).read_bytes() == content for name, content in expected.items())
    if not same:
        return "WRONG"
    return "before" if said and "damaged" in said[0] else "same"


def test_two_hundred_flips_and_forty_cuts_of_a_checkpoint(data, stopped, tmp_path, seed):
    folder, expected = stopped
    generator, counts = random.Random(seed), {}
    content = (folder / "checkpoint.safetensors").read_bytes()
    for k in range(240):
        spoilt = bytearray(content)
        if k < 200:
            place = generator.randrange(8 * len(content))
            spoilt[place // 8] ^= 1 << place % 8
        else:
            spoilt = spoilt[: generator.randrange(len(content))]
        work = tmp_path / "work"
        shutil.copytree(folder, work)
        (work / "checkpoint.safetensors").write_bytes(spoilt)
        if k % 4 == 0:  # without another generation
            (work / "checkpoint.previous.safetensors").unlink()
        what = ("flip" if k < 200 else "cut", outcome(data, work, expected))
        counts[what] = counts.get(what, 0) + 1
        shutil.rmtree(work)
    print(f"\ncheckpoint: {counts}")
    assert counts == {("flip", "before"): 150, ("flip", "refused"): 50, ("cut", "before"): 30, ("cut", "refused"): 10}
    assert outcome(data, folder, expected) == "same"  # the control: nothing was done to it


def test_a_hundred_flips_of_each_file_of_a_result(tmp_path, seed):
    done = subprocess.run([*COMMAND, "--out", str(tmp_path), "--json"], capture_output=True, text=True, check=True)
    known, generator = json.loads(done.stdout), random.Random(seed)
    (folder,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    counts = {}
    for name in (runs.RESULT, runs.HELD_OUT, runs.METRICS):
        content = (folder / name).read_bytes()
        for _ in range(100):
            place, spoilt = generator.randrange(8 * len(content)), bytearray(content)
            spoilt[place // 8] ^= 1 << place % 8
            (folder / name).write_bytes(spoilt)
            try:
                read = runs.load_result(folder)
                found = "same" if read == known else "WRONG"
            except RunError as error:
                found = "named" if name in str(error) else "WRONG"
            counts[name, found] = counts.get((name, found), 0) + 1
        (folder / name).write_bytes(content)
    print(f"\nresult: {counts}")
    assert counts == {(name, "named"): 100 for name in (runs.RESULT, runs.HELD_OUT, runs.METRICS)}
    assert runs.load_result(folder) == known


def ended(out):
    done = subprocess.run([*COMMAND, "--out", str(out)], capture_output=True, text=True, check=False)
    (folder,) = (path for path in (out / "runs").iterdir() if path.is_dir())
    return done, folder


BYTES = (*KEPT, "held_out.npz")


def test_twenty_kills_at_random_times(tmp_path, seed):
    done, whole = ended(tmp_path / "whole")
    assert done.returncode == 0
    generator, killed, moments = random.Random(seed), 0, []
    while killed < 20:
        process = subprocess.Popen(
            [*COMMAND, "--out", str(tmp_path / "killed")], stdout=-3, stderr=subprocess.PIPE, text=True
        )
        # behind its first line, then at any time: most kills fall into training or the end, some into the start
        process.stderr.readline()
        try:
            process.wait(generator.uniform(0, 6))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            moments.append(sum(1 for _ in (tmp_path / "killed").rglob("metrics.jsonl")))
        process.stderr.close()
        if process.returncode == 0:  # it came to its end: begin again elsewhere, and compare
            (folder,) = (path for path in (tmp_path / "killed" / "runs").iterdir() if path.is_dir())
            assert all((folder / name).read_bytes() == (whole / name).read_bytes() for name in BYTES)
            shutil.rmtree(tmp_path / "killed")
    done, folder = ended(tmp_path / "killed")
    assert done.returncode == 0, done.stderr
    same = all((folder / name).read_bytes() == (whole / name).read_bytes() for name in BYTES)
    left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    print(f"\n{killed} kills, {sum(moments)} of them after the first epoch; same bytes: {same}; left over: {left}")
    assert same and not left


LIMITED = """
import resource, runpy, signal, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.argv[0] = "claims"
runpy.run_module("contrastive_claims", run_name="__main__")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE")
def test_full_disks_at_every_size(tmp_path):
    done, whole = ended(tmp_path / "whole")
    assert done.returncode == 0
    size = {name: (whole / name).stat().st_size for name in ("checkpoint.safetensors", "held_out.npz", "metrics.jsonl")}
    named = []

    def limited(limit):
        command = [sys.executable, "-c", LIMITED, str(limit), *COMMAND[3:], "--out", str(tmp_path / "full")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        last = done.stderr.strip().splitlines()[-1]
        assert done.returncode == 1 and "could not be written (File too large)" in last, done.stderr
        assert "Traceback" not in done.stderr
        named.append(last.split(": ")[1].rpartition("/")[2])
        done, folder = ended(tmp_path / "full")
        assert done.returncode == 0 and all((folder / n).read_bytes() == (whole / n).read_bytes() for n in BYTES)
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]
        return folder

    for limit in (10, size["checkpoint.safetensors"] // 2, size["checkpoint.safetensors"] - 1):
        shutil.rmtree(tmp_path / "full", ignore_errors=True)
        folder = limited(limit)
    for name in ("held_out.npz", "metrics.jsonl"):  # trained, and the disk is full at the end
        (folder / "result.json").unlink()
        limited(size[name] - 1)
    print(f"\nfull disks, by the file named: {named}")
    assert named == ["checkpoint.safetensors"] * 3 + ["held_out.npz", "metrics.jsonl"]
