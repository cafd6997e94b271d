"""The real data sets, where they are on this machine: counts, classes, known checksums, and what is built on them."""

import numpy as np
import pytest

from contrastive_claims.experiments.data.bias import colour_background, corrupt
from contrastive_claims.experiments.data.locations import LOCATIONS, locate
from contrastive_claims.experiments.data.sources import checksum_of, load, subset

pytestmark = pytest.mark.slow
MNIST = {
    "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
}


def here(name):
    if locate(name) is None:
        pytest.skip(f"{name} is not on this machine")


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10", "cifar100"])
def test_counts_and_classes(name, split):
    here(name)
    data = load(name, split)  # refuses another checksum than the known one
    known = LOCATIONS[name]
    assert len(data.images) == known.splits[split].samples and data.n_classes == known.n_classes
    assert data.images.dtype == np.uint8 and data.images.min() == 0 and data.images.max() == 255
    balanced = [len(data.labels) // known.n_classes] * known.n_classes
    assert np.bincount(data.labels).tolist() == (MNIST[split] if name == "mnist" else balanced)
    assert known.splits[split].checksum in ("", data.checksum)
    assert len(checksum_of(name)) == 64


def test_biased_mnist():
    here("mnist")
    data = load("mnist")
    found = colour_background(data, 0.99, 0)
    assert (found.bias != found.labels).sum() == sum(n - round(0.99 * n) for n in MNIST["train"])
    assert found.images.shape == (60_000, 3, 28, 28)
    unbiased = colour_background(load("mnist", "test"), 0.1, 0)
    counts = np.histogram2d(unbiased.labels, unbiased.bias, bins=10)[0]
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


def test_corrupted_cifar10():
    here("cifar10")
    data = load("cifar10", "test")
    found = corrupt(subset(data, np.arange(2000)), 0.9, 0)
    change = np.abs(found.images.astype(int) - data.images[:2000]).mean(axis=(1, 2, 3))
    by_type = [change[found.bias == k].mean() for k in range(10)]
    assert all(2 < mean < 80 for mean in by_type)
