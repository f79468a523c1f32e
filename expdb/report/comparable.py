"""Which groups of a column cannot be compared as they stand, and why."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from expdb.domain.group import RunGroup
from expdb.domain.run import Run
from expdb.domain.table import TableDefinition
from expdb.report.facts import Differences, differences, words_of
from expdb.report.formats import format_value

# How a result came about, in the order in which it is told: field of `Run` and its words.
_PROTOCOL = {
    "dataset": "dataset",
    "num_test_images": "number of test images",
    "data_digest": "data",
    "img_size": "image size",
    "epochs": "epochs",
    "precision": "precision",
}
# A time says something of the machine as well.
_MACHINE = {"device_name": "device", "num_devices": "number of devices"}
COMPARED_FIELDS = (*_PROTOCOL, *_MACHINE)
# Fields that follow from another one that the rows are about.
_FOLLOWS = {
    "dataset": ("num_test_images", "data_digest", "img_size"),
    "img_size": ("data_digest",),
    "val_fraction": ("data_digest",),
    "limit": ("data_digest",),
}
_OF_DATASET = ("num_test_images", "data_digest")  # where nobody states them, the dataset's name does
TIMES = frozenset({"train_seconds", "eval_seconds", "wall_seconds", "gpu_hours", "images_per_second"})
_MOST_TEXTS = 8  # more footnotes of one kind than these nobody reads: they are told in short


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a group is not comparable with the others, at length, and in short for a table of many such groups."""

    text: str
    short: str


Groups = Sequence[RunGroup | None]
Reasons = list[Reason | None]


def texts(reasons: Sequence[Reason | None]) -> list[str | None]:
    """Return the reasons as footnotes: at length where they are few."""
    is_many = len({reason.text for reason in reasons if reason is not None}) > _MOST_TEXTS
    return [None if reason is None else reason.short if is_many else reason.text for reason in reasons]


def protocol_reasons(groups: Groups, definition: TableDefinition, base: RunGroup | None) -> Reasons:
    """Return for every group why it is not comparable with the base or, without one, most groups of its dataset.

    What the rows are about (their keys) is no reason. A value that only some state is one.
    """
    return _reasons(groups, _fields(definition), base)


def machine_reasons(groups: Groups, base: RunGroup | None) -> Reasons:
    """Return for every group why its times are not comparable: another device than the others, or none stated."""
    return _reasons(groups, _MACHINE, base)


def seed_reasons(groups: Groups, *, is_time: bool) -> list[str | None]:
    """Return for every group in what its own runs differ although only their seeds should; of times, the machine."""
    fields = _MACHINE if is_time else _PROTOCOL
    reasons: list[str | None] = []
    for group in groups:
        several = {} if group is None else {word: group.values(attrgetter(field)) for field, word in fields.items()}
        told = [_several(word, values) for word, values in several.items() if len(values) > 1]
        reasons.append(f"its own seeds differ in {', '.join(told)}" if told else None)
    return reasons


def _several(word: str, values: Sequence[object]) -> str:
    if word == _PROTOCOL["data_digest"]:
        return word
    return f"{word} ({', '.join('not stated' if value is None else format_value(value, 'text') for value in values)})"


def factor_reasons(groups: Groups, base: RunGroup | None) -> Reasons:
    """Return for every group in what it differs from the base, where that is more than one thing."""
    reasons: Reasons = []
    for group in groups:
        found = None if group is None or base is None else differences(base.run, group.run)
        told = (
            []
            if found is None
            else [
                *map(words_of, found.differ),
                *(f"{words_of(key)} (not stated)" for key in found.unstated),
                *(f"“{text}”" for text in found.unreadable),
            ]
        )
        text = f"differs from the baseline in {len(told)} settings: {', '.join(told)}"
        short = "differs from the baseline in more than one setting"
        reasons.append(Reason(text=text, short=short) if len(told) > 1 else None)
    return reasons


