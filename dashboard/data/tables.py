"""What the pages read of saved tables, and what these say once they are built."""

from datetime import datetime

from dashboard.data.store import kept_until_changed, one_line_errors
from expdb.analysis.correctness import correctness_of
from expdb.domain.table import TableDefinition
from expdb.errors import ExpdbError
from expdb.report.table import Table
from expdb.report.tables.build import build_table
from expdb.report.tables.explain import explain_table
from expdb.report.tables.missing_runs import Gaps, find_gaps
from expdb.store.store import Store


@one_line_errors()
@kept_until_changed(2)
def load_tables(store: Store) -> tuple[TableDefinition, ...]:
    """Return the saved table definitions by name."""
    return tuple(store.saved_tables.all())


@one_line_errors()
def load_table(definition: TableDefinition) -> Table:
    """Return a built table, with tests on the images where the predictions are on this machine."""
    return _built(definition)


def try_table(definition: TableDefinition) -> tuple[Table | None, str]:
    """Return a table that is being put together; where it cannot be built, None and why, in one line."""
    try:
        return _built(definition), ""
    except ExpdbError as error:
        return None, str(error)


@one_line_errors()
@kept_until_changed(16)
def load_explanation(store: Store, definition: TableDefinition) -> str:
    """Return in words what a table allows to conclude."""
    return explain_table(store, definition, correct=correctness_of(store))


@one_line_errors()
@kept_until_changed(16)
def load_gaps(store: Store, definition: TableDefinition, num_seeds: int) -> Gaps:
    """Return what a table lacks for every row, or cell of a pivot, to have so many seeds."""
    return find_gaps(store, definition, num_seeds=num_seeds)


@one_line_errors()
@kept_until_changed(16)
def load_history(store: Store, name: str) -> tuple[tuple[int, datetime], ...]:
    """Return number and time of the revisions of a saved table, oldest first."""
    return tuple(store.saved_tables.history(name))


@one_line_errors()
@kept_until_changed(256)
def load_revision(store: Store, name: str, revision: int) -> TableDefinition:
    """Return a saved table as a revision was."""
    return store.table(name, revision=revision)


@kept_until_changed(64)
def _built(store: Store, definition: TableDefinition) -> Table:
    return build_table(store, definition, correct=correctness_of(store))
