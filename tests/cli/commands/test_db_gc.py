"""Cleaning the folder of the runs' files: what goes, what stays and why; and where that folder is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.killed import TINY
from tests.store.conftest import new_postgres_url  # noqa: F401 - a fixture
from tests.store_runs import add_finished

GONE = 2**22 + 1  # a number beyond every pid there can be


@pytest.fixture
def store(cli: Cli, tmp_path: Path):
    """A database with run 1, which has a file of 1,000 bytes."""
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        (opened.artifact_dir(add_finished(opened), create=True) / "weights.safetensors").write_bytes(b"x" * 1000)
        yield opened


def aged(path: Path) -> Path:
    """Let a folder and what is in it be older than an hour."""
    for each in (*path.rglob("*"), path):
        os.utime(each, (1e9, 1e9), follow_symlinks=False)
    return path


def orphan(root: Path, *names: str, name: str | None = None) -> Path:
    folder = root / (name or str(uuid4()))
    folder.mkdir()
    for each in names:
        (folder / each).write_bytes(b"y" * 100)
    return aged(folder)


def test_what_killed_processes_left_goes_and_what_may_be_needed_stays(cli: Cli, store: Store, tmp_path: Path):
    root, own = store.artifact_root, store.artifact_dir(1)
    (own / "checkpoints").mkdir()
    checkpoint = own / "checkpoints" / f"00000003.{GONE}.tmp"
    checkpoint.mkdir()
    going = [
        own / f".predictions.npz.{GONE}.tmp",
        checkpoint,
        tmp_path / f"runs.db.bak.{GONE}.partial",
        orphan(root, "weights.safetensors", "log.txt"),
        orphan(root, "weights.safetensors", name="17"),
    ]
    for path in (going[0], going[2]):
        path.write_bytes(b"z" * 10)
    young = root / str(uuid4())
    young.mkdir()
    staying = [
        own / f".predictions.npz.{os.getpid()}.tmp",
        orphan(root, "weights.safetensors", "events-1.jsonl"),
        orphan(root, "thesis.tex"),
        orphan(root, "anything", name="my notes"),
        young,
    ]
    staying[0].write_bytes(b"z")
    (root / str(uuid4())).symlink_to(tmp_path)

    dry = json.loads(cli("db", "gc", "--dry-run", "--json").out)
    assert {left["path"] for left in dry["leftovers"] if not left["stays"]} == set(map(str, going))
    assert {left["path"] for left in dry["leftovers"] if left["stays"]} == {
        str(path) for path in (staying[1], staying[2], young)
    }
    assert all(path.exists() for path in going)
    assert cli("db", "gc").code == 2

    done = cli("db", "gc", "--yes")

    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == "freed 320 bytes"
    assert not any(path.exists() for path in going)
    assert all(path.exists() for path in staying)
    assert (own / "weights.safetensors").exists()
    assert cli("db", "gc").out.endswith("nothing to delete\n")


def test_the_disk_that_runs_take_is_listed_with_the_largest_first(cli: Cli, store: Store):
    second = add_finished(store, name="big", seed=1)
    (store.artifact_dir(second, create=True) / "weights.safetensors").write_bytes(b"x" * 2_500_000)

    lines = cli("db", "gc", "--dry-run").out.splitlines()
    told = json.loads(cli("db", "gc", "--dry-run", "--json").out)

    assert [line.split() for line in lines[-4:-2]] == [["2", "big", "1", "2.5", "MB"], ["1", "1", "1.0", "kB"]]
    assert [run["run_id"] for run in told["runs"]] == [2, 1]
    assert told["num_bytes"] == 2_501_000


def test_numbered_folders_of_a_shared_place_may_be_of_another_database(
    cli: Cli, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shared = tmp_path / "shared"
    shared.mkdir()
    orphan(shared, "weights.safetensors", name="17")
    monkeypatch.setenv("EXPDB_ARTIFACT_DIR", str(shared))

    assert "another database" in cli("db", "gc", "--yes").out
    assert (shared / "17").exists()


def test_the_place_of_the_files_is_recorded_in_the_database(cli: Cli, store: Store, tmp_path: Path):
    usual, place = tmp_path / "runs.artifacts", tmp_path / "far" / "files"
    assert cli("db", "artifacts").out == f"{usual}\n"

    moved = cli("db", "artifacts", str(place))

    assert (moved.code, moved.out) == (0, f"{place}\n")
    assert f"the files of 1 run stay in {usual}: move what is in it to {place}" in moved.err
    assert place.is_dir()
    assert cli("db", "artifacts").out == f"{place}\n"
    assert str(place) in cli("doctor").out
    cleared = cli("db", "artifacts", "--clear")
    assert (cleared.code, cleared.out) == (0, f"{usual}\n")


@pytest.mark.parametrize("path", ["files", "./files", "", "/dev/null", "/dev/null/files", "/proc/nowhere"])
def test_a_place_that_depends_on_the_folder_or_is_none_is_refused(cli: Cli, store: Store, tmp_path: Path, path: str):
    refused = cli("db", "artifacts", path)

    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert cli("db", "artifacts").out == f"{tmp_path / 'runs.artifacts'}\n"


@pytest.mark.postgres
def test_a_run_of_a_server_has_its_log_whatever_folder_a_command_is_started_in(
    cli: Cli,
    tmp_path: Path,
    new_postgres_url,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    url = new_postgres_url()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    def run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "expdb", "--db", url, *arguments]
        return subprocess.run(command, cwd=tmp_path / folder, capture_output=True, text=True, check=False)

    trained = run("one", "run", *TINY, "--epochs", "1")
    assert trained.returncode == 0, trained.stderr
    assert "finished" in run("two", "log", "1").stdout
    assert "expdb db artifacts PATH" in run("two", "doctor").stderr
    assert list((tmp_path / "one").iterdir()) == []

    place = tmp_path / "shared"
    assert run("one", "db", "artifacts", str(place)).returncode == 0
    assert run("two", "run", *TINY, "--epochs", "1", "--again").returncode == 0
    assert "finished" in run("one", "log", "2").stdout
    assert "expdb db artifacts PATH" not in run("two", "doctor").stderr
