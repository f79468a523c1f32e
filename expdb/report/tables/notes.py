"""The notes about a whole table: what its spreads are, what is left out, what was copied from a document."""

import re
from collections.abc import Sequence
from itertools import compress

from expdb.domain.run import OF_EVALUATION
from expdb.domain.task import FREE, point_name
from expdb.domain.value_text import format_value, one_line
from expdb.report.compare.comparability import never_known_text
from expdb.report.compare.origins import origins_told
from expdb.report.measures import BEST_OF, at_words
from expdb.report.run_ids import runs_text, short
from expdb.report.table import Cell
from expdb.report.tables.cited_sources import cited_sources
from expdb.report.tables.footnotes import CARE, LEFT_OUT, SPREAD, VERDICT, Footnotes
from expdb.report.tables.plan import Plan
from expdb.report.tables.row_names import targets_verdict
from expdb.report.tables.several_groups import usual_varied
from expdb.report.tables.shown_columns import CellColumns, ShownColumn
from expdb.report.tables.table_row import TableRow, TableRows

_RESULT = re.compile(
    r"\b(?:(?:val_|best_)?(?:top1|top5|(?:train|test)_loss)|(?:train|eval|wall)_seconds|images_per_second)\b"
    r"\s*(?:(?:[<>]=?|!?=)(?!\s*null\b)|(?:not\s+)?in\b)",
    re.IGNORECASE,
)

_MOST_NUMBERS = 12
_SPREADS = {"std": " ± sample standard deviation", "interval": " ± half-width of Student's 95 % interval", "none": ""}


def tell(
    notes: Footnotes,
    plan: Plan,
    arranged: TableRows,
    slots: Sequence[ShownColumn],
    columns: CellColumns,
    *,
    lines: Sequence[TableRow],
) -> None:
    """Add the notes about the whole table, in the order of their weight."""
    if not lines:
        notes.add("No finished run passes the filter." if plan.where else "No finished run yet.", place=VERDICT)
    if arranged.num_more:
        told = f"{len(lines):,} of {len(lines) + arranged.num_more:,} rows are shown; "
        notes.add(told + "best values, tests and targets are of these (limit = 0 shows all).", place=VERDICT)
    _tell_verdict(notes, plan, lines)
    _tell_spread(notes, slots, columns, lines)
    if plan.is_mean:
        _tell_means(notes, lines)
    _tell_reported(notes, lines)
    for told in origins_told([group for line in lines for group in line.all_groups]):
        notes.add(told, place=CARE)
    _tell_epochs(notes, slots)
    _tell_keys(notes, plan, lines)
    _tell_best(notes, slots, columns, lines)
    _tell_short(notes, slots, lines)
    _tell_sparse(notes, slots, lines)
    if not plan.is_single and _RESULT.search(plan.where):
        notes.add("The filter chooses runs by their result: means over those it lets through are biased.", place=CARE)
    if lines and (unknown := never_known_text([group for line in lines for group in line.all_groups], plan.protocol)):
        notes.add(unknown, place=CARE)
    _tell_left_out(notes, arranged)
    _tell_unknown(notes, slots, columns, lines)
    _tell_machines(notes, slots, lines)
    _tell_documents(notes, plan, slots, lines)


def _tell_documents(notes: Footnotes, plan: Plan, slots: Sequence[ShownColumn], lines: Sequence[TableRow]) -> None:
    """Say which numbers of reported rows are not shown: they are in units that only their documents know."""
    reported = [group.run for line in lines for group in line.all_groups if group.run.kind == "reported"]
    for key in dict.fromkeys(slot.known.key for slot in slots):
        name = point_name(key)
        stating = sorted(run.id for run in reported if name in plan.metrics and name in run.fields["metrics"])
        if key.startswith(FREE) and stating:
            told = f"{key} of reported rows ({runs_text(stating)}) is in units of their own, and not shown here."
            notes.add(told, place=LEFT_OUT)


def _tell_verdict(notes: Footnotes, plan: Plan, lines: Sequence[TableRow]) -> None:
    if not plan.targets:
        return
    told = targets_verdict(plan, lines)
    if told:
        notes.add(told, place=VERDICT)


