"""LocalViT: a ViT whose feed-forward part looks at neighbouring patches.

Source: Li et al. 2021, "LocalViT: Bringing Locality to Vision Transformers", section 3 and table 2.
"""

import torch
from timm.layers.drop import DropPath
from timm.layers.squeeze_excite import SqueezeExcite
from torch import nn

from expdb.train.model.zoo.attention import SelfAttention, drop_path_rates, initialise_linear


class LocalViT(nn.Module):
    """LocalViT-T: DeiT-T with an inverted residual block (depth-wise 3x3, h-swish, SE) in place of each MLP.

    The paper's LocalViT-T has 5.9 M parameters and 1.3 G MACs for 1000 classes at 224 px with patches of 16 px. As
    in the authors' published model there are 4 heads, and SE's bottleneck has `dim` times fewer channels.
    """

    def __init__(
        self,
        *,
        num_classes: int = 100,
        in_chans: int = 3,
        img_size: int = 32,
        patch_size: int = 4,
        depth: int = 12,
        dim: int = 192,
        num_heads: int = 4,
        mlp_ratio: float = 4.0,
        drop_path_rate: float = 0.0,
    ) -> None:
        super().__init__()
        if img_size % patch_size:
            raise ValueError(f"img_size={img_size} is not a multiple of patch_size={patch_size}")
        side = img_size // patch_size
        self.patch_embed = nn.Conv2d(in_chans, dim, kernel_size=patch_size, stride=patch_size)
        self.class_token = nn.Parameter(torch.empty(1, 1, dim))
        self.positions = nn.Parameter(torch.empty(1, 1 + side**2, dim))
        self.blocks = nn.Sequential(
            *(
                _Block(dim, num_heads, side=side, mlp_ratio=mlp_ratio, drop_path_rate=rate)
                for rate in drop_path_rates(drop_path_rate, depth=depth)
            )
        )
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, num_classes)
        self.num_prefix_tokens = 1
        self.apply(initialise_linear)
        nn.init.trunc_normal_(self.class_token, std=0.02)
        nn.init.trunc_normal_(self.positions, std=0.02)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, 1 + N, C) tokens of images (B, C, H, W), the class token first."""
        patches = self.patch_embed(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(patches), -1, -1), patches], dim=1) + self.positions
        features: torch.Tensor = self.norm(self.blocks(tokens))
        return features

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) logits of images (B, C, H, W)."""
        logits: torch.Tensor = self.head(self.forward_features(images)[:, 0])
        return logits


class _Block(nn.Module):
    """Attention over all tokens; then the patches alone, laid out as an image, through the local part."""

    def __init__(self, dim: int, num_heads: int, *, side: int, mlp_ratio: float, drop_path_rate: float) -> None:
        super().__init__()
        self.side = side
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.attention = SelfAttention(dim, num_heads=num_heads, has_qkv_bias=True)
        self.local = _local_feed_forward(dim, int(dim * mlp_ratio))
        self.drop_path = DropPath(drop_path_rate)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        tokens = tokens + self.drop_path(self.attention(self.norm(tokens)))
        class_token, patches = tokens[:, :1], tokens[:, 1:]
        image = patches.transpose(1, 2).reshape(*patches.shape[::2], self.side, self.side)
        residual = self.local(image).flatten(2).transpose(1, 2)
        return torch.cat([class_token, patches + self.drop_path(residual)], dim=1)


def _local_feed_forward(dim: int, hidden: int) -> nn.Sequential:
    """Return the inverted residual block on (B, C, H, W), its shortcut left to the caller (equation 9)."""
    return nn.Sequential(
        nn.Conv2d(dim, hidden, kernel_size=1, bias=False),
        nn.BatchNorm2d(hidden),
        nn.Hardswish(),
        nn.Conv2d(hidden, hidden, kernel_size=3, padding=1, groups=hidden, bias=False),
        nn.BatchNorm2d(hidden),
        nn.Hardswish(),
        SqueezeExcite(hidden, rd_channels=hidden // dim, gate_layer="hard_sigmoid"),
        nn.Conv2d(hidden, dim, kernel_size=1, bias=False),
        nn.BatchNorm2d(dim),
    )
