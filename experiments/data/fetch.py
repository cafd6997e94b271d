"""The one place that touches the network: fills the hub's cache, in which `experiments.data.locations.find` looks."""

from __future__ import annotations

import importlib
from pathlib import Path

from contrastive_claims.experiments.data.locations import advice, find, location


def fetch(name: str) -> Path:
    """Download the parquet files of a data set into the hub's cache, where they are not there already; returns the folder.

    Raises ValueError for an unknown set, one that is not on the hub, without the optional package huggingface_hub, or if
    the download fails, always in one sentence; DataAbsent if the hub did not hold all the files.
    """
    here = location(name)
    if not here.hub_id:
        raise ValueError(f"{name} cannot be fetched; {advice(name) or 'it comes with the package'}")
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise ValueError("fetching needs huggingface_hub: pip install 'contrastive-claims[hub]'") from error
    stems = [split.files for split in here.splits.values()]
    try:
        folder = hub.snapshot_download(
            here.hub_id, repo_type="dataset", allow_patterns=[f"*{stem}-*-of-*.parquet" for stem in stems]
        )
    except Exception as error:  # the hub's own errors and its HTTP library's share no base class
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ValueError(f"{here.hub_id} could not be downloaded: {reason}") from error
    for split in here.splits:
        find(name, split)
    return Path(folder)
