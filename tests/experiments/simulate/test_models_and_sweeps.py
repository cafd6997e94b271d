"""MODEL.toml and --sweep: what they say, and bad input as one sentence that names file, field and parameter."""

import numpy as np
import pytest

from contrastive_claims.experiments.simulate.model import (
    EXAMPLES,
    Model,
    alpha_name,
    parameters,
    read,
    summaries,
    with_value,
)
from contrastive_claims.experiments.simulate.sweep import parsed, points

GOOD = """
shares = [0.2, 0.3, 0.5]
connectivity = [[0.9, 0.1, 0], [0.1, 0.9, 0], [0, 0, 1]]
temperature = 1
"""
BIASED = "[biased]\nrho = 0.9\nwithin = 1\nbeta = 0.1\ngamma = 0.2\n"


@pytest.fixture
def written(tmp_path):
    def write(text):
        (tmp_path / "model.toml").write_text(text)
        return str(tmp_path / "model.toml")

    return write


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("shares = [", "is no TOML file"),
        (f"temperature = {10**400}", "a whole number is too large for a float"),
        ("temperature = 1.0", "give either shares and connectivity, or a section [biased]"),
        (GOOD + BIASED, "give either shares and connectivity, or a section [biased]"),
        (GOOD.replace("0.5]", "0.4]"), "shares sum to 0.9, not 1"),
        (GOOD.replace("0.2, 0.3", "-0.2, 0.7"), "shares[0] = -0.2 is not a positive share"),
        (GOOD.replace("0.2, 0.3", "nan, 0.7"), "shares[0] = nan is not a positive share"),
        (GOOD.replace("[0.1, 0.9, 0]", "[0.1, 0.9]"), "connectivity: row 2 has 2 entries for 3 shares"),
        (GOOD.replace("[[0.9, 0.1, 0]", "[[0.9, 0.2, 0]"), "connectivity[0, 1] = 0.2 but connectivity[1, 0] = 0.1"),
        (GOOD.replace("0, 1]]", "0, 1.5]]"), "connectivity[2, 2] = 1.5 is not a probability"),
        (GOOD.replace("[0, 0, 1]", "[0, 0, 0]"), "block 2 is isolated"),
        (GOOD.replace("temperature = 1", "temperature = 0"), "temperature: input should be greater than 0, got 0.0"),
        (GOOD.replace("temperature", "temprature"), "unknown key temprature (did you mean temperature?)"),
        (GOOD.replace("temperature = 1", 'temperature = "1"'), "temperature: input should be a valid number, got '1'"),
        (GOOD + 'names = ["a", "b"]\n', "names: 2 for 3 blocks"),
        (GOOD + 'names = ["a", "b", "a"]\n', "names: two blocks have one name"),
        (GOOD + "[graphs]\nnode = 5\n", "graphs.nodes is missing; unknown key graphs.node (did you mean nodes?)"),
        (GOOD + "[graphs]\nnodes = 50\nseeds = 1\n", "graphs.seeds: input should be greater than or equal to 2, got 1"),
        (
            GOOD + '[supervised]\nloss = "sup-con"\n',
            "supervised.loss: input should be 'eps-sup-infonce' or 'eps-sup-con'",
        ),
        (BIASED.replace("0.9", "1.0"), "biased.rho: input should be less than 1, got 1.0"),
        (BIASED.replace("gamma = 0.2", "gamma = -1"), "biased.gamma: input should be greater than or equal to 0"),
        (BIASED + "classes = 1\n", "biased.classes: input should be greater than or equal to 2, got 1"),
    ],
)
def test_a_bad_model_is_one_sentence(written, text, message):
    path = written(text)
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z") as told:
        read(path)
    assert str(told.value).startswith(f"{path}: ") and message in str(told.value)


def test_no_file_and_no_text(tmp_path):
    with pytest.raises(ValueError, match=r"publishedstudy: no such file, nor an example \(published-study\)"):
        read("publishedstudy")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"binary.toml: is no TOML file"):
        read(str(tmp_path / "binary.toml"))
    with pytest.raises(ValueError, match="cannot be read"):
        read(str(tmp_path))


def test_there_are_five_examples_and_each_says_how_to_run_it():
    told = summaries()
    assert len(told) == 5 and all(len(text) > 40 for _, text in told)
    for name, _ in told:
        header = (EXAMPLES / f"{name}.toml").read_text().split("\n\n")[0]
        assert f"#   claims simulate {name}" in header and "# Expected: " in header
        assert read(name).title


