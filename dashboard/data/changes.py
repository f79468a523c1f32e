"""What the pages may change: what people say about runs, and saved tables. Of an error, one line comes back."""

from collections.abc import Sequence

from dashboard.data.store import change_store
from expdb.domain.run import RunPart
from expdb.domain.table import TableDefinition
from expdb.store.store import Store


def change_tags(runs: Sequence[RunPart], *, add: Sequence[str], remove: Sequence[str]) -> str | None:
    """Add tags to runs and take others away from those that have them; return the line of an error."""

    def change(store: Store) -> None:
        for run in runs:
            store.edits.change_tags(run.id, add=add, remove=[tag for tag in remove if tag in run.tags])

    return change_store(change)


def set_note(run_ids: Sequence[int], note: str) -> str | None:
    """Give runs a note; return the line of an error."""
    return change_store(lambda store: [store.edits.set_note(run_id, note) for run_id in run_ids])


def set_group(run_ids: Sequence[int], group: str) -> str | None:
    """Put runs into a group, or into none where it is empty; return the line of an error."""
    return change_store(lambda store: store.edits.set_group(run_ids, group.strip() or None))


def archive_runs(run_ids: Sequence[int]) -> tuple[list[int], str | None]:
    """Take runs out of lists and tables; return which were, and the line of an error that stopped it."""
    done: list[int] = []

    def change(store: Store) -> None:
        for run_id in run_ids:
            store.edits.remove(run_id)
            done.append(run_id)

    return done, change_store(change)


def restore_runs(run_ids: Sequence[int]) -> str | None:
    """Bring archived runs back; return the line of an error."""
    return change_store(lambda store: [store.edits.restore(run_id) for run_id in run_ids])


def save_table(definition: TableDefinition) -> str | None:
    """Save a definition as the next revision of its table; return the line of an error."""
    return change_store(lambda store: store.saved_tables.save(definition))
