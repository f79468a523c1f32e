"""A definition read once: all that its words mean before any run is looked at. Nothing else reads a definition."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from expdb.catalog.compose_spec import compose_spec
from expdb.domain.analyses.metrics import analysis_of_metric, conditions_key
from expdb.domain.codec import group_digest
from expdb.domain.contention import CONTENDED_COLUMNS, CONTENTION_FIELDS
from expdb.domain.group import Measure
from expdb.domain.metric import Metric
from expdb.domain.settings import settings_by_name
from expdb.domain.spec import RunSpec
from expdb.domain.table import ColumnChoice, Mark, TableDefinition
from expdb.domain.task import FREE
from expdb.domain.value_text import one_line
from expdb.errors import NotFoundError, SpecError
from expdb.report.columns import Column, column, columns_of
from expdb.report.compare.comparability import COMPARED_FIELDS, protocol_of
from expdb.report.compare.origins import TOLD_FIELDS
from expdb.report.measures import is_spread, measure_of
from expdb.report.source import MeasuredPoints
from expdb.report.tables.shown_columns import ShownColumn, resolved_columns, spread_columns
from expdb.report.tables.table_row import Across
from expdb.report.tables.targets import Target, read_target
from expdb.report.tables.value_order import OrderEntry, check_order

_OF_EACH_RUN = ("id", "seed", "digest")
# Beside settings, what says what a run is of; and fields that only labels of documents read.
_DESCRIBING = ("kind", "settings", "extends_another", "pretrained_tag", "device", "num_devices", "parallel")
_OF_DATASET = ("num_classes", "channels", "img_size")  # which follow from it
# Columns in which a key can be read too.
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "model": ("model_label", "model_aug"),
    "model_label": ("model_aug",),
    "optimizer": ("optimizer_batch",),
    "batch_size": ("optimizer_batch",),
}


@dataclass(frozen=True, kw_only=True)
class SortKey:
    """One entry of what a table is sorted by.

    Attributes:
        entry: as the definition has it: `-top1@cifar100`.
        known: the column.
        measure: what its means are of; None of what all runs of a group share.
        across: the value of the pivot whose column decides, as a heading calls it; empty: the first one.
    """

    entry: str
    known: Column
    measure: Measure | None
    is_descending: bool
    across: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a definition means. What is the same as in `domain.table.TableDefinition` is described there.

    Attributes:
        made_of: the definition, for those who ask for another one like it.
        metrics: what is known of metrics of free names, by these.
        specs: the listed specs by group digest, in their order.
        rows: what a row is: a run, a group, or what agrees on `row_keys`.
        row_keys: columns on which the groups of a row agree; none unless `rows` is `keys`.
        across: columns whose values are columns (a pivot).
        section: column whose values are headings.
        is_mean: a cell is a mean over its groups, else of one group.
        columns: what is shown, and how it prints, not yet spread over a pivot; the keys of rows are among them.
        sort: what rows are sorted by.
        across_sort: what the columns of a pivot are sorted by.
        order: values in an order of somebody's own, by key.
        measures: what is averaged: what is shown, and what decides order and targets.
        sort_measures: those whose means decide the order: what heads of groups have to be read with.
        sort_fields: what heads of groups have to know of a run.
        seed_fields: what is said of a whole group although its runs may differ in it.
        labels: other texts for what is printed, by that.
    """

    made_of: TableDefinition
    metrics: Mapping[str, Metric]
    name: str
    title: str
    where: str
    specs: Mapping[str, RunSpec]
    rows: Literal["runs", "groups", "keys"]
    row_keys: tuple[Column, ...]
    across: tuple[Column, ...]
    section: Column | None
    is_mean: bool
    columns: tuple[ShownColumn, ...]
    sort: tuple[SortKey, ...]
    across_sort: tuple[SortKey, ...]
    order: Mapping[str, tuple[OrderEntry, ...]]
    targets: tuple[Target, ...]
    measures: tuple[Measure, ...]
    sort_measures: tuple[Measure, ...]
    sort_fields: tuple[str, ...]
    seed_fields: tuple[str, ...]
    limit: int
    baseline: str
    keys: Mapping[str, str]
    labels: Mapping[str, str]
    marks: tuple[Mark, ...]
    emphasis: Literal["best", "second", "none"]
    clear_only: bool
    rank_reported: bool
    notes: bool
    footnotes: tuple[str, ...]
    missing: str
    transpose: bool

    @property
    def is_single(self) -> bool:
        """Whether a row is one run."""
        return self.rows == "runs"

    @property
    def named_by(self) -> tuple[Column, ...]:
        """The columns that rows and the pivot's columns are named by."""
        return (*self.row_keys, *self.across)

    @cached_property
    def protocol(self) -> Mapping[str, str]:
        """What has to be alike for results to be comparable: fields of a run that the rows are not about, in words."""
        return protocol_of([key.key for key in self.row_keys], across=[key.key for key in self.across])

    @property
    def filters(self) -> tuple[str, ...]:
        """All filters, in the filter language."""
        return (self.where, self.baseline, *self.keys.values(), *(mark.where for mark in self.marks))

    @property
    def is_sorted_by_fields(self) -> bool:
        """Whether the store can sort runs as the table is sorted."""
        return all(
            entry.known.fields == (entry.known.key,)
            and entry.known.key != "tags"  # of which a run has several
            and (entry.measure is None or entry.measure.at == "last")
            and not entry.across
            and entry.known.key not in self.order
            for entry in self.sort
        )

    def shown_columns(self, across: Sequence[Across] = ()) -> tuple[ShownColumn, ...]:
        """Return the columns at these values of the pivot's keys."""
        return spread_columns(self.columns, self.across, across, labels=self.labels)

    def labelled(self, text: str) -> str:
        """Return a text as the table prints it."""
        return one_line(self.labels[text]) if text in self.labels else text


