"""Which groups of a column cannot be compared as they stand, and why."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from expdb.domain.contention import is_contended
from expdb.domain.group import RunGroup
from expdb.domain.known import Fields
from expdb.domain.run import Run
from expdb.domain.value_text import format_value
from expdb.report.compare.differences import Differences, differences, words_of

# How a result came about, in the order in which it is told: field of a run and its words.
_PROTOCOL = {
    "dataset": "dataset",
    "num_test_images": "number of test images",
    "data_digest": "data",
    "img_size": "image size",
    "epochs": "epochs",
    "precision": "precision",
}
# A time says something of the machine as well.
_MACHINE = {"device_name": "device", "num_devices": "number of devices", "num_threads": "number of CPU threads"}
_CHOICE = {"best_by": "best epoch chosen on", "eval_every": "epochs between two evaluations"}
# What is told where a word with "other" before it would not be understood.
_OTHER = {
    "epochs": "other number of epochs",
    "epochs between two evaluations": "other number of epochs between two evaluations",
    "best epoch chosen on": "best epoch chosen on another split",
}
# What makes another digest of the same data; the first that differs is told.
_EXPLAINS_DATA = {"val_fraction": "val fraction", "num_train_images": "number of training images"}
_LIMIT = "test_limit"  # makes another digest as well, and another number of test images, which is told
AS_IT_STANDS = "not comparable as it stands"  # begins the texts of reasons that are of no other row by name
_AS_IT_STANDS = ("the baseline", "the others")
COMPARED_WORDS = {**_PROTOCOL, **_MACHINE, **_CHOICE}
COMPARED_FIELDS = tuple(COMPARED_WORDS)
# Fields that follow from another one that the rows are about.
_FOLLOWS = {
    "dataset": ("num_test_images", "data_digest", "img_size"),
    "img_size": ("data_digest",),
    "val_fraction": ("data_digest",),
    "limit": ("data_digest",),
    "test_limit": ("num_test_images", "data_digest"),
    "amp": ("precision",),
}
_OF_DATASET = ("num_test_images", "data_digest")  # where nobody states them, the dataset's name does
TIMES = frozenset({"train_seconds", "eval_seconds", "wall_seconds", "gpu_hours", "images_per_second"})
_LEAST_FOLDED = 3  # footnotes that differ in a value only, and become one
_MOST_TEXTS = 8  # more footnotes of one kind than these nobody reads: they are told in short


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a group is not comparable with the others, at length, and in short for a table of many such groups.

    Attributes:
        field: what alone differs, where that is one field of the run; empty: several do, or something else is wrong.
        value: of that field, in words.
        folded: the text for all groups that differ in this field alone, with `{}` for their values.
    """

    text: str
    short: str
    field: str = ""
    value: str = ""
    folded: str = ""


RowGroups = Sequence[RunGroup | None]
Reasons = list[Reason | None]


def texts(reasons: Sequence[Reason | None]) -> list[str | None]:
    """Return the reasons as footnotes, one for all that say the same of other values; at length where they are few."""
    values: dict[str, dict[str, None]] = defaultdict(dict)
    for reason in reasons:
        if reason is not None and reason.folded:
            values[reason.folded].setdefault(reason.value)
    folded = {
        text: text.replace("{}", _either(found), 1)
        for text, of in values.items()
        if _LEAST_FOLDED <= len(found := list(of)) <= _MOST_TEXTS
    }
    told = [None if reason is None else folded.get(reason.folded, reason.text) for reason in reasons]
    is_many = len(set(told) - {None}) > _MOST_TEXTS
    return [
        reason.short if reason is not None and is_many else text for reason, text in zip(reasons, told, strict=True)
    ]


def _either(values: Sequence[str]) -> str:
    *others, last = sorted(values, key=lambda value: (len(value), value))  # whole numbers in their order
    return f"{', '.join(others)} or {last}"


