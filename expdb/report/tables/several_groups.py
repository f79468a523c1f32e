"""Several groups in one cell: what they differ in, in words, and their mean."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from expdb.catalog.models import model_label
from expdb.domain.group import Measure, RunGroup
from expdb.domain.run import Run
from expdb.domain.value_text import is_known, is_number
from expdb.report.columns import COLUMNS, Column
from expdb.report.compare.differences import Differences, differences, setting_of, text_of, words_of
from expdb.report.measures import is_spread, number_of
from expdb.report.run_ids import runs_text
from expdb.report.tables.plan import Plan
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.tables.table_row import SeveralGroups, TableRow

_MODEL = ("model", "depth", "se", "cbam", "model variant")  # as differences tell it of residual networks
_MOST_VALUES = 5
_MOST_VARIED = 4
_MOST_TOLD = 3
_PLURALS = {
    "model": "models",
    "dataset": "datasets",
    "optimizer": "optimizers",
    "schedule": "schedules",
    "augmentation": "augmentations",
}


@dataclass(frozen=True, kw_only=True)
class Varied:
    """One thing in which groups differ.

    Attributes:
        words: how a sentence calls it.
        key: the column that shows it; None: there is none.
        said: what each group says of it.
    """

    words: str
    key: str | None
    said: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """What the groups say of it, each once."""
        return tuple(dict.fromkeys(self.said))

    @property
    def told(self) -> str:
        """It and its values: `model (ResNet18, ViT-S)`."""
        more = f", … {len(self.values)} values" if len(self.values) > _MOST_VALUES else ""
        return f"{self.words} ({', '.join(self.values[:_MOST_VALUES])}{more})"

    @property
    def counted(self) -> str:
        """It in a heading, behind `mean over`: `3 models`."""
        return f"{len(self.values)} {self.plural}"

    @property
    def plural(self) -> str:
        """What a heading calls several of them."""
        return _PLURALS.get(self.words, f"values of {self.words}")


def what_varies(groups: Sequence[RunGroup]) -> tuple[Varied, ...]:
    """Return in what groups differ; nothing where no setting tells them apart."""
    first, *others = (group.run for group in groups)
    found = [differences(first, run) for run in others]
    keys = dict.fromkeys(key for one in found for key in (*one.differ, *one.unstated))
    varied: dict[str, Varied] = {}
    for key in keys:
        if key in _MODEL:
            if "model" not in varied:
                names = [run.model if run.kind == "reported" else model_label(run.model) for run in (first, *others)]
                varied["model"] = Varied(words="model", key="model", said=tuple(names))
            continue
        base = next((one.differ[key][0] for one in found if key in one.differ), _stated(first, key))
        values = [base, *(_value_of(key, one, run, base) for one, run in zip(found, others, strict=True))]
        is_unstated = any(key in one.unstated for one in found)
        texts = ["not stated" if value is None and is_unstated else text_of(key, value) for value in values]
        varied[key] = Varied(words=words_of(key), key=_column_of(key, first), said=tuple(texts))
    order = list(COLUMNS)
    places = {name: order.index(one.key) if one.key in order else len(order) for name, one in varied.items()}
    return tuple(varied[name] for name in sorted(varied, key=places.__getitem__))


def names_apart(groups: Sequence[RunGroup]) -> list[str]:
    """Return what tells each of several groups from the others: `ViT-S, lr 0.1`; its runs, where nothing does."""
    varied = what_varies(groups)
    names = [
        ", ".join(one.said[place] if one.words == "model" else f"{one.words} {one.said[place]}" for one in varied)
        for place in range(len(groups))
    ]
    return [name or runs_text(group.run_ids) for name, group in zip(names, groups, strict=True)]


def told_varied(varied: Sequence[Varied]) -> str:
    """Return in words in what groups differ, after `which differ in`."""
    more = f" and {len(varied) - _MOST_VARIED} more" if len(varied) > _MOST_VARIED else ""
    return ", ".join(one.told for one in varied[:_MOST_VARIED]) + more


def fall_into(cell: SeveralGroups, plan: Plan, *, place: str = "this cell", is_short: bool = False) -> str:
    """Return in a sentence why a cell shows nothing, and what to do.

    Args:
        cell: its groups.
        plan: of the table.
        place: how the sentence calls the cell.
        is_short: without values, for a table of many such cells.
    """
    varied = what_varies(cell.groups)
    ways = ["choose with the filter", "or say cell = 'mean of groups'"]
    there = {known.key for known in plan.named_by}
    keys = [one.key for one in varied if one.key is not None and one.key not in there]
    if keys and len(varied) <= _MOST_VARIED:
        ways.insert(0, f"add {_joined(keys)} to rows")
    elif keys:
        ways.insert(0, "add what tells them apart to rows")
    some = "" if cell.is_whole else f" (of {len(cell.groups)} that were looked at)"
    if is_short:
        apart = ", ".join(one.words for one in varied[:_MOST_VARIED])
        told = f"several groups fall into {place}" + (f", which differ in {apart}" if varied else "")
    else:
        apart = f"which differ in {told_varied(varied)}{some}" if varied else "which no setting tells apart"
        told = f"{cell.num:,} groups fall into {place}, {apart}"
    return f"{told}: {', '.join(ways) if len(ways) > 2 else ' '.join(ways)}"


def mean_of_groups(groups: Sequence[RunGroup], known: Column, measure: Measure | None) -> tuple[float | None, int]:
    """Return the unweighted mean of the groups' own numbers, and how many know one."""
    numbers = [number for number in (number_of(group, known, measure) for group in groups) if _is_finite(number)]
    return (fmean(numbers) if numbers else None), len(numbers)


