"""What the views are compared with."""

import pytest


@pytest.fixture(scope="session")
def peer(torchvision):
    """torchvision's changes of one image."""
    return torchvision.transforms.v2.functional
