"""Folders of images in their published layouts, on a tiny made folder each."""

import numpy as np
import pytest

from contrastive_claims.experiments.data.folders import CLASS_OF, CLUSTERS, SYNSETS
from contrastive_claims.experiments.data.sources import checksum_of, load


def flat(value, side):
    return np.full((3, side, side), value, np.uint8)


def test_the_synsets_are_forty_two_of_nine_classes():
    assert len(SYNSETS) == 9 and len(CLASS_OF) == 42 == sum(map(len, SYNSETS.values()))
    assert [len(synsets) for synsets in SYNSETS.values()] == [5, 5, 3, 5, 5, 5, 5, 4, 5]
    assert all(name[0] == "n" and len(name) == 9 and name[1:].isdigit() for name in CLASS_OF)


def test_bffhq(shelf, write):
    root = shelf.data / "bffhq"
    names = ["align/0/3_0_0.png", "align/1/1_1_1.png", "conflict/0/2_0_1.png", "conflict/1/0_1_0.png"]
    for value, name in enumerate(names):
        write.image(root / "0.5pct" / name, flat(50 * value, 128))
    for split in ("valid", "test"):
        for value, name in enumerate(("0_0_1.png", "1_1_1.png")):
            write.image(root / split / name, flat(7 + value, 64))
    training, test = load("bffhq"), load("bffhq", "test")
    assert training.images.shape == (4, 3, 224, 224) and training.images[:, 0, 9, 9].tolist() == [0, 50, 100, 150]
    assert training.labels.tolist() == [0, 1, 0, 1] and training.bias.tolist() == [0, 1, 1, 0]
    assert test.images[:, 2, 0, 0].tolist() == [7, 8]
    assert test.labels.tolist() == [0, 1] and test.bias.tolist() == [1, 1] and load("bffhq", "valid").n_classes == 2
    of_files = checksum_of("bffhq")
    (root / "valid" / "0_0_1.png").rename(root / "valid" / "0_0_0.png")  # the label is in the name
    assert checksum_of("bffhq") != of_files
    write.image(root / "test" / "face.png", flat(1, 8))
    with pytest.raises(ValueError, match=r"test/face\.png: the name must end in _<label>_<bias>, each 0 or 1"):
        load("bffhq", "test")


@pytest.fixture
def imagenet(shelf, write):
    """One image of 40 x 30 pixels for every synset, of grey value 5 times its class, training and validation."""
    shelf.expect("imagenet-9")
    for synset, label in CLASS_OF.items():
        for folder, name in (("train", f"{synset}_1.JPEG"), ("val", "ILSVRC2012_val_1.JPEG")):
            write.image(shelf.data / "imagenet" / folder / synset / name, np.full((3, 30, 40), 5 * label, np.uint8))
    write.image(shelf.data / "imagenet" / "train" / "n01440764" / "tench.JPEG", flat(1, 9))
    return shelf.data / "imagenet"


def test_imagenet_takes_its_nine_classes(imagenet):
    for split in ("train", "test"):
        data = load("imagenet-9", split)
        assert data.images.shape == (42, 3, 224, 224) and data.bias is None
        assert np.bincount(data.labels).tolist() == [len(synsets) for synsets in SYNSETS.values()]
        assert np.abs(data.images[:, 1, 100, 100] - 5 * data.labels).max() <= 2


def test_texture_clusters_are_the_bias_of_the_validation_images(imagenet):
    rows = [f"{synset}/ILSVRC2012_val_1.JPEG,x,{(3 * label) % 9},0,0" for synset, label in CLASS_OF.items()]
    (imagenet / CLUSTERS).write_text("\n".join(["path,category,cluster1,cluster2,cluster3", *rows]))
    data = load("imagenet-9", "test")
    assert data.bias.dtype == np.int64 and np.array_equal(data.bias, (3 * data.labels) % 9)
    assert load("imagenet-9").bias is None
    (imagenet / CLUSTERS).write_text("\n".join(["path,category,cluster1,cluster2,cluster3", *rows[1:]]))
    with pytest.raises(ValueError, match=rf"{CLUSTERS}: needs the columns path and cluster1 and a row for every image"):
        load("imagenet-9", "test")


def test_a_class_without_any_image_is_refused(imagenet):
    for synset in SYNSETS["crab"]:
        (imagenet / "train" / synset / f"{synset}_1.JPEG").unlink()
    with pytest.raises(ValueError, match=r"the labels of imagenet-9 train must be 0 to 8, each at least once"):
        load("imagenet-9")


def test_imagenet_a(shelf, write):
    for synsets in SYNSETS.values():
        write.image(shelf.data / "imagenet-a" / synsets[0] / "0.5_cat.jpg", flat(9, 50))
    data = load("imagenet-a", "test")
    assert sorted(data.labels) == list(range(9)) and data.images.shape == (9, 3, 224, 224)
    with pytest.raises(ValueError, match="split: imagenet-a has 'test' only, got 'train'"):
        load("imagenet-a")
