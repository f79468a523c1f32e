"""Wide ResNet for small images.

Source: Zagoruyko and Komodakis 2016, "Wide Residual Networks", table 1 and section 2 (blocks of type B(3, 3),
dropout between the convolutions); the order norm, ReLU, convolution is that of He et al. 2016, "Identity Mappings".
"""

import torch
from torch import nn

_STAGE_CHANNELS = (16, 32, 64)


class WideResNet(nn.Module):
    """WRN-depth-width: three stages of pre-activation blocks at full, half and quarter size.

    The authors' sizes for 10 classes: WRN-16-8 11.0 M, WRN-28-10 36.5 M, WRN-40-4 8.9 M parameters. `drop_rate` is
    the probability of dropout inside blocks (the authors' value is 0.3 where they use it).
    """

    def __init__(
        self, *, num_classes: int = 100, in_chans: int = 3, depth: int, width: int, drop_rate: float = 0.0
    ) -> None:
        super().__init__()
        blocks_per_stage, rest = divmod(depth - 4, 6)
        if rest or blocks_per_stage < 1:
            raise ValueError(f"depth={depth}: a wide ResNet has 6 n + 4 layers")
        self.stem = nn.Conv2d(in_chans, _STAGE_CHANNELS[0], kernel_size=3, padding=1, bias=False)
        channels = _STAGE_CHANNELS[0]
        blocks: list[nn.Module] = []
        for stage, base in enumerate(_STAGE_CHANNELS):
            for block in range(blocks_per_stage):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(_Block(channels, base * width, stride=stride, drop_rate=drop_rate))
                channels = base * width
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.BatchNorm2d(channels)
        self.num_features = channels
        self.head = nn.Linear(channels, num_classes)
        self._initialise()

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, 64 width, H/4, W/4) features of images (B, C, H, W)."""
        features: torch.Tensor = self.norm(self.blocks(self.stem(images)))
        return features.relu()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) logits of images (B, C, H, W)."""
        logits: torch.Tensor = self.head(self.forward_features(images).mean(dim=(2, 3)))
        return logits

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(self.head.bias)


class _Block(nn.Module):
    """x + conv(dropout(conv(x))), norm and ReLU before each; where the shape changes, x passes a 1x1 convolution."""

    def __init__(self, in_channels: int, channels: int, *, stride: int, drop_rate: float) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.dropout = nn.Dropout(drop_rate)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        has_same_shape = stride == 1 and in_channels == channels
        self.shortcut = None if has_same_shape else nn.Conv2d(in_channels, channels, 1, stride=stride, bias=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        active = self.norm1(features).relu()
        shortcut = features if self.shortcut is None else self.shortcut(active)
        residual: torch.Tensor = self.conv2(self.dropout(self.norm2(self.conv1(active)).relu()))
        return shortcut + residual
