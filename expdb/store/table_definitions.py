"""Table definitions and all their revisions, inside the caller's transaction."""

from datetime import datetime

import sqlalchemy as sa
from pydantic import ValidationError

from expdb.domain.table import TableDefinition
from expdb.errors import NotFoundError, SpecError, StoreError, unknown
from expdb.store.tables import table_revisions, tables


def save(connection: sa.Connection, definition: TableDefinition, now: datetime) -> int:
    """Save a definition and return its revision: the same one again if nothing changed. Brings a removed one back."""
    text = definition.model_dump_json()
    row = connection.execute(sa.select(tables).where(tables.c.name == definition.name)).one_or_none()
    values = {"definition_json": text, "updated_at": now, "removed_at": None}
    if row is None:
        inserted = tables.insert().values(name=definition.name, created_at=now, **values).returning(tables.c.id)
        table_id, last = connection.execute(inserted).scalar_one(), 0
    else:
        table_id, last = row.id, _last_revision(connection, row.id)
        if row.removed_at is None and _says_the_same(row.definition_json, text):
            return last
        connection.execute(tables.update().where(tables.c.id == table_id).values(values))
    saved = {"table_id": table_id, "revision": last + 1, "definition_json": text, "saved_at": now}
    connection.execute(table_revisions.insert().values(saved))
    return last + 1


def read_all(connection: sa.Connection) -> list[TableDefinition]:
    """Return the definitions that were not removed, by name."""
    statement = sa.select(tables.c.name, tables.c.definition_json).where(tables.c.removed_at.is_(None))
    return [_read(name, text) for name, text in sorted(connection.execute(statement).all())]


def read(connection: sa.Connection, name: str, revision: int | None) -> TableDefinition:
    """Return a definition, as it is or as a revision was. Raises NotFoundError."""
    row = _row(connection, name)
    if row.removed_at is not None and revision is None:
        raise NotFoundError(f"table {name!r} was removed: expdb tables restore {name} brings it back")
    if revision is None:
        return _read(name, row.definition_json)
    of_revision = (table_revisions.c.table_id == row.id, table_revisions.c.revision == revision)
    text = connection.execute(sa.select(table_revisions.c.definition_json).where(*of_revision)).scalar_one_or_none()
    if text is None:
        last = _last_revision(connection, row.id)
        raise NotFoundError(f"table {name!r} has no revision {revision}: it has 1 to {last}")
    return _read(name, text)


def read_revisions(connection: sa.Connection, name: str) -> list[tuple[int, datetime]]:
    """Return number and time of every revision, oldest first. Raises NotFoundError."""
    revisions = sa.select(table_revisions.c.revision, table_revisions.c.saved_at)
    of_table = revisions.where(table_revisions.c.table_id == _row(connection, name).id)
    return [(row.revision, row.saved_at) for row in connection.execute(of_table.order_by(table_revisions.c.revision))]


def set_removed(connection: sa.Connection, name: str, removed_at: datetime | None) -> None:
    """Hide a table, or bring it back. Raises NotFoundError, and SpecError where it is so already."""
    row = _row(connection, name)
    if (row.removed_at is None) == (removed_at is None):
        raise SpecError(f"table {name!r} was {'not ' if removed_at is None else ''}removed: nothing to do")
    connection.execute(tables.update().where(tables.c.id == row.id).values(removed_at=removed_at))


def _row(connection: sa.Connection, name: str) -> sa.Row[tuple[object, ...]]:
    row = connection.execute(sa.select(tables).where(tables.c.name == name)).one_or_none()
    if row is None:
        names = connection.execute(sa.select(tables.c.name).where(tables.c.removed_at.is_(None))).scalars()
        raise NotFoundError(unknown("table", name, sorted(names), listing="expdb tables"))
    return row


def _last_revision(connection: sa.Connection, table_id: int) -> int:
    last = sa.select(sa.func.max(table_revisions.c.revision)).where(table_revisions.c.table_id == table_id)
    return connection.execute(last).scalar() or 0


def _says_the_same(stored: str, text: str) -> bool:
    """Tell whether a stored definition is this one, be it from before a field was known that is at its default."""
    try:
        return stored == text or TableDefinition.model_validate_json(stored).model_dump_json() == text
    except ValidationError:  # a newer expdb saved it
        return False


def _read(name: str, text: str) -> TableDefinition:
    """Return a definition from its stored text. Raises StoreError."""
    try:
        return TableDefinition.model_validate_json(text)
    except ValidationError as error:
        raise StoreError(f"table {name!r} cannot be read; a newer expdb may have saved it: upgrade expdb") from error
