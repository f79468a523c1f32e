"""What sets several things apart that a page would print alike: settings first, then how their results came about."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.compose_spec import DERIVED
from expdb.catalog.datasets import dataset_label
from expdb.catalog.labels import phrase
from expdb.catalog.models import model_label
from expdb.domain.group import RunGroup
from expdb.domain.run import Run
from expdb.domain.scripts.tracked_params import left_out_parameters
from expdb.domain.settings import Setting, settings_by_name
from expdb.domain.value_text import format_value
from expdb.report.compare.comparability import COMPARED_WORDS
from expdb.report.compare.differences import REPORTED, chosen_settings
from expdb.report.run_ids import runs_text

MOST_SETTINGS = 3  # of more, a reader learns nothing from the values alone
_LONGEST = 40  # letters of a value in brackets
_MOST_SPECS = 32  # of which settings are told from what follows from them: each takes a part of a millisecond
_MOST_TOLD = 4
_MOST_WHOLE = 2  # settings of which every value is named
_DIGITS = 7  # of a digest
# Settings whose values print by a label.
_PRINTED: Mapping[str, Callable[[str], str]] = {
    "model": model_label,
    "dataset": dataset_label,
    "aug": lambda name: AUGMENTATIONS[name].label if name in AUGMENTATIONS else name,
}
_NO_SETTING = {**COMPARED_WORDS, "epochs_done": "epochs done", "code_digest": "own code"}


@dataclass(frozen=True, kw_only=True)
class Apart:
    """What sets one of several things apart.

    Attributes:
        added: what stands in brackets behind its name: `lr 0.1, seed 3`; empty: nothing that is short enough.
        told: what a note says of it; empty where `added` says all.
    """

    added: str = ""
    told: str = ""


Thing = Sequence[RunGroup]  # the groups of a row: of a pivot several
# What differs: what a sentence calls it, and what it is of each thing, in words; empty where that is not stated.
Varying = list[tuple[str, list[str]]]


def set_apart(things: Sequence[Thing]) -> list[Apart]:
    """Return what sets things apart that read alike; what nothing else sets apart gets the numbers of its runs.

    A setting that only follows from another one that differs is not named.
    """
    copied, own = _by_kind(things)
    tracked = [place for place in own if things[place][0].run.kind == "tracked"]
    measured = [place for place in own if place not in set(tracked)]
    found: dict[int, Apart] = {}
    # Of each kind for itself: what only one kind states would read as if the other were without.
    for places, apart_of, words in (
        (measured, _of_measured, ""),
        (tracked, _of_tracked, "by a script"),
        (copied, _of_reported, "reported"),
    ):
        apart = apart_of([things[place] for place in places]) if places else []
        if words and len(places) < len(things):
            apart = [replace(one, added=", ".join(filter(None, (words, one.added)))) for one in apart]
        found |= zip(places, apart, strict=True)
    all_apart = [found[place] for place in range(len(things))]
    times = Counter(all_apart)
    return [
        one if times[one] == 1 else replace(one, added=", ".join(filter(None, (one.added, _runs(groups)))))
        for one, groups in zip(all_apart, things, strict=True)
    ]


def varying_words(things: Sequence[Thing]) -> list[str]:
    """Return in which settings things differ or, where in none, in what else, in words."""
    copied, measured = _by_kind(things)
    own = [things[place] for place in measured]
    found = _settings(own) or _facts(own) or _stated([things[place][0].run for place in copied])
    return [words for words, _ in found]


def _by_kind(things: Sequence[Thing]) -> tuple[list[int], list[int]]:
    """Return the places of what was copied from documents, and of all else."""
    copied = [place for place, groups in enumerate(things) if groups[0].run.kind == "reported"]
    is_copied = set(copied)
    return copied, [place for place in range(len(things)) if place not in is_copied]


def _of_measured(things: Sequence[Thing]) -> list[Apart]:
    settings = _settings(things)
    added = _added(settings, len(things))
    if added is None:
        return [Apart(told=text) for text in _told(settings, len(things))]
    if len(set(added)) == len(things):
        return [Apart(added=text) for text in added]
    facts = _told(_facts(things), len(things))
    return [Apart(added=text, told=more) for text, more in zip(added, facts, strict=True)]


def _of_tracked(things: Sequence[Thing]) -> list[Apart]:
    """Return what sets apart what scripts have tracked: their parameters, else as of what was measured here."""
    added = _added(_parameters([groups[0].run for groups in things]), len(things))
    if added is not None and len(set(added)) == len(things):
        return [Apart(added=text) for text in added]
    return _of_measured(things)


def _parameters(runs: Sequence[Run]) -> Varying:
    """Return the parameters that scripts were given and that differ, but for those that are each run's own."""
    facts = [
        {name: value for name, value in run.settings.items() if name not in own}
        for run in runs
        for own in [set(left_out_parameters(run.settings))]
    ]
    names = dict.fromkeys(name for of_run in facts for name in of_run)
    values = {name: [of_run.get(name) for of_run in facts] for name in names}
    return [
        (name, ["" if value is None else phrase(name, value) for value in values[name]])
        for name in names
        if _differ(values[name])
    ]


