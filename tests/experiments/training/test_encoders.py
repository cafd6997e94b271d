"""Networks: their published shapes, every weight from the generator, norms that tie samples together or do not."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from contrastive_claims.experiments.training.encoders import SimSiamHead, build_network, group_norm, initialise
from contrastive_claims.experiments.training.presets import Encoder

CONVNET = Encoder(name="convnet", widths=(8, 16), dimension=12, head=(10, 6))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(count, shape, seed=1):
    return torch.rand(count, *shape, generator=generator(seed))


def build(spec, method="simclr", shape=(3, 8, 8), n_classes=10, seed=0):
    return build_network(spec, method, shape, n_classes, generator(seed))


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.integers(2, 7),
    st.lists(st.integers(1, 6), max_size=3),
    st.sampled_from(["batch", "group"]),
    st.sampled_from(["simclr", "simsiam", "cross-entropy"]),
    st.integers(1, 11),
    st.integers(1, 11),
)
def test_shapes_are_those_asked_for(widths, dimension, head, norm, method, height, width):
    head = () if method == "cross-entropy" else tuple(head)
    spec = Encoder(name="convnet", widths=tuple(widths), dimension=dimension, norm=norm, head=head)
    network = build(spec, method, (2, height, width), 4)
    features, embeddings = network.eval()(pictures(3, (2, height, width)))
    assert features.shape == (3, dimension) == (3, network.feature_width)
    out = head[-1] if head else dimension
    assert embeddings.shape == {"simclr": (3, out), "simsiam": (3, 2, out), "cross-entropy": (3, 4)}[method]
    if method == "simclr" and not head:
        assert embeddings is features


@pytest.mark.parametrize(
    ("name", "shape", "width", "parameters"),
    [
        # torchvision's counts without the classifier (11,689,512 - 513,000; 21,797,672 - 513,000; 25,557,032 - 2,049,000),
        # less 9,408 weights of the 7 x 7 convolution, plus 1,728 of the 3 x 3 one on small images
        ("resnet18", (3, 32, 32), 512, 11_176_512 - 9_408 + 1_728),
        ("resnet34", (3, 32, 32), 512, 21_284_672 - 9_408 + 1_728),
        ("resnet50", (3, 32, 32), 2048, 23_508_032 - 9_408 + 1_728),
        ("resnet50", (3, 224, 224), 2048, 23_508_032),
        ("resnet18", (1, 96, 96), 512, 11_176_512 - 9_408 + 3_136),
        # paper A: 7 x 7 x (3 x 16 + 16 x 32 + 32 x 64 + 64 x 128) weights, 240 biases, twice 240 of the norms
        ("simple-convnet", (3, 28, 28), 128, 49 * 10_800 + 240 + 480),
    ],
)
def test_published_networks_have_their_parameters(name, shape, width, parameters):
    network = build(Encoder(name=name), shape=shape)
    assert (count(network.encoder), count(network.head), network.feature_width) == (parameters, 0, width)
    for group in ("batch", "group"):
        assert count(build(Encoder(name=name, norm=group), shape=shape).encoder) == parameters


def test_the_head_of_simclr_on_cifar_is_published():
    head = build(Encoder(name="resnet34", head=(2048, 128)), shape=(3, 32, 32)).head
    assert [type(layer) for layer in head] == [nn.Linear, nn.ReLU, nn.Linear]
    assert count(head) == 512 * 2048 + 2048 + 2048 * 128 + 128


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_simsiams_head_is_published(norm):
    head = build(Encoder(name="resnet18", head=(2048, 2048), norm=norm), "simsiam", (3, 32, 32)).head
    assert isinstance(head, SimSiamHead)
    # no biases before a norm, none in the last norm; the predictor's bottleneck is a quarter as wide
    assert count(head.projector) == 512 * 2048 + 2 * 2048 + 2048 * 2048
    assert count(head.predictor) == 2048 * 512 + 2 * 512 + 512 * 2048 + 2048
    kinds = {type(layer) for layer in head.modules()}
    assert (nn.BatchNorm1d in kinds) == (norm == "batch") and (nn.GroupNorm in kinds) == (norm == "group")
    features = torch.randn(8, 512, generator=generator())
    projections, predictions = head(features).unbind(1)
    torch.testing.assert_close(predictions, head.predictor(projections))
    if norm == "batch":
        torch.testing.assert_close(projections.mean(0), torch.zeros(2048), atol=1e-5, rtol=0)


def test_the_convnet_flattens_all_places_and_ends_without_a_relu():
    network = build(CONVNET, shape=(3, 9, 7))
    last = network.encoder[-1][-1]
    assert isinstance(last, nn.Linear) and last.weight.shape == (12, 16 * 5 * 4)
    assert (network(pictures(8, (3, 9, 7)))[0] < 0).any()
    strides = [layer.stride for layer in network.encoder.modules() if isinstance(layer, nn.Conv2d)]
    assert strides == [(1, 1), (2, 2)]
    # convolutions without biases, two norms, the linear map; then the head
    assert count(network.encoder) == 9 * (3 * 8 + 8 * 16) + 2 * (8 + 16) + 12 * 320 + 12
    assert count(network.head) == 12 * 10 + 10 + 10 * 6 + 6


def test_small_images_enter_a_residual_network_at_full_size():
    small, large = (build(Encoder(name="resnet18"), shape=(3, size, size)).encoder[1] for size in (64, 65))
    assert small.conv1.kernel_size == (3, 3) and small.conv1.stride == (1, 1) and isinstance(small.maxpool, nn.Identity)
    assert (
        large.conv1.kernel_size == (7, 7) and large.conv1.stride == (2, 2) and isinstance(large.maxpool, nn.MaxPool2d)
    )
    for size, stem, like in ((65, "small", small), (64, "large", large)):
        named = build(Encoder(name="resnet18", stem=stem), shape=(3, size, size)).encoder[1]
        assert repr(named) == repr(like)
    with pytest.raises(ValueError, match="stem belongs to resnet18, resnet34, resnet50, not to simple-convnet"):
        Encoder(name="simple-convnet", stem="large")


def test_paper_as_network_ends_in_tanh_only_without_a_head():
    kinds = {}
    for head, method in (((), "sup-con"), ((4,), "sup-con"), ((), "cross-entropy")):
        features = build(Encoder(name="simple-convnet", head=head), method)(pictures(4, (3, 8, 8)))[0]
        kinds[head, method] = bool((features < 0).any())
    assert kinds == {((), "sup-con"): True, ((4,), "sup-con"): False, ((), "cross-entropy"): False}


@pytest.mark.parametrize("name", ["convnet", "simple-convnet", "resnet18"])
def test_the_generator_alone_decides(name):
    spec = CONVNET if name == "convnet" else Encoder(name=name, head=(5,))
    before = torch.get_rng_state()
    first, again, other = (build(spec, seed=seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)
    assert not any(part.is_meta for part in first.values())


@pytest.mark.parametrize("name", ["convnet", "simple-convnet", "resnet18", "resnet50"])
def test_every_weight_is_initialised_with_hes_deviation(name):
    spec = Encoder(name=name, widths=(16, 32), dimension=24) if name == "convnet" else Encoder(name=name, head=(64, 32))
    network = build(spec, "simsiam" if name == "resnet18" else "simclr", (3, 32, 32))
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            fan = layer.weight[0].numel()
            if isinstance(layer, nn.Conv2d) and name != "convnet":
                fan = layer.weight.shape[0] * layer.kernel_size[0] ** 2
            deviation = math.sqrt(2 / fan)
            expected = pytest.approx(deviation, rel=4 / math.sqrt(2 * layer.weight.numel()))
            assert float(layer.weight.detach().std()) == expected
            assert abs(float(layer.weight.detach().mean())) < 4 * deviation / math.sqrt(layer.weight.numel())
            assert layer.bias is None or not layer.bias.any()
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            assert layer.running_var is not None and bool((layer.running_var == 1).all())
            assert layer.running_mean is not None and not layer.running_mean.any() and layer.num_batches_tracked == 0
            assert layer.weight is None or (bool((layer.weight == 1).all()) and not layer.bias.any())


def test_the_law_of_a_residual_network_is_torchvisions(torchvision):
    """Same standard deviation of every tensor as in torchvision's own initialisation, of another generator."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = torchvision.models.resnet18().state_dict()
    for name, ours in build(Encoder(name="resnet18"), shape=(3, 224, 224)).encoder[1].state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        assert float(ours.std()) == pytest.approx(float(theirs[name].std()), rel=0.03, abs=1e-12), name
        assert float(ours.mean()) == pytest.approx(float(theirs[name].mean()), abs=5e-3), name


