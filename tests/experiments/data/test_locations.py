"""Where data sets are looked for, and in which order."""

import numpy as np
import pytest

from contrastive_claims.experiments.data.locations import (
    LOCATIONS,
    DataAbsent,
    find,
    hub_snapshot,
    locate,
    location,
    parquet_files,
)


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def snapshot(shelf, hub_id="zalando-datasets/fashion_mnist", revision="abc"):
    repository = shelf.hub / f"datasets--{hub_id.replace('/', '--')}"
    touch(repository / "refs" / "main").write_text(revision)
    return repository / "snapshots" / revision


def test_search_goes_from_the_users_folder_over_the_system_to_the_hubs_cache(shelf):
    with pytest.raises(
        DataAbsent, match="the test split of fashion-mnist is not on this machine; on Debian: apt install"
    ):
        find("fashion-mnist", "test")
    cached = touch(snapshot(shelf) / "fashion_mnist" / "test-00000-of-00001.parquet")
    assert find("fashion-mnist", "test") == (snapshot(shelf), [cached])
    idx = [touch(shelf.system / f"t10k-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1")]
    assert find("fashion-mnist", "test") == (shelf.system, idx)
    own = touch(shelf.data / "zalando-datasets" / "fashion_mnist" / "test.parquet")
    assert find("fashion-mnist", "test") == (own.parent, [own])
    idx[1].unlink()
    own.unlink()
    assert find("fashion-mnist", "test")[1] == [cached]


def test_without_claims_data_only_the_other_places_are_searched(shelf, monkeypatch):
    monkeypatch.delenv("CLAIMS_DATA")
    for name in ("mnist", "bffhq"):
        with pytest.raises(DataAbsent):
            find(name, "train")
    assert locate("digits") == "embedded"


def test_the_hubs_cache_is_where_its_variables_say(shelf, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_HUB_CACHE")
    for variable, folder in (("XDG_CACHE_HOME", "huggingface/hub"), ("HF_HOME", "hub"), ("HF_HUB_CACHE", "")):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        shelf.hub = tmp_path / variable / folder
        assert hub_snapshot("a/b") is None
        expected = snapshot(shelf, "a/b", variable)
        assert hub_snapshot("a/b") == expected


def test_a_set_is_there_when_all_its_splits_are(shelf):
    touch(shelf.data / "ylecun" / "mnist" / "train.parquet")
    assert locate("mnist") is None
    touch(shelf.data / "ylecun" / "mnist" / "test.parquet")
    assert locate("mnist") == str(shelf.data / "ylecun" / "mnist")


def test_shards_count_only_when_all_are_there(shelf):
    cached = snapshot(shelf, "clane9/imagenet-100")
    shards = [touch(cached / "data" / f"train-{k:05}-of-00003.parquet") for k in (2, 0)]
    with pytest.raises(DataAbsent, match=r"imagenet-100 is not on this machine \(only a part of it is in"):
        find("imagenet-100", "train")
    shards.insert(1, touch(cached / "data" / "train-00001-of-00003.parquet"))
    assert find("imagenet-100", "train")[1] == shards[::-1]
    touch(cached / "other" / "train-00000-of-00001.parquet")  # two revisions of a split: none can be preferred
    assert parquet_files(cached, "train") == []


def test_folders_are_found_under_their_own_names(shelf):
    image = touch(shelf.data / "bffhq" / "0.5pct" / "align" / "0" / "7_0_0.png")
    touch(shelf.data / "bffhq" / "0.5pct" / "align" / "0" / "notes.txt")
    assert find("bffhq", "train") == (shelf.data / "bffhq", [image])
    with pytest.raises(DataAbsent, match=r"the valid split of bffhq .* unpack its archive"):
        find("bffhq", "valid")


def test_unknown_names_and_splits_are_named_with_the_known():
    with pytest.raises(ValueError, match=r"unknown data set 'digit'; known sets: digits.*did you mean 'digits'"):
        location("digit")
    with pytest.raises(ValueError, match="split: digits has 'train' only, got 'test'"):
        location("digits", "test")
    with pytest.raises(ValueError, match="split: mnist has 'train' and 'test' only, got 'valid'"):
        find("mnist", "valid")


@pytest.mark.parametrize("name", LOCATIONS)
def test_every_location_is_complete(name):
    found = LOCATIONS[name]
    assert found.splits and bool(found.shape) == (found.n_classes > 0)
    assert len(found.shape) in (0, 3) and np.prod(found.shape) > 0
    assert found.advice or name == "digits"
    assert not (found.hub_id and found.folder) and found.fit in ("exact", "stretch", "crop")
    assert all(len(split.checksum) in (0, 64) for split in found.splits.values())