def _of_reported(things: Sequence[Thing]) -> list[Apart]:
    runs = [groups[0].run for groups in things]
    added = _added(_stated(runs), len(runs))
    if added is not None and len(set(added)) == len(runs):
        return [Apart(added=text) for text in added]
    sources = [run.source or run.document or "a document" for run in runs]
    if not _differ(sources):  # it would tell nothing apart
        return [Apart(added=text) for text in added or [""] * len(runs)]
    return [Apart(told=f"from {source}") for source in sources]


def _added(found: Varying, number: int) -> list[str] | None:
    """Return what stands in brackets of each of so many things; None where it is too long."""
    named = _each(_unusual(found), number)
    if any(len(texts) > MOST_SETTINGS or any(len(text) > _LONGEST for text in texts) for texts in named):
        return None
    return list(map(", ".join, named))


def _unusual(found: Varying) -> Varying:
    """Return what differs, of more than a few settings only where it is not as with most."""
    if len(found) <= _MOST_WHOLE:
        return found
    usual = [Counter(texts).most_common(1)[0] for _, texts in found]
    return [
        (words, ["" if number > 1 and text == most else text for text in texts])
        for (words, texts), (most, number) in zip(found, usual, strict=True)
    ]


def _each(found: Varying, number: int) -> list[list[str]]:
    return [[texts[place] for _, texts in found if texts[place]] for place in range(number)]


def _told(found: Varying, number: int) -> list[str]:
    return [
        ", ".join(texts[:_MOST_TOLD]) + (f" and {len(texts) - _MOST_TOLD} more" if len(texts) > _MOST_TOLD else "")
        for texts in _each(_unusual(found), number)
    ]


def _settings(things: Sequence[Thing]) -> Varying:
    """Return the settings in which measured things differ, if need be the seed of single runs too.

    Derived ones are left out. What changes only times is named where nothing that changes results differs.
    """
    known = {setting.name: setting for setting in settings_by_name().values() if setting.key not in DERIVED}
    values = {name: [_values(groups, name) for groups in things] for name in known}
    names = [name for name in known if known[name].tells_apart != "nothing" and _differ(values[name])]
    names = [name for name in names if known[name].tells_apart == "results"] or names
    specs = {str(group.run.spec_json) for groups in things for group in groups if group.run.spec_json}
    if len(names) > 1 and len(specs) <= _MOST_SPECS:
        chosen = frozenset[str]().union(*map(chosen_settings, specs))
        names = [name for name in names if known[name].key in chosen] or names
    are_told = len({tuple(str(values[name][place]) for name in names) for place in range(len(things))}) == len(things)
    if not are_told and all(len(group.seeds) == 1 for groups in things for group in groups) and _differ(values["seed"]):
        names.append("seed")
    return [
        (
            known[name].words,
            [" / ".join(filter(None, (_setting_text(known[name], value) for value in own))) for own in values[name]],
        )
        for name in names
    ]


def _setting_text(setting: Setting, value: Any) -> str:
    """Return a setting in words; empty where it is off, as in labels, unless it is on by default."""
    if value is None or value is False or (value == 0 and setting.label is not None):
        return f"no {setting.words}" if setting.default else ""
    if value is True:
        return "" if setting.default else setting.words
    printed = _PRINTED.get(setting.name)
    return f"{setting.words} {format_value(printed(value) if printed else value, setting.format)}"


def _facts(things: Sequence[Thing]) -> Varying:
    """Return in what else things differ: how their results came about."""
    values = {name: [_values(groups, name) for groups in things] for name in _NO_SETTING}
    return [
        (words, [" / ".join(_fact_text(name, words, value) for value in own) for own in values[name]])
        for name, words in _NO_SETTING.items()
        if _differ(values[name])
    ]


def _fact_text(name: str, words: str, value: Any) -> str:
    if value is None:
        return f"{words} not stated"
    return f"{words} {str(value)[:_DIGITS] if name.endswith('_digest') else format_value(value, 'text')}"


def _stated(runs: Sequence[Run]) -> Varying:
    """Return what documents state of their rows and do not state alike of all."""
    of_all = ("model", *(name for name in REPORTED if name != "dataset"))
    facts = [{**{name: run.fields[name] for name in of_all}, **run.settings} for run in runs]
    names = dict.fromkeys(name for own in facts for name in own)
    values = {name: [own.get(name) for own in facts] for name in names}
    return [
        (name.replace("_", " "), ["" if value is None else phrase(name, value) for value in values[name]])
        for name in names
        if _differ(values[name])
    ]


def _values(groups: Thing, name: str) -> list[Any]:
    """Return what the groups of a thing say of a field, each once."""
    if len(groups) == 1:  # nearly always
        return [groups[0].run.fields[name]]
    found: list[Any] = []
    for group in groups:
        value = group.run.fields[name]
        if value not in found:
            found.append(value)
    return found


def _differ(values: Sequence[Any]) -> bool:
    return any(value != values[0] for value in values[1:])


def _runs(groups: Thing) -> str:
    ids = [run_id for group in groups for run_id in group.seeds]
    return runs_text(ids) if ids else ""
