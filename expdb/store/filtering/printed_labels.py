"""Conditions for the labels that tables print: `crop`, `AutoAugment + Mixup`, `ResNet50 (pretrained, from run 3)`.

They say what is on beside the preset or the model's name, each by its setting's own label (`domain.spec`).
"""

import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.domain.settings import Setting, settings_by_name
from expdb.store.database.folding import folded
from expdb.store.filtering.filter_fields import field_called
from expdb.store.filtering.printed_names import names_printed_as
from expdb.store.filtering.stated_conditions import stated_words
from expdb.store.filtering.text_conditions import Condition, equals_text, is_one_of_texts
from expdb.store.judged_status import COMPARABLE

_WITH_SETTINGS = re.compile(r"(.+) \(([^()]+)\)", re.DOTALL)
_WORDS = {  # of an augmentation without more: its crop, and whether it flips
    "none": ("none", False),
    "flip": ("none", True),
    "crop": ("pad", False),
    "crop + flip": ("pad", True),
    "resized crop": ("resized", False),
    "resized crop + flip": ("resized", True),
}
_OF_DOCUMENTS = {"mixup_alpha": "settings.mixup", "cutmix_alpha": "settings.cutmix"}


def is_printed_as(field: str, text: str) -> Condition | None:
    """Return the condition that a table prints a text in the label of a field; None where it prints no such text."""
    if field == "aug":
        return _is_augmentation(folded(text))
    match = _WITH_SETTINGS.fullmatch(text) if field == "model" else None
    on = None if match is None else _settings_on(folded(match[2]).split(", "), of_model=True)
    if match is None or on is None:
        return None
    names = names_printed_as("model", match[1])
    return sa.and_(sa.or_(equals_text(COMPARABLE["model"], match[1]), is_one_of_texts(COMPARABLE["model"], names)), on)


def _is_augmentation(text: str) -> Condition | None:
    policy = sa.func.coalesce(COMPARABLE["policy"], "none")
    if text in _WORDS:
        crop, has_flip = _WORDS[text]
        off = _settings_on([], of_model=False)
        assert off is not None  # noqa: S101 - nothing is to be on
        flips = sa.func.coalesce(COMPARABLE["hflip_prob"], 0) > 0
        return sa.and_(
            policy == "none", COMPARABLE["crop"].is_not(None), COMPARABLE["crop"] == crop, flips == has_flip, off
        )
    first, *others = text.split(" + ")
    of_policy = _is_policy(first)
    on = _settings_on([first, *others] if of_policy is None else others, of_model=False)
    return None if on is None else sa.and_(policy == "none" if of_policy is None else of_policy, on)


def _is_policy(label: str) -> Condition | None:
    """Return the condition that a policy of operations has this label."""
    found: list[Condition] = []
    for name, preset in AUGMENTATIONS.items():
        if folded(preset.label) != label or "policy" not in preset.settings:
            continue
        of_timm = preset.settings.get("timm_policy")
        known = COMPARABLE["timm_policy"] == of_timm if of_timm else COMPARABLE["policy"] == name
        found.append(sa.func.coalesce(known, sa.false()))
    if label.startswith("timm "):
        found.append(sa.func.coalesce(equals_text(COMPARABLE["timm_policy"], label.removeprefix("timm ")), sa.false()))
    return sa.or_(*found) if found else None


def _settings_on(labels: Sequence[str], *, of_model: bool) -> Condition | None:
    """Return the condition that just the settings of these labels are on; None where one is no setting's."""
    conditions = []
    left = set(labels)
    for setting in settings_by_name().values():
        if setting.label is None or (setting.part in ("model", "distill")) != of_model:
            continue
        pattern = r"(\S+)".join(map(re.escape, re.split(r"\{[^}]*\}", folded(setting.label))))
        matches = [match for label in labels if (match := re.fullmatch(pattern, label))]
        left -= {match[0] for match in matches}
        conditions.append(_is_on(setting, matches) if matches else sa.not_(_is_on(setting, [])))
    return None if left else sa.and_(*conditions)


def _is_on(setting: Setting, matches: Iterable[re.Match[str]]) -> Condition:
    column = COMPARABLE[setting.name]
    if setting.kind is str:  # of which a label prints the beginning
        begun = (column.startswith(value, autoescape=True) for match in matches for value in match.groups())
        return sa.func.coalesce(sa.and_(column.is_not(None), *begun), sa.false())
    on = column.is_(True) if setting.kind is bool else sa.func.coalesce(column, 0) > 0
    for match in matches:
        on = sa.and_(on, *(sa.cast(column, sa.Text) == value for value in match.groups()))
    stated = field_called(_OF_DOCUMENTS[setting.name]) if setting.name in _OF_DOCUMENTS else None
    if stated is not None:
        on = sa.or_(on, sa.func.coalesce(stated_words(stated), "no").not_in(("no", "0", "0.0")))
    return sa.func.coalesce(on, sa.false())
