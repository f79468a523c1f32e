"""The databases that were merged into this one, and which number here a run of theirs has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from expdb.store.tables import databases, merged_runs


@dataclass(frozen=True, kw_only=True)
class MergedDatabase:
    """A database that was merged into this one.

    Attributes:
        label: how messages name it.
        numbers: by the number that a run had there, that which it has here.
    """

    uuid: str
    label: str
    numbers: Mapping[int, int]


def read_merged(connection: sa.Connection, uuid: str) -> MergedDatabase | None:
    """Return the merged database whose uuid begins so; None where there is none, or several."""
    is_merged = (databases.c.merged_at.is_not(None), databases.c.uuid.startswith(uuid, autoescape=True))
    found = connection.execute(sa.select(databases.c.uuid, databases.c.label).where(*is_merged)).all()
    if len(found) != 1:
        return None
    (row,) = found
    of_database = sa.select(merged_runs.c.number, merged_runs.c.run_id).where(merged_runs.c.database_uuid == row.uuid)
    numbers = {row.number: row.run_id for row in connection.execute(of_database)}
    return MergedDatabase(uuid=row.uuid, label=row.label or "", numbers=numbers)


def insert_missing(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows of a table; those whose key is there already stay as they are."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    connection.execute(insert(table).on_conflict_do_nothing(), rows)
