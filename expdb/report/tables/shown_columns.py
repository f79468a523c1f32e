"""The columns of a table in the making: a definition's choices as they print, spread over the pivot's values."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from expdb.domain.group import Measure, RunGroup
from expdb.domain.table import Against, ColumnChoice, TestName
from expdb.domain.task import ANALYSIS, CLASSIFICATION, FREE, point_name
from expdb.domain.value_text import NUMERIC, format_value, one_line
from expdb.errors import SpecError
from expdb.report.columns import Column, column, is_stated
from expdb.report.measures import at_words, is_spread, measure_of
from expdb.report.table import Cell, TableColumn, printed_column
from expdb.report.tables.table_row import Across, TableRow, across_heading, across_text

_NO_NAMES = ("dataset", "settings")  # text that does not say what a row is about

CellColumns = list[tuple[Cell, ...]]  # by the table's columns, in the order of its rows

# Best values are pointed out here unless a definition says otherwise; a small model is not better as such.
_QUALITY = frozenset(metric.key for task in (CLASSIFICATION, ANALYSIS) for metric in task.metrics)
TESTS: Mapping[TestName, str] = {
    "welch": "Welch",
    "paired": "paired t",
    "mcnemar": "McNemar",
    "bootstrap": "bootstrap",
}
# What the rows of a column are compared with.
AGAINST: Mapping[Against, str] = {"baseline": "the baseline", "previous": "the row above", "first": "the first row"}
_AGAINST_COLUMN: Mapping[Against, str] = {
    **AGAINST,
    "previous": "the column to the left",
    "first": "the first column",
}


@dataclass(frozen=True, kw_only=True)
class ShownColumn:
    """A choice of the definition at one value of the pivot.

    Attributes:
        across: of the pivot; None for what describes the whole row.
        is_mean: a cell is a mean over its groups.
    """

    choice: ColumnChoice
    known: Column
    printed: TableColumn
    measure: Measure | None
    across: Across | None
    is_mean: bool = False

    @property
    def is_of_one_group(self) -> bool:
        """Whether a cell speaks of one group of seeds: of what several groups share, or list, it may speak too."""
        return is_spread(self.known) or self.choice.shows != "value" or self.choice.key == "changes"

    @property
    def is_higher_better(self) -> bool | None:
        """The direction in which values are ranked; None where they are not."""
        if self.choice.shows != "value" or self.is_mean or self.choice.best == "none":
            return None
        if self.choice.best != "auto":
            return self.choice.best == "max"
        is_quality = self.known.key in _QUALITY or self.known.key.startswith(FREE)
        return self.known.higher_is_better if is_quality else None

    def group_of(self, line: TableRow) -> RunGroup | None:
        """Return the one group of a line that this column shows; None: there is none, or there are several."""
        if self.is_mean and self.is_of_one_group:
            return None
        if self.across is None and () not in line.several:
            return line.lead
        return line.groups.get(self.across or ())

    def groups_of(self, line: TableRow) -> tuple[RunGroup, ...]:
        """Return all groups of a line that this column is of."""
        if self.across is None:
            return line.all_groups
        one, several = line.groups.get(self.across), line.several.get(self.across)
        return several.groups if several is not None else () if one is None else (one,)

    @property
    def name(self) -> str:
        """How a note calls the column."""
        return f"{self.printed.under}: {self.printed.heading}" if self.printed.under else self.printed.heading


def resolved_columns(
    choices: Sequence[ColumnChoice],
    read: Callable[[str], Column] = column,
    *,
    is_single: bool,
    is_transposed: bool,
    is_mean: bool = False,
) -> tuple[ShownColumn, ...]:
    """Return what choices show and how it prints, not yet spread over a pivot.

    Args:
        choices: of a definition.
        read: finds a column by its key.
        is_single: rows are single runs, of which a value is no mean.
        is_transposed: rows will stand as columns.
        is_mean: cells are means over their groups.

    Raises:
        NotFoundError: an unknown column.
        SpecError: a column cannot show what is asked of it.
    """
    found = [_slot(choice, read, base=_base(choice, choices)) for choice in _as_their_values(choices)]
    slots = _told_apart(found, is_transposed=is_transposed)
    return tuple(_of_one_run(slot) if is_single else replace(slot, is_mean=is_mean) for slot in slots)


def spread_columns(
    slots: Sequence[ShownColumn],
    keys: Sequence[Column],
    across: Sequence[Across],
    *,
    labels: Mapping[str, str] | None = None,
) -> tuple[ShownColumn, ...]:
    """Return the columns: what describes rows first, then what is measured, for every value of the pivot.

    Args:
        slots: as `resolved_columns` returns them.
        keys: of the pivot; none without one.
        across: the values of these keys; none of a table without rows, which is not spread.
        labels: other texts for the values, by their own.

    Raises:
        SpecError: two values have the same label.
    """
    found = [values for values in across if values]
    if not keys or not found:
        return _unique(slots)
    described = [slot for slot in slots if not is_spread(slot.known)]
    measured = [slot for slot in slots if is_spread(slot.known)]
    headings = {values: across_heading(values, keys, labels) for values in found}
    _check_headings(headings, keys)
    spread = [
        _at(slot, values, across_text(values, keys), heading)
        for values, heading in headings.items()
        for slot in measured
    ]
    return _unique(described + spread)


def column_address(choice: ColumnChoice) -> str:
    """Return what a text asks for a column by, without the value of a pivot: see `report.addresses`."""
    told = [choice.key]
    told += [choice.at] if choice.at != "last" else []
    told += [choice.shows] if choice.shows != "value" else []
    is_compared = choice.shows in ("delta", "interval", "p") or choice.key == "changes"
    told += [choice.against] if is_compared and choice.against != "baseline" else []
    told += [choice.test] if is_compared and choice.test != "welch" else []
    told += ["raw"] if choice.shows == "p" and choice.adjust == "none" else []
    return ":".join(told)


def row_label(slots: Sequence[ShownColumn], group: RunGroup) -> str:
    """Return the first text that columns say of a group; empty where none of them says what a row is about."""
    slot = next(filter(says_what, slots), None)
    if slot is None:
        return ""
    return format_value(slot.known.value(group.run.fields), slot.printed.format, slot.printed.decimals)


def naming_place(slots: Sequence[ShownColumn]) -> int | None:
    """Return the place of the column that says what a row is about, else of another text; None: there is no text."""
    texts = [place for place, slot in enumerate(slots) if _is_text(slot)]
    return next((place for place in texts if says_what(slots[place])), texts[0] if texts else None)


def says_what(slot: ShownColumn) -> bool:
    """Return whether a column's text says what a row is about."""
    return _is_text(slot) and slot.known.key not in _NO_NAMES


