"""A built table: exact values and their text, ready to be written in any format."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from expdb.domain.table import ColumnChoice, Format
from expdb.domain.value_text import one_line
from expdb.report.columns import UNITS, Column
from expdb.report.run_ids import numbering_note

Rank = Literal[0, 1, 2]


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """A column of a built table.

    Attributes:
        key: unique in the table: the column's key, with what it shows (`top1.delta`) and where (`top1@cifar10`).
        under: heading that it shares with its neighbours; None: it stands alone.
        across: value of the pivot that it is of, as text; None of what describes a whole row.
        address: what a text asks for it by: `top1`, `top1:delta`, `top1@cifar10`; see `report.addresses`.
        is_sample: cells hold a mean with its spread and n.
        has_interval: cells have a 95 % interval.
        marks: footnotes of the heading, which of a transposed table was a cell.
    """

    key: str
    heading: str
    under: str | None = None
    format: Format
    decimals: int | None
    align: Literal["left", "right"]
    across: str | None = None
    address: str = ""
    is_sample: bool = False
    has_interval: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value and its text.

    Attributes:
        value: exact, in the unit of the column's catalog entry (accuracy: a fraction); None where it is not known.
        text: as it prints, without emphasis and marks: `82.85 ± 0.12 (3)`.
        std: sample standard deviation over seeds, in the same unit; None for one value. Of a reported row, what the
            document prints behind ±.
        n: number of values behind it; None where it is no measure, or the document of a reported ± does not say it.
        low: lower end of its 95 % interval, in the same unit; `high`: the upper end. None where none was asked for.
        run_ids: the runs behind it.
        rank: 1 for the best of its column, 2 for the second best, 0 for others.
        marks: footnotes, as `a`.
    """

    value: Any
    text: str
    std: float | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    run_ids: tuple[int, ...] = ()
    rank: Rank = 0
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row.

    Attributes:
        run_ids: the runs behind it, in order; none for a row that waits for its runs.
        section: heading that it stands under.
        is_reported: copied from a document.
        column: of a transposed table, the column that it was.
        key: what a text asks for it by; None where it has none.
    """

    run_ids: tuple[int, ...]
    cells: tuple[Cell, ...]
    section: str | None = None
    is_reported: bool = False
    column: TableColumn | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Note:
    """A line below the table; without a mark it is about the whole table."""

    mark: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table ready to be written in any format.

    Attributes:
        num_more: rows that it would have without its definition's limit.
        upright: of a transposed table, the table with a row a run or group, which formats for programs write.
        key_problem: why no text can ask for its rows; empty where it can.
        database: first digits of the uuid of the database whose numbers its runs have; empty: it is not to be said.
    """

    name: str
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    num_more: int = 0
    upright: "Table | None" = None
    key_problem: str = ""
    database: str = ""


def with_numbering(table: Table) -> Table:
    """Return a table that says in its last note whose numbers those of its runs are."""
    note = Note(mark="", text=numbering_note(table.database))
    return table if not table.database or note in table.notes else replace(table, notes=(*table.notes, note))


def printed_column(choice: ColumnChoice, known: Column) -> TableColumn:
    """Return the column that a choice makes of one of the catalog."""
    is_own_format = choice.format is None or choice.format == known.format
    heading = _heading(known, choice) if choice.heading is None else choice.heading
    is_sample = known.measure is not None and choice.shows == "value"
    return TableColumn(
        key=choice.key if choice.shows == "value" else f"{choice.key}.{choice.shows}",
        heading=one_line(f"{heading} ({choice.unit})" if choice.unit and choice.heading is not None else heading),
        under=None if choice.under is None else one_line(choice.under),
        format=choice.format or known.format,
        decimals=known.decimals if choice.decimals is None and is_own_format else choice.decimals,
        align=known.align,
        is_sample=is_sample,
        has_interval=choice.shows == "interval" or (is_sample and choice.spread == "interval"),
    )


def _heading(known: Column, choice: ColumnChoice) -> str:
    """Return a column's own heading, with the unit that its values print in."""
    form = choice.format or known.format
    if choice.unit is None and form == known.format:
        return known.heading
    name, _, inside = known.heading.removesuffix(")").partition(" (")
    words = [word for word in inside.split(", ") if word and word not in UNITS]
    seconds = "s" if known.format == "duration" and form in ("integer", "number") else None
    unit = choice.unit or seconds or {"percent": "%", "gigas": "G"}.get(form)
    words += [] if unit is None else [unit]
    return f"{name} ({', '.join(words)})" if words else name


def joined_heading(column: TableColumn) -> str:
    """Return a heading as one text, for formats without shared headings: `CIFAR-10: Top-1`."""
    return f"{column.under}: {column.heading}" if column.under else column.heading
