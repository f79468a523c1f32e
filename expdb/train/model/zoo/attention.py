"""The part that this folder's transformers share."""

import torch
from torch import nn
from torch.nn import functional


class SelfAttention(nn.Module):
    """Multi-head self-attention over tokens.

    As in timm's, `fused_attn` says whether one kernel computes it, which keeps no weights; else they go through
    `attn_drop`, where a hook sees them.

    Source: Vaswani et al. 2017, section 3.2.
    """

    def __init__(self, dim: int, *, num_heads: int, has_qkv_bias: bool, drop_rate: float = 0.0) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.fused_attn = True
        self.attn_drop = nn.Dropout(drop_rate)
        self.qkv = nn.Linear(dim, 3 * dim, bias=has_qkv_bias)
        self.proj = nn.Linear(dim, dim)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return (B, N, C) for tokens (B, N, C)."""
        batch, num_tokens, dim = tokens.shape
        qkv = self.qkv(tokens).reshape(batch, num_tokens, 3, self.num_heads, dim // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused_attn:
            drop_rate = self.attn_drop.p if self.training else 0.0
            mixed = functional.scaled_dot_product_attention(query, key, value, dropout_p=drop_rate)
        else:
            scores = query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)
            mixed = self.attn_drop(scores.softmax(dim=-1)) @ value
        output: torch.Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, num_tokens, dim))
        return output


def initialise_linear(module: nn.Module) -> None:
    """Draw a linear layer's weights as ViTs do, and leave any other module alone; for `nn.Module.apply`.

    Source: Touvron et al. 2021 (DeiT), section 5: truncated normal, standard deviation 0.02.
    """
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def drop_path_rates(last: float, *, depth: int) -> list[float]:
    """Return each block's probability of being dropped: growing linearly from 0 to `last`.

    Source: Huang et al. 2016, "Deep Networks with Stochastic Depth", equation 4.
    """
    return [last * block / max(1, depth - 1) for block in range(depth)]
