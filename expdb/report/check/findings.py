"""What comes of holding a report against the database: one finding a number, and how it reads."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from expdb.report.check.judge_number import FINDING_STATUSES, SAID_STATUSES, FindingStatus
from expdb.report.run_ids import runs_text

_LONGEST_NAME = 30  # letters of a document's, in a line of 80


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
        document: what the rows were copied from that say so; empty: measured runs do, or none.
        said_by: who says so, with its verb; empty: the runs.
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
    document: str = ""
    said_by: str = ""
    reason: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number, not a word."""
        return self.part != "text"

    @property
    def where(self) -> str:
        """The place in its table, in words."""
        return f"{self.column}{f' ({self.part})' if self.part not in ('', 'text') else ''} of {self.row}"

    @property
    def message(self) -> str:
        """The finding in words, without its place and its status."""
        said = f"{self.where}: {self.printed} printed"
        if self.status in SAID_STATUSES or self.recorded is None:
            return said + (f", {self.reason}" if self.reason else "")
        return f"{said}, {self.said_by or saying(self.run_ids)} {self.recorded}" + (
            f"; {self.reason}" if self.reason else ""
        )

    @property
    def ending(self) -> str:
        """The status in words: `as reported in vit.md`."""
        return f"as reported in {self.document}" if self.status == "as reported" and self.document else self.status


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """A part of a table, or all of it, that was not compared with anything.

    Attributes:
        line: where it stands, from 1.
        what: which part: `table`, or a column or row by its name.
        reason: why, and what can be done about it.
    """

    line: int
    what: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CheckedTable:
    """One table of a report.

    Attributes:
        line: number of its first line.
        name: the saved table that it was compared with; None: it was compared with runs.
        is_marked: it stands between marks.
        is_of_values: single numbers of the saved table between marks of their own, not a table.
        findings: one for every number, and for every word that is wrong.
        passed_over: what of it was not compared, with the reason.
        readings: how it was read where that can be otherwise: as fractions, as error rates.
        missing: rows and columns that the saved table has and a marked one does not print.
        problem: why there is nothing to compare between its marks; empty where there is.
    """

    line: int
    name: str | None = None
    is_marked: bool = False
    is_of_values: bool = False
    findings: tuple[Finding, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    readings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_passed_over(self) -> bool:
        """Whether nothing of it was compared with anything."""
        return bool(self.passed_over) and not self.findings and not self.is_marked

    @property
    def is_judged(self) -> bool:
        """Whether anything of it was held against something."""
        return self.is_marked or any(finding.status != "unknown" for finding in self.findings)


def is_contradicted(tables: Iterable[CheckedTable]) -> bool:
    """Return whether the database says otherwise anywhere, or a marked table is not what its definition says."""
    return any(
        table.problem or table.missing or any(finding.status == "contradicted" for finding in table.findings)
        for table in tables
    )


def is_anything_judged(tables: Iterable[CheckedTable]) -> bool:
    """Return whether any number was held against something, or a marked table is there."""
    return any(table.is_judged for table in tables)


def summary(tables: Sequence[CheckedTable], *, says_documents: bool = False) -> str:
    """Return how many numbers there are of each kind: `22 numbers: 20 confirmed, 1 stale, 1 contradicted`.

    Args:
        tables: of one report, or several.
        says_documents: also whose rows are meant: `1 as reported in vit.md`, `3 as reported in 2 documents`.
    """
    findings = [finding for table in tables for finding in table.findings]
    counts = Counter(finding.status for finding in findings if finding.is_number)
    words = sum(not finding.is_number for finding in findings)
    missing = sum(len(table.missing) for table in tables)
    total = counts.total()
    reported = [one for one in findings if one.is_number and one.status == "as reported"]
    by_whom = _by_whom(reported) if says_documents else ""
    told = ", ".join(
        f"{counts[status]} {status}{by_whom if status == 'as reported' else ''}"
        for status in FINDING_STATUSES
        if counts[status]
    )
    line = f"{total} number{'s' * (total != 1)}{f': {told}' if told else ''}"
    line += f"; {words} word{'s' * (words != 1)} contradicted" if words else ""
    return line + (
        f"; {missing} {'rows or columns' if missing > 1 else 'row or column'} not printed" if missing else ""
    )


def _by_whom(findings: Sequence[Finding]) -> str:
    """Return which document says some numbers, or how many documents do."""
    names = {finding.document for finding in findings} - {""}
    if len(names) > 1:
        return f" in {len(names)} documents"
    name = next(iter(names), "")
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"
    return f" in “{short}”" if " " in short else f" in {short}" if short else ""


def said_status(
    status: FindingStatus, document: str | None, *, own_document: str, is_tracked: bool = False
) -> FindingStatus:
    """Return a status by who says so: measured runs, or tracked ones, another document, or the own import."""
    if status != "confirmed":
        return status
    if document is None:
        return "confirmed by tracked runs" if is_tracked else status
    return "same as its import" if document == own_document else "as reported"


def saying(run_ids: Sequence[int]) -> str:
    """Return who says something, of many runs the first: `run 7 says`, `runs 147-149 say`."""
    if not run_ids:
        return "the database says"
    return f"{runs_text(run_ids)} say{'s' if len(run_ids) == 1 else ''}"
