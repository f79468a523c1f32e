"""Rows of documents on their way into the store: entered once, by name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from expdb.domain.run import ReportedRun, Run
from expdb.errors import NotFoundError, SpecError
from expdb.store.store import Store

# The same row may be copied from the document's text or from its list of rows.
_COPIED = ("quote", "document", "row_key")
_MOST_KEPT = 200  # letters of a name that a removed run keeps


@dataclass(frozen=True, kw_only=True)
class ReportedTable:
    """One table of a document.

    Attributes:
        file: where it was read.
        line: number of its first line, from 1; None where the file is no text with tables.
        runs: its rows; none where it was not read.
        skipped: why it, or a row of it, was not read.
        is_cited: its source or page was given, so that a row with another one is not the same.
    """

    file: str
    line: int | None = None
    group: str = ""
    runs: tuple[ReportedRun, ...] = ()
    skipped: tuple[str, ...] = ()
    is_cited: bool = False


@dataclass(frozen=True, kw_only=True)
class EnteredTable:
    """What became of a table's rows, ids by name.

    Attributes:
        new: rows that were entered, also in place of a removed one that says something else.
        restored: rows that had been removed and are back.
        present: rows whose names were there already; nothing was changed.
        different: those of the present rows that say something else than the table.
    """

    group: str
    new: Mapping[str, int]
    restored: Mapping[str, int]
    present: Mapping[str, int]
    different: Mapping[str, int]


def enter(store: Store, table: ReportedTable) -> EnteredTable:
    """Store the rows of a table, except those whose names are there already.

    A removed row that says the same in every word is restored, any other one gives its name away.

    Raises:
        SpecError: a row's name belongs to a run that is no reported one.
    """
    new, restored, present, different = {}, {}, {}, {}
    for reported in table.runs:
        try:
            run = store.run(reported.name)
        except NotFoundError:
            new[reported.name] = store.add_reported(reported)
            continue
        if run.kind != "reported":
            raise SpecError(f"name {reported.name!r} is taken by run {run.id}, a {run.kind} one: choose another group")
        if run.removed_at is None:
            present[reported.name] = run.id
            if not _says_the_same(run, reported, but=_COPIED if table.is_cited else ("source", *_COPIED)):
                different[reported.name] = run.id
        elif _says_the_same(run, reported, but=("document", "row_key")):
            restored[reported.name] = store.restore_run(run.id).id
        else:
            store.rename_run(run.id, f"{reported.name[:_MOST_KEPT]}~{run.id}")
            new[reported.name] = store.add_reported(reported)
    return EnteredTable(group=table.group, new=new, restored=restored, present=present, different=different)


def row_source(document: str, *, page: int | str | None, table: str, row: int | str) -> str:
    """Return the source of a row: `A study, p. 7, table “Results”, row 2`."""
    return ", ".join([document, *([] if page is None else [f"p. {page}"]), f"table “{table}”", f"row {row}"])


def _says_the_same(run: Run, reported: ReportedRun, *, but: Collection[str] = ()) -> bool:
    names = [field.name for field in fields(ReportedRun) if field.name not in but]
    return all(_plain(getattr(run, name)) == _plain(getattr(reported, name)) for name in names)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
