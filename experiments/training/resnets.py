"""Residual networks (He et al. 2016, table 1) without a classifier: layers, names and order are torchvision's.

Same names and order mean that its weights fit (less `fc.weight` and `fc.bias`), and that a generator which fills layer after
layer gives both the same ones. The stride of a bottleneck lies in its 3 x 3 convolution, as there ("ResNet v1.5").
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

Norm = Callable[[int], nn.Module]  # of a number of channels


class BasicBlock(nn.Module):
    """[B, C, H, W] -> [B, width, H / stride, W / stride]: ReLU(shortcut + two 3 x 3 convolutions, each with norm)."""

    expansion = 1

    def __init__(self, channels: int, width: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = norm(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = norm(width)
        self.downsample = shortcut(channels, width, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class Bottleneck(nn.Module):
    """[B, C, H, W] -> [B, 4 width, H / stride, W / stride]: ReLU(shortcut + convolutions 1 x 1, 3 x 3, 1 x 1, each with norm)."""

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = norm(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = norm(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = norm(4 * width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut(channels, 4 * width, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


DEPTHS: dict[str, tuple[type[BasicBlock] | type[Bottleneck], tuple[int, int, int, int]]] = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet34": (BasicBlock, (3, 4, 6, 3)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
}


class ResNet(nn.Module):
    """Images [B, channels, H, W] -> features [B, width], of a name in DEPTHS.

    `small` images enter by a 3 x 3 convolution of stride 1 without pooling, others by ImageNet's 7 x 7 convolution of
    stride 2 and max-pooling.
    """

    def __init__(self, name: str, channels: int, small: bool, norm: Norm) -> None:
        super().__init__()
        block, depths = DEPTHS[name]
        kernel, stride = (3, 1) if small else (7, 2)
        self.conv1 = nn.Conv2d(channels, 64, kernel, stride, kernel // 2, bias=False)
        self.bn1 = norm(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        self.width = 64
        self.layer1 = self._stage(block, 64, depths[0], 1, norm)
        self.layer2 = self._stage(block, 128, depths[1], 2, norm)
        self.layer3 = self._stage(block, 256, depths[2], 2, norm)
        self.layer4 = self._stage(block, 512, depths[3], 2, norm)
        self.avgpool = nn.AdaptiveAvgPool2d(1)

    def _stage(
        self, block: type[BasicBlock] | type[Bottleneck], width: int, depth: int, stride: int, norm: Norm
    ) -> nn.Sequential:
        """`depth` blocks, the first with the stride; afterwards self.width is what they put out."""
        blocks = []
        for k in range(depth):
            blocks.append(block(self.width, width, 1 if k else stride, norm))
            self.width = block.expansion * width
        return nn.Sequential(*blocks)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        maps = self.layer4(self.layer3(self.layer2(self.layer1(maps))))
        return self.avgpool(maps).flatten(1)


def shortcut(channels: int, width: int, stride: int, norm: Norm) -> nn.Sequential | None:
    """A 1 x 1 convolution with norm where the shapes before and behind a block differ; None, the identity, elsewhere."""
    if stride == 1 and channels == width:
        return None
    return nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), norm(width))
