"""Stored rows that were entered before rows had a key, recognised as rows of their document."""

import re
from collections.abc import Callable, Hashable, Sequence

from expdb.domain.run import ReportedRun, Run
from expdb.interop.reported.row_changes import citation

_PAGE = re.compile(r", p\. [^,]*$")


def rows_without_key(rows: Sequence[ReportedRun], stored: Sequence[Run]) -> dict[str, Run]:
    """Return, by key, the stored rows without one that are rows of a document.

    Both name the same document in their source. They have the same printed cells, or the same name and say the same
    of dataset and model. Rows with the same cells go first, and in their order: a row that moved is not taken for the
    one whose place, and so whose name, it has now.
    """
    found: dict[str, Run] = {}
    left = [run for run in stored if run.kind == "reported" and run.row_key is None]
    for likeness in (_cells, _called):
        waiting = [row for row in rows if row.row_key not in found]
        pairs = _pairs(waiting, left, likeness)
        found |= pairs
        taken = {run.id for run in pairs.values()}
        left = [run for run in left if run.id not in taken]
    return found


def _pairs(
    rows: Sequence[ReportedRun], stored: Sequence[Run], likeness: Callable[[ReportedRun | Run], Hashable]
) -> dict[str, Run]:
    alike: dict[Hashable, list[Run]] = {}
    for run in stored:
        alike.setdefault(likeness(run), []).append(run)
    pairs = {}
    for row in rows:
        if like := alike.get(likeness(row)):
            pairs[row.row_key] = like.pop(0)
    return pairs


def _cells(row: ReportedRun | Run) -> Hashable:
    # Without headings: those that columns share are read into them since.
    return _document(row), row.dataset, tuple(sorted(filter(None, row.quote.values())))


def _called(row: ReportedRun | Run) -> Hashable:
    return _document(row), row.name, row.dataset, row.model


def _document(row: ReportedRun | Run) -> str:
    return _PAGE.sub("", citation(row.source or ""))
