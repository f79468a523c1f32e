"""What a written table without a mark may be: a saved table, or groups of runs; and which of these it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from expdb.report.check.expected import ExpectedRow, headings_of
from expdb.report.check.findings import Finding
from expdb.report.check.judge_number import SAID_STATUSES
from expdb.report.check.judge_row import RowFindings, RowJudge
from expdb.report.check.match import RowMatcher
from expdb.report.check.same_words import MODELS, same_words
from expdb.report.check.settings_left_open import Choice, choice_of
from expdb.report.written.written_table import WrittenRow

_MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class SavedReading:
    """A written table as a saved one that has all of its rows; `rows` says which row is which."""

    name: str
    comparison: RowJudge
    rows: dict[int, int]

    def judge(self, place: int, row: WrittenRow) -> RowFindings:
        """Return the findings of a row."""
        return self.comparison.judge_row(row, [self.expected(place)])

    def expected(self, place: int) -> ExpectedRow:
        """Return the saved table's row that a written one is."""
        return self.comparison.expected.rows[self.rows[place]]

    def is_copied(self, place: int) -> bool:
        """Return whether the saved table's row was copied from a document."""
        return any(group is not None and group.run.kind == "reported" for group in self.expected(place).groups)

    @property
    def is_left_open(self) -> bool:
        """Return whether nothing written says which of its datasets, or models, rows are of.

        A saved table of one dataset says it, where it is written with all of its headings: nothing else is so headed.
        It says nothing of a table that stands below the names of others.
        """
        table, rows = self.comparison.written, self.comparison.expected.rows
        if not self._has_column("dataset") and any(table.dataset_of(row) is None for row in table.rows):
            every = {name for row in rows for name in row.datasets}
            if len(every) > 1 or not self._is_whole or (table.rivals and not every <= set(table.rivals)):
                return True
        models = {name for row in rows for name in row.models}
        return len(models) > 1 and not self._has_column(*MODELS, "id", "name")

    @property
    def _is_whole(self) -> bool:
        """Return whether all columns of the saved table are written, with its own headings."""
        headings, columns = headings_of(self.comparison.expected.slots), self.comparison.columns
        printed = self.comparison.written.headings
        return len(columns) == len(headings) and all(
            same_words(printed[place].text) == same_words(headings[index]) for place, index in columns.items()
        )

    def _has_column(self, *keys: str) -> bool:
        """Return whether a written column, or what columns are of, says one of these."""
        expected = self.comparison.expected
        shown = {expected.slots[index].known.key for index in self.comparison.columns.values()}
        return bool((shown | {key.key for key in expected.plan.across}) & set(keys))

    def share_said(self) -> float:
        """Return which share of the numbers of results the saved table has too."""
        rows = enumerate(self.comparison.written.rows)
        found = [one for place, row in rows for cell in self.judge(place, row).values() for one in cell]
        said = [one.status in SAID_STATUSES or one.status == "stale" for one in found if one.is_number]
        return sum(said) / len(said) if said else 0.0


