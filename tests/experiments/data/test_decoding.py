"""Parquet, IDX and image files: what is written is read, and whatever is damaged is refused by name."""

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.data.decoding import BLOCK, count_rows, read_idx, read_images, read_parquet

COLUMNS = ("image", "label")
shapes = st.tuples(st.integers(1, 6), st.sampled_from([1, 3]), st.integers(1, 9), st.integers(1, 9))


def drawn(shape, seed):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@settings(deadline=None, max_examples=25)
@given(shapes, st.integers(0, 99), st.integers(1, 6))
def test_parquet_files_give_back_images_and_labels_in_order(write, shape, seed, cut):
    images, labels = drawn(shape, seed), drawn(shape[0], seed + 1)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{k}.parquet" for k in range(2)]
        for path, part in zip(paths, (slice(cut), slice(cut, None)), strict=True):
            write.parquet(path, images[part], labels[part])
        read = read_parquet(paths, COLUMNS, shape[1:], "exact")
        assert sum(map(count_rows, paths)) == len(images)
    assert np.array_equal(read[0], images) and read[0].dtype == np.uint8
    assert np.array_equal(read[1], labels) and read[1].dtype == np.int64


def test_more_images_than_a_block_keep_their_order(write, tmp_path):
    images = np.arange(2 * BLOCK + 3).astype(np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 2), np.uint8)
    write.parquet(tmp_path / "a.parquet", images, np.arange(len(images)))
    read, labels = read_parquet([tmp_path / "a.parquet"], COLUMNS, (1, 2, 2), "exact")
    assert np.array_equal(read, images) and np.array_equal(labels, np.arange(len(images)))


@settings(deadline=None, max_examples=25)
@given(shapes, st.integers(0, 99))
def test_idx_files_give_back_images_and_labels(write, shape, seed):
    images, labels = drawn((shape[0], *shape[2:]), seed), drawn(shape[0], seed + 1)
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "images.gz", Path(folder) / "labels.gz"
        write.idx(paths[0], images)
        write.idx(paths[1], labels)
        read = read_idx(*paths)
    assert np.array_equal(read[0][:, 0], images) and read[0].dtype == np.uint8
    assert np.array_equal(read[1], labels) and read[1].dtype == np.int64


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 0.999))
def test_a_file_cut_short_anywhere_is_refused_by_name(write, share):
    images, labels = drawn((9, 1, 8, 8), 0), drawn(9, 1)
    with tempfile.TemporaryDirectory() as folder:
        table, idx, image = (Path(folder) / name for name in ("a.parquet", "b.gz", "c.png"))
        write.parquet(table, images, labels)
        write.idx(idx, images[:, 0])
        write.image(image, images[0])
        for path in (table, idx, image):
            content = path.read_bytes()
            path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(ValueError, match=r"a\.parquet: not a readable parquet file"):
            read_parquet([table], COLUMNS, (1, 8, 8), "exact")
        with pytest.raises(ValueError, match=r"a\.parquet: not a readable parquet file"):
            count_rows(table)
        with pytest.raises(ValueError, match=r"b\.gz: not a"):
            read_idx(idx, idx)
        if share < 0.8:  # the very end of a PNG holds no pixels
            with pytest.raises(ValueError, match=r"c\.png: not a readable image"):
                read_images([image], (1, 8, 8), "exact")


def test_pages_overwritten_within_a_parquet_file_are_refused(write, tmp_path):
    path = tmp_path / "a.parquet"
    write.parquet(path, drawn((50, 1, 8, 8), 0), np.zeros(50))
    content = bytearray(path.read_bytes())
    content[4:1500] = bytes(1496)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.parquet"):
        read_parquet([path], COLUMNS, (1, 8, 8), "exact")


def test_another_content_of_a_parquet_file_is_named(write, tmp_path):
    path = tmp_path / "a.parquet"
    images = drawn((3, 1, 8, 8), 0)

    def refused(match, columns=COLUMNS, shape=(1, 8, 8)):
        with pytest.raises(ValueError, match=match):
            read_parquet([path], columns, shape, "exact")

    write.parquet(path, images, [0, 1, 2])
    refused("has no column 'img', only image, label", columns=("img", "label"))
    refused("needs a column 'label' of encoded images", columns=("label", "label"))
    refused("row 0: an image of 8 x 8 pixels, not 9 x 8", shape=(1, 8, 9))
    write.parquet(path, images, [0, None, 2])
    refused("a row has no label")
    whole = write.encoded(images[0])
    write.parquet(path, images, [0, 1, 2], files=[whole, None, whole])
    refused(r"a\.parquet, row 1: holds no image")
    write.parquet(tmp_path / "0.parquet", images, [0, 1, 2])
    with pytest.raises(ValueError, match=r"a\.parquet, row 1: holds no image"):
        read_parquet([tmp_path / "0.parquet", path], COLUMNS, (1, 8, 8), "exact")
    for broken in (b"", b"no image", whole[:40], whole[:60] + b"\0" * 9 + whole[69:]):
        write.parquet(path, images, [0, 1, 2], files=[whole, whole, broken])
        refused(r"a\.parquet, row 2: not a readable image")
    pq.write_table(pa.table({"image": [b"bytes"], "label": [0]}), path)
    refused("needs a column 'image' of encoded images")


def test_another_content_of_an_idx_file_is_named(write, tmp_path):
    path = tmp_path / "a.gz"
    write.idx(path, drawn((3, 8, 8), 0))
    with pytest.raises(ValueError, match=r"a\.gz: not an IDX file of bytes in 1 dimensions"):
        read_idx(path, path)
    content = gzip.decompress(path.read_bytes())
    for wrong in (content[:-1], content + b"\0"):
        path.write_bytes(gzip.compress(wrong))
        with pytest.raises(ValueError, match=r"a\.gz: holds 20[79] bytes, which its header does not announce"):
            read_idx(path, path)


def test_images_of_other_sizes_are_resized(write, tmp_path):
    """On a horizontal ramp: stretched, its ends stay; cropped, the middle 7/8 of the shorter side stays."""
    ramp = np.broadcast_to(np.linspace(0, 250, 256), (3, 128, 256)).astype(np.uint8)
    write.image(tmp_path / "a.png", ramp)
    stretched = read_images([tmp_path / "a.png"], (3, 56, 56), "stretch")[0]
    cropped = read_images([tmp_path / "a.png"], (3, 56, 56), "crop")[0]
    assert stretched.shape == cropped.shape == (3, 56, 56)
    assert stretched[0, 28, 0] <= 6 and stretched[0, 28, -1] >= 244
    # the shorter side is 128 -> 64, of which 56; the crop spans 56 of 128 columns in the middle
    assert cropped[0, 28, 0] == pytest.approx(250 * 36.5 / 128, abs=3)
    assert cropped[0, 28, -1] == pytest.approx(250 * 91.5 / 128, abs=3)
    with pytest.raises(ValueError, match=r"a\.png: an image of 256 x 128 pixels, not 56 x 56"):
        read_images([tmp_path / "a.png"], (3, 56, 56), "exact")


def test_grey_and_colour_are_converted_to_what_is_asked(write, tmp_path):
    grey = drawn((1, 5, 5), 0)
    write.image(tmp_path / "a.png", grey)
    assert np.array_equal(read_images([tmp_path / "a.png"], (3, 5, 5), "exact")[0], np.repeat(grey, 3, 0))
