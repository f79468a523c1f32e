"""Train on this machine: in this process, or on several devices, one process a device."""

from collections.abc import Callable
from pathlib import Path

from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES
from expdb.domain.events import Event
from expdb.domain.run import Environment
from expdb.launch.data_parallel import run_group
from expdb.launch.execute import execute_run
from expdb.launch.recorder import warn_plainly
from expdb.store.store import Store


def launch_run(
    store: Store,
    run_id: int,
    *,
    url: str,
    data_dir: Path,
    environment: Environment,
    checkpoint_minutes: float = DEFAULT_CHECKPOINT_MINUTES,
    threads: int | None = None,
    on_event: Callable[[Event], None],
    warn: Callable[[str], None] = warn_plainly,
    resume: bool = False,
    accept_changed_data: bool = False,
) -> None:
    """Train a run on this machine and wait for its end: a queued one, or with `resume` one that ended early.

    Args:
        url: the database's URL with its password, for worker processes.
        environment: recorded with the run.
        checkpoint_minutes: least time between two checkpoints.
        threads: CPU threads of each process; None: as many as help and are free.
        on_event: sees every event.
        warn: called with what keeps events from being recorded.
        resume: go on from its last checkpoint, or from its beginning where there is none.
        accept_changed_data: go on with other images than its epochs so far were trained on.

    Raises:
        LaunchError: the processes of a data-parallel run ended badly.
        ExpdbError: what training raised.
        KeyboardInterrupt, Terminated: the run was stopped; it is recorded as killed.
    """
    spec = store.run(run_id).spec
    if spec is not None and spec.gpus > 1:
        run_group(
            store,
            run_id,
            spec.gpus,
            url=url,
            data_dir=data_dir,
            environment=environment,
            checkpoint_minutes=checkpoint_minutes,
            threads=threads,
            on_event=on_event,
            warn=warn,
            resume=resume,
            accept_changed_data=accept_changed_data,
        )
    else:
        execute_run(
            store,
            run_id,
            data_dir=data_dir,
            environment=environment,
            checkpoint_minutes=checkpoint_minutes,
            threads=threads,
            on_event=on_event,
            warn=warn,
            resume=resume,
            accept_changed_data=accept_changed_data,
        )
