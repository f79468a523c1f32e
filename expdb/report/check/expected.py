"""What a definition's table should print: its columns and rows, with what is recorded behind every cell."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from expdb.catalog.datasets import dataset_label
from expdb.domain.group import RunGroup, Sample
from expdb.domain.run import Run
from expdb.domain.value_text import exact, format_value, is_known
from expdb.report.check.judge_number import Recorded, in_unit
from expdb.report.check.same_words import MODELS, SEEDS, same_words, spellings
from expdb.report.columns import COLUMNS, column
from expdb.report.source import Correctness, TableSource
from expdb.report.stats.intervals import t_interval
from expdb.report.table import Cell
from expdb.report.tables.alike_rows import is_described
from expdb.report.tables.build import build_upright
from expdb.report.tables.plan import AskedTable, Plan, plan_of
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.tables.table_row import Baseline, TableRow
from expdb.report.written.reading.heading import Heading
from expdb.report.written.reading.numbers import read_cell

_COUNTED = ("num_params", "num_trainable_params", "macs")
_POLICIES = {
    "autoaugment": "auto_augment",
    "randaugment": "rand_augment",
    "trivialaugment": "trivial_augment",
    "augmix": "augmix",
}
_AUGMENTATIONS = {
    **{name: name for name in _POLICIES.values()},
    "mixup_alpha": "mixup",
    "cutmix_alpha": "cutmix",
    "cutout_size": "cutout",
    "random_erasing_prob": "random_erasing",
}


@dataclass(frozen=True, kw_only=True)
class ExpectedRow:
    """One row.

    Attributes:
        line: what it is made of.
        facts: the number in each cell; None where it holds none.
        groups: the runs behind each cell; None where there are none.
    """

    line: TableRow
    cells: tuple[Cell, ...]
    facts: tuple[Recorded | None, ...]
    groups: tuple[RunGroup | None, ...]
    name: str

    @property
    def run_ids(self) -> tuple[int, ...]:
        """The runs behind it."""
        return self.line.run_ids

    @property
    def datasets(self) -> set[str]:
        """The datasets of the runs behind it."""
        return {group.run.dataset for group in self.groups if group is not None}

    @property
    def models(self) -> set[str]:
        """The models of the runs behind it."""
        return {group.run.model for group in self.groups if group is not None}

    def is_augmented_with(self, on: Mapping[str, Any]) -> bool:
        """Return whether the runs behind it have these augmentations and no others."""
        return all(augmentations_on(group.run) == set(on) for group in self.groups if group is not None)

    def may_have(self, epochs: int | None, on: Mapping[str, Any] | None) -> bool:
        """Return whether the runs behind it have what is said above a table; a copied row may state nothing of it."""
        for run in (group.run for group in self.groups if group is not None):
            is_copied = run.kind == "reported"
            if (
                epochs is not None
                and run.fields["epochs"] != epochs
                and not (is_copied and run.fields["epochs"] is None)
            ):
                return False
            augmented = augmentations_on(run)
            if on is not None and augmented != set(on) and (augmented or not is_copied):
                return False
        return True

    def document(self, index: int) -> str | None:
        """Return what the number or words of a cell were copied from; None where they are measured."""
        group = self.groups[index] or next((group for group in self.groups if group is not None), None)
        return None if group is None or group.run.kind != "reported" else document_of(group.run)

    def is_tracked(self, index: int) -> bool:
        """Return whether the number or words of a cell are what a script of the user's logged."""
        group = self.groups[index] or next((group for group in self.groups if group is not None), None)
        return group is not None and group.run.kind == "tracked"

    def own_texts(self, index: int, slot: ShownColumn) -> tuple[str, ...]:
        """Return what stands in a cell: its text, and that without a label and without what tells the row apart."""
        text, value = self.cells[index].text, self.cells[index].value
        plain = format_value(value, slot.printed.format, slot.printed.decimals)
        return (text,) if slot.printed.format != "text" or plain == text else (text, plain)

    def texts(self, slot_index: int, slot: ShownColumn, heading: Heading) -> Iterator[str]:
        """Yield what may stand in a cell: its own text, and other labels that the heading may mean.

        A row copied from a document may also stand as it was printed there; each may be followed by what tells rows
        apart in this table or, as where rows are of several, by its dataset.
        """
        own_texts = self.own_texts(slot_index, slot)
        text, plain = own_texts[0], own_texts[-1]
        added = [text[len(plain) :]] if text.startswith(plain) else []
        group = self.groups[slot_index]
        if group is not None and is_described(slot):
            added.append(f" ({dataset_label(group.run.dataset)})")
        for one in (*own_texts, *self._labels(slot_index, slot, heading)):
            yield one
            yield from (f"{one}{more}" for more in added)
            if self.line.section is not None:
                yield f"{self.line.section}: {one}"  # as a transposed table heads it
            if slot.known.key in MODELS:
                yield from spellings(one)

    def _labels(self, slot_index: int, slot: ShownColumn, heading: Heading) -> Iterator[str]:
        group = self.groups[slot_index]
        if group is None:
            return
        word = same_words(heading.text)
        yield from (text for printed, text in group.run.quote.items() if same_words(printed) == word)
        if slot.known.key in heading.keys:
            values = (column(key).value(group.run.fields) for key in heading.keys if key in COLUMNS)
            yield from (format_value(value, "text") for value in values if is_known(value))
        if slot.known.key == "dataset":
            yield group.run.dataset


