"""What a written table without a mark may be: a saved table, or groups of runs; and which of these it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from expdb.report.check.expected import ExpectedRow
from expdb.report.check.findings import Finding
from expdb.report.check.judge_row import RowJudge
from expdb.report.check.match import RowMatcher
from expdb.report.written.written_table import WrittenRow

Named = tuple[str | None, list[Finding]]  # the saved table, None: groups; and what comes of reading a row so


class Reading(Protocol):
    """Something that a written table may be."""

    @property
    def name(self) -> str | None:
        """The saved table; None: groups of runs."""

    @property
    def comparison(self) -> RowJudge:
        """The two tables side by side."""

    def judge(self, place: int, row: WrittenRow) -> list[Finding] | None:
        """Return the findings of a row; None where it has no such row."""

    def nearest(self, row: WrittenRow) -> list[ExpectedRow]:
        """Return what a row that it does not have may have been meant to be."""


@dataclass(frozen=True, kw_only=True)
class SavedReading:
    """A written table as a saved one; `rows` says which row is which."""

    name: str
    comparison: RowJudge
    rows: Mapping[int, int]

    @property
    def is_whole(self) -> bool:
        """Whether the saved table has every row that is written."""
        return len(self.rows) == len(self.comparison.written.rows)

    def judge(self, place: int, row: WrittenRow) -> list[Finding] | None:
        """Return the findings of a row; None where the saved table does not have it."""
        if place not in self.rows:
            return None
        return self.comparison.judge_row(row, [self.comparison.expected.rows[self.rows[place]]])

    def nearest(self, row: WrittenRow) -> list[ExpectedRow]:
        """Return nothing: whatever may be meant is among the groups."""
        del row
        return []


@dataclass(frozen=True, kw_only=True)
class GroupReading:
    """A written table as rows of groups of runs, or of single ones."""

    comparison: RowJudge
    matcher: RowMatcher
    name: None = None

    def judge(self, place: int, row: WrittenRow) -> list[Finding] | None:
        """Return the findings of a row; None where no group fits it."""
        del place  # groups have no order
        others = [self.comparison.expected.rows[index] for index in self.matcher.fitting(row)]
        return self.comparison.judge_row(row, others) if others else None

    def nearest(self, row: WrittenRow) -> list[ExpectedRow]:
        """Return the groups of the row's name that agree with most of it; nothing where many do."""
        return [self.comparison.expected.rows[index] for index in self.matcher.nearest(row)]


def judge_whole(reading: Reading, rows: Sequence[WrittenRow]) -> list[Named]:
    """Return the findings of all rows, read as one thing."""
    return [_judge(reading, place, row) for place, row in enumerate(rows)]


def judge_row(readings: Sequence[Reading], place: int, row: WrittenRow) -> Named:
    """Return the findings of a row, read as what it agrees with most."""
    options: list[list[Named]] = [
        [(reading.name, found)] for reading in readings if (found := reading.judge(place, row)) is not None
    ]
    return best(options)[0] if options else _judge(readings[0], place, row)


def best(options: Sequence[list[Named]]) -> list[Named]:
    """Return that reading of some rows in which least is wrong; of equal ones, the one that knows most."""
    return min(options, key=_badness)


def is_clean(option: Sequence[Named]) -> bool:
    """Return whether every number is confirmed."""
    return all(finding.status == "confirmed" for _, findings in option for finding in findings)


def _judge(reading: Reading, place: int, row: WrittenRow) -> Named:
    found = reading.judge(place, row)
    if found is None:
        found = reading.comparison.judge_row(row, [], nearest=reading.nearest(row))
    return reading.name, found


def _badness(option: Sequence[Named]) -> tuple[int, ...]:
    counts = Counter(finding.status for _, findings in option for finding in findings)
    wrong = sum(counts[status] for status in ("stale", "contradicted", "unknown"))
    return wrong, counts["unknown"], counts["contradicted"], counts["rounded differently"], -counts["confirmed"]
