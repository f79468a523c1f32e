"""Moving house with a database: renaming, backing up with and without the files, and what the check says of these."""

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from expdb.domain.run import Environment
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.store.store import Store
from expdb.store.tables import REVISIONS, VERSION_TABLE
from tests.cli.conftest import Cli
from tests.killed import TINY
from tests.store.conftest import new_postgres_url  # noqa: F401 - a fixture
from tests.store_runs import add_finished

HERE = Environment(host=socket.gethostname())
WAY_OUT = "name the folder that they are in: expdb db artifacts PATH"
COMPARED = (ColumnChoice(key="top1"), ColumnChoice(key="top1", shows="p", test="mcnemar"))


def add_two(store: Store) -> None:
    """Add runs `base` and `better`, with all of their files, and table `t`, which compares them."""
    right = np.arange(20) % 5 > 1
    better = right | (np.arange(20) < 6)
    for name, correct, lr in (("base", right, 0.1), ("better", better, 0.05)):
        top1 = float(correct.mean())
        run_id = add_finished(store, top1=top1, correct=correct, name=name, environment=HERE, optim__lr=lr)
        (store.artifact_dir(run_id) / "weights.safetensors").write_bytes(b"w" * 1000)
    store.saved_tables.save(TableDefinition(name="t", baseline='name = "base"', columns=COMPARED))


