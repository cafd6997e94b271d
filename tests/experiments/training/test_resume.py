"""A run keeps its name: what differs from when it was begun is said and never starts it over in silence; nothing spoiled
is believed."""

import json
import os
import random
import shutil
import subprocess
import sys

import pytest
import torch
from filelock import FileLock

from contrastive_claims.experiments.data.sources import subset
from contrastive_claims.experiments.training import runs, session
from contrastive_claims.experiments.training.checkpoint import load_checkpoint
from contrastive_claims.experiments.training.runs import MadeOtherwise, RunError
from contrastive_claims.experiments.training.session import run_session
from contrastive_claims.experiments.training.stopping import Stopped

TINY = ["epochs=3", "batch=256", "encoder.widths=[2, 4]", "encoder.dimension=4"]


class Run:
    """One command, given again and again; `said` is what it said the last time, `steps` the steps it took."""

    def __init__(self, out):
        self.out = out

    def __call__(self, *settings, stop_at=0, **options):
        self.said, self.steps = [], []

        def stop():
            return len(self.steps) + 1 == stop_at

        stop.loop_is_over = lambda: None
        given = {"report": lambda news: self.steps.append(news.step), "tell": self.said.append, **options}
        if stop_at:
            given["stop"] = stop
        return run_session("digits", [*TINY, *settings], 3, "cpu", self.out, given.pop("report"), **given)

    def begin(self, *settings):
        with pytest.raises(Stopped):
            self(*settings, stop_at=7)
        return next(path for path in (self.out / "runs").iterdir() if path.is_dir())


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """A finished run, what it returned, and one that was stopped: made once, to be copied."""
    whole, half = (Run(tmp_path_factory.mktemp(name)) for name in ("whole", "half"))
    found = whole()
    half.begin()
    return whole, found, half


@pytest.fixture
def finished(templates, run):
    """`run`, as if it had been given once, and what it returned then."""
    whole, found, _ = templates
    shutil.copytree(whole.out, run.out, dirs_exist_ok=True)
    return {**found, "folder": found["folder"].replace(str(whole.out), str(run.out))}


@pytest.fixture
def begun(templates, run):
    """The folder of `run`, as if it had been stopped behind step 7."""
    shutil.copytree(templates[2].out, run.out, dirs_exist_ok=True)
    return run.out / "runs" / folders(run)[0]


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def folders(run):
    return sorted(path.name for path in (run.out / "runs").iterdir() if path.is_dir())


def test_other_threads_go_on_and_are_said(run, one_thread):
    run.begin()
    torch.set_num_threads(2)
    found = run()
    assert run.steps[0] == 8 and run.said == ["1 threads then, 2 now: the last digits may differ"]
    assert [made["threads"] for made in found["made"]] == [1, 2] and len(folders(run)) == 1
    torch.set_num_threads(1)
    assert run()["reused"] and run.said == []


