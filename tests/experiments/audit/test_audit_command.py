"""`claims audit` as a person or a CI job runs it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments.cli import app


def claims(*arguments):
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


@pytest.fixture
def files(tmp_path, embedded, quick):
    for name, lean in (("leaning", 0.5), ("level", 0.0)):
        points, names = embedded(1, lean=lean)
        np.savez(tmp_path / f"{name}.npz", embeddings=points, label=names)
    return tmp_path


def test_json_is_strict_and_has_the_leans(files):
    done = claims(files / "leaning.npz", "--labels", "label", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(word))
    assert {"group", "towards", "low", "high"} <= found["leans"][0].keys() and found["leans"][0]["towards"] in (
        "ant",
        "bee",
    )


def test_status_for_ci(files):
    leaning, level = files / "leaning.npz", files / "level.npz"
    for arguments, status in (
        ((leaning, "--labels", "label"), 0),
        ((leaning, "--labels", "label", "--fail-on", "lean"), 1),
        ((level, "--labels", "label", "--fail-on", "lean", "--fail-on", "merger"), 0),
        ((leaning, "--labels", "label", "--fail-on", "merger"), 0),
        ((level, leaning, "--labels", "label", "--fail-on", "lean"), 1),
        ((leaning, "--labels", "label", "--baseline", leaning, "--fail-on", "lean"), 0),
    ):
        assert claims(*arguments).exit_code == status, arguments


def test_what_cannot_be_judged_does_not_pass(files, embedded):
    points, names = embedded(3)
    few = np.isin(names, ["ant", "bee", "cat"])
    np.savez(files / "few.npz", embeddings=points[few], label=names[few])
    done = claims(files / "few.npz", "--labels", "label", "--fail-on", "lean")
    assert done.exit_code == 2 and "cannot be judged: among 3 groups" in done.stderr


def test_several_files_are_one_table(files):
    done = claims(files / "leaning.npz", files / "level.npz", "--labels", "label")
    assert done.exit_code == 0 and done.stdout.splitlines()[1].split() == ["rows", "320", "320"]
    told = json.loads(claims(files / "leaning.npz", files / "level.npz", "--labels", "label", "--json").stdout)
    assert len(told["files"]) == 2 and all(row["file"].endswith("leaning.npz") for row in told["leans"])


def test_a_page_beside_it(files):
    done = claims(files / "leaning.npz", "--labels", "label", "--html", files / "audit.html")
    assert done.exit_code == 0 and "leans on" in (files / "audit.html").read_text("utf-8")
    refused = claims(files / "leaning.npz", "--labels", "label", "--html", files / "none" / "a.html")
    assert refused.exit_code == 2 and "no such folder" in refused.stderr


def test_bad_use_is_one_line_and_exit_2(files, embedded):
    leaning = files / "leaning.npz"
    points, names = embedded(1)
    np.savez(files / "other.npz", embeddings=points, label=np.where(names == "ant", "fly", names))
    np.savez(files / "narrow.npz", embeddings=points[:, :5], label=names)
    np.savez(files / "short.npz", embeddings=points[:99])
    for arguments, words in (
        ((leaning, "--labels", "lable"), "no column 'lable'"),
        ((files / "none.npz", "--labels", "label"), "no such file"),
        ((leaning, "--labels", "label", "--fail-on", "leans"), "nearest: lean"),
        ((leaning, "--labels", "label", "--temperature", "-1"), "temperature"),
        ((leaning, "--labels", "label", "--baseline", files / "other.npz"), "its classes are not those"),
        ((leaning, "--labels", "label", "--baseline", files / "narrow.npz"), "5 numbers a row"),
        ((leaning, "--labels", "label", "--baseline", files / "short.npz"), "99 rows"),
        ((leaning, "--labels", "label", "--baseline", leaning, "--least", "3"), "--least"),
    ):
        done = claims(*arguments)
        assert done.exit_code == 2 and words in done.stderr, (arguments, done.stderr)
        assert done.stderr.strip().count("\n") == 0 and done.stdout == ""


def test_the_help_loads_no_torch_and_names_the_options():
    code = (
        "import sys\nfrom experiments.cli import app\n"
        "try:\n    app(['audit', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*(n for n in ('torch', 'scipy', 'numpy') if n in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "" and all(
        f"--{name}" in done.stdout for name in ("labels", "groups", "bias", "baseline", "fail-on", "html", "json")
    )
