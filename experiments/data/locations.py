"""Where each data set is looked for, without reading it: embedded, $CLAIMS_DATA, a system package, the hub's cache.

Nothing here touches the network; only `experiments.data.fetch` does.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contrastive_claims.experiments.data.class_folders import SPLITS, class_files, class_names, own_sets
from contrastive_claims.experiments.data.folders import image_files


class DataAbsent(Exception):
    """A data set is not on this machine; the message says how to get it."""


@dataclass(frozen=True)
class Split:
    """A split's files (the stem of parquet files, or a glob in a folder), its number of samples (0: not known) and the
    SHA-256 of its decoded arrays ("": not known), as `experiments.data.sources.checksum` computes it."""

    files: str
    samples: int = 0
    checksum: str = ""


@dataclass(frozen=True)
class Location:
    """Where a data set lies and what it holds: n_classes classes of images of `shape` (channels, height, width), or text.

    Parquet: `hub_id` and the names of the image and the label column. `system`: the folder of a system package with
    IDX files, or text. `folder`: a folder of image files, or of text, under $CLAIMS_DATA. `fit`: "exact" if every
    file must hold an image of that shape, else how it is resized ("stretch", "crop": see
    `experiments.data.decoding.read_images`). `classes`: their names, of a set of the user's own
    (`experiments.data.class_folders`), whose shape only its files say.
    """

    splits: Mapping[str, Split]
    shape: tuple[int, ...] = ()
    n_classes: int = 0
    hub_id: str = ""
    columns: tuple[str, str] = ("image", "label")
    system: str = ""
    folder: str = ""
    fit: str = "exact"
    classes: tuple[str, ...] = ()
    advice: str = ""


PARQUET = "put its parquet files under $CLAIMS_DATA/{hub_id}/, or run `claims data fetch {name}`"
OWN = "put its image files under $CLAIMS_DATA/{name}/, as train/<class>/ and test/<class>/"
LOCATIONS: dict[str, Location] = {
    "digits": Location(
        {"train": Split("", 1797, "11da05f678ec9ae32b6bb456a244d125db035d62cdc3214fa0bf47c0f1382f3f")}, (1, 8, 8), 10
    ),
    "mnist": Location(
        {
            "train": Split("train", 60_000, "09e4741fb10b3a96ffb7147871e6262de039f8f274ccc03db10e864ffbfbfa55"),
            "test": Split("test", 10_000, "455db34d0244bd616e978747fc029c337d97881963dbd84ddb12b746447d31c3"),
        },
        (1, 28, 28),
        10,
        hub_id="ylecun/mnist",
        advice=PARQUET,
    ),
    "fashion-mnist": Location(
        {
            "train": Split("train", 60_000, "3c01412b6b370b6b59e23c95d2488932fe9236ad2b2ce6781e9bb233be6e7f02"),
            "test": Split("test", 10_000, "9c5121113c6e4f5c8d592992867afbf756d9ad6da26afe573c184f914e2c2623"),
        },
        (1, 28, 28),
        10,
        hub_id="zalando-datasets/fashion_mnist",
        system="/usr/share/datasets/fashion-mnist",
        advice="on Debian: apt install dataset-fashion-mnist; elsewhere " + PARQUET,
    ),
    "cifar10": Location(
        {
            "train": Split("train", 50_000, "2398f44bd198583286f13cba1955ba5725a2cfe7cab462a87ceb4a221f2eb282"),
            "test": Split("test", 10_000, "38a91e1a4c35229bd7235896760eba5451f77a93b38d53c758e2da20a828a81d"),
        },
        (3, 32, 32),
        10,
        hub_id="uoft-cs/cifar10",
        columns=("img", "label"),
        advice=PARQUET,
    ),
    "cifar100": Location(
        {"train": Split("train", 50_000), "test": Split("test", 10_000)},
        (3, 32, 32),
        100,
        hub_id="uoft-cs/cifar100",
        columns=("img", "fine_label"),
        advice=PARQUET,
    ),
    "imagenet-100": Location(
        {"train": Split("train"), "test": Split("validation", 5000)},
        (3, 224, 224),
        100,
        hub_id="clane9/imagenet-100",
        fit="crop",
        advice=PARQUET,
    ),
    "bffhq": Location(
        {"train": Split("0.5pct/*/*/*"), "valid": Split("valid/*"), "test": Split("test/*")},
        (3, 224, 224),
        2,
        folder="bffhq",
        fit="stretch",
        advice="unpack its archive into $CLAIMS_DATA/bffhq/, which then holds 0.5pct/, valid/ and test/",
    ),
    "imagenet-9": Location(
        {"train": Split("train/{synset}/*"), "test": Split("val/{synset}/*", 2100)},
        (3, 224, 224),
        9,
        folder="imagenet",
        fit="crop",
        advice="put ILSVRC2012 into $CLAIMS_DATA/imagenet/, as train/<synset>/ and val/<synset>/",
    ),
    "imagenet-a": Location(
        {"test": Split("{synset}/*")},
        (3, 224, 224),
        9,
        folder="imagenet-a",
        fit="crop",
        advice="unpack its archive into $CLAIMS_DATA/imagenet-a/, which then holds one folder per synset",
    ),
    "ag_news": Location({"test": Split("test", 7600)}, hub_id="fancyzhx/ag_news", advice=PARQUET),
    "bias_in_bios": Location(
        {"train": Split("train"), "test": Split("test")}, hub_id="LabHC/bias_in_bios", advice=PARQUET
    ),
    "wordnet": Location(
        {"train": Split("data.noun", 82_115)},
        system="/usr/share/wordnet",
        advice="on Debian: apt install wordnet-base; elsewhere put WordNet 3.0's data.noun into $CLAIMS_DATA/wordnet/",
    ),
    "wordnet-all": Location(
        {
            "noun": Split("data.noun", 82_115),
            "verb": Split("data.verb", 13_767),
            "adj": Split("data.adj", 18_156),
            "adv": Split("data.adv", 3621),
        },
        system="/usr/share/wordnet",
        folder="wordnet",
        advice="on Debian: apt install wordnet-base; elsewhere put WordNet 3.0's data files into $CLAIMS_DATA/wordnet/",
    ),
}


def location(name: str, split: str | None = None) -> Location:
    """The location of a data set, which $CLAIMS_DATA/<name>/train/<class>/ makes as well where no known set has the name.

    Raises ValueError naming the known sets, or the splits of this one, and what is wrong with the classes of one's own set.
    """
    if name in LOCATIONS:
        found = LOCATIONS[name]
    elif name in (own := own_locations()):
        found = located_in(own[name])
    else:
        near = difflib.get_close_matches(name, [*LOCATIONS, *own], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"unknown data set {name!r}; known sets: {', '.join([*LOCATIONS, *own])}; "
            f"a set of your own: image files in $CLAIMS_DATA/{name}/train/<class>/{hint}"
        )
    if split is not None and split not in found.splits:
        hint = f"; put images into $CLAIMS_DATA/{name}/{split}/<class>/, or set data.held_out_per_class"
        raise ValueError(
            f"split: {name} has {' and '.join(map(repr, found.splits))} only, got {split!r}"
            + (hint if found.classes and split == "test" else "")
        )
    return found


def own_locations() -> dict[str, Path]:
    """The folders of the user's own sets by name: those in $CLAIMS_DATA that no known set looks into."""
    return own_sets(LOCATIONS.keys() | {known.folder for known in LOCATIONS.values()})


