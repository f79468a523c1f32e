"""Rows of documents on their way into the store: each entered once, whatever it is called and wherever it stands."""

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from expdb.domain.run import ReportedRun, Run
from expdb.errors import SpecError
from expdb.interop.reported.kept_readings import with_kept_readings
from expdb.interop.reported.row_changes import Changes, changes_of, citation, says_otherwise, with_citation
from expdb.interop.reported.rows_without_key import rows_without_key
from expdb.interop.reported.stored_rows import moved_keys, printed, rows_read_otherwise, stored_rows
from expdb.store.reported_rows import EnteringRows
from expdb.store.store import Store

_LONGEST_GROUP = 120


@dataclass(frozen=True, kw_only=True)
class ReportedTable:
    """One table of a document.

    Attributes:
        file: where it was read.
        line: number of its first line, from 1; None where the file is no text with tables.
        runs: its rows; none where it was not read.
        skipped: why it, or a row of it, was not read.
        is_cited: its source or page was given: it takes the place of an earlier one.
        is_declared: its document was given, and not known by the name of its file.
        given: headings that the user gave a meaning.
    """

    file: str
    line: int | None = None
    group: str = ""
    runs: tuple[ReportedRun, ...] = ()
    skipped: tuple[str, ...] = ()
    is_cited: bool = False
    is_declared: bool = False
    given: frozenset[str] = frozenset()

    @property
    def document(self) -> str:
        """The key of the document that its rows are from; empty where it has none."""
        return self.runs[0].document if self.runs else ""


@dataclass(frozen=True, kw_only=True)
class ChangedRow:
    """A row that its document says otherwise now: by field, what it said and what it says."""

    run: int
    old_values: Changes
    new_values: Changes


@dataclass(frozen=True, kw_only=True)
class EnteredTable:
    """What became of a table's rows, ids by name.

    Attributes:
        group: what its rows are grouped under; that of a table whose rows are all gone too.
        wanted: what the table asked for; that is the group if it holds no rows of another document.
        new: rows that were entered.
        restored: rows that had been removed and are back.
        present: rows that were there already, changed or not.
        changed: those of the restored and present rows that take new values.
        gone: rows that the document does not have any more; they were kept.
        titles: what rows that were there cite as their document, and what the file calls itself, where these differ
            and no source was given: it may be another document in a file of the same name.
        kept: what headings meant at an earlier import and nothing says now, by heading: rows keep it.
        copies: how many of the new rows are there from another document too, cell by cell, by its key.
    """

    document: str
    group: str
    wanted: str
    new: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    present: dict[str, int] = field(default_factory=dict)
    changed: dict[str, ChangedRow] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)


def enter(store: Store, tables: Sequence[ReportedTable]) -> list[EnteredTable]:
    """Store the rows of one document, all of them or, after an error, none.

    A row is told by its key. One that is there takes the values that its document states now, and keeps what it said
    as history; a removed one is restored. One that has no key yet is known as `rows_without_key` says.

    Args:
        store: an open store.
        tables: all tables of the document; no key is there twice.
    """
    with_rows = [table for table in tables if table.runs]
    if not with_rows:
        return []
    with store.reported.entering() as rows:
        return _Entering(rows, with_rows).entered()


def require_same_document(store: Store, tables: Sequence[ReportedTable]) -> None:
    """Refuse a file that has the key of another document, by its title, where it would change that one's rows.

    Args:
        store: an open store; it is not changed.
        tables: all tables of the document.

    Raises:
        SpecError: its title is another one, some rows would change, and nobody said that it is the same document.
    """
    with_rows = [table for table in tables if table.runs]
    if with_rows:
        with store.reported.entering() as rows:
            _Entering(rows, with_rows).require_same_title()


def row_source(document: str, *, page: int | str | None, table: str, row: int | str) -> str:
    """Return the source of a row: `A study, p. 7, table “Results”, row 2`."""
    return ", ".join([document, *([] if page is None else [f"p. {page}"]), f"table “{table}”", f"row {row}"])


