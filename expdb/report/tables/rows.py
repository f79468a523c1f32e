"""The rows of a table before they are printed: seeds collapse, and nothing that differs in more is ever averaged.

Each row carries what it is called by, also in texts: a key that its definition gives, or what the row is made of.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from expdb.catalog.models import is_own_model
from expdb.catalog.promoted import planned_run
from expdb.domain.codec import group_digest
from expdb.domain.group import ALONE, REPEATED, GroupHead, GroupHeads, Measure, RunGroup, Sample
from expdb.domain.run import Run, RunPart
from expdb.domain.spec import RunSpec
from expdb.domain.table import MOST_CELLS
from expdb.domain.value_text import format_value, is_known
from expdb.errors import SpecError
from expdb.report.run_ids import runs_text
from expdb.report.source import TableSource
from expdb.report.tables.order import arrange, check_width
from expdb.report.tables.plan import Plan
from expdb.report.tables.shown_columns import row_label
from expdb.report.tables.table_row import (
    Across,
    RowHeads,
    SeveralGroups,
    TableRow,
    TableRows,
    across_heading,
    in_sections,
    with_names,
)

_MOST_READ = 50  # groups of a cell that none of them stands for
_MOST_BASELINES = 10  # beyond the limit: to name those that a filter for one row picks
_MOST_TOLD = 5  # rows in one sentence
_MOST_NAMED = 5_000  # runs in one question; of more, all are read

GroupsByKey = Mapping[str, RunGroup]


def rows_of(source: TableSource, plan: Plan) -> TableRows:
    """Return the rows of a table, at most as many as its limit, and its baseline wherever that stands.

    Raises:
        SpecError: a filter or a measure is not understood, a pivot is too wide, or not sorted by what it has.
    """
    found = _found_rows(source, plan)
    try:
        return replace(found, lines=tuple(_with_keys(source, plan, found.lines)))
    except SpecError as error:  # no matter to a table that is only printed
        return replace(found, key_problem=str(error))


def _found_rows(source: TableSource, plan: Plan) -> TableRows:
    if plan.specs:
        return _lines_of_specs(source, plan)
    if plan.is_single and plan.limit and plan.is_sorted_by_fields:
        return _first_runs(source, plan)
    heads = source.heads(plan.where, plan.sort_measures, fields=plan.sort_fields, is_single=plan.is_single)
    return _cut(source, plan, heads, lambda keys: _read(source, plan, keys))


def rows_of_runs(runs: Sequence[RunPart], plan: Plan) -> TableRows:
    """Return given runs in the table's order, one row each, in any state."""
    # A list reads of them what its columns need, and nothing that says more.
    groups = {f"{ALONE}{run.id}": RunGroup(run=Run(run.fields), seeds={run.id: None}, samples={}) for run in runs}
    heads = tuple(_head_of(key, group, plan.sort_measures) for key, group in groups.items())
    return _cut(None, plan, GroupHeads(heads=heads, left_out={}), lambda _: groups)


def keys_of_spec(source: TableSource, spec: RunSpec) -> Sequence[str]:
    """Return the groups that a listed spec stands for: with own code those of any code, where there are some."""
    found = source.own_code.groups_of_settings(spec) if is_own_model(spec.model.arch) else ()
    return found or (group_digest(spec),)


def _first_runs(source: TableSource, plan: Plan) -> TableRows:
    """Return a row for each of the first runs, of which there may be a hundred thousand, and for the baseline."""
    sort = [entry.entry for entry in plan.sort]
    runs = list(source.runs(plan.where, sort=sort, limit=plan.limit))
    if plan.baseline:
        most = plan.limit + _MOST_BASELINES
        ids = {run.id for run in runs}
        bases = source.runs(_where_of_baseline(plan), sort=sort, limit=most)
        runs += [run for run in bases if run.id not in ids][:_MOST_BASELINES]
    groups = {f"{ALONE}{group.run.id}": group for group in _groups_of_runs(runs, plan.measures, source)}
    found = _cut(source, plan, _heads_of(groups, plan), lambda _: groups)
    return replace(found, num_more=len(source.ids(plan.where)) - len(found.lines))


def _lines_of_specs(source: TableSource, plan: Plan) -> TableRows:
    """Return the rows that specs list; one that has no run yet waits for it, unless rows are made of keys."""
    keys_of = {digest: keys_of_spec(source, spec) for digest, spec in plan.specs.items()}
    all_keys = [key for keys in keys_of.values() for key in keys]
    groups = {group.key: group for group in source.groups("", plan.measures, keys=all_keys, fields=plan.seed_fields)}
    found = _heads_of(groups, plan)
    if plan.rows == "keys":
        return _cut(source, plan, found, lambda _: groups)
    heads = {head.key: head for head in found.heads}
    for digest, keys in keys_of.items():
        if not heads.keys() & set(keys):
            waiting = RunGroup(run=planned_run(plan.specs[digest]), seeds={}, samples={})
            groups[keys[0]], heads[keys[0]] = waiting, _head_of(keys[0], waiting, plan.sort_measures)
    shown = tuple(heads[key] for keys in keys_of.values() for key in keys if key in heads)
    listed = GroupHeads(heads=shown, left_out=found.left_out)
    return _cut(source, plan, listed, lambda _: groups)


