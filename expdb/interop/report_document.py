"""Reported rows from the tables of a written report: Markdown, HTML, LaTeX or CSV.

A table is read if a column names a model and another one holds a result; what its cells say beyond that is kept as
settings and metrics under their headings, and every cell as printed in the row's quote.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from expdb.errors import SpecError
from expdb.interop.reported.enter import ReportedTable, row_source
from expdb.report.written.document import read_document
from expdb.report.written.keyed_rows import keyed_rows
from expdb.report.written.reading.cell_words import words_in_use
from expdb.report.written.reading.vocabulary import Vocabulary, default_vocabulary
from expdb.report.written.row_identity import document_key
from expdb.report.written.rows import StatedRow
from expdb.report.written.tables.read_table import ReadTable, read_table
from expdb.report.written.written_table import WrittenDocument
from expdb.store.name_rules import label

_LONGEST_GROUP = 64


@dataclass(frozen=True, kw_only=True)
class ReportChoices:
    """How a report is read and called.

    Attributes:
        group: what the rows' group is called, with a number where several tables are read; None: by the heading above.
        dataset: of the rows whose table does not say it.
        source: the document, if it is not called by its first heading.
        page: where in it the tables are.
        document: what tells it from others; None: as `document_key` says.
    """

    group: str | None = None
    dataset: str | None = None
    source: str | None = None
    page: int | None = None
    document: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReportReading:
    """What a report holds.

    Attributes:
        name: of the file.
        tables: those that cannot be read with the reason.
        readings: how the columns of each were understood; none of a list of rows.
        unread: what looks like a table and is not read: its line, and why.
        unread_cells: what is printed in a table and belongs to no one column: its line, and why.
        other_files: what it takes in and nobody reads: the line, and what can be done about it.
        included: the names of files that it takes in, and that are read too.
    """

    name: str
    tables: tuple[ReportedTable, ...]
    readings: tuple[ReadTable, ...] = ()
    unread: tuple[tuple[int, str], ...] = field(default=())
    unread_cells: tuple[tuple[int, str], ...] = field(default=())
    other_files: tuple[tuple[int, str], ...] = field(default=())
    included: tuple[str, ...] = field(default=())


def read_report(
    text: str,
    *,
    name: str,
    choices: ReportChoices | None = None,
    vocabulary: Vocabulary | None = None,
    given: Collection[str] = (),
) -> ReportReading:
    """Return the tables of a written report as reported rows.

    Args:
        text: of the document.
        name: of the file; its suffix says the format, its last part stands for the document where no heading does.
        choices: how it is read and called.
        vocabulary: what headings are read by; None: expdb's own.
        given: the names of files that are read too.

    Raises:
        SpecError: the group's name is empty, too long or not printable; the file is of no format that is read.
    """
    said = choices or ReportChoices()
    if said.group is not None and len(label("group", said.group)) > _LONGEST_GROUP:
        raise SpecError(f"group {said.group[:20]!r}… has {len(said.group)} characters: use at most {_LONGEST_GROUP}")
    words = vocabulary or default_vocabulary()
    with words_in_use(words.cells):
        document = read_document(text, name=name, given=given)
        readings = tuple(read_table(table, words, dataset=said.dataset) for table in document.tables)
        tables = _tables(readings, document, name, said)
    return ReportReading(
        name=name,
        tables=tables,
        readings=readings,
        unread=document.unread,
        unread_cells=document.unread_cells,
        other_files=document.other_files,
        included=document.included,
    )


def _tables(
    readings: Sequence[ReadTable], document: WrittenDocument, name: str, said: ReportChoices
) -> tuple[ReportedTable, ...]:
    """Return tables whose rows have their keys, names and sources."""
    stem = PurePath(name.replace("\\", "/")).stem
    title, key = said.source or document.title or stem, document_key(name, said.document)
    keyed = keyed_rows(readings, document=key, title=title)
    tables = []
    for reading, table in zip(readings, keyed, strict=True):
        runs = [
            replace(row.run, document=key, row_key=own_key, source=_source(row, title, table.caption, said.page))
            for own_key, row in table.rows
        ]
        tables.append(
            ReportedTable(
                file=name,
                line=reading.written.first_line,
                group=table.caption,
                runs=tuple(runs),
                skipped=table.stated.skipped,
                is_declared=said.document is not None,
                given=frozenset(column.quoted for column in reading.columns if column.heading.given_by),
                is_cited=said.source is not None or said.page is not None,
            )
        )
    return tuple(_named(tables, stem, said.group))


def _source(row: StatedRow, document: str, caption: str, page: int | None) -> str:
    return row_source(document, page=page, table=caption, row=row.run.source)


def _named(tables: Sequence[ReportedTable], stem: str, group: str | None) -> list[ReportedTable]:
    """Name groups and rows."""
    is_numbered = group is not None and sum(bool(table.runs) for table in tables) > 1  # from the first one on
    named: list[ReportedTable] = []
    used: set[str] = set()
    for table in tables:
        base = (group or "").strip() or _slug(table.group) or _slug(stem) or "report"
        chosen = _unused(base, used, start=1 if is_numbered else None) if table.runs else ""
        used.add(chosen)
        runs = tuple(replace(run, group=chosen, name=f"{chosen}/{run.name}") for run in table.runs)
        named.append(replace(table, group=chosen, runs=runs))
    return named


def _slug(text: str) -> str:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    slug = ""
    for word in words:
        if len(slug) + len(word) + 1 > _LONGEST_GROUP:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or "".join(words)[:_LONGEST_GROUP]


def _unused(base: str, used: set[str], *, start: int | None) -> str:
    """Return the name itself (without `start`), or the first free one with a number behind it."""
    if start is None and base not in used:
        return base
    number = start or 2
    while f"{base[: _LONGEST_GROUP - 4]}-{number}" in used:
        number += 1
    return f"{base[: _LONGEST_GROUP - 4]}-{number}"
