"""The models of the report and its papers, and smaller ones to try things with. To add one: an entry in ALIASES."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Alias:
    """A name of the papers and reports for an architecture; with what its input size implies, a preset.

    Attributes:
        label: as tables print it.
        version: raised whenever the same name comes to build another network (a test pins the sizes of each version).
        kwargs: further arguments of the architecture; they win over what the input size implies.
    """

    name: str
    arch: str
    label: str
    description: str = ""
    version: int = 1
    kwargs: Mapping[str, Any] = field(default_factory=dict)


_SE: Mapping[str, Any] = {"block_args": {"attn_layer": "se"}}
_CBAM: Mapping[str, Any] = {"block_args": {"attn_layer": "cbam"}}
_PATCH_2: Mapping[str, Any] = {"patch_size": 2}

ALIASES: dict[str, Alias] = {
    entry.name: entry
    for entry in (
        Alias(name="resnet18", arch="resnet18", label="ResNet18"),
        Alias(name="resnet34", arch="resnet34", label="ResNet34"),
        Alias(name="resnet50", arch="resnet50", label="ResNet50"),
        Alias(name="resnet101", arch="resnet101", label="ResNet101"),
        Alias(name="resnet152", arch="resnet152", label="ResNet152"),
        Alias(name="senet50", arch="seresnet50", label="SENet50", description="ResNet50 + squeeze-and-excitation"),
        Alias(name="senet101", arch="seresnet101", label="SENet101", description="ResNet101 + squeeze-and-excitation"),
        Alias(
            name="cbam_resnet50",
            arch="resnet50",
            label="CBAM-ResNet50",
            description="ResNet50 + channel and spatial attention",
            kwargs=_CBAM,
        ),
        Alias(
            name="vgg16_bn",
            arch="vgg16_bn",
            label="VGG16-BN",
            description="nine tenths of its weights are fully connected layers",
        ),
        Alias(
            name="googlenet",
            arch="torchvision:googlenet",
            label="GoogLeNet",
            description="with batch norm, without auxiliary heads",
        ),
        Alias(name="mobilenet_v1", arch="mobilenetv1_100", label="MobileNetV1"),
        Alias(name="mobilenet_v2", arch="mobilenetv2_100", label="MobileNetV2"),
        Alias(name="mobilenet_v3_small", arch="mobilenetv3_small_100", label="MobileNetV3-S"),
        Alias(name="mobilenet_v3_large", arch="mobilenetv3_large_100", label="MobileNetV3-L"),
        Alias(name="mobilenet_v4_small", arch="mobilenetv4_conv_small", label="MobileNetV4-S"),
        Alias(name="mobilenet_v4_medium", arch="mobilenetv4_conv_medium", label="MobileNetV4-M"),
        Alias(name="efficientnet_b0", arch="efficientnet_b0", label="EfficientNet-B0"),
        Alias(name="efficientnet_b1", arch="efficientnet_b1", label="EfficientNet-B1"),
        Alias(name="efficientnet_b2", arch="efficientnet_b2", label="EfficientNet-B2"),
        Alias(name="efficientnet_b3", arch="efficientnet_b3", label="EfficientNet-B3"),
        Alias(name="efficientnet_b4", arch="efficientnet_b4", label="EfficientNet-B4"),
        Alias(name="efficientnet_b5", arch="efficientnet_b5", label="EfficientNet-B5"),
        Alias(name="efficientnet_b6", arch="efficientnet_b6", label="EfficientNet-B6"),
        Alias(name="efficientnet_b7", arch="efficientnet_b7", label="EfficientNet-B7"),
        Alias(name="convnext_atto", arch="convnext_atto", label="ConvNeXt-A"),
        Alias(name="convnext_tiny", arch="convnext_tiny", label="ConvNeXt-T"),
        Alias(name="convnext_small", arch="convnext_small", label="ConvNeXt-S"),
        Alias(name="convnext_base", arch="convnext_base", label="ConvNeXt-B"),
        Alias(name="vit_tiny", arch="vit_tiny_patch16_224", label="ViT-Tiny"),
        Alias(name="vit_small", arch="vit_small_patch16_224", label="ViT-Small"),
        Alias(name="vit_base", arch="vit_base_patch16_224", label="ViT-Base"),
        Alias(
            name="vit_tiny_p2",
            arch="vit_tiny_patch16_224",
            label="ViT-Tiny/2",
            description="patches of 2 px: four times the tokens",
            kwargs=_PATCH_2,
        ),
        Alias(
            name="vit_small_p2",
            arch="vit_small_patch16_224",
            label="ViT-Small/2",
            description="patches of 2 px: four times the tokens",
            kwargs=_PATCH_2,
        ),
        Alias(name="deit_tiny", arch="deit_tiny_patch16_224", label="DeiT-Ti"),
        Alias(name="deit_small", arch="deit_small_patch16_224", label="DeiT-S"),
        Alias(name="deit_base", arch="deit_base_patch16_224", label="DeiT-B"),
        Alias(
            name="deit_small_distilled",
            arch="deit_small_distilled_patch16_224",
            label="DeiT-S distilled",
            description="with a distillation token and a second head",
        ),
        Alias(name="swin_tiny", arch="swin_tiny_patch4_window7_224", label="Swin-T"),
        Alias(name="swin_small", arch="swin_small_patch4_window7_224", label="Swin-S"),
        Alias(name="coatnet_0", arch="coatnet_0_224", label="CoAtNet-0", description="the paper's layout"),
        Alias(name="coatnet_0_rw", arch="coatnet_0_rw_224", label="CoAtNet-0-rw", description="timm's layout"),
        Alias(name="coatnet_nano_rw", arch="coatnet_nano_rw_224", label="CoAtNet-nano-rw", description="timm's layout"),
        Alias(name="convit_tiny", arch="convit_tiny", label="ConViT-Ti"),
        Alias(name="convit_small", arch="convit_small", label="ConViT-S"),
        Alias(
            name="hybrid_tiny",
            arch="vit_tiny_r_s16_p8_224",
            label="R+ViT-Ti",
            description="ViT on the stem of a ResNet",
        ),
        Alias(name="hybrid_small", arch="vit_small_r26_s32_224", label="R26+ViT-S", description="ViT on a ResNet26"),
        Alias(
            name="hybrid_base",
            arch="vit_base_r50_s16_224",
            label="R50+ViT-B",
            description="ViT on three stages of a ResNet50",
        ),
        Alias(name="wrn_16_4", arch="zoo:wrn_16_4", label="WRN-16-4"),
        Alias(name="wrn_16_8", arch="zoo:wrn_16_8", label="WRN-16-8"),
        Alias(name="wrn_16_10", arch="zoo:wrn_16_10", label="WRN-16-10"),
        Alias(name="wrn_28_8", arch="zoo:wrn_28_8", label="WRN-28-8"),
        Alias(name="wrn_28_10", arch="zoo:wrn_28_10", label="WRN-28-10"),
        Alias(name="wrn_40_2", arch="zoo:wrn_40_2", label="WRN-40-2"),
        Alias(name="wrn_40_4", arch="zoo:wrn_40_4", label="WRN-40-4"),
        Alias(
            name="resnet20",
            arch="zoo:resnet20",
            label="ResNet20 (CIFAR)",
            description="the paper's thin ResNet for CIFAR",
        ),
        Alias(
            name="resnet32",
            arch="zoo:resnet32",
            label="ResNet32 (CIFAR)",
            description="the paper's thin ResNet for CIFAR",
        ),
        Alias(
            name="resnet44",
            arch="zoo:resnet44",
            label="ResNet44 (CIFAR)",
            description="the paper's thin ResNet for CIFAR",
        ),
        Alias(
            name="resnet56",
            arch="zoo:resnet56",
            label="ResNet56 (CIFAR)",
            description="the paper's thin ResNet for CIFAR",
        ),
        Alias(
            name="cct_7_3x1",
            arch="zoo:cct_7_3x1",
            label="CCT-7/3x1",
            description="convolutional tokens, pooled by attention",
        ),
        Alias(
            name="cct_2_3x2",
            arch="zoo:cct_2_3x2",
            label="CCT-2/3x2",
            description="two convolutions, then two blocks of attention; for 2 cores, 0.3M parameters",
        ),
        Alias(name="cvt_13", arch="zoo:cvt_13", label="CvT-13", description="attention with convolutional projections"),
        Alias(
            name="localvit_tiny",
            arch="zoo:localvit_tiny",
            label="LocalViT-T",
            description="DeiT-T with depth-wise convolutions between its linear layers",
        ),
        Alias(name="resnet_mini", arch="test_resnet", label="ResNet-mini", description="for 2 cores, 0.4M parameters"),
        Alias(
            name="senet_mini",
            arch="test_resnet",
            label="SENet-mini",
            description="resnet_mini + squeeze-and-excitation",
            kwargs=_SE,
        ),
        Alias(name="vit_mini", arch="test_vit", label="ViT-mini", description="for 2 cores, 0.3M parameters"),
    )
}
