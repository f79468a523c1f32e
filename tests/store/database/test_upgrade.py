"""Creating, upgrading, checking and copying databases."""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from expdb.errors import SchemaError, StoreError
from expdb.store.database.check import check_database
from expdb.store.database.engine import Database
from expdb.store.database.upgrade import current_revision, head_revision, migrations_dir, upgrade_database
from expdb.store.database.views import drop_views
from expdb.store.store import Store
from expdb.store.tables import HEAD, METADATA, REVISIONS
from tests.factories import make_spec
from tests.store.events import epoch, running

ASSETS = Path(__file__).parents[2] / "assets" / "schema"

# A later revision that changes the parent of two cascades, as a batch migration does on SQLite.
NEXT_REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade():
    with op.batch_alter_table("runs", recreate="always", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("energy", sa.Double()))
"""


def path_of(url):
    return url.removeprefix("sqlite:///")


def rows_of(path):
    """All rows of an SQLite database, by table, each as a dict."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {
        name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2')]
        for name in names
        if name != "expdb_version"
    }
    connection.close()
    return rows


def load(asset, path):
    connection = sqlite3.connect(path)
    connection.executescript(asset.read_text(encoding="utf-8"))
    connection.close()


@pytest.fixture
def next_revision(tmp_path, monkeypatch):
    """Let migrations have one more revision than the code; returns the folder of its file."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations_dir(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0010_energy.py").write_text(NEXT_REVISION)
    monkeypatch.setattr("expdb.store.database.upgrade.migrations_dir", lambda: folder)
    return folder / "versions" / "0010_energy.py"


def test_revisions_are_those_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())

    assert tuple(script.revision for script in reversed(scripts)) == REVISIONS
    assert head_revision() == HEAD == REVISIONS[-1]


def test_upgrade_and_creation_make_the_same_database(database_url):
    assert upgrade_database(database_url) == (None, HEAD)
    assert upgrade_database(database_url) == (HEAD, HEAD)
    assert current_revision(database_url) == HEAD
    assert check_database(database_url) == []
    with Store.open(database_url) as store:
        store.add_run(make_spec())


def test_upgrade_and_creation_write_the_same_sql(tmp_path):
    upgrade_database(f"sqlite:///{tmp_path}/upgraded.db")
    Store.open(f"sqlite:///{tmp_path}/created.db").close()

    def statements(name):
        connection = sqlite3.connect(tmp_path / name)
        found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        connection.close()
        # A migration appends its columns in one line.
        return [
            (name, sorted(filter(None, (part.strip(" \t)") for part in re.split(r"[,\n]", sql or "")))))
            for name, sql in found
        ]

    assert statements("upgraded.db") == statements("created.db")


def test_no_backup_is_left_where_nothing_changes(sqlite_url, tmp_path):
    upgrade_database(sqlite_url)
    upgrade_database(sqlite_url)

    assert [path.name for path in tmp_path.iterdir()] == ["runs.db"]


def test_every_revision_has_an_asset():
    assert sorted(path.stem for path in ASSETS.glob("*.sql")) == sorted(REVISIONS)


def _with_heartbeats(rows):
    """Return rows of `runs` whose queued ones have a heartbeat, so that those that nobody trains are called crashed."""
    return [row | {"heartbeat_at": row["created_at"]} if row["status"] == "queued" else row for row in rows]


@pytest.mark.parametrize("asset", sorted(ASSETS.glob("*.sql")), ids=lambda path: path.stem)
def test_old_database_is_upgraded_with_every_row_and_value(asset, sqlite_url):
    """An asset is `sqlite3 runs.db .dump` of a database with rows in every table, made at its revision."""
    load(asset, path_of(sqlite_url))
    before = rows_of(path_of(sqlite_url))
    assert all(before[table.name] for table in METADATA.tables.values() if table.name in before)

    upgrade_database(sqlite_url)

    after = rows_of(path_of(sqlite_url))
    for name, rows in before.items():
        now_called = {"segments": "attempts"}.get(name, name)
        kept = [{key: row[key] for key in old} for row, old in zip(after[now_called], rows, strict=True)]
        assert kept == (_with_heartbeats(rows) if name == "runs" and "uuid" not in rows[0] else rows)
    assert check_database(sqlite_url) == []
    with Store.open(sqlite_url) as store:
        assert len(store.runs(include_removed=True)) == len(before["runs"])
        kept = sorted(row["name"] for row in before["tables"] if row.get("removed_at") is None)
        assert [table.name for table in store.saved_tables.all()] == kept
        last_id = {row["name"]: row["seq"] for row in before["sqlite_sequence"]}["runs"]
        assert store.add_run(make_spec()) > last_id


def test_saved_definitions_become_their_own_first_revisions(sqlite_url):
    load(ASSETS / "0002.sql", path_of(sqlite_url))
    before = rows_of(path_of(sqlite_url))["tables"]

    upgrade_database(sqlite_url)

    revisions = rows_of(path_of(sqlite_url))["table_revisions"]
    assert [(row["table_id"], row["revision"]) for row in revisions] == [(row["id"], 1) for row in before]
    assert [row["definition_json"] for row in revisions] == [row["definition_json"] for row in before]
    with Store.open(sqlite_url) as store:
        for row in before:
            assert [number for number, _ in store.saved_tables.history(row["name"])] == [1]
            assert store.table(row["name"], revision=1) == store.table(row["name"])
            assert store.table(row["name"]).rows == "runs"


def test_old_reported_rows_have_no_key_and_no_history(sqlite_url):
    load(ASSETS / "0003.sql", path_of(sqlite_url))

    upgrade_database(sqlite_url)

    after = rows_of(path_of(sqlite_url))
    assert {(row["document"], row["row_key"]) for row in after["runs"]} == {(None, None)}
    assert after["reported_changes"] == []


def test_batch_migration_keeps_the_children_and_makes_a_backup(sqlite_url, tmp_path, next_revision):
    load(ASSETS / f"{HEAD}.sql", path_of(sqlite_url))
    before = rows_of(path_of(sqlite_url))

    assert upgrade_database(sqlite_url) == (HEAD, "0010")

    after = rows_of(path_of(sqlite_url))
    for name in ("epochs", "attempts", "run_tags"):
        assert after[name] == before[name]
    assert [row["top1"] for row in after["runs"]] == [row["top1"] for row in before["runs"]]
    assert after["sqlite_sequence"] == before["sqlite_sequence"]
    (backup,) = tmp_path.glob(f"runs.db.backup-{HEAD}-*")
    assert rows_of(backup) == before
    with pytest.raises(SchemaError, match="'0010', written by a newer expdb"):
        Store.open(sqlite_url)


def test_failing_migration_changes_nothing(sqlite_url, next_revision):
    load(ASSETS / f"{HEAD}.sql", path_of(sqlite_url))
    before = rows_of(path_of(sqlite_url))
    for broken in ('    op.execute("no sql")\n', '    op.execute("DELETE FROM runs")\n'):
        next_revision.write_text(NEXT_REVISION + broken)
        with pytest.raises(StoreError):
            upgrade_database(sqlite_url)

    assert len(list(Path(path_of(sqlite_url)).parent.glob("runs.db.backup-*"))) == 1  # the second would be equal
    assert rows_of(path_of(sqlite_url)) == before
    assert check_database(sqlite_url) == []


def test_check_finds_changed_tables(database_url):
    Store.open(database_url).close()
    database = Database(database_url)
    with database.writing() as connection:
        drop_views(connection)  # a server lets no table be dropped under them
        for statement in ("DROP INDEX ix_runs_status", "ALTER TABLE runs ADD COLUMN mood TEXT", "DROP TABLE run_tags"):
            connection.execute(sa.text(statement))
    database.close()

    findings = "\n".join(check_database(database_url))

    for word in ("ix_runs_status", "mood", "run_tags"):
        assert word in findings


@pytest.mark.postgres
def test_check_finds_a_changed_check_on_postgres(new_postgres_url):
    url = new_postgres_url()
    Store.open(url).close()
    database = Database(url)
    with database.writing() as connection:
        drop_views(connection)  # nor a column's type be changed
        connection.execute(sa.text("ALTER TABLE runs DROP CONSTRAINT ck_runs_kind"))
        connection.execute(sa.text("ALTER TABLE runs ADD CONSTRAINT ck_runs_kind CHECK (kind IN ('measured', 'x'))"))
        connection.execute(sa.text("ALTER TABLE runs ALTER COLUMN note TYPE varchar(5)"))
    database.close()

    column, check = check_database(url)

    assert "note" in column
    assert check == "the tables differ from this expdb's: check ck_runs_kind of runs"


def test_check_finds_a_changed_check(tmp_path):
    changed = (
        (ASSETS / f"{HEAD}.sql")
        .read_text(encoding="utf-8")
        .replace("'tracked', 'reported'", "'tracked', 'reported', 'x'")
    )
    connection = sqlite3.connect(tmp_path / "runs.db")
    connection.executescript(changed)
    connection.close()

    assert check_database(f"sqlite:///{tmp_path}/runs.db") == [
        "the tables differ from this expdb's: check ck_runs_kind of runs"
    ]


def test_check_finds_orphans_and_damage(sqlite_url):
    with Store.open(sqlite_url) as store:
        store.record(running(store), epoch(1))
    path = Path(path_of(sqlite_url))
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM runs")
    connection.commit()
    connection.close()
    assert sorted(check_database(sqlite_url)) == [
        "attempts: row 1 belongs to no row of runs",
        "epochs: row 1 belongs to no row of runs",
    ]

    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xa5" * 4096 * 4
    path.write_bytes(content)

    assert check_database(sqlite_url)[0].startswith("the file is damaged: ")


def test_check_names_another_revision(sqlite_url, monkeypatch):
    Store.open(sqlite_url).close()
    monkeypatch.setattr("expdb.store.database.check.HEAD", "0010")

    assert check_database(sqlite_url) == [f"at revision {HEAD}, this expdb needs 0010: run expdb db upgrade"]


def test_missing_database_has_no_revision_and_is_not_created(sqlite_url, tmp_path):
    for function in (current_revision, check_database):
        with pytest.raises(StoreError, match="no database at"):
            function(sqlite_url)
    assert list(tmp_path.iterdir()) == []


def test_opening_a_store_imports_no_alembic(sqlite_url):
    code = (
        "import sys; from expdb.store.store import Store; import expdb.store.database.upgrade\n"
        f"with Store.open({sqlite_url!r}) as store: store.runs()\n"
        "assert not {'alembic', 'sqlalchemy.orm', 'psycopg', 'torch'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