class _Entering:
    """One document inside the transaction that enters it."""

    def __init__(self, rows: EnteringRows, tables: Sequence[ReportedTable]) -> None:
        self._rows = rows
        self._tables = tables
        self._document = tables[0].document
        stated = [row for table in tables for row in table.runs]
        stored = self._stored(stated)
        known = stored_rows(stated, stored)
        rows.rename_keys(moved_keys(known, stored))
        unknown = [row for row in stated if row.row_key not in known]
        ids = {run.id for run in known.values()}
        known = known | rows_read_otherwise(unknown, [run for run in stored if run.id not in ids])
        unknown = [row for row in unknown if row.row_key not in known]
        self._known: Mapping[str, Run] = known | (rows_without_key(unknown, rows.without_key()) if unknown else {})

    def _stored(self, stated: Sequence[ReportedRun]) -> list[Run]:
        """Return the rows of the document, under whatever spelling of its key they were entered."""
        same = self._rows.with_keys([row.row_key for row in stated]).values()
        return list({run.id: run for run in (*same, *self._rows.of(self._document)) if run.row_key}.values())

    def entered(self) -> list[EnteredTable]:
        groups = self._groups()
        entered = [self._enter(table, group) for table, group in zip(self._tables, groups, strict=True)]
        self._count_copies(entered)
        return self._with_those_gone(entered)

    def _count_copies(self, entered: Sequence[EnteredTable]) -> None:
        """Count the new rows that another document has too."""
        new = [[row for row in table.runs if row.row_key not in self._known] for table in self._tables]
        models = sorted({row.model for rows in new for row in rows})
        others: dict[Hashable, str] = {}
        for run in self._rows.of_others(self._document, models) if models else ():
            others.setdefault(printed(run), run.document or "")
        for table, rows in zip(entered, new, strict=True):
            table.copies.update(Counter(others[cells] for row in rows if (cells := printed(row)) in others))

    def require_same_title(self) -> None:
        """Raise SpecError as `require_same_document` does."""
        for table in self._tables:
            changed, cited, title = 0, "", ""
            for row in table.runs if not (table.is_cited or table.is_declared) else ():
                run = self._known.get(row.row_key)
                if run is None or citation(run.source or "") in ("", citation(row.source)):
                    continue
                stated, _ = with_kept_readings(row, run, table.given)
                old_values, new_values = changes_of(run, with_citation(stated, run))
                if says_otherwise(old_values, new_values):
                    changed, cited, title = changed + 1, citation(run.source or ""), citation(row.source)
            if changed:
                raise SpecError(
                    f"{table.file} calls itself “{title}”, and would change {changed} row{'s' * (changed > 1)} of "
                    f"“{cited}”, which has the same key: if it is another document, give it a key of its own "
                    f"(--document KEY); if it is the same one, say --document {self._document!r}"
                )

    def _enter(self, table: ReportedTable, group: str) -> EnteredTable:
        entered = EnteredTable(document=self._document, group=group, wanted=table.group)
        for row in table.runs:
            run = self._known.get(row.row_key)
            if run is None:
                name = self._free_name(row, table.group, group)
                entered.new[name] = self._rows.add(replace(row, name=name, group=group))
                continue
            name = run.name or f"run {run.id}"
            stated, kept = with_kept_readings(row, run, table.given)
            entered.kept.update(kept)
            self._update(run, stated, name, entered, is_cited=table.is_cited)
            if table.is_declared:
                entered.titles.clear()
            if run.removed_at is None:
                entered.present[name] = run.id
            else:
                self._rows.restore(run.id)
                entered.restored[name] = run.id
        return entered

    def _update(self, run: Run, row: ReportedRun, name: str, entered: EnteredTable, *, is_cited: bool) -> None:
        """Let a stored row say what the document does now."""
        stated = row if is_cited else with_citation(row, run)
        if not is_cited and (cited := citation(run.source or "")) != citation(row.source):
            entered.titles.setdefault(cited, citation(row.source))
        old_values, new_values = changes_of(run, stated)
        if says_otherwise(old_values, new_values):
            entered.changed[name] = ChangedRow(run=run.id, old_values=old_values, new_values=new_values)
        if not new_values and (run.source, run.document, run.row_key) == (stated.source, row.document, row.row_key):
            return
        self._rows.change(run.id, stated, old_values=old_values, new_values=new_values)

    def _groups(self) -> list[str]:
        """Return what the rows of each table are grouped under: as those that are there, or by themselves."""
        present: list[str | None] = []
        for table in self._tables:
            known = (self._known.get(row.row_key) for row in table.runs)
            groups = Counter(run.group for run in known if run is not None and run.group)
            present.append(groups.most_common(1)[0][0] if groups else None)
        used = {group for group in present if group is not None}
        chosen = []
        for table, group in zip(self._tables, present, strict=True):
            chosen.append(group or self._free_group(table.group, used))
            used.add(chosen[-1])
        return chosen

    def _free_group(self, wanted: str, used: set[str]) -> str:
        """Return what a table wants to call its group, if no other has that name; else with the document behind it."""
        words = "-".join(re.findall(r"\w+", self._document.rsplit(".", 1)[0].casefold()))
        longer = f"{wanted[: _LONGEST_GROUP - 4 - len(words)]}-{words}"[: _LONGEST_GROUP - 4]
        number = 1
        name = wanted
        while name in used or self._rows.documents(name) - {self._document}:
            name = longer if number == 1 else f"{longer}-{number}"
            number += 1
        return name

    def _free_name(self, row: ReportedRun, wanted_group: str, group: str) -> str:
        """Return the row's name, in its group; where that is taken, `GROUP/NUMBER` with the next number."""
        name = row.name
        if group != wanted_group:
            name = f"{group}/{row.name.removeprefix(f'{wanted_group}/')}"
        if not self._rows.is_taken(name):
            return name
        tails = (taken.rsplit("/", 1)[-1] for taken in self._rows.names(group))
        number = max((int(tail) for tail in tails if tail.isdecimal() and len(tail) < 10), default=0) + 1
        return f"{group}/{number}"

    def _with_those_gone(self, entered: list[EnteredTable]) -> list[EnteredTable]:
        """Add the rows of the document that none of its tables has."""
        keys = {row.row_key for table in self._tables for row in table.runs}
        for run in self._rows.of(self._document):
            if run.row_key in keys or run.removed_at is not None:
                continue
            table = next((table for table in entered if table.group == run.group), None)
            if table is None:
                table = EnteredTable(document=self._document, group=run.group or "", wanted=run.group or "")
                entered.append(table)
            table.gone[run.name or f"run {run.id}"] = run.id
        return entered
