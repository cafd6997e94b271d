"""Sets that nobody published a checksum for: recorded at first use, compared ever after."""

import json
import random

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from contrastive_claims.experiments.cli import app
from contrastive_claims.experiments.data.remembered import checksums_file, compare, forget
from contrastive_claims.experiments.data.sources import load
from contrastive_claims.experiments.training.presets import Data
from contrastive_claims.experiments.training.sets import training_and_held_out


def test_first_use_is_recorded_and_another_content_refused():
    compare("/data/x (train)", "a" * 64, "x")
    compare("/data/x (train)", "a" * 64, "x")
    with pytest.raises(ValueError, match=r"/data/x \(train\): not the images.*claims data accept x"):
        compare("/data/x (train)", "b" * 64, "x")
    assert forget("/data/other") == 0 and forget("/data/x") == 1
    compare("/data/x (train)", "b" * 64, "x")


def test_a_damaged_record_is_named_and_one_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    compare("/data/x", "a" * 64, "x")
    checksums_file().write_text("{")
    with pytest.raises(ValueError, match=r"checksums\.json: damaged"):
        compare("/data/x", "a" * 64, "x")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CLAIMS_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="cannot be written .* changes of x will not be noticed"):
        compare("/data/x", "a" * 64, "x")


def test_a_known_set_without_a_published_checksum_is_compared(shelf, write):
    from contrastive_claims.experiments.data.locations import Split

    shelf.expect("cifar100", splits={"train": Split("train", 200)}, n_classes=10, shape=(3, 4, 4))
    images = np.random.default_rng(0).integers(0, 256, (200, 3, 4, 4), np.uint8)
    labels = np.arange(200) % 10
    path = shelf.data / "uoft-cs" / "cifar100" / "train.parquet"
    write.parquet(path, images, labels, ("img", "fine_label"))
    load("cifar100")
    labels[17] = (labels[17] + 1) % 10
    write.parquet(path, images, labels, ("img", "fine_label"))
    with pytest.raises(ValueError, match=r"train\.parquet \(train\): not the images and labels of"):
        load("cifar100")


def test_sixty_flips_of_labels_in_a_set_of_ones_own_are_refused(tmp_path, seed):
    """19 of 60 passed in silence before."""
    generator, rows = random.Random(seed), []
    for k in range(60):
        Image.fromarray(np.full((4, 4), k, np.uint8)).save(tmp_path / f"{k}.png")
        rows.append((f"{k}.png", "abc"[k % 3]))

    def written(rows):
        text = "path,label\n" + "".join(",".join(row) + "\n" for row in rows)
        (tmp_path / "list.csv").write_text(text)
        return training_and_held_out(Data(name="own", path=str(tmp_path / "list.csv")), 0)

    written(rows)
    for k in range(60):
        flipped = list(rows)
        flipped[k] = (rows[k][0], generator.choice([c for c in "abc" if c != rows[k][1]]))
        with pytest.raises(ValueError, match=r"list\.csv .*: not the images and labels of .*claims data accept"):
            written(flipped)
    written(rows)
    written_now = list(rows)
    written_now[0] = ("0.png", "b")
    (tmp_path / "list.csv").write_text("path,label\n" + "".join(",".join(row) + "\n" for row in written_now))
    done = CliRunner().invoke(app, ["data", "accept", str(tmp_path / "list.csv"), "--json"])
    assert json.loads(done.stdout)["forgotten"] == 1
    written(written_now)
    assert CliRunner().invoke(app, ["data", "accept", "nothing"]).exit_code == 2
