"""What a table lacks, as specs to run: seeds of its rows, rows that wait for a run, empty cells of a pivot."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice

from expdb.catalog.labels import model_aug
from expdb.catalog.promoted import planned_run
from expdb.domain.codec import group_digest
from expdb.domain.group import RunGroup
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.domain.value_text import format_value
from expdb.errors import ExpdbError
from expdb.report.columns import Column, column
from expdb.report.compare.what_varies import set_apart
from expdb.report.source import TableSource
from expdb.report.tables.derived_spec import derive_spec
from expdb.report.tables.order import across_values
from expdb.report.tables.plan import AskedTable, Plan, plan_of
from expdb.report.tables.rows import keys_of_spec, rows_of
from expdb.report.tables.several_groups import fall_into
from expdb.report.tables.table_row import Across, TableRow

# Text columns that do not tell which row it is.
_NO_NAMES = ("dataset", "settings", "status", "state", "kind", "digest", "group_digest")


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A group that has too few seeds.

    Attributes:
        row: what the row is called.
        cell: which of the row's groups: the values of the pivot's keys; without a pivot, the dataset.
        spec: what its runs compute; the seed in it says nothing.
        seeds: the lowest that no run of it has, ascending.
        like: run whose group label and tags new runs take, so that the table's filter lets them in.
        ended: ids of runs that ended early, by those of the seeds that have one.
        group: digest of the group of seeds; None where none has finished yet.
    """

    row: str
    cell: str
    spec: RunSpec
    seeds: tuple[int, ...]
    like: Run | None
    ended: Mapping[int, int] = field(default_factory=dict)
    group: str | None = None

    @property
    def specs(self) -> list[RunSpec]:
        """What to run."""
        return [self.spec.model_copy(update={"seed": seed}) for seed in self.seeds]


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """What a table lacks, and what only looks like it.

    Attributes:
        gaps: groups to run, in the order of the rows.
        num_groups: groups that could be run at all, complete ones included.
        underivable: empty cells of a pivot of which no spec can be made: row, cell and reason.
        waiting: ids of queued and running runs; they count as if they were finished.
        diverged: ids of runs whose loss was not finite; their seeds count as there, for they would end so again.
        outside: row, cell and ids of finished runs whose seed the table does not show; they count all the same.
        unlisted: ids of runs that the table's filter holds for but that did not finish and belong to no row; not told
            where rows are beyond the limit, of which they might be.
        num_beyond: rows beyond the table's limit, which were not looked at.
        untrained: number of rows by kind that were not trained here.
    """

    gaps: tuple[Gap, ...]
    num_groups: int
    underivable: tuple[tuple[str, str, str], ...] = ()
    waiting: tuple[int, ...] = ()
    diverged: tuple[int, ...] = ()
    outside: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    unlisted: tuple[int, ...] = ()
    num_beyond: int = 0
    untrained: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A group that a table shows, with these runs, or should show."""

    row: str
    cell: str
    spec: RunSpec
    like: Run | None
    shown: frozenset[int] = frozenset()


def find_gaps(source: TableSource, asked: AskedTable, *, num_seeds: int) -> Gaps:
    """Find what a table lacks for every row, and every cell of a pivot, to have so many seeds.

    A seed counts as there if a run of that spec is queued, running, finished or diverged, be it outside the table's
    filter.
    A table of single runs is taken as a table of their groups.

    Raises:
        NotFoundError: the definition names an unknown column.
        SpecError: a filter or a spec of the definition is not understood.
    """
    plan = plan_of(asked, source.points)
    if plan.is_single:
        plan = plan_of(plan, rows="groups")
    arranged = rows_of(source, plan)
    lines = arranged.lines
    underivable: list[tuple[str, str, str]] = []
    places = _places(source, plan, lines, underivable)
    unfinished: dict[str | None, list[Run]] = defaultdict(list)
    for run in source.runs("kind = measured and status != finished"):
        unfinished[run.group_digest].append(run)
    finished = _finished(source, list(places))
    gaps = [
        _gap(place, finished.get(key, {}), unfinished[key], num_seeds, group=key if key in finished else None)
        for key, place in places.items()
    ]
    outside = {key: _outside(place, finished[key]) for key, place in places.items() if key in finished}
    others = [run for key, found in unfinished.items() if key not in places for run in found]
    is_told = bool(others) and not plan.specs and not arranged.num_more
    let_in = source.ids(plan.where) if is_told else set()
    return Gaps(
        gaps=tuple(gap for gap in gaps if gap.seeds),
        num_groups=len(places),
        underivable=tuple(underivable),
        waiting=tuple(sorted(run.id for key in places for run in unfinished[key] if _is_waiting(run))),
        diverged=tuple(sorted(run.id for key in places for run in unfinished[key] if _has_diverged(run))),
        outside=tuple((places[key].row, places[key].cell, ids) for key, ids in outside.items() if ids),
        unlisted=tuple(sorted(run.id for run in others if run.id in let_in)),
        num_beyond=arranged.num_more,
        untrained=Counter(_kind(line.lead.run) for line in lines if _newest([line]) is None),
    )


def _gap(
    place: _Place,
    finished: Mapping[int, int | None],
    unfinished: Sequence[Run],
    num_seeds: int,
    *,
    group: str | None,
) -> Gap:
    """Return the seeds that a group lacks, none where it is complete."""
    # Another seed in place of one that diverged would leave the failures out of the mean unseen.
    taken = {*finished.values(), *(run.fields["seed"] for run in unfinished if takes_seed(run))}
    free = (seed for seed in count() if seed not in taken)
    seeds = tuple(islice(free, max(0, num_seeds - len(taken))))
    ended = {
        run.fields["seed"]: run.id
        for run in unfinished
        if run.fields["seed"] in seeds and run.fields["seed"] is not None
    }
    return Gap(row=place.row, cell=place.cell, spec=place.spec, seeds=seeds, like=place.like, ended=ended, group=group)


def _outside(place: _Place, finished: Mapping[int, int | None]) -> tuple[int, ...]:
    """Return the finished runs of seeds that the table shows no run of."""
    shown = {finished[run_id] for run_id in place.shown & finished.keys()}
    return tuple(sorted(run_id for run_id, seed in finished.items() if seed not in shown))


def takes_seed(run: Run) -> bool:
    """Whether a run's seed counts as there: it is queued, running, finished or diverged."""
    return run.status == "finished" or _is_waiting(run) or _has_diverged(run)


