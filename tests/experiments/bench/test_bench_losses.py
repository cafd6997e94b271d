"""The benchmark's report is complete, strict JSON, and says so when an implementation fails."""

import importlib.util
import json

import pytest

from experiments.bench import losses as bench


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


@pytest.mark.slow
def test_peers_take_part():
    report = bench.run(sizes=(512,), repeats=1, threads=1, accuracy_size=None)
    present = {name for name in bench.PEERS if name != bench.LIGHTLY or importlib.util.find_spec("lightly")}
    assert {found["name"] for found in report["results"]} == {bench.OURS} | present
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
