"""What the families of architectures are trained with: classic CNNs with SGD, all others with AdamW.

A family is a module of timm's or of the zoo. A test sees to it that each of the catalog's is in one of the two sets.
"""

from typing import Final, Literal

from expdb.catalog.models import architectures

FamilyKind = Literal["cnn", "transformer"]

# Batch norm, and SGD or RMSprop in the paper.
_CNNS = """
byobnet cifar_resnet cspnet cspnext densenet dla dpn efficientnet ghostnet googlenet hgnet hrnet inception_resnet_v2
inception_v3 inception_v4 lcnetv2 mobilenetv3 nasnet nfnet pnasnet regnet repghost resnet resnetv2 rexnet selecsls senet
tresnet vgg vovnet wide_resnet xception xception_aligned
"""
# Attention, alone or beside convolutions; what mixes tokens otherwise; and the CNNs that are built and trained as these
# are (ConvNeXt and its likes).
_TRANSFORMERS = """
beit cait cct coat convit convmixer convnext cpubone crossvit csatv2 cvt davit deepseek_vit deit edgenext
efficientformer efficientformer_v2 efficientvim efficientvit_mit efficientvit_msra eva fasternet fastvit focalnet
gcvit gemma4_vit hiera hieradet_sam2 iformer inception_next levit localvit lowformer mambaout maxxvit metaformer
mlp_mixer mobilenetv5 mvitv2 naflexvit nest nextvit pit pvt_v2 qwen3_vit rdnet repvit sequencer shvit starnet
swiftformer swin_transformer swin_transformer_v2 swin_transformer_v2_cr tiny_vit tnt twins visformer
vision_transformer vision_transformer_relpos vision_transformer_sam volo xcit
"""
CNN_FAMILIES: Final = frozenset(_CNNS.split())
TRANSFORMER_FAMILIES: Final = frozenset(_TRANSFORMERS.split())
_TRANSFORMERS_OF_CNN_FAMILIES = ("mobilevit",)  # how their names begin


def kind_of(arch: str) -> FamilyKind | None:
    """Return what an architecture is, as far as its training goes; None for one that the catalog does not know.

    >>> kind_of("resnet50"), kind_of("vit_tiny_patch16_224"), kind_of("my.module:build")
    ('cnn', 'transformer', None)
    """
    known = architectures().get(arch) or architectures().get(arch.partition(".")[0])  # timm's tag names weights
    if known is None:
        return None
    if known.family in TRANSFORMER_FAMILIES or known.name.startswith(_TRANSFORMERS_OF_CNN_FAMILIES):
        return "transformer"
    return "cnn" if known.family in CNN_FAMILIES else None
