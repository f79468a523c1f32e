"""Inserting runs, names and tags, removing and restoring, inside the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa

from expdb.domain.spec import RunSpec
from expdb.errors import NotFoundError, SpecError
from expdb.store import name_rules
from expdb.store.groups.code_groups import with_group
from expdb.store.judged_status import STATUS
from expdb.store.lifecycle import lock_run, update_run
from expdb.store.row_values import Values, spec_values
from expdb.store.snapshots import read_tags
from expdb.store.tables import run_tags, runs


def queued_values(spec: RunSpec, *, name: str | None, group: str | None, note: str | None) -> Values:
    """Return the columns of a run to queue. Raises SpecError for a label that is not printable text."""
    return spec_values(spec) | {
        "name": None if name is None else name_rules.run_name(name),
        "group": None if group is None else name_rules.label("group", group),
        "note": name_rules.note(note),
        "status": "queued",
    }


def insert_queued(
    connection: sa.Connection, values: Values, tags: Iterable[str], now: datetime, *, is_awaited: bool = False
) -> tuple[int, str]:
    """Insert a queued run with its tags; return its id and uuid. Raises SpecError for a name that is taken.

    One that is awaited has a heartbeat, of whoever will train it.
    """
    uuid = str(uuid4())
    own = {"uuid": uuid, "artifact_dir": uuid, "created_at": now, "heartbeat_at": now if is_awaited else None}
    run_id = insert_run(connection, {**values, **own})
    insert_tags(connection, run_id, tags)
    return run_id, uuid


def insert_queued_once(
    connection: sa.Connection, values: Values, tags: Iterable[str], now: datetime
) -> tuple[int, str] | None:
    """Insert a queued run like `insert_queued`; None if one of its digest is queued, running or finished."""
    digest = values["digest"]
    if connection.dialect.name == "postgresql":
        # SQLite has one writer at a time. Here two transactions would both see no such run: the second one waits.
        key = int.from_bytes(bytes.fromhex(digest), signed=True)
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    is_alive = (STATUS.in_(("queued", "running", "finished")), runs.c.removed_at.is_(None))
    found = connection.execute(sa.select(runs.c.id).where(runs.c.digest == digest, *is_alive).limit(1))
    return insert_queued(connection, values, tags, now, is_awaited=True) if found.first() is None else None


def insert_run(connection: sa.Connection, values: Values) -> int:
    """Insert a run and return its id. Raises SpecError for a name that is taken."""
    name_rules.refuse_taken_name(connection, values["name"])
    values = with_group(connection, {"uuid": str(uuid4()), **values})
    run_id: int = connection.execute(runs.insert().values(values).returning(runs.c.id)).scalar_one()
    return run_id


def insert_tags(connection: sa.Connection, run_id: int, tags: Iterable[str]) -> None:
    """Insert tags that the run does not have yet."""
    values = [{"run_id": run_id, "tag": tag} for tag in sorted(tags)]
    if values:
        connection.execute(run_tags.insert(), values)


def change_tags(connection: sa.Connection, run_id: int, *, added: set[str], removed: set[str]) -> None:
    """Add and remove tags. Raises NotFoundError for one to remove that is not there, SpecError for one in both."""
    present = read_tags(connection, run_id)
    for tag in removed - present:
        raise NotFoundError(f"run {run_id} has no tag {tag!r}: its tags are {sorted(present)}")
    for tag in added & removed:
        raise SpecError(f"tag {tag!r} is to be added and removed at once: choose one")
    connection.execute(run_tags.delete().where(run_tags.c.run_id == run_id, run_tags.c.tag.in_(removed)))
    insert_tags(connection, run_id, added - present)


def remove(connection: sa.Connection, run_id: int, now: datetime) -> None:
    """Hide a run. Raises SpecError if it is running, or hidden already."""
    row = lock_run(connection, run_id)
    if row.status == "running":
        raise SpecError(f"run {run_id} is running: stop it before you remove it")
    if row.removed_at is not None:
        raise SpecError(f"run {run_id} was removed already (expdb restore {run_id} brings it back)")
    update_run(connection, run_id, {"removed_at": now})


def restore(connection: sa.Connection, run_id: int) -> None:
    """Bring a hidden run back. Raises SpecError if it is not hidden."""
    if lock_run(connection, run_id).removed_at is None:
        raise SpecError(f"run {run_id} was not removed: there is nothing to restore")
    update_run(connection, run_id, {"removed_at": None})
