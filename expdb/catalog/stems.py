"""How each family's stem is changed for inputs of few pixels: data that `train/model/stem.py` carries out.

The stems of networks made for 224 px shrink an image fourfold before the first block: of 32 px nothing is left.
To teach a family this: an entry in `FAMILY_STEMS` (an architecture that differs from its family: `ARCH_STEMS`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SmallStem:
    """A stem that keeps the image's size.

    Attributes:
        conv: dotted path of the stem's convolution. Its stride becomes 1.
        is_replaced: exchange the convolution for a fresh 3x3 one.
        pool: dotted path of a pooling that is taken out; None where the stem has none.
        shrinks_by: what the original stem divided the side by beyond this one. Tables of positions are sized from
            the image's size, so they are built for an image so many times larger.
    """

    conv: str
    is_replaced: bool = False
    pool: str | None = None
    shrinks_by: int = 1


_HYBRID = SmallStem(conv="patch_embed.backbone.stem.conv", pool="patch_embed.backbone.stem.pool", shrinks_by=4)
_HYBRID_WITHOUT_BLOCKS = SmallStem(conv="patch_embed.backbone.conv", pool="patch_embed.backbone.pool", shrinks_by=4)

FAMILY_STEMS: Mapping[str, SmallStem] = {
    "resnet": SmallStem(conv="conv1", is_replaced=True, pool="maxpool"),  # He et al. 2016, section 4.2
    "googlenet": SmallStem(conv="conv1.conv", is_replaced=True, pool="maxpool1"),
    "efficientnet": SmallStem(conv="conv_stem"),  # timm's module of MobileNet v1 and v2 too
    "mobilenetv3": SmallStem(conv="conv_stem"),  # of MobileNet v4 too
    "maxxvit": SmallStem(conv="stem.conv1", shrinks_by=2),  # CoAtNet and MaxViT
}

# timm counts its ViTs on top of a ResNet among the plain ViTs.
ARCH_STEMS: Mapping[str, SmallStem] = {
    "vit_tiny_r_s16_p8_224": _HYBRID_WITHOUT_BLOCKS,
    "vit_tiny_r_s16_p8_384": _HYBRID_WITHOUT_BLOCKS,
    "vit_small_r26_s32_224": _HYBRID,
    "vit_small_r26_s32_384": _HYBRID,
    "vit_base_r26_s32_224": _HYBRID,
    "vit_base_r50_s16_224": _HYBRID,
    "vit_base_r50_s16_384": _HYBRID,
    "vit_large_r50_s32_224": _HYBRID,
    "vit_large_r50_s32_384": _HYBRID,
}
