"""From runs and a table definition to a table: exact values, and their text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from expdb.domain.run import Run
from expdb.domain.table import ColumnChoice, Format, TableDefinition
from expdb.report.columns import column
from expdb.report.formats import format_value, is_known, one_line

DEFAULT_COLUMNS = tuple(
    ColumnChoice(key=key)
    for key in (
        "id",
        "state",
        "dataset",
        "model_label",
        "aug_label",
        "epochs",
        "seed",
        "top1",
        "top5",
        "num_params",
        "train_seconds",
    )
)


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """A column of a built table: the catalog's column with the definition's heading, format and decimals."""

    key: str
    heading: str
    format: Format
    decimals: int | None
    align: Literal["left", "right"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value and its text; the value is None where it is not known."""

    value: Any
    text: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """The cells of one run."""

    run_id: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table ready to be written in any format."""

    name: str
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[Row, ...]


def build_table(runs: Sequence[Run], definition: TableDefinition) -> Table:
    """Build the table of these runs (the definition's filter is the store's business).

    Raises:
        NotFoundError: the definition names an unknown column.
    """
    columns = tuple(_resolve(choice) for choice in definition.columns)
    return Table(
        name=definition.name,
        title=definition.title,
        columns=columns,
        rows=tuple(
            Row(run_id=run.id, cells=tuple(_cell(run, choice) for choice in columns))
            for run in sort_runs(runs, definition.sort)
        ),
    )


def sort_runs(runs: Sequence[Run], keys: Sequence[str]) -> list[Run]:
    """Return the runs sorted by columns (`-` before a key: descending), unknown values last, ties as they came.

    Raises:
        NotFoundError: an unknown column.
    """
    ordered = list(runs)
    for key in reversed(keys):  # sorting is stable, so the first key is applied last
        value = column(key.removeprefix("-")).value
        known = [run for run in ordered if is_known(value(run))]
        missing = [run for run in ordered if not is_known(value(run))]
        ordered = sorted(known, key=value, reverse=key.startswith("-")) + missing
    return ordered


def _resolve(choice: ColumnChoice) -> TableColumn:
    known = column(choice.key)
    is_own_format = choice.format is None or choice.format == known.format
    return TableColumn(
        key=known.key,
        heading=one_line(known.heading if choice.heading is None else choice.heading),
        format=choice.format or known.format,
        decimals=known.decimals if choice.decimals is None and is_own_format else choice.decimals,
        align=known.align,
    )


def _cell(run: Run, choice: TableColumn) -> Cell:
    value = column(choice.key).value(run)
    text = format_value(value, choice.format, choice.decimals)
    return Cell(value=value if is_known(value) else None, text=text)
