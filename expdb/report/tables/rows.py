"""The rows of a table before they are printed: seeds collapse, and nothing that differs in more is ever averaged."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.models import is_own_model
from expdb.catalog.promoted import planned_run
from expdb.domain.codec import group_digest
from expdb.domain.contention import CONTENDED_COLUMNS, CONTENTION_FIELDS
from expdb.domain.group import ALONE, REPEATED, GroupHead, GroupHeads, Measure, RunGroup, Sample
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.domain.table import MOST_CELLS, TableDefinition
from expdb.errors import SpecError
from expdb.report.columns import column
from expdb.report.compare.comparability import COMPARED_FIELDS
from expdb.report.compare.differences import told_differences
from expdb.report.compare.origins import TOLD_FIELDS
from expdb.report.measures import measure_of
from expdb.report.source import TableSource
from expdb.report.tables.order import at_of, fields_of, measures_of_order, sort_key
from expdb.report.tables.pivot_values import RowHeads, keys_of_rows
from expdb.report.tables.pivots import arrange, check_keys, check_width
from expdb.report.tables.sections import with_section
from expdb.report.tables.table_row import TableRow, TableRows
from expdb.report.value_text import is_known

_MOST_REASONS = 10
_MOST_BASELINES = 10  # beyond the limit: to name those that a filter for one row picks
_MOST_NAMED = 5_000  # runs in one question; of more, all are read

GroupsByKey = Mapping[str, RunGroup]


def rows_of(source: TableSource, definition: TableDefinition) -> TableRows:
    """Return the rows of a definition, at most as many as its limit, and its baseline wherever that stands.

    Raises:
        NotFoundError: the definition names an unknown column.
        SpecError: a filter, spec or measure is not understood, or a key tells the runs of one group apart.
    """
    check_keys(definition)
    measures = _measures(definition)
    if definition.specs:
        return _lines_of_specs(source, definition, measures)
    is_single = definition.rows == "runs"
    if is_single and definition.limit and _is_order_of_fields(definition):
        return _first_runs(source, definition, measures)
    averaged, fields = measures_of_order(definition), fields_of(definition)
    heads = source.heads(definition.where, averaged, fields=fields, is_single=is_single)
    return _cut(source, definition, heads, lambda keys: _read(source, definition, measures, keys))


def rows_of_runs(runs: Sequence[Run], definition: TableDefinition) -> TableRows:
    """Return given runs in the definition's order, one row each, in any state. Raises NotFoundError."""
    groups = {f"{ALONE}{run.id}": RunGroup(run=run, seeds={run.id: run.seed}, samples={}) for run in runs}
    averaged = measures_of_order(definition)
    heads = tuple(_head_of(key, group, averaged) for key, group in groups.items())
    return _cut(None, definition, GroupHeads(heads=heads, left_out={}), lambda _: groups)


def specs_of(definition: TableDefinition) -> dict[str, RunSpec]:
    """Return the definition's specs by group digest. Raises SpecError for two that differ in no more than the seed."""
    specs: dict[str, RunSpec] = {}
    for number, spec in enumerate(map(compose_spec, definition.specs), start=1):
        digest = group_digest(spec)
        if digest in specs:
            first = list(specs).index(digest) + 1
            raise SpecError(f"specs {first} and {number} of table {definition.name!r} are one row: leave one out")
        specs[digest] = spec
    return specs


def keys_of_spec(source: TableSource, spec: RunSpec) -> Sequence[str]:
    """Return the groups that a listed spec stands for: with own code those of any code, where there are some."""
    found = source.own_code.groups_of_settings(spec) if is_own_model(spec.model.arch) else ()
    return found or (group_digest(spec),)


def _measures(definition: TableDefinition) -> list[Measure]:
    """Return what is averaged: of the columns that are shown, and of those that decide order and verdict."""
    wanted = [(choice.key, choice.at) for choice in definition.columns if choice.key != "changes"]
    wanted += [(key, at_of(definition, key)) for key in (*map(sort_key, definition.sort), *definition.targets)]
    asked = (measure_of(column(key), at=at) for key, at in wanted)
    return list(dict.fromkeys(measure for measure in asked if measure is not None))