def usual_names(cells: Sequence[SeveralGroups]) -> frozenset[str]:
    """Return what tells the groups of most cells apart; of as many, those of the cell with most groups."""
    times = Counter(frozenset(names_apart(cell.groups)) for cell in cells)
    return max(times, key=lambda names: (times[names], len(names), sorted(names)))


def usual_varied(cells: Sequence[SeveralGroups]) -> str:
    """Return in words in what the groups of most cells differ; empty where nothing tells them apart."""
    usual = usual_names(cells)
    return told_varied(next(what_varies(cell.groups) for cell in cells if usual == frozenset(names_apart(cell.groups))))


def over_others(groups: Sequence[RunGroup], usual: frozenset[str]) -> str:
    """Return what to say of a mean over other groups than most are of; empty where it is over the same."""
    if len(groups) == 1:
        return "of one group, no mean"
    own = frozenset(names_apart(groups))
    told = [
        f"{word} {'; '.join(sorted(names)[:_MOST_TOLD])}{' and others' if len(names) > _MOST_TOLD else ''}"
        for word, names in (("without", usual - own), ("with", own - usual))
        if names
    ]
    return f"mean over other groups than most: {', '.join(told)}" if told else ""


def with_means_named(slots: Sequence[ShownColumn], lines: Sequence[TableRow]) -> tuple[ShownColumn, ...]:
    """Return columns whose headings say over what their means are, unless somebody gave them headings."""
    cells = [cell for line in lines for cell in line.several.values()]
    over = f", mean over {_mean_over(cells)}" if cells else ""
    return tuple(
        replace(slot, printed=replace(slot.printed, heading=slot.printed.heading + over))
        if is_spread(slot.known) and slot.choice.shows == "value" and slot.choice.heading is None
        else slot
        for slot in slots
    )


def _mean_over(cells: Sequence[SeveralGroups]) -> str:
    """Return what a heading says of means: over what they are, as far as that is the same in all cells."""
    varied = [what_varies(cell.groups) for cell in cells]
    if not all(cell.is_whole for cell in cells) or {len(one) for one in varied} != {1}:
        return "groups"
    only = [one[0] for one in varied]
    if len({one.words for one in only}) > 1 or any(
        len(one.values) != cell.num for one, cell in zip(only, cells, strict=True)
    ):
        return "groups"
    return only[0].counted if len({len(one.values) for one in only}) == 1 else only[0].plural


def _joined(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"


def _is_finite(number: Any) -> bool:
    return is_number(number) and is_known(number)


def _value_of(key: str, apart: Differences, run: Run, base: Any) -> Any:
    if key in apart.differ:
        return apart.differ[key][1]
    return _stated(run, key) if key in apart.unstated else base


def _stated(run: Run, key: str) -> Any:
    return run.settings.get(key, run.fields.get(key))


def _column_of(key: str, run: Run) -> str | None:
    known = setting_of(key)
    name = known.name if known else key
    if name in COLUMNS:
        return name
    return f"settings.{key}" if run.kind == "reported" and "." not in key else None
