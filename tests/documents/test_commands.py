"""Every command that README and docs name: the command line knows it, and each line of a block is run as it stands.

What takes minutes is marked slow; what would need a network, a data set or a cluster is run up to the work itself, which is
replaced; what installs is run by .ci/run.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.verify import listing

ROOT = Path(__file__).parents[2]
PAGES = {path.name: path.read_text("utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CI = (ROOT / ".ci" / "run").read_text("utf-8")

RUN, SLOW, AS_FAR_AS_THE_WORK, BY_CI = "run", "slow", "as far as the work", "by .ci/run"
ELSEWHERE = "by the tests of its room"
PAGE = "its page from top to bottom"
HOW = {  # every line of a block of shell commands, without its comment
    "pip install -e . && claims verify": BY_CI,
    "pip install -e '.[test]' && pytest -n logical": BY_CI,
    "claims report": SLOW,
    "claims list": RUN,
    "claims list B5 'A9*'": RUN,
    "claims verify P2 'B*'": SLOW,
    "claims verify --scale standard": AS_FAR_AS_THE_WORK,
    "claims prove": AS_FAR_AS_THE_WORK,
    "claims prove --tie": BY_CI,
    "claims figures P2": RUN,
    "claims train digits": SLOW,
    "claims train list": RUN,
    "claims train digits --set epochs=2 --seed 1": SLOW,
    "claims train fashion-harm-cpu --set epochs=5 --set data.undersample.target=9": AS_FAR_AS_THE_WORK,
    "claims data check": RUN,
    "claims data fetch cifar100": AS_FAR_AS_THE_WORK,
    "claims bench losses": AS_FAR_AS_THE_WORK,
    "claims laws my_losses:my_loss": ELSEWHERE,
    "claims laws lightly.loss:NTXentLoss --views": ELSEWHERE,
    "claims laws my_losses:my_loss --is eps-sup-infonce --json": ELSEWHERE,
    "claims simulate list": RUN,
    "claims simulate published-study --sweep alpha_12=0:0.9:7": SLOW,
    "claims simulate mine.toml --sweep alpha_12=0:0.9:21": ELSEWHERE,
    "claims simulate apart-by-connection --sweep alpha_12=0:0.1:11": ELSEWHERE,
    "claims simulate small-classes --sweep epsilon=2.5:3.5:5": ELSEWHERE,
    "claims data check photos": ELSEWHERE,
    "claims audit photos.npz --labels label": ELSEWHERE,
    "claims audit photos.npz --labels label --fail-on lean --html photos.html": ELSEWHERE,
    "claims train images-cpu --data photos": SLOW,
    "claims embed results/runs/images-cpu-seed0-* photos --to photos.npz": SLOW,
    "claims export results/runs/images-cpu-seed0-* encoder.pt2": SLOW,
    **{line: PAGE for line in re.findall(r"^claims .*", PAGES["own-attributes.md"], re.MULTILINE)},
    "apt install wordnet-base": ELSEWHERE,
    "pip install 'contrastive-claims[text]'": ELSEWHERE,
    "claims verify B13 B13w B13v B13t B13g B13k B13p B13q B13j --scale standard": ELSEWHERE,
    "claims verify B13 --scale quick": SLOW,
    "python -m contrastive_claims.experiments.text news-cpu --undersample 2": ELSEWHERE,
    "python -m contrastive_claims.experiments.text bias-in-bios-paper --encoder FOLDER --device cuda": ELSEWHERE,
}
SCRIPTS = ("machines.md",)  # whose blocks are scripts for machines that are not here


def lines():
    """The lines of shell blocks, without comments, by page."""
    found = [
        (name, " ".join(re.sub(r"\s#.*", "", line).split()))
        for name, text in PAGES.items()
        if name not in SCRIPTS
        for kind, block in FENCED.findall(text)
        if kind == "sh"
        for line in block.splitlines()
    ]
    assert all(kind in ("sh", "python", "toml", "") for text in PAGES.values() for kind, _ in FENCED.findall(text))
    return found


def named():
    """Every command of the command line that a page names, in a block or between backticks."""
    spans = [span for text in PAGES.values() for span in re.findall(r"`([^`\n]+)`", FENCED.sub("", text))]
    found = [span for span in spans if span.startswith("claims ")] + [line for _, line in lines() if "claims " in line]
    scripts = [line for name in SCRIPTS for _, block in FENCED.findall(PAGES[name]) for line in block.splitlines()]
    return sorted(
        {text[text.index("claims ") :].removesuffix(" &") for text in (*found, *scripts) if "claims " in text}
    )


def test_no_line_is_forgotten_and_none_is_invented():
    assert {line for _, line in lines()} == set(HOW)


@pytest.mark.parametrize("command", named())
def test_the_command_line_knows_it(command):
    """Options that do not exist are errors before --help is heard."""
    result = CliRunner().invoke(cli.app, [*shlex.split(command)[1:], "--help"])
    assert result.exit_code == 0 and "Usage:" in result.stdout, command


def test_an_option_that_does_not_exist_is_told():
    for wrong in (["verify", "--scales", "quick"], ["verfy"], ["data", "get"]):
        assert CliRunner().invoke(cli.app, [*wrong, "--help"]).exit_code != 0


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder with `photos`, and `claims` on the path."""
    folder = tmp_path_factory.mktemp("reader")
    for label, name in enumerate(("cat", "dog")):
        (folder / "photos" / name).mkdir(parents=True)
        for k in range(40):
            pixels = np.random.default_rng([label, k]).integers(0, 120, (16, 16, 3), np.uint8)
            pixels[..., label] += 130
            Image.fromarray(pixels).save(folder / "photos" / name / f"{k}.png")
    program = folder / "bin" / "claims"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m contrastive_claims "$@"\n')
    program.chmod(0o755)
    return folder


