"""Train a recorded run's spec anew, and compare the two results."""

from pathlib import Path

from expdb.data.run_files import read_run_file, run_file
from expdb.domain.run import Run
from expdb.launch.preflight import require_means, trained_spec
from expdb.launch.train_runs import TrainingSetup, train_recorded, with_threads_of
from expdb.report.compare.reproduction import (
    changes_since,
    code_change,
    data_change,
    reproduction_verdict,
    threads_change,
)
from expdb.store.store import Store


def train_again(store: Store, ref: str, setup: TrainingSetup, *, name: str | None = None) -> str:
    """Train the spec of a run, given by id or name, as another run, and return in a line whether it came out the same.

    Before, it tells whether code and packages differ from then.

    Raises:
        NotFoundError: there is no such run.
        RunFinishedError: it was not trained here.
        ExpdbError: the new run failed, or cannot be started.
        KeyboardInterrupt, Terminated: it was stopped.
    """
    first = store.run(ref)
    spec, remarks = require_means(store, trained_spec(first), data_dir=setup.data_dir)
    for line in remarks:
        setup.tell(line)
    here = setup.describe()
    own = code_change(first.fields["code_digest"], spec.model.code)
    changes = [*([own] if own else []), *changes_since(first.environment, here)]
    for line in changes or ["code and packages: the same as then"]:
        setup.tell(line)
    if first.results.earlier_data_digest is not None:
        setup.tell(f"data: run {first.id} began with others ({first.results.earlier_data_digest}): it is of two data")
    run_id = store.add_run(
        spec, name=name, group=first.group, tags=first.tags, note=f"rerun of run {first.id}", is_awaited=True
    )
    train_recorded(
        store,
        run_id,
        spec,
        with_threads_of(first, setup),
        environment=here,
        remark=lambda event: "; ".join(
            [data_change(first.results.data_digest, event.data_digest), *threads_change(first, event.num_threads)]
        ),
    )
    again = store.run(run_id)
    same_weights = _are_equal(*(_weights(store, run) for run in (first, again)))
    return reproduction_verdict(first, store.epochs(first.id), again, store.epochs(run_id), same_weights=same_weights)


def _weights(store: Store, run: Run) -> Path | None:
    if run.weights_file is None:
        return None
    try:
        return run_file(store.artifact_dir(run.id), run.weights_file)
    except OSError:  # not on this machine, or no file that would be read
        return None


def _are_equal(first: Path | None, second: Path | None) -> bool | None:
    if first is None or second is None:
        return None
    return read_run_file(first) == read_run_file(second)
