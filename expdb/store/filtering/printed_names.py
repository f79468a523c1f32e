"""What stands in a cell, and the names that runs have for it: `ResNet-mini` for `resnet_mini`, `AutoAugment`."""

import re
from collections.abc import Iterator

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS
from expdb.catalog.model_aliases import ALIASES
from expdb.store.database.folding import folded


def names_printed_as(field: str, text: str) -> tuple[str, ...]:
    """Return the names in a field that tables print as a text, other than the text itself."""
    return tuple(dict.fromkeys(name for name in _names(field, folded(text)) if name != text))


def names_printed_with(field: str, text: str) -> tuple[str, ...]:
    """Return the names in a field whose label contains a text."""
    wanted = folded(text)
    if field == "model":
        return tuple(name for name, alias in ALIASES.items() if wanted in folded(alias.label))
    if field == "aug":
        return tuple(name for name, preset in AUGMENTATIONS.items() if wanted in folded(preset.label))
    return ()


def _names(field: str, text: str) -> Iterator[str]:
    if field == "model":
        for name, alias in ALIASES.items():
            label = folded(alias.label)
            if text == label:
                yield name
            elif text.startswith(f"{label}."):
                yield name + text[len(label) :]  # a tag of pretrained weights
    elif field == "aug":
        for name, preset in AUGMENTATIONS.items():
            if text == folded(preset.label):
                yield name
    elif field == "dataset":
        for name, known in DATASETS.items():
            if _plain(name) == _plain(text):
                yield from (name, known.title.partition(":")[0])


def _plain(text: str) -> str:
    """Return a name without hyphens and underscores: papers print CIFAR-100."""
    return re.sub(r"[\W_]", "", text)
