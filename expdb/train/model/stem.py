"""Stems for small images: what `catalog/stems.py` says, done to a network."""

from torch import nn

from expdb.catalog.models import small_stem
from expdb.catalog.stems import SmallStem
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError


def stem_of(spec: RunSpec) -> SmallStem | None:
    """Return the stem that the spec asks for instead of the architecture's own, or None.

    Raises:
        SpecError: `model.stem=cifar` for an architecture without a stem to change.
    """
    if spec.model.stem == "default":
        return None
    stem = small_stem(spec.model.arch)
    if stem is None:
        raise SpecError(f"model.stem=cifar: {spec.model.arch} has no stem to exchange; use model.stem=default")
    return stem


def change_stem(model: nn.Module, stem: SmallStem) -> None:
    """Let the stem keep the image's size: stride 1, a fresh 3x3 convolution where one is asked for, no pooling.

    Source: He et al. 2016, section 4.2, as usual in CIFAR versions of ResNet.
    """
    old = model.get_submodule(stem.conv)
    convolutions = [module for module in old.modules() if isinstance(module, nn.Conv2d)]
    if stem.is_replaced:
        first, last = convolutions[0], convolutions[-1]  # timm's deep stems are three convolutions
        new = nn.Conv2d(first.in_channels, last.out_channels, kernel_size=3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")  # as timm initialises its ResNets'
        model.set_submodule(stem.conv, new)
    else:
        convolutions[0].stride = (1, 1)
    if stem.pool is not None:
        model.set_submodule(stem.pool, nn.Identity())
