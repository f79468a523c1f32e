"""Runs that the user's own scripts train: recorded as they begin, and then as any other by their events."""

from uuid import uuid4

from expdb.domain.run import Environment, ProcessIdentity
from expdb.domain.tracked import TrackedStart
from expdb.store import lifecycle, name_rules
from expdb.store.attempts.process import this_process
from expdb.store.database.engine import Database
from expdb.store.editing import insert_run, insert_tags
from expdb.store.row_values import tracked_values


class TrackedRuns:
    """Beginning tracked runs, and going on with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, start: TrackedStart) -> int:
        """Add a run that is to begin at once, and return its id. Raises SpecError for a name that is taken."""
        tags = name_rules.tags(start.tags)
        values = tracked_values(start) | {
            "name": None if start.name is None else name_rules.run_name(start.name),
            "group": None if start.group is None else name_rules.label("group", start.group),
            "note": name_rules.note(start.note),
            "status": "queued",
        }
        uuid = str(uuid4())
        with self._database.writing() as connection:
            now = self._database.now(connection)
            own = {"uuid": uuid, "artifact_dir": uuid, "created_at": now, "heartbeat_at": now}
            run_id = insert_run(connection, {**values, **own})
            insert_tags(connection, run_id, tags)
        return run_id

    def begin(
        self, run_id: int, environment: Environment, process: ProcessIdentity | None = None, *, above: int = 0
    ) -> int:
        """Turn an added run into a running one; return its first attempt's number. Raises like `Store.start_run`."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            return lifecycle.start(
                connection, run_id, environment, process or this_process(), now, above=above, kind="tracked"
            )

    def resume(
        self, run_id: int, environment: Environment, process: ProcessIdentity | None = None, *, above: int = 0
    ) -> int:
        """Go on with a run that has ended, well or not, or whose process is gone; return the new attempt's number.

        Raises:
            RunFinishedError: it is no tracked run.
            LaunchError: it is running, or was removed.
        """
        with self._database.writing() as connection:
            now = self._database.now(connection)
            return lifecycle.resume(
                connection, run_id, environment, process or this_process(), now, above=above, kind="tracked"
            )