@pytest.mark.parametrize("spec", [CONVNET, Encoder(name="simple-convnet"), Encoder(name="resnet18", head=(8, 8))])
def test_group_norm_ties_no_samples_together_and_batch_norm_does(spec):
    images = pictures(6, (3, 8, 8))
    for norm, tied in (("group", False), ("batch", True)):
        network = build(spec.model_copy(update={"norm": norm}), "simsiam" if spec.head else "simclr").train()
        kinds = [type(layer) for layer in network.modules()]
        assert (nn.GroupNorm in kinds) == (not tied) and any("BatchNorm" in kind.__name__ for kind in kinds) == tied
        whole, half = network(images)[1][:3], network(images[:3])[1]
        assert torch.allclose(whole, half, rtol=1e-4, atol=1e-4) != tied


@pytest.mark.parametrize(("channels", "groups"), [(1, 1), (4, 4), (7, 7), (11, 1), (12, 6), (16, 8), (100, 5)])
def test_groups_are_the_largest_number_that_divides(channels, groups):
    assert group_norm(channels).num_groups == groups


def test_channels_last_is_only_a_layout():
    network, images = build(CONVNET).eval(), pictures(4, (3, 8, 8))
    plain = network(images)[1]
    network.to(memory_format=torch.channels_last)
    torch.testing.assert_close(
        network(images.contiguous(memory_format=torch.channels_last))[1], plain, atol=1e-5, rtol=1e-5
    )


def test_a_classifier_has_no_projection_beside_it():
    with pytest.raises(
        ValueError, match=r"head: cross-entropy has a linear classifier and no projection, got \(10, 6\)"
    ):
        build(CONVNET, "cross-entropy")


@pytest.mark.parametrize("layer", [nn.LayerNorm(3), nn.BatchNorm3d(3, affine=False)])
def test_unknown_layers_are_refused(layer):
    with pytest.raises(TypeError, match=type(layer).__name__):
        initialise(nn.Sequential(layer), generator())
