"""What a document says otherwise of a row than it said before, in words."""

from collections.abc import Mapping
from typing import Any

from expdb.domain.table import Format
from expdb.domain.value_text import format_value
from expdb.report.columns import COLUMNS

_WORDS = {
    "top1": "top-1",
    "top5": "top-5",
    "num_params": "parameters",
    "macs": "MACs (G)",
    "train_seconds": "train time",
    "batch_size": "batch size",
    "num_devices": "devices",
    "img_size": "image size",
    "extends_another": "extends another row",
    "unparsed": "not understood",
}
_MOST_DECIMALS = 8


def row_changes(old_values: Mapping[str, Any], new_values: Mapping[str, Any]) -> list[str]:
    """Return one text for each field that changed: `top-1 82.10 → 82.40`.

    A printed cell is told where nothing that was read changed; one that is not there before or after is not: what it
    states is told, and a list of rows has other headings than the table that it is from.
    """
    names = [name for name in new_values if not name.startswith("quote.")]
    if not names:
        names = [name for name, new in new_values.items() if None not in (new, old_values.get(name))]
    return [_change(name, old_values.get(name), new_values[name]) for name in names]


def _change(name: str, old: Any, new: Any) -> str:
    own: Format = "number" if name.startswith("metrics.") else "text"
    form: Format = COLUMNS[name].format if name in COLUMNS else own
    old, new = _told(name, old), _told(name, new)
    before, after = format_value(old, form), format_value(new, form)
    decimals = 3
    while before == after and decimals <= _MOST_DECIMALS and form != "text":
        before, after = format_value(old, form, decimals), format_value(new, form, decimals)
        decimals += 1
    return f"{_word(name)} {before} → {after}"


def _told(name: str, value: Any) -> Any:
    """Return a value as it is told: nothing listed as not stated, a count as a whole number."""
    if value == []:
        return None
    is_count = name.startswith("metrics.") and name.endswith("_n")
    return int(value) if is_count and isinstance(value, float) and value.is_integer() else value


def _word(name: str) -> str:
    space, _, rest = name.partition(".")
    if space == "quote":
        return f"“{rest}”"
    if space not in ("settings", "metrics"):
        return _WORDS.get(name, name)
    quantity, _, kind = rest.rpartition("_")
    if space == "metrics" and quantity in _WORDS and kind in ("spread", "n", "low", "high"):
        return f"{_WORDS[quantity]} {'±' if kind == 'spread' else kind}"
    return rest
