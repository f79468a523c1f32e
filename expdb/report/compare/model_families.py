"""To which family of architectures a run's model belongs, for colours and symbols of figures."""

import re
from functools import cache

from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.models import architecture_of
from expdb.domain.run import Run
from expdb.report.compare.differences import model_factors

OTHER = "other"
# timm's modules and the zoo's families, as papers call them; others only lose their underscores.
_WORDS = {
    "resnet": "ResNet",
    "senet": "SENet",
    "cifar_resnet": "ResNet",
    "wide_resnet": "Wide ResNet",
    "resnetv2": "ResNetV2",
    "vision_transformer": "ViT",
    "deit": "DeiT",
    "swin_transformer": "Swin",
    "swin_transformer_v2": "Swin V2",
    "convnext": "ConvNeXt",
    "efficientnet": "EfficientNet",
    "mobilenetv3": "MobileNetV3",
    "densenet": "DenseNet",
    "vgg": "VGG",
    "maxxvit": "CoAtNet and MaxViT",
    "mlp_mixer": "MLP-Mixer",
    "regnet": "RegNet",
}
# First words of names that papers print, without their sizes.
_PRINTED = {
    "vit": "ViT",
    "deit": "ViT",  # as timm has it: trained otherwise, built alike
    "swin": "Swin",
    "convnext": "ConvNeXt",
    "coatnet": "CoAtNet and MaxViT",
    "maxvit": "CoAtNet and MaxViT",
    "effnet": "EfficientNet",
    "effnetv": "EfficientNet",
    "efficientnet": "EfficientNet",
    "efficientnetv": "EfficientNet",
    "regnetx": "RegNet",
    "regnety": "RegNet",
    "nfnet": "NFNet",
    "resnet": "ResNet",
}


def family_of(run: Run) -> str:
    """Return the family of a run's model; of a reported one, what its printed name can only mean, or `other`."""
    arch = run.fields["arch"] or _printed().get(_bare(run.model))
    known = architecture_of(arch) if arch else None
    if known is not None:
        return _WORDS.get(known.family, known.family.replace("_", " "))
    return "ResNet" if "depth" in model_factors(run.model) else _by_first_word(run.model)


def _by_first_word(printed: str) -> str:
    """Return the family that a name of another size than the catalog's begins with: `CoAtNet-7`, `ViT-L/16`."""
    named = {_PRINTED.get(word) for word in re.findall(r"[a-z]+", printed.lower())} - {None}
    first = re.match(r"[a-z]+", printed.lower())
    family = _PRINTED.get(first.group()) if first else None
    # A name with two families (`ResNet + ViT-L/16`) is of neither.
    return family if family is not None and len(named) == 1 else OTHER


@cache
def _printed() -> dict[str, str]:
    return {_bare(alias.label): alias.arch for alias in ALIASES.values()} | {
        _bare(alias.name): alias.arch for alias in ALIASES.values()
    }


def _bare(name: str) -> str:
    """Return a name without what follows a plus sign, and without case and hyphens."""
    return "".join(letter for letter in name.partition(" + ")[0].lower() if letter.isalnum())
