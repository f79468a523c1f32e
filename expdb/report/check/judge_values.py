"""Single numbers of a text, each between the marks that name its table, row and column: judged, and written anew."""

import html
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from expdb.errors import NotFoundError, SpecError, unknown
from expdb.report.addresses import PARTS, cell_parts
from expdb.report.check.expected import ExpectedRow, ExpectedTable, expected_table, is_interval
from expdb.report.check.findings import CheckedTable, Finding, said_status
from expdb.report.check.judge_number import FindingStatus, Judged, Recorded, judge_cell, worst
from expdb.report.check.past_cells import Past
from expdb.report.check.same_words import same_words
from expdb.report.source import Correctness, TableSource
from expdb.report.tables.plan import AskedTable
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.writers.markdown import escape
from expdb.report.written.bad_marks import BadMarks
from expdb.report.written.reading.numbers import PrintedCell, is_blank, read_cell
from expdb.report.written.value_marks import ValueMark, find_value_marks, with_values

_MARKUP = r"(?:[*_\s]|<[^<>]*>)*"
_DECORATED = re.compile(rf"({_MARKUP})(.*?)({_MARKUP})", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_ESCAPED = re.compile(r"\\([^\w\s]|_)")
_UNIT = "%"  # what a text may print behind a number that has it in its heading


def check_values(
    text: str,
    source: TableSource,
    definitions: Sequence[AskedTable],
    *,
    correct: Correctness | None = None,
    document: str = "",
    is_markdown: bool = True,
) -> list[CheckedTable]:
    """Check the marked numbers of a Markdown or HTML text; those of one table stand together.

    Args:
        text: the report.
        source: the runs: a store.
        definitions: the saved tables.
        correct: as for `build_table`.
        document: the key of rows that were imported from this report.
        is_markdown: its code is text.

    Raises:
        NotFoundError: a mark names a table, row or column that is not there; says the line.
        SpecError: the marks do not fit each other, or a table cannot be built or its rows not be asked for.
    """
    judge = ValueJudge(source, definitions, correct, document=document)
    found: dict[str, list[Finding]] = defaultdict(list)
    lines: dict[str, int] = {}
    bad = BadMarks()
    for mark in find_value_marks(text, is_markdown=is_markdown, bad=bad):
        lines.setdefault(mark.table, mark.line)
        with bad.gathered():
            found[mark.table] += judge.judge(mark)
    bad.raise_any()
    return [
        CheckedTable(line=line, name=name, is_marked=True, is_of_values=True, findings=tuple(found[name]))
        for name, line in lines.items()
    ]


def update_values(
    text: str,
    source: TableSource,
    definitions: Sequence[AskedTable],
    *,
    correct: Correctness | None = None,
    is_markdown: bool = True,
) -> str:
    """Return the text with its marked numbers as their tables print them now, and every other character as it was.

    Raises:
        NotFoundError, SpecError: as `check_values`.
    """
    judge = ValueJudge(source, definitions, correct)
    as_text = escape if is_markdown else partial(html.escape, quote=False)
    bad = BadMarks()

    def render(mark: ValueMark) -> str:
        try:
            return judge.rewritten(mark, as_text)
        except (SpecError, NotFoundError) as problem:
            bad.add(problem)
            return ""

    text = with_values(text, render, is_markdown=is_markdown, bad=bad)
    bad.raise_any()
    return text


class ValueJudge:
    """Judges single numbers; each table that they are of is made once."""

    def __init__(
        self,
        source: TableSource,
        definitions: Sequence[AskedTable],
        correct: Correctness | None,
        *,
        document: str = "",
    ) -> None:
        """Begin without a table."""
        self._document = document
        self._source = source
        self._definitions = {definition.name: definition for definition in definitions}
        self._correct = correct
        self._made: dict[str, tuple[ExpectedTable, Past, Mapping[str, int]]] = {}

    def judge(self, mark: ValueMark) -> list[Finding]:
        """Return a finding for each number between the marks, and for words that are wrong."""
        expected, past, _ = self._table(mark)
        row, index, part = self._place(mark)
        slot, text = expected.slots[index], self._text(mark)
        printed = _plain(mark.printed)
        facts = _of_part(row.facts[index], part)
        if facts is None and not is_blank(text):
            is_same = same_words(printed) == same_words(text)
            found = [] if is_same else [_wrong("text", printed or "nothing", text)]
            return [self._finding(mark, one, row, index) for one in found]
        read = _read(printed, slot, part)
        if read is None or facts is None:
            is_same = facts is None and is_blank(printed)
            found = [] if is_same else [_wrong("", printed or "nothing", text)]
            return [self._finding(mark, one, row, index) for one in found]
        found, reason = judge_cell(read, _beside(facts, read)), ""
        if worst(found) in ("contradicted", "unknown"):
            for earlier, until in past.facts(row, index):
                was = _of_part(earlier, part)
                if was is not None and worst(judge_cell(read, _beside(was, read))) == "confirmed":
                    found = [replace(one, status="stale") if one.status != "confirmed" else one for one in found]
                    reason = f"it was true until {until}"
                    break
        return [self._finding(mark, one, row, index, reason) for one in found]

    def _finding(self, mark: ValueMark, judged: Judged, row: ExpectedRow, index: int, reason: str = "") -> Finding:
        document = row.document(index)
        return Finding(
            line=mark.line,
            column=mark.column,
            part=judged.part,
            row=mark.row,
            printed=judged.printed,
            recorded=judged.recorded,
            status=self._said(judged.status, row, index),
            run_ids=row.cells[index].run_ids or row.run_ids,
            document=document or "",
            reason=reason,
        )

    def said_of(self, mark: ValueMark) -> FindingStatus:
        """Return the status of a value that is as the table prints it. Raises NotFoundError and SpecError."""
        row, index, _ = self._place(mark)
        return self._said("confirmed", row, index)

    def _said(self, status: FindingStatus, row: ExpectedRow, index: int) -> FindingStatus:
        is_tracked = row.is_tracked(index)
        return said_status(status, row.document(index), own_document=self._document, is_tracked=is_tracked)

    def rewritten(self, mark: ValueMark, as_text: Callable[[str], str]) -> str:
        """Return what stands between the marks once it is as the table prints it; markup around it stays.

        Where more of a mean is printed than itself, that is the whole cell. A unit stays behind the number.
        """
        text, printed = self._text(mark), _plain(mark.printed)
        expected, _, _ = self._table(mark)
        row, index, part = self._place(mark)
        slot = expected.slots[index]
        read = _read(printed, slot, part)
        if part == "" and read is not None and (read.std or read.n or read.low) and not read.is_interval:
            text = row.cells[index].text
        elif read is not None and slot.printed.format == "percent" and read.main.unit.strip() == _UNIT:
            text += read.main.unit
        if text == printed:
            return mark.printed
        match = _DECORATED.fullmatch(mark.printed)
        assert match is not None  # noqa: S101 - it fits any text
        return f"{match[1]}{as_text(text)}{match[3]}"

    def _text(self, mark: ValueMark) -> str:
        """Return what the table prints of it."""
        expected, _, _ = self._table(mark)
        row, index, part = self._place(mark)
        return _parts(row, index, expected.slots[index])[part]

    def _place(self, mark: ValueMark) -> tuple[ExpectedRow, int, str]:
        """Return the row, the place of the column, and the part of its mean. Raises NotFoundError and SpecError."""
        expected, _, keys = self._table(mark)
        if mark.row not in keys:
            known = list(keys)
            raise NotFoundError(f"line {mark.line}: {_unknown('row', mark.row, known, mark.table)}")
        row = expected.rows[keys[mark.row]]
        places = [index for index, slot in enumerate(expected.slots) if slot.printed.address == mark.column]
        if len(places) > 1:
            raise SpecError(
                f"line {mark.line}: {len(places)} columns of table {mark.table!r} are asked for by {mark.column!r}: "
                "leave one of them out of its definition"
            )
        if places:
            return row, places[0], ""
        address, _, part = mark.column.rpartition(":")
        for index, slot in enumerate(expected.slots):
            if slot.printed.address == address and part in PARTS and part in _parts(row, index, slot):
                return row, index, part
        known = [
            f"{slot.printed.address}:{part}" if part else slot.printed.address
            for index, slot in enumerate(expected.slots)
            for part in _parts(row, index, slot)
        ]
        raise NotFoundError(f"line {mark.line}: {_unknown('column', mark.column, known, mark.table)}")

    def _table(self, mark: ValueMark) -> tuple[ExpectedTable, Past, Mapping[str, int]]:
        """Return the table of a mark, what it said earlier, and the places of its rows by key."""
        if mark.table not in self._made:
            if mark.table not in self._definitions:
                told = unknown("table", mark.table, self._definitions, listing="expdb tables")
                raise NotFoundError(f"line {mark.line}: {told}")
            expected = expected_table(self._source, self._definitions[mark.table], correct=self._correct)
            if expected.key_problem:
                raise SpecError(f"line {mark.line}: {expected.key_problem}")
            places = {row.line.key: place for place, row in enumerate(expected.rows) if row.line.key is not None}
            self._made[mark.table] = expected, Past(self._source, expected), places
        return self._made[mark.table]


def _parts(row: ExpectedRow, index: int, slot: ShownColumn) -> Mapping[str, str]:
    group = row.groups[index]
    is_reported = group is not None and group.run.kind == "reported"
    return cell_parts(row.cells[index], slot.printed, is_reported=is_reported)


def _of_part(facts: Recorded | None, part: str) -> Recorded | None:
    """Return what is recorded of a part of a cell."""
    if facts is None or part in ("", "cell"):
        return facts
    if part == "n":
        return None if facts.n is None else Recorded(main=Decimal(facts.n), form="integer", is_given=True)
    return None if facts.std is None else Recorded(main=facts.std, form=facts.form)


def _beside(facts: Recorded, read: PrintedCell) -> Recorded:
    """Return what is recorded without a spread that is not asked for."""
    return replace(facts, std=None) if read.std is None else facts


def _read(printed: str, slot: ShownColumn, part: str) -> PrintedCell | None:
    form = "integer" if part == "n" else slot.printed.format
    return read_cell(printed, form, is_interval=is_interval(slot))


def _plain(printed: str) -> str:
    """Return what a reader sees between the marks."""
    return " ".join(_ESCAPED.sub(r"\1", html.unescape(_TAG.sub("", printed))).split()).strip("*_ ")


def _unknown(kind: str, name: str, known: Sequence[str], table: str) -> str:
    return unknown(f"{kind} of table {table!r}", name, known, listing=f"expdb table {table} --format macros")


def _wrong(part: str, printed: str, recorded: str) -> Judged:
    return Judged(part=part, printed=printed, recorded=recorded, status="contradicted")
