"""Nothing that is read is ever run: no pickle, eval or exec, weights only, and names from files stay names."""

import ast
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.data.locations import DataAbsent, locate, own_locations
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.training import presets
from contrastive_claims.experiments.training.checkpoint import CheckpointError, load_checkpoint

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("theory", "experiments", "figures", "src") for path in (ROOT / room).rglob("*.py"))
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib.load", "jsonpickle"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
# module:function is imported by name from what this project's code, or the person at the command line, says
IMPORTERS = {
    "experiments/bench/graphs.py": "a peer of a fixed list",
    "experiments/bench/training.py": "a peer of a fixed list",
    "experiments/data/fetch.py": "the client of the hub",
    "experiments/cli.py": "the benchmark of a fixed list",
    "experiments/laws/imported.py": "the loss that the command line names",
    "experiments/text/hugging.py": "transformers, by its own name",
    "experiments/text/vocabulary.py": "tokenizers, by its own name",
    "experiments/training/pretrained.py": "a package of a fixed list",
    "experiments/training/foreign.py": "the encoder that a preset of one's own or --set names",
    "experiments/verify/drawing.py": "the figure of a claim of the catalogue",
    "experiments/verify/runner.py": "the check of a claim of the catalogue",
}


def findings(source):
    """What a source does that runs or unpickles what it reads, in words."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"imports {name}" for name in names if name.split(".")[0] in FORBIDDEN_MODULES]
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        options = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if called in FORBIDDEN_CALLS:
            found.append(f"calls {called}")
        if called in ("np.load", "numpy.load") and options.get("allow_pickle") != "False":
            found.append("np.load without allow_pickle=False")
        if called == "torch.load" and options.get("weights_only") != "True":
            found.append("torch.load without weights_only=True")
        if called.endswith(("read_pickle", "yaml.load", "extractall", "os.system")) or options.get("shell") == "True":
            found.append(f"calls {called}")
        if options.get("allow_pickle") == "True" or options.get("trust_remote_code") == "True":
            found.append(f"{called} trusts code")
    return found


def test_no_source_runs_or_unpickles_what_it_reads():
    found = {str(path.relative_to(ROOT)): findings(path.read_text("utf-8")) for path in SOURCES}
    assert len(found) > 200 and {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from dill import loads", "eval(text)", "exec(text)", "np.load(path)", "torch.load(path)",
        "np.load(path, allow_pickle=True)", "torch.load(path, weights_only=False)", "archive.extractall(folder)",
        "subprocess.run(text, shell=True)", "pd.read_pickle(path)", "yaml.load(text)",
    ],
)  # fmt: skip
def test_the_search_finds(source):
    assert findings(source) != []


def test_modules_are_imported_by_name_in_known_places_only():
    found = {str(path.relative_to(ROOT)) for path in SOURCES if "import_module(" in path.read_text("utf-8")}
    assert found == set(IMPORTERS)


@pytest.mark.parametrize(
    "name", ["../x.npz", "/tmp/x.npz", "a/../../x.npz", "..", ".x.npz", "a\\..\\x.npz", "x.npz\n", ""]
)
def test_names_in_records_are_no_paths(name):
    assert not records.MODEL_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["../presets/digits", "/etc/passwd", "digits/../digits", "..", "", "digits\x00"])
def test_presets_are_known_names(name):
    with pytest.raises(ValueError, match="unknown preset"):
        presets.load_preset(name)
    assert CliRunner().invoke(cli.app, ["train", name]).exit_code == 2


@pytest.mark.parametrize("claim", ["../A2", "A2/..", "/A2", "A2\x00"])
def test_claims_are_known_ids(claim, tmp_path):
    done = CliRunner().invoke(cli.app, ["verify", claim, "--out", str(tmp_path / "out")])
    assert done.exit_code == 2 and not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["../secret", "/tmp", "leaves/../../secret", "..", ".", "", "leaves\x00"])
def test_data_sets_are_known_names(name, tmp_path, monkeypatch):
    """A folder beside $CLAIMS_DATA that looks like a data set is none."""
    for folder in ("data/leaves", "secret"):
        (tmp_path / folder / "train" / "oak").mkdir(parents=True)
    monkeypatch.setenv("CLAIMS_DATA", str(tmp_path / "data"))
    assert list(own_locations()) == ["leaves"]
    for command in (
        ["data", "check", name],
        ["train", "digits", "--set", f"data.name={name}", "--out", str(tmp_path / "o")],
    ):
        done = CliRunner().invoke(cli.app, command)
        assert done.exit_code == 2 and "secret/train" not in done.stderr.replace(f"$CLAIMS_DATA/{name}/train", "")
    with pytest.raises((ValueError, DataAbsent)):
        locate(name)


def test_members_of_an_archive_are_read_and_never_written(tmp_path):
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.npz"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("../outside.npy", "/outside.npy", "a/../../outside.npy"):
            with file.open(name, "w") as member:
                np.lib.format.write_array(member, np.arange(3.0))
    assert len(records.load_arrays(path)) == 3
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == ["a.npz"] and not Path(
        "/outside.npy"
    ).exists()


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def test_pickles_are_refused_by_every_reader(tmp_path):
    bomb = np.array([Bomb()], dtype=object)
    np.savez(tmp_path / "a.npz", embeddings=bomb, label=bomb)
    torch.save(Bomb(), tmp_path / "checkpoint.safetensors")
    with pytest.raises(records.RecordError):
        records.load_arrays(tmp_path / "a.npz")
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "checkpoint.safetensors")
    from contrastive_claims.experiments.audit.reading import read_table

    for name in ("a.npz", "checkpoint.safetensors"):
        with pytest.raises(ValueError, match=re.escape(name)):
            read_table(tmp_path / name, ["label"])
