"""A merge that is killed again and again: each time whole runs are there, and in the end all of them, once."""

import os
import random
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic

import pytest

from expdb.store.store import Store
from tests.store.events import epoch, failed, running, started
from tests.store.merging.conftest import content, merge_into

NUM_RUNS, NUM_EPOCHS, NUM_BYTES, NUM_KILLS = 120, 5, 200_000, 20


@pytest.mark.slow
def test_merge_that_is_killed_goes_on_and_brings_everything_in_once(tmp_path: Path):
    here, other = (f"sqlite:///{tmp_path}/{name}.db" for name in ("here", "other"))
    with Store.open(other, artifact_root=tmp_path / "there") as there:
        for seed in range(NUM_RUNS):
            run_id = running(there, epochs=9, seed=seed)
            there.record(run_id, started())
            for number in range(1, NUM_EPOCHS + 1):
                there.record(run_id, epoch(number))
            there.record(run_id, failed())
            (there.artifact_dir(run_id, create=True) / "weights").write_bytes(os.urandom(NUM_BYTES))
        uuids = {run.uuid for run in there.runs()}
    Store.open(here).close()
    chosen, killed, seen = random.Random(20), 0, [0]
    merging = get_context("fork")  # a process that imports all anew takes a hundred times as long
    while seen[-1] < NUM_RUNS:
        process = merging.Process(target=merge_into, args=(here, other, tmp_path))
        process.start()
        _wait_until_more_is_there(process, tmp_path / "here", after=chosen.uniform(0.0, 0.02))
        killed += process.is_alive()
        process.kill()
        process.join()
        seen.append(_require_whole_runs(here, tmp_path))

    outcome = merge_into(here, other, tmp_path)

    assert killed >= NUM_KILLS
    assert seen == sorted(seen)
    assert len(set(seen)) > NUM_KILLS // 2
    assert outcome.failed == outcome.told == []
    with Store.open(here) as store:
        assert len(store.runs()) == NUM_RUNS
        assert {run.uuid for run in store.runs()} == uuids
        assert len(store.merging.merged(outcome.database).numbers) == NUM_RUNS
    assert content(tmp_path / "here") == content(tmp_path / "there")
    again = merge_into(here, other, tmp_path)
    assert (again.num_new, again.num_files, again.num_same) == (0, 0, NUM_RUNS)


def _wait_until_more_is_there(process: BaseProcess, folder: Path, *, after: float) -> None:
    """Wait until the merge writes something, and a moment more, so that kills come at many points of it."""
    before = len(list(folder.glob("*"))) if folder.exists() else 0
    while process.is_alive() and (not folder.exists() or len(list(folder.glob("*"))) <= before):
        os.sched_yield()
    end = monotonic() + after
    while process.is_alive() and monotonic() < end:
        os.sched_yield()


def _require_whole_runs(url: str, folder: Path) -> int:
    with Store.open(url, artifact_root=folder / "here") as store:
        for run in store.runs():
            assert len(store.epochs(run.id)) == run.results.epochs_done == NUM_EPOCHS
            assert len(store.attempts.of(run.id)) == 1
            assert (store.artifact_dir(run.id) / "weights").stat().st_size == NUM_BYTES
        return len(store.ids(""))
