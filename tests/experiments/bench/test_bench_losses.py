"""The benchmark's report is complete, strict JSON, and says so when an implementation fails."""

import importlib.util
import json

import pytest

from contrastive_claims.experiments.bench import losses as bench


def test_report_of_a_small_run():
    report = bench.run(sizes=(64,), repeats=1, threads=1, accuracy_size=64, peers=False)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    (ours,) = report["results"]
    assert ours["name"] == bench.OURS and ours["n"] == 64
    assert len(ours["runs_s"]) == 1 and ours["median_s"] > 0 and ours["peak_mb"] >= 0
    assert report["accuracy"]["loss_error"] < 1e-5
    assert report["accuracy"]["worst_gradient_row_relative_error"] < 1e-4


def test_a_failing_implementation_is_reported():
    with bench._Worker({"task": "unknown", "threads": 1}) as worker:
        assert worker.ask() is None
        assert worker.failure() == {"failed": "KeyError: 'name'"}


@pytest.mark.parametrize(
    ("patience", "memory", "message"),
    [(0.5, 10**10, "more than 0.5 CPU s a step"), (60.0, 4 * 10**8, "more than the 0.4 GB that the machine has free")],
)
def test_what_takes_too_long_or_too_much_is_said(patience, memory, message, monkeypatch):
    monkeypatch.setattr(bench, "PATIENCE", patience)
    job = {
        "task": "measure", "name": bench.TEXTBOOK, "n": 8192, "bytes": memory, "threads": 1, "dimension": 8, "classes": 10,
        "seed": 0, "temperature": 0.1, "epsilon": 0.25,
    }  # fmt: skip
    assert bench._take_turns({"it": job}, 1) == {"it": {"failed": message}}


def test_slow_steps_are_repeated_less(monkeypatch):
    monkeypatch.setattr(bench, "SLOW", 0.0)
    monkeypatch.setattr(bench, "CALLS", 64)
    (ours,) = bench.run(sizes=(64,), repeats=4, threads=1, accuracy_size=None, peers=False)["results"]
    assert len(ours["runs_s"]) == 1


def test_peers_that_are_not_tried_have_a_row_that_says_why(monkeypatch):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bench, "_take_turns", lambda jobs, repeats: {name: {"failed": "tried"} for name in jobs})
    rows = bench.run(sizes=(16, 99), peer_limit=50, repeats=1, accuracy_size=None)["results"]
    said = {(row["name"], row["n"]): row["failed"] for row in rows}
    assert set(said) == {(name, n) for name in (bench.OURS, *bench.PEERS) for n in (16, 99)}
    assert said[bench.LIGHTLY, 16] == said[bench.METRIC_LEARNING, 16] == "not installed"
    assert said[bench.TEXTBOOK, 16] == "tried" and said[bench.TEXTBOOK, 99] == "not tried beyond N = 50"


@pytest.mark.slow
def test_peers_take_part():
    report = bench.run(sizes=(512,), repeats=1, threads=1, accuracy_size=None)
    present = {name for name in bench.PEERS if name != bench.LIGHTLY or importlib.util.find_spec("lightly")}
    assert {found["name"] for found in report["results"]} == {bench.OURS, *bench.PEERS}
    working = {found["name"] for found in report["results"] if "median_s" in found} - {bench.OURS}
    assert working >= present - {bench.COMPILED}  # which needs a C++ compiler
    for kind in ("speedup", "speedup_in_process_time"):
        assert set(report[kind]["512"]) == working


def test_the_textbook_forms_are_the_loss():
    job = {"n": 40, "dimension": 8, "classes": 4, "seed": 0, "temperature": 0.2, "epsilon": 0.3}
    values = []
    for name in (bench.OURS, bench.TEXTBOOK, bench.CHUNKED):
        embeddings, labels = bench._inputs(job)
        loss = bench._implementation({**job, "name": name})(embeddings, labels)
        loss.backward()
        values.append((loss.item(), embeddings.grad.norm().item()))
    assert values[1] == pytest.approx(values[0], rel=1e-5) and values[2] == pytest.approx(values[0], rel=1e-5)
