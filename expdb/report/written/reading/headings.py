"""The texts of headings and cells as they are compared, and the columns that headings mean."""

import re
import unicodedata
from collections import defaultdict
from functools import cache, lru_cache

from expdb.catalog.model_aliases import ALIASES
from expdb.report.columns import COLUMNS
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import default_vocabulary

LINKS = "runs"  # heading of the column that says which runs are behind a row: no result
MODELS = ("model_aug", "model_label", "model", "arch")  # columns that name models
BY_EPOCH = frozenset(("top1", "top5", "val_top1", "train_loss", "test_loss"))  # columns with a value an epoch
SEEDS = "n"  # stands for the number of seeds, which is no column of its own

_CITATION = re.compile(
    r"(?<=\S)\s*(?:\[\^?\d[\d,\s–-]*\]|\((?:ours?|[^()]*\bet al\b[^()]*|[^()]*\b(?:19|20)\d\d[a-z]?)\))$"
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


@lru_cache(4096)
def same_words(text: str) -> str:
    """Return text as it is compared: without case, spaces, hyphens inside words, and a citation at its end."""
    folded = _CITATION.sub("", unicodedata.normalize("NFKC", text).casefold().replace("\u2010", "-"))
    return re.sub(r"(?<=[^\W\d])(?<!\de)-(?=\w)|[\s_]", "", folded)  # the hyphen of 1e-4 is none of a word


def spellings(text: str) -> list[str]:
    """Return a model as the catalog also calls it, with what follows `+` behind it: `SENet50` is `seresnet50`."""
    model, plus, rest = text.partition(" + ")
    return [name + plus + rest for name in _names_of_models().get(same_words(model), ())]


@lru_cache(4096)
def heading_word(heading: str) -> str:
    """Return a heading as it is looked up: letters and digits only, without units in brackets."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    bare = _BRACKETS.sub("", folded)
    return "".join(char for char in (bare if bare.strip() else folded) if char.isalnum())


@lru_cache(4096)
def heading_units(heading: str) -> tuple[str, ...]:
    """Return the words in a heading's brackets, where its unit stands: `Top-1 (last, %)` has last and %."""
    return tuple(word for part in _BRACKETS.findall(heading) for word in re.split(r"[\s,;]+", part[1:-1]) if word)


def keys_of(heading: str) -> tuple[str, ...]:
    """Return the columns that a heading may mean, the likeliest first; none where it is not understood."""
    read = read_heading(heading, default_vocabulary())
    if read.is_error or read.dataset is not None:  # none of a column as it is
        return ()
    return tuple(key for key in read.keys if key in COLUMNS or key == SEEDS)


@cache
def _names_of_models() -> dict[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for alias in ALIASES.values():
        # With arguments of its own a model is not the architecture that takes them.
        same = {alias.name, alias.label} | (set() if alias.kwargs else {alias.arch})
        for name in same:
            names[same_words(name)] |= same
    return names
