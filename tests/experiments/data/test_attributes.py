"""Class folders with a table of attributes: the same set as a CSV of everything, and each fault said with table and line."""

import numpy as np
import pytest
from PIL import Image

from contrastive_claims.experiments.data.own import Columns, own_sets_at, rows_at

CLASSES, SIZES = ("ant", "bee"), {("ant", "f"): 2, ("ant", "m"): 4, ("bee", "f"): 3, ("bee", "m"): 2}
SEX = Columns(attribute="sex")


def faces(root, split=""):
    """Class folders of images with numbers of their own, as CelebA's: (file's path from the root, class, sex) each."""
    made = []
    for number, (name, sex) in enumerate(group for group, size in SIZES.items() for _ in range(size)):
        path = root / split / name / f"{number:06}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4, 3), 20 * number, np.uint8)).save(path)
        made.append((path.relative_to(root).as_posix(), name, sex))
    return made


def table(rows, names=lambda path: path):
    return "file,sex,age\n" + "".join(f"{names(path)},{sex},old\n" for path, _, sex in reversed(rows))


@pytest.fixture
def folder(tmp_path):
    rows = faces(tmp_path / "faces")
    (tmp_path / "faces" / "list.csv").write_text(table(rows))
    return tmp_path / "faces"


@pytest.mark.parametrize("naming", [lambda path: path, lambda path: f"./{path}", lambda path: path.split("/")[-1]])
def test_folders_with_a_table_are_the_set_of_one_csv(tmp_path, naming):
    rows = faces(tmp_path / "faces")
    whole = "path,label,sex\n" + "".join(f"{','.join(row)}\n" for row in sorted(rows))
    (tmp_path / "faces" / "whole.csv").write_text(whole)
    expected = own_sets_at(tmp_path / "faces" / "whole.csv", SEX)["train"]
    (tmp_path / "beside.csv").write_text(table(rows, naming))
    found = own_sets_at(tmp_path / "faces", Columns(attribute="sex", table=str(tmp_path / "beside.csv")))["train"]
    assert found.checksum == expected.checksum and found.classes == CLASSES
    assert {(c, b): int(((found.labels == c) & (found.bias == b)).sum()) for c in (0, 1) for b in (0, 1)} == {
        (0, 0): 2, (0, 1): 4, (1, 0): 3, (1, 1): 2,
    }  # fmt: skip


def test_one_table_for_both_splits_and_what_the_numbers_mean_is_told(tmp_path):
    rows = faces(tmp_path, "train") + faces(tmp_path, "test")
    (tmp_path / "list.tsv").write_text(table(rows, lambda path: path).replace(",", "\t"))
    said = []
    found = own_sets_at(tmp_path, SEX, tell=said.append)
    assert np.array_equal(found["train"].bias, found["test"].bias) and set(found["train"].bias) == {0, 1}
    groups = "ant f 2, bee m 2, bee f 3, ant m 4"
    assert said == [f"sex: 0 f, 1 m; smallest groups of the training images: {groups}"]
    (tmp_path / "list.tsv").write_text(table(rows, lambda path: path.split("/")[-1]).replace(",", "\t"))
    with pytest.raises(ValueError, match=r"line 2: '000010\.png' may be train/.* or test/.*; write the path from"):
        own_sets_at(tmp_path, SEX)


FAULTS = {
    "misses images": (
        lambda text: text.replace("ant/000002.png,m,old\n", ""),
        r"list\.csv: no row for 1 of the 11 images in .*faces: ant/000002\.png",
    ),
    "names an image that does not exist": (
        lambda text: text + "ant/9.png,m,old\n",
        r"list\.csv, line 13: there is no image 'ant/9\.png' in .*faces",
    ),
    "reaches out of the folder": (
        lambda text: text.replace("ant/000002.png", "../faces/ant/000002.png"),
        r"there is no image '\.\./faces/ant/000002\.png'",
    ),
    "a row twice": (
        lambda text: text + "000002.png,f,old\n",
        r"list\.csv, line 13: '000002\.png' again, as in line 10",
    ),
    "a value once": (
        lambda text: text.replace("ant/000002.png,m", "ant/000002.png,x"),
        r"ant/000002\.png: the only training image with the value 'x' of 'sex'; a value needs two",
    ),
    "no value": (
        lambda text: text.replace("ant/000002.png,m", "ant/000002.png,"),
        r"list\.csv, line 10: no value in 'sex'",
    ),
    "no such column": (
        lambda text: text.replace("sex", "gender"),
        r"list\.csv: data\.bias=sex: no such column; there are file, gender, age",
    ),
    "a column twice": (lambda text: text.replace("age", "sex"), r"list\.csv: two columns are called 'sex'"),
    "no column of files": (
        lambda text: text.replace("file", "who"),
        r"no column is called so; which of who, sex, age holds the images\? Say --set data\.image=NAME",
    ),
    "fewer fields": (lambda text: text + "ant/9.png,m\n", r"list\.csv, line 13: fewer fields than the header's 3"),
    "empty": (lambda text: "", r"list\.csv: data\.bias=sex: no such column"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_in_a_table_is_one_sentence(folder, fault):
    spoil, message = FAULTS[fault]
    text = (folder / "list.csv").read_text()
    assert spoil(text) != text
    own_sets_at(folder, SEX)
    (folder / "list.csv").write_text(spoil(text))
    with pytest.raises(ValueError, match=message) as caught:
        own_sets_at(folder, SEX)
    assert "\n" not in str(caught.value)


def test_no_utf8_is_said_with_its_line(folder):
    (folder / "list.csv").write_bytes((folder / "list.csv").read_bytes().replace(b"old", b"\xe9ld"))
    with pytest.raises(ValueError, match=r"list\.csv: not a readable CSV file \(line 2: the byte 0xe9 is no UTF-8"):
        own_sets_at(folder, SEX)


def test_which_table_is_asked_where_it_may_be_either(folder):
    assert own_sets_at(folder)["train"].bias is None  # nobody asked for an attribute
    (folder / "more.csv").write_text("")
    with pytest.raises(ValueError, match=r"which of list\.csv, more\.csv is the table of attributes\? Say --set data"):
        own_sets_at(folder, SEX)
    named = Columns(attribute="sex", table=str(folder / "list.csv"))
    assert rows_at(folder, named, print)["train"].attributes == [*"ff", *"mmmm", *"fff", *"mm"]
    with pytest.raises(ValueError, match=r"data\.table=list\.csv: which column of it\? Say --set data\.bias=COLUMN"):
        own_sets_at(folder, Columns(table="list.csv"))
    with pytest.raises(ValueError, match=r"none\.csv: not a readable CSV file \(No such file"):
        own_sets_at(folder, Columns(attribute="sex", table=str(folder / "none.csv")))
    with pytest.raises(ValueError, match=r"data\.table belongs to class folders"):
        own_sets_at(folder / "list.csv", named)
