"""Which revision a database is at, and creating an empty one; without Alembic, which is slow to import."""

from uuid import uuid4

import sqlalchemy as sa

from expdb.errors import SchemaError, StoreError
from expdb.store.database.engine import Database
from expdb.store.database.views import create_views
from expdb.store.tables import HEAD, METADATA, REVISIONS, VERSION_TABLE, databases, version


def read_revision(connection: sa.Connection, *, label: str) -> str | None:
    """Return the database's revision; None if it is empty.

    Raises:
        SchemaError: it belongs to something else, or its revision is not one.
    """
    names = set(sa.inspect(connection).get_table_names())
    if VERSION_TABLE not in names:
        if names:
            listed = ", ".join(sorted(names)[:3])
            raise SchemaError(f"{label} is no expdb database (it holds the tables {listed}): choose an empty one")
        return None
    revisions = connection.execute(sa.select(version.c.version_num)).scalars().all()
    if not revisions and names == {VERSION_TABLE}:
        return None
    if len(revisions) != 1:
        raise SchemaError(f"{label} names {len(revisions)} revisions instead of one: restore a backup")
    return str(revisions[0])


def revision_of(database: Database) -> str | None:
    """Return an open database's revision; None if it is empty. Raises SchemaError."""
    with database.reading() as connection:
        return read_revision(connection, label=database.address.label)


def ensure_created(database: Database) -> None:
    """Create the tables in an empty or missing database. Any number of processes may do so at once.

    Raises:
        StoreError: the database cannot be created here.
    """
    database.prepare()
    if revision_of(database) is not None:
        return
    with database.schema_lock(), database.writing() as connection:
        if read_revision(connection, label=database.address.label) is not None:
            return  # another process was faster
        METADATA.create_all(connection)
        create_views(connection)
        version.create(connection, checkfirst=True)
        connection.execute(version.insert().values(version_num=HEAD))
        connection.execute(databases.insert().values(uuid=str(uuid4()), created_at=database.now(connection)))


def require_head(database: Database) -> None:
    """Check that the database is at the revision that this version of expdb reads and writes.

    Raises:
        SchemaError: it is at another one.
        StoreError: it is empty.
    """
    label = database.address.label
    revision = revision_of(database)
    if revision is None:
        raise StoreError(f"{label} holds no runs yet: record one first (expdb run) or see expdb demo")
    if revision == HEAD:
        return
    if revision in REVISIONS:
        raise SchemaError(f"{label} is at revision {revision}, this expdb needs {HEAD}: run expdb db upgrade")
    raise SchemaError(f"{label} is at revision {revision!r}, written by a newer expdb: upgrade expdb")
