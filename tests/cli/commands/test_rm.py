"""Removing many runs, deleting them for good, and what is never deleted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.store.attempts.folder_lock import FolderLock
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import silence
from tests.store_runs import add_finished

KILLED_BETWEEN = """
import os, signal, sys
from expdb.store import purging
from expdb.store.store import Store

purging.finish_purging = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
with Store.open(sys.argv[1]) as store:
    store.purging.purge([1])
"""


@pytest.fixture
def store(cli: Cli, tmp_path: Path):
    """A database where the commands look for it: runs 1 to 4 are finished and have files, 5 runs."""
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        for seed in range(4):
            run_id = add_finished(opened, seed=seed, name=f"run-{seed}", group="a" if seed < 3 else "b")
            (opened.artifact_dir(run_id, create=True) / "weights.safetensors").write_bytes(b"x" * 1000)
        opened.start_run(opened.add_run(make_spec(seed=9)), Environment())
        yield opened


def folders(store: Store) -> list[str]:
    return sorted(path.name for path in store.artifact_root.iterdir() if path.is_dir())


def test_runs_of_a_filter_are_named_and_removed_only_if_somebody_says_so(cli: Cli, store: Store):
    refused = cli("rm", "--where", "group = a")
    dry = cli("rm", "--where", "group = a", "--dry-run")

    assert refused.code == 2
    assert "3 runs to remove:\n  run 1 run-0: " in refused.out
    assert "Remove runs 1-3? Nobody can be asked here: give --yes" in refused.err
    assert (dry.code, dry.err) == (0, "")
    assert store.ids("group = a") == {1, 2, 3}

    done = cli("rm", "--where", "group = a", "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "removed runs 1-3; back with: expdb restore 1-3")
    assert store.ids("group = a") == set()

    assert cli("restore", "--where", "group = a", "--yes").code == 0
    assert store.ids("group = a") == {1, 2, 3}
    assert cli("restore", "--where", "group = a", "--yes").out == "no removed run matches\n"


def test_as_json_a_removal_says_what_it_did(cli: Cli, store: Store):
    dry = json.loads(cli("rm", "--where", "group = b", "--dry-run", "--json").out)
    done = json.loads(cli("rm", "--where", "group = b", "--yes", "--json").out)

    assert dry == {"runs": [4], "is_done": False}
    assert done == {"runs": [4], "is_done": True}


@pytest.mark.parametrize("arguments", [(), ("1", "--where", "id = 1"), ("--where", " "), ("--where", "no such")])
def test_what_names_no_runs_or_does_so_twice_is_bad_input(cli: Cli, store: Store, arguments: tuple[str, ...]):
    for command in (("rm",), ("rm", "--purge", "--yes"), ("restore",)):
        assert cli(*command, *arguments).code == 2
    assert len(store.ids("")) == 5


@pytest.mark.parametrize("purge", [(), ("--purge",)])
def test_a_living_run_keeps_all_of_a_filter(cli: Cli, store: Store, purge: tuple[str, ...]):
    refused = cli("rm", "--where", "id > 0", "--yes", *purge)

    assert refused.code in (1, 2)
    assert "run 5" in refused.err
    assert store.ids("") == {1, 2, 3, 4, 5}


def test_purging_takes_rows_and_files_and_says_before_what(cli: Cli, store: Store):
    uuids = [store.run(run_id).artifact_dir for run_id in (1, 2)]
    store.edits.remove(1)

    refused = cli("rm", "--purge", "1-2")
    assert refused.code == 2
    assert "2 epochs, 2 files, 2.0 kB" in refused.out
    assert cli("rm", "--purge", "1-2", "--dry-run").code == 0
    assert len(folders(store)) == 4

    told = json.loads(cli("rm", "--purge", "1-2", "--yes", "--json").out)

    assert told == {
        "runs": [1, 2],
        "num_epochs": 2,
        "num_files": 2,
        "num_bytes": 2000,
        "mentions": [],
        "is_done": True,
    }
    assert not set(uuids) & set(folders(store))
    assert len(folders(store)) == 2
    assert cli("show", "1").code == 2
    assert cli("restore", "1").code == 2
    assert cli("db", "check").code == 0
    assert store.add_run(make_spec()) == 6  # a number is never used again


def test_what_builds_on_a_run_or_names_it_is_told(cli: Cli, store: Store):
    store.add_run(make_spec(model__init_from=1))
    for name, where in (("by-id", "id in (1, 4)"), ("by-name", 'name = "run-0"'), ("other", "id = 11")):
        store.saved_tables.save(TableDefinition(name=name, where=where, columns=(ColumnChoice(key="top1"),)))

    told = cli("rm", "--purge", "1", "--dry-run").err

    assert "run 6 starts from run 1" in told
    assert "table by-id names" in told
    assert "table by-name names" in told
    assert "table other" not in told


def test_a_run_whose_folder_is_locked_is_alive_whatever_its_row_says(cli: Cli, store: Store):
    with FolderLock(store.artifact_dir(1), run_id=1):
        refused = cli("rm", "--purge", "1", "--yes")

    assert refused.code == 1
    assert "run 1 is alive" in refused.err
    assert store.ids("id = 1") == {1}


def test_a_crashed_run_is_deleted(cli: Cli, store: Store):
    silence(store, 5)

    assert cli("rm", "--purge", "5", "--yes").code == 0


def test_nothing_outside_the_folder_is_deleted(cli: Cli, store: Store, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    folder = store.artifact_dir(1)
    (folder / "link").symlink_to(outside)
    (folder / "weights.safetensors").unlink()
    (folder / "weights.safetensors").symlink_to(outside / "kept")
    second = store.artifact_dir(2)
    (second / "weights.safetensors").unlink()
    second.rmdir()
    second.symlink_to(outside)
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET artifact_dir = '../outside' WHERE id = 3")
        connection.exec_driver_sql("UPDATE runs SET artifact_dir = 'pending' WHERE id = 4")

    assert cli("rm", "--purge", "1-2", "--yes").code == 0
    for ref in ("3", "4"):
        refused = cli("rm", "--purge", ref, "--yes")
        assert refused.code != 0
        assert "is refused" in refused.err

    assert (outside / "kept").read_text() == "x"
    assert not folder.exists()
    assert not second.is_symlink()


def test_db_gc_finishes_what_a_killed_process_began(cli: Cli, store: Store, tmp_path: Path):
    folder = store.artifact_dir(1)
    (folder / "events-1.jsonl").write_text("{}")
    killed = subprocess.run([sys.executable, "-c", KILLED_BETWEEN, store.url], env=os.environ, check=False)
    assert killed.returncode == -9
    assert folder.exists()
    assert store.ids("id = 1") == set()

    assert cli("db", "gc", "--yes").code == 0

    assert not folder.exists()
    assert len(folders(store)) == 3


def test_groups_change_later(cli: Cli, store: Store):
    assert cli("group", "1-2", "run-3", "best").out.splitlines()[-1] == "run 4: best (was b)"
    assert store.ids("group = best") == {1, 2, 4}
    assert cli("group", "1-2", "--clear").code == 0
    assert store.ids("group = null") == {1, 2, 5}
    assert cli("group", "1").code == 2
    assert cli("group", "1", "77", "x").code == 2
