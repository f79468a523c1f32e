"""Texts of headings and cells as they are compared, and the names of columns that are compared in ways of their own."""

import re
import unicodedata
from collections import defaultdict
from functools import cache, lru_cache

from expdb.catalog.model_aliases import ALIASES
from expdb.domain.task import FREE

MODELS = ("model_aug", "model_label", "model", "arch")  # columns that name models
_BY_EPOCH = frozenset(("top1", "top5", "val_top1", "train_loss", "test_loss"))
SEEDS = "n"  # stands for the number of seeds, which is no column of its own

_CITATION = re.compile(
    r"(?<=\S)\s*(?:\[\^?\d[\d,\s–-]*\]|\((?:ours?|[^()]*\bet al\b[^()]*|[^()]*\b(?:19|20)\d\d[a-z]?)\))$"
)


def is_by_epoch(key: str) -> bool:
    """Return whether a column has a value an epoch."""
    return key in _BY_EPOCH or key.startswith(FREE)


@lru_cache(4096)
def same_words(text: str) -> str:
    """Return text as it is compared: without case, spaces, hyphens inside words, and a citation at its end."""
    folded = _CITATION.sub("", unicodedata.normalize("NFKC", text).casefold().replace("\u2010", "-"))
    return re.sub(r"(?<=[^\W\d])(?<!\de)-(?=\w)|[\s_]", "", folded)  # the hyphen of 1e-4 is none of a word


def spellings(text: str) -> list[str]:
    """Return a model as the catalog also calls it, with what follows `+` behind it: `SENet50` is `seresnet50`."""
    model, plus, rest = text.partition(" + ")
    return [name + plus + rest for name in _names_of_models().get(same_words(model), ())]


@cache
def _names_of_models() -> dict[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for alias in ALIASES.values():
        # With arguments of its own a model is not the architecture that takes them.
        same = {alias.name, alias.label} | (set() if alias.kwargs else {alias.arch})
        for name in same:
            names[same_words(name)] |= same
    return names