def protocol_reasons(
    groups: RowGroups, protocol: Mapping[str, str], bases: RowGroups | None, against: str = "the baseline"
) -> Reasons:
    """Return for every group why it is not comparable with its base or, without any, most groups of its dataset.

    What the rows are about (their keys) is no reason. A value that only some state is one.

    Args:
        groups: of every row.
        protocol: what has to be alike, as `protocol_of` says.
        bases: what each of them is compared with, None where with nothing; None: with what most have.
        against: how a sentence calls the bases.
    """
    return _reasons(groups, protocol, bases, against)


def machine_reasons(groups: RowGroups, bases: RowGroups | None, against: str = "the baseline") -> Reasons:
    """Return for every group why its times are not comparable: another device than the others, or none stated."""
    return _reasons(groups, _MACHINE, bases, against)


def seed_reasons(
    groups: RowGroups, *, is_time: bool, who: str = "its own seeds", without: Collection[str] = ()
) -> Reasons:
    """Return for every group in what its own runs differ although only their seeds should; of times, the machine.

    Args:
        groups: of every row.
        is_time: they are compared by times.
        who: how a sentence calls what differs.
        without: fields in which they may differ.
    """
    fields = {field: words for field, words in (_MACHINE if is_time else _PROTOCOL).items() if field not in without}
    reasons: Reasons = []
    for group in groups:
        if group is None or not group.members:  # nearly all
            reasons.append(None)
            continue
        parts = [field for field in fields if _has_part(group.run.fields, field)]
        several = {fields[field]: group.values(itemgetter(field)) for field in parts}
        told = {word: _several(word, values) for word, values in several.items() if len(values) > 1}
        begin = f"{who} differ in "
        reason = Reason(text=begin + ", ".join(told.values()), short=begin + ", ".join(told))
        reasons.append(reason if told else None)
    return reasons


def _several(word: str, values: Sequence[object]) -> str:
    if word == _PROTOCOL["data_digest"]:
        return word
    return f"{word} ({', '.join('not stated' if value is None else format_value(value, 'text') for value in values)})"


def contention_reasons(groups: RowGroups) -> Reasons:
    """Return for every group how many of its runs had to wait for processors."""
    reasons: Reasons = []
    for group in groups:
        runs = group.members or (group.run.fields,) if group is not None else ()
        num = sum(map(is_contended, runs))
        which = f"{num} of its {len(runs)} runs " if len(runs) > 1 else ""
        text = f"{which}had to wait for processors that something else used: slower than alone"
        reasons.append(Reason(text=text, short="had to wait for processors") if num else None)
    return reasons


def choice_reasons(groups: RowGroups, bases: RowGroups | None, against: str = "the baseline") -> Reasons:
    """Return for every group why its best epoch is not comparable: it was chosen on another split."""
    return _reasons(groups, _CHOICE, bases, against)


def factor_reasons(groups: RowGroups, bases: RowGroups, against: str = "the baseline") -> Reasons:
    """Return for every group in what it differs from its base, where that is, or may be, more than one thing."""
    reasons: Reasons = []
    for group, base in zip(groups, bases, strict=True):
        found = None if group is None or base is None else differences(base.run, group.run)
        reasons.append(None if found is None else _more_than_one(found, against))
    return reasons


