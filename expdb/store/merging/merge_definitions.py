"""Bringing in saved tables with their revisions, papers and claims: what is here under the same name stays."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from expdb.store.database.engine import Database
from expdb.store.merging.merge_runs import free_name
from expdb.store.merging.numbers import (
    NumberHere,
    claim_test_with_numbers,
    definition_with_numbers,
    renamed_definition,
)
from expdb.store.merging.other_database import OtherDatabase
from expdb.store.merging.outcome import MergeOutcome
from expdb.store.merging.run_rows import same, told_value
from expdb.store.row_values import Values
from expdb.store.tables import claims, papers, table_revisions, tables

_LONGEST_NAME = 64  # of a table


def merge_definitions(here: Database, other: OtherDatabase, outcome: MergeOutcome, number_here: NumberHere) -> None:
    """Bring in the tables, papers and claims that are not here. Raises StoreError."""
    with other.database.reading() as connection:
        found = [dict(row) for row in connection.execute(sa.select(tables).order_by(tables.c.id)).mappings()]
        revisions = [dict(row) for row in connection.execute(sa.select(table_revisions)).mappings()]
        read_papers, read_claims = (
            [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]
            for table in (papers, claims)
        )
    for table in found:
        own = sorted((one for one in revisions if one["table_id"] == table["id"]), key=lambda one: int(one["revision"]))
        _TableMerge(here, other, outcome, number_here).merge(table, own)
    outcome.num_papers = _merge_keyed(here, papers, read_papers, "title", outcome)
    for claim in read_claims:
        if claim["test_json"] is not None:
            claim["test_json"], odd = claim_test_with_numbers(claim["test_json"], number_here)
            outcome.told += [f"claim {claim['key']}: {one} names runs of {other.label} by number" for one in odd]
    outcome.num_claims = _merge_keyed(here, claims, read_claims, "key", outcome)


class _TableMerge:
    """One saved table."""

    def __init__(self, here: Database, other: OtherDatabase, outcome: MergeOutcome, number_here: NumberHere) -> None:
        self._here = here
        self._other = other
        self._outcome = outcome
        self._number_here = number_here

    def merge(self, table: Values, revisions: Sequence[Values]) -> None:
        """Bring in a table with its revisions, under another name where its own is another table's here."""
        name = str(table["name"])
        text, odd = definition_with_numbers(_renamed(table["definition_json"], name), self._number_here)
        texts = (_renamed(one["definition_json"], name) for one in revisions)
        own = [definition_with_numbers(text, self._number_here)[0] for text in texts]
        if self._outcome.is_dry_run:
            with self._here.reading() as connection:
                self._outcome.num_tables += self._state(connection, name, text, own)[0] != "known"
            return
        with self._here.writing() as connection:
            state, of = self._state(connection, name, text, own)
            if state == "known":
                return
            if state == "further":
                self._append(connection, of, table, revisions, own)
            else:
                self._insert(connection, of, table, text, own, revisions)
        self._outcome.num_tables += 1
        told = f"table {name!r} of {self._other.label}"
        if state == "other":
            self._outcome.told.append(f"{told} is not the one of that name here: it is saved as {of!r}")
        self._outcome.told += [
            f"{told}: {one} names runs by number, and was left so: look at its filter" for one in odd
        ]

    def _state(self, connection: sa.Connection, name: str, text: str, own: Sequence[str]) -> tuple[str, str]:
        """Return what a table is here (`new`, `known`, `further` or `other`), and the name that it has or gets."""
        found = connection.execute(sa.select(tables).where(tables.c.name.startswith(name, autoescape=True))).all()
        for row in found:
            if row.name != name and not row.name.removeprefix(f"{name}-").isdecimal():
                continue
            saved = [_renamed(one, name) for one in _revisions(connection, row.id)]
            if text in (*saved, _renamed(row.definition_json, name)):
                return "known", row.name
            if saved and own[: len(saved)] == saved:
                return "further", row.name
        if name not in [row.name for row in found]:
            return "new", name
        return "other", free_name(name, lambda one: _is_taken(connection, one), most=_LONGEST_NAME)

    def _append(
        self, connection: sa.Connection, name: str, table: Values, revisions: Sequence[Values], own: Sequence[str]
    ) -> None:
        table_id = connection.execute(sa.select(tables.c.id).where(tables.c.name == name)).scalar_one()
        first = len(_revisions(connection, table_id))
        self._add_revisions(connection, table_id, name, revisions[first:], own[first:], first=first + 1)
        values = {"definition_json": _renamed(own[-1], name), "updated_at": table["updated_at"]}
        connection.execute(tables.update().where(tables.c.id == table_id).values(values))

    def _insert(
        self,
        connection: sa.Connection,
        name: str,
        table: Values,
        text: str,
        own: Sequence[str],
        revisions: Sequence[Values],
    ) -> None:
        values = {key: value for key, value in table.items() if key != "id"}
        values |= {"name": name, "definition_json": _renamed(text, name)}
        table_id = connection.execute(tables.insert().values(values).returning(tables.c.id)).scalar_one()
        self._add_revisions(connection, table_id, name, revisions, own, first=1)

    def _add_revisions(
        self,
        connection: sa.Connection,
        table_id: int,
        name: str,
        revisions: Sequence[Values],
        own: Sequence[str],
        *,
        first: int,
    ) -> None:
        rows: list[dict[str, Any]] = [
            {
                "table_id": table_id,
                "revision": number,
                "definition_json": _renamed(text, name),
                "saved_at": one["saved_at"],
            }
            for number, (one, text) in enumerate(zip(revisions, own, strict=True), start=first)
        ]
        if rows:
            connection.execute(table_revisions.insert(), rows)


def _renamed(definition_json: str, name: str) -> str:
    return definition_json if json.loads(definition_json)["name"] == name else renamed_definition(definition_json, name)


def _revisions(connection: sa.Connection, table_id: int) -> list[str]:
    of_table = sa.select(table_revisions.c.definition_json).where(table_revisions.c.table_id == table_id)
    return list(connection.execute(of_table.order_by(table_revisions.c.revision)).scalars())


def _is_taken(connection: sa.Connection, name: str) -> bool:
    return connection.execute(sa.select(tables.c.id).where(tables.c.name == name)).first() is not None


def _merge_keyed(here: Database, table: sa.Table, rows: Sequence[Values], key: str, outcome: MergeOutcome) -> int:
    """Insert the papers, or claims, whose key is not here, and tell which others differ; return how many are new."""
    write: Callable[[], Any] = here.reading if outcome.is_dry_run else here.writing
    num_new = 0
    with write() as connection:
        known = {row[key]: dict(row) for row in connection.execute(sa.select(table)).mappings()}
        for row in rows:
            values = {name: value for name, value in row.items() if name != "id"}
            if row[key] not in known:
                num_new += 1
                if not outcome.is_dry_run:
                    connection.execute(table.insert().values(values))
                continue
            own, what = known[row[key]], f"{table.name.removesuffix('s')} {row[key]!r}"
            outcome.told += [
                f"{what}: {name} is {told_value(own[name])} here, {told_value(value)} there: kept as it is here"
                for name, value in values.items()
                if not same(own[name], value)
            ]
    return num_new
