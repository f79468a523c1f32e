"""`track`: begin to record what a script of the user's own does."""

import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from expdb.config import config_of
from expdb.domain.run import Run
from expdb.domain.scripts.tracked_params import TrackedParams, read_parameters
from expdb.domain.task import is_point
from expdb.domain.tracked import TrackedStart
from expdb.errors import ExpdbError, LaunchError, NotFoundError, SpecError
from expdb.launch.environment import collect_environment
from expdb.launch.load.system_load import SystemLoad, load_seconds
from expdb.launch.recorder import Recorder
from expdb.store import name_rules
from expdb.store.database.address import parse_address
from expdb.store.database.engine import BUSY_SECONDS
from expdb.store.store import Store
from expdb.tracking.open_runs import open_runs, watch_run
from expdb.tracking.script import script_code_digest, script_command, script_folder
from expdb.tracking.tracked_run import TrackedRun, say_beside
from expdb.tracking.which_process import is_import_of_child, is_recording

RESUME: Final = ("never", "allow", "must")
NOT_STATED: Final = "not stated"
_SLOW_SECONDS = 2.0  # a script that waits longer for the database is told why


def track(
    config: Any = None,
    /,
    *,
    name: str | None = None,
    group: str | None = None,
    tags: Iterable[str] = (),
    note: str | None = None,
    resume: str = "never",
    run: int | str | None = None,
    db: str | None = None,
    **parameters: Any,
) -> TrackedRun:
    """Begin to record a run of this script; use what is returned in a `with` block, or call its `finish`.

    Args:
        config: the script's parameters: a mapping, an `argparse.Namespace`, a dataclass, a config of omegaconf.
        name: of the run, unique; `group`, `tags`, `note`: as of every run. Runs of two groups are never averaged.
        resume: `never` begins a new run; `must` goes on with the one of that `name` or `run`; `allow` does so if there
            is one. What is given then is applied: `tags` are added, `note` takes the place of the one before, and so
            does `name` beside `run`. Parameters and `group` must be those of the run.
        run: id, name or the first digits of the uuid of the run to go on with.
        db: the database, as a path or URL; None: `EXPDB_URL`, or `runs.db` in the working folder.
        **parameters: further ones, by name: `model`, `dataset`, `seed`, `lr`, ...

    Raises:
        SpecError: a parameter has no plain value, the name is taken, or they are not those of the run to go on with.
        NotFoundError: there is no run to go on with.
        LaunchError: it is running, here or elsewhere.
        StoreError: the database cannot be opened, or stays locked for a minute.
    """
    if resume not in RESUME:
        raise SpecError(f"resume={resume!r} is not known: choose {', '.join(RESUME)} (parameters go in track(config))")
    tags = tags if isinstance(tags, str) else tuple(tags)
    _check_options(resume, run, tags, {"name": name, "group": group, "note": note, "db": db})
    given = _given(config, parameters)
    read = read_parameters(given, group=group)
    caller = sys._getframe(1).f_globals  # noqa: SLF001 - the only way to know
    if is_import_of_child(caller) or not is_recording():
        return TrackedRun(None, None, run_id=None)
    seconds = load_seconds()
    _finish_forgotten()
    settings = config_of(db, named_by="db=")
    with _said_if_slow(settings.url):
        store = Store.open(
            settings.url, artifact_root=settings.artifact_dir, is_group_readable=settings.is_group_readable
        )
        try:
            start = _start(read, name=name, group=group, tags=tags, note=note)
            run_id, earlier = _run_to_record(store, start, resume, start.name if run is None else run, read)
            environment = collect_environment(script_command(), folder=script_folder())
            recorder = Recorder(store, run_id, environment, resume=earlier is not None, kind="tracked", warn=say_beside)
            recorder.__enter__()
        except BaseException:
            store.close()
            raise
    if earlier is not None:
        _apply_edits(store, earlier, start)
    load = SystemLoad(recorder.folder, seconds=seconds, warn=say_beside)
    load.__enter__()
    next_step, last = (0, {}) if earlier is None else _recorded_so_far(store, run_id)
    tracked = TrackedRun(store, recorder, run_id=run_id, next_step=next_step, earlier=last, load=load)
    watch_run(tracked)
    return tracked


