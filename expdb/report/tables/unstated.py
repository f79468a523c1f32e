"""Keys of a table that no run can fill: `settings.NAME` and `metrics.NAME` may be of any name."""

from expdb.domain.table import TableDefinition
from expdb.report.source import TableSource
from expdb.report.tables.order import sort_key


def unstated_keys(source: TableSource, definition: TableDefinition) -> list[str]:
    """Return the keys of settings and metrics that a definition names and no run in the source states."""
    row_keys = definition.rows if not isinstance(definition.rows, str) else ()
    sections = (definition.section,) if definition.section else ()
    columns = (choice.key for choice in definition.columns)
    keys = dict.fromkeys((*columns, *row_keys, *definition.across, *sections, *map(sort_key, definition.sort)))
    stated = {key: key.partition(".")[::2] for key in keys if key.startswith(("settings.", "metrics."))}
    runs = source.runs("kind = reported") if stated else []
    return [key for key, (space, name) in stated.items() if not any(name in getattr(run, space) for run in runs)]
