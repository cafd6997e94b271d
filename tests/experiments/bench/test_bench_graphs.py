"""The graph benchmark in small: its report is strict JSON, its numbers are the library's, its peers agree."""

import json

import numpy as np
import pytest

from experiments.bench import graphs
from theory.blockmodel import graph_loss, minority_model
from theory.elliptope import random_vectors


def test_small_report():
    report = graphs.run(seeds=(1,), steps=3, models=40, peer_models=0, nodes=(300, 600), degree=20, repeats=1)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert [row["sizes"][0] for row in report["published"]] == [256, 32, 4]
    for row in report["published"]:
        assert row["status"] == "certified" and row["gap"] <= 1e-8
        assert row["descent_loss"] > row["loss"]
        assert row["speedup"] == pytest.approx(row["descent_seconds"] / row["seconds"])
    assert report["batch"]["worst_gap"] <= 1e-8
    assert report["scaling"]["largest_relative_error"] <= 1e-6
    assert set(report["scaling"]["exponent"]) == {"kernel_sums_2d", "kernel_sums_3d", "evaluation_2d"}
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


def test_a_large_graph_reports_its_certificate_and_memory():
    found = graphs._in_own_process({"nodes": 4000, "degree": 200, "dimension": 2, "workers": 1})
    assert found["status"] == "certified"
    assert found["relative_gradient"] <= 1e-6
    assert 0 < found["peak_gb"] < 4
    assert np.isclose(found["mean_degree"], 200, rtol=0.02)
    assert "above 1" in graphs._in_own_process({"nodes": 100, "degree": 200, "dimension": 2, "workers": 1})["failed"]
