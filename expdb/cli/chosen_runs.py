"""The runs that a command line lists: ids, ranges as commands print them (`22-25, 30`), and names."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from expdb.errors import NotFoundError, SpecError

if TYPE_CHECKING:
    from expdb.domain.run import Run
    from expdb.store.store import Store

_MOST = 100_000  # runs of a range


def chosen_runs(store: "Store", refs: Sequence[str]) -> list["Run"]:
    """Return the runs that are listed, removed ones too, each once, in the order in which they are named.

    Raises:
        NotFoundError: a run is not there, or one of a range.
        SpecError: a range goes downwards, or is too long.
    """
    found = (run for ref in refs for run in _runs_of(store, ref))
    return list({run.id: run for run in found}.values())


def _runs_of(store: "Store", ref: str) -> Iterator["Run"]:
    from expdb.report.run_ids import parse

    try:
        yield store.run(ref)  # a run may have a name like a range
    except NotFoundError:
        ids, odd = parse(ref, most=_MOST)
        if odd or ref.strip().isdecimal():
            raise
        if not ids:
            raise SpecError(f"{ref!r} names no runs: write a range as 22-25, the lower id first") from None
        if len(ids) > _MOST:
            raise SpecError(f"{ref!r} names more than {_MOST} runs: give less of them") from None
        for run_id in ids:
            yield _run_of_range(store, run_id, ref)


def _run_of_range(store: "Store", run_id: int, ref: str) -> "Run":
    try:
        return store.run(run_id)
    except NotFoundError:
        raise NotFoundError(f"no run {run_id}, of {ref!r}: see expdb ls") from None