OTHERS = {
    "code": ("keys.fingerprint", lambda modules: "f" * 64, "this package's code"),
    "versions": ("keys.versions", lambda: {"torch": "9.9"}, "torch .* then, 9.9 now"),
    "ranks": ("world", lambda: (0, 2), "processes 1 then, 2 now"),
    "precision": ("taken_precision", lambda asked, device: "bfloat16", "precision float32 then, bfloat16 now"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_a_run_was_begun_with_is_compared_and_a_person_decides(run, begun, monkeypatch, what):
    name, other, words = OTHERS[what]
    folder = begun
    before = (folder / "checkpoint.safetensors").read_bytes()
    target = runs.keys if name.startswith("keys.") else runs
    monkeypatch.setattr(target, name.removeprefix("keys."), other)
    with pytest.raises(
        MadeOtherwise, match=f"begun with other things: {words}.*--resume-anyway goes on.*--fresh begins"
    ):
        run()
    assert run.steps == [] and (folder / "checkpoint.safetensors").read_bytes() == before and len(folders(run)) == 1
    found = run(answer="resume-anyway")
    assert run.steps[0] == 8 and len(run.said) == 1 and len(found["made"]) == 2
    again = run(answer="fresh")
    assert run.steps[0] == 1 and again["folder"] == found["folder"] and len(again["made"]) == 1
    assert folders(run) == [folder.name, f"{folder.name}.old-1"]  # set aside, not deleted
    monkeypatch.undo()
    with pytest.raises(MadeOtherwise, match=r"finished with other things.*--resume-anyway takes it as it is"):
        run()
    assert run(answer="resume-anyway")["reused"]


def test_other_settings_and_other_data_are_other_runs(run, monkeypatch):
    run.begin()
    run("epochs=1")
    run("data.undersample.target=1", "data.undersample.factor=9.0")
    original = session.training_and_held_out

    def fewer(*given):
        training, held_out = original(*given)
        return training, subset(held_out, range(100))

    monkeypatch.setattr(session, "training_and_held_out", fewer)
    run("epochs=1")  # judged by other images
    assert len(folders(run)) == 4


def spoil(path, how):
    content = bytearray(path.read_bytes())
    if how == "cut":
        content = content[: len(content) // 2]
    elif how == "edited":
        content = content.replace(b'"accuracy": 0.', b'"accuracy": 1.', 1) if path.suffix == ".json" else content[::-1]
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["result.json", "held_out.npz", "metrics.jsonl"])
@pytest.mark.parametrize("how", ["cut", "edited", "deleted"])
def test_a_finished_run_that_is_not_as_written_is_judged_again(run, finished, name, how):
    folder = run.out / "runs" / folders(run)[0]
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / name).unlink() if how == "deleted" else spoil(folder / name, how)
    again = run()
    assert "reused" not in again and run.steps == [] and again["held_out"] == finished["held_out"]
    assert name in "".join(run.said) or (name, how) == ("result.json", "deleted")
    assert all((folder / each).read_bytes() == content for each, content in whole.items())
    assert run()["reused"]


def test_two_hundred_flips_of_a_result_are_seen(run, finished, seed):
    folder, generator, missed = run.out / "runs" / folders(run)[0], random.Random(seed), 0
    content = (folder / "result.json").read_bytes()
    known = json.loads(content)
    for _ in range(200):
        flipped = bytearray(content)
        place = generator.randrange(8 * len(content))
        flipped[place // 8] ^= 1 << place % 8
        (folder / "result.json").write_bytes(flipped)
        try:
            read = runs.load_result(folder)
        except RunError as error:
            missed += "result.json: " not in str(error)
        else:
            missed += any(read[name] != known[name] for name in read.keys() - {"folder"})
    assert missed == 0


def test_a_finished_run_under_another_runs_name_is_not_believed(run, finished):
    """A folder that was copied or renamed by hand."""
    (first,) = folders(run)
    run("epochs=1")
    (second,) = set(folders(run)) - {first}
    shutil.rmtree(run.out / "runs" / first)
    (run.out / "runs" / second).rename(run.out / "runs" / first)
    with pytest.raises(ValueError, match=r"result\.json: the result of another run"):
        run()
    assert run(answer="fresh")["preset"]["epochs"] == 3


def test_a_checkpoint_under_another_runs_name_is_not_gone_on_from(run, begun):
    run("epochs=2", "batch=128")
    (other,) = (run.out / "runs" / name for name in folders(run) if name != begun.name)
    shutil.rmtree(other)
    begun.rename(other)
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors: a checkpoint of another run"):
        run("epochs=2", "batch=128")
    assert run.steps == []


def test_a_moved_run_is_read_where_it_lies(run, finished):
    shutil.move(run.out, run.out.with_name("elsewhere"))
    moved = Run(run.out.with_name("elsewhere"))
    again = moved()
    assert again["reused"] and again["folder"] == finished["folder"].replace(str(run.out), str(moved.out))


def test_a_run_that_is_deleted_while_it_trains_ends_in_one_line(run):
    def delete(news):
        if news.step == 6:
            shutil.rmtree(next(path for path in (run.out / "runs").iterdir() if path.is_dir()))

    with pytest.raises(Exception, match=r"checkpoint\.safetensors: the folder is gone, moved or deleted"):
        run(report=delete)
    assert folders(run) == []


@pytest.mark.parametrize("name", ["held_out.npz", "result.json"])
def test_a_full_disk_at_the_end_names_the_file_and_the_next_command_ends_the_run(run, monkeypatch, name):
    original = runs.write_durably

    def full(path, content, previous=None):
        if path.name == name:
            raise OSError(28, "No space left on device")
        original(path, content, previous)

    monkeypatch.setattr(runs, "write_durably", full)
    with pytest.raises(RunError, match=f"{name}: could not be written .No space left on device.*same command goes on"):
        run()
    monkeypatch.undo()
    assert "reused" not in run() and run.steps == [] and run()["reused"]


def test_one_process_at_a_run(run, begun):
    folder = begun
    before = sorted((path.name, path.read_bytes()) for path in folder.iterdir())
    with (
        FileLock(folder.with_name(f".{folder.name}.lock")),
        pytest.raises(ValueError, match="another process is at this run"),
    ):
        run()
    assert before == sorted((path.name, path.read_bytes()) for path in folder.iterdir())
    run()
    assert run.steps[0] == 8


def test_left_over_temporary_files_are_swept(run, begun):
    folder = begun
    (folder / ".checkpoint.safetensors.0011.part").write_bytes(b"x")
    run()
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint.previous.safetensors", "checkpoint.safetensors", "held_out.npz", "metrics.jsonl", "result.json",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written_is_named_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    run = Run(tmp_path / "file")
    with pytest.raises(RunError, match=r"file/runs/.*cannot be written"):
        run()
    assert run.steps == []


def test_a_name_that_is_no_utf8_is_refused_before_training(tmp_path):
    run = Run(type(tmp_path)(os.fsdecode(bytes(tmp_path) + b"/\xff")))
    with pytest.raises(ValueError, match="is not UTF-8"):
        run()
    assert run.steps == [] and not list(tmp_path.iterdir())


def test_the_checkpoint_named_after_a_divergence_is_one_that_can_be_read(run, begun, monkeypatch):
    """Zeroed bytes in the newest one: the one before is named."""
    from contrastive_claims.experiments.training import trainer

    folder = begun
    original = trainer.objective
    monkeypatch.setattr(trainer, "objective", lambda *given: tuple(part * float("nan") for part in original(*given)))
    with pytest.raises(trainer.Diverged, match=r"the last good checkpoint is .*/checkpoint\.safetensors"):
        run()
    path = folder / "checkpoint.safetensors"

    def zero(*given):
        path.write_bytes(path.read_bytes()[:-100] + bytes(100))
        return tuple(part * float("nan") for part in original(*given))

    monkeypatch.setattr(trainer, "objective", zero)
    with pytest.raises(trainer.Diverged, match=r"the last good checkpoint is .*/checkpoint\.previous\.safetensors"):
        run()


def test_an_accumulated_run_stopped_anywhere_goes_on_to_the_same_bytes(run, tmp_path):
    more = ("optimiser.accumulate=2", "optimiser.average=0.9")
    with pytest.raises(Stopped):
        run(*more, stop_at=7)
    stopped = run.steps[-1] + 1
    run(*more)
    assert run.steps[0] == stopped + 1 and stopped % 5 in (2, 4, 0)  # at the end of a group only
    whole = Run(tmp_path / "whole")
    whole(*more)
    for name in ("checkpoint.safetensors", "metrics.jsonl", "held_out.npz"):
        one, other = (root / "runs" / folders(run)[0] / name for root in (run.out, whole.out))
        assert one.read_bytes() == other.read_bytes()


RANK = """
import sys
from pathlib import Path
import torch.distributed as dist
from contrastive_claims.experiments.training.session import run_session
rank, out, meet = int(sys.argv[1]), sys.argv[2], sys.argv[3]
dist.init_process_group("gloo", init_method=f"file://{meet}", rank=rank, world_size=2)
try:
    run_session("digits", sys.argv[4:], 3, "cpu", Path(out), lambda news: print("step", news.step), tell=print,
                answer="resume-anyway", checkpoint_seconds=0)
except Exception as error:
    print(type(error).__name__, error)
    sys.exit(1)
"""


def ranks(outs, meet, *settings):
    processes = [
        subprocess.Popen([sys.executable, "-c", RANK, str(rank), str(out), str(meet), *settings], stdout=-1, text=True)
        for rank, out in enumerate(outs)
    ]
    return [(process.communicate(timeout=120)[0], process.returncode) for process in processes]


@pytest.mark.slow
def test_ranks_whose_folders_differ_are_refused_before_a_step(tmp_path):
    tiny = [*TINY, "batch=256", "encoder.norm=group"]
    with pytest.raises(Stopped):
        Run(tmp_path / "one")("encoder.norm=group", stop_at=7)
    (path,) = (tmp_path / "one" / "runs").glob("*/checkpoint.safetensors")
    assert load_checkpoint(path).state["step"] == 2
    (tmp_path / "two").mkdir()
    found = ranks([tmp_path / "one", tmp_path / "two"], tmp_path / "meet1", *tiny)
    for text, status in found:
        assert status == 1 and "step " not in text.replace("step 2", "").replace("step 0", "")
        assert "the ranks' checkpoints differ: rank 0 epoch 1, step 2 and rank 1 epoch 0, step 0" in text
    assert not list(tmp_path.rglob("result.json"))
    together = ranks([tmp_path / "one"] * 2, tmp_path / "meet2", *tiny)
    assert [status for _, status in together] == [0, 0] and "step 8" in together[0][0]
    other = ranks([tmp_path / "three"] * 2, tmp_path / "meet3", *tiny)
    assert [status for _, status in other] == [0, 0]
