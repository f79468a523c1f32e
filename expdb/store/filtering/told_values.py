"""What is told of several fields, run by run: it has no column, so its runs are looked up before a query is made."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from expdb.catalog.told_fields import ToldField
from expdb.domain.known import Fields
from expdb.store.filtering.text_conditions import Condition
from expdb.store.snapshots import read_run_parts
from expdb.store.tables import runs


class _Among(FunctionElement[bool]):
    """Whether an id is one of a list: one parameter, however many ids that are."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - a column and a bind


@compiles(_Among, "postgresql")
def _among_postgres(element: _Among, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(clause, **kw) for clause in element.clauses)
    # A subquery, looked into by its hash: an array would be gone through for every run.
    return f"{column} IN (SELECT CAST(json_array_elements_text(CAST({ids} AS json)) AS integer))"


class ToldValues:
    """What is told of the runs that a filter is asked of; each field is read once."""

    def __init__(self, read: Callable[[Collection[str]], Iterable[Fields]]) -> None:
        """Take what reads fields of the runs, by name: always `id` and `removed_at` too."""
        self._read = read
        self._known: dict[str, Sequence[tuple[int, bool, Any]]] = {}

    @classmethod
    def stored(cls, connection: sa.Connection) -> "ToldValues":
        """Return what is told of the runs of a database."""
        every = sa.select(runs)
        return cls(lambda names: (part.fields for part in read_run_parts(connection, every, names)))

    def condition(self, told: ToldField, holds: Callable[[Any], bool]) -> Condition:
        """Return the condition that what is told of a run, which may be None, is of a kind."""
        ids = [run_id for run_id, _, value in self._of(told) if holds(value)]
        return _Among(runs.c.id, sa.literal(str(ids), sa.Text))

    def known(self, told: ToldField, *, include_removed: bool = False) -> set[Any]:
        """Return what is told of any run, removed ones only where they are asked for."""
        values = (value for _, is_removed, value in self._of(told) if include_removed or not is_removed)
        return {value for value in values if value is not None}

    def _of(self, told: ToldField) -> Sequence[tuple[int, bool, Any]]:
        if told.key not in self._known:
            fields = self._read(told.fields)
            self._known[told.key] = [(run["id"], run["removed_at"] is not None, told.value(run)) for run in fields]
        return self._known[told.key]


NOTHING_TOLD = ToldValues(lambda _names: ())
