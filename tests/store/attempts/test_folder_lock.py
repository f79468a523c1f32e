"""Who may train in a run's folder: one process at a time, and after it only who knows that it is gone."""

import errno
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from expdb.errors import FolderInUseError, LaunchError
from expdb.store.attempts import folder_lock
from expdb.store.attempts.folder_lock import LOCK_FILE, FolderLock, is_held
from expdb.store.attempts.process import this_process

PROGRAM = """
import sys
from pathlib import Path
from expdb.store.attempts.folder_lock import FolderLock

with FolderLock(Path(sys.argv[1]), run_id=1):
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def locked_by_another(folder: Path, *prefix: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [*prefix, sys.executable, "-c", PROGRAM, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        if process.stdout.readline() != b"locked\n":
            assert process.stderr is not None
            pytest.skip(f"the system does not let it be: {process.stderr.read().decode()[-200:]}")
        yield process
        process.kill()


def test_a_living_process_keeps_others_out_and_a_killed_one_does_not(tmp_path: Path):
    with locked_by_another(tmp_path) as process:
        assert is_held(tmp_path)
        with pytest.raises(FolderInUseError, match=f"process {process.pid} on "), FolderLock(tmp_path, run_id=3):
            pass
        process.kill()
        process.wait()

    assert not is_held(tmp_path)
    with FolderLock(tmp_path, run_id=3):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)


def test_a_living_process_of_another_container_keeps_others_out_however_old_its_sign(tmp_path: Path):
    with locked_by_another(tmp_path, "unshare", "--pid", "--fork", "--mount-proc"):
        os.utime(tmp_path / LOCK_FILE, (0, 0))
        assert is_held(tmp_path)
        with (
            pytest.raises(FolderInUseError, match="is being recorded by another process of"),
            FolderLock(tmp_path, run_id=3),
        ):
            pass


def test_a_killed_process_of_another_container_is_waited_for(tmp_path: Path):
    with locked_by_another(tmp_path, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc") as process:
        process.kill()
        assert process.stdout is not None
        process.stdout.read()  # the one in the container has closed its output: it is gone, and its input was open
        with pytest.raises(FolderInUseError, match="until it is 120 s old"), FolderLock(tmp_path, run_id=3):
            pass
        os.utime(tmp_path / LOCK_FILE, (0, 0))

    with FolderLock(tmp_path, run_id=3):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_where_there_are_no_locks_signs_of_life_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int):
    def flock(_file: int, _how: int) -> None:
        raise OSError(number, os.strerror(number))

    elsewhere = json.dumps({**vars(this_process()), "boot_id": "another", "host": "far"})
    (tmp_path / LOCK_FILE).write_text(elsewhere)
    monkeypatch.setattr(fcntl, "flock", flock)

    assert is_held(tmp_path)
    with pytest.raises(FolderInUseError, match="on far"), FolderLock(tmp_path, run_id=3):
        pass
    assert (tmp_path / LOCK_FILE).read_text() == elsewhere
    os.utime(tmp_path / LOCK_FILE, (0, 0))
    assert not is_held(tmp_path)
    with FolderLock(tmp_path, run_id=3) as lock:
        os.utime(tmp_path / LOCK_FILE, (0, 0))
        lock.beat()
        assert is_held(tmp_path)


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder"])
def test_what_is_no_lock_file_is_named_and_not_followed(tmp_path: Path, kind: str):
    path, outside = tmp_path / LOCK_FILE, tmp_path / "outside"
    if kind == "link":
        outside.write_text("mine")
    if kind.endswith("link"):
        path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()

    assert not is_held(tmp_path)
    with pytest.raises(LaunchError, match="lock' is no regular file: remove it"), FolderLock(tmp_path, run_id=3):
        pass
    assert outside.exists() == (kind == "link")
    assert kind != "link" or outside.read_text() == "mine"


def test_who_only_looks_does_not_keep_a_run_from_being_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / LOCK_FILE
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(folder_lock.time, "sleep", lambda _: os.close(looking))  # it has looked

    with FolderLock(tmp_path, run_id=3):
        pass
