"""Networks for images: encoder, projection head, predictor or classifier, all weights from an explicit generator."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from contrastive_claims.experiments.training.foreign import foreign_encoder
from contrastive_claims.experiments.training.presets import CLASSIFIERS, ENCODERS, LITE0, Encoder
from contrastive_claims.experiments.training.pretrained import lite0
from contrastive_claims.experiments.training.resnets import ResNet

CENTRE, SPREAD = 0.5, 0.25  # of pixel values, roughly
# Side of an image, in pixels, up to which residual networks begin at full size, as He et al. 2016 and Chen et al. 2020 on
# CIFAR; above it they keep ImageNet's first layers.
LARGE = 64


class Network(nn.Module):
    """encoder: images [B, C, H, W] in [0, 1] -> features [B, feature_width]; head: features -> what the loss compares."""

    def __init__(self, encoder: nn.Module, head: nn.Module, feature_width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self.feature_width = feature_width

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features and embeddings [B, D]; for a classifier these are logits, for SimSiam projections and predictions
        [B, 2, D]."""
        features = self.encoder(images)
        return features, self.head(features)


def build_network(
    spec: Encoder, method: str, shape: tuple[int, int, int], n_classes: int, generator: torch.Generator
) -> Network:
    """The preset's network for images of `shape` (C, H, W), on the CPU, and what `method` (see presets.Method) compares.

    Cross-entropy and bias-balanced have a linear classifier for a head; SimSiam has norm layers in its projection, and a
    predictor; all other methods have the projection `spec.head`. An encoder that is not ours keeps the weights that it comes
    with (`foreign.foreign_encoder`, `pretrained.lite0`). Raises ValueError for a head beside a classifier, and for such an
    encoder that fails.
    """
    if method in CLASSIFIERS and spec.head:
        raise ValueError(f"head: {method} has a linear classifier and no projection, got {spec.head}")
    theirs = None
    if spec.name not in ENCODERS:
        theirs = foreign_encoder(spec.name, shape, generator)
    elif spec.name == LITE0:
        theirs = lite0(spec, shape)
        if not spec.weights:
            initialise(theirs.module, generator)
    norm = group_norm if spec.norm == "group" else nn.BatchNorm2d
    # built without storage, so that torch's own initialisation draws nothing from the global generator
    with torch.device("meta"):
        if theirs is not None:
            encoder, width = nn.Identity(), theirs.width
        elif spec.name == "convnet":
            encoder, width = convnet(shape, spec.widths, spec.dimension, norm), spec.dimension
        elif spec.name == "simple-convnet":
            # bounded but not one-sided where the loss compares the features themselves
            end = nn.ReLU() if spec.head or method in CLASSIFIERS else nn.Tanh()
            encoder, width = simple_convnet(shape[0], norm, end), 128
        else:
            small = max(shape[1:]) <= LARGE if spec.stem == "by-size" else spec.stem == "small"
            encoder = ResNet(spec.name, shape[0], small, norm)
            width = encoder.width
        if method in CLASSIFIERS:
            head = nn.Linear(width, n_classes)
        elif method == "simsiam":
            head = SimSiamHead(width, spec.head, spec.norm)
        else:
            head = projection(width, spec.head)
        network = Network(nn.Sequential(Centre(), encoder), head, width)
    network.to_empty(device="cpu")
    initialise(network, generator, "in" if spec.name == "convnet" else "out")
    if theirs is not None:
        network.encoder = nn.Sequential(Centre(), theirs.module) if theirs.centred else theirs.module
    return network


def convnet(
    shape: tuple[int, int, int], widths: tuple[int, ...], dimension: int, norm: Callable[[int], nn.Module]
) -> nn.Sequential:
    """3 x 3 convolutions of `widths` channels with norm and ReLU, all but the first with stride 2; then a linear map of all
    places and channels to `dimension` numbers.

    No ReLU at the end: behind one, all embeddings share a large mean and every class cosine is near 1.
    """
    channels, height, columns = shape
    layers: list[nn.Module] = []
    for k, width in enumerate(widths):
        stride = 2 if k else 1
        layers += [nn.Conv2d(channels, width, 3, stride, 1, bias=False), norm(width), nn.ReLU(inplace=True)]
        channels, height, columns = width, math.ceil(height / stride), math.ceil(columns / stride)
    return nn.Sequential(*layers, FlattenMaps(), nn.Linear(channels * height * columns, dimension))


