"""What was understood of a written table, in lines for a person: `acc@1 → top1, %`, `FLOPs → metric of its own`."""

from collections.abc import Iterator, Mapping, Sequence

from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.reading.settings_cell import known_setting
from expdb.report.written.tables.columns import ACCURACIES, RESULTS, ReadColumn
from expdb.report.written.tables.known_metrics import KNOWN_METRICS
from expdb.report.written.tables.read_table import ReadTable

_SEVERAL: Mapping[str, str] = {
    "settings": "settings, as each cell names them",
    "optimizer_batch": "optimizer and batch_size",
    "devices": "num_devices",
    "links": "links, kept with the source",
}
_MOST_CELLS = 2  # that are quoted of those that were not read


def told_columns(table: ReadTable) -> list[tuple[str, str]]:
    """Return heading and reading of every column of a table, in its order."""
    readings: dict[str, list[str]] = {}
    for column in table.columns:
        readings.setdefault(column.quoted, []).append(_told(column.as_entered()))
    return [(quoted, " and ".join(dict.fromkeys(told))) for quoted, told in readings.items()]


def told_results(table: ReadTable) -> str:
    """Return what helps where columns of datasets or augmentations do not say what they hold; empty where they do."""
    is_said = not any(column.of and column.role == "metric" and column.reason for column in table.columns)
    return "" if is_said else "say accuracy or error in the caption, or in the sentence above the table"


def told_dataset(table: ReadTable) -> str:
    """Return of which dataset a table is, and where that is said; empty where its columns or rows say it."""
    if table.dataset is None or not table.needs_dataset:
        return ""
    return f"{table.dataset}, as {table.dataset_by} says"


def told_cells(table: ReadTable) -> Iterator[tuple[int, str]]:
    """Yield line and words for every column with cells that are kept as text, because they are no single number."""
    for column in (one.as_entered() for one in table.columns):
        if column.role not in RESULTS and column.role not in ("metric", "epochs", "batch_size"):
            continue
        cells = [row.cells[column.place] for row in table.written.rows]
        unread = [cell for cell in cells if not is_blank(cell.text) and _is_unread(column, cell.text)]
        if unread and not (column.num_parts > 1 and column.part):
            quoted = ", ".join(f"“{cell.text}”" for cell in unread[:_MOST_CELLS])
            more = f" and {len(unread) - _MOST_CELLS} more" if len(unread) > _MOST_CELLS else ""
            yield unread[0].line, f"column “{column.quoted}”: {quoted}{more} read as no number, kept as text"


def _is_unread(column: ReadColumn, text: str) -> bool:
    part = column.text_of(text)
    if part is not None and is_blank(part):
        return False
    read = column.read(text)
    return read is None or read.is_below or (column.role in ACCURACIES and not 0 <= read.main.value <= 100)


def _told(column: ReadColumn) -> str:
    match column.role:
        case "nothing":
            return "not read: no heading" if not column.heading.text else "not read: no cell says anything"
        case "metric" | "setting" | "tick":
            return _told_own(column)
        case _ if column.role in ACCURACIES:
            return ", ".join(_told_accuracy(column))
    unit = f", {column.heading.unit}" if column.heading.unit else ""
    if column.bare_unit:
        unit = f", read as {column.bare_unit}"
    return _SEVERAL.get(column.role, column.role) + unit + _of(column)


def _told_accuracy(column: ReadColumn) -> Sequence[str]:
    what = f"{column.role}{_of(column)}{' = 1 - error' if column.is_error else ''}"
    scale = "fractions of 1" if column.is_fraction else "%"
    return [what, scale, *([f"as {column.said_by} says"] if column.said_by else [])]


def _told_own(column: ReadColumn) -> str:
    kind = "metric" if column.role == "metric" else "setting"
    unit = {"time": ", in s", "memory": ", in bytes", "count": "", None: column.unit and f", in {column.unit}"}[
        column.dimension
    ]
    known = known_setting(column.name) if kind == "setting" else column.name in KNOWN_METRICS and column.name
    if known == "gpu_hours":
        unit = ", in h"
    told = f"{known}, a {kind}{unit}" if known and not column.reason else f"{kind} of its own{unit}"
    if column.heading.key in RESULTS and kind == "metric" and not column.reason:
        told = f"{kind} of its own{unit}: not of test images at the last epoch"
    told += _of(column)
    if column.reason:
        told += f", {column.reason}" if column.reason.startswith("not ") and column.hint else f": {column.reason}"
    return f"{told}: say {column.hint} if it is" if column.hint else told


def _of(column: ReadColumn) -> str:
    """Return what its results are of: ` of cifar10`, ` with Cutout`."""
    return "".join(f" of {name}" if kind == "dataset" else f" with {name}" for kind, name in column.of)
