"""Rows that would print alike, told apart: by what differs between them, in their first text or in a note."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from expdb.catalog.datasets import dataset_label
from expdb.domain.group import RunGroup
from expdb.domain.value_text import one_line
from expdb.report.compare.what_varies import Apart, set_apart, varying_words
from expdb.report.run_ids import runs_text
from expdb.report.table import Cell
from expdb.report.tables.footnotes import CARE, LEFT_OUT, Footnotes
from expdb.report.tables.order import across_values
from expdb.report.tables.plan import Plan
from expdb.report.tables.shown_columns import CellColumns, ShownColumn, naming_place, says_what
from expdb.report.tables.table_row import TableRow, across_text, with_names

_MOST_MARKS = 6  # of rows that read alike; more of them are told in one note
_MOST_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class ToldApart:
    """The rows and columns of a table of which no two rows read alike, or of which a note says what differs."""

    lines: tuple[TableRow, ...]
    columns: CellColumns


def told_apart(
    notes: Footnotes, plan: Plan, slots: Sequence[ShownColumn], columns: CellColumns, *, lines: Sequence[TableRow]
) -> ToldApart:
    """Return the rows with names that tell them apart, and the columns as they print: with the definition's labels.

    Values stay as they are: only texts change.
    """
    _tell_unused_labels(notes, plan, slots, columns, lines=lines)
    columns = [_labelled(plan, slot, cells) for slot, cells in zip(slots, columns, strict=True)]
    place = naming_place(slots)
    lines = _with_datasets(notes, plan, slots, columns, lines)
    alike = _alike(slots, columns, lines)
    if not alike:
        return ToldApart(lines=tuple(with_names(lines)), columns=columns)
    apart: dict[int, Apart] = {}
    for rows in alike:
        things = _things([lines[row] for row in rows])
        if place is None:
            words = varying_words(things)
            told = f"they differ in {_listed(words)}" if words else "no setting tells them apart"
            notes.add(f"Rows read alike, since no column says what they are: {told}.", place=CARE)
        else:
            apart |= zip(rows, _of_rows(notes, plan, things), strict=True)
    if place is None:
        return ToldApart(lines=tuple(lines), columns=columns)
    columns[place] = tuple(
        _added(cell, apart[row]) if row in apart else cell for row, cell in enumerate(columns[place])
    )
    is_named = says_what(slots[place])  # else rows are called by their runs already
    named = [
        replace(line, label=f"{line.label} ({apart[row].added})")
        if is_named and row in apart and apart[row].added
        else line
        for row, line in enumerate(lines)
    ]
    return ToldApart(lines=tuple(with_names(named)), columns=columns)


def is_described(slot: ShownColumn) -> bool:
    """Return whether a column says what a row is, and not what came of it."""
    is_result = slot.measure is not None or slot.known.key.startswith("metrics.")
    return slot.choice.shows == "value" and not is_result


def _with_datasets(
    notes: Footnotes, plan: Plan, slots: Sequence[ShownColumn], columns: CellColumns, lines: Sequence[TableRow]
) -> list[TableRow]:
    """Return the rows with the dataset in their names, and put it into `columns`, where several are under one heading.

    A number of another dataset says nothing beside the others, however it reads.
    """
    shown = {key.key for key in (*plan.named_by, *filter(None, (plan.section,)))}
    shown |= {slot.known.key for slot in slots if is_described(slot)}
    of_row = [list(dict.fromkeys(group.run.dataset for group in line.all_groups)) for line in lines]
    if "dataset" in shown or len({dataset for datasets in of_row for dataset in datasets}) < 2:
        return list(lines)
    names = [", ".join(plan.labelled(dataset_label(dataset)) for dataset in datasets) for datasets in of_row]
    for index, (slot, cells) in enumerate(zip(slots, columns, strict=True)):
        if slot.across is None or not plan.notes:
            continue
        groups = [slot.group_of(line) for line in lines]
        columns[index] = tuple(
            replace(cell, marks=(*cell.marks, f"of {plan.labelled(dataset_label(group.run.dataset))}"))
            if group is not None and cell.value is not None and len(of_row[row]) > 1
            else cell
            for row, (cell, group) in enumerate(zip(cells, groups, strict=True))
        )
    place = naming_place(slots)
    if place is None:
        told = ", ".join(dict.fromkeys(names))
        notes.add(f"Rows are of several datasets ({told}), and no column says which is of which.", place=CARE)
        return list(lines)
    columns[place] = tuple(
        replace(cell, text=one_line(f"{cell.text} ({name})")) for cell, name in zip(columns[place], names, strict=True)
    )
    is_named = says_what(slots[place])
    return [
        replace(line, label=f"{line.label} ({name})") if is_named else line
        for line, name in zip(lines, names, strict=True)
    ]


def _tell_unused_labels(
    notes: Footnotes, plan: Plan, slots: Sequence[ShownColumn], columns: CellColumns, *, lines: Sequence[TableRow]
) -> None:
    """Say which labels are of nothing that the table prints: they may be mistyped, or their runs may yet come."""
    if not plan.labels:
        return
    texts = (cells for slot, cells in zip(slots, columns, strict=True) if slot.printed.format == "text")
    printed = {cell.text for cells in texts for cell in cells}
    headings = {
        across_text((value,), (key,))
        for values in across_values(lines, plan)
        for value, key in zip(values, plan.across, strict=False)
    }
    sections = {line.section for line in lines}
    unused = [
        text
        for text in plan.labels
        if text not in printed | headings and (plan.section is None or plan.labelled(text) not in sections)
    ]
    if unused:
        notes.add(
            f"Labels of what stands in no cell of text: {', '.join(f'“{text}”' for text in unused)}.", place=LEFT_OUT
        )


def _labelled(plan: Plan, slot: ShownColumn, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    if not plan.labels or slot.printed.format != "text":
        return cells
    return tuple(replace(cell, text=plan.labelled(cell.text)) for cell in cells)


def _alike(slots: Sequence[ShownColumn], columns: CellColumns, lines: Sequence[TableRow]) -> list[list[int]]:
    """Return the places of rows of one section that say the same of what they are."""
    described = [cells for slot, cells in zip(slots, columns, strict=True) if is_described(slot)]
    found: Mapping[tuple[str | None, ...], list[int]] = defaultdict(list)
    for row, line in enumerate(lines):
        found[line.section, *(cells[row].text for cells in described)].append(row)
    return [rows for rows in found.values() if len(rows) > 1]


def _things(lines: Sequence[TableRow]) -> list[list[RunGroup]]:
    """Return the groups of rows that can be held against each other: of a pivot those of columns that all rows have."""
    shared = [across for across in lines[0].groups if all(across in line.groups for line in lines)]
    return [[line.groups[across] for across in shared] or list(line.all_groups) for line in lines]


def _of_rows(notes: Footnotes, plan: Plan, things: Sequence[Sequence[RunGroup]]) -> list[Apart]:
    """Return what is added to rows that read alike; where notes would be too many, one is enough."""
    apart = set_apart(things)
    if not any(one.told for one in apart):
        return apart
    if plan.notes and len({one.told for one in apart if one.told}) <= _MOST_MARKS:
        return apart
    if plan.notes:
        told = f"{len(things)} rows read alike but for their runs: they differ in {_listed(varying_words(things))}."
        notes.add(told, place=CARE)
    return [Apart(added=_with_runs(one, groups)) for one, groups in zip(apart, things, strict=True)]


def _with_runs(apart: Apart, groups: Sequence[RunGroup]) -> str:
    runs = runs_text(ids) if (ids := [run_id for group in groups for run_id in group.seeds]) else ""
    return ", ".join(dict.fromkeys(filter(None, (apart.added, runs))))


def _added(cell: Cell, apart: Apart) -> Cell:
    text = one_line(f"{cell.text} ({apart.added})") if apart.added else cell.text
    marks = (f"reads like another row; this one: {apart.told}",) if apart.told else ()
    return replace(cell, text=text, marks=(*cell.marks, *marks))


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    return ", ".join(words[:_MOST_WORDS]) + more
