"""What people say about runs, which changes nothing that was measured: tags, notes, groups, names; and hiding runs."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from expdb.domain.run import Run
from expdb.store import editing, name_rules
from expdb.store.database.engine import Database
from expdb.store.lifecycle import lock_run, update_run
from expdb.store.row_values import Values
from expdb.store.snapshots import read_run


class RunEdits:
    """Changes of what people say about runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def change_tags(self, run_id: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Run:
        """Add and remove tags. Raises NotFoundError for a tag to remove that the run does not have."""
        added, removed = name_rules.tags(add), name_rules.tags(remove)
        with self._database.writing() as connection:
            lock_run(connection, run_id)
            editing.change_tags(connection, run_id, added=added, removed=removed)
            return read_run(connection, run_id)

    def set_note(self, run_id: int, note: str | None) -> Run:
        """Set or clear a run's note. Raises SpecError for one that is too long."""
        checked = name_rules.note(note)
        with self._database.writing() as connection:
            return _changed(connection, run_id, {"note": checked})

    def set_group(self, run_ids: Collection[int], group: str | None) -> None:
        """Set or clear the group of runs, all of them or none. Raises NotFoundError, SpecError."""
        checked = None if group is None else name_rules.label("group", group)
        with self._database.writing() as connection:
            for run_id in run_ids:
                lock_run(connection, run_id)
                update_run(connection, run_id, {"group": checked})

    def check_name(self, name: str, *, run_id: int) -> None:
        """Raise SpecError if a run cannot be called so: another one is."""
        with self._database.reading() as connection:
            name_rules.refuse_taken_name(connection, name_rules.run_name(name), but=run_id)

    def rename(self, run_id: int, name: str | None) -> Run:
        """Name a run, or take its name away. Raises SpecError for a name that is taken."""
        checked = None if name is None else name_rules.run_name(name)
        with self._database.writing() as connection:
            lock_run(connection, run_id)
            name_rules.refuse_taken_name(connection, checked, but=run_id)
            return _changed(connection, run_id, {"name": checked})

    def remove(self, run_id: int) -> Run:
        """Hide a run; nothing is deleted, and its name stays taken. Raises SpecError if it is running."""
        with self._database.writing() as connection:
            editing.remove(connection, run_id, self._database.now(connection))
            return read_run(connection, run_id)

    def restore(self, run_id: int) -> Run:
        """Bring a removed run back. Raises SpecError if it was not removed."""
        with self._database.writing() as connection:
            editing.restore(connection, run_id)
            return read_run(connection, run_id)


def _changed(connection: sa.Connection, run_id: int, values: Values) -> Run:
    lock_run(connection, run_id)
    update_run(connection, run_id, values)
    return read_run(connection, run_id)
