"""What comes of holding a report against the database: one finding a number, and how it reads."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from expdb.report.check.judge_number import FINDING_STATUSES, FindingStatus
from expdb.report.run_ids import runs_text


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A printed number, or a word that describes a row, and what became of it.

    Attributes:
        line: where it is printed, from 1.
        column: the heading, as printed.
        part: empty for a number itself; `std`, `n`, `low`, `high`, `delta` of one; `text` for words.
        row: what the row is called in the report.
        recorded: what it should be, at the printed decimals; None where nothing is known.
        run_ids: the runs that say so.
        reason: why it is unknown, or of no row or column of a marked table, or until when it was true.
    """

    line: int
    column: str
    part: str
    row: str
    printed: str
    recorded: str | None
    status: FindingStatus
    run_ids: tuple[int, ...] = ()
    reason: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number, not a word."""
        return self.part != "text"

    @property
    def message(self) -> str:
        """The finding in words, without its place and its status."""
        where = f"{self.column}{f' ({self.part})' if self.part not in ('', 'text') else ''} of {self.row}"
        said = f"{where}: {self.printed} printed"
        if self.status == "confirmed" or self.recorded is None:
            return said + (f", {self.reason}" if self.reason else "")
        return f"{said}, {saying(self.run_ids)} {self.recorded}" + (f"; {self.reason}" if self.reason else "")


@dataclass(frozen=True, kw_only=True)
class CheckedTable:
    """One table of a report.

    Attributes:
        line: number of its first line.
        name: the saved table that it was compared with; None: it was compared with runs.
        is_marked: it stands between marks.
        is_about_runs: False: it has no column that runs have results for, and was passed over.
        findings: one for every number, and for every word that is wrong.
        missing: rows and columns that the saved table has and a marked one does not print.
        problem: why there is nothing to compare between its marks; empty where there is.
    """

    line: int
    name: str | None = None
    is_marked: bool = False
    is_about_runs: bool = True
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""


def is_contradicted(tables: Iterable[CheckedTable]) -> bool:
    """Return whether the database says otherwise anywhere, or a marked table is not what its definition says."""
    return any(
        table.problem or table.missing or any(finding.status == "contradicted" for finding in table.findings)
        for table in tables
    )


def summary(tables: Sequence[CheckedTable]) -> str:
    """Return how many numbers there are of each kind: `22 numbers: 20 confirmed, 1 stale, 1 contradicted`."""
    findings = [finding for table in tables for finding in table.findings]
    counts = Counter(finding.status for finding in findings if finding.is_number)
    words = sum(not finding.is_number for finding in findings)
    missing = sum(len(table.missing) for table in tables)
    total = counts.total()
    told = ", ".join(f"{counts[status]} {status}" for status in FINDING_STATUSES if counts[status])
    line = f"{total} number{'s' * (total != 1)}{f': {told}' if told else ''}"
    line += f"; {words} word{'s' * (words != 1)} contradicted" if words else ""
    return line + (
        f"; {missing} {'rows or columns' if missing > 1 else 'row or column'} not printed" if missing else ""
    )


def findings_record(tables: Sequence[CheckedTable]) -> list[dict[str, Any]]:
    """Return the tables and their findings as plain JSON data."""
    return [
        {
            "line": table.line,
            "table": table.name,
            "is_marked": table.is_marked,
            "is_about_runs": table.is_about_runs,
            "missing": list(table.missing),
            "problem": table.problem or None,
            "findings": [
                {
                    "line": finding.line,
                    "column": finding.column,
                    "part": finding.part or "value",
                    "row": finding.row,
                    "printed": finding.printed,
                    "recorded": finding.recorded,
                    "status": finding.status,
                    "runs": list(finding.run_ids),
                    "reason": finding.reason or None,
                }
                for finding in table.findings
            ],
        }
        for table in tables
    ]


def saying(run_ids: Sequence[int]) -> str:
    """Return who says something, of many runs the first: `run 7 says`, `runs 147-149 say`."""
    if not run_ids:
        return "the database says"
    return f"{runs_text(run_ids)} say{'s' if len(run_ids) == 1 else ''}"
