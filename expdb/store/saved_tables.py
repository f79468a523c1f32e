"""Saving the definitions of tables, and what they were before."""

from datetime import datetime

from expdb.domain.table import TableDefinition
from expdb.store import table_definitions
from expdb.store.database.engine import Database


class SavedTables:
    """The definitions of tables, each with all its revisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, definition: TableDefinition) -> int:
        """Save a table's definition as a new revision of its name, and return the revision's number."""
        with self._database.writing() as connection:
            return table_definitions.save(connection, definition, self._database.now(connection))

    def all(self) -> list[TableDefinition]:
        """Return all definitions, by name."""
        with self._database.reading() as connection:
            return table_definitions.read_all(connection)

    def history(self, name: str) -> list[tuple[int, datetime]]:
        """Return number and time of every revision of a table. Raises NotFoundError."""
        with self._database.reading() as connection:
            return table_definitions.read_revisions(connection, name)

    def remove(self, name: str) -> None:
        """Hide a table; its revisions stay. Raises NotFoundError, SpecError if it was removed already."""
        with self._database.writing() as connection:
            table_definitions.set_removed(connection, name, self._database.now(connection))

    def restore(self, name: str) -> None:
        """Bring a removed table back. Raises NotFoundError, SpecError if it was not removed."""
        with self._database.writing() as connection:
            table_definitions.set_removed(connection, name, None)
