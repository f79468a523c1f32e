"""What a ViT does with one image, step by step, with the numbers of the module itself.

Source: Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", section 3.1; Vaswani et al. 2017, section 3.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from expdb.analysis.maps.attention_weights import attention_read
from expdb.domain.analyses.result import Listing


@dataclass(frozen=True, kw_only=True)
class VitStep:
    """A step, as a formula, and what it gives of one image (1, ...)."""

    name: str
    formula: str
    gives: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The steps of an image through a ViT, and by how much what is said of them misses what its modules compute.

    Attributes:
        differences: largest absolute difference, by what is said.
    """

    steps: tuple[VitStep, ...]
    differences: dict[str, float]

    def listings(self) -> Iterator[Listing]:
        """Yield the steps and the differences as tables."""
        yield Listing(
            key="vit_steps",
            title="One image on its way through the ViT (a drawn image of noise; mean and deviation of its numbers)",
            headings=("step", "how", "shape", "mean", "sd"),
            rows=tuple(
                (one.name, one.formula, shape_text(one.gives.shape[1:]), *_spread(one.gives)) for one in self.steps
            ),
        )
        yield Listing(
            key="vit_identities",
            title="What is said of it, against what its modules compute",
            headings=("statement", "largest difference"),
            rows=tuple(self.differences.items()),
        )


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as it prints.

    >>> shape_text((9, 768))
    '9 x 768'
    """
    return " x ".join(map(str, shape))


def _spread(values: torch.Tensor) -> tuple[float, float]:
    return values.double().mean().item(), values.double().std(unbiased=False).item()


def is_plain_vit(model: nn.Module) -> bool:
    """Return whether a network is a ViT of timm's kind: patches, positions added once, blocks that all do the same."""
    parts: Any = model
    try:
        patches, block = parts.patch_embed.proj, parts.blocks[0]
        needed = (
            parts.pos_embed,
            block.norm1,
            block.norm2,
            block.attn.qkv,
            block.attn.proj,
            block.mlp.fc1,
            block.mlp.act,
        )
    except (AttributeError, IndexError, TypeError):
        return False
    is_cut = isinstance(patches, nn.Conv2d) and patches.kernel_size == patches.stride
    return is_cut and all(one is not None for one in needed) and isinstance(block.attn.qkv, nn.Linear)


def walk_through(model: nn.Module, image: torch.Tensor) -> Walk:
    """Send an image (1, C, H, W) through a plain ViT in evaluation mode, and compute its first block by formulas."""
    vit: Any = model
    block, embedding = vit.blocks[0], vit.patch_embed.proj
    seen: dict[str, torch.Tensor] = {}
    handles = [
        block.register_forward_pre_hook(lambda _module, given: seen.update(tokens=given[0])),
        block.norm2.register_forward_pre_hook(lambda _module, given: seen.update(after_attention=given[0])),
        block.register_forward_hook(lambda _module, _given, output: seen.update(block=output)),
        vit.blocks.register_forward_hook(lambda _module, _given, output: seen.update(blocks=output)),
    ]
    try:
        with torch.no_grad(), attention_read(model):  # the formulas are those of the attention that is not fused
            logits = model(image)
            return _walk(vit, block, embedding, image, seen, logits)
    finally:
        for handle in handles:
            handle.remove()