def located_in(root: Path) -> Location:
    """The location of a set of the user's own. Raises ValueError for what is wrong with its classes."""
    classes = class_names(root)
    splits = {split: Split(f"{split}/*/*") for split in SPLITS if (root / split).is_dir()}
    return Location(splits, n_classes=len(classes), folder=root.name, classes=classes, advice=OWN)


def find(name: str, split: str) -> tuple[Path, list[Path]]:
    """The folder in which a split lies and its files in reading order: parquet, images and labels in IDX, or images.

    Looks in $CLAIMS_DATA (`<hub id>/<split>.parquet`, or the hub's own shards at any depth below `<hub id>/`; a folder of
    images under its name, known or the user's own), then in the system package, then in the hub's cache. Not for
    the embedded sets.
    Raises ValueError for an unknown set or split, DataAbsent with the way to get the data.
    """
    here = location(name, split)
    files, parts = here.splits[split].files, ""
    root = Path(os.environ["CLAIMS_DATA"]) if os.environ.get("CLAIMS_DATA") else None
    if root and here.classes:
        return root / name, class_files(root / name, split)
    if here.system and not here.shape:  # a file of text, not images
        for place in ([root / (here.folder or name)] if root else []) + [Path(here.system)]:
            if (place / files).is_file():
                return place, [place / files]
    elif here.folder:
        images = image_files(root / here.folder, files) if root else []
        if root and images:
            return root / here.folder, images
    elif root and (parquet := parquet_files(root / here.hub_id, files)):
        return root / here.hub_id, parquet
    if here.system and here.shape:
        stem = {"train": "train", "test": "t10k"}[split]
        idx = [Path(here.system) / f"{stem}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")]
        if all(path.is_file() for path in idx):
            return Path(here.system), idx
    if here.hub_id and (cached := hub_snapshot(here.hub_id)):
        if parquet := parquet_files(cached, files):
            return cached, parquet
        parts = f" (only a part of it is in {cached})"
    raise DataAbsent(f"the {split} split of {name} is not on this machine{parts}; {advice(name)}")


def parquet_files(folder: Path, stem: str) -> list[Path]:
    """`<stem>.parquet`, or all of `<stem>-00000-of-00017.parquet` and so on below `folder`; none if one is missing."""
    whole = folder / f"{stem}.parquet"
    if whole.is_file():
        return [whole]
    shards = sorted(path for path in folder.rglob(f"{stem}-*-of-*.parquet") if path.is_file())
    announced = {path.stem.rpartition("-of-")[2] for path in shards}
    return shards if announced == {f"{len(shards):05}"} else []


def hub_snapshot(hub_id: str) -> Path | None:
    """The folder of a hub data set's main revision in the hub's cache (its documented layout), None if it is not there."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    cache = os.environ.get("HF_HUB_CACHE") or Path(home) / "hub"
    repository = Path(cache).expanduser() / f"datasets--{hub_id.replace('/', '--')}"
    main = repository / "refs" / "main"
    if not main.is_file():
        return None
    return repository / "snapshots" / main.read_text("utf-8").strip()


def locate(name: str) -> str | None:
    """Where the data set lies ("embedded" or a folder), None if one of its splits is not on this machine."""
    here = location(name)
    if not here.advice:
        return "embedded"
    try:
        roots = [find(name, split)[0] for split in here.splits]
    except DataAbsent:
        return None
    return str(roots[0])


def advice(name: str) -> str:
    """How a user gets the data set."""
    here = location(name)
    return here.advice.format(hub_id=here.hub_id, name=name)
