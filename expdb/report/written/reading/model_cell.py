"""What a model's cell says beyond its name: `ResNet50 + CutMix (Ours)` has cutmix; brackets and marks are remarks."""

import re
from typing import Any

from expdb.report.written.reading.cell_words import cell_words
from expdb.report.written.reading.pieces import pieces_of, word_of
from expdb.report.written.reading.settings_cell import known_setting, read_setting, read_truth

_CITED = re.compile(r"\s*(?:\[\^?\d[\d,\s–-]*\]|[†‡§¶]+|\*+)\s*$")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NO_NAME = frozenset(("", "-", "–", "—", "--", "---", "?", "n/a"))
_MARKS = "†‡§¶* "
_PLUS = re.compile(r"(?:^|\s)\+\s*")
_VERSION = re.compile(r"v?\d[\w.-]*", re.IGNORECASE)  # of a policy: AutoAugment v0


def is_named(cell: str) -> bool:
    """Return whether a cell names anything: `Baseline` and `None` do, though they are no numbers."""
    return cell.strip().casefold() not in _NO_NAME


def is_summary(cell: str) -> bool:
    """Return whether a cell names no model but what its row says of other rows: `Mean`, `Std.`, `평균`."""
    bare = _BRACKETS.sub(" ", cell).strip(_MARKS)
    return word_of(pieces_of(bare)).rstrip(".") in cell_words().summaries


def model_name(cell: str) -> str:
    """Return a model as it is called: without marks of footnotes and citations at its end."""
    name = cell.strip()
    while (bare := _CITED.sub("", name).strip()) and bare != name:
        name = bare
    return name


def named_settings(cell: str) -> dict[str, Any]:
    """Return the settings that follow a model's name behind `+`; what stands in brackets is never a value.

    A name that is none of a known setting says nothing that could be kept as one: it is part of the model's name.
    """
    stated: dict[str, Any] = {}
    for part in _PLUS.split(cell)[1:]:
        remarks = [bracket[1:-1] for bracket in _BRACKETS.findall(part)]
        if any(read_truth(remark) is False for remark in remarks):
            continue
        bare = _BRACKETS.sub(" ", part).strip(_MARKS)
        pair = read_setting(bare)
        if pair is None or known_setting(pair[0]) is None:
            continue
        name, value = pair
        if value is True or not isinstance(value, str) or _VERSION.fullmatch(value):
            stated.setdefault(name, value)
    return stated