def _heads_of(groups: GroupsByKey, plan: Plan) -> GroupHeads:
    """Return the heads of groups that were read whole."""
    left_out = Counter(status for group in groups.values() for status in group.left_out.values())
    heads = [_head_of(key, group, plan.sort_measures) for key, group in groups.items() if group.seeds]
    return GroupHeads(heads=tuple(sorted(heads, key=lambda head: head.oldest)), left_out=left_out)


def _head_of(key: str, group: RunGroup, measures: Sequence[Measure]) -> GroupHead:
    return GroupHead(
        key=key,
        fields=group.run.fields,
        newest=group.run.id,
        oldest=group.oldest,
        num_runs=len(group.seeds),
        means=group.means_of(measures),
    )


def _cut(
    source: TableSource | None,
    plan: Plan,
    heads: GroupHeads,
    read: Callable[[Iterable[str]], GroupsByKey],
) -> TableRows:
    """Return the rows that are shown, and what is said of the others; `read` returns groups by key."""
    arranged = arrange(heads.heads, plan)
    rows = _shown(source, plan, arranged)
    check_width(rows, plan)
    groups = read(dict.fromkeys(head.key for row in rows for cell in row.values() for head in _to_read(cell, plan)))
    unfinished = dict(heads.left_out)
    lines = [line for row in rows if (line := _table_row(row, groups, plan)) is not None]
    _refuse_if_ambiguous(lines, plan)
    return TableRows(
        lines=tuple(with_names(in_sections(lines))),
        num_more=len(arranged) - len(rows),
        num_repeated=unfinished.pop(REPEATED, 0),
        unfinished=unfinished,
    )


def _to_read(cell: Sequence[GroupHead], plan: Plan) -> Sequence[GroupHead]:
    """Return the groups of a cell that are read: for a mean all of them, else so many as tell what varies."""
    return cell if plan.is_mean else cell[:_MOST_READ]


def _table_row(row: RowHeads, groups: GroupsByKey, plan: Plan) -> TableRow | None:
    """Return a row; None where all of its groups were removed since their heads were read."""
    one: dict[Across, RunGroup] = {}
    several: dict[Across, SeveralGroups] = {}
    for across, heads in row.items():
        found = tuple(groups[head.key] for head in _to_read(heads, plan) if head.key in groups)
        if len(found) == 1:
            one[across] = found[0]
        elif found:
            num = len(heads) if len(heads) > _MOST_READ and not plan.is_mean else len(found)
            several[across] = SeveralGroups(groups=found, num=num)
    if not one and not several:
        return None
    identity = tuple(head.key for heads in row.values() for head in heads if head.key in groups)
    made = TableRow(groups=one, several=several, identity=identity)
    label = plan.labelled(row_label(plan.columns, made.lead)) or (runs_text(made.run_ids) if made.run_ids else "a row")
    return replace(made, label=label, section=_section(made.all_groups, plan))


def _refuse_if_ambiguous(lines: Sequence[TableRow], plan: Plan) -> None:
    """Raise SpecError where no cell is left that could show a number, because several groups fall into each."""
    if plan.is_mean or not lines or any(line.groups for line in lines):
        return
    if any(slot.is_of_one_group for slot in plan.columns):
        from expdb.report.tables.several_groups import fall_into

        line = lines[0]
        across, cell = next(iter(line.several.items()))
        at = f" ({across_heading(across, plan.across, plan.labels)})" if across else ""
        raise SpecError(f"table {plan.name!r}: {fall_into(cell, plan, place=f'{_cell_name(line, plan)}{at}')}")


def _cell_name(line: TableRow, plan: Plan) -> str:
    keys = (
        f"{known.heading} {format_value(known.value(line.lead.run.fields), known.format)}" for known in plan.row_keys
    )
    return f"the row of {', '.join(keys)}"


def _section(groups: Sequence[RunGroup], plan: Plan) -> str | None:
    """Return the heading that a row stands under: what all of its runs say."""
    known = plan.section
    if known is None:
        return None
    values = (value for group in groups for value in group.values(known.value))
    said = (format_value(value, known.format, known.decimals) for value in values)
    return ", ".join(dict.fromkeys(map(plan.labelled, said)))


def _shown(source: TableSource | None, plan: Plan, rows: Sequence[RowHeads]) -> Sequence[RowHeads]:
    """Return the rows up to the table's limit, and the baseline's if it stands further down."""
    limit = plan.limit or len(rows)
    if (plan.across or plan.is_mean) and plan.limit:
        limit = min(limit, _num_rows_of_cells(rows, MOST_CELLS))
    shown, others = rows[:limit], rows[limit:]
    if not others or not plan.baseline or source is None:
        return shown
    found = source.heads(_where_of_baseline(plan), (), fields=(), is_single=plan.is_single)
    keys = {head.key for head in found.heads}

    def is_picked(row: RowHeads) -> bool:
        return any(head.key in keys for cell in row.values() for head in cell)

    if plan.across and any(map(is_picked, shown)):
        return shown  # a column of the pivot is the baseline, or a row that is there
    bases = [row for row in others if is_picked(row)]
    return [*shown, *bases[:_MOST_BASELINES]]