AskedTable = TableDefinition | Plan
ColumnReader = Callable[[str], Column]


def plan_of(asked: AskedTable, points: MeasuredPoints | None = None, **changes: Any) -> Plan:
    """Read a definition.

    Args:
        asked: the definition, or what was read of it already.
        points: of the runs: what is known of metrics of free names; None: nothing is known of them.
        changes: fields of the definition that are to be otherwise.

    Raises:
        NotFoundError: an unknown column.
        SpecError: all that can be wrong with a definition by itself; filters are the store's to read.
    """
    if isinstance(asked, Plan):
        return _plan_of(asked.made_of.model_copy(update=changes), asked.metrics) if changes else asked
    definition = asked.model_copy(update=changes) if changes else asked
    if points is None:
        return _plan_of(definition, {})
    names_metrics = FREE in repr(definition)
    try:
        return _plan_of(definition, points.metrics() if names_metrics else {})
    except NotFoundError:
        if names_metrics:
            raise
        return _plan_of(definition, points.metrics())  # which says what metric is meant


def _plan_of(definition: TableDefinition, metrics: Mapping[str, Metric]) -> Plan:
    read = columns_of(metrics)
    rows, row_keys = _row_keys(definition, read)
    across = tuple(map(read, definition.across))
    section = None if definition.section is None else read(definition.section)
    if rows != "runs":
        for place, keys in (("rows", row_keys), ("across", across), ("section", () if section is None else (section,))):
            _check_shared(place, keys)
    is_mean = definition.cell == "mean of groups"
    columns = resolved_columns(
        _with_keys(row_keys, definition, read),
        read,
        is_single=rows == "runs",
        is_transposed=definition.transpose,
        is_mean=is_mean,
    )
    sorted_by = [_sort_key(entry, definition, read) for entry in definition.sort]
    across_sort = tuple(entry for entry in sorted_by if entry.known.key in definition.across)
    sort = (*_listed_keys(definition, sorted_by), *(entry for entry in sorted_by if entry not in across_sort))
    _check_order(definition, row_keys, read)
    targets = tuple(
        read_target(key, text, read, at=_at_of(definition.columns, key)) for key, text in definition.targets.items()
    )
    sort_measures = _each_once(entry.measure for entry in sort)
    shown = (slot.measure for slot in columns if slot.choice.key != "changes")
    return Plan(
        made_of=definition,
        metrics=metrics,
        name=definition.name,
        title=definition.title,
        where=definition.where,
        specs=_specs(definition),
        rows=rows,
        row_keys=row_keys,
        across=across,
        section=section,
        is_mean=is_mean,
        columns=columns,
        sort=sort,
        across_sort=across_sort,
        order=definition.order,
        targets=targets,
        measures=_each_once((*shown, *sort_measures, *(target.measure for target in targets))),
        sort_measures=sort_measures,
        sort_fields=_sort_fields((*row_keys, *across), sort),
        seed_fields=_seed_fields(columns, (*row_keys, *across), section),
        limit=definition.limit,
        baseline=definition.baseline,
        keys=definition.keys,
        labels=definition.labels,
        marks=definition.marks,
        emphasis=definition.emphasis,
        clear_only=definition.clear_only,
        rank_reported=definition.rank_reported,
        notes=definition.notes,
        footnotes=definition.footnotes,
        missing=definition.missing,
        transpose=definition.transpose,
    )


def sort_key(entry: str) -> str:
    """Return the column that an entry of a definition's `sort` names, without direction and place."""
    return entry.removeprefix("-").partition("@")[0]


def _row_keys(
    definition: TableDefinition, read: ColumnReader
) -> tuple[Literal["runs", "groups", "keys"], tuple[Column, ...]]:
    if not isinstance(definition.rows, str):
        return "keys", tuple(map(read, definition.rows))
    if not definition.across:
        return definition.rows, ()
    shown = dict.fromkeys(choice.key for choice in definition.columns if choice.shows == "value")
    hidden = {*definition.across, definition.section, *(_OF_DATASET if "dataset" in definition.across else ())}
    keys = [key for key in shown if _is_said_of_rows(key, read) and key not in hidden]
    return "keys", tuple(map(column, keys or ["model_label"]))