@contextmanager
def _said_if_slow(url: str) -> Iterator[None]:
    """Say so where the block keeps the script waiting: another process has the database locked, or it is far away."""
    text = (
        f"waiting for {parse_address(url).label}, to begin a run: another process has it locked, or it does not answer "
        f"(no run, and an error, after {BUSY_SECONDS:g} s)"
    )
    timer = threading.Timer(_SLOW_SECONDS, say_beside, (text,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _run_to_record(
    store: Store, start: TrackedStart, resume: str, ref: int | str | None, read: TrackedParams
) -> tuple[int, Run | None]:
    """Return the run to record, and how it was if it is one to go on with; else it is added.

    Raises:
        SpecError, NotFoundError: see `track`.
        LaunchError: another process begins it at this moment.
    """
    earlier = _earlier(store, resume, ref)
    if earlier is None:
        try:
            return store.tracked.add(start), None
        except SpecError:
            earlier = _earlier(store, resume, ref)  # another process may have begun it meanwhile
            if earlier is None:
                raise
    _require_same(earlier, read)
    if earlier.status == "queued" and earlier.kind == "tracked":  # taking its folder now would let both fail
        raise LaunchError(f"run {earlier.id} is being recorded by another process, which begins it now")
    if start.name is not None:
        store.edits.check_name(start.name, run_id=earlier.id)
    return earlier.id, earlier


def _apply_edits(store: Store, earlier: Run, start: TrackedStart) -> None:
    """Let a run that goes on have the tags, note and name that are given now; they were checked before it did."""
    try:
        if set(start.tags) - set(earlier.tags):
            store.edits.change_tags(earlier.id, add=start.tags)
        if start.note is not None and start.note != earlier.note:
            store.edits.set_note(earlier.id, start.note)
        if start.name is not None and start.name != earlier.name:
            store.edits.rename(earlier.id, start.name)
    except ExpdbError as error:  # it goes on already
        say_beside(f"run {earlier.id} goes on, but its tags, note and name are as they were: {error}")


def _check_options(resume: str, run: int | str | None, tags: Iterable[str], texts: Mapping[str, object]) -> None:
    """Raise SpecError for an option that is of another kind, or that has no effect."""
    for option, value in texts.items():
        if value is not None and not isinstance(value, (str, os.PathLike) if option == "db" else str):
            raise SpecError(f"{option}={value!r} is no text")
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags):
        raise SpecError(f"tags={tags!r} is no list of texts")
    if run is None:
        return
    if isinstance(run, bool) or not isinstance(run, (int, str)):
        raise SpecError(f"run={run!r} is no run: give its id, name or uuid")
    if resume == "never":
        raise SpecError(f"run={run!r} says which run to go on with: say resume='must' too, or leave it out")
    if resume == "allow":
        raise SpecError(f"run={run!r} with resume='allow': what it would begin has no name: say name= in place of run=")


def _given(config: Any, parameters: Mapping[str, Any]) -> Any:
    if config is None:
        return parameters
    if not parameters:
        return config
    from expdb.domain.scripts.parameters import flat_parameters

    flat = flat_parameters(config)
    twice = [key for key in parameters if key in flat and flat_parameters({key: parameters[key]})[key] != flat[key]]
    if twice:
        raise SpecError(f"parameter {twice[0]!r} is given twice: once in the config, and once by name")
    return {**flat, **parameters}


def _start(
    read: TrackedParams, *, name: str | None, group: str | None, tags: Iterable[str], note: str | None
) -> TrackedStart:
    columns = dict(read.columns)
    model, dataset = (str(columns.pop(key, NOT_STATED)) for key in ("model", "dataset"))
    seed = columns.pop("seed", None)
    columns["code_digest"] = script_code_digest()
    return TrackedStart(
        dataset=dataset,
        model=model,
        settings=read.settings,
        columns=columns,
        digest=read.digest,
        group_digest=read.group_digest,
        seed=seed,
        name=None if name is None else name_rules.run_name(name),
        group=group,
        tags=tuple(sorted(name_rules.tags(tags))),
        note=None if note is None else name_rules.note(note) or "",
    )


def _earlier(store: Store, resume: str, ref: int | str | None) -> Run | None:
    """Return the run to go on with; None: a new one begins. Raises SpecError, NotFoundError."""
    if resume == "never":
        return None
    if ref is None:
        raise SpecError(f"resume={resume!r} goes on with a run: say which, by name= or run=")
    try:
        return store.run(ref)
    except NotFoundError:
        if resume == "must":
            raise
        return None


def _require_same(earlier: Run, read: TrackedParams) -> None:
    """Raise SpecError if a run to go on with has other parameters."""
    if earlier.digest == read.digest:
        return
    before = earlier.settings
    names = [name for name in {**before, **read.settings} if before.get(name) != read.settings.get(name)]
    changed = [
        f"{name}: {before.get(name)!r} → {read.settings.get(name)!r}" for name in names if name not in read.left_out
    ]
    what = "; ".join(changed[:3]) or "the group or the seed"
    raise SpecError(
        f"run {earlier.id} has other parameters ({what}): begin a new run, or give those of run {earlier.id}"
    )


def _recorded_so_far(store: Store, run_id: int) -> tuple[int, dict[str, float]]:
    """Return the step after the last one that is recorded of a run, and the last values of its metrics."""
    # What was measured beside the script stands behind its values, and is measured again.
    own = {name: one for name, one in store.points.summaries([run_id]).get(run_id, {}).items() if not is_point(name)}
    next_step = max((one.last_at.step + 1 for one in own.values() if one.last_at.step is not None), default=0)
    return next_step, {name: one.last for name, one in own.items()}


def _finish_forgotten() -> None:
    """Finish the runs that this thread has begun outside of a block, as a notebook does that runs a cell again."""
    for forgotten in open_runs():
        if isinstance(forgotten, TrackedRun) and not forgotten.is_in_block and forgotten.is_of_this_thread():
            say_beside(f"run {forgotten.id} was not finished: it is, for another one begins (call finish)")
            forgotten.finish()
