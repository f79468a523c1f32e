"""What the pages read of runs and groups."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.data.store import kept_until_changed, one_line_errors, reading_store
from expdb.domain.group import RunGroup
from expdb.domain.points import PointCurves
from expdb.domain.run import Attempt, Epoch, ReportedChange, Run, RunPart
from expdb.errors import ExpdbError
from expdb.report.compare.side_by_side import MEASURES, single_group
from expdb.store.store import Store

MOST_POINTS = 400  # of one curve; more than a screen shows


@one_line_errors()
@kept_until_changed(16)
def load_runs(store: Store, where: str = "", limit: int | None = None) -> tuple[Run, ...]:
    """Return the runs that a filter lets through, by id; at most so many."""
    return tuple(store.runs(where=where, limit=limit))


@one_line_errors()
def load_listing(fields: frozenset[str], where: str = "", *, with_archived: bool = False) -> tuple[RunPart, ...]:
    """Return the runs that a filter lets through, newest first, removed ones only if asked for.

    Args:
        fields: what is read of them, see `Store.run_parts`.
        where: the filter.
        with_archived: also those that were removed.
    """
    everything = _all_runs(fields)
    passing = reading_store().ids(where, include_removed=with_archived) if where.strip() else None
    return tuple(
        run
        for run in everything
        if (with_archived or run.removed_at is None) and (passing is None or run.id in passing)
    )


@one_line_errors()
@kept_until_changed(256)
def count_runs(store: Store, where: str) -> int:
    """Return how many runs a filter lets through."""
    return len(store.ids(where))


@one_line_errors()
def why_no_run(where: str, *, with_archived: bool = False) -> str | None:
    """Return in a sentence which part of a filter leaves no run; None where some run passes it."""
    told = reading_store().searching.why_none(where, include_removed=with_archived)
    return None if told is None else f"{told[0].upper()}{told[1:]}."


def filter_error(where: str) -> str | None:
    """Return in one line why a filter cannot be read; None where it can."""
    try:
        reading_store().ids(where)
    except ExpdbError as error:
        return str(error)
    return None


@one_line_errors()
def load_run(ref: str) -> Run:
    """Return the run of that id or name."""
    return reading_store().run(ref)


@one_line_errors()
def load_epochs(run_id: int) -> tuple[Epoch, ...]:
    """Return a run's epochs in order."""
    return tuple(reading_store().epochs(run_id))


@one_line_errors()
def load_attempts(run_id: int) -> tuple[Attempt, ...]:
    """Return the starts and resumes of a run."""
    return tuple(reading_store().attempts.of(run_id))


@one_line_errors()
def load_superseded(run_id: int) -> tuple[Epoch, ...]:
    """Return the epochs of a run that later attempts did again."""
    return tuple(reading_store().attempts.superseded_epochs(run_id))


@one_line_errors()
def load_changes(run_id: int) -> tuple[ReportedChange, ...]:
    """Return what the row of a reported run said before, oldest first."""
    return tuple(reading_store().reported.changes(run_id))


@one_line_errors()
def load_curves(run_ids: Sequence[int], field: str, points: int = MOST_POINTS) -> PointCurves:
    """Return thinned curves of a field of an epoch, or of `metrics.NAME`."""
    return reading_store().curves(run_ids, field, points=points)


@one_line_errors()
def load_groups(where: str = "") -> tuple[RunGroup, ...]:
    """Return the runs that a filter lets through, in groups of seeds with everything that comparisons read of them."""
    everything = _all_groups()
    if not where.strip():
        return everything
    passing = reading_store().ids(where)
    whole = [group for group in everything if group.seeds and group.seeds.keys() <= passing]
    # A filter that lets only some seeds through changes the means: these groups are averaged anew.
    split = {group.key for group in everything if not group.seeds.keys().isdisjoint(passing)}
    split -= {group.key for group in whole}
    anew = reading_store().groups(where, MEASURES, keys=split) if split else []
    return (*whole, *anew)


@one_line_errors()
def load_chosen(run_ids: Sequence[int], *, is_collapsed: bool) -> tuple[RunGroup, ...]:
    """Return the groups of these runs in the order of the ids: all finished seeds of each, or each run alone.

    Ids of no run are left out; so is, of a group, what is not finished.
    """
    return _chosen(tuple(run_ids), is_collapsed=is_collapsed)


@kept_until_changed(4)
def _all_runs(store: Store, fields: frozenset[str]) -> tuple[RunPart, ...]:
    """Return all runs, newest first: filters pick some of these instead of reading them again."""
    return tuple(store.run_parts("", fields, sort=("-id",), include_removed=True))


@kept_until_changed(2)
def _all_groups(store: Store) -> tuple[RunGroup, ...]:
    return tuple(store.groups("", MEASURES))


@kept_until_changed(64)
def _chosen(store: Store, run_ids: tuple[int, ...], *, is_collapsed: bool) -> tuple[RunGroup, ...]:
    if not run_ids:
        return ()
    by_id = {run.id: run for run in store.runs(ids=run_ids)}
    runs = [by_id[run_id] for run_id in dict.fromkeys(run_ids) if run_id in by_id]
    if not is_collapsed:
        return tuple(map(single_group, runs))
    digests = list(dict.fromkeys(run.group_digest for run in runs if run.group_digest))
    found = {group.key: group for group in store.groups("", MEASURES, keys=digests)} if digests else {}
    groups: dict[str, RunGroup] = {}
    for run in runs:
        group = found.get(run.group_digest or "", single_group(run))
        # The run that was asked for stands for its group, so that the address and the page call it alike.
        lead = run if run.id in group.seeds else group.run
        groups.setdefault(run.group_digest or f"run {run.id}", replace(group, run=lead))
    return tuple(groups.values())