def simple_convnet(channels: int, norm: Callable[[int], nn.Module], end: nn.Module) -> nn.Sequential:
    """Paper A's network for Biased-MNIST: four 7 x 7 convolutions at full size, `end` behind the last norm, mean over places.

    Its released code ends in tanh when it trains without a head, and in ReLU otherwise.
    """
    layers: list[nn.Module] = []
    for width in (16, 32, 64, 128):
        layers += [nn.Conv2d(channels, width, 7, padding=3), norm(width), nn.ReLU(inplace=True)]
        channels = width
    return nn.Sequential(*layers[:-1], end, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def projection(width: int, widths: tuple[int, ...]) -> nn.Module:
    """Linear layers of `widths` with ReLU between them; the identity for ()."""
    layers: list[nn.Module] = []
    for out in widths:
        layers += [nn.Linear(width, out), nn.ReLU(inplace=True)]
        width = out
    return nn.Sequential(*layers[:-1])


class SimSiamHead(nn.Module):
    """Features -> projections and predictions [B, 2, D]. Source: Chen & He 2021, section 3.

    Projection: linear layers of `widths`, each with a norm (the last one without scale and shift), ReLU between them.
    Predictor: a linear bottleneck of D/4 with norm and ReLU, and a linear layer.
    """

    def __init__(self, width: int, widths: tuple[int, ...], norm: str) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for k, out in enumerate(widths):
            last = k == len(widths) - 1
            layers += [nn.Linear(width, out, bias=False), _flat_norm(out, norm, affine=not last), nn.ReLU(inplace=True)]
            width = out
        narrow = max(1, width // 4)
        self.projector = nn.Sequential(*layers[:-1])
        self.predictor = nn.Sequential(
            nn.Linear(width, narrow, bias=False),
            _flat_norm(narrow, norm),
            nn.ReLU(inplace=True),
            nn.Linear(narrow, width),
        )

    def forward(self, features: Tensor) -> Tensor:
        projections = self.projector(features)
        return torch.stack([projections, self.predictor(projections)], 1)


class Centre(nn.Module):
    """Pixel values in [0, 1] to about zero mean and unit deviation, the same for all data: padding then is mid-grey, and
    bfloat16 spends no digits on a common mean."""

    def forward(self, images: Tensor) -> Tensor:
        return (images - CENTRE) / SPREAD


class FlattenMaps(nn.Module):
    """[B, C, H, W] -> [B, H W C]: in channels_last that moves nothing, neither forwards nor backwards."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.permute(0, 2, 3, 1).flatten(1)


def group_norm(channels: int, affine: bool = True) -> nn.GroupNorm:
    """Group normalisation with 8 groups, or the largest number below that divides `channels`: it ties no samples together."""
    return nn.GroupNorm(max(k for k in range(1, 9) if channels % k == 0), channels, affine=affine)


@torch.no_grad()
def initialise(module: nn.Module, generator: torch.Generator, fan: str = "in") -> None:
    """Fresh weights, layer by layer: He's normal law for linear and convolutional layers (of convolutions by their fan "in"
    or "out", as torchvision's residual networks), zero biases; normalisation starts as the identity.

    Raises TypeError for a layer with parameters or buffers that it does not know, so that none stays uninitialised.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            weight = layer.weight
            inputs = weight.transpose(0, 1) if fan == "out" and weight.ndim == 4 else weight
            weight.normal_(0, math.sqrt(2 / inputs[0].numel()), generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.GroupNorm):
            layer.reset_parameters()
        elif [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]:
            raise TypeError(f"no initial law for the parameters of {type(layer).__name__}")


def _flat_norm(width: int, norm: str, affine: bool = True) -> nn.Module:
    return group_norm(width, affine) if norm == "group" else nn.BatchNorm1d(width, affine=affine)
