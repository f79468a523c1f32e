"""Convolutional vision transformer.

Source: Wu et al. 2021, "CvT: Introducing Convolutions to Vision Transformers", section 3 and table 2.
"""

import torch
from timm.layers.drop import DropPath
from torch import nn
from torch.nn import functional

from expdb.train.model.zoo.attention import drop_path_rates, initialise_linear

_DIMS = (64, 192, 384)
_DEPTHS = (1, 2, 10)
_NUM_HEADS = (1, 3, 6)
_MLP_RATIO = 4


class CvT(nn.Module):
    """CvT-13: three stages that shrink the image by strided convolutions, attention with convolutional projections.

    The paper's CvT-13 has 20 M parameters and 4.5 G MACs for 1000 classes at 224 px, with a first embedding of 7x7
    patches every 4 px. For small images take overlapping 3x3 patches every pixel (`patch_size=3, patch_stride=1`).
    No table of positions: any size goes.
    """

    def __init__(
        self,
        *,
        num_classes: int = 100,
        in_chans: int = 3,
        patch_size: int = 7,
        patch_stride: int = 4,
        drop_path_rate: float = 0.0,
    ) -> None:
        super().__init__()
        rates = iter(drop_path_rates(drop_path_rate, depth=sum(_DEPTHS)))
        channels, kernel, stride = in_chans, patch_size, patch_stride
        stages: list[nn.Module] = []
        for index, (dim, depth, num_heads) in enumerate(zip(_DIMS, _DEPTHS, _NUM_HEADS, strict=True)):
            stages.append(
                _Stage(
                    channels,
                    dim,
                    num_heads=num_heads,
                    kernel=kernel,
                    stride=stride,
                    drop_path_rates=[next(rates) for _ in range(depth)],
                    has_class_token=index == len(_DIMS) - 1,
                )
            )
            channels, kernel, stride = dim, 3, 2
        self.stages = nn.Sequential(*stages)
        self.norm = nn.LayerNorm(channels)
        self.head = nn.Linear(channels, num_classes)
        self.num_prefix_tokens = 1
        self.apply(initialise_linear)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, 1 + N, C) tokens of the last stage, the class token first, for images (B, C, H, W)."""
        tokens: torch.Tensor = self.norm(self.stages(images))
        return tokens

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) logits of images (B, C, H, W)."""
        logits: torch.Tensor = self.head(self.forward_features(images)[:, 0])
        return logits


class _Stage(nn.Module):
    """Maps (B, C, H, W) to (B, dim, H/stride, W/stride), the last stage to tokens with a class token in front."""

    def __init__(
        self,
        in_channels: int,
        dim: int,
        *,
        num_heads: int,
        kernel: int,
        stride: int,
        drop_path_rates: list[float],
        has_class_token: bool,
    ) -> None:
        super().__init__()
        self.embed = nn.Conv2d(in_channels, dim, kernel_size=kernel, stride=stride, padding=kernel // 2)
        self.norm = nn.LayerNorm(dim)
        self.class_token = nn.Parameter(torch.empty(1, 1, dim)) if has_class_token else None
        if self.class_token is not None:
            nn.init.trunc_normal_(self.class_token, std=0.02)
        self.blocks = nn.ModuleList(_Block(dim, num_heads, drop_path_rate=rate) for rate in drop_path_rates)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        embedded = self.embed(features)
        height, width = embedded.shape[2:]
        tokens: torch.Tensor = self.norm(embedded.flatten(2).transpose(1, 2))
        if self.class_token is not None:
            tokens = torch.cat([self.class_token.expand(len(tokens), -1, -1), tokens], dim=1)
        for block in self.blocks:
            tokens = block(tokens, height, width)
        return tokens if self.class_token is not None else _as_image(tokens, height, width)


class _Block(nn.Module):
    def __init__(self, dim: int, num_heads: int, *, drop_path_rate: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = _ConvolutionalAttention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, _MLP_RATIO * dim)
        self.contract = nn.Linear(_MLP_RATIO * dim, dim)
        self.drop_path = DropPath(drop_path_rate)

    def forward(self, tokens: torch.Tensor, height: int, width: int) -> torch.Tensor:
        tokens = tokens + self.drop_path(self.attention(self.norm1(tokens), height, width))
        residual = self.contract(functional.gelu(self.expand(self.norm2(tokens))))
        output: torch.Tensor = tokens + self.drop_path(residual)
        return output


class _ConvolutionalAttention(nn.Module):
    """Attention whose queries, keys and values come from depth-wise convolutions; keys and values at half the side.

    A class token, if there is one, passes by the convolutions. Source: section 3.2 and figure 3 (c).
    """

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        # The authors' code scales by the whole width, not by a head's.
        self.scale = dim**-0.5
        self.query_conv = _depthwise(dim, stride=1)
        self.key_conv = _depthwise(dim, stride=2)
        self.value_conv = _depthwise(dim, stride=2)
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, tokens: torch.Tensor, height: int, width: int) -> torch.Tensor:
        split = tokens.shape[1] - height * width
        class_token, patches = tokens[:, :split], tokens[:, split:]
        image = _as_image(patches, height, width)

        def heads_of(conv: nn.Module, linear: nn.Module) -> torch.Tensor:
            local = torch.cat([class_token, conv(image).flatten(2).transpose(1, 2)], dim=1)
            projected: torch.Tensor = linear(local)
            return projected.reshape(*projected.shape[:2], self.num_heads, -1).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(
            heads_of(self.query_conv, self.query),
            heads_of(self.key_conv, self.key),
            heads_of(self.value_conv, self.value),
            scale=self.scale,
        )
        output: torch.Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return output


def _as_image(tokens: torch.Tensor, height: int, width: int) -> torch.Tensor:
    return tokens.transpose(1, 2).reshape(len(tokens), -1, height, width)


def _depthwise(dim: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(dim, dim, kernel_size=3, stride=stride, padding=1, groups=dim, bias=False),
        nn.BatchNorm2d(dim),
    )