def _tell_epochs(notes: Footnotes, slots: Sequence[ShownColumn]) -> None:
    """Say of which epochs values are, where a heading of somebody's own does not."""
    own: dict[str, dict[str, None]] = {}
    for slot in slots:
        if slot.choice.at != "last" and slot.choice.heading is not None:
            own.setdefault(slot.choice.at, {})[slot.printed.heading] = None
    for at, names in own.items():
        if at != "best":
            notes.add(f"{', '.join(names)}: {at_words(at)} epochs.", place=CARE)
    if any(slot.choice.at == "best" for slot in slots):
        which = f"{', '.join(own['best'])}: best" if "best" in own else "Best"
        notes.add(f"{which} epoch, chosen on the split it is reported of: an optimistic number.", place=CARE)


def _tell_keys(notes: Footnotes, plan: Plan, lines: Sequence[TableRow]) -> None:
    """Say where the runs of one group do not agree on what their row, or their column of the pivot, is named by."""
    groups = [group for line in lines for group in line.all_groups if group.members]
    for known in plan.named_by:
        differing = [group for group in groups if len(group.values(known.value)) > 1]
        if differing:
            values = (format_value(value, known.format, known.decimals) for value in differing[0].values(known.value))
            more = f", and {len(differing) - 1} more" if len(differing) > 1 else ""
            said = f"{runs_text(differing[0].run_ids)}: {', '.join(values)}{more}"
            told = f"{known.heading} differs within a group ({said})"
            notes.add(f"{told}: it stands where its newest run does.", place=CARE)


def _tell_best(notes: Footnotes, slots: Sequence[ShownColumn], columns: CellColumns, lines: Sequence[TableRow]) -> None:
    """Say of best epochs which of them were chosen on the test split."""
    shown: set[int] = set()
    by_test: set[int] = set()
    for slot, cells in zip(slots, columns, strict=True):
        for number, (line, cell) in enumerate(zip(lines, cells, strict=True), start=1):
            group = slot.group_of(line)
            if slot.known.key in BEST_OF and cell.value is not None and group is not None:
                (by_test if group.run.results.best_by == "test" else shown).add(number)
    if by_test:
        which = f" ({_rows(sorted(by_test))})" if shown else ""
        notes.add(f"Best epoch chosen on the test split{which}: an optimistic number.", place=CARE)


def _rows(numbers: Sequence[int]) -> str:
    if len(numbers) > _MOST_NUMBERS:
        return "some rows"
    return f"row{'s' if len(numbers) > 1 else ''} {short(numbers)}"


def _tell_spread(
    notes: Footnotes, slots: Sequence[ShownColumn], columns: CellColumns, lines: Sequence[TableRow]
) -> None:
    is_reported = [line.is_reported for line in lines]
    own = [
        [cell for cell, is_copied in zip(cells, is_reported, strict=True) if not (is_copied and _says_more(cell))]
        for cells in columns
    ]
    numbers = [
        cell.n
        for slot, cells in zip(slots, own, strict=True)
        for cell in cells
        if cell.n is not None and not slot.is_mean
    ]
    by_kind: dict[str, dict[str, None]] = {}
    for slot, cells in zip(slots, own, strict=True):
        if not slot.is_mean and any(cell.n is not None and cell.n > 1 for cell in cells):
            by_kind.setdefault(slot.choice.spread, {})[slot.printed.heading] = None
    if by_kind:
        parts = [
            f"mean{_SPREADS[kind]} (n seeds)" + (f": {', '.join(names)}" if len(by_kind) > 1 else "")
            for kind, names in by_kind.items()
        ]
        alone = f"; without {'(n)' if 'none' in by_kind else '±'}: n = 1" if 1 in numbers else ""
        notes.add(f"M{'; '.join(parts)[1:]}{alone}.", place=SPREAD)
    elif numbers and any(not line.is_reported for line in lines):
        notes.add("One run each (n = 1): no spread is known.", place=SPREAD)
    if any(_says_more(cell) for cells in columns for cell in compress(cells, is_reported)):
        notes.add("± and (n) of reported rows: as their documents print them.", place=SPREAD)


def _tell_means(notes: Footnotes, lines: Sequence[TableRow]) -> None:
    """Say over what the means of groups are, where cells do not say it themselves."""
    cells = [cell for line in lines for cell in line.several.values()]
    if not cells:
        notes.add("Each cell is of one group: the mean over its seeds, without ±.", place=SPREAD)
        return
    apart = usual_varied(cells)
    which = f", which differ in {apart}" if apart else ""
    told = f"Unweighted mean over groups (n of them){which}: each counts as the mean of its seeds"
    notes.add(f"{told}. No ± over seeds; no test tells such means apart.", place=SPREAD)


