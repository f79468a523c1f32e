"""`check_database` reads every value of every row, and says in which table, row and column one is wrong."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from expdb.errors import StoreError
from expdb.store.database.check import check_database
from expdb.store.database.engine import Database
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.database.damaged import damages, make_whole

WAYS = dict(damages())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "runs.db"
    make_whole(path)
    return path


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("json-invalid", "runs: row 2, quote: is no JSON"),
        ("json-of-another-kind", "runs: row 3, settings: is JSON of another kind"),
        ("json-nested", "runs: row 4, quote: is no JSON"),
        ("json-blob", "runs: row 1, quote: is no JSON"),
        ("spec-invalid", "runs: row 1, spec_json: is no run spec: 'no spec'"),
        ("spec-nested", "runs: row 1, spec_json: is no run spec"),
        ("text-not-utf8", "runs: row 1, note: is no UTF-8 text"),
        ("tag-blob", "run_tags: row 1, tag: is no text"),
        ("number-text", "runs: row 1, top1: is no finite number: 'good'"),
        ("number-infinite", "runs: row 1, test_loss: is no finite number: inf"),
        ("number-fraction", "runs: row 1, epochs: is no whole number: 1.5"),
        ("time-text", "runs: row 1, created_at: is no time: 'yesterday'"),
        ("boolean", "runs: row 1, git_dirty: is no yes or no (1 or 0): 'perhaps'"),
        ("definition-invalid", "tables: row 1, definition_json: is no table definition"),
        ("fraction-beyond-1", "runs: row 1 breaks the rule ck_runs_top1: "),
        ("status", "runs: row 1 breaks the rule ck_runs_status: "),
        ("orphans", "epochs: row 5 belongs to no row of runs"),
        ("no-tags", "run_tags: the table is missing"),
        ("zeroed-page-0", "the file is damaged: "),
        ("header-freelist", "the file is damaged: Main freelist"),
        ("schema-broken", "the file is damaged: malformed database schema (run_tags)"),
    ],
)
def test_what_is_wrong_is_named(whole: Path, tmp_path: Path, name, start):
    path = tmp_path / "runs.db"
    shutil.copy(whole, path)
    WAYS[name](path)

    assert any(finding.startswith(start) for finding in check_database(f"sqlite:///{path}"))


def test_a_whole_database_is_sound(whole: Path):
    assert check_database(f"sqlite:///{whole}") == []


def test_of_many_findings_the_first_are_listed_and_the_rest_counted(whole: Path, tmp_path: Path):
    path = tmp_path / "runs.db"
    shutil.copy(whole, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE epochs SET lr = 'x'")
        connection.execute("UPDATE attempts SET started_at = 'x'")
        connection.commit()
        (num_epochs,) = connection.execute("SELECT count(*) FROM epochs").fetchone()
        (num_attempts,) = connection.execute("SELECT count(*) FROM attempts").fetchone()

    findings = check_database(f"sqlite:///{path}")

    assert len(findings) == 21
    assert findings[20] == f"epochs: {num_epochs + num_attempts - 20} more like these"


@pytest.mark.parametrize(
    ("name", "words"), [("json-invalid", "runs: row 2, quote"), ("no-tags", "run_tags: the table")]
)
def test_reading_damaged_rows_says_where_and_what_to_do(whole: Path, tmp_path: Path, name, words):
    path = tmp_path / "runs.db"
    shutil.copy(whole, path)
    WAYS[name](path)

    with Store.open(f"sqlite:///{path}") as store, pytest.raises(StoreError) as refused:
        store.runs()

    message = str(refused.value)
    assert words in message
    assert "restore a backup, or save what can be read by expdb db merge into an empty database" in message
    assert "\n" not in message


def test_a_mistake_of_ours_stays_one(whole: Path):
    """An error in a block that reads is the database's only where the database is damaged."""
    with Store.open(f"sqlite:///{whole}") as store:
        for kind in (ValueError, TypeError, KeyError, UnicodeError):
            with pytest.raises(kind), store._database.reading():
                raise kind("ours")


@pytest.mark.postgres
def test_what_texts_on_a_server_stand_for_is_read_too(new_postgres_url):
    url = new_postgres_url()
    with Store.open(url) as store:
        run_id = store.add_run(make_spec())
    assert check_database(url) == []
    database = Database(url)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE runs SET spec_json = 'no spec', quote = '[1]'"))
    database.close()

    assert check_database(url) == [
        f"runs: row of id {run_id}, spec_json: is no run spec: 'no spec'",
        f"runs: row of id {run_id}, quote: is JSON of another kind: [1]",
    ]