def _is_text(slot: ShownColumn) -> bool:
    return slot.measure is None and slot.printed.format == "text" and slot.choice.shows == "value"


def words_of_base(against: Against, *, is_transposed: bool) -> str:
    """Return how a note calls what rows, which of a transposed table are columns, are compared with."""
    return (_AGAINST_COLUMN if is_transposed else AGAINST)[against]


def _told_apart(slots: Sequence[ShownColumn], *, is_transposed: bool) -> list[ShownColumn]:
    """Return the columns with what they compare with, and how, in headings that would be the same."""
    alike: dict[str, list[ShownColumn]] = {}
    for slot in slots:
        alike.setdefault(slot.name, []).append(slot)
    found = []
    for slot in slots:
        choices = [other.choice for other in alike[slot.name]]
        told = []
        if len({choice.against for choice in choices}) > 1:
            told.append(f"to {words_of_base(slot.choice.against, is_transposed=is_transposed)}")
        if len({choice.test for choice in choices}) > 1:
            told.append(TESTS[slot.choice.test])
        is_own = slot.choice.heading is not None or (slot.choice.shows == "value" and slot.choice.key != "changes")
        heading = slot.printed.heading if is_own else ", ".join([slot.printed.heading, *told])
        found.append(replace(slot, printed=replace(slot.printed, heading=heading)))
    return found


def _unique(slots: Sequence[ShownColumn]) -> tuple[ShownColumn, ...]:
    """Return the columns with keys of their own, also where one is there twice."""
    seen: Counter[str] = Counter()
    unique = []
    for slot in slots:
        key = slot.printed.key
        seen[key] += 1
        if seen[key] > 1:
            slot = replace(slot, printed=replace(slot.printed, key=f"{key}#{seen[key]}"))  # noqa: PLW2901 - renamed
        unique.append(slot)
    return tuple(unique)


def _check(choice: ColumnChoice, known: Column) -> None:
    """Raise SpecError where a column cannot show what is asked of it."""
    if choice.format in NUMERIC and known.format not in NUMERIC and not is_stated(known):
        raise SpecError(f"column {choice.key!r} is no number: format = {choice.format!r} does not fit it")
    if choice.format == "time" and known.format != "time" and not is_stated(known):
        raise SpecError(f"column {choice.key!r} is no time: format = 'time' does not fit it")
    is_compared = choice.shows in ("delta", "interval", "p")
    if is_compared and known.format in ("text", "time", "tick"):
        raise SpecError(f"column {choice.key!r} is no number: it has no {choice.shows}")
    if choice.shows in ("interval", "p") and known.measure is None:
        raise SpecError(f"column {choice.key!r} does not vary with the seed: it has a delta, but no {choice.shows}")
    is_directed = is_compared or choice.best in ("max", "min") or choice.at == "best"
    if known.why_not_compared and is_directed:
        name = point_name(known.key)
        raise SpecError(
            f"column {choice.key!r} is shown and never compared: {known.why_not_compared}; say it in a script, by "
            f"run.define({name!r}, split='test', higher_is_better=True)"
        )
    if choice.at != "last" and known.measure is None:
        raise SpecError(f"column {choice.key!r} is not recorded every epoch: at = {choice.at!r} has no effect on it")


