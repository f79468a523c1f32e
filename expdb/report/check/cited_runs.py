"""The runs that a document names by number, where its numbers are those of a database that was merged into this one.

A table that was printed from another database says so in a note (`run_ids.numbering_note`). Its numbers of runs mean
other runs here: they are read as the numbers that these runs have here, and never compared with them otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from expdb.report.run_ids import RUN_COLUMNS, are_here, cited, database_named, parse, runs_text, short
from expdb.report.source import MergedNumbers, TableSource
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.written_table import WrittenCell, WrittenTable

_MOST = 1000  # runs of a range


class CitedRuns:
    """Of each table of a document, whose numbers those of its runs are."""

    def __init__(self, source: TableSource, text: str, tables: Sequence[WrittenTable], vocabulary: Vocabulary) -> None:
        """Read what stands at and below each table, up to the next one."""
        self._vocabulary = vocabulary
        self._texts: dict[int, str] = {}
        self._databases: dict[int, str] = {}
        self._merged: dict[str, MergedNumbers | None] = {}
        lines = text.splitlines()
        ends = [*(table.first_line - 1 for table in tables[1:]), len(lines)][: len(tables)]
        for table, end in zip(tables, ends, strict=True):
            below = "\n".join(lines[table.first_line - 1 : end])
            named = database_named(below)
            if named is not None and not source.uuid.startswith(named):
                self._texts[table.first_line] = "\n".join(lines[table.last_line : end])
                self._databases[table.first_line] = named
                if named not in self._merged:
                    self._merged[named] = source.merging.merged(named)

    def as_numbered_here(self, table: WrittenTable) -> WrittenTable:
        """Return a table with the numbers that its runs have here; blank where they are not known."""
        if table.first_line not in self._databases:
            return table
        numbers = self._numbers(table)
        places = self._places(table)

        def here(cell: WrittenCell, place: int) -> WrittenCell:
            if place not in places:
                return cell
            ids, odd = parse(cell.text, most=_MOST)
            is_known = ids and not odd and all(run_id in numbers for run_id in ids)
            return replace(cell, text=short(numbers[run_id] for run_id in ids) if is_known else "")

        rows = tuple(
            replace(row, cells=tuple(here(cell, place) for place, cell in enumerate(row.cells))) for row in table.rows
        )
        return replace(table, rows=rows)

    def told(self, table: WrittenTable) -> Iterator[str]:
        """Yield which runs here are those that a table and its notes name by the numbers of another database."""
        named = self._databases.get(table.first_line)
        if named is None:
            return
        ids = cited(self._texts[table.first_line])
        for row in table.rows:
            for place in self._places(table):
                ids |= set(parse(row.cells[place].text, most=_MOST)[0])
        merged = self._merged[named]
        if merged is None:
            yield f"its runs are those of database {named}, which was not merged here: their numbers are not compared"
            return
        known = sorted(run_id for run_id in ids if run_id in merged.numbers)
        name = f"database {named} ({merged.label})"
        if known:
            yield f"{runs_text(known)} of {name} {are_here([merged.numbers[run_id] for run_id in known], known)}"
        if lacking := ids - set(known):
            yield f"{runs_text(lacking)} of {name} {'is' if len(lacking) == 1 else 'are'} not here"

    def _numbers(self, table: WrittenTable) -> dict[int, int]:
        merged = self._merged[self._databases[table.first_line]]
        return {} if merged is None else dict(merged.numbers)

    def _places(self, table: WrittenTable) -> list[int]:
        headings = enumerate(table.headings)
        return [place for place, text in headings if RUN_COLUMNS & set(read_heading(text, self._vocabulary).keys)]
