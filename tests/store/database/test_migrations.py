"""pytest-alembic's own tests, on every back end: one head, upgrade, up and down again, tables as in the code."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from pytest_alembic.config import Config
from pytest_alembic.tests import (  # noqa: F401 - collected here
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)

from expdb.store.database.check import check_database
from expdb.store.database.engine import Database
from expdb.store.database.upgrade import migrations_dir


@pytest.fixture
def alembic_config():
    return Config(config_options={"script_location": str(migrations_dir())})


@pytest.fixture
def alembic_engine(database_url):
    database = Database(database_url)
    database.prepare()
    yield database.writer
    database.close()


def test_migration_in_a_callers_transaction_is_theirs_to_commit(alembic_engine, database_url):
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrations_dir()))
    with alembic_engine.connect() as connection:
        config.attributes["connection"] = connection
        transaction = connection.begin()
        command.upgrade(config, "head")
        assert "runs" in sa.inspect(connection).get_table_names()
        transaction.rollback()
        assert sa.inspect(connection).get_table_names() == []
        connection.rollback()

        command.upgrade(config, "head")

    assert check_database(database_url) == []


def test_alembic_runs_on_a_url_of_its_own(sqlite_url, monkeypatch):
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrations_dir()))
    monkeypatch.setenv("EXPDB_URL", sqlite_url)

    command.upgrade(config, "head")

    assert check_database(sqlite_url) == []