@dataclass(frozen=True, kw_only=True)
class ExpectedTable:
    """The rows and columns of a definition, and what they are made of.

    Attributes:
        baseline: what others are compared with; None: there is none.
        key_problem: why no text can ask for its rows; empty where it can.
    """

    plan: Plan
    slots: tuple[ShownColumn, ...]
    rows: tuple[ExpectedRow, ...]
    baseline: Baseline | None
    key_problem: str
    correct: Correctness | None

    @property
    def is_per_run(self) -> bool:
        """Whether seeds do not collapse."""
        return self.plan.is_single


def expected_table(source: TableSource, asked: AskedTable, *, correct: Correctness | None = None) -> ExpectedTable:
    """Return what the table of a definition should print. Raises SpecError and NotFoundError as `build_table`."""
    plan = plan_of(asked, source.points, transpose=False, emphasis="none", notes=False)
    built = build_upright(source, plan, correct=correct)
    slots, rows = built.slots, []
    for row, line in zip(built.table.rows, built.lines, strict=True):
        groups = [slot.group_of(line) for slot in slots]
        name = next((cell.text for cell, slot in zip(row.cells, slots, strict=True) if _names(slot)), "")
        rows.append(
            ExpectedRow(
                line=line,
                cells=row.cells,
                facts=tuple(map(recorded_of, row.cells, slots, groups)),
                groups=tuple(groups),
                name=name or f"run {row.run_ids[0] if row.run_ids else '?'}",
            )
        )
    return ExpectedTable(
        plan=plan,
        slots=slots,
        rows=tuple(rows),
        baseline=built.baseline,
        key_problem=built.table.key_problem,
        correct=correct,
    )


def _names(slot: ShownColumn) -> bool:
    return slot.printed.format == "text" and slot.known.key not in ("dataset", "settings", "id", "seed")


def is_measured(slot: ShownColumn) -> bool:
    """Return whether a column shows results, not settings."""
    return slot.measure is not None or slot.known.key.startswith("metrics.")


def is_result(slot: ShownColumn) -> bool:
    """Return whether a column shows what came of a run, or was counted: it does not say which run is meant."""
    return is_measured(slot) or slot.known.key in _COUNTED


def is_numeric(slot: ShownColumn) -> bool:
    """Return whether a column's cells are numbers."""
    return slot.printed.format not in ("text", "time", "tick")


def is_interval(slot: ShownColumn) -> bool:
    """Return whether a column's cells are intervals alone."""
    return slot.choice.shows == "interval"