def _num_rows_of_cells(rows: Sequence[RowHeads], num_cells: int) -> int:
    """Return how many rows, one at least, have no more than so many groups in their cells together."""
    ends = accumulate(sum(map(len, row.values())) for row in rows)
    return max(1, sum(end <= num_cells for end in ends))


def _where_of_baseline(plan: Plan) -> tuple[str, str]:
    return plan.where, plan.baseline


def _read(source: TableSource, plan: Plan, keys: Iterable[str]) -> GroupsByKey:
    """Return the groups of these keys; of a table of runs, each run is one."""
    wanted = list(keys)
    if not plan.is_single:
        found = source.groups(plan.where, plan.measures, keys=wanted, fields=plan.seed_fields)
        return {group.key: group for group in found}
    ids = [int(key.removeprefix(ALONE)) for key in wanted]
    runs = source.runs(plan.where, ids=ids if len(ids) <= _MOST_NAMED else None)
    return {f"{ALONE}{group.run.id}": group for group in _groups_of_runs(runs, plan.measures, source)}


def _groups_of_runs(runs: Sequence[Run], measures: Sequence[Measure], source: TableSource) -> list[RunGroup]:
    """Return each run as a group of its own, with what is known of the measures."""
    ids = [run.id for run in runs]
    by_epoch = {measure: source.values(ids, measure) for measure in measures if measure.at != "last"}
    groups = []
    for run in runs:
        samples = {}
        for measure in measures:
            value = run.fields[measure.field] if measure.at == "last" else by_epoch[measure].get(run.id)
            if value is not None and is_known(value):
                samples[measure] = Sample(n=1, mean=float(value), std=None)
        groups.append(RunGroup(run=run, seeds={run.id: run.fields["seed"]}, samples=samples))
    return groups


def _with_keys(source: TableSource, plan: Plan, lines: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows with their keys: never a label, which prints as it pleases. None: the definition gives it none.

    Raises:
        SpecError: a key's filter picks no row, several, or one that has a key; or two rows have the same; or rows are
            groups and none has a key.
    """
    given = _given_keys(source, plan, lines)
    if plan.rows == "groups" and not given and lines:
        raise SpecError(
            f"the rows of table {plan.name!r} are groups, which a text cannot ask for: give them keys in its "
            f"definition (expdb tables export {plan.name}), as in {_example(lines[0])}"
        )
    keys = [given.get(place) or _own_key(plan, line) for place, line in enumerate(lines)]
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key is not None and first.setdefault(key, place) != place:
            names = _names([lines[first[key]], lines[place]])
            raise SpecError(
                f"two rows of table {plan.name!r} would be asked for by {key!r} ({names}): give one another key "
                f"in its definition, as in {_example(lines[place])}"
            )
    return [replace(line, key=key) for line, key in zip(lines, keys, strict=True)]


def _given_keys(source: TableSource, plan: Plan, lines: Sequence[TableRow]) -> dict[int, str]:
    """Return the keys that the definition gives, by the place of their row."""
    found: dict[int, str] = {}
    for key, where in plan.keys.items():
        ids = source.ids(where)
        places = [place for place, line in enumerate(lines) if ids & set(line.run_ids)]
        told = f"key {key!r} ({where}) of table {plan.name!r}"
        if not places:
            why = source.searching.why_none((plan.where, where))
            raise SpecError(
                f"{told} picks none of its rows: {why or 'change the filter, or that of the table, until it does'}"
            )
        if len(places) > 1:
            names = _names([lines[place] for place in places])
            raise SpecError(f"{told} picks {len(places)} rows ({names}): add to its filter what tells them apart")
        if places[0] in found:
            names = _names([lines[place] for place in places])
            raise SpecError(f"{told} picks the row of key {found[places[0]]!r} ({names}): leave one of the two out")
        found[places[0]] = key
    return found


def _own_key(plan: Plan, line: TableRow) -> str | None:
    run = line.lead.run
    if plan.is_single:
        return run.name or str(run.id)
    if plan.rows == "groups":
        return None
    return "/".join(format_value(key.value(run.fields), key.format, key.decimals) for key in plan.row_keys)


def _names(lines: Sequence[TableRow]) -> str:
    """Return how a sentence calls rows, with the runs behind them."""
    told = [f"{line.name}: {runs_text(line.run_ids)}" if line.run_ids else line.name for line in lines[:_MOST_TOLD]]
    return ", ".join(told + ([f"{len(lines) - _MOST_TOLD} more"] if len(lines) > _MOST_TOLD else []))


def _example(line: TableRow) -> str:
    """Return how a definition gives a row a key, in TOML."""
    run = line.lead.run
    words = {"model": run.model, "aug": run.fields["aug"]}
    where = " and ".join(f"{key} = {_quoted(value)}" for key, value in words.items() if value)
    return f"keys.ours = {(where or f'id = {run.id}')!r}"


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[\w.-]+", value) else f'"{value}"'
