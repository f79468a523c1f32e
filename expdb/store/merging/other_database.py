"""The database that is merged into this one: opened for reading only, and never changed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from expdb.errors import SchemaError, StoreError
from expdb.store.artifact_roots import ArtifactRoots, find_roots
from expdb.store.database.check import refused_rows
from expdb.store.database.engine import Database
from expdb.store.database.read_rows import UNREADABLE, first_unread, is_damage, prepare
from expdb.store.database.revision import require_head, revision_of
from expdb.store.merging.salvage import salvage
from expdb.store.tables import HEAD, REVISIONS, databases


@dataclass(frozen=True, kw_only=True)
class OtherDatabase:
    """Another database of expdb.

    Attributes:
        database: open for reading only; of a damaged one, a copy of what can be read of it.
        origin: the database itself.
        label: how messages name it.
        uuid, created_at: as it says.
        roots: of its runs' files.
        lost: what cannot be read of it, a line each.
        is_damaged: whether anything is wrong with it.
    """

    database: Database
    origin: Database
    label: str
    uuid: str
    created_at: datetime
    roots: ArtifactRoots
    lost: tuple[str, ...] = ()
    is_damaged: bool = False


@contextmanager
def open_other(url: str, *, artifact_root: Path | None = None) -> Iterator[OtherDatabase]:
    """Open another database to merge it.

    Args:
        url: of an SQLite file or a PostgreSQL database.
        artifact_root: folder of its runs' files; None: where that database says, or the usual one.

    Raises:
        SchemaError: it is at another revision, or no database of expdb.
        StoreError: it is empty, or cannot be read at all.
    """
    with Database(url, is_read_only=True) as origin:
        if not _is_damaged(origin):
            yield _described(origin, origin, artifact_root)
            return
        with TemporaryDirectory(prefix="expdb-merge-") as folder:
            saved, lost = salvage(origin, Path(folder))
            with saved:
                yield _described(saved, origin, artifact_root, lost=lost, is_damaged=True)


def _described(
    database: Database,
    origin: Database,
    artifact_root: Path | None,
    *,
    lost: tuple[str, ...] = (),
    is_damaged: bool = False,
) -> OtherDatabase:
    label, path = origin.address.label, origin.address.path
    revision = revision_of(database)
    if revision in REVISIONS and revision != HEAD:
        way = f"expdb --db {label} db upgrade" if path is not None else "expdb db upgrade"
        raise SchemaError(f"{label} is at revision {revision}, not {HEAD}: upgrade it, or a copy of it, first ({way})")
    if revision is None:
        raise StoreError(f"{label} is empty: there is nothing to merge")
    require_head(database)
    roots = find_roots(database, artifact_root, path=path)
    with database.reading() as connection:
        own = sa.select(databases.c.created_at).where(databases.c.uuid == roots.uuid)
        created_at = connection.execute(own).scalar_one()
    return OtherDatabase(
        database=database,
        origin=origin,
        label=path.name if path is not None else str(origin.address.url.database),
        uuid=roots.uuid,
        created_at=created_at,
        roots=roots,
        lost=lost,
        is_damaged=is_damaged,
    )


def _is_damaged(database: Database) -> bool:
    """Tell whether something is wrong with an SQLite file that has expdb's tables. Raises StoreError."""
    if database.address.path is None:
        return False
    try:
        if revision_of(database) != HEAD:
            return False
    except StoreError:
        if not _has_runs(database):
            raise
        return True
    with database.translating(), closing(database.connect_reader()) as connection:
        try:
            for check in ("integrity_check(1)", "foreign_key_check"):
                if connection.execute(f"PRAGMA {check}").fetchone() not in (("ok",), None):
                    return True
        except UNREADABLE as error:
            if not is_damage(error):
                raise
            return True
        if next(refused_rows(connection), None) is not None:
            return True
    with database.translating(), closing(database.connect_reader()) as connection:
        return first_unread(connection) is not None


def _has_runs(database: Database) -> bool:
    with suppress(*UNREADABLE), closing(database.connect_reader()) as connection:
        prepare(connection)
        return any(name == "uuid" for _, name, *_ in connection.execute('PRAGMA table_info("runs")'))
    return False
