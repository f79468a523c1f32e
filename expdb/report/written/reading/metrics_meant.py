"""Which metric of users' scripts a heading means, by its words and the split that it says; never by a guess."""

from collections.abc import Mapping

from expdb.domain.metric import Unit
from expdb.report.written.reading.vocabulary import Meaning, Vocabulary
from expdb.report.written.reading.vocabulary_file import UnitKind

# Of a metric without a unit a share may be printed in percent.
_UNITS: Mapping[Unit, UnitKind] = {
    **dict.fromkeys(("fraction", "points", "none"), "percent"),
    "count": "count",
    "seconds": "time",
    "bytes": "memory",
}


def metrics_meant(
    meaning: Meaning, word: str, split: str | None, vocabulary: Vocabulary
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the metric that is meant; where that is not said, or is none, nothing, and those that are near.

    One whose split is not known is none of a heading that says a split. A heading that says none is not put against a
    metric of the validation or training split, unless the metric is called so.

    Args:
        meaning: of the words that name metrics.
        word: these words.
        split: the split that stands beside them; None where none does.
        vocabulary: knows the names.
    """
    names = {} if vocabulary.scripts is None else vocabulary.scripts.keys
    splits = {key: metric.split for key, metric in names.items() if metric is not None}
    keys = meaning.keys
    if meaning.given_by:
        if split is None or splits.get(keys[0]) in (split, "unstated", None):
            return keys, ()
        others = vocabulary.without(meaning.given_by).meanings(word)
        keys = next((other.keys for other in others if other.kind == "quantity"), keys)
    if split is not None:
        fitting = tuple(key for key in keys if splits.get(key) == split)
        return (fitting, ()) if len(fitting) == 1 else ((), fitting or keys)
    is_said = len(keys) == 1 and (keys[0] in meaning.whole or splits.get(keys[0]) not in ("val", "train"))
    return (keys, ()) if is_said else ((), keys)


def unit_kind(key: str, vocabulary: Vocabulary) -> UnitKind | None:
    """Return what the unit of a metric measures; None of what is none of users' scripts."""
    metric = None if vocabulary.scripts is None else vocabulary.scripts.keys.get(key)
    return None if metric is None else _UNITS[metric.unit]
