"""Inserting runs, names, tags and table definitions, inside the caller's transaction."""

from collections.abc import Iterable

import sqlalchemy as sa
from pydantic import ValidationError

from expdb.domain.table import TableDefinition
from expdb.errors import SpecError, StoreError
from expdb.store.rows import Values
from expdb.store.tables import run_tags, runs


def insert_run(connection: sa.Connection, values: Values) -> int:
    """Insert a run and return its id. Raises SpecError for a name that is taken."""
    refuse_taken_name(connection, values["name"])
    run_id: int = connection.execute(runs.insert().values(values).returning(runs.c.id)).scalar_one()
    return run_id


def refuse_taken_name(connection: sa.Connection, name: str | None, *, but: int | None = None) -> None:
    """Raise SpecError if a run other than `but` has the name, be it a removed one."""
    if name is None:
        return
    owner = connection.execute(sa.select(runs.c.id, runs.c.removed_at).where(runs.c.name == name)).one_or_none()
    if owner is None or owner.id == but:
        return
    hint = "" if owner.removed_at is None else f", which was removed and keeps it (expdb restore {owner.id})"
    raise SpecError(f"name {name!r} is taken by run {owner.id}{hint}: choose another")


def insert_tags(connection: sa.Connection, run_id: int, tags: Iterable[str]) -> None:
    """Insert tags that the run does not have yet."""
    values = [{"run_id": run_id, "tag": tag} for tag in sorted(tags)]
    if values:
        connection.execute(run_tags.insert(), values)


def read_definition(name: str, text: str) -> TableDefinition:
    """Return a table's definition from its stored text. Raises StoreError."""
    try:
        return TableDefinition.model_validate_json(text)
    except ValidationError as error:
        raise StoreError(f"table {name!r} cannot be read; a newer expdb may have saved it: upgrade expdb") from error
