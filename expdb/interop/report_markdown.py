"""Reported rows from the tables of a Markdown text.

A table is read if a column names a model and another one holds a result; what its cells say beyond that is kept as
settings and metrics under their headings, and every cell as printed in the row's quote.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from markdown_it import MarkdownIt

from expdb.domain.run import ReportedRun
from expdb.errors import SpecError
from expdb.interop.reported.enter import ReportedTable, row_source
from expdb.report.written.formats.markdown_tables import read_tables
from expdb.report.written.reading.columns import StatedColumn, dataset_named, stated_columns
from expdb.report.written.reading.row_reader import RowReader
from expdb.report.written.row_identity import document_key, row_keys
from expdb.report.written.written_table import WrittenRow, WrittenTable
from expdb.store.name_rules import label

_LONGEST_GROUP = 64


def read_markdown(
    text: str,
    *,
    name: str,
    group: str | None = None,
    dataset: str | None = None,
    source: str | None = None,
    page: int | None = None,
    document: str | None = None,
) -> list[ReportedTable]:
    """Return the tables of a Markdown text, those that cannot be read with the reason.

    Args:
        name: of the file; its last part stands for the document where no heading does.
        group: what the rows' group is called, with a number where several tables are read; None: by the heading above.
        dataset: of the rows whose table does not say it.
        source: the document, if it is not called by its first heading.
        page: where in it the tables are.
        document: what tells it from others; None: as `document_key` says.

    Raises:
        SpecError: the group's name is empty, too long or not printable.
    """
    if group is not None and len(label("group", group)) > _LONGEST_GROUP:
        raise SpecError(f"group {group[:20]!r}… has {len(group)} characters: use at most {_LONGEST_GROUP}")
    headings = list(_headings(text))
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    key, title = document_key(name, document), source or (headings[0][1] if headings else stem)
    tables, described = [], []
    for written in read_tables(text):
        caption = next((said for line, said in reversed(headings) if line < written.first_line), title)
        table = _read(written, caption, title, dataset, file=name, page=page)
        described += [(caption, _described(written, run)) for run in table.runs]
        tables.append(replace(table, is_cited=source is not None or page is not None))
    keys = iter(row_keys(key, described))
    tables = [
        replace(table, runs=tuple(replace(run, document=key, row_key=next(keys)) for run in table.runs))
        for table in tables
    ]
    return _named(tables, stem, group)


def _described(written: WrittenTable, run: ReportedRun) -> list[tuple[str, str]]:
    """Return the cells of a row that are no results."""
    columns = stated_columns(written.headings, [[cell.text for cell in row.cells] for row in written.rows])
    results = {column.quoted for column in columns if column.is_result}
    section = [("section", run.settings["section"])] if "section" in run.settings else []
    return [*section, *((heading, cell) for heading, cell in run.quote.items() if heading not in results)]


def _headings(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and words of every heading."""
    for opened, inline in pairwise(MarkdownIt("commonmark").enable("table").parse(text)):
        if opened.type == "heading_open" and opened.map is not None:
            shown = (token.content or " " for token in inline.children or () if token.type != "html_inline")
            if words := " ".join("".join(shown).split()):
                yield opened.map[0] + 1, words


def _read(
    written: WrittenTable, caption: str, document: str, dataset: str | None, *, file: str, page: int | None
) -> ReportedTable:
    """Return a table whose rows are named by their number alone, and whose group is its caption."""
    table = ReportedTable(file=file, line=written.first_line, group=caption)
    columns = stated_columns(written.headings, [[cell.text for cell in row.cells] for row in written.rows])
    listed = ", ".join(heading for heading in written.headings if heading)
    if not any(column.role == "model" for column in columns):
        return replace(table, skipped=(f"no column names a model ({listed})",))
    if not any(column.is_result for column in columns):
        return replace(table, skipped=(f"no column holds a result ({listed})",))
    dataset = dataset or dataset_named(*written.headings) or dataset_named(caption)
    if dataset is None and not any(column.role == "dataset" for column in columns):
        return replace(table, skipped=("no column or heading says the dataset: give --dataset NAME",))
    runs, skipped = [], []
    for number, row in enumerate(written.rows, start=1):
        source = row_source(document, page=page, table=caption, row=f"{number} (line {row.line})")
        read = _reported_run(row, columns, dataset, name=str(number), source=source)
        if isinstance(read, str):
            skipped.append(f"row {number} (line {row.line}): {read}")
        else:
            runs.append(read)
            dataset = read.dataset if any(column.role == "dataset" for column in columns) else dataset
    return replace(table, runs=tuple(runs), skipped=tuple(skipped))


def _reported_run(
    row: WrittenRow, columns: Sequence[StatedColumn], dataset: str | None, *, name: str, source: str
) -> ReportedRun | str:
    """Return a row as a run, or why it is none; no dataset in its cell means that of the row above."""
    cells = [cell.text for cell in row.cells]
    reader = RowReader()
    for column, cell in zip(columns, cells, strict=True):
        reader.read(column, cell)
    if row.section is not None:
        reader.state("section", row.section)
    values = reader.values()
    model, stated = values.pop("model", None), values.pop("dataset", None) or dataset
    if model is None:
        return "names no model"
    if stated is None:
        return "says no dataset"
    if not reader.has_result:
        return "holds no result"
    quote = {column.quoted: cell for column, cell in zip(columns, cells, strict=True)}
    return ReportedRun(name=name, group="", source=source, quote=quote, dataset=stated, model=model, **values)


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
