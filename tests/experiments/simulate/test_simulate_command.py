"""`claims simulate`: the examples come out as their headers say; files, JSON, resumption, interruption, processes."""

import csv
import json
import re
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.simulate import graphs
from contrastive_claims.theory.blockmodel import minimise_population, minority_model
from contrastive_claims.theory.blockmodel.limits import vanishing_minority_cosine
from contrastive_claims.theory.margins.free import merging_threshold

PAGE = Path(__file__).parents[3] / "docs" / "simulate.md"
SMALL = """
shares = [0.2, 0.4, 0.4]
connectivity = [[0.95, 0.4, 0], [0.4, 0.95, 0], [0, 0, 0.95]]
[graphs]
nodes = 40
dimension = 4
seeds = 3
"""


@pytest.fixture
def run(tmp_path):
    def invoke(*arguments, out=tmp_path / "out", jobs=1):
        return CliRunner().invoke(cli.app, ["simulate", *map(str, arguments), "--out", str(out), "--jobs", str(jobs)])

    return invoke


@pytest.fixture
def small(tmp_path):
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path / "small.toml"


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no strict JSON")

    return json.loads(text, parse_constant=refuse)


def swept(result):
    assert result.exit_code == 0, result.output
    return strict(result.stdout)["points"]


def test_the_published_study_is_the_certified_optimum_and_its_graphs_lie_near(run):
    (point,) = swept(run("published-study", "--json"))
    cosines, finite = point["population"]["cosines"], point["graphs"]
    expected = minimise_population(minority_model(32 / 544, 0.4), 1.0).gram
    assert cosines["cos_12"] == pytest.approx(expected[0, 1], abs=1e-6) == pytest.approx(0.813, abs=5e-4)
    assert finite["seeds"] == 5 and finite["worst_gap"] < 1e-8 and finite["status"] == ["certified"]
    assert finite["low"][0][1] - 0.02 < cosines["cos_12"] < finite["high"][0][1] + 0.02
    limit = point["limit"]
    assert limit["block"] == "minority"
    assert limit["cosines"]["tied"] == pytest.approx(vanishing_minority_cosine(0.4 / 0.95, 1.0), abs=1e-8)
    assert point["closed_form"] is None and set(point["fails"]) == {"B6", "B15", "B17", "B25"}


def test_more_connection_drives_apart(run):
    told = swept(run("apart-by-connection", "--sweep", "alpha_12=0:0.1:3", "--json"))
    first, _, last = (point["population"]["cosines"]["cos_12"] for point in told)
    assert first == pytest.approx(-0.859, abs=1e-3) and last == pytest.approx(-0.976, abs=1e-3)


def test_a_rare_class_of_ten_collapses_fully_in_the_limit_above_its_temperature(run):
    told = swept(run("ten-classes", "--sweep", "temperature=0.4,0.5", "--json"))
    cold, warm = (point["limit"]["cosines"]["tied"] for point in told)
    assert cold < 0.999 and warm == pytest.approx(1, abs=1e-9)
    assert told[1]["population"]["cosines"]["cos_1_2"] == pytest.approx(0.61, abs=0.01)


def test_small_classes_merge_from_their_margin_on(run):
    threshold = merging_threshold(2, 20, 0.5)
    sweep = f"epsilon={threshold - 0.05},{threshold + 0.05}"
    below, above = swept(run("small-classes", "--sweep", sweep, "--json"))
    assert min(below["supervised"]["margins"]) > 0.01 and min(above["supervised"]["margins"]) == pytest.approx(
        0, abs=1e-9
    )
    assert below["closed_form"]["claim"] == "B6" and below["closed_form"]["distance"] < 1e-9


def test_a_conflicting_group_goes_with_its_bias_beyond_gamma_and_labels_ignore_it(run, tmp_path):
    text = (Path(cli.__file__).parent / "simulate" / "examples" / "biased-groups.toml").read_text()
    model = tmp_path / "biased.toml"
    model.write_text(re.sub(r"nodes = .*", "nodes = 80", text))
    weak, strong = swept(run(model, "--sweep", "beta=0.1,0.5", "--json"))
    for point, side in ((weak, 1), (strong, -1)):
        bias = point["bias"]
        assert side * (bias["cosine_with_class"] - bias["cosine_with_bias"]) > 0.05
        assert bias["positives_aligned"] < 1e-9 and bias["fair_kl_positives"] > 1
        low, high = point["graphs"]["fair_kl"][1:]
        assert 0 < low < high
    assert weak["supervised"]["margins"] == strong["supervised"]["margins"] == pytest.approx([4, 4])


def test_files_of_a_sweep(run, small, tmp_path):
    result = run(small, "--sweep", "alpha_12=0.2,0.4", "--sweep", "temperature=0.5,1,2")
    assert result.exit_code == 0 and re.search(r"6 optima, 6 certified, [1-5] with a closed form", result.stdout)
    folder = tmp_path / "out" / "simulations" / "small"
    assert {path.name for path in folder.iterdir()} == {"results.json", "table.csv", "figure.svg", "figure.png"}
    told = strict((folder / "results.json").read_text())
    rows = list(csv.DictReader((folder / "table.csv").read_text().splitlines()))
    assert len(rows) == len(told["points"]) == 6 and told["swept"] == ["alpha_12", "temperature"]
    for row, point in zip(rows, told["points"], strict=True):
        assert float(row["cos_12"]) == point["population"]["cosines"]["cos_12"]
        assert float(row["alpha_12"]) == point["values"]["alpha_12"]
        assert float(row["graph_cos_12_low"]) == point["graphs"]["low"][0][1] <= float(row["graph_cos_12"])
    assert all(str(folder / name) in result.stdout for name in ("results.json", "table.csv", "figure.svg"))


