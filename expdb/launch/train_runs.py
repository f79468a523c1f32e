"""Train runs on this machine, one after the other: what all that trains shares, with or without a command."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from expdb.data.cpus import num_usable_cpus
from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES
from expdb.domain.events import Event, RunStarted
from expdb.domain.run import Environment, Epoch, Run
from expdb.domain.spec import RunSpec
from expdb.launch.environment import collect_environment
from expdb.launch.git_diff import remarks_on
from expdb.launch.launchers.local import launch_run
from expdb.launch.preflight import require_means
from expdb.launch.spec_warnings import spec_warnings
from expdb.store.store import Store


class Watch(Protocol):
    """Follows one run: entered before it trains, it gives what is called with each of its events."""

    def __call__(
        self,
        run_id: int,
        spec: RunSpec,
        *,
        earlier: Sequence[Epoch] = (),
        remark: Callable[[RunStarted], str] | None = None,
    ) -> AbstractContextManager[Callable[[Event], None]]:
        """Begin to follow a run.

        Args:
            earlier: its epochs so far, where it is resumed.
            remark: gives a line to say below what is told at the start.
        """
        ...


@contextmanager
def unwatched(
    run_id: int,  # noqa: ARG001 - as every Watch
    spec: RunSpec,  # noqa: ARG001
    *,
    earlier: Sequence[Epoch] = (),  # noqa: ARG001
    remark: Callable[[RunStarted], str] | None = None,  # noqa: ARG001
) -> Iterator[Callable[[Event], None]]:
    """Follow a run without showing anything."""
    yield lambda _: None


def environment_here() -> Environment:
    """Describe this process, as it is recorded with what it trains."""
    return collect_environment(["expdb", *sys.argv[1:]], folder=Path.cwd())


@dataclass(frozen=True, kw_only=True)
class TrainingSetup:
    """Where runs are trained, and who hears of it.

    Attributes:
        url: of the database, with its password, for worker processes.
        data_dir: where datasets are.
        checkpoint_minutes: least time between two checkpoints; 0: one after every epoch.
        threads: CPU threads of each process; None: as many as help and are free.
        describe: gives the environment that is recorded with a run.
        watch: follows each run.
        tell: called with what one may want to know between the runs.
        warn: called with what did not go as it should.
    """

    url: str
    data_dir: Path
    checkpoint_minutes: float = DEFAULT_CHECKPOINT_MINUTES
    threads: int | None = None
    describe: Callable[[], Environment] = environment_here
    watch: Watch = unwatched
    tell: Callable[[str], None] = lambda _: None
    warn: Callable[[str], None] = lambda _: None


def with_threads_of(run: Run, setup: TrainingSetup, environ: Mapping[str, str] = os.environ) -> TrainingSetup:
    """Return the setup with as many threads as a run was trained with, so that its results come out the same.

    Whoever says another number is heard, and on a GPU it does not matter; there are never more than processors.
    """
    is_told = setup.threads is not None or environ.get("OMP_NUM_THREADS")
    if is_told or run.machine.device != "cpu" or run.machine.num_threads is None:
        return setup
    return replace(setup, threads=min(run.machine.num_threads, num_usable_cpus()))


def train_specs(
    store: Store,
    specs: Sequence[RunSpec],
    setup: TrainingSetup,
    *,
    name: str | None = None,
    group: str | None = None,
    tags: Sequence[str] = (),
    note: str | None = None,
) -> None:
    """Record and train specs one after the other.

    Raises:
        DataError: the images of a spec are not at hand (then nothing is recorded).
        SpecError: the device of a spec is not there, or a run that it builds on (likewise).
        ExpdbError: a run failed; the ones before it are recorded, the ones after it not begun.
        KeyboardInterrupt, Terminated: a run was stopped, likewise.
    """
    told = [line for spec in specs for line in spec_warnings(spec)]
    complete, remarks = [], []
    for spec in specs:
        ready, known = require_means(store, spec, data_dir=setup.data_dir)
        complete.append(ready)
        remarks += known
    for line in dict.fromkeys(told):  # once for all seeds
        setup.warn(line)
    for line in dict.fromkeys(remarks):
        setup.tell(line)
    for spec in complete:
        run_id = store.add_run(spec, name=name, group=group, tags=tags, note=note, is_awaited=True)
        train_recorded(store, run_id, spec, setup, environment=setup.describe())


def train_recorded(
    store: Store,
    run_id: int,
    spec: RunSpec,
    setup: TrainingSetup,
    *,
    environment: Environment,
    resume: bool = False,
    accept_changed_data: bool = False,
    remark: Callable[[RunStarted], str] | None = None,
) -> None:
    """Train a recorded run.

    Args:
        environment: recorded with it.
        resume: go on with a run that ended early.
        accept_changed_data: also with other images than its epochs so far were trained on.
        remark: gives a line to say below what is told at the start.

    Raises:
        ExpdbError: the run failed, or cannot be started.
        KeyboardInterrupt, Terminated: it was stopped; it is recorded as killed.
    """
    for line in remarks_on(environment.git_diff):
        setup.warn(line)
    if spec.model.code is not None:
        _tell_edited(spec, setup)
    with setup.watch(run_id, spec, earlier=store.epochs(run_id), remark=remark) as show:
        launch_run(
            store,
            run_id,
            url=setup.url,
            data_dir=setup.data_dir,
            environment=environment,
            checkpoint_minutes=setup.checkpoint_minutes,
            threads=setup.threads,
            on_event=show,
            warn=setup.warn,
            resume=resume,
            accept_changed_data=accept_changed_data,
        )


def _tell_edited(spec: RunSpec, setup: TrainingSetup) -> None:
    from expdb.train.model.own_code import edited_since_loaded

    for path in edited_since_loaded():
        told = (
            f"{str(path)!r} was edited since it was loaded: the run is of the code as it was (digest {spec.model.code})"
        )
        setup.warn(f"{told}; run anew for what it is now")
