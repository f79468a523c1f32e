"""Headings that name an augmentation, for tables with a column for each: `Baseline`, `+ Cutout`, `CutMix + Mixup`."""

import re
import unicodedata
from typing import Any

from expdb.report.written.reading.settings_cell import known_setting

_BASELINE = frozenset(
    (
        *("baseline", "none", "standard", "vanilla", "plain", "noaug", "noaugmentation", "noaugmentations", "noda"),
        *("withoutaugmentation", "withoutaugmentations", "withoutaug", "wo", "woaug", "woaugmentation"),
        *("기본", "없음", "베이스라인", "기준", "미적용", "증강없음", "적용안함"),
    )
)
_SWITCHED = frozenset(
    (
        *("cutmix", "mixup", "cutout", "auto_augment", "rand_augment", "trivial_augment", "augmix", "random_erasing"),
        *("color_jitter", "random_crop", "horizontal_flip", "smoothing", "dropout", "drop_path", "nesterov"),
    )
)
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[†‡*§]")
_LEADS = re.compile(r"^\s*(?:\+|&|w/|with\b|only\b)\s*", re.IGNORECASE)
_JOINTS = re.compile(r"\s*(?:\+|&|/|\band\b)\s*", re.IGNORECASE)


def augmentation_settings(heading: str) -> dict[str, Any] | None:
    """Return the settings that a heading names, each switched on; none of a baseline; None of other headings."""
    bare = _REMARK.sub("", heading).strip()
    word = re.sub(r"[\s._/-]", "", unicodedata.normalize("NFKC", bare).casefold())
    if word in _BASELINE:
        return {}
    parts = [part for part in _JOINTS.split(_LEADS.sub("", bare)) if part]
    named = [known_setting(part) for part in parts]
    if not named or any(name not in _SWITCHED for name in named):
        return None
    return {name: True for name in named if name is not None}