def _fields_of_seeds(definition: TableDefinition) -> list[str]:
    """Return what a table says of a whole group although its runs may differ in it."""
    keys = [choice.key for choice in definition.columns if choice.key not in ("changes", "id", "seed")]
    keys += [key for key in (*keys_of_rows(definition), definition.section) if key is not None]
    own = [name for known in map(column, keys) for name in known.fields if name != known.measure]
    contended = () if CONTENDED_COLUMNS.isdisjoint(keys) else CONTENTION_FIELDS
    return list(dict.fromkeys([*COMPARED_FIELDS, *TOLD_FIELDS, *own, *contended]))


def _is_order_of_fields(definition: TableDefinition) -> bool:
    """Tell whether the store can sort runs as the definition does."""
    keys = [sort_key(entry) for entry in definition.sort]
    is_field = all(column(key).fields == (key,) and key != "tags" for key in keys)  # of which a run has several
    is_last = all(at_of(definition, key) == "last" for key in keys)
    return is_field and is_last and not any("@" in entry for entry in definition.sort)


def _first_runs(source: TableSource, definition: TableDefinition, measures: Sequence[Measure]) -> TableRows:
    """Return a row for each of the first runs, of which there may be a hundred thousand, and for the baseline."""
    runs = list(source.runs(definition.where, sort=definition.sort, limit=definition.limit))
    if definition.baseline:
        most = definition.limit + _MOST_BASELINES
        ids = {run.id for run in runs}
        bases = source.runs(_where_of_baseline(definition), sort=definition.sort, limit=most)
        runs += [run for run in bases if run.id not in ids][:_MOST_BASELINES]
    groups = {f"{ALONE}{group.run.id}": group for group in _groups_of_runs(runs, measures, source)}
    found = _cut(source, definition, _heads_of(groups, definition), lambda _: groups)
    return replace(found, num_more=len(source.ids(definition.where)) - len(found.lines))


def _lines_of_specs(source: TableSource, definition: TableDefinition, measures: Sequence[Measure]) -> TableRows:
    """Return the rows that specs list; one that has no run yet waits for it, unless rows are made of keys."""
    specs = specs_of(definition)
    keys_of = {digest: keys_of_spec(source, spec) for digest, spec in specs.items()}
    fields, all_keys = _fields_of_seeds(definition), [key for keys in keys_of.values() for key in keys]
    groups = {group.key: group for group in source.groups("", measures, keys=all_keys, fields=fields)}
    found = _heads_of(groups, definition)
    if not isinstance(definition.rows, str):
        return _cut(source, definition, found, lambda _: groups)
    heads, averaged = {head.key: head for head in found.heads}, measures_of_order(definition)
    for digest, keys in keys_of.items():
        if not heads.keys() & set(keys):
            waiting = RunGroup(run=planned_run(specs[digest]), seeds={}, samples={})
            groups[keys[0]], heads[keys[0]] = waiting, _head_of(keys[0], waiting, averaged)
    shown = tuple(heads[key] for keys in keys_of.values() for key in keys if key in heads)
    listed = GroupHeads(heads=shown, left_out=found.left_out)
    return _cut(source, definition, listed, lambda _: groups)


def _heads_of(groups: GroupsByKey, definition: TableDefinition) -> GroupHeads:
    """Return the heads of groups that were read whole."""
    left_out = Counter(status for group in groups.values() for status in group.left_out.values())
    averaged = measures_of_order(definition)
    heads = [_head_of(key, group, averaged) for key, group in groups.items() if group.seeds]
    return GroupHeads(heads=tuple(sorted(heads, key=lambda head: head.oldest)), left_out=left_out)


def _head_of(key: str, group: RunGroup, measures: Sequence[Measure]) -> GroupHead:
    return GroupHead(
        key=key,
        run=group.run,
        newest=group.run.id,
        oldest=group.oldest,
        num_runs=len(group.seeds),
        means=group.means_of(measures),
    )