def _more_than_one(found: Differences, against: str) -> Reason | None:
    differ = [*map(words_of, found.differ), *(f"“{text}”" for text in found.unreadable)]
    unstated = [words_of(key) for key in found.unstated if key not in _PROTOCOL]  # a reason of its own tells of these
    if len(differ) + len(unstated) < 2:
        return None
    told = [f"differs from {against} in {f'{len(differ)} settings: ' if len(differ) > 1 else ''}{', '.join(differ)}"]
    one_sided = [f"stated of one of them only: {', '.join(unstated)}"] if unstated else []
    short = (
        f"differs from {against} in more than one setting"
        if len(differ) > 1
        else f"not all is stated of this row and {against}"
    )
    return Reason(text="; ".join([*(told if differ else []), *one_sided]), short=short)


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
    settings = [key.rpartition(".")[2] for key in (*found.differ, *found.unstated)]
    told = {*settings, *(field for key in settings for field in _FOLLOWS.get(key, ()))}
    tested = {field: word for field, word in _PROTOCOL.items() if field not in told}
    on_machine = {
        field: word for field, word in _MACHINE.items() if all(_has_part(run.fields, field) for run in (a, b))
    }
    machine = {**_both(a, b, on_machine), **found.aside}
    return replace(
        found,
        differ={**found.differ, **_both(a, b, tested), **(machine if is_timed else {})},
        unstated=(*found.unstated, *(word for field, word in tested.items() if _is_stated_once(a, b, field))),
        aside={} if is_timed else machine,
    )


def _has_part(run: Fields, field: str) -> bool:
    """Tell whether a field may say something of a run: the number of CPU threads says nothing of a GPU's times."""
    return field != "num_threads" or run["device"] == "cpu"


def _both(a: Run, b: Run, fields: Mapping[str, str]) -> dict[str, tuple[object, object]]:
    """Return both values, by the words of a field, of the fields that both state and that differ."""
    values = {word: (a.fields[field], b.fields[field]) for field, word in fields.items()}
    return {word: pair for word, pair in values.items() if None not in pair and pair[0] != pair[1]}


def _is_stated_once(a: Run, b: Run, field: str) -> bool:
    return (a.fields[field] is None) != (b.fields[field] is None)


def never_known_text(groups: RowGroups, protocol: Mapping[str, str]) -> str:
    """Return a sentence on what decides a result and no group states; empty where there is nothing.

    A document that is silent on it leaves in doubt whether its rows are comparable. A script records all parameters
    that it was given: what it does not state is most often fixed in its code, or means nothing there.
    """
    found = [group.run for group in groups if group is not None]
    fields = {field: word for field, word in protocol.items() if field not in _OF_DATASET}
    unknown = ", ".join(word for field, word in fields.items() if all(run.fields[field] is None for run in found))
    if not unknown:
        return ""
    if all(run.kind == "tracked" for run in found):
        return f"By scripts that do not state: {unknown}."
    return f"Not stated by any row: {unknown}; whether the rows are comparable cannot be told."


def protocol_of(keys: Sequence[str] = (), *, across: Sequence[str] = ()) -> Mapping[str, str]:
    """Return how a result came about, in words by field of a run: what has to be alike unless rows are about it.

    Args:
        keys: what rows are about.
        across: what the columns of a pivot are about.
    """
    follow = {field for key in keys for field in _FOLLOWS.get(key, ())}
    return {field: word for field, word in _PROTOCOL.items() if field not in follow and field not in (*keys, *across)}


def _reasons(groups: RowGroups, fields: Mapping[str, str], bases: RowGroups | None, against: str) -> Reasons:
    # A row that waits for its first run has nothing yet that could be compared.
    begun = [group if group is not None and group.seeds and group.run.status != "queued" else None for group in groups]
    if bases is not None:
        open_ones = _stated_by_some(begun, fields)
        return [
            None
            if group is None or base is None or base is group
            else _told(group.run.fields, fields, _own(base.run.fields, fields), against, open_ones=open_ones)
            for group, base in zip(begun, bases, strict=True)
        ]
    by_dataset: dict[str, list[Fields]] = defaultdict(list)
    for group in begun:
        if group is not None:
            by_dataset[group.run.dataset].append(group.run.fields)
    usual = {dataset: _usual(runs, fields) for dataset, runs in by_dataset.items()}
    names = ["dataset", "device", *fields, *_EXPLAINS_DATA, _LIMIT]
    state_of = itemgetter(*names)
    by_state: dict[tuple[object, ...], Reason | None] = {}  # of a thousand rows, most are in the same
    reasons: Reasons = []
    for group in begun:
        if group is None:
            reasons.append(None)
            continue
        state = state_of(group.run.fields)
        if state not in by_state:
            by_state[state] = _told(group.run.fields, fields, usual[group.run.dataset])
        reasons.append(by_state[state])
    return reasons


