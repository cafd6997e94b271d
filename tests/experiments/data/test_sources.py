"""Data sets by name: what is loaded, what is refused, and the checksums that tell sets apart."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.data.locations import LOCATIONS, DataAbsent, Split
from contrastive_claims.experiments.data.sources import checksum, checksum_of, dataset, load, subset

rows = st.integers(2, 12)
seeds = st.integers(0, 999)


def drawn(n, seed, bias=True):
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (n, 1, 3, 3), np.uint8)
    return dataset("d", images, generator.integers(0, 5, n), generator.integers(0, 5, n) if bias else None)


def test_digits_are_whole_and_in_range():
    digits = load("digits")
    assert digits.images.shape == (1797, 1, 8, 8) and digits.images.dtype == np.float32
    assert digits.images.min() == 0 and digits.images.max() == 1
    assert digits.labels.dtype == np.int64 and digits.bias is None and digits.n_classes == 10
    assert np.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert digits.checksum == load("digits").checksum == checksum(digits.images, digits.labels, None)
    assert digits.checksum == checksum_of("digits") == LOCATIONS["digits"].splits["train"].checksum


def test_checksum_sees_values_shape_type_and_absence_but_not_byte_order():
    values = np.arange(6, dtype=np.float32)
    sums = [checksum(a) for a in (values, values.reshape(2, 3), values.astype(np.float64), values[::-1], None)]
    assert len(set(sums)) == len(sums)
    assert checksum(values.astype(">f4")) == checksum(values)
    assert checksum(np.empty((0, 3))) != checksum(np.empty((0, 4)))


@settings(deadline=None, max_examples=50)
@given(rows, seeds, st.randoms(use_true_random=False))
def test_checksum_is_of_the_samples_in_their_order(n, seed, random):
    data = drawn(n, seed)
    order = list(range(n))
    random.shuffle(order)
    moved = subset(data, np.array(order))
    same = all(
        np.array_equal(a, b)
        for a, b in ((data.images, moved.images), (data.labels, moved.labels), (data.bias, moved.bias))
    )
    assert (moved.checksum == data.checksum) == same
    assert subset(moved, np.argsort(order)).checksum == data.checksum


@settings(deadline=None, max_examples=50)
@given(rows, seeds, st.booleans(), st.data())
def test_subset_takes_the_samples_at_the_indices(n, seed, with_bias, data_of):
    data = drawn(n, seed, with_bias)
    indices = np.array(data_of.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=20)))
    part = subset(data, indices)
    assert np.array_equal(part.images, data.images[indices]) and np.array_equal(part.labels, data.labels[indices])
    assert part.bias is None if data.bias is None else np.array_equal(part.bias, data.bias[indices])
    assert part.checksum == checksum(part.images, part.labels, part.bias) and part.name == data.name


@pytest.mark.parametrize("indices", [[], [[0]], [0.0], [True], [-1], [0, 4]])
def test_subset_refuses_what_are_no_indices(indices):
    with pytest.raises(ValueError, match="indices: must"):
        subset(drawn(4, 0), np.array(indices))


def test_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(ValueError, match=r"unknown data set 'digit'; known sets: digits.*did you mean 'digits'"):
        load("digit")
    with pytest.raises(ValueError, match="split: digits has 'train' only, got 'test'"):
        load("digits", "test")
    with pytest.raises(ValueError, match="ag_news holds text, not images"):
        load("ag_news", "test")


@pytest.mark.parametrize(
    ("name", "columns", "classes"),
    [
        ("mnist", ("image", "label"), 10),
        ("fashion-mnist", ("image", "label"), 10),
        ("cifar10", ("img", "label"), 10),
        ("cifar100", ("img", "fine_label"), 10),
        ("imagenet-100", ("image", "label"), 10),
    ],
)
def test_every_hub_set_is_read_from_its_own_columns(shelf, write, grey, colour, name, columns, classes):
    shelf.expect(name, n_classes=classes)
    here = LOCATIONS[name]
    images, labels = grey if here.shape[0] == 1 else colour
    for split, known in here.splits.items():
        write.parquet(shelf.data / here.hub_id / f"{known.files}.parquet", images, labels, columns)
        data = load(name, split)
        assert data.name == name and data.bias is None and np.array_equal(data.labels, labels)
        if here.fit == "exact":
            assert np.array_equal(data.images, images)
        else:
            assert data.images.shape == (24, *here.shape)


def test_the_hubs_shards_and_a_system_package_give_the_same_set(shelf, write, grey):
    shelf.expect("fashion-mnist")
    images, labels = grey
    cache = shelf.hub / "datasets--zalando-datasets--fashion_mnist"
    for k, part in enumerate((slice(9), slice(9, None))):
        path = cache / "snapshots" / "abc" / "fashion_mnist" / f"train-{k:05}-of-00002.parquet"
        write.parquet(path, images[part], labels[part])
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("abc")
    from_hub = load("fashion-mnist")
    write.idx(shelf.system / "train-images-idx3-ubyte.gz", images[:, 0])
    write.idx(shelf.system / "train-labels-idx1-ubyte.gz", labels)
    from_system = load("fashion-mnist")
    assert from_hub.checksum == from_system.checksum == checksum(images, labels, None)


def test_other_data_than_the_known_are_refused(shelf, write, grey):
    images, labels = grey
    path = shelf.data / "ylecun" / "mnist" / "train.parquet"
    write.parquet(path, images, labels)
    with pytest.raises(
        ValueError, match=r"train\.parquet: mnist train has images \(60000, 1, 28, 28\), found \(24, 1, 28"
    ):
        load("mnist")
    known = checksum(images, labels, None)
    shelf.expect("mnist", splits={"train": Split("train", 24, known)})
    assert load("mnist").checksum == known
    changed = images.copy()
    changed[5, 0, 3, 3] ^= 1
    write.parquet(path, changed, labels)
    with pytest.raises(ValueError, match=rf"train\.parquet: not the known mnist train, SHA-256 .*, not {known}"):
        load("mnist")
    shelf.expect("mnist")
    for wrong in (labels + 1, labels - 1, np.minimum(labels, 8)):
        write.parquet(path, images, wrong)
        with pytest.raises(
            ValueError, match=r"train\.parquet: the labels of mnist train must be 0 to 9, each at least"
        ):
            load("mnist")


def test_as_many_labels_as_images(shelf, write, grey):
    shelf.expect("fashion-mnist")
    write.idx(shelf.system / "train-images-idx3-ubyte.gz", grey[0][:, 0])
    write.idx(shelf.system / "train-labels-idx1-ubyte.gz", grey[1][:-1])
    with pytest.raises(ValueError, match=r"images-idx3-ubyte\.gz: fashion-mnist train has images"):
        load("fashion-mnist")


def test_the_cheap_checksum_is_the_known_one_or_that_of_the_files(shelf, write, grey):
    with pytest.raises(DataAbsent, match="mnist is not on this machine"):
        checksum_of("mnist")
    folder = shelf.data / "ylecun" / "mnist"
    for split in ("train", "test"):
        write.parquet(folder / f"{split}.parquet", *grey)
    known = checksum_of("mnist")  # these tiny files are not MNIST, which only load notices
    shelf.expect("mnist")
    of_files = checksum_of("mnist")
    assert len({known, of_files, checksum_of("digits")}) == 3 and of_files == checksum_of("mnist")
    for path in (folder / "train.parquet", folder / "test.parquet"):
        before, content = checksum_of("mnist"), bytearray(path.read_bytes())
        content[-20] ^= 1
        path.write_bytes(content)
        assert checksum_of("mnist") != before
    splits = {"train": dataclasses.replace(LOCATIONS["mnist"].splits["train"], checksum="0" * 64)}
    shelf.expect("mnist", splits=splits)
    assert checksum_of("mnist") == "0" * 64