def shell(folder, line):
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CLAIMS_CACHE": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "80",
    }
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=pytest.mark.slow if how == SLOW else ())
        for line, how in HOW.items()
        if how in (RUN, SLOW)
    ],
)
def test_a_line_runs(line, here):
    if "results/runs" in line and not list(here.glob("results/runs/images-cpu-seed0-*")):
        shell(here, "claims train images-cpu --data photos")
    done = shell(here, line)
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    for file in ("results/report.html", "photos.npz", "encoder.pt2"):
        if file.split("/")[-1] in line or file.removesuffix(".html").split("/")[-1] == line.split()[1]:
            assert (here / file).stat().st_size > 1000
    assert all(len(row) <= 80 for row in done.stdout.splitlines()) or not line.startswith("claims list")


@pytest.mark.slow
def test_the_page_on_attributes_runs_from_top_to_bottom(here):
    for label, name in enumerate(("dark", "fair")):
        (here / "faces" / name).mkdir(parents=True)
        for k in range(60):
            pixels = np.random.default_rng([label, k]).integers(0, 120, (16, 16, 3), np.uint8)
            pixels[..., k % 3 > 0] += np.uint8(40 + 90 * label)
            Image.fromarray(pixels).save(here / "faces" / name / f"{label}{k:02}.png")
    rows = [f"{label}{k:02}.png,{'fm'[k % 3 > 0]}" for label in (0, 1) for k in range(60)]
    (here / "faces" / "list.csv").write_text("\n".join(["file,sex", *rows]) + "\n")
    ((_, block),) = FENCED.findall(PAGES["own-attributes.md"])
    done = shell(here, f"set -e\n{block}")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "fair, f" in done.stdout and "RH against the baseline" in done.stdout