def test_parameters_follow_the_model(written):
    blocks = read(written(GOOD + "[graphs]\nnodes = 50\n"))
    assert parameters(blocks) == [
        "temperature", "share_1", "share_2", "share_3", "alpha_11", "alpha_12", "alpha_13", "alpha_22", "alpha_23", "alpha_33",
        "nodes", "dimension",
    ]  # fmt: skip
    biased = read(written(BIASED + "[supervised]\n"))
    assert parameters(biased) == ["temperature", "rho", "within", "beta", "gamma", "delta", "epsilon", "samples"]
    assert alpha_name(0, 9, 12) == "alpha_1_10" and alpha_name(0, 1, 9) == "alpha_12"
    assert biased.block_names == ("class 1 bias 1", "class 1 bias 2", "class 2 bias 1", "class 2 bias 2")


def test_a_parameter_changes_what_it_names(written):
    model = read(written(GOOD + "[graphs]\nnodes = 50\n[supervised]\n"))
    smaller = with_value(model, "share_3", 0.2)
    np.testing.assert_allclose(smaller.shares, [0.32, 0.48, 0.2])
    joined = with_value(model, "alpha_13", 0.4).connectivity
    assert joined[0][2] == joined[2][0] == 0.4 and model.connectivity[0][2] == 0
    assert with_value(model, "temperature", 0.3).temperature == 0.3
    changed = with_value(with_value(model, "nodes", 80), "epsilon", 0.5)
    assert (changed.graphs.nodes, changed.supervised.epsilon) == (80, 0.5)
    big = Model(shares=(0.1,) * 10, connectivity=tuple(tuple(float(k == m) for m in range(10)) for k in range(10)))
    assert with_value(big, "alpha_1_10", 0.3).connectivity[0][9] == 0.3
    assert with_value(read(written(BIASED)), "beta", 0.7).biased.beta == 0.7


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("alpha_12", "--sweep 'alpha_12': write NAME=START:STOP:COUNT, NAME=START:STOP:COUNT:log or NAME=V1,V2,..."),
        ("alpha_12=0:1", "--sweep 'alpha_12=0:1': '0:1' is neither"),
        ("alpha_12=0:1:x", "'0:1:x' is neither"),
        ("alpha_12=0:1:0", "'0:1:0' is neither"),
        ("alpha_12=0:1:1", "'alpha_12=0:1:1': a range needs two points or more; one value is alpha_12=0"),
        ("alpha_12=0:1:5:log", "'0:1:5:log' is neither"),
        ("alpha_12=a,b", "'a,b' is neither"),
        ("alpha_12=0.1,inf", "values must be finite"),
        ("alpha_12=0.1,0.1", "a value comes twice"),
        ("alpha_12=0:1.5:4", "alpha_12 = 1.5: connectivity[0, 1] = 1.5 is not a probability"),
        ("alpha_14=0:1:4", "alpha_14: this model has no such parameter; nearest: "),
        ("tau=0:1:4", "tau: this model has no such parameter; nearest: temperature"),
        ("rho=0.1,0.2", "rho: this model has no such parameter"),
        ("zzz=1,2", "zzz: this model has no such parameter; it has: temperature, share_1"),
        ("share_1=0,0.5", "share_1 = 0: a share lies strictly between 0 and 1"),
        ("temperature=0:1:3", "temperature = 0: temperature: input should be greater than 0, got 0.0"),
        ("nodes=10.5,20", "nodes = 10.5: a whole number is needed"),
        ("alpha_12=0:1:1000000", "--sweep: 1,000,000 points, more than 100,000"),
    ],
)  # fmt: skip
def test_a_bad_sweep_is_one_sentence(written, sweep, message):
    model = read(written(GOOD + "[graphs]\nnodes = 50\n"))
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z") as told:
        points(model, [sweep])
    assert message in str(told.value)


def test_sweeps_make_a_grid(written):
    assert parsed("alpha_12=0:1:3") == ("alpha_12", [0.0, 0.5, 1.0])
    assert parsed("x=0.01:1:3:log")[1] == pytest.approx([0.01, 0.1, 1.0])
    assert parsed("nodes=10:21:3") == ("nodes", [10.0, 16.0, 21.0])
    names, grid = points(read(written(GOOD)), ["temperature=1,2", "alpha_12=0.1,0.2,0.3"])
    assert names == ["temperature", "alpha_12"] and len(grid) == 6
    assert grid[1].values == {"temperature": 1.0, "alpha_12": 0.2} and grid[3].model.temperature == 2.0
    assert len(points(read(written(GOOD)), [])[1]) == 1
    with pytest.raises(ValueError, match="alpha_12: is swept twice"):
        points(read(written(GOOD)), ["alpha_12=0.1,0.2", "alpha_12=0.3,0.4"])
