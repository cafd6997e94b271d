"""Installed, as a wheel and editable, the package is `contrastive_claims` and takes no other name: a project with folders
`theory`, `experiments` and `figures` of its own keeps them.

Builds by the backend named in pyproject.toml, without isolation and network, into a virtual environment that borrows the
libraries of this one.
"""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = """
    from pathlib import Path
    here = Path(__file__).parent

    import contrastive_claims
    from contrastive_claims import figures as drawn
    from contrastive_claims.experiments.ledger import keys
    from contrastive_claims.experiments.training.presets import load_preset
    from contrastive_claims.theory.margins import sup_con
    import torch
    import experiments, figures, theory

    assert theory.MINE == 1 and experiments.__file__ == str(here / "experiments" / "__init__.py")
    assert list(figures.__path__) == [str(here / "figures")], figures  # a folder without __init__.py
    assert sup_con.__module__.startswith("contrastive_claims.theory.margins.") and drawn.__doc__
    assert abs(float(sup_con(torch.eye(4), [0, 0, 1, 1], temperature=1.0)) - 1.0986122887) < 1e-6  # log 3
    assert (Path(contrastive_claims.__file__).parent / "py.typed").exists() and load_preset("digits")
    assert keys.source_of("contrastive_claims.theory.margins") is not None
    print(contrastive_claims.__file__)
"""

BUILD = """
import zipfile
from hatchling.build import build_wheel
print(*zipfile.ZipFile("../" + build_wheel("..")).namelist(), sep="\\n")
"""


def run(folder, *command, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"OMP_NUM_THREADS": "1"} | more
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(params=["wheel", "editable"])
def installed(request, tmp_path):
    """How it is installed, and a virtual environment's folder of programs."""
    for needed in ("pip", "hatchling"):
        pytest.importorskip(needed)
    venv.create(tmp_path / "venv", symlinks=os.name != "nt")
    base = {"base": str(tmp_path / "venv"), "platbase": str(tmp_path / "venv")}
    programs, packages = (Path(sysconfig.get_path(name, "venv", base)) for name in ("scripts", "purelib"))
    borrowed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    # read last, so behind all that is installed; .pth files in the borrowed folders do not count
    (packages / "zz_borrowed.pth").write_text("\n".join(borrowed))
    how = ["--editable"] if request.param == "editable" else []
    done = run(
        tmp_path, sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--no-index", "--no-deps",
        "--no-build-isolation", "--ignore-installed", *how, str(ROOT),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return request.param, programs


@pytest.fixture
def project(tmp_path):
    """A made project: two packages and a folder of the very names, and a script that uses both theirs and ours."""
    for name in ("theory", "experiments", "figures"):
        (tmp_path / "project" / name).mkdir(parents=True)
    (tmp_path / "project" / "theory" / "__init__.py").write_text("MINE = 1\n")
    (tmp_path / "project" / "experiments" / "__init__.py").write_text("")
    (tmp_path / "project" / "figures" / "one.txt").write_text("drawn by hand\n")
    (tmp_path / "project" / "script.py").write_text("\n".join(line[4:] for line in SCRIPT.splitlines()))
    return tmp_path / "project"


@pytest.mark.slow
def test_a_project_keeps_its_own_folders_of_these_names(installed, project):
    how, programs = installed
    python = str(programs / "python")
    done = run(project, python, "script.py")
    assert done.returncode == 0, done.stderr
    place = Path(done.stdout.strip())
    assert place.is_relative_to(ROOT / "src" if how == "editable" else programs.parent)
    for command in ([str(programs / "claims")], [python, "-m", "contrastive_claims"]):
        done = run(project, *command, "list", "--json")
        assert done.returncode == 0 and '"A1"' in done.stdout, done.stderr
    # the control: the checkout's top on the path, as installs had it before, takes the folder without __init__.py
    done = run(project, python, "script.py", PYTHONPATH=str(ROOT))
    assert done.returncode == 1 and "AssertionError" in done.stderr and str(ROOT / "figures") in done.stderr


@pytest.mark.slow
def test_a_type_checker_sees_the_types(installed, project):
    if importlib.util.find_spec("pyright") is None:  # of the extra "dev"
        pytest.skip("no pyright")
    _, programs = installed
    lines = (
        "from contrastive_claims.theory.margins import margin_interval",
        "low: str = margin_interval(0.5, 8, 0.1)[0]",
    )
    (project / "typed.py").write_text("\n".join((*lines, "import contrastive_claims.theory.nothing")))
    done = run(project, sys.executable, "-m", "pyright", "--pythonpath", str(programs / "python"), "typed.py")
    said = [line.split(" - error: ")[1] for line in done.stdout.splitlines() if " - error: " in line]
    assert len(said) == 2 and "is not assignable to declared type" in said[0], done.stdout
    assert said[1].startswith('Import "contrastive_claims.theory.nothing" could not be resolved')  # the control


def test_a_checkout_without_links_builds_the_same_wheel(tmp_path):
    """Where git writes links as small text files (Windows), and in a source distribution, which holds none."""
    pytest.importorskip("hatchling")
    names = {}
    listed = run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode:
        pytest.skip("not a git checkout")
    for kind in ("links", "text", "none"):
        copy = tmp_path / kind
        for name in filter(None, listed.stdout.split("\0")):
            source, target = ROOT / name, copy / name
            if not os.path.lexists(source) or name.startswith("experiments/recorded/models/"):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if not source.is_symlink():
                target.write_bytes(source.read_bytes())
            elif kind == "links":
                target.symlink_to(os.readlink(source))
            elif kind == "text":
                target.write_text(os.readlink(source))
        done = run(copy, sys.executable, "-c", BUILD)
        assert done.returncode == 0, done.stderr
        names[kind] = done.stdout.splitlines()
        code = "import contrastive_claims.theory.sphere as s; print(s.__file__)"
        done = run(copy, sys.executable, "-c", code, PYTHONPATH="src")
        assert done.stdout.strip() == str(copy / "theory" / "sphere.py"), done.stderr
    assert names["links"] == names["text"] == names["none"]
    assert {"contrastive_claims/theory/sphere.py", "contrastive_claims/py.typed"} <= set(names["links"])
    parts = {f"contrastive_claims/experiments/report/{name}" for name in ("page.html", "style.css", "script.js")}
    assert parts <= set(names["links"])
    assert not [name for name in names["links"] if not name.startswith("contrastive_claims")]