def apart(a: Run, b: Run, *, is_timed: bool) -> Differences:
    """Compare two runs by their settings, and by how and on what they were tested.

    Args:
        a: the one.
        b: the other.
        is_timed: their times are compared too: the machine is no matter that can be set aside.
    """
    found = differences(a, b)
    if "reported" in (a.kind, b.kind):
        return found
    settings = [key.rpartition(".")[2] for key in found.differ]
    told = {*settings, *(field for key in settings for field in _FOLLOWS.get(key, ()))}
    tested = {field: word for field, word in _PROTOCOL.items() if field not in told}
    machine = {**_both(a, b, _MACHINE), **found.aside}
    return replace(
        found,
        differ={**found.differ, **_both(a, b, tested), **(machine if is_timed else {})},
        unstated=(*found.unstated, *(word for field, word in tested.items() if _is_stated_once(a, b, field))),
        aside={} if is_timed else machine,
    )


def _both(a: Run, b: Run, fields: Mapping[str, str]) -> dict[str, tuple[object, object]]:
    """Return both values, by the words of a field, of the fields that both state and that differ."""
    values = {word: (getattr(a, field), getattr(b, field)) for field, word in fields.items()}
    return {word: pair for word, pair in values.items() if None not in pair and pair[0] != pair[1]}


def _is_stated_once(a: Run, b: Run, field: str) -> bool:
    return (getattr(a, field) is None) != (getattr(b, field) is None)


def never_known(groups: Groups, definition: TableDefinition) -> list[str]:
    """Return what decides a result and no group states, in words: whether they are comparable cannot be told."""
    found = [group.run for group in groups if group is not None]
    fields = {field: word for field, word in _fields(definition).items() if field not in _OF_DATASET}
    return [word for field, word in fields.items() if all(getattr(run, field) is None for run in found)]


def _fields(definition: TableDefinition) -> Mapping[str, str]:
    keys = definition.rows if not isinstance(definition.rows, str) else ()
    follow = {field for key in keys for field in _FOLLOWS.get(key, ())}
    return {
        field: word
        for field, word in _PROTOCOL.items()
        if field not in follow and field not in (*keys, *definition.across)
    }


def _reasons(groups: Groups, fields: Mapping[str, str], base: RunGroup | None) -> Reasons:
    # A row that waits for its first run has nothing yet that could be compared.
    begun = [group if group is not None and group.seeds and group.run.status != "queued" else None for group in groups]
    known = [group.run for group in begun if group is not None]
    by_dataset: dict[str, list[Run]] = defaultdict(list)
    for run in known:
        by_dataset[run.dataset].append(run)
    usual = {
        dataset: _usual(of_dataset if base is None else [base.run], fields)
        for dataset, of_dataset in by_dataset.items()
    }
    return [None if group is None else _told(group.run, fields, usual[group.run.dataset]) for group in begun]


def _usual(known: Sequence[Run], fields: Mapping[str, str]) -> Mapping[str, object]:
    """Return what most of the measured ones have."""
    counted = [run for run in known if run.kind != "reported"] or known
    return {
        field: Counter(getattr(run, field) for run in counted).most_common(1)[0][0] if counted else None
        for field in fields
    }


def _told(run: Run, fields: Mapping[str, str], usual: Mapping[str, object]) -> Reason | None:
    told, words, unstated = [], [], []
    for field, word in fields.items():
        value, other = getattr(run, field), usual[field]
        if value == other:
            continue
        words.append(word)
        if value is None:
            unstated.append(word)
        elif other is None:
            told.append(f"{word} {format_value(value, 'text')}, not stated for the others")
        elif field == "data_digest":
            told.append("other data")
        else:
            told.append(f"{word} {format_value(value, 'text')} instead of {format_value(other, 'text')}")
    if unstated:
        told.append(f"not stated: {', '.join(unstated)}")
    if not told:
        return None
    return Reason(
        text=f"not comparable as it stands: {'; '.join(told)}",
        short=f"not comparable as it stands: other or unstated {', '.join(words)}",
    )