@dataclass(frozen=True, kw_only=True)
class GroupReading:
    """A written table as rows of groups of runs, or of single ones."""

    comparison: RowJudge
    matcher: RowMatcher

    def judge(self, row: WrittenRow) -> RowFindings | None:
        """Return the findings of a row; None where no group fits it.

        Which group a row is of, its words and settings say. Where these leave open the dataset, or the model, nothing
        is confirmed: the numbers alone do not say which run they are of.
        """
        others = self._fitting(row)
        if not others:
            return None
        reason = self._left_open(row, others)
        return self.comparison.judge_row(row, others) if reason is None else self.comparison.judge_none(row, reason)

    def choice(self, row: WrittenRow, found: RowFindings) -> Choice | None:
        """Return which group a row agrees with, of several that differ in settings; None where only one fits it."""
        others = self._fitting(row)
        if len(others) < 2:
            return None
        every = (finding for cell in found.values() for finding in cell)
        return choice_of(every, others, is_of_runs=self.comparison.expected.is_per_run)

    def is_left_open(self, row: WrittenRow) -> bool:
        """Return whether a row does not say of which dataset or model it is, and there are runs of several."""
        return self._left_open(row, self._fitting(row)) is not None

    def _fitting(self, row: WrittenRow) -> list[ExpectedRow]:
        return [self.comparison.expected.rows[index] for index in self.matcher.fitting(row)]

    def judge_none(self, row: WrittenRow) -> RowFindings:
        """Return the findings of a row that nothing fits."""
        nearest = [self.comparison.expected.rows[index] for index in self.matcher.nearest(row)]
        said = self.comparison.written.dataset_of(row)
        reason = no_row_of(said)
        told = self.comparison.written.above.told
        reason += f": {told}" if told else ""
        return self.comparison.judge_none(row, reason, nearest)

    def _left_open(self, row: WrittenRow, others: Sequence[ExpectedRow]) -> str | None:
        table = self.comparison.written
        if table.rivals and table.dataset_of(row) is None and not self._has_cell(row, "dataset"):
            return f"{_listed(table.rivals)} are named above the table: say which in a column “Dataset”"
        datasets = {name for other in others for name in other.datasets}
        if len(datasets) > 1 and table.dataset_of(row) is None and not self._has_cell(row, "dataset"):
            return f"runs of {_listed(datasets)} fit: name the dataset above the table, or give --dataset NAME"
        models = {name for other in others for name in other.models}
        if len(models) > 1 and not self._has_cell(row, *MODELS, "id", "name"):
            return f"runs of {_listed(models)} fit: no column names the model"
        return None

    def _has_cell(self, row: WrittenRow, *keys: str) -> bool:
        columns = self.comparison.columns
        return any(
            row.cells[place].text and self.comparison.expected.slots[index].known.key in keys
            for place, index in columns.items()
        )


def most_alike(readings: Sequence[SavedReading], *, is_sure: bool) -> SavedReading | None:
    """Return the saved table that has most of the numbers that are written.

    Args:
        readings: those that may be it.
        is_sure: more than half of the numbers must be there, since the table may also be one of groups.
    """
    shares = [(reading.share_said(), reading) for reading in readings]
    share, best = max(shares, key=lambda pair: pair[0], default=(0.0, None))
    return best if share > 0.5 or not is_sure else None


def merged(first: RowFindings | None, second: RowFindings | None) -> RowFindings:
    """Return the findings of a row, cell by cell those of the first one that knows the cell."""
    first, second = first or {}, second or {}
    return {
        place: second[place] if place in second and not is_any_known(first.get(place, ())) else first[place]
        for place in sorted({*first, *second})
        if place in second or place in first
    }


def with_import(first: RowFindings, own: RowFindings) -> RowFindings:
    """Return the findings of a row beside what its own import says.

    Measured runs are right whatever was imported, but what a document printed beside a number and prints no more is
    told. Rows of other documents are right only where the document still says what it said.
    """
    return {place: _with_import(first.get(place, []), own.get(place, [])) for place in sorted({*first, *own})}


def _with_import(found: list[Finding], own: list[Finding]) -> list[Finding]:
    if not own or not is_any_known(found):
        return own or found
    changed = [one for one in own if one.status not in SAID_STATUSES]
    if all(one.document for one in found):  # of other documents
        is_right = all(one.status in SAID_STATUSES for one in found)
        return own if changed or not is_right else found
    parts = {one.part for one in found}
    return [*found, *(one for one in changed if one.part not in parts and one.part in ("std", "n"))]


def is_any_known(findings: Collection[Finding]) -> bool:
    """Return whether anything is known of a cell."""
    return any(finding.status != "unknown" for finding in findings)


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)[:_MOST_NAMED]
    more = len(names) - len(shown)
    return f"{', '.join(shown)} and {more} more" if more else " and ".join([", ".join(shown[:-1]), shown[-1]])


def no_row_of(dataset: str | None) -> str:
    """Return the words for a row that no run fits, of a dataset if it is known."""
    return "no run fits this row" if dataset is None else f"no run of {dataset} fits this row"
