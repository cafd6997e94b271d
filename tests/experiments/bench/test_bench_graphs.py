"""The graph benchmark in small: its report is strict JSON, its numbers are the library's, its peers agree."""

import json

import numpy as np
import pytest

from contrastive_claims.experiments.bench import graphs
from contrastive_claims.theory.blockmodel import graph_loss, minority_model
from contrastive_claims.theory.elliptope import random_vectors
from contrastive_claims.theory.elliptope.threads import threads_limited


def test_small_report():
    report = graphs.run(
        seeds=(1,), steps=3, models=40, peer_models=0, nodes=(300, 600), degree=20, repeats=1, sparse=((200, 3),),
        sparse_seeds=(0, 1), blocks=(3, 4), peer_blocks=3,
    )  # fmt: skip
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert [row["sizes"][0] for row in report["published"]] == [256, 32, 4]
    for row in report["published"]:
        assert row["status"] == "certified" and row["gap"] <= 1e-8
        assert row["descent_loss"] > row["loss"]
        spent = [value for name, value in row.items() if name.startswith("descent_seconds_")]
        assert "descent_seconds_1_threads" in row
        assert row["speedup"] == pytest.approx(min(spent) / row["seconds"])
    assert report["batch"]["worst_gap"] <= 1e-8
    assert report["scaling"]["largest_relative_error"] <= 1e-6
    assert set(report["scaling"]["exponent"]) == {"kernel_sums_2d", "kernel_sums_3d", "evaluation_2d"}
    assert [row["seed"] for row in report["sparse"]] == [0, 1]
    for row in report["sparse"]:
        assert row["mean_degree"] == pytest.approx(10, rel=0.2) and row["dimension"] == 3
        assert abs(row["losses"]["ours"] - row["losses"]["lbfgs"]) < 1e-2
        spent = row["seconds_to_1e-06"]
        assert row["ratio_to_1e-06"] == pytest.approx(spent["ours"] / spent["lbfgs"])
        assert row["seconds_to_1e-08"]["lbfgs"] >= spent["lbfgs"] > 0
    assert "million" not in report


def test_plain_descent_descends_the_graphs_loss():
    graph = minority_model(1 / 3, 0.4).sample(n=60, seed=0)
    start = graph_loss(graph, random_vectors(60, 10, 7))
    losses = [graphs._plain_descent(graph, steps, 7) for steps in (0, 20, 400)]
    assert losses[0] == pytest.approx(start, abs=1e-12)
    assert losses[2] < losses[1] < losses[0]


def test_the_parametrised_peer_solves_the_same_problem():
    pytest.importorskip("cvxpy")
    found = graphs._batch(models=6, peer_models=4, repeats=1)
    assert found["worst_loss_difference"] <= 1e-7
    assert found["speedup"] > 0


def test_the_descent_is_timed_with_one_thread_and_with_all():
    for threads, names in ((1, {"descent_seconds_1_threads"}), (2, {f"descent_seconds_{k}_threads" for k in (1, 2)})):
        with threads_limited(threads):
            row = graphs._published((8, 20, 20), seed=0, steps=2, repeats=1)
        assert {name for name in row if name.startswith("descent_seconds")} == names


def test_a_large_graph_reports_its_certificate_and_memory(capfd):
    job = {"nodes": 4000, "degree": 200, "dimension": 2, "workers": 1, "limit_seconds": 60}
    found = graphs._in_own_process(job)
    assert found["status"] == "certified"
    assert found["relative_gradient"] <= 1e-6
    assert 0 < found["peak_gb"] < 4
    assert np.isclose(found["mean_degree"], 200, rtol=0.02)
    progress = capfd.readouterr().err.splitlines()
    assert len(progress) == found["iterations"] + 1
    assert all(line.startswith("4000 nodes, degree 200, 2 dimensions: ") for line in progress)
    assert "above 1" in graphs._in_own_process({**job, "nodes": 100})["failed"]


def test_a_search_out_of_time_is_certified_where_it_stands():
    job = {"nodes": 4000, "degree": 50, "dimension": 3, "workers": 1, "limit_seconds": 0}
    found = graphs._large(job)
    assert found["status"] == "not converged"
    assert found["iterations"] <= 6  # the blocks' own search takes some steps of the first call
    assert 0 < found["gap"] < np.inf


def test_a_million_nodes_are_one_graph_that_closes_and_one_that_stays_open(monkeypatch):
    monkeypatch.setattr(graphs, "_in_own_process", lambda job: job)
    for part in ("_published_graphs", "_batch", "_scaling", "_many_blocks", "_beside_lbfgs"):
        monkeypatch.setattr(graphs, part, lambda *_: None)
    cases = graphs.run(million=True, million_degree=190, seconds=5)["million"]
    assert [(case["degree"], case["dimension"]) for case in cases] == [(190, 2), (50, 2), (50, 3)]
    assert {case["nodes"] for case in cases} == {1_000_000}
    assert {case["limit_seconds"] for case in cases} == {5}


def test_many_blocks_are_certified_beside_peers():
    report = graphs._many_blocks((4, 24), peer_blocks=0)
    assert [row["blocks"] for row in report["rows"]] == [4, 24] and report["exponent"] is None
    for row in report["rows"]:
        assert row["status"] == "certified" and row["cosine_error"] <= 1e-6 and abs(row["lbfgs_excess"]) < 1e-9
