"""What a group of runs said earlier: before its last runs ended, and while runs counted that were removed since."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.run import Run
from expdb.report.source import TableSource


@dataclass(frozen=True, kw_only=True)
class EarlierState:
    """A group as it once was.

    Attributes:
        sample: of the measure, in its own unit.
        seeds: seed by id of the runs that counted.
        until: what made it another, as `run 7`, or `run 3 was removed`.
        at: when.
    """

    sample: Sample
    seeds: Mapping[int, int | None]
    until: str
    at: datetime


def earlier_states(source: TableSource, group: RunGroup, measure: Measure) -> list[EarlierState]:
    """Return the states of a group before the present one, the latest first.

    They are the first runs of those that count, by the time they ended, and all these together with runs that
    were removed since. A run copied from a document has no earlier states.
    """
    if group.run.group_digest is None:
        return []
    known = source.runs(f'group_digest = "{group.run.group_digest}"', include_removed=True)
    removed = [run for run in known if run.removed_at is not None and run.status == "finished"]
    present = [run for run in known if run.id in group.seeds]
    values = source.values([run.id for run in (*present, *removed)], measure)
    states: dict[frozenset[int], tuple[str, datetime]] = {}
    for ids, until, at in (*_states(present), *_states([*present, *removed])):
        if ids and ids != frozenset(group.seeds):
            states.setdefault(ids, (until, at))
    seeds = {run.id: run.fields["seed"] for run in (*present, *removed)}
    return [
        EarlierState(sample=sample, seeds={run_id: seeds[run_id] for run_id in sorted(ids)}, until=until, at=at)
        for ids, (until, at) in reversed(states.items())
        if (sample := _sample(ids, values)) is not None
    ]


def _states(runs: Sequence[Run]) -> Iterator[tuple[frozenset[int], str, datetime]]:
    """Yield the runs that counted, and until what and when, for every state but the last one."""
    events: list[tuple[datetime, int, bool]] = [(run.ended_at or run.created_at, run.id, True) for run in runs]
    events += [(run.removed_at, run.id, False) for run in runs if run.removed_at is not None]
    counting: set[int] = set()
    for at, run_id, is_end in sorted(events):
        yield frozenset(counting), f"run {run_id}" if is_end else f"run {run_id} was removed", at
        counting = counting | {run_id} if is_end else counting - {run_id}


def _sample(ids: frozenset[int], values: Mapping[int, float]) -> Sample | None:
    known = [values[run_id] for run_id in sorted(ids) if run_id in values]
    if not known:
        return None
    mean = known[0] if len(set(known)) == 1 else float(f"{statistics.fmean(known):.15g}")
    return Sample(n=len(known), mean=mean, std=statistics.stdev(known) if len(known) > 1 else None)
