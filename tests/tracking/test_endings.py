"""However a script ends, its run says so, and what it logged is there."""

import signal
import subprocess

import pytest

from expdb.domain.events import PointsLogged
from expdb.launch.sync import sync_pending
from expdb.store.attempts.spool import read_spool
from expdb.store.store import Store
from tests.launch.recorded import wait_until
from tests.tracking.conftest import Script

BEGIN = """
    import os, sys, time
    import expdb
    run = expdb.track(model="net", dataset="set", seed=0)
    for step in range(1000):
        run.log(step=step, loss=1.0)
"""


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.mark.parametrize(
    ("code", "status", "reason", "error", "exit_code"),
    [
        ("", "finished", None, None, 0),
        ("sys.exit(0)", "finished", None, None, 0),
        ("sys.exit(3)", "failed", "error", "SystemExit", 3),
        ("raise ValueError('no such layer')", "failed", "error", "ValueError", 1),
        ("sys.excepthook = lambda *_: None; 1 / 0", "failed", "error", "ZeroDivisionError", 1),
        ("raise KeyboardInterrupt", "killed", "interrupted", "KeyboardInterrupt", -signal.SIGINT),
        ("os.kill(os.getpid(), 15); time.sleep(60)", "killed", "terminated", "Terminated", -signal.SIGTERM),
    ],
    ids=["end", "exit 0", "exit 3", "exception", "exception and a hook of its own", "Ctrl-C", "SIGTERM"],
)
def test_a_script_that_never_calls_finish_loses_nothing_and_is_known_by_how_it_ended(
    script: Script, store: Store, code: str, status: str, reason: str | None, error: str | None, exit_code: int
):
    code_and_error = end_of(script(f"{BEGIN}\n    {code}\n"))

    run = store.run(1)
    assert code_and_error[0] == exit_code, code_and_error[1]
    assert (run.status, run.reason, run.error_type) == (status, reason, error)
    assert store.points.summaries([1])[1]["loss"].n == 1000


def test_what_ends_a_block_ends_the_run_and_goes_on(script: Script, store: Store):
    code = """
        import expdb
        try:
            with expdb.track(model="net", dataset="set", seed=0) as run:
                run.log(epoch=1, loss=1.0)
                raise MemoryError
        except MemoryError:
            print("caught")
        with expdb.track(model="net", dataset="set", seed=1) as run:
            run.log(epoch=1, loss=0.5)
    """
    process = script(code)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out.strip(), err) == (0, "caught", "")
    assert [(run.status, run.reason) for run in store.runs()] == [("failed", "out of memory"), ("finished", None)]


def test_a_process_that_is_killed_for_good_loses_at_most_what_was_logged_in_its_last_second(
    script: Script, store: Store, database: str
):
    code = """
        import sys, time
        import expdb
        run = expdb.track(model="net", dataset="set", seed=0)
        began = time.monotonic()
        step = 0
        while True:
            run.log(step=step, seconds=time.monotonic() - began)
            step += 1
            if step % 100 == 0:
                print(time.monotonic() - began, flush=True)
            time.sleep(0.0005)
    """
    with script(code) as process:
        assert process.stdout is not None
        lines = [next(process.stdout) for _ in range(20)]
        process.kill()
        lines += process.stdout.readlines()
    last = float(lines[-1])

    run = store.run(1)
    spool = read_spool(store.artifact_dir(1), database=store.uuid, run=run.uuid, attempt=1)
    written = [row for event in spool.events if isinstance(event.event, PointsLogged) for row in event.event.rows]
    assert max(row.values["seconds"] for row in written) > last - 1.0
    assert [row.step for row in written] == list(range(len(written)))

    for synced in sync_pending(store):
        assert synced.problem == ""
    assert store.points.summaries([1])[1]["seconds"].n == len(written)
    assert store.run(1).status == "crashed"


def test_children_of_the_script_record_nothing_and_end_nothing(script: Script, store: Store):
    code = """
        import multiprocessing, os, sys
        import expdb

        def work(number):
            run.log(step=100 + number, loss=9.0)
            run.finish()
            sys.exit(1)

        if __name__ == "__main__":
            run = expdb.track(model="net", dataset="set", seed=0)
            run.log(step=0, loss=1.0)
            context = multiprocessing.get_context("fork")
            children = [context.Process(target=work, args=(number,)) for number in range(2)]
            for child in children:
                child.start()
            for child in children:
                child.join()
            pid = os.fork()
            if pid == 0:
                run.log(step=200, loss=9.0)
                sys.exit(0)  # as a child that ends like a script
            os.waitpid(pid, 0)
            run.log(step=1, loss=0.5)
    """
    exit_code, err = end_of(script(code))

    assert exit_code == 0, err
    assert "expdb" not in err
    assert [run.status for run in store.runs()] == ["finished"]
    assert [point.step for point in store.points.of([1])] == [0, 1]


def test_a_script_that_multiprocessing_loads_again_begins_no_second_run(script: Script, store: Store):
    code = """
        import multiprocessing
        import expdb

        run = expdb.track(model="net", dataset="set", seed=0)  # not below the guard

        def work(number):
            return number

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(work, [1]))
            run.log(step=0, loss=1.0)
    """
    exit_code, err = end_of(script(code))

    assert exit_code == 0, err
    assert [(run.id, run.status) for run in store.runs()] == [(1, "finished")]


@pytest.mark.parametrize("variables", [{"RANK": "1"}, {"EXPDB_MODE": "disabled"}], ids=["rank 1", "disabled"])
def test_a_process_that_does_not_record_runs_as_if_nothing_were_called(script: Script, variables: dict[str, str]):
    code = """
        import pathlib
        import expdb
        with expdb.track(model="net", dataset="set", name="one") as run:
            run.define("test/miou", unit="fraction")
            run.log(epoch=1, loss=object())
            run.log_predictions([0], [[1.0, 0.0]])
            run.artifact("nothing")
            run.note("…")
        print(run.id, run.folder, run, list(pathlib.Path().glob("runs*")))
    """
    process = script(code, **variables)
    out, err = process.communicate(timeout=60)

    assert (out.strip(), err) == ("None None TrackedRun(not recorded) []", "")


def test_a_run_is_read_by_another_process_while_it_goes_on(script: Script, store: Store):
    code = """
        import sys
        import expdb
        with expdb.track(model="net", dataset="set", seed=0, epochs=2) as run:
            run.log(epoch=1, train_loss=1.0, test_acc=0.25)
            sys.stdin.readline()
            run.log(epoch=2, train_loss=0.5, test_acc=0.75)
    """
    process = script(code)
    wait_until(lambda: bool(store.ids("epochs_done = 1")))

    running = store.run(1)
    assert (running.status, running.results.top1) == ("running", 0.25)
    assert [epoch.top1 for epoch in store.epochs(1)] == [0.25]
    process.communicate("\n", timeout=60)
    assert (store.run(1).status, store.run(1).results.top1) == ("finished", 0.75)
