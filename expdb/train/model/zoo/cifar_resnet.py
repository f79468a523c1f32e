"""ResNet for CIFAR: the thin one of the paper's CIFAR section, not ResNet-18 with another stem.

Source: He et al. 2016, "Deep Residual Learning for Image Recognition", section 4.2 and table 6.
"""

import re

import torch
from torch import nn
from torch.nn import functional

_STAGE_CHANNELS = (16, 32, 64)
_IN_STAGE = re.compile(r"layer([123])\.(\d+)\.")  # what torchvision's ResNets, and those like them, call a block


class CifarResNet(nn.Module):
    """ResNet-depth: three stages of n basic blocks, depth = 6 n + 2, shortcuts without parameters (option A).

    The paper's sizes for 10 classes: ResNet-20 0.27 M, ResNet-56 0.85 M parameters.
    """

    def __init__(self, *, num_classes: int = 100, in_chans: int = 3, depth: int) -> None:
        super().__init__()
        blocks_per_stage, rest = divmod(depth - 2, 6)
        if rest or blocks_per_stage < 1:
            raise ValueError(f"depth={depth}: a CIFAR ResNet has 6 n + 2 layers")
        channels = _STAGE_CHANNELS[0]
        self.conv1 = nn.Conv2d(in_chans, channels, kernel_size=3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        blocks: list[nn.Module] = []
        for stage, width in enumerate(_STAGE_CHANNELS):
            for block in range(blocks_per_stage):
                blocks.append(_Block(channels, width, stride=2 if stage > 0 and block == 0 else 1))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.num_features = channels
        self._blocks_per_stage = blocks_per_stage
        self.head = nn.Linear(channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def own_name(self, name: str) -> str:
        """Return what a weight is called here that other code bases call `layer2.0.bn1.bias`, `fc.weight`."""
        here = _IN_STAGE.sub(lambda at: f"blocks.{(int(at[1]) - 1) * self._blocks_per_stage + int(at[2])}.", name)
        return re.sub(r"^(linear|fc)\.", "head.", re.sub(r"\bbn([12])\.", r"norm\1.", here))

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, 64, H/4, W/4) features of images (B, C, H, W)."""
        features: torch.Tensor = self.blocks(self.norm1(self.conv1(images)).relu())
        return features

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) logits of images (B, C, H, W)."""
        logits: torch.Tensor = self.head(self.forward_features(images).mean(dim=(2, 3)))
        return logits


class _Block(nn.Module):
    """relu(x + norm(conv(relu(norm(conv(x)))))); where the shape changes, x is subsampled and padded with zeros."""

    def __init__(self, in_channels: int, channels: int, *, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.stride = stride
        self.num_added_channels = channels - in_channels

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.norm2(self.conv2(self.norm1(self.conv1(features)).relu()))
        return (residual + self._shortcut(features)).relu()

    def _shortcut(self, features: torch.Tensor) -> torch.Tensor:
        if not self.num_added_channels:
            return features
        before = self.num_added_channels // 2
        padding = (0, 0, 0, 0, before, self.num_added_channels - before)
        return functional.pad(features[:, :, :: self.stride, :: self.stride], padding)
