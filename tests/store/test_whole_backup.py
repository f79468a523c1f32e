"""Copying a database with the files of its runs: both whole or neither, and the copy stands alone."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from expdb.analysis.correctness import correctness_of
from expdb.domain.run import Environment
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import StoreError
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.store.database.identity import record_artifact_root
from expdb.store.store import Store
from expdb.store.whole_backup import backup_with_files
from tests.store_runs import add_finished

TABLE = TableDefinition(
    name="t",
    baseline='name = "base"',
    columns=(ColumnChoice(key="top1"), ColumnChoice(key="top1", shows="p", test="mcnemar")),
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """URL of a database with two runs of 200 test images, and their predictions."""
    right = np.arange(200) % 5 > 1
    better = right | (np.arange(200) < 40)
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        add_finished(store, top1=float(right.mean()), correct=right, name="base", environment=Environment(host="here"))
        add_finished(store, top1=float(better.mean()), correct=better, optim__lr=0.05)
    return f"sqlite:///{tmp_path}/runs.db"


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"runs.db-wal", "runs.db-shm"}


def table_of(url: str) -> str:
    with Store.open(url, is_read_only=True) as store:
        return to_markdown(build_table(store, TABLE, correct=correctness_of(store)))


def test_the_copy_gives_the_same_p_when_the_original_is_gone(url, tmp_path):
    before = table_of(url)
    assert "| &lt; 0.001 |" in before

    done = backup_with_files(url, tmp_path / "copy.db")

    assert (done.artifacts, done.num_runs, done.told) == (tmp_path / "copy.artifacts", 2, ())
    assert done.num_bytes == sum(path.stat().st_size for path in done.artifacts.rglob("*.npz"))
    shutil.rmtree(tmp_path / "runs.artifacts")
    for path in tmp_path.glob("runs.db*"):
        path.unlink()
    assert table_of(f"sqlite:///{tmp_path}/copy.db") == before
    assert names_in(tmp_path) == {"copy.db", "copy.artifacts"}


def test_the_copy_has_its_own_files_wherever_those_of_the_original_are(url, tmp_path):
    (tmp_path / "runs.artifacts").rename(tmp_path / "far")
    record_artifact_root(url, tmp_path / "far")

    backup_with_files(url, tmp_path / "copy.db")

    with Store.open(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert copy.artifact_root == tmp_path / "copy.artifacts"
        assert copy.files.size().num_runs == 2
    with Store.open(url, is_read_only=True) as store:
        assert store.artifact_root == tmp_path / "far"


def test_changing_the_copy_leaves_the_original_alone(url, tmp_path):
    backup_with_files(url, tmp_path / "copy.db")

    with Store.open(f"sqlite:///{tmp_path}/copy.db") as copy:
        copy.purging.purge([1, 2])

    with Store.open(url, is_read_only=True) as store:
        assert store.files.size().num_runs == 2


def test_a_dry_run_says_how_much_and_writes_nothing(url, tmp_path):
    done = backup_with_files(url, tmp_path / "copy.db", is_dry_run=True)

    assert (done.num_runs, done.num_bytes > 1000) == (2, True)
    assert names_in(tmp_path) == {"runs.db", "runs.artifacts"}


@pytest.mark.parametrize("there", ["copy.db", "copy.artifacts"])
def test_what_is_there_is_not_written_over(url, tmp_path, there):
    (tmp_path / there).write_text("mine")

    with pytest.raises(StoreError, match="exists"):
        backup_with_files(url, tmp_path / "copy.db")

    assert (tmp_path / there).read_text() == "mine"
    assert names_in(tmp_path) == {"runs.db", "runs.artifacts", there}


def test_links_in_a_runs_folder_are_told_and_not_followed(url, tmp_path):
    with Store.open(url) as store:
        (store.artifact_dir(1) / "secret").symlink_to("/etc/passwd")

    done = backup_with_files(url, tmp_path / "copy.db")

    assert [line.partition(": ")[2] for line in done.told] == ["secret is a link: not copied"]


def test_a_full_disk_leaves_nothing(url, tmp_path):
    with Store.open(url) as store:
        (store.artifact_dir(2) / "weights.safetensors").write_bytes(bytes(3_000_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(StoreError, match="cannot write"):
            backup_with_files(url, tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert names_in(tmp_path) == {"runs.db", "runs.artifacts"}


STOPPED = """
import sys
from pathlib import Path
from expdb.store import whole_backup
copy = whole_backup.copy_folder
def stopped(source, target, **options):
    copy(source, target, **options)
    {how}
whole_backup.copy_folder = stopped
whole_backup.backup_with_files(sys.argv[1], Path(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("how", "code"), [("raise KeyboardInterrupt", 1), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9)]
)
def test_one_that_is_stopped_leaves_nothing_of_its_name_and_the_next_one_is_whole(url, tmp_path, how, code):
    target = tmp_path / "copy.db"
    command = [sys.executable, "-c", STOPPED.format(how=how), url, str(target)]
    stopped = subprocess.run(command, capture_output=True, text=True, check=False)
    assert stopped.returncode in (code, -2), stopped.stderr
    assert not names_in(tmp_path) & {"copy.db", "copy.artifacts"}

    backup_with_files(url, target)

    assert names_in(tmp_path) == {"runs.db", "runs.artifacts", "copy.db", "copy.artifacts"}
    assert table_of(f"sqlite:///{target}") == table_of(url)


def test_events_that_wait_for_the_database_are_copied_with_their_mark(url, tmp_path):
    from expdb.store.attempts import pending

    with Store.open(url) as store:
        uuid = store.run(1).uuid
        pending.mark(store.artifact_root, uuid, 1)

    backup_with_files(url, tmp_path / "copy.db")

    assert [found.uuid for found in pending.pending_attempts(tmp_path / "copy.artifacts")] == [uuid]


def test_it_is_as_private_as_the_original(url, tmp_path):
    done = backup_with_files(url, tmp_path / "copy.db")

    modes = {path.stat().st_mode & 0o077 for path in (done.path, done.artifacts, *done.artifacts.rglob("*"))}
    assert modes == {0}
    assert json.loads((done.artifacts / "database.json").read_text())["database"] == "copy.db"
    assert os.access(done.path, os.W_OK)
