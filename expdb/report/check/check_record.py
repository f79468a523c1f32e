"""What `check` found, as plain JSON data: its keys and what they mean, from which the reference is made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, TypedDict

from expdb.report.check.findings import CheckedTable, Finding, is_anything_judged, is_contradicted
from expdb.report.check.judge_number import FINDING_STATUSES, FindingStatus

STATUS_MEANINGS: Final[Mapping[FindingStatus, str]] = {
    "confirmed": "measured runs say it, at the printed decimals",
    "confirmed by tracked runs": "tracked runs say it: a script of yours logged it, expdb did not measure it itself",
    "as reported": "no other run fits the row, but one that was imported from another document, and says it",
    "same as its import": "nothing else fits the row, but what was imported from this very document says it",
    "rounded differently": "less than one unit of its last digit from what is recorded",
    "stale": "what runs said before the last of them ended, or was removed",
    "contradicted": "the runs that fit the row, the saved table or the import say otherwise",
    "unknown": "nothing fits the row or the column, or the number is not understood; the reason says which",
}
EXIT_CODES: Final = {
    0: "nothing is contradicted, and something was checked in every file",
    1: "a number or word is contradicted, or a marked table is not what its definition says",
    2: "bad usage, a file that cannot be read, or a mark that cannot be followed: all such marks of all files are "
    "named, and the other files judged, but none is rewritten; 2 wins over 1",
    3: "nothing was checked in a file: no number of it was held against anything, and it has no marked table; "
    "`--allow-empty` makes it 0; 1 wins over it. A file that only takes in files that are given too is not meant",
}


class PassedOverRecord(TypedDict):
    """What of a table was not compared."""

    line: Annotated[int, "where it stands, from 1"]
    what: Annotated[str, "`table`, or a column or row by name"]
    reason: Annotated[str, "why"]


class FindingRecord(TypedDict):
    """A number, or a word that is contradicted."""

    line: Annotated[int, "where it is printed, from 1"]
    column: Annotated[str, "the heading, as printed"]
    part: Annotated[str, "`value`; `std`, `n`, `low`, `high` or `delta` of one; `text` of words"]
    row: Annotated[str, "what the row is called there"]
    printed: Annotated[str, "the number, as printed"]
    recorded: Annotated[str | None, "what it should be, at the printed decimals; null where nothing is known"]
    status: Annotated[FindingStatus, "see above"]
    runs: Annotated[list[int], "ids of the runs that say so"]
    document: Annotated[
        str | None, "what these runs were copied from; null: they are measured or tracked, or there are none"
    ]
    reason: Annotated[str | None, "why it is unknown, or until when it was true; null where there is nothing to say"]


class CheckedTableRecord(TypedDict):
    """A table of a report."""

    line: Annotated[int, "its first line, from 1"]
    table: Annotated[str | None, "the saved table that it was compared with; null: it was compared with runs"]
    is_marked: Annotated[bool, "whether it stands between marks"]
    is_of_values: Annotated[bool, "whether it is single values of the saved table, each between marks of its own"]
    passed_over: Annotated[
        list[PassedOverRecord],
        "what was not compared: `line`, `what` (`table`, or a column or row by name) and `reason` of each",
    ]
    readings: Annotated[list[str], "how the table was read where that can be otherwise, a sentence each"]
    missing: Annotated[list[str], "rows and columns of the saved table that a marked one does not print"]
    problem: Annotated[str | None, "why nothing can be compared between the marks; null where it can"]
    findings: Annotated[list[FindingRecord], "one object a number, and one a word that is contradicted, by line"]


class CheckedTablesRecord(TypedDict):
    """What became of the tables of a report."""

    is_judged: Annotated[
        bool, "whether any number was held against something, or a marked table is there; false: exit code 3"
    ]
    is_contradicted: Annotated[
        bool, "whether a number or word is contradicted, or a marked table is not what it should be"
    ]
    numbers: Annotated[
        dict[FindingStatus, int], "how many numbers there are of each status; statuses that none has are 0"
    ]
    tables: Annotated[list[CheckedTableRecord], "one object a table, in the order of the file"]


class CheckedFileRecord(CheckedTablesRecord):
    """What `check --json` tells of a file."""

    file: Annotated[str, "its path, as given"]
    document: Annotated[str, "the key that rows copied from it have"]
    updated: Annotated[bool, "whether `--update` rewrote it"]


def tables_record(tables: Sequence[CheckedTable]) -> CheckedTablesRecord:
    """Return what became of a file's tables, in all and one by one."""
    counts = Counter(one.status for table in tables for one in table.findings if one.is_number)
    return CheckedTablesRecord(
        is_judged=is_anything_judged(tables),
        is_contradicted=is_contradicted(tables),
        numbers={status: counts[status] for status in FINDING_STATUSES},
        tables=[_table_record(table) for table in tables],
    )


def _table_record(table: CheckedTable) -> CheckedTableRecord:
    return CheckedTableRecord(
        line=table.line,
        table=table.name,
        is_marked=table.is_marked,
        is_of_values=table.is_of_values,
        passed_over=[PassedOverRecord(line=one.line, what=one.what, reason=one.reason) for one in table.passed_over],
        readings=list(table.readings),
        missing=list(table.missing),
        problem=table.problem or None,
        findings=[_finding_record(finding) for finding in table.findings],
    )


def _finding_record(finding: Finding) -> FindingRecord:
    return FindingRecord(
        line=finding.line,
        column=finding.column,
        part=finding.part or "value",
        row=finding.row,
        printed=finding.printed,
        recorded=finding.recorded,
        status=finding.status,
        runs=list(finding.run_ids),
        document=finding.document or None,
        reason=finding.reason or None,
    )