def _is_said_of_rows(key: str, read: ColumnReader) -> bool:
    """Return whether a column describes what runs are of: settings, not what came of them or was counted."""
    if key == "changes" or (known := read(key)).measure is not None or known.key in _OF_EACH_RUN:
        return False
    settings = settings_by_name()
    return known.key.startswith("settings.") or all(name in settings or name in _DESCRIBING for name in known.fields)


def _with_keys(row_keys: Sequence[Column], definition: TableDefinition, read: ColumnReader) -> list[ColumnChoice]:
    """Return the columns with those of the keys of rows that none of them shows: without them a row says nothing.

    They stand first, each behind the key before it where that is shown among the first columns.
    """
    choices = list(definition.columns)
    is_result = [
        choice.shows != "value" or choice.key == "changes" or read(choice.key).measure is not None for choice in choices
    ]
    place, num_first = 0, is_result.index(True) if True in is_result else len(choices)
    for key in dict.fromkeys(known.key for known in row_keys):
        telling = (key, *_SAID_BY.get(key, ()))
        shown = [number for number, choice in enumerate(choices) if choice.key in telling and choice.shows == "value"]
        if not shown and definition.section not in telling:
            choices.insert(place, ColumnChoice(key=key))
            place, num_first = place + 1, num_first + 1
        elif shown and place <= shown[0] < num_first:
            place = shown[0] + 1
    return choices


def _listed_keys(definition: TableDefinition, sorted_by: Sequence[SortKey]) -> Iterator[SortKey]:
    """Yield the keys of rows and sections with an order of their own that nothing else sorts by."""
    named = {entry.known.key for entry in sorted_by}
    keys = [key for key in definition.order if key not in named and key not in definition.across]
    for key in sorted(keys, key=lambda key: key != definition.section):  # sections first
        yield SortKey(entry=key, known=column(key), measure=None, is_descending=False, across="")


def _check_order(definition: TableDefinition, row_keys: Sequence[Column], read: ColumnReader) -> None:
    keys = [*row_keys, *map(read, (*definition.across, *([definition.section] if definition.section else [])))]
    if not row_keys:
        keys += [read(choice.key) for choice in definition.columns if choice.key != "changes"]
    check_order(definition.order, {known.key: known for known in keys if known.measure is None})


def _check_shared(place: str, keys: Sequence[Column]) -> None:
    """Raise SpecError where rows, columns or sections are named by what every run of a group has for itself."""
    for known in keys:
        if known.measure is not None or known.format == "time" or known.key in _OF_EACH_RUN:
            raise SpecError(
                f"{place} {known.key!r}: each run of a group has its own, and groups are averaged: name a setting, "
                "or show single runs (rows = 'runs')"
            )


def _specs(definition: TableDefinition) -> Mapping[str, RunSpec]:
    specs: dict[str, RunSpec] = {}
    for number, spec in enumerate(map(compose_spec, definition.specs), start=1):
        digest = group_digest(spec)
        if digest in specs:
            first = list(specs).index(digest) + 1
            raise SpecError(f"specs {first} and {number} of table {definition.name!r} are one row: leave one out")
        specs[digest] = spec
    return specs


def _at_of(choices: Sequence[ColumnChoice], key: str) -> str:
    """Return of which epochs a measure decides order and targets: of those that the table shows, else of the last."""
    shown = [choice.at for choice in choices if choice.key == key and choice.shows == "value"]
    return shown[0] if shown and "last" not in shown else "last"


def _sort_key(entry: str, definition: TableDefinition, read: ColumnReader) -> SortKey:
    known = read(sort_key(entry))
    if "@" in entry and not (definition.across and is_spread(known)):
        raise SpecError(f"sort {entry!r}: only measures of a pivot have a column of each value: leave out the @")
    return SortKey(
        entry=entry,
        known=known,
        measure=measure_of(known, at=_at_of(definition.columns, known.key)),
        is_descending=entry.startswith("-"),
        across=entry.partition("@")[2],
    )


def _sort_fields(named_by: Sequence[Column], sort: Sequence[SortKey]) -> tuple[str, ...]:
    fields = [name for known in named_by for name in known.fields]
    for entry in sort:  # by its mean, of a measure
        fields += [name for name in entry.known.fields if name != entry.known.measure]
    return tuple(dict.fromkeys(fields))


def _seed_fields(columns: Sequence[ShownColumn], named_by: Sequence[Column], section: Column | None) -> tuple[str, ...]:
    keys = [slot.known for slot in columns if slot.choice.key not in ("changes", "id", "seed")]
    keys += [*named_by, *(() if section is None else (section,))]
    own = [name for known in keys for name in known.fields if name != known.measure]
    analyses = filter(None, (analysis_of_metric(known.key) for known in keys))
    own += map(conditions_key, analyses)
    contended = () if CONTENDED_COLUMNS.isdisjoint(known.key for known in keys) else CONTENTION_FIELDS
    return tuple(dict.fromkeys([*COMPARED_FIELDS, *TOLD_FIELDS, *own, *contended]))


def _each_once(measures: Any) -> tuple[Measure, ...]:
    return tuple(dict.fromkeys(measure for measure in measures if measure is not None))
