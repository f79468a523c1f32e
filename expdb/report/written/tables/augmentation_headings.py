"""Headings that name an augmentation, for tables with a column for each: `Baseline`, `+ Cutout`, `CutMix + Mixup`."""

import re
from typing import Any

from expdb.report.written.reading.cell_words import cell_words, one_word_of
from expdb.report.written.reading.settings_cell import known_setting

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[†‡*§]")
_LEADS = re.compile(r"^\s*(?:\+|&|w/|with\b|only\b)\s*", re.IGNORECASE)
_JOINTS = re.compile(r"\s*(?:\+|&|/|\band\b)\s*", re.IGNORECASE)


def augmentation_settings(heading: str) -> dict[str, Any] | None:
    """Return the settings that a heading names, each switched on; none of a baseline; None of other headings."""
    bare = _REMARK.sub("", heading).strip()
    if one_word_of(bare) in cell_words().plain:
        return {}
    parts = [part for part in _JOINTS.split(_LEADS.sub("", bare)) if part]
    named = [known_setting(part) for part in parts]
    if not named or any(name not in cell_words().switched for name in named):
        return None
    return {name: True for name in named if name is not None}
