"""The tables of several files, by the document that they are from."""

from collections.abc import Iterable

from expdb.errors import SpecError
from expdb.interop.reported.enter import ReportedTable


def by_document(tables: Iterable[ReportedTable]) -> list[list[ReportedTable]]:
    """Return the tables that have rows, those of one document together, in the order they were read.

    Raises:
        SpecError: two files that are taken for one document have the same row, so that one would replace the other.
    """
    documents: dict[str, list[ReportedTable]] = {}
    files: dict[str, str] = {}
    for table in tables:
        for row in table.runs:
            other = files.setdefault(row.row_key, table.file)
            if other != table.file:
                raise SpecError(
                    f"{other} and {table.file} both have row {row.name!r} of the document {row.document!r}: give each "
                    "file its own --document KEY, or import one after the other"
                )
        if table.runs:
            documents.setdefault(table.document, []).append(table)
    return list(documents.values())
