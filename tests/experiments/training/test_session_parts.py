"""What a session hands on and says, on images that take no time: its news, its lock, the ranks beside it, what it judges by."""

import os
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from contrastive_claims.experiments.data.sources import Dataset, dataset
from contrastive_claims.experiments.ledger.records import load_arrays
from contrastive_claims.experiments.training import runs, session, trainer
from contrastive_claims.experiments.training.presets import load_preset, with_settings
from contrastive_claims.experiments.training.probe import FOLDS, PENALTIES
from contrastive_claims.experiments.training.runs import MadeOtherwise, RunError
from contrastive_claims.experiments.training.session import FINISHED, REFUSED, TRAIN, begin_ranks, probes, run_session
from contrastive_claims.experiments.training.stopping import Stopping
from contrastive_claims.experiments.training.trainer import Progress, RanksDiffer, Trained

CONVNET = [
    "encoder.name=convnet",
    "encoder.widths=[2, 4]",
    "encoder.dimension=3",
    "encoder.head=[5]",
    "precision=float32",
]
SETTINGS = [*CONVNET, "epochs=3", "batch=8"]


def images(name, count):
    pixels = np.random.default_rng(count).random((count, 1, 8, 6)).astype(np.float32)
    return dataset(name, pixels, np.arange(count) % 2, np.arange(count) // 2 % 2)


TRAINING, HELD_OUT = images("training", 24), images("held out", 12)


@pytest.fixture(autouse=True)
def no_time(monkeypatch):
    """Images at once, which take a line to load, and one fingerprint for all code."""

    def loaded(spec, seed, tell):
        tell("one was skipped")
        return TRAINING, HELD_OUT

    monkeypatch.setattr(session, "training_and_held_out", loaded)
    monkeypatch.setattr(runs.keys, "fingerprint", lambda modules: "f" * 64)


def given(out, **more):
    return run_session(
        more.pop("name", "digits"), more.pop("settings", SETTINGS), 3, "cpu", out, **{"report": print, **more}
    )


class Fails(Exception):
    """Whatever ends a run."""


@pytest.fixture
def asked(monkeypatch):
    """What `train` is asked for; it tells three steps, and what it answers is not judged."""
    calls = []

    def train(preset, data, seed, **options):
        calls.append(options)
        for step in (1, 2, 3):
            options["report"](Progress(step, 3, 1.0, 1.0, 0.0, 1, 1, 1.0))
        return Trained(nn.Identity(), [{"epoch": 1}])

    monkeypatch.setattr(session, "train", train)
    monkeypatch.setattr(session, "_judged", lambda *given: {})
    return calls


def test_a_session_says_what_goes_on_and_leaves_it_in_the_result(tmp_path):
    news, said, steps = [], [], []
    found = given(
        tmp_path, report=steps.append, news=news.append, tell=said.append, prepare=lambda: "as many threads as fit"
    )
    threads = torch.get_num_threads()
    assert news == [
        "loading digits", "one was skipped", "as many threads as fit",
        f"float32 on cpu, {threads} thread{'s' if threads > 1 else ''}; first step",
    ]  # fmt: skip
    assert said == [] and [each.step for each in steps] == list(range(1, 10))
    assert found["data"] == {
        "training": TRAINING.checksum, "held_out": HELD_OUT.checksum, "loading": ["one was skipped"],
    }  # fmt: skip
    assert found["shape"] == [1, 8, 6] and found["classes"] == [] and found["warnings"] == []
    assert found["metrics"]["epoch"] == 3 and found["samples"] == {"training": 24, "held_out": 12}
    arrays = load_arrays(Path(found["folder"]) / "held_out.npz")
    assert {name: array.shape for name, array in arrays.items()} == {
        "features": (12, 3), "embeddings": (12, 5), "labels": (12,), "bias": (12,)
    }  # fmt: skip
    np.testing.assert_array_equal(arrays["bias"], HELD_OUT.bias)
    again = given(tmp_path, report=lambda news: pytest.fail("trained again"), answer="resume-anyway")
    assert again.pop("reused") is True and again == found


def test_nothing_is_said_of_what_needed_no_preparation(tmp_path, asked):
    news = []
    given(tmp_path, name="images-cpu", data=tmp_path / "mine", news=news.append)
    assert news[:2] == [f"loading {tmp_path / 'mine'}", "one was skipped"] and len(news) == 3


def test_what_is_asked_of_the_loop(tmp_path, asked):
    seen = []
    for more in ({}, {"checkpoint_seconds": 7.0}):
        given(tmp_path, report=seen.append, **more)
    first, second = asked
    assert (first["checkpoint_seconds"], second["checkpoint_seconds"]) == (30.0, 7.0)
    assert first["stop"]() is False and first["device"] == "cpu" and len(first["key"]) == 64
    assert first["folder"] == tmp_path / "runs" / f"digits-seed3-{first['key'][:8]}" and first["folder"].is_dir()
    assert first["made"]["code"] == "f" * 64 and first["made"]["ranks"] == 1
    assert [each.step for each in seen] == [1, 2, 3] * 2


def test_images_of_one_s_own_need_their_place_and_it_a_name_that_can_be_written(tmp_path, asked):
    with pytest.raises(ValueError, match="preset 'images-cpu' is for images of your own: say --data PATH"):
        given(tmp_path, name="images-cpu")
    with pytest.raises(ValueError, match="is not UTF-8; rename it"):
        given(tmp_path, name="images-cpu", data=Path(os.fsdecode(b"/photos/\xff")))
    assert not asked and not list(tmp_path.iterdir())
    given(tmp_path, name="images-cpu", settings=[*SETTINGS, "data.path=photos"])
    assert len(asked) == 1


def test_weights_from_elsewhere_are_looked_for_before_the_images_are_loaded(tmp_path, monkeypatch, asked):
    def absent(spec):
        raise ValueError(f"{spec.name}: not here")

    monkeypatch.setattr(session, "check_lite0", absent)
    news = []
    with pytest.raises(ValueError, match="efficientnet-lite0: not here"):
        given(tmp_path, settings=["encoder.name=efficientnet-lite0"], news=news.append)
    assert news == [] and not asked
    given(tmp_path)
    assert len(asked) == 1  # nobody asked for them there


class Heard(Stopping):
    """Which remembers that the loop was over."""

    over = 0

    def loop_is_over(self):
        self.over += 1
        super().loop_is_over()


def test_a_signal_is_told_what_is_kept_and_when_the_loop_is_over(tmp_path):
    stop, while_it_ran = Heard(), []
    found = given(tmp_path, stop=stop, report=lambda news: while_it_ran.append((stop.kept(), stop.over)))
    assert (stop.quiet, stop.waits, stop.over) == (False, True, 1)
    assert stop.kept() == f"{found['folder']} is finished"
    assert while_it_ran[0] == ("nothing was kept: no checkpoint was written yet", 0)
    assert while_it_ran[-1][0].startswith("kept: epoch 3, step 0 in ")


@pytest.fixture
def locks(monkeypatch):
    """The locks that were taken."""
    taken, lock = [], runs.lock
    monkeypatch.setattr(runs, "lock", lambda folder: taken.append(lock(folder)) or taken[-1])
    return taken


def test_a_run_is_locked_while_it_trains_and_free_whatever_comes_of_it(tmp_path, monkeypatch, locks):
    def fails(news):
        assert locks[-1].is_locked
        if news.step == 5:
            raise Fails

    with pytest.raises(Fails):
        given(tmp_path, report=fails)
    monkeypatch.setattr(runs.keys, "fingerprint", lambda modules: "e" * 64)
    with pytest.raises(MadeOtherwise, match="begun with other things: this package's code"):
        given(tmp_path)
    said = []
    given(tmp_path, answer="resume-anyway", tell=said.append)
    assert [word.partition(" was ")[2] for word in said] == ["begun with other things: this package's code"]
    assert given(tmp_path)["reused"]
    assert len(locks) == 4 and not any(lock.is_locked for lock in locks)


@pytest.fixture
def ranks(monkeypatch):
    """Makes this process one of two; rank 0 says `found` to the other. `ranks.sent` is what this one said."""

    def of(rank, found=TRAIN):
        def by_rank(mine, device):
            ranks_sent.append((list(mine), device))
            return [[found], [9]]

        for module in (session, trainer, runs):
            monkeypatch.setattr(module, "world", lambda: (rank, 2))
        monkeypatch.setattr(session, "by_rank", by_rank)

    of.sent = ranks_sent = []
    return of


class Worried:
    """A watch that warns at each step."""

    def __init__(self, preset):
        self.warnings = ["a word"]

    def look(self, progress):
        return "a word"


def test_rank_0_tells_the_others_what_it_found_and_all_else(tmp_path, monkeypatch, ranks, locks):
    monkeypatch.setattr(session, "Watch", Worried)
    monkeypatch.setattr(trainer, "by_rank", lambda mine, device: [mine, mine])
    monkeypatch.setattr(trainer, "DistributedDataParallel", lambda network: network)
    ranks(0)
    said, news, stop = [], [], Heard()
    found = given(tmp_path, tell=said.append, news=news.append, stop=stop)
    assert ranks.sent == [([TRAIN], "cpu")] and said == ["warning: a word"] * 9 and len(news) == 3
    assert found["warnings"] == ["a word"] and found["made"][0]["ranks"] == 2
    assert (stop.quiet, stop.waits) == (False, False)  # none may wait for its own step
    assert given(tmp_path)["reused"] and ranks.sent[1:] == [([FINISHED], "cpu")]
    monkeypatch.setattr(runs.keys, "fingerprint", lambda modules: "e" * 64)
    with pytest.raises(MadeOtherwise, match="finished with other things"):
        given(tmp_path)
    assert ranks.sent[2:] == [([REFUSED], "cpu")]
    monkeypatch.setattr(runs, "lock", lambda folder: (_ for _ in ()).throw(RunError("cannot be written")))
    with pytest.raises(RunError):
        given(tmp_path)
    assert ranks.sent[3:] == [([REFUSED], "cpu")]  # also where there is no lock to give back
    assert not any(lock.is_locked for lock in locks)


def test_the_other_ranks_do_as_rank_0_says_and_are_silent(tmp_path, monkeypatch, ranks, asked):
    monkeypatch.setattr(session, "Watch", Worried)
    said, stop, steps = [], Heard(), []
    more = {"tell": said.append, "news": said.append, "prepare": lambda: "a word", "report": steps.append, "stop": stop}
    ranks(1, FINISHED)
    assert given(tmp_path, **more) == {} and not asked
    ranks(1, REFUSED)
    with pytest.raises(RanksDiffer, match="rank 0 refused this run, and says why"):
        given(tmp_path, **more)
    assert not asked
    ranks(1, TRAIN)
    assert given(tmp_path, **more) == {} and len(asked) == 1 and len(steps) == 3
    assert said == [] and not list(tmp_path.iterdir())
    assert (stop.quiet, stop.waits, stop.over) == (True, False, 1)


MADE = {
    "code": "c",
    "versions": {"torch": "2"},
    "device": "cpu",
    "precision": "float32",
    "ranks": 1,
    "encoder": "",
    "threads": 1,
}


def begun(folder, answer="ask", said=None):
    return session._begin(folder, "k", MADE, answer, (said if said is not None else []).append)


def test_a_new_run_begins_with_a_folder_whatever_the_answer(tmp_path):
    said = []
    for answer in runs.ANSWERS:
        folder = tmp_path / "new" / answer
        assert begun(folder, answer, said) is None and folder.is_dir()
        assert begun(folder, "ask", said) is None  # it may be there
    assert said == []
    (tmp_path / "new" / "fresh" / "file").write_text("x")
    assert begun(tmp_path / "new" / "fresh", "fresh", said) is None
    assert said == [f"what was there is now in {tmp_path / 'new' / 'fresh.old-1'}"]
    assert (tmp_path / "new" / "fresh.old-1" / "file").exists() and not list((tmp_path / "new" / "fresh").iterdir())


def test_a_result_that_is_damaged_is_said_to_be_put_aside(tmp_path):
    (tmp_path / "result.json").write_text("{")
    said = []
    assert begun(tmp_path, said=said) is None and len(said) == 1
    assert "result.json: unreadable" in said[0] and "(result.json is now result.json.damaged-1)" in said[0]
    assert [path.name for path in tmp_path.iterdir()] == ["result.json.damaged-1"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"file: cannot be written \(File exists\)"):
        begun(tmp_path / "file")


def test_how_a_run_was_made_last_decides(tmp_path, monkeypatch):
    other, threads = {**MADE, "code": "d"}, {**MADE, "threads": 4}
    said = []
    for before in ([other, other, MADE], [MADE], []):
        monkeypatch.setattr(runs, "history", lambda folder, before=before: before)
        assert begun(tmp_path, said=said) is None and said == []
    monkeypatch.setattr(runs, "history", lambda folder: [MADE, MADE, other])
    with pytest.raises(MadeOtherwise, match=r"was begun with other things: .*code\. --resume-anyway goes on from its"):
        begun(tmp_path, said=said)
    assert begun(tmp_path, "resume-anyway", said) is None
    assert said == [f"{tmp_path.name} was begun with other things: this package's code"]
    monkeypatch.setattr(runs, "history", lambda folder: [threads])
    assert begun(tmp_path, said=said) is None and said[1:] == ["4 threads then, 1 now: the last digits may differ"]
    finished = {"key": "k", "made": [other, other, threads]}
    monkeypatch.setattr(runs, "load_result", lambda folder: finished)
    assert begun(tmp_path, said=said) is finished and len(said) == 2  # nothing more is computed with these threads
    finished["made"] = [MADE, MADE, other]
    with pytest.raises(MadeOtherwise, match=r"was finished with other things: .*--resume-anyway takes it as it is"):
        begun(tmp_path, said=said)
    finished["key"] = "another"
    with pytest.raises(ValueError, match=r"result\.json: the result of another run, moved here"):
        begun(tmp_path, "resume-anyway", said)


@pytest.mark.parametrize(
    ("fewest", "expected"), [(FOLDS - 1, PENALTIES[:1]), (FOLDS, PENALTIES), (FOLDS + 1, PENALTIES)]
)
def test_c_is_chosen_where_every_class_has_a_sample_for_each_fold(monkeypatch, fewest, expected):
    """Else it is 1; and a vote has twenty neighbours, or as many as there are."""
    found = []

    def probe(seen, labels, seed, penalties):
        found.append(tuple(penalties))
        return types.SimpleNamespace(penalty=7.0, predict=lambda points: np.arange(len(points)) % 2)

    def vote(seen, labels, points, k):
        found.append(k)
        return 1 - np.arange(len(points)) % 2

    monkeypatch.setattr(session, "linear_probe", probe)
    monkeypatch.setattr(session, "nearest_neighbours", vote)
    held_out = Dataset("blobs", np.zeros((6, 1, 1, 1)), np.arange(6) % 2, None, "")
    for more, k in ((10, fewest + 10), (40, 20)):
        labels = np.repeat([0, 1], [fewest, more])
        answers = probes(load_preset("digits"), np.zeros((len(labels), 2)), labels, np.zeros((6, 2)), held_out, 0)
        assert found == [expected, k]
        assert answers == {
            "probe_penalty": 7.0, "accuracy": 1.0, "balanced_accuracy": 1.0, "worst_group_accuracy": 1.0,
            "nearest_neighbours_accuracy": 0.0,
        }  # fmt: skip
        found.clear()


def test_the_groups_of_a_probe_are_those_of_class_and_bias():
    features = np.eye(2)[[0, 0, 1, 1, 1, 0]]  # the last one lies with the other class
    held_out = Dataset("blobs", np.zeros((6, 1, 1, 1)), np.array([0, 0, 1, 1, 1, 1]), np.array([0, 0, 0, 0, 0, 1]), "")
    found = probes(
        with_settings(load_preset("digits"), []), np.eye(2)[[0, 1] * 4], np.array([0, 1] * 4), features, held_out, 0
    )
    assert found["worst_group_accuracy"] == 0.0 and found["accuracy"] == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("device", "launched", "expected", "backends"),
    [
        ("cpu", False, "cpu", []),
        ("cuda", False, "cuda", []),
        ("cpu", True, "cpu", ["gloo"]),
        ("cuda", True, "cuda:1", ["nccl"]),
    ],
)
def test_a_rank_joins_the_group_and_takes_a_gpu_of_its_own(monkeypatch, device, launched, expected, backends):
    joined, taken = [], []
    monkeypatch.setattr(session.dist, "is_torchelastic_launched", lambda: launched)
    monkeypatch.setattr(session.dist, "init_process_group", joined.append)
    monkeypatch.setattr(session.dist, "get_rank", lambda: 5)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: taken[-1])
    assert begin_ranks(device) == expected
    assert joined == backends and taken == ([1] if expected == "cuda:1" else [])