def recorded_of(cell: Cell, slot: ShownColumn, group: RunGroup | None) -> Recorded | None:
    """Return the number that a cell holds, with its spread; None where it holds none."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, (int, float)):
        return None
    if not is_numeric(slot):  # a parameter of a script may be of any kind
        is_parameter = slot.known.key.startswith("settings.") and group is not None and group.run.kind == "tracked"
        return Recorded(main=exact(cell.value), form="number", is_given=True) if is_parameter else None
    form = slot.printed.format
    if is_interval(slot):
        lower, upper = _in_unit(cell.low, slot), _in_unit(cell.high, slot)
        return None if lower is None else Recorded(main=lower, high=upper, form=form, is_interval=True)
    if group is not None and group.run.kind == "reported":
        return _copied(cell.value, slot, group.run)
    low, high = _interval(cell, slot)
    return Recorded(
        main=in_unit(cell.value, form),
        form=form,
        std=_in_unit(_spread(cell.n, cell.value, cell.std, slot), slot),
        n=cell.n or (1 if is_measured(slot) else None),
        low=low,
        high=high,
        is_given=_is_given(slot),
    )


def _copied(value: float, slot: ShownColumn, run: Run) -> Recorded:
    """Return what a document prints of a number, with what stands beside it there."""
    name = slot.known.key.removeprefix("metrics.")
    std, n, low, high = (run.metrics.get(f"{name}_{part}") for part in ("spread", "n", "low", "high"))
    return Recorded(
        main=in_unit(value, slot.printed.format),
        form=slot.printed.format,
        std=None if std is None else exact(std),
        n=None if n is None else int(n),
        low=None if low is None else exact(low),
        high=None if high is None else exact(high),
        is_given=_is_given(slot),
        is_copied=True,
    )


def _is_given(slot: ShownColumn) -> bool:
    is_setting = slot.measure is None and slot.printed.format in ("integer", "number")
    return (is_setting and not is_measured(slot)) or slot.choice.shows == SEEDS


def augmentations_on(run: Run) -> set[str]:
    """Return what changes the images of a run beyond crop and flip, by the names that reported rows use."""
    if run.kind == "reported":
        return {name for name, value in run.settings.items() if value and name in _AUGMENTATIONS.values()}
    found = {_AUGMENTATIONS[name] for name in _AUGMENTATIONS if run.fields.get(name)}
    return found | ({_POLICIES[run.fields["policy"]]} if run.fields["policy"] in _POLICIES else set())


def document_of(run: Run) -> str:
    """Return what a run was copied from."""
    return run.document or (run.source or "").partition(", table “")[0] or "a document"


def without_document(expected: ExpectedTable, document: str, own: Collection[Run] = ()) -> ExpectedTable:
    """Return a table without the rows that were copied from a document, or from a copy of it.

    Args:
        expected: the table.
        document: its key; empty: it has none.
        own: what was imported from it; rows of others that print the same cells are copies.
    """
    cells = {_printed(run) for run in own}
    kept = [
        number
        for number, row in enumerate(expected.rows)
        if not document
        or (
            row.document(0) != document
            and not any(
                group is not None and group.run.kind == "reported" and _printed(group.run) in cells
                for group in row.groups
            )
        )
    ]
    return replace(expected, rows=tuple(expected.rows[at] for at in kept), baseline=None)


def _printed(run: Run) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return run.dataset, run.model, tuple(sorted(run.quote.items()))


def _spread(n: int | None, mean: float, std: float | None, slot: ShownColumn) -> float | None:
    """Return what the column prints behind ±; a mean of groups has nothing there."""
    if slot.choice.spread != "interval" or n is None or std is None:
        return std
    around = t_interval(Sample(n=n, mean=mean, std=std))
    return std if around is None else (around.high - around.low) / 2


def _in_unit(value: float | None, slot: ShownColumn) -> Decimal | None:
    return None if value is None else in_unit(value, slot.printed.format)


def _interval(cell: Cell, slot: ShownColumn) -> tuple[Decimal | None, Decimal | None]:
    """Return the interval of a single accuracy, as the table prints it."""
    read = read_cell(cell.text, slot.printed.format) if "[" in cell.text else None
    return (None, None) if read is None or read.low is None or read.high is None else (read.low.value, read.high.value)


def headings_of(slots: Sequence[ShownColumn]) -> Mapping[int, str]:
    """Return the headings as Markdown prints them, by the column's place."""
    return {
        index: f"{slot.printed.under}: {slot.printed.heading}" if slot.printed.under else slot.printed.heading
        for index, slot in enumerate(slots)
    }
