"""`claims train` as a person meets it: exit statuses, one line for everything, signals at any moment, only rank 0 speaks."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.training import checkpoint, runs, trainer

TINY = ("--set", "epochs=2", "--set", "encoder.widths=[2, 4]", "--set", "encoder.dimension=4")


def claims(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments])


def train(out, *more):
    return claims("train", "digits", *TINY, "--device", "cpu", "--out", out, *more)


def test_a_run_its_reuse_and_the_way_on_after_a_change(tmp_path, monkeypatch):
    first = train(tmp_path)
    assert first.exit_code == 0 and "accuracy" in first.stdout and "finished before" not in first.stdout
    assert "(finished before)" in train(tmp_path).stdout
    monkeypatch.setattr(runs.keys, "fingerprint", lambda modules: "0" * 64)
    asked = train(tmp_path)
    assert asked.exit_code == 2 and asked.stdout == ""
    assert "finished with other things: this package's code. --resume-anyway" in asked.stderr
    assert "(finished before)" in train(tmp_path, "--resume-anyway").stdout
    again = train(tmp_path, "--fresh", "--json")
    assert "reused" not in json.loads(again.stdout) and "what was there is now in" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "digit"), "unknown preset 'digit'; nearest: digits"),
        (("train", "digits", "--set", "temperature=.1"), "did you mean method.temperature?"),
        (("train", "digits", "--resume-anyway", "--fresh"), "exclude each other"),
        (("train", "images-cpu", "--data", "nothing-here"), "nothing-here: there is nothing of this name"),
        (("train", "images-cpu"), "images of your own: say --data PATH"),
        (("train", "digits", "--set", "encoder.name=resnet51"), "nearest: "),
        (("train", "digits", "--skip-corrupt"), "belong to images of your own: --data PATH"),
    ],
)
def test_what_was_asked_wrongly_is_exit_2_and_one_line(arguments, words, tmp_path):
    done = claims(*arguments, "--out", tmp_path)
    assert done.exit_code == 2 and words in done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("loading")] == [
        done.stderr.splitlines()[-1]
    ]
    assert not list(tmp_path.rglob("checkpoint*"))


def test_what_broke_is_exit_1_and_one_line(tmp_path, monkeypatch):
    original = trainer.objective
    monkeypatch.setattr(trainer, "objective", lambda *given: tuple(part * float("inf") for part in original(*given)))
    done = train(tmp_path)
    assert done.exit_code == 1 and "claims: the loss is inf at step 1" in done.stderr.splitlines()[-1]
    assert "no checkpoint was kept" in done.stderr
    monkeypatch.undo()
    (tmp_path / "file").write_text("")
    done = train(tmp_path / "file")
    assert done.exit_code == 1 and "cannot be written" in done.stderr.splitlines()[-1]


def test_presets_are_listed():
    done = claims("train", "list")
    assert done.exit_code == 0 and "images-cpu" in done.stdout and "cifar10-simclr-paper" in done.stdout


EPOCHS = 400


def begun(out, *more):
    command = [
        sys.executable,
        "-m",
        "contrastive_claims",
        "train",
        "digits",
        *TINY,
        "--set",
        f"epochs={EPOCHS}",
        "--out",
        str(out),
        *more,
    ]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def stopped(process, number):
    """The step behind which a signal stopped it, from what it says last."""
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number and "Traceback" not in said
    assert "stopping behind this step; once more stops at once" in said
    last = said.strip().splitlines()[-1]
    assert last.startswith("claims: stopped behind step ") and "kept in " in last and "the same command goes on" in last
    return int(last.split("step ")[1].split()[0])


def test_a_signal_in_the_loop_keeps_a_checkpoint_and_the_run_goes_on_from_there(tmp_path):
    process = begun(tmp_path)
    for line in process.stderr:
        if "epoch 2/" in line:
            break
    step = stopped(process, signal.SIGINT)
    process = begun(tmp_path)
    for line in process.stderr:
        if " step " in line and "first" not in line:
            break
    found = re.search(r"step (\d+)/(\d+)", line)
    assert found and int(found[1]) == step + 1
    further = stopped(process, signal.SIGTERM)
    (kept,) = tmp_path.glob(f"runs/*/{checkpoint.FILE}")
    state = checkpoint.load_checkpoint(kept).state
    assert step < further == state["epoch"] * int(found[2]) // EPOCHS + state["step"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_says_what_was_kept(tmp_path, number):
    """From .6 s on, when Python itself has come up and the command has begun."""
    for k in range(10):
        process = begun(tmp_path / str(k))
        time.sleep(0.6 + 0.45 * k)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        last = said.strip().splitlines()[-1] if said.strip() else ""
        assert process.returncode == 128 + number, (k, process.returncode, said)
        assert "Traceback" not in said and last.startswith("claims: stopped") and ("kept" in last), (k, said)


@pytest.mark.slow
def test_under_torchrun_only_rank_0_speaks(tmp_path):
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "contrastive_claims",
        "train", "digits", *TINY, "--set", "batch=256", "--set", "encoder.norm=group", "--out", str(tmp_path),
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True
    )
    assert done.stderr.count("loading digits") == 1 and done.stderr.count("first step") == 1
    assert done.stderr.count("epoch 2/2") == 1 and done.stdout.count("nearest_neighbours_accuracy") == 1
    alone = claims("train", "digits", *TINY, "--set", "batch=256", "--set", "encoder.norm=group", "--out", tmp_path)
    assert alone.exit_code == 2 and "processes 2 then, 1 now" in alone.stderr
