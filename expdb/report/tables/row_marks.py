"""Marks on what is not comparable, and on what a definition marks itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from expdb.domain.contention import CONTENDED_COLUMNS
from expdb.domain.group import RunGroup
from expdb.domain.table import Against
from expdb.report.compare.analysed_alike import analysis_reasons
from expdb.report.compare.comparability import (
    AS_IT_STANDS,
    TIMES,
    Reason,
    Reasons,
    RowGroups,
    choice_reasons,
    contention_reasons,
    factor_reasons,
    machine_reasons,
    protocol_reasons,
    seed_reasons,
    texts,
)
from expdb.report.measures import BEST_OF, part_caveat
from expdb.report.source import TableSource
from expdb.report.table import Cell
from expdb.report.tables.comparisons import base_of, words_of_bases
from expdb.report.tables.footnotes import own_text
from expdb.report.tables.plan import Plan
from expdb.report.tables.shown_columns import CellColumns, ShownColumn
from expdb.report.tables.table_row import Across, Baseline, TableRow


def marked(
    source: TableSource | None,
    plan: Plan,
    slots: Sequence[ShownColumn],
    columns: CellColumns,
    *,
    lines: Sequence[TableRow],
    baseline: Baseline | None,
    unranked: Sequence[set[int]],
) -> CellColumns:
    """Return the columns with marks: the definition's own, and what is not comparable in each of them.

    A row is marked at its first cell; of a pivot, what is not comparable is marked at the first value of its column.
    Of a difference to the row above or to the first one, what is not comparable is marked at that difference. A p and
    an interval are marked in any case: whoever reads one need not look at other columns.

    Args:
        source: the runs.
        plan: of the table.
        slots: the columns.
        columns: their cells.
        lines: the rows.
        baseline: what they are compared with.
        unranked: by column, the rows that would be ranked in it, were they comparable.
    """
    varied = _varied_settings(plan, lines)
    protocol = {field: words for field, words in plan.protocol.items() if field not in varied}
    apart: dict[str, Any] = {"who": "its groups", "without": varied} if plan.is_mean else {}
    marked_once: set[tuple[Across | None, Against]] = set()
    found: CellColumns = []
    for index, (slot, cells) in enumerate(zip(slots, columns, strict=True)):
        told = _own_texts(source, plan, lines) if index == 0 else [[] for _ in lines]
        groups = [_compared_group(slot, line) for line in lines]
        against = slot.choice.against if slot.choice.shows in ("delta", "interval", "p") else "baseline"
        bases = _bases(slot, against, lines, baseline)
        words = words_of_bases(against, plan, baseline)
        is_whole_row = against == "baseline" and (slot.across is not None or not plan.across)
        reasons: list[Reasons] = []
        is_test = slot.choice.shows in ("interval", "p") and bases is not None
        left_out = {
            row for other, rows in zip(slots, unranked, strict=True) if other.across == slot.across for row in rows
        }
        if (slot.across, against) not in marked_once and (is_whole_row or against != "baseline"):
            marked_once.add((slot.across, against))
            reasons.append(protocol_reasons(groups, protocol, bases, words))
            if bases is not None and not plan.is_mean:
                reasons.append(factor_reasons(groups, bases, words))
            if is_whole_row:
                reasons.append(seed_reasons(groups, is_time=False, **apart))
        elif is_test:
            reasons.append(protocol_reasons(groups, protocol, bases, words))
        num_whole = len(reasons)
        own = set(unranked[index]) if slot.known.key not in BEST_OF else left_out  # best epochs share one text
        reasons += _of_column(slot, groups, bases, cells, words, **apart)
        for number, some in enumerate(reasons):
            shown = some if against == "baseline" and not (is_test and index) else _of_known(some, cells)
            if index == 0:
                shown = [None if _is_said(one, line) else one for one, line in zip(shown, lines, strict=True)]
            said = _with_rank(texts(some), left_out if number < num_whole else own)
            _add(told, [None if reason is None else text for reason, text in zip(shown, said, strict=True)])
        found.append(
            tuple(
                replace(cell, marks=(*cell.marks, *more)) if more else cell
                for cell, more in zip(cells, told, strict=True)
            )
            if any(told)
            else cells
        )
    return found


def _with_rank(told: Sequence[str | None], unranked: set[int]) -> list[str | None]:
    """Return the texts, with what follows for the rank where that is so of one of the rows that have a text."""
    texts_of_unranked = {told[row] for row in unranked}
    return [
        text.replace(f"{AS_IT_STANDS}:", f"{AS_IT_STANDS}, so not ranked:", 1)
        if text is not None and text in texts_of_unranked
        else text
        for text in told
    ]


def not_comparable(
    plan: Plan,
    slots: Sequence[ShownColumn],
    columns: CellColumns,
    *,
    lines: Sequence[TableRow],
    baseline: Baseline | None,
) -> list[set[int]]:
    """Return for every column that ranks its values the rows that are not comparable in it, as marks would say.

    That a row differs from the baseline in several settings is no such reason: its result is still of the same kind.
    Reported rows of a table without notes are as their documents print them.
    """
    judged = {row for row, line in enumerate(lines) if plan.notes or not line.is_reported}
    whole: dict[Across | None, list[Reasons]] = {}
    found: list[set[int]] = []
    for slot, cells in zip(slots, columns, strict=True):
        if slot.is_higher_better is None:
            found.append(set())
            continue
        groups = [slot.group_of(line) for line in lines]
        bases = _bases(slot, "baseline", lines, baseline)
        if slot.across not in whole:
            whole[slot.across] = [protocol_reasons(groups, plan.protocol, bases), seed_reasons(groups, is_time=False)]
        reasons = [*whole[slot.across], *_of_column(slot, groups, bases, cells, "")]
        found.append({row for some in reasons for row, reason in enumerate(some) if reason is not None} & judged)
    return found


def _of_column(
    slot: ShownColumn, groups: RowGroups, bases: RowGroups | None, cells: Sequence[Cell], words: str, **apart: Any
) -> list[Reasons]:
    """Return why times, and best epochs, of one column are not comparable."""
    reasons: list[Reasons] = []
    if slot.known.key in TIMES:
        reasons += [machine_reasons(groups, bases, words), seed_reasons(groups, is_time=True, **apart)]
    if slot.known.key in CONTENDED_COLUMNS:
        reasons.append(contention_reasons(groups))
    if slot.known.key in BEST_OF:
        reasons.append(choice_reasons(groups, bases, words))
    reasons.append(analysis_reasons(groups, bases, slot.known.key, words))
    return [_of_known(some, cells) for some in reasons]


def _compared_group(slot: ShownColumn, line: TableRow) -> RunGroup | None:
    """Return what is looked at of a cell: its group, and of a mean of groups all their runs as if they were one."""
    groups = slot.groups_of(line) if slot.is_mean else ()
    if len(groups) < 2:
        return groups[0] if groups else slot.group_of(line)
    members = tuple(fields for group in groups for fields in group.members or (group.run.fields,))
    seeds = {run_id: seed for group in groups for run_id, seed in group.seeds.items()}
    return RunGroup(run=groups[0].run, seeds=seeds, samples={}, members=members)


def _varied_settings(plan: Plan, lines: Sequence[TableRow]) -> set[str]:
    """Return the settings in which groups of one mean differ: its note tells them."""
    cells = [cell.groups for line in lines for cell in line.several.values()] if plan.is_mean else []
    told = ("dataset", "img_size", "epochs", "precision")
    return {field for groups in cells for field in told if len({group.run.fields[field] for group in groups}) > 1}


def _own_texts(source: TableSource | None, plan: Plan, lines: Sequence[TableRow]) -> list[list[str]]:
    told: list[list[str]] = [
        [] if line.is_final or not line.run_ids else [f"not finished: {line.lead.run.status}"] for line in lines
    ]
    _add(told, [_limit_text(line) for line in lines])
    for mark in plan.marks:
        ids = source.ids(mark.where) if source else set()
        _add(told, [own_text(mark) if ids & set(line.run_ids) else None for line in lines])
    return told


def _is_said(reason: Reason | None, line: TableRow) -> bool:
    """Tell whether a mark at the first cell says already on how many test images a row was evaluated."""
    return reason is not None and reason.field == "num_test_images" and _limit_text(line) is not None


def _limit_text(line: TableRow) -> str | None:
    """Return on how many test images a row was evaluated, where that were not all."""
    runs = [group.run for group in line.all_groups if group.run.fields["test_limit"] is not None]
    if not runs:
        return None
    return part_caveat(runs[0])


def _bases(
    slot: ShownColumn, against: Against, lines: Sequence[TableRow], baseline: Baseline | None
) -> list[RunGroup | None] | None:
    """Return what the rows of a column are compared with; None where no row of the table is it."""
    if against == "baseline" and baseline is None:
        return None
    bases = [base_of(lines, row, against, baseline) for row in range(len(lines))]
    groups = [None if base is None else _compared_group(slot, base) for base in bases]
    return groups if against != "baseline" or any(group is not None for group in groups) else None


def _of_known(reasons: Reasons, cells: Sequence[Cell]) -> Reasons:
    """Return the reasons of cells that show something."""
    return [None if cell.value is None else reason for cell, reason in zip(cells, reasons, strict=True)]


def _add(told: list[list[str]], more: Sequence[str | None]) -> None:
    for row, text in zip(told, more, strict=True):
        if text is not None:
            row.append(text)