def _says_more(cell: Cell) -> bool:
    """Tell whether a reported cell has a spread or a number of runs behind it."""
    return cell.std is not None or (cell.n is not None and cell.n > 1)


def _tell_short(notes: Footnotes, slots: Sequence[ShownColumn], lines: Sequence[TableRow]) -> None:
    """Say where a mean of the last epochs is of fewer than its heading says."""
    groups = [group for line in lines for group in line.all_groups if group.run.kind != "reported"]
    for slot in slots:
        if not slot.choice.at.startswith("mean-"):
            continue
        asked = int(slot.choice.at.removeprefix("mean-"))
        known = (group.run.results.epochs_done for group in groups if slot.measure in group.samples)
        least = min(known, default=asked)
        if least < asked:
            notes.add(f"Mean of last {asked}: some runs have only {least} epoch{'s'[: least != 1]}.", place=CARE)


def _tell_sparse(notes: Footnotes, slots: Sequence[ShownColumn], lines: Sequence[TableRow]) -> None:
    """Say of how many epochs a best or mean value is, where not every epoch was evaluated."""
    groups = [group for line in lines for group in line.all_groups if group.run.kind != "reported"]
    for slot in slots:
        at = "best" if slot.known.key in BEST_OF else slot.choice.at
        if at == "last" or not (slot.known.key in BEST_OF or slot.choice.key in OF_EVALUATION):
            continue
        last = int(at.removeprefix("mean-")) if at != "best" else None
        nums: dict[int, int] = {}
        for run in (group.run for group in groups):
            every, done = run.fields["eval_every"] or 1, run.results.epochs_done
            first = 0 if last is None else max(0, done - last)
            if every > 1 and done:
                nums[every] = sum(epoch % every == 0 or epoch == done for epoch in range(first + 1, done + 1))
        for every, number in sorted(nums.items()):
            told = f"{slot.printed.heading}: of {number:,} epoch{'s'[: number != 1]}"
            notes.add(f"{told} where one in {every} is evaluated.", place=CARE)


def _tell_unknown(
    notes: Footnotes, slots: Sequence[ShownColumn], columns: CellColumns, lines: Sequence[TableRow]
) -> None:
    """Say which runs a mean is not of, although they count: they do not know its measure, or not as a finite number."""
    columns_of: dict[tuple[int, ...], dict[str, None]] = {}
    for slot, cells in zip(slots, columns, strict=True):
        lacking = [
            run_id
            for line, cell in zip(lines, cells, strict=True)
            if slot.choice.shows == "value" and cell.n is not None and (group := slot.group_of(line)) is not None
            for run_id in sorted(set(group.run_ids) - set(cell.run_ids))
        ]
        if lacking:
            columns_of.setdefault(tuple(lacking), {})[slot.name] = None
    for run_ids, names in columns_of.items():
        told = f"Left out of {', '.join(names)}: {runs_text(run_ids)} (not known, or not finite)."
        notes.add(told, place=LEFT_OUT)


def _tell_machines(notes: Footnotes, slots: Sequence[ShownColumn], lines: Sequence[TableRow]) -> None:
    """Say where a group has no hours on devices, because its runs were not all on the same."""
    for slot in slots:
        factor = slot.known.factor
        groups = [
            group for line in lines if (group := slot.group_of(line)) is not None and slot.measure in group.samples
        ]
        apart = [group for group in groups if factor is not None and len(group.values(factor)) > 1]
        if apart:
            runs = runs_text([run_id for group in apart for run_id in group.run_ids])
            notes.add(f"No {slot.name} of {runs}, which did not all run on the same devices.", place=LEFT_OUT)


def _tell_reported(notes: Footnotes, lines: Sequence[TableRow]) -> None:
    sources = [one_line(line.lead.run.source or "a document") for line in lines if line.is_reported]
    if not sources:
        return
    numbers = [number for number, line in enumerate(lines, start=1) if line.is_reported]
    which = "all rows" if len(numbers) == len(lines) else _rows(numbers)
    notes.add(f"Reported, not measured here: {which} (from {cited_sources(sources)}).", place=CARE)


def _tell_left_out(notes: Footnotes, arranged: TableRows) -> None:
    counts = [f"{number:,} {status}" for status, number in sorted(arranged.unfinished.items())]
    if arranged.num_repeated:
        counts.append(f"{arranged.num_repeated:,} whose seed was run again (the newest counts)")
    if counts:
        notes.add(f"Runs left out: {', '.join(counts)}.", place=LEFT_OUT)
