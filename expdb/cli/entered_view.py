"""What an import of reported rows says that it did."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expdb.interop.reported.enter import EnteredTable


def entered_lines(tables: "Sequence[EnteredTable]", *, db_option: str, group: str | None) -> Iterator[str]:
    """Yield, table by table, how many rows were entered, each one that says something else now, and those gone.

    Args:
        tables: what became of them.
        db_option: what commands to copy need to name the database.
        group: the name that was asked for; None: none was.
    """
    from expdb.report.compare.row_changes import row_changes

    for table in tables:
        if parts := _counts(table):
            yield f"{table.group}: {', '.join(parts)}{_other_group(table)}"
        if group is not None and table.group != table.wanted and (table.present or table.restored):
            yield f"{table.group}: --group {group} has no effect: rows that are there keep their group"
        for name, row in table.changed.items():
            yield f"{name} (run {row.run}): {', '.join(row_changes(row.old_values, row.new_values))}"
        if table.gone:
            yield _gone(table, db_option)
        if table.new or table.changed or table.gone:
            for cited, title in table.titles.items():
                yield (
                    f"{table.group}: {table.document} calls itself “{title}”, its rows are from “{cited}”: if that is "
                    "another document, import this one with --document KEY"
                )
    if ids := [run_id for table in tables for run_id in table.new.values()]:
        yield f"undo: expdb{db_option} rm {typed_ids(ids)}"


def entered_warnings(tables: "Iterable[EnteredTable]") -> Iterator[str]:
    """Yield what a user should know of what was entered, a line each."""
    for table in tables:
        for heading, key in table.kept.items():
            yield (
                f"{table.group}: “{heading}” was {key} when it was imported before, and nothing says so now: its rows "
                f"keep that; say --heading '{heading}={key}' again"
            )
        for document, count in table.copies.items():
            are, new = ("is", "it") if count == 1 else ("are", "them")
            yield (
                f"{table.group}: {counted_rows(count)} {are} there from {document} too, cell by cell: if this is the "
                f"same document, undo {new} and import with --document '{document}'"
            )


def counted_rows(count: int) -> str:
    """Return `1 row`, `2 rows`."""
    return f"{count} row{'' if count == 1 else 's'}"


def typed_ids(ids: Iterable[int]) -> str:
    """Return ids as commands take them: `22-25 30`."""
    from expdb.report.run_ids import short

    return short(ids).replace(",", "")


def _gone(table: "EnteredTable", db_option: str) -> str:
    ids = typed_ids(table.gone.values())
    rows = counted_rows(len(table.gone))
    are, them = ("is", "it") if len(table.gone) == 1 else ("are", "them")
    kept = f"{rows} {are} kept that {are} not in {table.document} any more"
    return f"{table.group}: {kept}: expdb{db_option} rm {ids} removes {them}"


def _counts(table: "EnteredTable") -> list[str]:
    from expdb.report.run_ids import runs_text

    parts = []
    if table.new:
        parts.append(f"{counted_rows(len(table.new))} entered ({runs_text(table.new.values())})")
    if table.restored:
        parts.append(f"{counted_rows(len(table.restored))} restored ({runs_text(table.restored.values())})")
    if table.present:
        were = "was" if len(table.present) == 1 else "were"
        count = counted_rows(len(table.present)) if not parts else str(len(table.present))
        parts.append(f"{count} {were} there already ({runs_text(table.present.values())})")
    return parts


def _other_group(table: "EnteredTable") -> str:
    """Return why new rows have another group than their table asked for; empty where they have it."""
    has_old = table.present or table.restored
    return f" ({table.wanted} is the group of other rows)" if table.group != table.wanted and not has_old else ""
