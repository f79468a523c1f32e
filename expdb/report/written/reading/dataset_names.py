"""Datasets as texts name them, for readers that have no vocabulary at hand."""

import re

from expdb.catalog.datasets import DATASETS

_DATASETS = {re.sub(r"[^a-z0-9]", "", name): name for name in DATASETS} | {
    "imagenet": "imagenet",
    "imagenet1k": "imagenet-1k",
    "in1k": "imagenet-1k",
    "coco": "coco",
    "ade20k": "ade20k",
    "mnist": "mnist",
    "svhn": "svhn",
    "fashionmnist": "fashion_mnist",
}


def dataset_named(*texts: str) -> str | None:
    """Return the one dataset that texts name, as the catalog calls it; None where they name none or several."""
    words = (word for text in texts for word in re.findall(r"[a-z0-9-]+", text.casefold()))
    named = {_DATASETS[bare] for word in words if (bare := word.replace("-", "")) in _DATASETS}
    return named.pop() if len(named) == 1 else None


def dataset_name(cell: str) -> str:
    """Return a dataset as the catalog calls it, or as printed where the catalog has none of that name."""
    return _DATASETS.get(re.sub(r"[^a-z0-9]", "", cell.casefold()), cell)
