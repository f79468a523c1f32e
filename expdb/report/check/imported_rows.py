"""A report against its own import: what it said when it was entered, cell by cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from expdb.domain.run import Run
from expdb.domain.table import Format
from expdb.domain.value_text import exact
from expdb.report.check.expected import document_of
from expdb.report.check.findings import Finding
from expdb.report.check.judge_number import Judged, Recorded, judge_cell
from expdb.report.check.judge_row import RowFindings
from expdb.report.check.printed_numbers import printed_numbers
from expdb.report.check.same_words import same_words
from expdb.report.check.understood import UnderstoodTable
from expdb.report.written.keyed_rows import KeyedTable
from expdb.report.written.reading.numbers import PrintedCell, is_blank
from expdb.report.written.reading.quantities import Printed
from expdb.report.written.rows import StatedRow
from expdb.report.written.tables.columns import ACCURACIES, ReadColumn
from expdb.report.written.tables.read_table import ReadTable
from expdb.report.written.written_table import WrittenRow

SAID_BY = "its import says"


class ImportedRows:
    """What was imported from one table of a report, beside the table as it is now.

    A row is known by its key. One whose words were changed is the row that was left over with most of its cells; it
    was imported once for each dataset or augmentation that its columns are of.
    """

    def __init__(
        self,
        read: ReadTable,
        table: UnderstoodTable,
        keyed: KeyedTable,
        stored: Mapping[str, Run],
        left_over: Sequence[Run],
    ) -> None:
        """Find the rows.

        Args:
            read: the table as it is now.
            table: likewise, with all of its columns.
            keyed: its rows.
            stored: all rows of the document, by their keys.
            left_over: those that no row of it has the key of.
        """
        self._read = read
        self._table = table
        self._known = [(row, stored[key]) for key, row in keyed.rows if key in stored]
        unknown = [row for key, row in keyed.rows if key not in stored]
        groups = {run.group for _, run in self._known}
        left = list(left_over)
        for row in unknown:
            alike = [(_share_alike(row, run), -run.id, run) for run in left if not groups or run.group in groups]
            share, _, run = max(alike, key=lambda one: one[:2], default=(0.0, 0, None))
            if run is not None and 2 * share >= 1:
                self._known.append((row, run))
                left.remove(run)

    def judge(self, row: WrittenRow) -> RowFindings:
        """Return the findings of a row of `read`; nothing of one that was not imported."""
        place = next((at for at, one in enumerate(self._read.written.rows) if one is row), None)
        name = "this row" if place is None else self._table.row_name(self._table.rows[place])
        found: RowFindings = {}
        for stated, run in self._known:
            if stated.line == row.line and self._is_stated(row, stated):
                found.update(self._judge_as(row, name, stated, run))
        return found

    def _judge_as(self, row: WrittenRow, name: str, stated: StatedRow, run: Run) -> RowFindings:
        found: RowFindings = {}
        is_of_another = same_words(stated.run.dataset) != same_words(run.dataset)
        is_pivot = any(column.of for column in self._read.columns)
        renamed = _renamed(stated.run.quote, run.quote)
        for place, column in enumerate(self._read.columns):
            old = renamed.get(column.quoted, column.quoted)
            if column.quoted not in stated.run.quote or old not in run.quote:
                continue
            judged = list(_judged(column, stated.run.quote[column.quoted], run.quote[old]))
            if old != column.quoted and column.is_result:
                judged = [Judged(part="text", printed=column.quoted, recorded=old, status="contradicted")]
            if is_of_another and column.is_result and (column.of or not is_pivot):
                judged = [Judged(part="text", printed=stated.run.dataset, recorded=run.dataset, status="contradicted")]
            if (key := _meant_at_import(column, stated, run)) and all(one.status == "confirmed" for one in judged):
                judged = [replace(one, status="unknown") for one in judged]
                reason = f"it was imported as {key}, and is read otherwise now"
            else:
                reason = ""
            found[place] = [self._finding(row, place, one, run, name, reason) for one in judged]
        return found

    def _is_stated(self, row: WrittenRow, stated: StatedRow) -> bool:
        """Return whether a row is the stated one: of HTML, several may stand in a line."""
        return all(
            row.cells[column.place].text == stated.run.quote.get(column.quoted, row.cells[column.place].text)
            for column in self._read.columns
        )

    def _finding(self, row: WrittenRow, place: int, judged: Judged, run: Run, name: str, reason: str = "") -> Finding:
        return Finding(
            line=row.cells[self._read.columns[place].place].line,
            column=self._table.name(place),
            part=judged.part,
            row=name,
            printed=judged.printed,
            recorded=judged.recorded,
            status="same as its import" if judged.status == "confirmed" else judged.status,
            run_ids=(run.id,),
            document=document_of(run),
            said_by=SAID_BY,
            reason=reason,
        )


def _meant_at_import(column: ReadColumn, stated: StatedRow, run: Run) -> str:
    """Return the accuracy that a column was imported as, where it is another quantity now; empty where it is none.

    The number is the same then, and what is said above the table is not: `validation accuracy`, `error rates`.
    """
    read = column.read(stated.run.quote.get(column.quoted, ""))
    if not column.is_result or read is None:
        return ""
    values = {Decimal(read.main.value), Decimal(read.main.value) / 100}
    for key in ACCURACIES:
        before, now = run.fields[key], getattr(stated.run, key)
        if (
            before is not None
            and before != now
            and {exact(before), 1 - exact(before)} & {*values, *(1 - one for one in values)}
        ):
            return key
    return ""


def _renamed(new: Mapping[str, str], old: Mapping[str, str]) -> dict[str, str]:
    """Return the headings that were others: those that only one of the two has, in their order."""
    added, gone = [text for text in new if text not in old], [text for text in old if text not in new]
    return dict(zip(added, gone, strict=True)) if len(added) == len(gone) else {}


def _share_alike(row: StatedRow, run: Run) -> float:
    """Return which share of the cells of a row are those of a run."""
    quote = row.run.quote
    alike = sum(same_words(text) == same_words(run.quote.get(heading, "")) for heading, text in quote.items())
    return alike / len(quote) if quote else 0.0


def _judged(column: ReadColumn, new: str, old: str) -> Iterator[Judged]:
    """Yield what becomes of a cell, number by number where it prints some."""
    now, before = column.text_of(new) or new, column.text_of(old) or old
    read, known = column.read(new), column.read(old)
    is_bound = any(one is not None and one.is_below for one in (read, known))
    if read is not None and known is not None and not is_bound and (column.is_result or column.form != "number"):
        texts = {"": known.main.text, **{part: one.text for part, one in _beside(known).items()}}
        for judged in judge_cell(read, _recorded(known, column)):
            yield replace(judged, recorded=texts.get(judged.part, judged.recorded))
        return
    is_same = same_words(now) == same_words(before)
    numbers = printed_numbers(now, column.units)
    if is_same:
        numbers = numbers if column.is_result else []
        yield from (Judged(part=part, printed=text, recorded=text, status="confirmed") for part, text in numbers)
    elif not (is_blank(now) and is_blank(before)):
        is_number = column.is_result
        part, printed = "" if is_number else "text", "nothing" if is_blank(now) else now
        yield Judged(part=part, printed=printed, recorded=before or "nothing", status="contradicted")


def _recorded(known: PrintedCell, column: ReadColumn) -> Recorded:
    beside = {part: one.value for part, one in _beside(known).items()}
    form: Format = "number" if column.form == "bytes" or column.form == "count" else column.form
    return Recorded(
        main=known.main.value,
        form=form,
        std=beside.get("std"),
        n=known.n,
        low=beside.get("low"),
        high=beside.get("high"),
        is_copied=True,
    )


def _beside(known: PrintedCell) -> dict[str, Printed]:
    numbers = {"std": known.std, "low": known.low, "high": known.high}
    return {part: number for part, number in numbers.items() if number is not None}
