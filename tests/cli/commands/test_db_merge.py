"""`expdb db merge`, as a person calls it."""

import json
import sqlite3
from pathlib import Path

from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.store_runs import add_finished


def make(path: str, *names: str) -> str:
    with Store.open(f"sqlite:///{path}") as store:
        for name in names:
            add_finished(store, name=name)
        return store.run(names[-1]).uuid


def test_merge_tells_what_it_did_and_merging_again_nothing_new(cli: Cli):
    make("runs.db", "a")
    uuid = make("other.db", "a", "b")

    first, again = cli("db", "merge", "other.db"), cli("db", "merge", "other.db")

    assert (first.code, again.code) == (0, 0)
    assert "(a" not in first.err
    assert "its name 'a' is taken: here it is 'a-2'" in first.out
    assert first.out.splitlines()[-1] == "other.db merged: 2 runs: 2 new, 0 updated, 0 known"
    assert again.out.splitlines()[-1] == "other.db merged: 2 runs: 0 new, 0 updated, 2 known"
    for ref in (uuid[:8], uuid, uuid[:13], uuid[:9].upper()):
        assert "run 3" in cli("show", ref).out
    assert cli("tag", uuid[:8], "good").code == 0


def test_dry_run_and_json_and_files_from_another_folder(cli: Cli):
    make("runs.db", "a")
    uuid = make("other.db", "b")
    (Path("elsewhere") / uuid).mkdir(parents=True)
    (Path("elsewhere") / uuid / "weights.safetensors").write_bytes(b"w" * 1000)

    planned = cli("db", "merge", "other.db", "--dry-run", "--artifacts", "elsewhere")
    record = json.loads(cli("db", "merge", "other.db", "--json", "--artifacts", "elsewhere").out)

    assert planned.out == ("other.db would be merged: 1 run: 1 new, 0 updated, 0 known; 0.0 MB of files to copy\n")
    assert (record["num_new"], record["num_files"], record["num_bytes"]) == (1, 1, 1000)
    assert (Path("runs.artifacts") / uuid / "weights.safetensors").read_bytes() == b"w" * 1000


def test_merge_of_a_damaged_file_exits_with_1_and_lists_what_is_lost(cli: Cli):
    make("other.db", "a", "b")
    connection = sqlite3.connect("other.db", isolation_level=None)
    connection.execute("UPDATE runs SET quote = '{' WHERE id = 2")
    connection.close()

    result = cli("--db", "saved.db", "db", "merge", "other.db")

    assert result.code == 1
    assert "warning: other.db is damaged" in result.err
    assert "lost: runs: row 2, quote" in result.out
    assert "other.db merged: 2 runs: 2 new" in result.out


def test_mistakes_are_one_line_and_make_no_database(cli: Cli):
    for arguments in (
        ("nowhere.db",),
        ("nowhere.db", "--artifacts", "nowhere"),
        (".",),
        ("mysql://u:secret@h/d",),
    ):
        result = cli("db", "merge", *arguments)
        assert result.code == 2
        assert len(result.err.splitlines()) == 1
        assert "secret" not in result.err
    assert list(Path.cwd().iterdir()) == []


def test_beginning_of_several_uuids_names_none(cli: Cli):
    with Store.open("sqlite:///runs.db") as store:
        for name in ("a", "b", "12345678", "abcdef01")[:2]:
            add_finished(store, name=name)
        add_finished(store, name="abcdef01")
    connection = sqlite3.connect("runs.db", isolation_level=None)
    connection.execute("UPDATE runs SET uuid = 'abcdef01-0000-4000-8000-00000000000' || id WHERE id < 3")
    connection.execute("UPDATE runs SET uuid = '12345678-0000-4000-8000-000000000003' WHERE id = 3")
    connection.close()

    assert "run 3" in cli("show", "abcdef01").out  # a name wins
    assert "run 3" in cli("show", "12345678").out  # no run has that number
    result = cli("show", "abcdef01-0")
    assert result.code == 2
    assert "abcdef01-0000-4000-8000-000000000001 (run 1)" in result.err
    assert "give more of it" in result.err
    assert cli("show", "fedcba98").code == 2
    assert cli("show", "1-2").code == 2
