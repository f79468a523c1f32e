"""Sources as a footnote names them: each document and each of its tables once."""

import re
from collections.abc import Iterable

from expdb.report.run_ids import short

_ROW = re.compile(r"(?P<place>.+), row (?P<row>\d+)(?: \(line \d+\))?")
_TABLE = ", table "


def cited_sources(sources: Iterable[str]) -> str:
    """Return the sources of reported rows in one line.

    >>> cited_sources(["Report, table “A”, row 1 (line 44)", "Report, table “A”, row 2 (line 45)", "Report, table “B”"])
    'Report, table “A”, rows 1, 2, table “B”'
    """
    rows: dict[str, set[int]] = {}
    for source in sources:
        match = _ROW.fullmatch(source)
        known = rows.setdefault(match["place"] if match else source, set())
        known |= {int(match["row"])} if match else set()
    documents: dict[str, list[str]] = {}
    for place, numbers in rows.items():
        document, table, caption = place.partition(_TABLE)
        listed = f", row{'s' if len(numbers) > 1 else ''} {short(numbers)}" if numbers else ""
        documents.setdefault(document, []).append(f"{table}{caption}{listed}")
    return "; ".join(document + "".join(parts) for document, parts in documents.items())
