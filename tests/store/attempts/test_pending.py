"""Attempts that are not recorded to their end, and whose processes are gone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.domain.run import Environment, ProcessIdentity
from expdb.store.attempts import pending
from expdb.store.attempts.process import is_gone, this_process
from expdb.store.store import Store
from tests.factories import make_spec

# Marks and starts a run, says so, and ends when it is told to.
PROGRAM = """
import sys
from pathlib import Path
from expdb.domain.run import Environment
from expdb.store.attempts import pending
from expdb.store.store import Store

with Store.open(sys.argv[1], artifact_root=Path(sys.argv[2])) as store:
    run = store.run(int(sys.argv[3]))
    if sys.argv[4] == "1":
        store.start_run(run.id, Environment())
    pending.mark(store.artifact_root, run.uuid, int(sys.argv[4]))
    print("marked", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(("attempt", "status"), [(0, "queued"), (1, "running")])
def test_run_whose_process_was_killed_is_read_as_crashed_at_once(
    store: Store, database_url: str, attempt: int, status: str
):
    run_id = store.add_run(make_spec(), is_awaited=True)
    command = [sys.executable, "-c", PROGRAM, database_url, str(store.artifact_root), str(run_id), str(attempt)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"marked\n"
        store.look_for_gone()
        assert store.run(run_id).status == status
        process.kill()
        process.wait()

    store.look_for_gone()

    assert store.run(run_id).status == "crashed"
    assert store.ids("status = crashed") == store.ids("not status != CRASHED") == {run_id}
    assert store.ids(f"status = {status}") == store.ids("status in (finished, failed)") == set()
    assert store.ids(f"status != {status}") == store.ids("status ~ crash") == {run_id}
    assert store.resume_run(run_id, Environment())[1] == attempt + 1  # whose process is this one
    assert store.run(run_id).status == "running"


def test_process_of_another_boot_or_container_is_never_known_to_be_gone():
    here = this_process()
    assert not is_gone(here)
    ended = {"pid": 2**22 + 1}  # beyond every pid there can be

    assert is_gone(ProcessIdentity(**{**vars(here), **ended}))
    assert is_gone(ProcessIdentity(**{**vars(here), "process_started": 1}))  # its pid is another's by now
    for other in ({"boot_id": "another"}, {"pid_namespace": 1}, {"process_started": None}, {"boot_id": None}):
        assert not is_gone(ProcessIdentity(**{**vars(here), **ended, **other}))


def test_what_is_no_mark_is_passed_over(tmp_path: Path):
    folder = tmp_path / pending.PENDING_FOLDER
    folder.mkdir()
    uuid = "0b3f4c1c-55a4-4a83-a7a1-6d3a4a0b5a11"
    outside = tmp_path / "outside"
    outside.write_text(json.dumps(vars(this_process()) | {"pid": 2**22 + 1}))
    (folder / "notes.txt").write_text("x")
    (folder / f"{uuid}.1.tmp").write_text("x")
    (folder / f"{uuid}.1").symlink_to(outside)
    (folder / f"{uuid}.2").write_bytes(b"\xff" * 10)
    (folder / f"{uuid}.3").write_text("[" * 4000)
    (folder / f"{uuid}.4").write_text("{" + " " * 9000 + "}")
    (folder / f"{uuid}.5").mkdir()
    os.mkfifo(folder / f"{uuid}.6")

    assert [found.attempt for found in pending.pending_attempts(tmp_path)] == [1, 2, 3, 4, 5, 6]
    assert pending.gone_attempts(tmp_path) == frozenset()
    assert pending.gone_attempts(tmp_path / "nowhere") == frozenset()


def test_mark_is_there_until_it_is_taken_away(tmp_path: Path):
    uuid = "0b3f4c1c-55a4-4a83-a7a1-6d3a4a0b5a11"
    pending.mark(tmp_path, uuid, 2)

    (found,) = pending.pending_attempts(tmp_path)

    assert (found.uuid, found.attempt, found.process) == (uuid, 2, this_process())
    for _ in range(2):
        pending.unmark(tmp_path, uuid, 2)
    assert list(pending.pending_attempts(tmp_path)) == []
