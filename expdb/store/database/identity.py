"""Which database this is: its uuid, which its copies share, and where it says that the runs' files are."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from expdb.errors import SchemaError
from expdb.store.database.engine import Database
from expdb.store.database.revision import require_head
from expdb.store.tables import databases


@dataclass(frozen=True, kw_only=True)
class DatabaseIdentity:
    """What a database says of itself.

    Attributes:
        artifact_root: folder of the runs' files; None: the usual one.
    """

    uuid: str
    artifact_root: Path | None


def record_artifact_root(url: str, root: Path | None) -> None:
    """Record where the files of a database's runs are; None: in the usual place. Raises SchemaError, StoreError."""
    with Database(url) as database:
        require_head(database)
        own = databases.c.merged_at.is_(None)
        with database.writing() as connection:
            connection.execute(databases.update().where(own).values(artifact_root=None if root is None else str(root)))


def recorded_artifact_root(url: str) -> Path | None:
    """Return where a database says that the files of its runs are; None: it does not. Raises SchemaError."""
    with Database(url, is_read_only=True) as database:
        require_head(database)
        return read_identity(database).artifact_root


def read_identity(database: Database) -> DatabaseIdentity:
    """Read a database's identity; from then on, connections to another one in its place are refused.

    Raises:
        SchemaError: it has none, or several.
    """
    with database.reading() as connection:
        found = connection.execute(sa.select(databases).where(databases.c.merged_at.is_(None))).all()
    if len(found) != 1:
        raise SchemaError(f"{database.address.label} names {len(found)} ids of itself instead of one: restore a backup")
    database.uuid = found[0].uuid
    root = found[0].artifact_root
    return DatabaseIdentity(uuid=found[0].uuid, artifact_root=Path(root).expanduser() if root else None)
