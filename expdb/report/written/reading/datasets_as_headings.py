"""Tables with datasets as headings: a table of top-1 for each of them."""

from collections.abc import Callable
from dataclasses import replace

from expdb.report.written.reading.headings import BY_EPOCH, MODELS, heading_units, keys_of
from expdb.report.written.written_table import WrittenCell, WrittenTable


def by_dataset(table: WrittenTable, dataset_of: Callable[[str], str | None]) -> dict[int, WrittenTable]:
    """Return a table of top-1 for each column that a dataset heads, by the column's place.

    None of a table without models, or of one that names its datasets, or its results by epoch, otherwise.

    Args:
        table: what is written.
        dataset_of: gives the dataset that a heading names.
    """
    known = {key for heading in table.headings for key in keys_of(heading)}
    if known & {"dataset", *BY_EPOCH} or not (known & set(MODELS) or not table.headings[0]):
        return {}
    datasets = {
        place: name
        for place, heading in enumerate(table.headings)
        if place and not keys_of(heading) and (name := dataset_of(heading)) is not None
    }
    kept = [place for place in range(len(table.headings)) if place not in datasets]
    return {place: _of_dataset(table, place, name, kept) for place, name in datasets.items()}


def _of_dataset(table: WrittenTable, place: int, name: str, kept: list[int]) -> WrittenTable:
    units = heading_units(table.headings[place])
    rows = [
        replace(
            row,
            cells=(*(row.cells[at] for at in kept), WrittenCell(text=name, line=row.line), row.cells[place]),
        )
        for row in table.rows
    ]
    top1 = f"Top-1 ({', '.join(units)})" if units else "Top-1"
    return replace(table, headings=(*(table.headings[at] for at in kept), "Dataset", top1), rows=tuple(rows))
