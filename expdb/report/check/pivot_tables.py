"""A pivot as one table for each of its datasets, so that each number is compared with runs of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from expdb.report.check.understood import UnderstoodTable
from expdb.report.written.reading.headings import BY_EPOCH
from expdb.report.written.written_table import WrittenRow, WrittenTable


@dataclass(frozen=True, kw_only=True)
class SingleTable:
    """One table of a pivot.

    Attributes:
        table: its columns, those that describe rows first.
        places: where each of its columns stands in the pivot.
    """

    table: UnderstoodTable
    places: tuple[int, ...]

    @classmethod
    def of(cls, table: UnderstoodTable) -> "SingleTable":
        """Return a table that is no pivot."""
        return cls(table=table, places=tuple(range(len(table.headings))))


def single_tables(table: UnderstoodTable) -> Iterator[SingleTable]:
    """Yield a table for each dataset that headings name; the table itself where they name none or one.

    What is measured, each column says, or the others do (`CIFAR-10 | ImageNet Top-1`): it is no known quantity where
    no column says it, and nothing around the table.
    """
    by_dataset: dict[str, list[int]] = {}
    for place, heading in enumerate(table.headings):
        if heading.dataset is not None and heading.key != "dataset":
            by_dataset.setdefault(heading.dataset, []).append(place)
    if not by_dataset or "dataset" in table.keys:
        yield SingleTable.of(table)
        return
    known = {table.headings[place].keys[:1] for places in by_dataset.values() for place in places} - {()}
    said = next(iter(known)) if len(known) == 1 else ()
    spread = {place for places in by_dataset.values() for place in places}
    kept = [place for place in range(len(table.headings)) if place not in spread]
    for dataset, places in by_dataset.items():
        own = [*kept, *places]
        headings = [table.headings[place] for place in own]
        is_result = set(said) <= BY_EPOCH
        headings = [
            replace(one, dataset=None, keys=one.keys or (said if is_result else ()), left=one.left)
            if one.dataset is not None
            else one
            for one in headings
        ]
        single = replace(table, headings=tuple(headings), dataset=dataset, written=_of(table, own))
        yield SingleTable(table=single, places=tuple(own))


def _of(table: UnderstoodTable, places: Sequence[int]) -> WrittenTable:
    def cut(row: WrittenRow) -> WrittenRow:
        return replace(row, cells=tuple(row.cells[place] for place in places))

    headings = tuple(table.written.headings[place] for place in places)
    return replace(table.written, headings=headings, rows=tuple(cut(row) for row in table.rows))
