"""Images of one's own in every layout: the same set from each, and what is wrong said with file, row or column."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from contrastive_claims.experiments.data.own import Columns, own_sets_at
from contrastive_claims.experiments.data.sources import dataset

CLASSES = ("ant", "bee", "cow")


def picture(label, k):
    image = np.random.default_rng([label, k]).integers(0, 200, (8, 8, 3), np.uint8)
    image[0, 0] = 40 * label + k
    return image


ROWS = [(split, label, k) for split, n in (("train", 6), ("test", 2)) for label in range(3) for k in range(n)]


def files(root):
    for split, label, k in ROWS:
        path = root / split / CLASSES[label] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(label, k + 6 * (split == "test"))).save(path)
    return root


def struct_table(root, split, names=("img", "fine_label", "sex"), metadata=True):
    chosen = [row for row in ROWS if row[0] == split]
    images = [{"bytes": (root / s / CLASSES[c] / f"{k}.png").read_bytes(), "path": None} for s, c, k in chosen]
    table = pa.table(
        {
            names[0]: pa.array(images, pa.struct({"bytes": pa.binary(), "path": pa.string()})),
            names[1]: pa.array([c for _, c, _ in chosen], pa.int64()),
            "coarse_label": pa.array([0] * len(chosen)),
            names[2]: pa.array(["mf"[k % 2] for *_, k in chosen]),
        }
    )
    features = {names[1]: {"names": list(CLASSES), "_type": "ClassLabel"}}
    content = json.dumps({"info": {"features": features}})
    return table.replace_schema_metadata({"huggingface": content}) if metadata else table


@pytest.fixture
def folder(tmp_path):
    return files(tmp_path / "animals")


MADE = {}


def layout(function):
    MADE[function.__name__] = function
    return function


@layout
def parquet(root, to):
    for split in ("train", "test"):
        pq.write_table(struct_table(root, split), to / f"{split}-00000-of-00001.parquet")
    return to, Columns("img", "fine_label", "sex")


@layout
def one_parquet_with_a_column_of_splits(root, to):
    tables = [
        struct_table(root, split).append_column("split", pa.array([split] * n))
        for split, n in (("train", 18), ("test", 6))
    ]
    pq.write_table(pa.concat_tables(tables), to / "all.parquet")
    return to / "all.parquet", Columns("img", "fine_label", "sex")


@layout
def saved(root, to):
    (to / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    for split in ("train", "test"):
        (to / split).mkdir()
        (to / split / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))
        table = struct_table(root, split, ("image", "label", "sex"))
        file = str(to / split / "data-00000-of-00001.arrow")
        with pa.OSFile(file, "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, 4)
    return to, Columns(attribute="sex")


def lines(root, mark=","):
    named = ((f"{s}/{CLASSES[c]}/{k}.png", CLASSES[c], "mf"[k % 2], s) for s, c, k in ROWS)
    return "\n".join(mark.join(row) for row in [("path", "label", "sex", "split"), *named]) + "\n"


@layout
def csv(root, to):
    (root / "list.csv").write_text("\ufeff" + lines(root), "utf-8")
    return root / "list.csv", Columns(attribute="sex")


@layout
def semicolons(root, to):
    (root / "list.csv").write_text(lines(root, ";"))
    return root / "list.csv", Columns(attribute="sex")


@layout
def tsv(root, to):
    (root / "list.tsv").write_text(lines(root, "\t"))
    return root / "list.tsv", Columns("path", "label", "sex")


@layout
def class_folders(root, to):
    return root, Columns()


@pytest.mark.parametrize("kind", MADE)
def test_every_layout_is_the_same_set(folder, tmp_path, kind):
    (tmp_path / "to").mkdir()
    path, columns = MADE[kind](folder, tmp_path / "to")
    found = own_sets_at(path, columns)
    for split, many in (("train", 6), ("test", 2)):
        expected = [(c, k) for s, c, k in ROWS if s == split]
        images = np.stack([picture(c, k + 6 * (split == "test")).transpose(2, 0, 1) for c, k in expected])
        bias = np.array(["mf".index("mf"[k % 2]) for _, k in expected])
        bias = None if kind == "class_folders" else 1 - bias  # sorted: f, m
        same = dataset("x", images, np.repeat(range(3), many), bias)
        assert found[split].checksum == same.checksum and found[split].classes == CLASSES


def test_folders_are_read_as_torchvision_reads_them(folder, torchvision):
    from torchvision.datasets import ImageFolder

    (folder / "train" / "ant" / "deeper").mkdir()
    Image.fromarray(picture(2, 9)).save(folder / "train" / "ant" / "deeper" / "a.png")
    (folder / "train" / "bee" / "notes.txt").write_text("")
    said = []
    found = own_sets_at(folder, tell=said.append)["train"]
    expected = ImageFolder(str(folder / "train"))
    assert tuple(expected.classes) == found.classes
    theirs = {(np.asarray(image).tobytes(), label) for image, label in expected}
    assert theirs == {(i.transpose(1, 2, 0).tobytes(), int(k)) for i, k in zip(found.images, found.labels, strict=True)}
    assert len(said) == 1 and said[0] == f"left out what is no image by its name: {folder}/train/bee/notes.txt"
    bare = own_sets_at(folder / "train")
    assert set(bare) == {"train"} and len(bare["train"].labels) == 19


def test_sizes_grey_and_what_was_done_is_told(folder):
    Image.fromarray(np.full((20, 12), 40000, np.uint16)).save(folder / "train" / "ant" / "0.png")
    with pytest.raises(
        ValueError, match=r"ant/1\.png: 8 x 8 pixels, but .*ant/0\.png has 12 x 20; --set data\.size=64"
    ):
        own_sets_at(folder)
    said = []
    found = own_sets_at(folder, size=8, tell=said.append)
    assert found["train"].images.shape == (18, 3, 8, 8) and (found["train"].images[0] == 156).all()
    assert said == ["1 of 24 images had 16 bits a value and were scaled to 8 (65535 to 255)"]
    for path in folder.rglob("*.png"):
        Image.open(path).convert("L").save(path)
    assert own_sets_at(folder, size=8)["test"].images.shape == (6, 1, 8, 8)


def test_corrupt_images_are_named_or_skipped_and_counted(folder, tmp_path):
    for k in (1, 3):
        (folder / "train" / "bee" / f"{k}.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"bee/1\.png: not a readable image.*--skip-corrupt leaves such images out"):
        own_sets_at(folder)
    said = []
    found = own_sets_at(folder, skip_corrupt=True, tell=said.append)["train"]
    assert np.bincount(found.labels).tolist() == [6, 4, 6]
    assert len(said) == 1 and "skipped 2 corrupt images" in said[0] and "bee/1.png" in said[0]
    (tmp_path / "to").mkdir()
    path, columns = parquet(folder, tmp_path / "to")
    with pytest.raises(ValueError, match=r"train-00000-of-00001\.parquet, row 7: not a readable image"):
        own_sets_at(path, columns)
    for path in (folder / "train" / "bee").iterdir():
        path.write_bytes(b"no image")
    with pytest.raises(ValueError, match="no image of the class 'bee' can be read"):
        own_sets_at(folder, skip_corrupt=True)


def test_numbers_of_classes_are_sorted_as_numbers(tmp_path):
    (tmp_path / "a.png").parent.mkdir(exist_ok=True)
    Image.fromarray(picture(0, 0)).save(tmp_path / "a.png")
    (tmp_path / "l.csv").write_text("path,label\n" + "".join(f"a.png,{k}\n" for k in (10, 2, 10, 7)))
    found = own_sets_at(tmp_path / "l.csv")["train"]
    assert found.classes == ("2", "7", "10") and found.labels.tolist() == [2, 0, 2, 1]


HEAD = "path,label,sex\n"
WRONG = {
    "absent file": ("a.png,ant,m\nb.png,bee,m\n", r"l\.csv, line 3 \(.*b\.png\): not a readable image"),
    "too few fields": ("a.png,ant\n", r"l\.csv, line 2: fewer fields than the header's 3"),
    "a value once": (
        "a.png,ant,m\na.png,bee,m\na.png,bee,f\n",
        r"l\.csv, line 4 .*: the only training image with the value 'f'",
    ),
    "too many": ("a.png,ant,m,x\n", r"l\.csv, line 2: more fields"),
    "no label": ("a.png,ant,m\na.png,,m\n", r"l\.csv, line 3 .*: no value in 'label'"),
    "no attribute": ("a.png,ant,m\na.png,bee,\n", r"l\.csv, line 3 .*: no value in 'sex'"),
    "no name": (",ant,m\n", r"l\.csv, line 2: no file name in 'path'"),
    "one class": ("a.png,ant,m\n", r"l\.csv: one class only \(ant\)"),
    "empty": ("", r"l\.csv: holds no training rows"),
    "no utf-8": ("a.png,\udcff,m\n", r"l\.csv: not a readable CSV file \(line 2: the byte 0xff is no UTF-8"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_in_a_csv_is_named_with_its_line(tmp_path, what):
    text, message = WRONG[what]
    Image.fromarray(picture(0, 0)).save(tmp_path / "a.png")
    (tmp_path / "l.csv").write_bytes((HEAD + text).encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=message) as caught:
        own_sets_at(tmp_path / "l.csv", Columns(attribute="sex"))
    assert "\n" not in str(caught.value)


def test_columns_are_named_where_they_may_be_any(folder, tmp_path):
    (tmp_path / "to").mkdir()
    path, _ = parquet(folder, tmp_path / "to")
    with pytest.raises(
        ValueError, match=r"no column is called so; which of img, fine_label, .* --set data\.label=NAME"
    ):
        own_sets_at(path)
    with pytest.raises(
        ValueError, match=r"data\.bias=age: no such column; there are img, fine_label, coarse_label, sex"
    ):
        own_sets_at(path, Columns("img", "fine_label", "age"))
    with pytest.raises(ValueError, match=r"row 0: 'coarse_label' holds int"):
        own_sets_at(path, Columns("coarse_label", "fine_label"))
    with pytest.raises(ValueError, match=r"row 0: 'img' holds .*neither a whole number nor a name"):
        own_sets_at(path, Columns("img", "img"))


def test_what_is_no_data_set_is_said(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 nonsense")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "state.json").write_text('{"_data_files": [{"filename": "../animals/x.arrow"}]}')
    for path, message in (
        (tmp_path / "none", "none: there is nothing of this name"),
        (tmp_path / "empty", "no class folders with images in it"),
        (tmp_path / "a.txt", r"a\.txt: neither a folder nor a \.parquet"),
        (tmp_path / "b.parquet", r"b\.parquet: not a readable parquet file"),
        (tmp_path / "saved", r"state\.json.: names a data file that is not in its folder|names a data file"),
    ):
        with pytest.raises(ValueError, match=message):
            own_sets_at(path)
    (folder / "test" / "dog").mkdir()
    Image.fromarray(picture(0, 0)).save(folder / "test" / "dog" / "0.png")
    with pytest.raises(ValueError, match=r"dog/0\.png: the class 'dog' has no training image"):
        own_sets_at(folder)
    with pytest.raises(ValueError, match=r"data\.bias: .* is a folder of images and has no columns"):
        own_sets_at(folder, Columns(attribute="sex"))


def test_validation_counts_as_test_only_where_there_is_no_test(folder, tmp_path):
    (tmp_path / "to").mkdir()
    pq.write_table(struct_table(folder, "train"), tmp_path / "to" / "train.parquet")
    pq.write_table(struct_table(folder, "train"), tmp_path / "to" / "validation.parquet")
    columns = Columns("img", "fine_label")
    assert len(own_sets_at(tmp_path / "to", columns)["test"].labels) == 18
    pq.write_table(struct_table(folder, "test"), tmp_path / "to" / "test.parquet")
    assert len(own_sets_at(tmp_path / "to", columns)["test"].labels) == 6
