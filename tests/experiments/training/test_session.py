"""A session: what it leaves on disk, what it reuses, and that a kill and a second process change nothing."""

import json

import numpy as np
import pytest

from contrastive_claims.experiments.bench.training import killed_run, two_processes
from contrastive_claims.experiments.data.sources import Dataset
from contrastive_claims.experiments.ledger.records import load_arrays
from contrastive_claims.experiments.training import session
from contrastive_claims.experiments.training.presets import load_preset
from contrastive_claims.experiments.training.session import run_session

TINY = ["epochs=2", "encoder.widths=[2, 4]", "encoder.dimension=4"]


def quiet(progress):
    pass


def test_a_session_leaves_metrics_embeddings_and_probes_and_is_reused(tmp_path):
    found = run_session("digits", TINY, 3, "cpu", tmp_path, quiet)
    folder = tmp_path / "runs" / found["folder"].rpartition("/")[2]
    arrays = load_arrays(folder / "held_out.npz")
    assert arrays["embeddings"].shape == (500, 4) and (np.bincount(arrays["labels"]) == 50).all()
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 2
    assert 0.2 < found["held_out"]["accuracy"] <= 1
    assert found["samples"] == {"training": 1297, "held_out": 500}
    again = run_session("digits", TINY, 3, "cpu", tmp_path, lambda p: pytest.fail("trained again"))
    assert again.pop("reused") and again == json.loads(json.dumps(found))
    other = run_session(
        "digits", [*TINY, "data.undersample.target=1", "data.undersample.factor=100.0"], 3, "cpu", tmp_path, quiet
    )
    assert other["folder"] != found["folder"] and other["samples"]["training"] < 1297


def test_the_published_protocol_learns_from_the_test_set_and_judges_on_the_rest(tmp_path, monkeypatch):
    sizes = []
    original = session.linear_probe

    def counted(points, labels, *rest):
        sizes.append(len(labels))
        return original(points, labels, *rest)

    monkeypatch.setattr(session, "linear_probe", counted)
    found = run_session("digits", [*TINY, "probe=test-split"], 3, "cpu", tmp_path, quiet)
    assert sizes == [375]
    assert (found["held_out"]["accuracy"] * 125) % 1 == pytest.approx(0, abs=1e-9)


def test_both_probes_learn_from_the_training_set_alone():
    """Its classes named the other way round, every answer is wrong: the held-out labels teach nobody."""
    generator, labels = np.random.default_rng(0), np.repeat([0, 1], 50)
    features = np.eye(2)[labels] + 0.1 * generator.normal(size=(100, 2))
    held_out = Dataset("blobs", features[:, None, None], labels, None, "")
    for given, expected in ((labels, 1), (1 - labels, 0)):
        found = session.probes(load_preset("digits"), features, given, features, held_out, 0)
        assert found["accuracy"] == found["nearest_neighbours_accuracy"] == expected


@pytest.mark.parametrize(
    ("preset", "settings", "message"),
    [
        ("digit", [], "unknown preset 'digit'"),
        ("digits", ["batch=5000"], "batch: 5000 is more than"),
        ("digits", ["data.classes=[1, 12]"], r"data\.classes: class 12 does not occur in digits"),
        ("digits", ["data.per_class=500"], r"data\.per_class: 500 is more than the \d+ samples of class 0"),
        ("digits", ["data.held_out_per_class=0"], "digits"),
        ("digits", ["data.undersample.target=11", "data.undersample.factor=2.0"], "target"),
    ],
)
def test_bad_settings_are_refused_before_any_work(tmp_path, preset, settings, message):
    with pytest.raises(ValueError, match=message):
        run_session(preset, [*TINY, *settings] if preset == "digits" else settings, 0, "cpu", tmp_path, quiet)
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.slow
def test_sigkill_at_random_steps_changes_no_byte(tmp_path):
    found = killed_run(tmp_path, [*TINY, "epochs=4", "method.name=bcl"], kills=2, seed=5)
    assert all(found["identical"].values()) and len(found["killed_at"]) == 2


@pytest.mark.slow
def test_two_processes_follow_one(tmp_path):
    found = two_processes(tmp_path, steps=6)
    assert found["largest_difference"] < 1e-5 < found["fall"] and found["steps"] == 6