def _values_of(choice: ColumnChoice, choices: Sequence[ColumnChoice]) -> list[ColumnChoice]:
    """Return the columns that show the value that a column compares, those of the same epochs first."""
    values = [one for one in choices if one.key == choice.key and one.shows == "value"]
    return sorted(values, key=lambda one: one.at != choice.at)


def _as_their_values(choices: Sequence[ColumnChoice]) -> list[ColumnChoice]:
    """Return columns of which differences and intervals print as the value beside them, else as each other."""
    found = []
    for choice in choices:
        own = choice
        if choice.shows in ("delta", "interval") and choice.format is None:
            beside = [one for one in choices if one.key == choice.key and one.shows in ("delta", "interval")]
            of = next((one for one in (*_values_of(choice, choices), *beside) if one.format in NUMERIC), None)
            decimals = choice.decimals
            if decimals is None:
                told = [of] if of is not None else _values_of(choice, choices)
                decimals = next((one.decimals for one in told if one.decimals is not None), None)
            own = choice.model_copy(update={"format": None if of is None else of.format, "decimals": decimals})
        found.append(own)
    return found


def _base(choice: ColumnChoice, choices: Sequence[ColumnChoice]) -> str:
    """Return how a comparison's heading calls what it compares, as the value beside it is called; empty: as always."""
    values = _values_of(choice, choices) if choice.shows in ("delta", "interval", "p") else []
    heading = values[0].heading if values and values[0].at == choice.at else None
    return one_line(heading or "").partition(" (")[0]


def _slot(choice: ColumnChoice, read: Callable[[str], Column], *, base: str = "") -> ShownColumn:
    if choice.key == "changes":
        printed = TableColumn(
            key="changes",
            heading=one_line(choice.heading or "Changes"),
            under=None if choice.under is None else one_line(choice.under),
            format="text",
            decimals=None,
            align="left",
            address=column_address(choice),
        )
        known = replace(column("settings"), key="changes", heading="Changes")
        return ShownColumn(choice=choice, known=known, printed=printed, measure=None, across=None)
    known = read(choice.key)
    printed = printed_column(choice, known)
    _check(choice, known)
    printed = replace(printed, address=column_address(choice))
    if choice.at != "last":
        heading, words = printed.heading, at_words(choice.at)
        if choice.heading is None:
            heading = heading.replace("last", words) if "last" in heading else f"{heading} ({words})"
        printed = replace(printed, key=f"{printed.key}.{choice.at}", heading=heading)
    if choice.shows != "value" and choice.heading is None:
        at = "" if choice.at == "last" else f"{at_words(choice.at)} "
        base = base or known.heading.partition(" (")[0]
        base = base if at.strip() in base.lower() else at + base
        unit = " (points)" if printed.format == "percent" else ""
        test = TESTS[choice.test] + (", not corrected" if choice.adjust == "none" else "")
        words = {
            "delta": f"Δ {base}{unit}",
            "interval": f"Δ {base}, 95 % ({test})",
            "p": f"Δ {base}, p ({test})",
            "n": "n",
        }[choice.shows]
        printed = replace(printed, heading=words)
    if choice.shows in ("p", "n"):
        printed = replace(printed, format="number" if choice.shows == "p" else "integer", decimals=None)
    if choice.shows != "value":
        printed = replace(printed, align="right", key=f"{printed.key}.{choice.against}.{choice.test}")
    return ShownColumn(
        choice=choice, known=known, printed=printed, measure=measure_of(known, at=choice.at), across=None
    )


def _of_one_run(slot: ShownColumn) -> ShownColumn:
    """Return the column of a table with one row a run, where a value is no mean unless it is one over epochs."""
    if not slot.printed.is_sample or slot.choice.at != "last":
        return slot
    return replace(slot, printed=replace(slot.printed, is_sample=False, has_interval=False))


def _check_headings(headings: Mapping[Across, str], keys: Sequence[Column]) -> None:
    """Raise SpecError where labels head two different values of a pivot alike."""
    first: dict[str, Across] = {}
    for values, heading in headings.items():
        other = first.setdefault(heading, values)
        texts = [across_text(one, keys) for one in (other, values)]
        if texts[0] != texts[1]:
            raise SpecError(f"labels: {texts[0]!r} and {texts[1]!r} would both head columns as {heading!r}")


def _at(slot: ShownColumn, values: Across, text: str, heading: str) -> ShownColumn:
    under = ", ".join([heading, *([slot.printed.under] if slot.printed.under else [])])
    printed = replace(
        slot.printed,
        key=f"{slot.printed.key}@{','.join(map(str, values))}",
        under=under,
        across=text,
        address=f"{slot.printed.address}@{text}",
    )
    return replace(slot, printed=printed, across=values)
