"""Compact convolutional transformer.

Source: Hassani et al. 2021, "Escaping the Big Data Paradigm with Compact Transformers", section 3 and table 1.
"""

from itertools import pairwise
from typing import Final

import torch
from timm.layers.drop import DropPath
from torch import nn
from torch.nn import functional

from expdb.train.model.zoo.attention import SelfAttention, drop_path_rates, initialise_linear

_EARLY_CHANNELS: Final = 64  # of every convolution but the last


class CCT(nn.Module):
    """CCT-depth/3xnum_convs: 3x3 convolutions with pooling make the tokens, attention over them makes the class.

    The paper's CCT-7/3x1 has 3.76 M parameters and 1.19 G MACs for 10 classes at 32 px, CCT-2/3x2 0.28 M and 0.04 G;
    its authors train with `drop_path_rate` and `attn_drop_rate` of 0.1.
    """

    def __init__(
        self,
        *,
        num_classes: int = 100,
        in_chans: int = 3,
        img_size: int = 32,
        num_convs: int = 1,
        depth: int = 7,
        dim: int = 256,
        num_heads: int = 4,
        mlp_ratio: float = 2.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
    ) -> None:
        super().__init__()
        widths = [in_chans, *[_EARLY_CHANNELS] * (num_convs - 1), dim]
        self.early = nn.Sequential(*(_early_conv(*pair) for pair in pairwise(widths[:-1])))
        self.conv = nn.Conv2d(widths[-2], dim, kernel_size=3, padding=1, bias=False)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        side = img_size
        for _ in range(num_convs):  # each pooling rounds up
            side = (side + 1) // 2
        self.positions = nn.Parameter(torch.empty(1, side**2, dim))
        self.blocks = nn.Sequential(
            *(
                _Block(dim, num_heads, mlp_ratio=mlp_ratio, attn_drop_rate=attn_drop_rate, drop_path_rate=rate)
                for rate in drop_path_rates(drop_path_rate, depth=depth)
            )
        )
        self.norm = nn.LayerNorm(dim)
        self.token_score = nn.Linear(dim, 1)
        self.head = nn.Linear(dim, num_classes)
        self.num_prefix_tokens = 0
        self.apply(initialise_linear)
        nn.init.trunc_normal_(self.positions, std=0.2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, N, C) tokens of images (B, C, H, W)."""
        tokens = self.pool(self.conv(self.early(images)).relu()).flatten(2).transpose(1, 2)
        features: torch.Tensor = self.norm(self.blocks(tokens + self.positions))
        return features

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) logits of images (B, C, H, W); tokens are weighted by learned scores (SeqPool)."""
        tokens = self.forward_features(images)
        weights = self.token_score(tokens).softmax(dim=1)
        logits: torch.Tensor = self.head((weights.transpose(1, 2) @ tokens).squeeze(1))
        return logits


def _early_conv(in_channels: int, channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, kernel_size=3, padding=1, bias=False),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
    )


class _Block(nn.Module):
    def __init__(
        self, dim: int, num_heads: int, *, mlp_ratio: float, attn_drop_rate: float, drop_path_rate: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = SelfAttention(dim, num_heads=num_heads, has_qkv_bias=False, drop_rate=attn_drop_rate)
        self.norm2 = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, int(dim * mlp_ratio))
        self.contract = nn.Linear(int(dim * mlp_ratio), dim)
        self.drop_path = DropPath(drop_path_rate)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        tokens = tokens + self.drop_path(self.attention(self.norm1(tokens)))
        residual = self.contract(functional.gelu(self.expand(self.norm2(tokens))))
        output: torch.Tensor = tokens + self.drop_path(residual)
        return output