def test_lines_run_as_far_as_the_work(monkeypatch, tmp_path):
    """With the work itself replaced, each gets there with what it says; its settings are checked."""
    import contrastive_claims.experiments.bench.losses as benchmark
    import contrastive_claims.experiments.data.fetch as fetching
    import contrastive_claims.experiments.training.session as training
    import contrastive_claims.experiments.verify.session as verifying
    from contrastive_claims.experiments.data import inventory
    from contrastive_claims.experiments.prove import coq
    from contrastive_claims.experiments.training.presets import load_preset, with_settings

    got = {}

    def verification(chosen, scale, *rest, **more):
        got["verify"] = ({claim.id for claim in chosen}, scale)
        return 0

    def session(preset, settings, seed, *rest, **more):
        got["train"] = with_settings(load_preset(preset), settings)
        return {"held_out": {}, "warnings": [], "folder": "f"}

    def fetched(name, *rest):
        got["fetch"] = name

    def entry(name, decode=False):
        return {"name": name, "problem": "", "found": "there", "splits": {}}

    monkeypatch.setattr(verifying, "run_verification", verification)
    monkeypatch.setattr(training, "run_session", session)
    monkeypatch.setattr(fetching, "fetch", fetched)
    monkeypatch.setattr(inventory, "entry", entry)

    def no_coq():
        raise coq.CoqAbsent("nowhere")

    monkeypatch.setattr(coq.Coq, "here", no_coq)
    monkeypatch.setattr(benchmark, "run", lambda **options: got.setdefault("bench", options))
    monkeypatch.chdir(tmp_path)
    for line in (line for line, how in HOW.items() if how == AS_FAR_AS_THE_WORK):
        result = CliRunner().invoke(cli.app, shlex.split(line)[1:])
        assert result.exit_code == 0, f"{line}\n{result.output}\n{result.exception!r}"
    ids, scale = got["verify"]
    assert scale == "standard" and "A18a" in ids and "P4" not in ids
    assert got["train"].epochs == 5 and got["train"].data.undersample.target == 9
    assert got["fetch"] == "cifar100" and 65536 in got["bench"]["sizes"]


def test_what_installs_is_run_by_ci():
    for line in (line for line, how in HOW.items() if how == BY_CI):
        assert line.replace("pip install -e", "pip install -q -e") in CI
    for name, text in PAGES.items():
        for packages in re.findall(r"apt-get install --no-install-recommends ([\w -]+)`", text):
            assert packages in CI, f"{name}: {packages}"


def test_scripts_for_machines_that_are_not_here_end_in_commands_that_are(tmp_path):
    """Run by bash, with srun and ssh that run what they are given here, and a `claims` that only writes down what it is asked."""
    log = tmp_path / "log"
    programs = {
        "srun": 'exec "$@"',
        "ssh": 'shift; exec "$@"',
        "dask": "exit 0",
        "claims": f'echo "$@" >> {log}',
        "python": f'echo "$@" >> {log}',
    }
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "SLURM_ARRAY_TASK_ID": "3"}
    for name in SCRIPTS:
        for _, block in FENCED.findall(PAGES[name]):
            subprocess.run(["bash", "-euc", block], env=environment, check=True, timeout=60)
    asked = log.read_text().splitlines()
    assert sorted(line for line in asked if line.startswith("verify")) == sorted(
        f"verify --scale standard {how} --out /shared/results"
        for how in ("--shard 3/8", "--shard 1/3", "--shard 2/3", "--shard 3/3", "--cluster localhost:8786")
    )
    (module,) = (line for line in asked if line.startswith("-m "))
    done = subprocess.run(
        [sys.executable, *module.split(), "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.startswith("usage: ")


def test_the_terminal_of_readme_is_what_the_terminal_shows(tmp_path):
    (block,) = (block for kind, block in FENCED.findall(PAGES["README.md"]) if block.startswith("$ "))
    asked, _, shown = block.partition("\n")
    rows = listing.rows_of(cli.select(shlex.split(asked)[3:]), tmp_path)
    assert "\n".join(listing.lines_of(rows, 56)) == shown.rstrip("\n")