def _stated_by_some(groups: RowGroups, fields: Mapping[str, str]) -> list[str]:
    """Return the fields that some rows state and others do not: two of these others are not equal in it."""
    runs = [group.run.fields for group in groups if group is not None]
    known = {field: [run[field] is None for run in runs] for field in fields if field not in _OF_DATASET}
    return [field for field, is_open in known.items() if any(is_open) and not all(is_open)]


def _usual(known: Sequence[Fields], fields: Mapping[str, str]) -> Mapping[str, object]:
    """Return what most of the measured ones have; where there are none, of scripts or else of documents."""
    kinds = {run["kind"] for run in known}
    least_silent = next((kind for kind in ("measured", "tracked") if kind in kinds), None)
    counted = [run for run in known if least_silent in (run["kind"], None)]
    names = (*fields, *_EXPLAINS_DATA, _LIMIT)
    nums: dict[str, Counter[object]] = {name: Counter() for name in names}
    for state, num in Counter(map(itemgetter(*names), counted)).items():
        for name, value in zip(names, state, strict=True):
            nums[name][value] += num
    return {name: num.most_common(1)[0][0] for name, num in nums.items()}


def _own(run: Fields, fields: Mapping[str, str]) -> Mapping[str, object]:
    return {field: run[field] for field in (*fields, *_EXPLAINS_DATA, _LIMIT)}


def _told(
    run: Fields,
    fields: Mapping[str, str],
    usual: Mapping[str, object],
    against: str = "the others",
    *,
    open_ones: Sequence[str] = (),
) -> Reason | None:
    """Return in what a run differs from the usual values; of those in `open_ones`, also where neither is stated."""
    told, words, unstated = [], [], []
    alone: tuple[str, str, str, object] | None = None  # what differs, if it is one thing
    for field, word in fields.items():
        value, other = run[field], usual[field]
        is_open = value is None and field in open_ones
        is_told = field == "data_digest" and run["test_limit"] != usual[_LIMIT]
        if (value == other and not is_open) or is_told or not _has_part(run, field):
            continue
        words.append(word)
        if value is None:
            unstated.append(word)
        elif other is None:
            told.append(f"{word} {format_value(value, 'text')}, not stated for {against}")
        elif field == "data_digest":
            told.append(_other_data(run, usual))
        else:
            alone = field, format_value(value, "text"), word, other
            told.append(_instead(word, value, other))
    if unstated:
        told.append(f"not stated: {', '.join(unstated)}")
    if not told:
        return None
    begin = AS_IT_STANDS if against in _AS_IT_STANDS else f"not comparable with {against}"
    alone = alone if len(told) == 1 else None
    return Reason(
        field="" if alone is None else alone[0],
        value="" if alone is None else alone[1],
        folded="" if alone is None else f"{begin}: {_instead(alone[2], '{}', alone[3])}",
        text=f"{begin}: {'; '.join(told)}",
        short=f"{begin}: other or unstated {', '.join(words)}",
    )


def _other_data(run: Fields, usual: Mapping[str, object]) -> str:
    """Say why the digest is another one: the data are, unless another share or number of them explains it."""
    for field, word in _EXPLAINS_DATA.items():
        value, other = run[field], usual[field]
        if None not in (value, other) and value != other:
            return _instead(word, value, other)
    return "other data"


def _instead(word: str, value: object, other: object) -> str:
    return (
        f"{_OTHER.get(word, f'other {word}')} ({format_value(value, 'text')} instead of {format_value(other, 'text')})"
    )
