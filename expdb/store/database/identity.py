"""Which database this is: its uuid, which its copies share, and where it says that the runs' files are."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from expdb.errors import SchemaError
from expdb.store.database.engine import Database
from expdb.store.tables import databases


@dataclass(frozen=True, kw_only=True)
class DatabaseIdentity:
    """What a database says of itself.

    Attributes:
        artifact_root: folder of the runs' files; None: the usual one.
    """

    uuid: str
    artifact_root: Path | None


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