def _is_waiting(run: Run) -> bool:
    return run.status in ("queued", "running")


def _has_diverged(run: Run) -> bool:
    return run.reason == "diverged"


def _finished(source: TableSource, digests: Sequence[str]) -> dict[str, Mapping[int, int | None]]:
    """Return the seeds by id of the finished runs of groups, wherever the runs are."""
    found: Sequence[RunGroup] = source.groups("", keys=digests)
    return {str(group.run.group_digest): group.seeds for group in found if group.seeds}


def _places(
    source: TableSource, plan: Plan, lines: Sequence[TableRow], underivable: list[tuple[str, str, str]]
) -> dict[str, _Place]:
    """Return the groups that a table shows or should show, by their digests, in the order of the rows.

    Args:
        source: where the runs come from.
        plan: of the table.
        lines: its rows.
        underivable: gets the empty cells of which no spec can be made.
    """
    # A table of listed specs shows no other ones.
    columns = across_values(lines, plan) if plan.across and not plan.specs else []
    examples = {values: _newest(lines, values) for values in columns}
    known = {group.run.group_digest for line in lines for group in line.all_groups}
    places: dict[str, _Place] = {}
    for line in lines:
        for values, group in _groups_at(line):
            if _is_trained(group) and (plan.is_mean or values in line.groups):
                places[str(group.run.group_digest)] = _place_of(plan, group, values)
        for values, several in line.several.items() if not plan.is_mean else ():
            run = several.groups[0].run
            underivable.append((_row_name(plan, run), _cell_name(plan, run, values), fall_into(several, plan)))
        base = _newest([line])
        for values in columns if base is not None else ():
            if values in line.groups or values in line.several:
                continue
            assert base is not None  # noqa: S101 - or there would be no columns
            row, cell = _row_name(plan, base), _cell_name(plan, base, values)
            try:
                spec = derive_spec(plan, base=base, values=values, example=examples[values])
            except ExpdbError as error:
                underivable.append((row, cell, str(error)))
                continue
            key = source.own_code.group_of(spec) if spec.model.code else group_digest(spec)
            if key in known:
                underivable.append((row, cell, "its spec is that of another cell"))
            else:
                places[key] = _Place(row=row, cell=cell, spec=spec, like=base)
    for spec in plan.specs.values():
        keys, run = keys_of_spec(source, spec), planned_run(spec)
        place = _Place(row=_row_name(plan, run), cell=_cell_name(plan, run), spec=spec, like=None)
        if not places.keys() & set(keys):
            places[keys[0]] = place
    return _told_apart(places)


