"""Encoders that are not ours: a function of one's own, torchvision's by name; what is wrong with them in one sentence."""

import numpy as np
import pytest
import torch

from contrastive_claims.experiments.data.sources import load, subset
from contrastive_claims.experiments.training import foreign
from contrastive_claims.experiments.training.encoders import build_network
from contrastive_claims.experiments.training.foreign import check_encoder
from contrastive_claims.experiments.training.presets import Encoder, load_preset, with_settings
from contrastive_claims.experiments.training.trainer import train

MODULE = """
import torch
from torch import nn

def plain():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.LayerNorm(6))

def sized(shape):
    c, h, w = shape
    return nn.Sequential(nn.Flatten(), nn.Linear(c * h * w, 5))

def maps():
    return nn.Conv2d(1, 4, 3)

def broken():
    raise KeyError("weights.pt")

def fails():
    return nn.Linear(3, 3)

def number():
    return 7

def nan():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 2), nn.Threshold(1e9, float("nan")))

constant = 3
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    name = "encoder_of_" + "".join(c if c.isalnum() else "_" for c in tmp_path.name)
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    return name


def small(name, *more):
    settings = ["epochs=1", "batch=64", "encoder.widths=[]", "encoder.dimension=0", f"encoder.name={name}", *more]
    return with_settings(load_preset("digits"), settings)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("function", "width"), [("plain", 6), ("sized", 5)])
@pytest.mark.parametrize("more", [(), ("method.name=cross-entropy",), ("encoder.head=[8, 4]",)], ids=str)
def test_a_function_of_ones_own_trains_and_repeats(mine, function, width, more):
    data = subset(load("digits"), np.arange(200))
    before = torch.get_rng_state()
    runs = [train(small(f"{mine}:{function}", *more), data, seed).network for seed in (1, 1, 2)]
    assert torch.equal(torch.get_rng_state(), before)
    first, again, other = (torch.cat([part.flatten() for part in net.encoder.parameters()]) for net in runs)
    assert torch.equal(first, again) and not torch.allclose(first, other)
    assert runs[0].feature_width == width
    assert len(check_encoder(Encoder(name=f"{mine}:{function}"))) == 64


WRONG = {
    "mine:maps": r"mine:maps makes \[2, 4, 6, 6\] torch.float32 of 2 images, not features \[2, F\]",
    "mine:broken": r"mine:broken: KeyError: 'weights\.pt'",
    "mine:fails": r"encoder\.name: mine:fails, given images of 1 x 8 x 8: RuntimeError: ",
    "mine:number": "mine:number gave a int, no torch.nn.Module",
    "mine:nan": "mine:nan makes features that are not finite",
    "mine:plian": "mine has no function 'plian'; nearest: plain",
    "mine:constant": "mine has no function 'constant'",
    "absent:plain": "absent:plain: ModuleNotFoundError: No module named 'absent'",
    ":x": "encoder.name: :x",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_it_is_one_sentence(mine, name):
    spec = Encoder(name=name.replace("mine", mine))

    def both():
        check_encoder(spec)
        build_network(spec, "simclr", (1, 8, 8), 10, generator())

    with pytest.raises(ValueError, match=r"encoder\.name: ") as caught:
        both()
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=WRONG[name]):
        raise ValueError(str(caught.value).replace(mine, "mine"))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "vit_b_16", "densenet121", "squeezenet1_0"])
def test_torchvisions_names(torchvision, name):
    if name == "resnet18":  # ours: the same name stays ours
        assert check_encoder(Encoder(name=name)) == ""
        return
    assert check_encoder(Encoder(name=name)) == ""
    network = build_network(Encoder(name=name), "simclr", (3, 224, 224), 10, generator())
    features, _ = network.eval()(torch.zeros(1, 3, 224, 224))
    assert features.shape == (1, network.feature_width) and network.feature_width > 10
    if name == "mobilenet_v3_small":
        with pytest.raises(ValueError, match="want 3 channels, and these images have 1"):
            build_network(Encoder(name=name), "simclr", (1, 64, 64), 10, generator())


def test_an_unknown_name_is_refused_with_the_nearest(torchvision, monkeypatch):
    with pytest.raises(
        ValueError, match=r"'resnet51' is none of ours and none of .*nearest: .*resnet50.*module:function"
    ):
        check_encoder(Encoder(name="resnet51"))
    monkeypatch.setattr(foreign, "_imported", lambda name: None)
    with pytest.raises(ValueError, match="none of ours and none of torchvision's or timm's, which are not installed"):
        check_encoder(Encoder(name="resnet101"))
    with pytest.raises(ValueError, match="encoder: norm belongs to"):
        small("resnet101", "encoder.norm=group")


def test_another_code_of_the_encoder_is_said(mine, tmp_path):
    before = check_encoder(Encoder(name=f"{mine}:plain"))
    path = tmp_path / f"{mine}.py"
    path.write_text(MODULE + "\n# changed\n")
    assert check_encoder(Encoder(name=f"{mine}:plain")) != before