def _walk(
    vit: Any, block: Any, embedding: nn.Conv2d, image: torch.Tensor, seen: dict[str, torch.Tensor], logits: torch.Tensor
) -> Walk:
    side: Any = embedding.kernel_size
    patches = nn.functional.unfold(image, side, stride=side).transpose(1, 2)
    embedded = embedding(image).flatten(2).transpose(1, 2)
    linear = nn.functional.linear(patches, embedding.weight.flatten(1), embedding.bias)
    tokens, after = seen["tokens"], seen["after_attention"]
    query, key, value, scores, weights, mixed = _attend(block.attn, block.norm1(tokens))
    joined = mixed.transpose(1, 2).flatten(2)
    given = block.attn.proj(getattr(block.attn, "norm", nn.Identity())(joined))
    widened = block.mlp.act(block.mlp.fc1(block.norm2(after)))
    narrowed = block.mlp(block.norm2(after))
    scale1, scale2 = (getattr(block, name, nn.Identity()) for name in ("ls1", "ls2"))
    skipped = tokens + scale1(given)
    differences = {
        "patch embedding is a linear map of flat patches": _largest(linear, embedded),
        "attention is softmax(q k' / sqrt(d)) v, heads joined": _largest(given, block.attn(block.norm1(tokens))),
        "block is x + attention(norm(x)), then x + MLP(norm(x))": _largest(
            skipped + scale2(block.mlp(block.norm2(skipped))), seen["block"]
        ),
    }
    if not isinstance(scale1, nn.Identity):
        plain = tokens + given
        key_text = "the same, had it no LayerScale"
        differences[key_text] = _largest(plain + block.mlp(block.norm2(plain)), seen["block"])
    num_prefix = tokens.shape[1] - embedded.shape[1]
    width, depth = block.attn.head_dim, len(vit.blocks)
    steps = [
        VitStep(name="image", formula="channels, height, width", gives=image),
        VitStep(name="patches", formula=f"{side[0]} x {side[1]} px of each channel, flat", gives=patches),
        VitStep(name="patch embedding", formula="convolution, flatten, transpose", gives=embedded),
        VitStep(name="tokens", formula=_tokens_text(num_prefix), gives=tokens),
        VitStep(name="q, k, v", formula="linear(norm(x)), by heads; here q", gives=query),
        VitStep(name="k", formula="", gives=key),
        VitStep(name="v", formula="", gives=value),
        VitStep(name="scaled scores", formula=f"q k' / sqrt({width})", gives=scores),
        VitStep(name="attention", formula="softmax: a row a query, sum 1", gives=weights),
        VitStep(name="heads", formula="attention v", gives=mixed),
        VitStep(name="heads joined", formula="side by side, then linear", gives=given),
        VitStep(
            name="skip", formula=f"x + {'' if isinstance(scale1, nn.Identity) else 'scale '}attention", gives=skipped
        ),
        VitStep(name="MLP, wide", formula="GELU(linear(norm(x)))", gives=widened),
        VitStep(name="MLP", formula="linear", gives=narrowed),
        VitStep(name="skip", formula="x + MLP: the block's output", gives=seen["block"]),
        VitStep(name=f"after {depth} blocks", formula="the same, with other weights", gives=seen["blocks"]),
        VitStep(name="logits", formula=_head_text(vit), gives=logits),
    ]
    return Walk(steps=tuple(steps), differences=differences)


def _attend(attention: Any, tokens: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return query, key, value, scores, weights and what heads give, (1, heads, N, ...), by the formulas."""
    batch, num_tokens, _ = tokens.shape
    split = attention.qkv(tokens).reshape(batch, num_tokens, 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    query, key, value = split.unbind(0)
    query, key = attention.q_norm(query), attention.k_norm(key)
    scores = query * attention.scale @ key.transpose(-2, -1)
    weights = scores.softmax(-1)
    return query, key, value, scores, weights, weights @ value


def _largest(one: torch.Tensor, other: torch.Tensor) -> float:
    return (one - other).abs().max().item()


def _tokens_text(num_prefix: int) -> str:
    if not num_prefix:
        return "positions added"
    return f"{'class token' if num_prefix == 1 else f'{num_prefix} tokens'} in front, positions added"


def _head_text(vit: Any) -> str:
    pool = getattr(vit, "global_pool", "token")
    return f"norm, {'class token' if pool == 'token' else 'mean of tokens' if pool == 'avg' else pool}, linear"


def position_similarity(model: nn.Module) -> torch.Tensor | None:
    """Return the cosine similarity of the position embeddings of any two places, (N, N); None without a square of them.

    They are those of the tokens of patches; a class token's is left out.
    """
    positions = getattr(model, "pos_embed", None)
    positions = getattr(model, "positions", None) if positions is None else positions
    if not isinstance(positions, torch.Tensor) or positions.ndim != 3:
        return None
    count = positions.shape[1]
    places = next((side**2 for side in range(2, count) if count - 5 <= side**2 <= count), None)
    if places is None:
        return None
    own = nn.functional.normalize(positions.detach()[0, count - places :].double(), dim=-1)
    return own @ own.T
