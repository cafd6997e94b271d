"""CONTRIBUTING.md, followed to the letter: in a copy of the source each block goes where the line above it says, and the
commands run there. What takes more than seconds is marked slow.
"""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "CONTRIBUTING.md"
CLAIM, LOSS, FIGURE = "Add a claim in six steps", "Add a loss", "Add a figure"
DATA, METHOD = "Add a data set", "Add a training method"
PLACE = re.compile(
    r"^In (?:a new file `(?P<new>[^`]+)`|`(?P<file>[^`]+)`, "
    r"(?:(?P<where>at the end|above the last line)|(?P<how>above|in place of) the line `(?P<line>[^`]+)`)):\n\n"
    r"```python\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {
    "claims": ["-m", "contrastive_claims"],
    "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider"],
    "python": [],
    "ruff": ["-m", "ruff"],
}


def section(title):
    """The text of a section. Raises ValueError unless there is one of that title."""
    (found,) = (part for part in GUIDE.read_text("utf-8").split("\n## ") if part.startswith(title + "\n"))
    return found


@dataclass
class Copy:
    """A copy of the source, and what was touched in it."""

    root: Path

    def follow(self, title):
        """Apply the blocks of a section; the files that they touch, in order, each once."""
        text = section(title)
        edits = [match.groupdict() for match in PLACE.finditer(text)]
        assert edits and len(edits) == text.count("```python")  # no block without a place
        for edit in edits:
            self.apply(**edit)
        return list(dict.fromkeys(edit["new"] or edit["file"] for edit in edits))

    def apply(self, new, file, where, how, line, code):
        if new:
            assert not (self.root / new).exists()
            (self.root / new).write_text(code)
            return
        lines = (self.root / file).read_text().splitlines(keepends=True)
        if where:
            lines.insert(
                len(lines) - (where == "above the last line"), "\n\n" + code if where == "at the end" else code
            )
        else:
            (found,) = (k for k, other in enumerate(lines) if other.strip() == line)
            lines[found : found + (how == "in place of")] = [code]
        (self.root / file).write_text("".join(lines))

    def run(self, command, status=0):
        """One of the guide's commands, in the copy and on its source; fails unless it ends with this status."""
        program, *arguments = shlex.split(command)
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.root / "src"),
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            [sys.executable, *PROGRAMS[program], *arguments],
            cwd=self.root, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == status, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"

    def run_all(self, title):
        (commands,) = COMMANDS.findall(section(title))
        for command in commands.splitlines():
            self.run(command)

    def record(self, claim_id):
        return json.loads((self.root / "results" / "example" / "records" / f"{claim_id}.json").read_text())


@pytest.fixture
def copy(tmp_path):
    """The source without what is recorded and drawn."""
    unneeded = shutil.ignore_patterns("__pycache__", "recorded", "gallery", ".*", "test_contributing.py")
    for folder in ("theory", "experiments", "figures", "tests", "src"):
        shutil.copytree(ROOT / folder, tmp_path / "copy" / folder, symlinks=True, ignore=unneeded)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "copy")
    return Copy(tmp_path / "copy")


def sources_and_tests(touched):
    tests = [name for name in touched if name.startswith("tests/")]
    return len(touched) - len(tests), len(tests)


@pytest.mark.slow
def test_a_claim_in_six_steps(copy):
    touched = copy.follow(CLAIM)
    assert sources_and_tests(touched) == (3, 1)
    copy.run_all(CLAIM)
    record = copy.record("A90")
    assert record["verdict"] == "CERTIFIED" and record["control"]["rejected"]
    assert not record["control"]["certificate_passed"] and record["control"]["numbers"]["slack"]["high"] < -1e-12


def test_a_claim_whose_control_is_not_wrong_is_not_decided(copy):
    copy.follow(CLAIM)
    path = copy.root / "experiments" / "claims" / "margins" / "split_negatives.py"
    text = path.read_text()
    assert text.count("parts[0] if run.control else sum(parts)") == 1
    path.write_text(text.replace("parts[0] if run.control else sum(parts)", "sum(parts)"))
    copy.run("claims verify A90 --out results/example", status=1)
    record = copy.record("A90")
    assert record["verdict"] == "OPEN" and not record["control"]["rejected"]


@pytest.mark.slow
@pytest.mark.parametrize(("title", "count"), [(LOSS, (2, 1)), (METHOD, (3, 1))])
def test_a_loss_and_a_training_method(copy, title, count):
    assert sources_and_tests(copy.follow(title)) == count
    copy.run_all(title)


@pytest.mark.slow
def test_a_figure(copy):
    copy.follow(CLAIM)
    assert sources_and_tests(copy.follow(FIGURE)) == (2, 1)
    copy.run_all(FIGURE)
    assert {path.name for path in (copy.root / "results" / "example" / "figures").iterdir()} >= {
        "A90-split-negatives.svg",
        "A90-split-negatives.png",
    }


@pytest.mark.slow
def test_a_data_set_touches_no_file(copy, monkeypatch):
    with pytest.raises(AssertionError):
        copy.follow(DATA)  # no block to put anywhere
    for split, count in (("train", 20), ("test", 4)):
        for value, name in enumerate(("ant", "bee", "cow")):
            folder = copy.root.parent / "data" / "leaves" / split / name
            folder.mkdir(parents=True)
            for k in range(count):
                Image.new("RGB", (12, 12), (80 * value, 5 * k, 9 * k)).save(folder / f"{k:03}.png")
    monkeypatch.setenv("CLAIMS_DATA", str(copy.root.parent / "data"))
    copy.run_all(DATA)
    (result,) = (copy.root / "results" / "example" / "runs").glob("*/result.json")
    assert json.loads(result.read_text())["samples"] == {"training": 45, "held_out": 12}


def test_every_block_has_a_place_and_what_it_says_of_the_source_is_so(copy):
    """Cheap, so always run: the lines that the guide names are there, once each, and the files that it names exist."""
    touched = [name for title in (CLAIM, LOSS, FIGURE, METHOD) for name in copy.follow(title)]
    if importlib.util.find_spec("ruff"):  # of the extra "dev"
        copy.run(f"ruff check {' '.join(touched)}")
        copy.run(f"ruff format --check {' '.join(touched)}")
    for name in re.findall(r"`((?:theory|experiments|figures|tests)/[\w/.]+)`", GUIDE.read_text("utf-8")):
        assert (copy.root / name).exists() or (ROOT / name).exists(), name
