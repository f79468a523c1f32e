"""Many processes on one database, on every back end."""

import multiprocessing
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import pytest

from expdb.errors import StoreError
from expdb.store.database.check import check_database
from expdb.store.database.upgrade import upgrade_database
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.database import worker
from tests.store.database.test_upgrade import ASSETS, load, path_of, rows_of

NUM_PROCESSES = 8
_shared = {}  # what a process of the pool was given at its start


def _keep(barrier):
    _shared["barrier"] = barrier


def _do(job, url):
    _shared["barrier"].wait(120)  # everything is imported: now all at once
    return job(url)


@pytest.fixture(scope="module")
def everywhere():
    """Run a function of `worker` in eight processes at once; returns their answers."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.database.worker", "alembic.command", "alembic.autogenerate"])
    with ProcessPoolExecutor(NUM_PROCESSES, context, _keep, (context.Barrier(NUM_PROCESSES),)) as pool:
        yield lambda job, url: list(pool.map(_do, [job] * NUM_PROCESSES, [url] * NUM_PROCESSES))


@contextmanager
def one_process(url, job):
    """Start `worker` on a job; it is killed at the end."""
    command = [sys.executable, "-W", "error", "-m", "tests.store.database.worker", url, job]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("job", [worker.open_store, worker.upgrade], ids=lambda job: job.__name__)
def test_processes_that_start_at_once_on_an_empty_database_all_succeed(database_url, everywhere, job):
    everywhere(job, database_url)

    assert check_database(database_url) == []


def test_processes_that_upgrade_an_old_database_at_once_all_succeed(sqlite_url, tmp_path, everywhere):
    load(ASSETS / "0002.sql", path_of(sqlite_url))
    before = rows_of(path_of(sqlite_url))

    everywhere(worker.upgrade, sqlite_url)

    assert check_database(sqlite_url) == []
    (backup,) = (path for path in tmp_path.iterdir() if path.name.startswith("runs.db.backup-"))
    assert rows_of(backup) == before


def test_an_upgrade_that_was_killed_succeeds_when_it_is_run_again_at_once(tmp_path):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.database.worker", "alembic.command", "alembic.autogenerate"])
    num_kills = 0
    for step in range(1, 10_000, 5):
        folder = tmp_path / str(step)
        folder.mkdir()
        url = f"sqlite:///{folder}/runs.db"
        load(ASSETS / "0002.sql", path_of(url))
        before = rows_of(path_of(url))
        process = context.Process(target=worker.upgrade_until, args=(url, step))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        num_kills += 1

        upgrade_database(url)

        assert check_database(url) == []
        kept = {path.name for path in folder.iterdir()} - {"runs.db", "runs.db-wal", "runs.db-shm"}
        assert len(kept) <= 1, kept
        assert all(rows_of(folder / name) == before for name in kept)
    assert num_kills > 15


def test_no_write_of_many_processes_is_lost(database_url, everywhere):
    with Store.open(database_url) as store:
        store.add_run(make_spec())

        ids = sorted(run_id for answer in everywhere(worker.write, database_url) for run_id in answer)

        assert len(set(ids)) == NUM_PROCESSES * worker.WRITES
        assert [run.id for run in store.runs("id > 1")] == ids
        assert store.run(1).tags == tuple(sorted(f"of-{run_id}" for run_id in ids))


def test_run_is_started_by_one_process_only(database_url, everywhere):
    with Store.open(database_url) as store:
        store.add_run(make_spec())

    assert sorted(everywhere(worker.claim, database_url)) == [False] * (NUM_PROCESSES - 1) + [True]


@pytest.mark.parametrize("kill_after", [1, 23])
def test_kill_leaves_whole_facts_and_every_acknowledged_one(database_url, kill_after):
    with one_process(database_url, "train") as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(kill_after)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout]

    assert check_database(database_url) == []
    with Store.open(database_url) as store:
        run = store.run(1)
        epochs = [stored.epoch for stored in store.epochs(1)]
    assert epochs[: len(acknowledged)] == acknowledged
    assert len(epochs) - len(acknowledged) in (0, 1)
    assert run.results.epochs_done == len(epochs)
    assert run.results.train_seconds == 2.0 * len(epochs)


def test_locked_database_is_named_after_the_wait_and_still_read(sqlite_url):
    with Store.open(sqlite_url, busy_seconds=0.05) as store:
        with one_process(sqlite_url, "lock") as process:
            assert process.stdout.readline() == "locked\n"
            with pytest.raises(StoreError, match=r"runs.db: database is locked by another process \(waited 0.05 s\)"):
                store.add_run(make_spec())
            assert store.runs() == []

        assert store.add_run(make_spec()) == 1