def _cut(
    source: TableSource | None,
    definition: TableDefinition,
    heads: GroupHeads,
    read: Callable[[Iterable[str]], GroupsByKey],
) -> TableRows:
    """Return the rows that are shown, and what is said of the others; `read` returns groups by key."""
    arranged = arrange(heads.heads, definition)
    rows = _shown(source, definition, arranged.rows)
    check_width(rows, definition)
    told = arranged.passed_over[:_MOST_REASONS]
    shown = (head.key for row in rows for head in row.values())
    groups = read(dict.fromkeys([*shown, *(head.key for pair in told for head in pair)]))
    # What was removed since its head was read has no group.
    found = [{across: groups[head.key] for across, head in row.items() if head.key in groups} for row in rows]
    pairs = [(groups[a.key], groups[b.key]) for a, b in told if a.key in groups and b.key in groups]
    unfinished = dict(heads.left_out)
    return TableRows(
        lines=tuple(with_section(TableRow(groups=row), definition) for row in found if row),
        num_more=len(arranged.rows) - len(rows),
        left_out=tuple((rival.run_ids, told_differences(kept.run, rival.run)) for kept, rival in pairs),
        num_left_out=len(arranged.passed_over),
        num_repeated=unfinished.pop(REPEATED, 0),
        unfinished=unfinished,
    )


def _shown(source: TableSource | None, definition: TableDefinition, rows: Sequence[RowHeads]) -> Sequence[RowHeads]:
    """Return the rows up to the definition's limit, and the baseline's if it stands further down."""
    limit = definition.limit or len(rows)
    if definition.across and definition.limit:
        limit = min(limit, _num_rows_of_cells(rows, MOST_CELLS))
    shown, others = rows[:limit], rows[limit:]
    if not others or not definition.baseline or source is None:
        return shown
    is_single = definition.rows == "runs"
    keys = {head.key for head in source.heads(_where_of_baseline(definition), (), fields=(), is_single=is_single).heads}
    bases = [row for row in others if any(head.key in keys for head in row.values())]
    return [*shown, *bases[:_MOST_BASELINES]]


def _num_rows_of_cells(rows: Sequence[RowHeads], num_cells: int) -> int:
    """Return how many rows, one at least, have no more than so many cells together."""
    ends = accumulate(map(len, rows))
    return max(1, sum(end <= num_cells for end in ends))


def _where_of_baseline(definition: TableDefinition) -> str:
    return " and ".join(f"({where})" for where in (definition.where, definition.baseline) if where.strip())


def _read(
    source: TableSource, definition: TableDefinition, measures: Sequence[Measure], keys: Iterable[str]
) -> GroupsByKey:
    """Return the groups of these keys; of a table of runs, each run is one."""
    wanted = list(keys)
    if definition.rows != "runs":
        fields = _fields_of_seeds(definition)
        found = source.groups(definition.where, measures, keys=wanted, fields=fields)
        return {group.key: group for group in found}
    ids = [int(key.removeprefix(ALONE)) for key in wanted]
    runs = source.runs(definition.where, ids=ids if len(ids) <= _MOST_NAMED else None)
    return {f"{ALONE}{group.run.id}": group for group in _groups_of_runs(runs, measures, source)}


def _groups_of_runs(runs: Sequence[Run], measures: Sequence[Measure], source: TableSource) -> list[RunGroup]:
    """Return each run as a group of its own, with what is known of the measures."""
    ids = [run.id for run in runs]
    by_epoch = {measure: source.values(ids, measure) for measure in measures if measure.at != "last"}
    groups = []
    for run in runs:
        samples = {}
        for measure in measures:
            value = getattr(run, measure.field) if measure.at == "last" else by_epoch[measure].get(run.id)
            if value is not None and is_known(value):
                samples[measure] = Sample(n=1, mean=float(value), std=None)
        groups.append(RunGroup(run=run, seeds={run.id: run.seed}, samples=samples))
    return groups