def _told_apart(places: Mapping[str, _Place]) -> dict[str, _Place]:
    """Return places of which no two are called alike: with what differs in their specs."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, place in places.items():
        alike[place.row, place.cell].append(key)
    found = dict(places)
    for keys in (several for several in alike.values() if len(several) > 1):
        apart = set_apart([[RunGroup(run=planned_run(places[key].spec), seeds={}, samples={})] for key in keys])
        for key, one in zip(keys, apart, strict=True):
            told = ", ".join(filter(None, (one.added, one.told)))
            found[key] = replace(places[key], row=f"{places[key].row} ({told})" if told else places[key].row)
    return found


def _place_of(plan: Plan, group: RunGroup, values: Across) -> _Place:
    run, spec = group.run, group.run.spec
    assert spec is not None  # noqa: S101 - the caller has looked
    row, cell = _row_name(plan, run), _cell_name(plan, run, values)
    return _Place(row=row, cell=cell, spec=spec, like=run if group.seeds else None, shown=frozenset(group.seeds))


def _is_trained(group: RunGroup) -> bool:
    """Whether seeds of a group can be trained here; an evaluation of weights says the same for every seed."""
    return group.run.spec is not None and group.run.spec.is_trained


def _kind(run: Run) -> str:
    return run.kind if run.spec is None else "evaluated"


def _newest(lines: Sequence[TableRow], values: Across | None = None) -> Run | None:
    """Return the newest run that was trained here, or is to be, of these rows (of that column of the pivot)."""
    found: Iterator[Run] = (
        group.run for line in lines for at, group in _groups_at(line) if values in (None, at) and _is_trained(group)
    )
    return max(found, key=lambda run: run.id, default=None)


def _groups_at(line: TableRow) -> Iterator[tuple[Across, RunGroup]]:
    """Yield all groups of a row with the values of the pivot's keys."""
    yield from line.groups.items()
    for values, cell in line.several.items():
        yield from ((values, group) for group in cell.groups)


def _row_name(plan: Plan, run: Run) -> str:
    """Return what tells a row from others: its keys, or what its text columns say of the spec."""
    by_key = bool(plan.row_keys)
    keys = plan.row_keys or [slot.known for slot in plan.columns]
    hidden = () if plan.across else _NO_NAMES
    told = run if by_key or run.spec is None else planned_run(run.spec)
    words = []
    for known in (key for key in keys if key.key not in hidden and key.key != "changes"):
        value = known.value(told.fields)
        if isinstance(value, str) or (by_key and value is not None):
            words.append(_phrase(known, value))
    return ", ".join(dict.fromkeys(words)) or model_aug(run.fields)


def _cell_name(plan: Plan, run: Run, values: Across = ()) -> str:
    keys = plan.across if values else (column("dataset"),)
    shown = values or (keys[0].value(run.fields),)
    return ", ".join(_phrase(key, value) for key, value in zip(keys, shown, strict=True))


def _phrase(known: Column, value: object) -> str:
    """Return a value as a sentence has it: text speaks for itself, of anything else it is said what it is."""
    text = format_value(value, known.format, known.decimals)
    return text if known.format == "text" and isinstance(value, str) else f"{known.heading} {text}"
