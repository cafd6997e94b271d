"""Data sets of one's own: folders of class folders, found by name, read in a fixed order, refused with the file named."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from contrastive_claims.experiments.cli import app
from contrastive_claims.experiments.data.locations import DataAbsent, location
from contrastive_claims.experiments.data.sources import checksum_of, load
from contrastive_claims.experiments.training.session import run_session

CLASSES = ("ant", "bee", "cow")


@pytest.fixture
def leaves(shelf, write):
    """ "leaves": grey images of 8 x 9 pixels, of value 40 times their class plus their number; 20 and 5 of each class."""
    for split, count in (("train", 20), ("test", 5)):
        for label, name in enumerate(CLASSES):
            for k in range(count):
                image = np.random.default_rng(k).integers(0, 30, (1, 9, 8), np.uint8)
                image[0, 0, 0] = 40 * label + k
                write.image(shelf.data / "leaves" / split / name / f"{k:02}.png", image)
    return shelf.data / "leaves"


def test_classes_are_numbered_by_name_and_images_read_in_order(leaves):
    (leaves / "train" / ".hidden").mkdir()
    (leaves / "train" / "ant" / ".DS_Store").write_bytes(b"x")
    (leaves / "train" / "notes.csv").write_text("beside the class folders")
    training, test = load("leaves"), load("leaves", "test")
    assert training.images.shape == (60, 1, 9, 8) and training.images.dtype == np.uint8 and training.bias is None
    assert training.labels.tolist() == sorted([0, 1, 2] * 20) and test.labels.tolist() == sorted([0, 1, 2] * 5)
    assert training.images[:, 0, 0, 0].tolist() == [40 * label + k for label in range(3) for k in range(20)]
    assert location("leaves").classes == CLASSES


def test_one_colour_image_in_either_split_makes_all_of_them_colour(leaves, write):
    write.image(leaves / "test" / "bee" / "00.png", np.full((3, 9, 8), 7, np.uint8))
    training = load("leaves")
    assert training.images.shape == (60, 3, 9, 8) and load("leaves", "test").images.shape == (15, 3, 9, 8)
    assert (training.images == training.images[:, :1]).all()


def test_the_checksum_follows_every_file_and_its_class(leaves):
    seen = {checksum_of("leaves")}
    (leaves / "test" / "cow" / "04.png").rename(leaves / "test" / "ant" / "05.png")
    seen.add(checksum_of("leaves"))
    (leaves / "train" / "bee" / "00.png").write_bytes((leaves / "train" / "bee" / "01.png").read_bytes())
    seen.add(checksum_of("leaves"))
    assert len(seen) == 3 and all(len(found) == 64 for found in seen)


def test_a_known_set_keeps_its_name_and_its_folder(leaves, write):
    for name in ("mnist", "imagenet"):  # the name of a set, and the folder of one
        for label in CLASSES:
            write.image(leaves.parent / name / "train" / label / "0.png", np.zeros((1, 4, 4), np.uint8))
    with pytest.raises(DataAbsent, match="the train split of mnist"):
        load("mnist")
    with pytest.raises(ValueError, match=r"unknown data set 'imagenet'; known sets: .*, leaves; a set of your own"):
        load("imagenet")
    with pytest.raises(ValueError, match=r"image files in \$CLAIMS_DATA/leave/train/<class>/; did you mean 'leaves'"):
        load("leave")
    with pytest.raises(ValueError, match="unknown"):
        load("../data/leaves")


def other_size(root):
    Image.new("L", (9, 8)).save(root / "test" / "cow" / "03.png")


def no_image(root):
    (root / "train" / "bee" / "07.png").write_bytes(b"no image")


def cut_short(root):
    path = root / "train" / "bee" / "07.png"
    path.write_bytes(path.read_bytes()[:60])


def sixteen_bits(root):
    Image.fromarray(np.zeros((9, 8), np.uint16)).save(root / "train" / "ant" / "00.png")


def other_suffix(root):
    (root / "train" / "ant" / "a.tif").write_bytes(b"")


def nested(root):
    (root / "train" / "ant" / "deeper").mkdir()


def empty_class(root):
    (root / "train" / "dog").mkdir()
    (root / "test" / "dog").mkdir()


def class_of_one_split(root):
    (root / "test" / "dog").mkdir()


def flat(root):
    for name in CLASSES:
        (root / "train" / name).rename(root / name)


WRONG = {
    other_size: r"test/cow/03\.png: 9 x 8 pixels, but .*train/ant/00\.png has 8 x 9",
    no_image: r"train/bee/07\.png: not a readable image",
    cut_short: r"train/bee/07\.png: not a readable image",
    sixteen_bits: r"train/ant/00\.png: more than eight bits",
    other_suffix: r"train/ant/a\.tif: not an image file \(\.jpg, ",
    nested: r"train/ant/deeper: not an image file",
    empty_class: r"train/dog: holds no image",
    class_of_one_split: r"leaves: the class 'dog' is in test only",
    flat: r"leaves/train: needs two folders or more, one for each class, found 0",
}


@pytest.mark.parametrize("spoil", WRONG, ids=lambda spoil: spoil.__name__)
def test_what_is_wrong_is_said_with_the_file(leaves, spoil):
    load("leaves")
    spoil(leaves)
    with pytest.raises(ValueError, match=WRONG[spoil]):
        load("leaves")
    row = json.loads(CliRunner().invoke(app, ["data", "check", "leaves", "--json"]).stdout)[0]
    assert row["problem"]


def test_without_a_test_split_some_training_images_are_held_out(leaves, tmp_path):
    for path in sorted((leaves / "test").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (leaves / "test").rmdir()
    with pytest.raises(
        ValueError, match=r"'train' only, got 'test'; put .*leaves/test/<class>/, or set data\.held_out"
    ):
        load("leaves", "test")
    found = session("digits", tmp_path, "data.held_out_per_class=4")
    assert found["samples"] == {"training": 48, "held_out": 12}


def session(preset, out, *settings):
    tiny = ("data.name=leaves", "epochs=1", "batch=12", "encoder.widths=[2, 4]", "encoder.dimension=4")
    return run_session(preset, [*tiny, *settings], 3, "cpu", out, lambda progress: None)


def test_a_preset_trains_on_it(leaves, tmp_path):
    fits = ("data.per_class=0", "data.undersample.target=2", "data.undersample.factor=4.0")
    found = session("fashion-harm-cpu", tmp_path, *fits)
    assert found["samples"] == {"training": 45, "held_out": 15}
    assert session("fashion-harm-cpu", tmp_path, *fits)["reused"]
    (leaves / "train" / "ant" / "00.png").write_bytes((leaves / "train" / "ant" / "01.png").read_bytes())
    with pytest.raises(
        ValueError, match=r"leaves \(train\): not the images and labels of .* claims data accept leaves"
    ):
        session("fashion-harm-cpu", tmp_path, *fits)
    line = CliRunner().invoke(app, ["data", "accept", "leaves"]).stdout
    assert "leaves: 2 recorded checksums forgotten" in line
    assert session("fashion-harm-cpu", tmp_path, *fits)["folder"] != found["folder"]  # other images, another run


def test_data_check_lists_it(leaves):
    rows = json.loads(CliRunner().invoke(app, ["data", "check", "--json"]).stdout)
    row = rows[-1]
    assert row["name"] == "leaves" and row["found"] == str(leaves) and not row["problem"]
    assert {split: content["samples"] for split, content in row["splits"].items()} == {"train": 60, "test": 15}
    line = CliRunner().invoke(app, ["data", "check", "leaves"]).stdout
    assert line.startswith("leaves") and "train 60" in line
