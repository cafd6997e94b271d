"""Where each data set is looked for, without reading it: embedded, $CLAIMS_DATA, Debian's package, the hub's cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class DataAbsent(Exception):
    """A data set is not on this machine; the message says how to get it."""


@dataclass(frozen=True)
class Location:
    """A data set's hub id and splits, the folder of a system package that holds it, and how a user gets it."""

    hub_id: str = ""
    splits: tuple[str, ...] = ()
    system: str = ""
    advice: str = ""


HUB = "put its parquet files under $CLAIMS_DATA/{hub_id}/"
LOCATIONS: dict[str, Location] = {
    "digits": Location(),
    "mnist": Location("ylecun/mnist", ("train", "test"), advice=HUB),
    "fashion-mnist": Location(
        "zalando-datasets/fashion_mnist",
        ("train", "test"),
        "/usr/share/datasets/fashion-mnist",
        "on Debian: apt install dataset-fashion-mnist; elsewhere " + HUB,
    ),
    "cifar10": Location("uoft-cs/cifar10", ("train", "test"), advice=HUB),
    "ag_news": Location("fancyzhx/ag_news", ("test",), advice=HUB),
}


def locate(name: str) -> str | None:
    """Where the data set lies ("embedded" or a folder), None if it is not on this machine."""
    location = LOCATIONS[name]
    if not location.hub_id:
        return "embedded"
    if root := os.environ.get("CLAIMS_DATA"):
        folder = Path(root) / location.hub_id
        if all((folder / f"{split}.parquet").is_file() for split in location.splits):
            return str(folder)
    if location.system and Path(location.system).is_dir():
        return location.system
    return None


def advice(name: str) -> str:
    """How a user gets the data set."""
    return LOCATIONS[name].advice.format(hub_id=LOCATIONS[name].hub_id)
