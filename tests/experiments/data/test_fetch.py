"""`claims data`: what it says of a set that is here, missing or damaged, and fetching with a stub in place of the hub."""

import json
import sys
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.data.fetch import fetch
from contrastive_claims.experiments.data.locations import DataAbsent, Split
from contrastive_claims.experiments.data.sources import checksum, load


def run(*arguments):
    return CliRunner().invoke(cli.app, ["data", *arguments])


@pytest.fixture
def hub(shelf, write, colour, monkeypatch):
    """A hub that holds a tiny CIFAR-100 (in its documented cache layout); `calls` are the downloads asked for."""
    calls = []

    def snapshot_download(repo_id, *, repo_type, allow_patterns):
        calls.append((repo_id, repo_type, allow_patterns))
        repository = shelf.hub / "datasets--uoft-cs--cifar100"
        for split in ("train", "test"):
            path = repository / "snapshots" / "f00" / "cifar100" / f"{split}-00000-of-00001.parquet"
            write.parquet(path, *colour, ("img", "fine_label"))
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text("f00")
        return str(repository / "snapshots" / "f00")

    shelf.expect("cifar100", n_classes=10)
    module = SimpleNamespace(snapshot_download=snapshot_download, calls=calls)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    return module


def test_what_is_fetched_is_what_load_finds(hub, colour):
    with pytest.raises(DataAbsent, match="run `claims data fetch cifar100`"):
        load("cifar100")
    folder = fetch("cifar100")
    assert hub.calls == [("uoft-cs/cifar100", "dataset", ["*train-*-of-*.parquet", "*test-*-of-*.parquet"])]
    assert folder.name == "f00"
    for split in ("train", "test"):
        assert load("cifar100", split).checksum == checksum(*colour, None)


def test_fetching_says_what_came(hub):
    result = run("fetch", "cifar100", "--json")
    row = json.loads(result.stdout)
    assert result.exit_code == 0 and row["problem"] == "" and row["found"].endswith("f00")
    assert [content["samples"] for content in row["splits"].values()] == [24, 24]
    assert "none known to compare with" in run("check", "cifar100").stdout


def test_other_data_on_the_hub_than_the_known_are_noticed(hub, shelf):
    shelf.expect("cifar100", n_classes=10, splits={"train": Split("train", 24, "0" * 64), "test": Split("test", 24)})
    result = run("fetch", "cifar100")
    assert result.exit_code == 1 and "damaged:" in result.stdout and "not the known cifar100 train" in result.stdout


def test_an_incomplete_download_is_absent_data(hub, monkeypatch):
    monkeypatch.setattr(hub, "snapshot_download", lambda repo_id, **options: "nowhere")
    with pytest.raises(DataAbsent, match="the train split of cifar100 is not on this machine"):
        fetch("cifar100")


@pytest.mark.parametrize("error", [OSError("no route\nto host"), RuntimeError("no route"), KeyError("no route")])
def test_a_failed_download_is_one_sentence(hub, monkeypatch, error):
    def fails(repo_id, **options):
        raise error

    monkeypatch.setattr(hub, "snapshot_download", fails)
    result = run("fetch", "cifar100")
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert "uoft-cs/cifar100 could not be downloaded:" in result.stderr and "no route" in result.stderr


def test_without_the_extra_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ValueError, match=r"fetching needs huggingface_hub: pip install 'contrastive-claims\[hub\]'"):
        fetch("cifar100")


def test_what_is_not_on_the_hub_is_not_fetched(hub):
    for name, reason in (("digits", "it comes with the package"), ("bffhq", "unpack its archive into")):
        with pytest.raises(ValueError, match=f"{name} cannot be fetched; {reason}"):
            fetch(name)
    assert not hub.calls and "nearest: cifar10" in run("fetch", "cifar").stderr


def test_check_tells_here_from_missing_from_damaged(shelf, write, grey):
    shelf.expect("mnist")
    folder = shelf.data / "ylecun" / "mnist"
    write.parquet(folder / "train.parquet", *grey)
    assert run("check", "mnist").stdout.startswith("mnist          missing: put its parquet files under")
    write.parquet(folder / "test.parquet", *grey)
    assert run("check").stdout.splitlines()[1] == f"mnist          {folder}  train 24, test 24"
    known = checksum(*grey, None)
    shelf.expect("mnist", splits={"train": Split("train", 24, known), "test": Split("test", 24)})
    result = run("check", "mnist", "digits")
    assert result.exit_code == 0 and len(result.stdout.splitlines()) == 2
    assert f"train 24 {known[:12]} (as known), test 24 {known[:12]} (none known" in result.stdout
    shelf.expect("mnist", splits={"train": Split("train", 25), "test": Split("test", 24)})
    result = run("check", "--json")
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert result.exit_code == 1 and "train.parquet: has 24 rows, not 25" in rows["mnist"]["problem"]
    (folder / "test.parquet").write_bytes(b"PAR1")
    assert "damaged:" in run("check").stdout.splitlines()[1]
