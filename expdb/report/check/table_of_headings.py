"""What the headings of a written table ask for, where no saved table has them."""

from collections.abc import Callable, Collection

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.check.expected import ExpectedTable
from expdb.report.check.match_columns import ColumnPlaces
from expdb.report.check.same_words import SEEDS, is_by_epoch
from expdb.report.check.understood import UnderstoodTable
from expdb.report.columns import COLUMNS, Column
from expdb.report.written.reading.heading import Heading

_OF_ONE_RUN = frozenset(("seed", "id", "name", "created_at", "started_at", "ended_at", "digest"))
# What people say about runs, and documents about something else: a `Note` of a report is none of a run.
_LABELS = frozenset(("note", "tags", "status", "state", "reason", "source", "document", "group", "kind"))
MEASURED = "kind != reported"
COPIED = "kind = reported"


def definition_of_headings(
    table: UnderstoodTable, where: str, read: Callable[[str], Column], unrecorded: Collection[str] = ()
) -> TableDefinition | None:
    """Return the table of runs that a written one's headings ask for; None where none of them is a result.

    A table that names single runs (by seed, say), or has rows of the same words below each other and no ±, has one row
    a run.

    Args:
        table: as understood.
        where: MEASURED or COPIED: which runs.
        read: finds a column by its key.
        unrecorded: columns that none of these runs has: another one is meant that a heading may mean too.
    """
    choices: dict[tuple[str, str], ColumnChoice] = {}
    results: set[int] = set()
    has_counts = False
    for place, heading in enumerate(table.headings):
        known = _columns_meant(heading, table)
        key = next((key for key in known if key not in unrecorded), known[0] if known else None)
        if key == SEEDS:
            has_counts = True
        elif key is not None and not heading.parts:
            at = (heading.at or "last") if is_by_epoch(key) else "last"
            choices.setdefault((key, at), ColumnChoice(key=key, at=at))
            results |= {place} if read(key).measure is not None else set()
    measured = [choice for choice in choices.values() if read(choice.key).measure is not None]
    if not measured:
        return None
    described = [
        place
        for place, heading in enumerate(table.headings)
        if place not in results and (heading.keys or not table.looks_numeric(place))
    ]
    rows = [(row.section, *(row.cells[place].text for place in described)) for row in table.rows]
    is_per_run = bool(_OF_ONE_RUN & table.keys) or (len(set(rows)) < len(rows) and not table.spread_places)
    counts = [ColumnChoice(key=measured[0].key, shows="n")] if has_counts else []
    return TableDefinition(
        name="check",
        where=f"{where} and status = finished" if is_per_run and where == MEASURED else where,
        rows="runs" if is_per_run or where == COPIED else "groups",
        columns=(*choices.values(), *counts),
        limit=0,
        emphasis="none",
        notes=False,
    )


def unrecorded_columns(table: UnderstoodTable, expected: ExpectedTable, columns: ColumnPlaces) -> frozenset[str]:
    """Return the columns that no run of a definition has, of headings that may mean another one too."""
    return frozenset(
        expected.slots[index].known.key
        for place, index in columns.items()
        if len(_columns_meant(table.headings[place], table)) > 1
        and all(row.cells[index].value is None for row in expected.rows)
    )


def _columns_meant(heading: Heading, table: UnderstoodTable) -> list[str]:
    """Return the columns of runs that a heading may mean, the likeliest first."""
    names: Collection[str] = () if table.vocabulary.scripts is None else table.vocabulary.scripts.keys
    return [key for key in heading.keys if (key in COLUMNS and key not in _LABELS) or key == SEEDS or key in names]
