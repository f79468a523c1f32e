"""What the pages read of runs and groups. The only module that opens the store, read-only.

Snapshots are frozen, so they are shared between sessions instead of copied; they are read again when the
database has changed. An error becomes one line on the page.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
import streamlit as st

from dashboard.widgets.basics import literal
from expdb.config import load_config
from expdb.data.predictions import Predictions, read_predictions
from expdb.domain.group import RunGroup
from expdb.domain.run import Epoch, Run, Segment
from expdb.domain.table import TableDefinition
from expdb.errors import ExpdbError, StoreError
from expdb.launch.read_log import LOG_FILE, log_tail
from expdb.report.compare.side_by_side import MEASURES, single_group
from expdb.store.database.address import parse_address
from expdb.store.store import Store

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Stop the page with one line where something cannot be read."""
    try:
        yield
    except ExpdbError as error:
        st.error(literal(str(error)))
        st.stop()


def kept_until_changed(
    max_entries: int,
) -> Callable[[Callable[Concatenate[Store, _Asked], _Answer]], Callable[_Asked, _Answer]]:
    """Give a function the open store, and keep its last answers for all sessions until the database has changed."""

    def decorate(read: Callable[Concatenate[Store, _Asked], _Answer]) -> Callable[_Asked, _Answer]:
        def answer(url: str, token: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> _Answer:  # noqa: ARG001 - the token is part of the key
            return read(_open(url), *args, **kwargs)

        # Streamlit tells functions apart by their names: all of these would share one cache.
        answer.__module__, answer.__qualname__ = read.__module__, read.__qualname__
        keep = st.cache_resource(
            max_entries=max_entries,
            show_spinner=False,
            hash_funcs={TableDefinition: TableDefinition.model_dump_json},
        )
        cached = keep(answer)

        @wraps(read)
        def ask(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
            return cached(load_config().url, _store().change_token(), args, kwargs)

        return ask

    return decorate


def store_version() -> tuple[str, int | str]:
    """Return what to key a cache of something read by: another one as soon as the database has changed."""
    with one_line_errors():
        return load_config().url, _store().change_token()


def is_read_only() -> bool:
    """Return whether the pages may change nothing: as asked for, or because the file may not be written."""
    if load_config().is_dashboard_read_only:
        return True
    with one_line_errors():
        path = parse_address(load_config().url).path
    return path is not None and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def change_store(change: Callable[[Store], object]) -> str | None:
    """Let a function write into the store, which is open for writing only meanwhile; return the line of an error."""
    try:
        if is_read_only():
            raise StoreError("the dashboard was started to read only: nothing was changed")
        config = load_config()
        with Store.open(config.url, artifact_root=config.artifact_dir) as store:
            change(store)
    except ExpdbError as error:
        return str(error)
    return None


@one_line_errors()
@kept_until_changed(16)
def load_runs(store: Store, where: str = "", limit: int | None = None) -> tuple[Run, ...]:
    """Return the runs that a filter lets through, by id; at most so many."""
    return tuple(store.runs(where=where, limit=limit))


@one_line_errors()
def load_listing(
    where: str = "", *, with_archived: bool = False, fields: frozenset[str] | None = None
) -> tuple[Run, ...]:
    """Return the runs that a filter lets through, newest first, removed ones only if asked for.

    Args:
        where: the filter.
        with_archived: also those that were removed.
        fields: see `Store.runs`.
    """
    everything = _all_runs(None if fields is None else fields | {"id", "removed_at"})
    passing = _store().ids(where, include_removed=with_archived) if where.strip() else None
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


def filter_error(where: str) -> str | None:
    """Return in one line why a filter cannot be read; None where it can."""
    try:
        _store().ids(where)
    except ExpdbError as error:
        return str(error)
    return None


@one_line_errors()
def load_run(ref: str) -> Run:
    """Return the run of that id or name."""
    return _store().run(ref)


@one_line_errors()
def load_epochs(run_id: int) -> tuple[Epoch, ...]:
    """Return a run's epochs in order."""
    return tuple(_store().epochs(run_id))


@one_line_errors()
def load_segments(run_id: int) -> tuple[Segment, ...]:
    """Return the stretches that a run was trained in."""
    return tuple(_store().segments(run_id))


@one_line_errors()
def load_curves(run_ids: Sequence[int], field: str, points: int) -> dict[int, tuple[float, ...]]:
    """Return thinned curves by run id, for pictures in a table."""
    return _store().curves(run_ids, field, points=points)


def load_predictions(run: Run) -> Predictions | None:
    """Return what the final model said of each test image; None where that was not kept, or is not on this machine."""
    if run.predictions_file is None or run.artifact_dir is None:
        return None
    try:
        path = _store().artifact_dir(run.id) / run.predictions_file
        return _predictions(str(path), path.stat().st_mtime_ns)
    except (ExpdbError, OSError):
        return None


def load_images(run: Run, positions: Sequence[int]) -> list[npt.NDArray[np.uint8]] | None:
    """Return test images of the run's dataset, each (H, W) or (H, W, 3) uint8; None: they are not on this machine.

    Args:
        run: names the dataset.
        positions: places in the order of the test split, from 0.
    """
    if run.spec is None or not positions:
        return None
    try:
        return _images(run.spec.data.dataset, tuple(positions), load_config().data_dir)
    except ExpdbError:
        return None


def load_log(run: Run, num_lines: int) -> tuple[str, Path] | None:
    """Return the last lines of a run's log, and its file; None where none was kept, or is not on this machine."""
    if run.artifact_dir is None:
        return None
    try:
        path = _store().artifact_dir(run.id) / LOG_FILE
        return log_tail(path, num_lines), path
    except (ExpdbError, OSError):
        return None


@one_line_errors()
def load_groups(where: str = "") -> tuple[RunGroup, ...]:
    """Return the runs that a filter lets through, in groups of seeds with everything that comparisons read of them."""
    everything = _all_groups()
    if not where.strip():
        return everything
    passing = _store().ids(where)
    whole = [group for group in everything if group.seeds and group.seeds.keys() <= passing]
    # A filter that lets only some seeds through changes the means: these groups are averaged anew.
    split = {group.key for group in everything if not group.seeds.keys().isdisjoint(passing)}
    split -= {group.key for group in whole}
    anew = _store().groups(where, MEASURES, keys=split) if split else []
    return (*whole, *anew)


@one_line_errors()
def load_chosen(run_ids: Sequence[int], *, is_collapsed: bool) -> tuple[RunGroup, ...]:
    """Return the groups of these runs in the order of the ids: all finished seeds of each, or each run alone.

    Ids of no run are left out; so is, of a group, what is not finished.
    """
    return _chosen(tuple(run_ids), is_collapsed=is_collapsed)


def _store() -> Store:
    return _open(load_config().url)


@st.cache_resource(max_entries=4, show_spinner=False, on_release=Store.close)
def _open(url: str) -> Store:
    return Store.open(url, artifact_root=load_config().artifact_dir, is_read_only=True)


@kept_until_changed(4)
def _all_runs(store: Store, fields: frozenset[str] | None) -> tuple[Run, ...]:
    """Return all runs, newest first: filters pick some of these instead of reading them again."""
    return tuple(store.runs(sort=("-id",), include_removed=True, fields=fields))


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


@st.cache_resource(max_entries=32, show_spinner=False)
def _predictions(path: str, changed_at: int) -> Predictions:  # noqa: ARG001 - the time is part of the key
    return read_predictions(Path(path))


@st.cache_resource(max_entries=64, show_spinner=False)
def _images(dataset: str, positions: tuple[int, ...], data_dir: Path) -> list[npt.NDArray[np.uint8]]:
    from expdb.data.thumbnails import test_images  # which only pages with images should wait for

    return test_images(dataset, positions, data_dir)
