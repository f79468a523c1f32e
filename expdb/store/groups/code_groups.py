"""Which group of seeds a run of the user's own code is of: runs of two known codes are never averaged.

The digest of the code belongs to the group's, but of older runs it was not recorded. They and the first known code that
comes to their settings are one group, whose digest is that of the settings alone; a table says so. Any other code is a
group of its own. All that inserts runs asks here, in the transaction that inserts.
"""

import sqlalchemy as sa

from expdb.domain.codec import group_digest, settings_digest, spec_from_json
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.store.database.engine import Database
from expdb.store.row_values import Values
from expdb.store.tables import runs

_LOCK_KEY = 0x6578706462636F64  # "expdbcod", the advisory lock's number on PostgreSQL


class OwnCodeGroups:
    """The groups of runs of the user's own code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def group_of(self, spec: RunSpec) -> str:
        """Return the digest of the group that a run of this spec would be of, were it added now."""
        with self._database.reading() as connection:
            return _group_of(connection, spec)

    def groups_of_settings(self, spec: RunSpec) -> list[str]:
        """Return the digests of the groups of a spec's settings, whatever their code, that of the oldest run first."""
        with self._database.reading() as connection:
            return _groups_of_settings(connection, spec)


def with_group(connection: sa.Connection, values: Values) -> Values:
    """Return the columns of a run to insert, its group of seeds as the runs that are there want it."""
    code = values.get("code_digest")
    if code is None or values.get("spec_json") is None:  # not of own code, or not known, or of a script
        return values
    if connection.dialect.name == "postgresql":
        # SQLite has one writer at a time. Here two codes would each find no other in the group that both join.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    return values | {"group_digest": _group_of(connection, spec_from_json(str(values["spec_json"])))}


def _group_of(connection: sa.Connection, spec: RunSpec) -> str:
    own, of_settings = group_digest(spec), settings_digest(spec)
    if own == of_settings:
        return own
    known = _codes_in(connection, of_settings)
    is_first = bool(known) and known <= {None} and not _codes_in(connection, own)
    return of_settings if spec.model.code in known or is_first else own


def _groups_of_settings(connection: sa.Connection, spec: RunSpec) -> list[str]:
    wanted = settings_digest(spec)
    of_model = (runs.c.arch == spec.model.arch, runs.c.model == spec.model.name, runs.c.group_digest.is_not(None))
    oldest = sa.select(sa.func.min(runs.c.id)).where(*of_model).group_by(runs.c.group_digest)
    columns = (runs.c.group_digest, runs.c.spec_json)
    rows = connection.execute(sa.select(*columns).where(runs.c.id.in_(oldest)).order_by(runs.c.id)).all()
    return [key for key, text in rows if _settings_digest(text) == wanted]


def _settings_digest(spec_json: str) -> str | None:
    try:
        return settings_digest(spec_from_json(spec_json))
    except SpecError:  # of a newer expdb
        return None


def _codes_in(connection: sa.Connection, digest: str) -> set[str | None]:
    """Return the codes of the runs of a group, removed ones too: they may come back."""
    chosen = sa.select(runs.c.code_digest).where(runs.c.group_digest == digest).distinct()
    return set(connection.execute(chosen).scalars())
