"""What a spool needs to know of its rows, and making them again in a database that lost them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from expdb.domain.codec import spec_from_json
from expdb.domain.run import ENVIRONMENT_FIELDS, Attempt, Epoch, Results
from expdb.errors import DataError, SpecError
from expdb.store.attempts import rows
from expdb.store.attempts.spool import SpoolHeader
from expdb.store.curves import read_epochs
from expdb.store.database.engine import Database
from expdb.store.groups.code_groups import with_group
from expdb.store.row_values import NOT_ENDED, Values, spec_values
from expdb.store.snapshots import read_run, read_tags
from expdb.store.tables import UtcDateTime, attempts, run_tags, runs

_MOST_NUMBERS_LOST = 100_000  # of runs: a greater one would be a trick to use numbers up

_OF_RESULTS = tuple(name for name in (*Results.names(), *NOT_ENDED, "attempt") if name in runs.c)
# What a run is told at its begin, and not by its spec or its events.
_SAID = ("name", "group", "note", "created_at", "started_at", "removed_at", *ENVIRONMENT_FIELDS)


class AttemptRows:
    """The starts and resumes of runs, also for whoever brings in what is not recorded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_id: int) -> list[Attempt]:
        """Return the starts and resumes of a run, in order. Raises NotFoundError."""
        with self._database.reading() as connection:
            read_run(connection, run_id)
            return rows.read_attempts(connection, run_id)

    def superseded_epochs(self, run_id: int) -> list[Epoch]:
        """Return the epochs that later attempts did again, by attempt. Raises NotFoundError."""
        with self._database.reading() as connection:
            return read_epochs(connection, run_id, superseded=True)

    def header(self, run_id: int, attempt: int, *, database: str) -> SpoolHeader:
        """Return what makes the rows of a run and its attempt again."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).mappings().one()
            of_attempt = (attempts.c.run_id == run_id, attempts.c.number == attempt)
            own = connection.execute(sa.select(attempts).where(*of_attempt)).mappings().one()
            tags = sorted(read_tags(connection, run_id))
        texts, own_texts = _as_texts(dict(row)), _as_texts(dict(own))
        return SpoolHeader(
            database=database, run=str(row["uuid"]), attempt=attempt, row=texts, attempt_row=own_texts, tags=tags
        )

    def run_id_of(self, uuid: str) -> int | None:
        """Return the number of the run of that uuid, or None."""
        with self._database.reading() as connection:
            found: int | None = connection.execute(sa.select(runs.c.id).where(runs.c.uuid == uuid)).scalar_one_or_none()
            return found

    def last_sequence(self, run_id: int, attempt: int) -> int | None:
        """Return the number of the last event of an attempt that is recorded; None where the attempt is not there."""
        of_attempt = (attempts.c.run_id == run_id, attempts.c.number == attempt)
        with self._database.reading() as connection:
            last: int | None = connection.execute(
                sa.select(attempts.c.last_sequence).where(*of_attempt)
            ).scalar_one_or_none()
            return last

    def last_of(self, uuid: str, attempt: int) -> int | None:
        """Return the number of the last event that is recorded of an attempt of the run of that uuid, or None."""
        run_id = self.run_id_of(uuid)
        return None if run_id is None else self.last_sequence(run_id, attempt)

    def restore(self, header: SpoolHeader, *, folder_name: str) -> int:
        """Make the rows of a run and its attempt where they are not there; return the run's number.

        Raises:
            DataError: what the header says is no row of a run, or of an attempt.
        """
        own, of_attempt = _run_values(header, folder_name), _values(header.attempt_row, attempts, header)
        if not isinstance(of_attempt.get("started_at"), datetime):
            raise DataError(f"the spool of run {header.run} does not say when attempt {header.attempt} began")
        with self._database.writing() as connection:
            run_id: int | None = connection.execute(
                sa.select(runs.c.id).where(runs.c.uuid == header.run).with_for_update()
            ).scalar_one_or_none()
            if run_id is None:
                run_id = _insert_run(connection, own, header)
            _insert_attempt(connection, run_id, header, of_attempt, self._database.now(connection))
            return run_id

    def mark_gone(self, run_id: int, attempt: int) -> None:
        """Record that the process of an attempt, or of whoever queued the run (0), is known to be gone."""
        is_current = runs.c.attempt.is_(None) if attempt == 0 else runs.c.attempt == attempt
        of_run = (runs.c.id == run_id, is_current, runs.c.status.in_(("running", "queued")))
        with self._database.writing() as connection:
            values = {"status": "crashed", "reason": "its process is gone"}
            found = connection.execute(
                runs.update().where(*of_run).values(values).returning(runs.c.id, runs.c.heartbeat_at)
            ).one_or_none()
            if found is not None:
                rows.close_lost(connection, found)


def _run_values(header: SpoolHeader, folder_name: str) -> Values:
    """Return the columns of a run as it was before its first attempt: its results come with the events.

    Raises:
        DataError: what the header says is no row of a run.
    """
    values = _values(header.row, runs, header)
    if values.get("uuid") != header.run or values.get("artifact_dir") != folder_name:
        raise DataError(f"the spool of run {header.run} is not of the folder {folder_name!r}: it is left alone")
    if not isinstance(values.get("created_at"), datetime):
        raise DataError(f"the spool of run {header.run} does not say when it was created: it is left alone")
    said = {name: values[name] for name in _SAID if values.get(name) is not None}
    return {**_stated(values, header), **said, "uuid": header.run, "artifact_dir": folder_name, "status": "crashed"}


def _stated(values: Values, header: SpoolHeader) -> Values:
    """Return what decides what a run computes: its spec, or what its script stated. Raises DataError."""
    if values.get("kind") == "tracked":
        stated = {name: value for name, value in values.items() if name != "id"}
        return {**stated, **dict.fromkeys(_OF_RESULTS), "epochs_done": 0}
    try:
        return spec_values(spec_from_json(str(values.get("spec_json"))))
    except SpecError as error:
        raise DataError(f"the spool of run {header.run} holds no spec: {error}") from error


def _insert_run(connection: sa.Connection, values: Values, header: SpoolHeader) -> int:
    number, last = header.row.get("id"), connection.execute(sa.select(sa.func.max(runs.c.id))).scalar_one() or 0
    is_near = type(number) is int and 0 < number <= last + _MOST_NUMBERS_LOST
    is_free = is_near and not connection.execute(sa.select(runs.c.id).where(runs.c.id == number)).first()
    name = values.get("name")
    if name is not None and connection.execute(sa.select(runs.c.id).where(runs.c.name == name)).first():
        values["name"] = None  # somebody else has it by now
    values = with_group(connection, values)
    own = {"id": number} if is_free else {}
    run_id: int = connection.execute(runs.insert().values({**values, **own}).returning(runs.c.id)).scalar_one()
    if is_free and connection.dialect.name == "postgresql":  # whose counter does not look at what is there
        counter = "pg_get_serial_sequence('runs', 'id')"
        connection.execute(
            sa.text(f"SELECT setval({counter}, greatest((SELECT max(id) FROM runs), nextval({counter})))")  # noqa: S608
        )
    tags = [{"run_id": run_id, "tag": tag} for tag in sorted({tag for tag in header.tags if isinstance(tag, str)})]
    if tags:
        connection.execute(run_tags.insert(), tags)
    return run_id


def _insert_attempt(connection: sa.Connection, run_id: int, header: SpoolHeader, values: Values, now: datetime) -> None:
    if connection.execute(sa.select(attempts.c.number).where(*rows.of_attempt(run_id, header.attempt))).first():
        return
    nothing_yet = {"last_sequence": 0, "first_epoch": None, "ended_at": None, "status": None, "reason": None}
    begun = {"run_id": run_id, "number": header.attempt, "started_at": min(values["started_at"], now), **nothing_yet}
    connection.execute(attempts.insert().values({**values, **begun}))
    newest = sa.func.coalesce(runs.c.attempt, 0) < header.attempt
    current: Values = {"attempt": header.attempt, "status": "running", **NOT_ENDED}
    current["heartbeat_at"] = begun["started_at"]
    connection.execute(runs.update().where(runs.c.id == run_id, newest).values(current))


def _as_texts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _values(texts: dict[str, Any], table: sa.Table, header: SpoolHeader) -> Values:
    """Return the columns of a table that JSON gave. Raises DataError for what is none of it."""
    values: Values = {}
    for name, value in texts.items():
        column = table.c.get(name)
        if column is None:
            raise DataError(f"the spool of run {header.run} names {name!r}, which this expdb does not know: upgrade it")
        values[name] = _value(column, value, header)
    return values


def _value(column: sa.Column[Any], value: Any, header: SpoolHeader) -> Any:
    if value is None or isinstance(column.type, sa.JSON):
        return value
    if isinstance(column.type, UtcDateTime):
        try:
            time = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            time = None
        if time is not None and time.tzinfo is not None:
            return time
    elif type(value) in ((int, float) if isinstance(column.type, sa.Double) else (column.type.python_type,)):
        return value
    raise DataError(f"the spool of run {header.run}: {str(value)[:40]!r} is no {column.name}: it is left alone")
