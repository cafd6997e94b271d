"""Residual networks: torchvision's, name by name and number by number."""

import pytest
import torch
from torch import nn

from contrastive_claims.experiments.training.encoders import group_norm, initialise
from contrastive_claims.experiments.training.resnets import DEPTHS, ResNet

NORMS = {"batch": nn.BatchNorm2d, "group": group_norm}
CASES = [(name, norm) for name in DEPTHS for norm in NORMS]


@pytest.fixture(autouse=True)
def one_thread():
    """On images this small, threads that wait for one another on busy cores take forty times as long."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def ours(name, channels, small, norm):
    with torch.device("meta"):
        network = ResNet(name, channels, small, norm)
    return network.to_empty(device="cpu")


def theirs(torchvision, name, channels, small, norm):
    """torchvision's network with the changes that the literature makes to it for small images."""
    with torch.device("meta"):
        network = getattr(torchvision.models, name)(norm_layer=norm)
        if small:
            network.conv1, network.maxpool = nn.Conv2d(channels, 64, 3, padding=1, bias=False), nn.Identity()
        elif channels != 3:
            network.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
        network.fc = nn.Identity()
    return network.to_empty(device="cpu")


@pytest.mark.parametrize(("channels", "small", "size"), [(3, True, 17), (1, False, 70)])
@pytest.mark.parametrize(("name", "norm"), CASES)
def test_weights_outputs_and_gradients_are_torchvisions(torchvision, name, norm, channels, small, size):
    pair = [ours(name, channels, small, NORMS[norm]), theirs(torchvision, name, channels, small, NORMS[norm])]
    for network in pair:
        initialise(network, generator(7), "out")
    mine, peers = (network.state_dict() for network in pair)
    assert list(mine) == list(peers) and all(torch.equal(mine[key], peers[key]) for key in mine)
    images = torch.rand(2, channels, size, size, generator=generator(1))
    for training in (True, False):  # in this order, so that the running statistics of the first are compared too
        found, expected = (network.train(training)(images) for network in pair)
        assert found.shape == (2, pair[0].width)
        torch.testing.assert_close(found, expected)
    found.square().mean().backward()
    expected.square().mean().backward()
    torch.testing.assert_close(pair[0].conv1.weight.grad, pair[1].conv1.weight.grad)


def test_weights_of_torchvision_fit_less_the_classifier(torchvision):
    with torch.random.fork_rng():
        weights = torchvision.models.resnet18().state_dict()
    unfit = ours("resnet18", 3, False, nn.BatchNorm2d).load_state_dict(weights, strict=False)
    assert unfit.missing_keys == [] and unfit.unexpected_keys == ["fc.weight", "fc.bias"]


@pytest.mark.parametrize("change", ["stride", "shortcut", "pooling"])
def test_another_network_is_told_apart(torchvision, change):
    """The control: networks with the same weights that differ in one of the places where copies go wrong."""
    network, peer = ours("resnet50", 3, False, group_norm), theirs(torchvision, "resnet50", 3, False, group_norm)
    if change == "stride":  # in the first convolution of a bottleneck, as He et al. printed it
        network.layer2[0].conv1.stride, network.layer2[0].conv2.stride = (2, 2), (1, 1)
    elif change == "shortcut":
        network.layer3[1].downsample = nn.Tanh()
    else:
        network.maxpool = nn.AvgPool2d(3, 2, 1)
    initialise(network, generator(), "out")
    peer.load_state_dict(network.state_dict())
    images = torch.rand(2, 3, 70, 70, generator=generator(1))
    with torch.no_grad(), pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(network(images), peer(images))


@pytest.mark.parametrize(("name", "convolutions"), [("resnet18", 20), ("resnet34", 36), ("resnet50", 53)])
def test_as_many_convolutions_as_the_name_says(name, convolutions):
    """All layers but the classifier, and three shortcuts (four behind bottlenecks) which the name does not count."""
    network = ours(name, 3, True, nn.BatchNorm2d)
    assert sum(isinstance(layer, nn.Conv2d) for layer in network.modules()) == convolutions
    shortcuts = sum("downsample.0" in key for key in network.state_dict())
    assert convolutions - shortcuts + 1 == int(name.removeprefix("resnet"))
