"""How a written report was understood, in lines of a terminal: every heading's reading, and what was passed over."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expdb.cli.import_record import ReadingRecord
    from expdb.interop.report_document import ReportReading
    from expdb.report.written.tables.read_table import ReadTable

_WAY_OUT = "a heading that is not understood is given a meaning by --heading, as in --heading 'Acc. (ours)=top1'"


def reading_lines(reading: "ReportReading", *, dataset: str | None) -> Iterator[str]:
    """Yield lines that say how the tables of a report with results were read, and which others there are.

    Args:
        reading: of the report.
        dataset: the one that was given for tables that do not say theirs.
    """
    from expdb.report.written.tables.told import told_cells, told_columns, told_results

    for table, read in zip(reading.tables, reading.readings, strict=False):
        if not table.runs:
            continue
        turned = ", its columns as rows" if read.is_turned else ""
        yield f"{table.file}:{table.line}: group {table.group}{turned}"
        yield from (f"  {text}" for text in _told_dataset(read, dataset))
        for heading, told in told_columns(read):
            yield f"  {heading} → {told}"
        if said := told_results(read):
            yield f"  {said}"
        for line, told in told_cells(read):
            yield f"  line {line}: {told}"
    yield from passed_over(reading)
    is_left = any(column.heading.left and not column.hint for read in reading.readings for column in read.columns)
    if is_left or any(not table.runs for table in reading.tables):
        yield _WAY_OUT


def passed_over(reading: "ReportReading") -> list[str]:
    """Return what of a report was not read, with its line and the reason."""
    found = [
        (table.line or 0, f"{table.file}:{table.line}: {'' if table.runs else 'table '}skipped: {reason}")
        for table in reading.tables
        for reason in table.skipped
    ]
    found += [(line, f"{reading.name}:{line}: table skipped: {reason}") for line, reason in reading.unread]
    found += [(line, f"{reading.name}:{line}: cell skipped: {reason}") for line, reason in reading.unread_cells]
    found += [(line, f"{reading.name}:{line}: file skipped: {reason}") for line, reason in reading.other_files]
    return [text for _, text in sorted(found, key=lambda one: one[0])]


def reading_record(reading: "ReportReading") -> "list[ReadingRecord]":
    """Return how the tables of a report were read, as JSON has it."""
    from expdb.cli.import_record import ReadingRecord, TextCellRecord
    from expdb.report.written.tables.told import told_cells, told_columns

    return [
        ReadingRecord(
            file=table.file,
            line=table.line,
            group=table.group if table.runs else None,
            dataset=read.dataset,
            dataset_said_by=read.dataset_by or None,
            headings=dict(told_columns(read)),
            kept_as_text=[TextCellRecord(line=line, text=text) for line, text in told_cells(read)],
            skipped=list(table.skipped),
        )
        for table, read in zip(reading.tables, reading.readings, strict=False)
    ]


def _told_dataset(read: "ReadTable", given: str | None) -> Iterator[str]:
    from expdb.report.written.tables.told import told_dataset

    if said := told_dataset(read):
        yield f"dataset {said}"
    if given is not None and (read.dataset_by != "--dataset" or not read.needs_dataset):
        yield f"--dataset {given} has no effect"
