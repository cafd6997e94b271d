"""For all tests: one seed, CLAIMS_TEST_SEED, and those marked `gpu` are skipped, and said to be, where there is no CUDA device.

A law holds for every seed: `CLAIMS_TEST_SEED=17 python -m pytest tests/theory` draws other arrays (the fixture `seed`) and makes
Hypothesis search elsewhere. Unset, it is 0; `--hypothesis-seed` overrules it for Hypothesis.
"""

import os

import pytest
import torch

SEED = int(os.environ.get("CLAIMS_TEST_SEED", "0"))


@pytest.fixture
def seed():
    """What a test draws its arrays from."""
    return SEED


@pytest.hookimpl(tryfirst=True)  # before Hypothesis reads its option
def pytest_configure(config):
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(SEED)


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device, and there is none here"))
