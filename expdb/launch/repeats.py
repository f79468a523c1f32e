"""What a database holds already of runs that are to be trained: a repeat by accident costs hours."""

from collections.abc import Sequence
from itertools import count, islice

from expdb.catalog.models import is_own_model
from expdb.domain.codec import digest, with_code
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.report.tables.missing_runs import takes_seed
from expdb.store.store import Store


def require_new(store: Store, specs: Sequence[RunSpec]) -> None:
    """Make sure that no run of these specs is finished, running or queued. Raises SpecError, naming those that are."""
    complete = _with_own_code(specs)
    by_digest = {digest(spec): spec for spec in complete}
    groups = dict.fromkeys(map(store.own_code.group_of, complete))
    found = [run for group in groups for run in _runs_of(store, group) if run.digest in by_digest]
    there = [run for run in found if run.status in ("finished", "running", "queued")]
    if not there:
        return
    if len(specs) == 1:
        run = max(there, key=lambda each: (each.status == "finished", each.id))
        told = f"run {run.id} is {run.status} with the same settings and seed"
    else:
        runs = ", ".join(f"run {run.id} (seed {run.fields['seed']}, {run.status})" for run in there)
        told = f"of these {len(specs)} runs there are with the same settings and seed: {runs}"
    if not specs[0].is_trained:
        raise SpecError(f"{told.removesuffix(' and seed')}: --again evaluates it once more")
    raise SpecError(f"{told}: --again trains it once more, --seeds +2 takes the next two")


def next_seeds(store: Store, spec: RunSpec, number: int) -> list[int]:
    """Return the lowest seeds of which no run with these settings is queued, running, finished or diverged."""
    group = store.own_code.group_of(_with_own_code([spec])[0])
    taken = {run.fields["seed"] for run in _runs_of(store, group) if takes_seed(run)}
    return list(islice((seed for seed in count() if seed not in taken), number))


def _with_own_code(specs: Sequence[RunSpec]) -> list[RunSpec]:
    """Return specs of one network as they would be recorded: a run of other code is no repetition."""
    if not specs or not is_own_model(specs[0].model.arch):
        return list(specs)
    from expdb.train.model.count import describe_model  # torch: seconds to import

    code = describe_model(specs[0]).code
    return [with_code(spec, code) for spec in specs]


def _runs_of(store: Store, group: str) -> list[Run]:
    return store.runs(f"kind = measured and group_digest = {group!r}")
