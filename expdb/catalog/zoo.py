"""Architectures that timm lacks. To add one: a file in `train/zoo/`, an entry here, then `make models`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ZooModel:
    """An architecture of this project, or one of torchvision's.

    Attributes:
        name: as `spec.model.arch` records it; the part before the colon tells whose code it is.
        family: as timm's module names are one.
        builder: `module:name` of a callable that takes num_classes and in_chans and returns a network.
        kwargs: its further arguments.
        has_fixed_size: its weights depend on the image's size, so that `img_size` is an argument too.
    """

    name: str
    family: str
    builder: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    has_fixed_size: bool = False


def _wide_resnet(depth: int, width: int) -> ZooModel:
    return ZooModel(
        name=f"zoo:wrn_{depth}_{width}",
        family="wide_resnet",
        builder="expdb.train.model.zoo.wide_resnet:WideResNet",
        kwargs={"depth": depth, "width": width},
    )


def _cifar_resnet(depth: int) -> ZooModel:
    return ZooModel(
        name=f"zoo:resnet{depth}",
        family="cifar_resnet",
        builder="expdb.train.model.zoo.cifar_resnet:CifarResNet",
        kwargs={"depth": depth},
    )


ZOO: dict[str, ZooModel] = {
    entry.name: entry
    for entry in (
        _wide_resnet(16, 4),
        _wide_resnet(16, 8),
        _wide_resnet(16, 10),
        _wide_resnet(28, 8),
        _wide_resnet(28, 10),
        _wide_resnet(40, 2),
        _wide_resnet(40, 4),
        _cifar_resnet(20),
        _cifar_resnet(32),
        _cifar_resnet(44),
        _cifar_resnet(56),
        ZooModel(name="zoo:cct_7_3x1", family="cct", builder="expdb.train.model.zoo.cct:CCT", has_fixed_size=True),
        ZooModel(
            name="zoo:cct_2_3x2",
            family="cct",
            builder="expdb.train.model.zoo.cct:CCT",
            kwargs={"num_convs": 2, "depth": 2, "dim": 128, "num_heads": 2, "mlp_ratio": 1.0},
            has_fixed_size=True,
        ),
        ZooModel(name="zoo:cvt_13", family="cvt", builder="expdb.train.model.zoo.cvt:CvT"),
        ZooModel(
            name="zoo:localvit_tiny",
            family="localvit",
            builder="expdb.train.model.zoo.localvit:LocalViT",
            has_fixed_size=True,
        ),
        ZooModel(name="torchvision:googlenet", family="googlenet", builder="expdb.train.model.zoo.googlenet:googlenet"),
    )
}
