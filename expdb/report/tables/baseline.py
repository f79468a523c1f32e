"""Which row a row of a table is compared with."""

from collections.abc import Sequence

from expdb.domain.table import Against, TableDefinition
from expdb.errors import SpecError
from expdb.report.source import TableSource
from expdb.report.tables.row_names import names_of
from expdb.report.tables.shown_columns import shown_columns
from expdb.report.tables.table_row import TableRow

_MOST_NAMED = 5


def baseline_of(source: TableSource, definition: TableDefinition, lines: Sequence[TableRow]) -> TableRow | None:
    """Return the row that the baseline's filter picks; None without a filter, or while that row has no finished run.

    Raises:
        SpecError: it picks no row of the table, or several.
    """
    where = definition.baseline
    if not where:
        return None
    ids = source.ids(where)
    found = [line for line in lines if ids & set(line.run_ids)]
    if len(found) == 1:
        return found[0]
    # Runs that will, or might, still finish.
    is_unfinished = bool(ids & source.ids("status in (queued, running, crashed)"))
    if not found and (not lines or any(not line.run_ids for line in lines) or is_unfinished):
        return None
    names = names_of(found[:_MOST_NAMED], shown_columns(definition, []))
    more = [f"{len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    none = "none: change it, or the table's filter, until it does"
    picked = f"{len(found)} rows ({', '.join(names + more)})" if found else none
    raise SpecError(f"baseline {where!r} of table {definition.name!r} must pick one of its rows: it picks {picked}")


def base_of(lines: Sequence[TableRow], index: int, against: Against, baseline: TableRow | None) -> TableRow | None:
    """Return the row that a row is compared with, of its own section unless it is the baseline; None: there is none."""
    if against == "baseline":
        return baseline
    section = lines[index].section
    if against == "first":
        return next(line for line in lines if line.section == section)
    return lines[index - 1] if index and lines[index - 1].section == section else None
