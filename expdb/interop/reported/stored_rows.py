"""Which stored rows the rows of a document are, those among them that are alike in all but their results too."""

from collections.abc import Hashable, Sequence

from expdb.domain.run import ReportedRun, Run
from expdb.interop.reported.row_changes import changes_of, table_of, with_citation
from expdb.report.written.row_identity import key_parts, numbered_key


def stored_rows(stated: Sequence[ReportedRun], stored: Sequence[Run]) -> dict[str, Run]:
    """Return the stored rows by the keys that they should have: those of the rows of the document that they are.

    Of rows that are alike, one that says the same is the same, wherever it stands among them; the others are taken in
    their order. Rows that the document does not have any more get the keys behind theirs.

    Args:
        stated: the rows of the document.
        stored: the rows with these keys, or ones like them, removed ones too.
    """
    alike: dict[str, list[Run]] = {}
    for run in sorted(stored, key=lambda run: (run.removed_at is not None, key_parts(str(run.row_key))[1])):
        alike.setdefault(key_parts(str(run.row_key))[0], []).append(run)
    rows: dict[str, list[ReportedRun]] = {}
    for row in stated:
        rows.setdefault(key_parts(row.row_key)[0], []).append(row)
    found: dict[str, Run] = {}
    for first, runs in alike.items():
        if first in rows:
            found |= _paired(first, rows[first], runs)
    return {key: run.changed(row_key=key) for key, run in found.items()}


def rows_read_otherwise(rows: Sequence[ReportedRun], stored: Sequence[Run]) -> dict[str, Run]:
    """Return, by key, the stored rows whose printed cells are those of a row of the same table and document.

    Their keys are others where a heading is understood otherwise now: as a result, and not as a setting.

    Args:
        rows: of the document, that have no stored one under their key.
        stored: of the document, that no row of it has the key of.
    """
    left = list(stored)
    found: dict[str, Run] = {}
    for row in rows:
        same = next((run for run in left if _printed(run) == _printed(row)), None)
        if same is not None:
            found[row.row_key] = same
            left.remove(same)
    return found


def printed(row: ReportedRun | Run) -> Hashable:
    """Return what a row prints, and of what: two documents in which it is the same have it from each other."""
    return row.dataset, row.model, tuple(sorted(row.quote.items()))


def _printed(row: ReportedRun | Run) -> Hashable:
    return table_of(row.source or ""), printed(row)


def moved_keys(found: dict[str, Run], stored: Sequence[Run]) -> dict[int, str]:
    """Return the keys that stored rows do not have yet and should, by id."""
    before = {run.id: run.row_key for run in stored}
    return {run.id: key for key, run in found.items() if before[run.id] != key}


def _paired(first: str, rows: Sequence[ReportedRun], runs: Sequence[Run]) -> dict[str, Run]:
    """Return the stored rows of one kind by the keys that they should have."""
    if len(rows) == len(runs) == 1:
        return {rows[0].row_key: runs[0]}
    found: dict[str, Run] = {}
    left = list(runs)
    for row in rows:
        same = next((run for run in left if not changes_of(run, with_citation(row, run))[1]), None)
        if same is not None:
            found[row.row_key] = same
            left.remove(same)
    for row in rows:
        if row.row_key not in found and left:
            found[row.row_key] = left.pop(0)
    last = max(key_parts(row.row_key)[1] for row in rows)
    return found | {numbered_key(first, last + place): run for place, run in enumerate(left, start=1)}