@pytest.fixture
def home(cli: Cli, tmp_path: Path) -> Path:
    """The folder with `runs.db`, which `add_two` filled."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        add_two(store)
    for side in ("wal", "shm"):
        (tmp_path / f"runs.db-{side}").unlink(missing_ok=True)
    return tmp_path


def run_folder_of(root: Path, run: str) -> Path:
    with Store.open(f"sqlite:///{root}/runs.db", is_read_only=True) as store:
        return store.artifact_dir(store.run(run).id)


def test_mcnemars_p_is_the_same_after_a_rename(cli: Cli, home: Path):
    before = cli("table", "t").out
    (home / "runs.db").rename(home / "thesis.db")

    after = cli("--db", "thesis.db", "table", "t")

    assert (after.code, after.out, after.err) == (0, before, "")
    assert "0.0" in before
    assert cli("--db", "thesis.db", "db", "check").out == "sound\n"
    assert cli("--db", "thesis.db", "db", "artifacts").out == f"{home}/runs.artifacts\n"


def test_a_run_after_the_rename_lies_with_the_others_and_a_new_database_keeps_apart(cli: Cli, home: Path):
    (home / "runs.db").rename(home / "thesis.db")

    assert cli("--db", "thesis.db", "run", *TINY, "--epochs", "1").code == 0
    assert cli("run", *TINY, "--epochs", "1").code == 0

    assert cli("--db", "thesis.db", "db", "artifacts").out == f"{home}/runs.artifacts\n"
    own = Path(cli("db", "artifacts").out.strip())
    assert (own.parent, own.name[:5], own.suffix) == (home, "runs-", ".artifacts")
    assert "finished" in cli("log", "1").out
    assert "finished" in cli("--db", "thesis.db", "log", "3").out


def test_predictions_that_are_gone_are_told_in_the_table_and_named_by_the_check(cli: Cli, home: Path):
    folder = run_folder_of(home, "better")
    (folder / "predictions.npz").unlink()

    table = cli("table", "t")
    check = cli("db", "check")

    assert "the predictions of it or of its base are not found: expdb db check says where" in table.out
    assert table.err == (
        f"warning: the predictions of run 2 are not found in {home}/runs.artifacts: expdb db check tells more\n"
    )
    assert (check.code, check.err) == (1, "")
    assert check.out.splitlines() == [
        f"run 2 (better): predictions.npz is gone from {folder}",
        f"1 run without all files: put them back into {home}/runs.artifacts, or {WAY_OUT}",
    ]


def test_the_check_names_a_folder_that_is_gone_and_a_root_that_is_gone(cli: Cli, home: Path):
    folder = run_folder_of(home, "base")
    shutil.rmtree(folder)
    assert cli("db", "check").out.startswith(
        f"run 1 (base): its folder is gone, with weights.safetensors and predictions.npz: {folder}\n"
    )

    (home / "runs.artifacts").rename(home / "elsewhere")
    gone = cli("db", "check")
    assert (gone.code, gone.out) == (
        1,
        f"the files of runs 1, 2 are gone: there is no folder {home}/runs.artifacts: move it there, or {WAY_OUT}\n",
    )


def test_the_way_out_that_the_check_names_mends_it(cli: Cli, home: Path):
    (home / "runs.artifacts").rename(home / "elsewhere")
    assert cli("db", "check").code == 1

    assert cli("db", "artifacts", str(home / "elsewhere")).code == 0

    assert (cli("db", "check").code, cli("db", "check").out) == (0, "sound\n")


def test_runs_of_no_machine_are_sound_and_told(cli: Cli, tmp_path: Path):
    assert cli("db", "example").code == 0

    check = cli("--db", "runs.db.example", "db", "check")

    assert (check.code, check.out) == (0, "sound\n")
    assert check.err.startswith("note: the files of 12 runs are not in ")
    told, further = check.err.splitlines()
    assert told.endswith("their records name no machine")
    assert further.startswith("note: the files of 11 runs are not in ")
    assert further.endswith("they came from another database, without files")


def test_a_backup_says_what_it_leaves_out(cli: Cli, home: Path):
    done = cli("db", "backup", "copy.db")

    assert (done.code, done.out) == (0, "wrote copy.db\n")
    assert done.err == (
        f"note: not copied: files of 2 runs (4.2 kB) in {home}/runs.artifacts (--with-artifacts copies them too)\n"
    )
    as_json = json.loads(cli("db", "backup", "other.db", "--json").out)
    assert as_json == {
        "path": "other.db",
        "artifacts": None,
        "not_copied": [f"files of 2 runs (4.2 kB) in {home}/runs.artifacts"],
        "is_done": True,
    }
    assert (home / "other.db").exists()


def test_a_backup_of_no_files_has_nothing_to_say(cli: Cli, tmp_path: Path):
    cli("db", "upgrade")

    assert cli("db", "backup", "copy.db")[1:] == ("wrote copy.db\n", "")


def test_a_backup_with_the_files_is_a_database_of_its_own(cli: Cli, home: Path):
    before = cli("table", "t").out

    done = cli("db", "backup", "copy.db", "--with-artifacts")

    assert done == (0, "wrote copy.db and copy.artifacts: files of 2 runs (4.2 kB)\n", "")
    shutil.rmtree(home / "runs.artifacts")
    (home / "runs.db").unlink()
    assert cli("--db", "copy.db", "table", "t").out == before
    assert cli("--db", "copy.db", "db", "check").out == "sound\n"
    again = cli("db", "backup", "copy.db", "--with-artifacts")
    assert (again.code, again.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("options", [(), ("--with-artifacts",)])
def test_a_dry_run_of_a_backup_writes_nothing(cli: Cli, home: Path, options):
    done = cli("db", "backup", "copy.db", "--dry-run", *options)

    assert (done.code, done.out.startswith("would write copy.db")) == (0, True)
    assert json.loads(cli("db", "backup", "copy.db", "--dry-run", "--json", *options).out)["is_done"] is False
    assert not list(home.glob("copy*"))
    (home / "copy.db").write_text("mine")
    assert cli("db", "backup", "copy.db", "--dry-run", *options).code == 2


def test_a_place_named_by_the_environment_is_copied_and_the_copy_told_of_it(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
):
    (home / "runs.artifacts").rename(home / "far")
    monkeypatch.setenv("EXPDB_ARTIFACT_DIR", str(home / "far"))

    done = cli("db", "backup", "copy.db", "--with-artifacts")

    assert done.out == "wrote copy.db and copy.artifacts: files of 2 runs (4.2 kB)\n"
    assert done.err == (
        "warning: EXPDB_ARTIFACT_DIR is set, and wins: unset it to open the copy, whose files are in copy.artifacts\n"
    )


@pytest.mark.postgres
def test_of_a_server_the_files_are_named_with_the_command(
    cli: Cli,
    tmp_path: Path,
    new_postgres_url,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    url = new_postgres_url()
    with Store.open(url) as store:
        add_two(store)
        root = store.artifact_root

    for options in ((), ("--with-artifacts",)):
        refused = cli("--db", url, "db", "backup", "copy.sql", *options)

        told, error = refused.err.splitlines()
        assert (refused.code, refused.out) == (2, "")
        assert told == (
            f"note: the server's tool does not copy files of 2 runs (4.2 kB) in {root}: copy that folder too"
        )
        assert "pg_dump" in error


def test_a_database_of_before_is_backed_up_without_its_files(cli: Cli, home: Path):
    with closing(sqlite3.connect(home / "runs.db")) as connection, connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '{REVISIONS[-2]}'")

    done = cli("db", "backup", "copy.db")

    assert (done.code, done.out) == (0, "wrote copy.db\n")
    assert done.err == "note: not copied: the files of its runs (--with-artifacts copies them too)\n"
    assert "db upgrade" in cli("db", "backup", "other.db", "--with-artifacts").err


def test_ctrl_c_leaves_nothing_of_the_name(home: Path):
    code = (
        "import expdb.store.whole_backup as w\n"
        "def stop(*_, **__): raise KeyboardInterrupt\n"
        "w.copy_folder = stop\n"
        "from expdb.cli.main import main; main(['db', 'backup', 'copy.db', '--with-artifacts'])"
    )

    stopped = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=False)

    assert (stopped.returncode, stopped.stdout) == (130, "")
    assert "Traceback" not in stopped.stderr
    assert not list(home.glob("copy*"))
