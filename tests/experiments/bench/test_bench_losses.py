"""The benchmark's report is complete, strict JSON, and says so when an implementation fails."""

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
    assert [found["name"] for found in report["results"]] == [bench.OURS, bench.TEXTBOOK, bench.METRIC_LEARNING]
    assert set(report["speedup"]["512"]) == {bench.TEXTBOOK, bench.METRIC_LEARNING}
