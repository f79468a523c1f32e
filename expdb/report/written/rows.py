"""The rows of a written table as reported runs: one for each row, or for each dataset or augmentation of a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from expdb.domain.run import ReportedRun
from expdb.report.written.reading.model_cell import is_summary
from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.tables.columns import Coordinate, ReadColumn
from expdb.report.written.tables.read_table import ReadTable
from expdb.report.written.tables.row_reader import RowReader
from expdb.report.written.written_table import WrittenRow

_LINKED = "; "  # before what a row leads to, behind its source

Of = tuple[Coordinate, ...]


@dataclass(frozen=True, kw_only=True)
class StatedRow:
    """One reported run, on its way.

    Attributes:
        run: without group and document; its name is its number in the table, its source its place there.
        described: heading, or what it is read as, and text of each cell that is no result: what tells rows apart.
        line: number of its line in the document.
    """

    run: ReportedRun
    described: tuple[tuple[str, str], ...]
    line: int


@dataclass(frozen=True, kw_only=True)
class StatedRows:
    """What the rows of a table state; `skipped` says of each other row why it states no run."""

    rows: tuple[StatedRow, ...] = ()
    skipped: tuple[str, ...] = ()


def stated_rows(table: ReadTable) -> StatedRows:
    """Return the rows of a table as reported runs, each with its place in the table as its source."""
    if table.problem:
        return StatedRows(skipped=(table.problem,))
    found: list[StatedRow] = []
    skipped: list[str] = []
    above: str | None = None  # the dataset of the row above, where there is a column for it
    section: str | None = None
    for number, row in enumerate(table.written.rows, start=1):
        if row.section != section:
            above, section = None, row.section
        place = f"{number} (line {row.line})"
        stated = _Row(table, row, above=above)
        above = stated.own_dataset or above
        reasons: list[str] = []
        skipped += [f"row {place}: {said}" for said in stated.said_twice()]
        for of in stated.coordinates:
            read = stated.run(of, name=str(len(found) + 1), place=place)
            if isinstance(read, StatedRow):
                found.append(read)
            else:
                reasons.append(read)
                if len(stated.coordinates) > 1 and (said := stated.words_of(of)):
                    skipped.append(f"row {place}: {said} is no result")
        if len(reasons) == len(stated.coordinates):
            skipped.append(f"row {place}: {reasons[0]}")
    return StatedRows(rows=tuple(found), skipped=tuple(skipped))


class _Row:
    """One written row."""

    def __init__(self, table: ReadTable, row: WrittenRow, *, above: str | None) -> None:
        self._table = table
        self._columns = [column.as_entered() for column in table.columns]
        self._row = row
        self._above = above
        self.own_dataset = self._of_column()

    @property
    def coordinates(self) -> list[Of]:
        """What the results of the row are of, where headings say so; one empty one where none does."""
        said = dict.fromkeys(column.of for column in self._columns if column.of and not self._is_of_another(column))
        return list(said) or [()]

    def said_twice(self) -> Iterator[str]:
        """Say of each cell why it is not read where its heading and its row say two datasets."""
        for column in self._of_others():
            of = dict(column.of)["dataset"]
            text = self._row.cells[column.place].text
            yield f"{column.quoted} “{text}” is not read: its heading says {of}, its row {self._row_dataset}"

    def words_of(self, of: Of) -> str:
        """Return the cells of one dataset or augmentation that say something and hold no result; empty if none do."""
        cells = [(column, self._row.cells[column.place].text) for column in self._columns if column.of == of]
        return ", ".join(f"{column.quoted} “{text}”" for column, text in cells if not is_blank(text))

    def run(self, of: Of, *, name: str, place: str) -> StatedRow | str:
        """Return what the row states of one dataset or augmentation as a run, or why it states none."""
        shared = [column for column in self._columns if not column.of]
        own = [column for column in self._columns if column.of and column.of == of]
        reader = RowReader(self._table.datasets)
        self._read(reader, shared)
        if len(self.coordinates) > 1:
            reader.has_result = False
        self._read(reader, own)
        others = self._of_others()
        for column in others:
            reader.leave(column, self._row.cells[column.place])
        if self._row.section is not None and self._table.datasets.get(self._row.section) is None:
            reader.state("section", self._row.section)
        reader.place(of)
        values = reader.values()
        model, dataset = values.pop("model", None), self._dataset(values.pop("dataset", None))
        if model is None:
            return "names no model"
        if is_summary(model):
            return f"“{model}” is no model, but says something of other rows"
        if dataset is None:
            return "says no dataset"
        if not reader.has_result:
            return "holds no result"
        shown = sorted({column.place: column for column in [*shared, *own, *others]}.items())
        quote = {column.quoted: self._row.cells[at].text for at, column in shown}
        of_column = f", column “{own[0].quoted}”" if len(self.coordinates) > 1 else ""
        source = _LINKED.join([f"{place}{of_column}", *reader.links])
        run = ReportedRun(name=name, group="", source=source, quote=quote, dataset=dataset, model=model, **values)
        return StatedRow(run=run, described=tuple(self._described(shared, of)), line=self._row.line)

    def _read(self, reader: RowReader, columns: Sequence[ReadColumn]) -> None:
        for column in columns:
            reader.read(column, self._row.cells[column.place])

    @property
    def _row_dataset(self) -> str | None:
        """The dataset that the row itself says: in its cell, the one above that, or its section."""
        return self.own_dataset or self._above or self._table.datasets.get(self._row.section or "")

    def _is_of_another(self, column: ReadColumn) -> bool:
        """Tell whether a heading says another dataset than the row does."""
        of = dict(column.of).get("dataset")
        return of is not None and self._row_dataset not in (None, of)

    def _of_others(self) -> list[ReadColumn]:
        """Return the columns whose cell of the row says something, of another dataset than the row does."""
        return [
            column
            for column in self._columns
            if self._is_of_another(column) and not is_blank(self._row.cells[column.place].text)
        ]

    def _of_column(self) -> str | None:
        for column in self._table.columns:
            text = self._row.cells[column.place].text.strip()
            if column.role == "dataset" and text:
                return self._table.datasets.get(text, text)
        return None

    def _dataset(self, stated: str | None) -> str | None:
        """Return the row's dataset: as its heading or cell says, the cell above, the section, or what is around."""
        return stated or self._row_dataset or self._table.dataset

    def _described(self, shared: Sequence[ReadColumn], of: Of) -> Iterator[tuple[str, str]]:
        if self._row.section is not None:
            yield "section", self._row.section
        for column in shared:
            if not column.is_result and column.role != "links" and column.heading.key != "row":
                known = column.role not in ("setting", "tick", "nothing")
                yield column.role if known else column.quoted, self._row.cells[column.place].text
        yield from of
