"""Go on with a run that ended early, from its last checkpoint."""

from expdb.domain.events import RunStarted
from expdb.domain.run import Environment, Run
from expdb.launch.preflight import require_means, trained_spec
from expdb.launch.train_runs import TrainingSetup, train_recorded, with_threads_of
from expdb.report.compare.reproduction import changes_since, threads_change
from expdb.store.store import Store


def resume_run(store: Store, ref: str, setup: TrainingSetup, *, accept_changed_data: bool = False) -> None:
    """Go on with a stopped or failed run, given by id or name.

    Args:
        accept_changed_data: also with other images than its epochs so far were trained on; the run is marked.

    Raises:
        NotFoundError: there is no such run.
        RunFinishedError: it is finished, or was not trained here.
        ExpdbError: the run failed, or cannot be started.
        KeyboardInterrupt, Terminated: it was stopped again.
    """
    run = store.run(ref)
    spec = trained_spec(run)
    if run.status not in ("queued", "finished"):  # of which it is said below that they cannot be resumed
        for line in require_means(store, spec, data_dir=setup.data_dir)[1]:
            setup.tell(line)
    here = setup.describe()
    train_recorded(
        store,
        run.id,
        spec,
        with_threads_of(run, setup),
        environment=here,
        resume=True,
        accept_changed_data=accept_changed_data,
        remark=lambda event: _goes_on(run, here, event),
    )


def _goes_on(run: Run, here: Environment, event: RunStarted) -> str:
    """Return where the run goes on, and what may keep its result from being the same to the bit."""
    has_other_data = run.results.data_digest not in (None, event.data_digest)
    digests = f"{event.data_digest}, then {run.results.data_digest}"
    if event.first_epoch == 1:
        others = f", with other images than then ({digests})" if has_other_data else ""
        return f"no checkpoint to go on from: it starts from the beginning{others}"
    changes = changes_since(run.environment, here) if run.environment.packages else []
    changes += threads_change(run, event.num_threads)
    if has_other_data:
        changes.append(f"other images: {digests}")
    if event.first_epoch > trained_spec(run).epochs:
        goes_on = "all epochs are trained: only the results are written"
    else:
        goes_on = f"goes on from a checkpoint: epoch {event.first_epoch} comes next"
    return goes_on + (f" (results may not be the same to the bit: {'; '.join(changes)})" if changes else "")