def test_one_point_is_told_in_full(run, small):
    result = run(small)
    assert result.exit_code == 0
    for words in (
        "population optimum: loss",
        "one vector per block is optimal",
        "no closed form applies:",
        "3 graphs: certified",
    ):
        assert words in result.stdout


def test_finished_graphs_are_not_repeated_and_damaged_ones_are(run, small, tmp_path, monkeypatch):
    solved = []
    real = graphs.solve
    monkeypatch.setattr(graphs, "solve", lambda settings, seed: solved.append(seed) or real(settings, seed))
    first = run(small, "--json")
    assert solved == [0, 1, 2]
    assert run(small, "--json").stdout == first.stdout and solved == [0, 1, 2]
    kept = sorted((tmp_path / "out" / "simulations" / "graphs").iterdir())
    kept[0].write_text("{")
    assert run(small, "--json").exit_code == 0 and len(solved) == 4
    small.write_text(SMALL.replace("seeds = 3", "seeds = 4"))
    assert run(small).exit_code == 0 and solved[4:] == [3]
    small.write_text(SMALL.replace("dimension = 4", "dimension = 5"))
    assert run(small).exit_code == 0 and solved[5:] == [0, 1, 2]


def test_an_interrupt_is_exit_130_and_what_is_finished_is_kept(run, small, monkeypatch):
    solved = []
    real = graphs.solve

    def interrupted(settings, seed):
        if len(solved) == 2:
            raise KeyboardInterrupt
        solved.append(seed)
        return real(settings, seed)

    monkeypatch.setattr(graphs, "solve", interrupted)
    result = run(small)
    assert result.exit_code == 130 and result.stderr.endswith("the same command goes on from there\n")
    monkeypatch.setattr(graphs, "solve", lambda settings, seed: solved.append(seed) or real(settings, seed))
    assert run(small).exit_code == 0 and solved == [0, 1, 2]


def test_processes_find_the_same(run, small, tmp_path):
    alone = swept(run(small, "--json", out=tmp_path / "one"))
    beside = swept(run(small, "--json", out=tmp_path / "two", jobs=2))
    np.testing.assert_allclose(alone[0]["graphs"]["cosines"], beside[0]["graphs"]["cosines"], atol=1e-9)


LONELY = SMALL.replace("0.95", "0.02"), "graph of 40 nodes, seed 0: "


@pytest.mark.parametrize(
    ("text", "message", "jobs"),
    [
        (SMALL.replace("nodes = 40", "nodes = 2"), "graph of 2 nodes, seed 0: ", 1),
        (*LONELY, 1),
        (*LONELY, 2),  # what a process raises is told alike
        (SMALL + "[supervised]\nsamples = 4\n", "supervised: sizes: a class needs two samples, got 1 of 4 samples", 1),
    ],
    ids=["fewer nodes than blocks", "isolated nodes", "isolated nodes, two processes", "a class of one sample"],
)
def test_what_cannot_be_is_exit_2(run, tmp_path, text, message, jobs):
    (tmp_path / "bad.toml").write_text(text)
    result = run(tmp_path / "bad.toml", jobs=jobs)
    assert result.exit_code == 2 and message in result.stderr
    assert [
        line for line in result.stderr.splitlines() if line.startswith("claims: ")
    ] == result.stderr.strip().splitlines()[-1:]


def test_of_two_graphs_that_cannot_be_the_first_in_order_is_told_and_what_ended_is_kept():
    """The first draws seven million edges before it finds the lonely node; the second fails at once."""
    connectivity = [[0.1, 0.0], [0.0, 1e-5]]
    late = {
        "shares": [0.9, 0.1], "connectivity": connectivity, "temperature": 1.0, "dimension": 2, "classes": 0, "nodes": 12_000,
    }  # fmt: skip
    sound = late | {"nodes": 20, "connectivity": [[0.9, 0.5], [0.5, 0.9]]}
    kept = []
    with pytest.raises(ValueError, match=r"graph of 12000 nodes, seed 0: "):
        graphs._in_processes(
            {"sound": (sound, 0), "late": (late, 0), "soon": (late | {"nodes": 1}, 0)},
            2,
            lambda name, _: kept.append(name),
        )
    assert kept == ["sound"]


def test_the_examples_are_listed(run):
    listed = CliRunner().invoke(cli.app, ["simulate", "list"])
    assert listed.exit_code == 0 and len(listed.stdout.splitlines()) == 5 and "published-study" in listed.stdout


def test_a_thousand_optima_take_seconds(run, tmp_path):
    """Measured: .4 s of one core. The bound is for a machine that does ten other things."""
    (tmp_path / "study.toml").write_text(SMALL.partition("[graphs]")[0])
    started = time.process_time()
    told = swept(run(tmp_path / "study.toml", "--sweep", "alpha_12=0:0.9:1000", "--json"))
    assert time.process_time() - started <= 5
    assert len(told) == 1000 and {point["population"]["status"] for point in told} == {"certified"}
    cosines = [point["population"]["cosines"]["cos_12"] for point in told]
    assert all(a <= b + 1e-9 for a, b in pairwise(cosines))  # claim B31c
    assert cosines[0] < 0 < cosines[-1]


def test_the_page_says_what_it_does(run):
    commands = re.findall(r"^claims simulate (\S+)(.*?)(?: {2,}#.*)?$", PAGE.read_text(), flags=re.M)
    assert len(commands) >= 3
    for name, options in commands:
        if name not in ("list", "published-study", "mine.toml") and "#" not in options:
            assert run(name, *options.split()).exit_code == 0
