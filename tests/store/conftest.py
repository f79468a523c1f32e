"""One store on each back end."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from expdb.store.store import Store

BACK_ENDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
_numbers = count(1)


@pytest.fixture(scope="session")
def new_postgres_url(postgres_url: str) -> Callable[[], str]:
    """Return the URL of an empty place in PostgreSQL: a schema, which is far cheaper than a database."""

    def make() -> str:
        name = f"test_{next(_numbers)}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{postgres_url}?options=-csearch_path%3D{name}"

    return make


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/runs.db"


@pytest.fixture(params=BACK_ENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database, on each back end in turn."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("new_postgres_url")()


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store, on each back end in turn."""
    with Store.open(database_url, artifact_root=tmp_path / "artifacts") as opened:
        yield opened
