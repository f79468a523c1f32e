"""Two databases, on every pair of back ends, and merging one into the other."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from expdb.store.merging.other_database import open_other
from expdb.store.merging.outcome import MergeOutcome
from expdb.store.store import Store
from expdb.store.tables import METADATA
from tests.store.conftest import BACK_ENDS

Rows = dict[str, list[dict[str, object]]]


@pytest.fixture(params=BACK_ENDS)
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database to merge, on each back end in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/other.db"
    return request.getfixturevalue("new_postgres_url")()


@pytest.fixture
def open_here(database_url: str, tmp_path: Path) -> Callable[[], Store]:
    return lambda: Store.open(database_url, artifact_root=tmp_path / "here")


@pytest.fixture
def open_there(other_url: str, tmp_path: Path) -> Callable[[], Store]:
    return lambda: Store.open(other_url, artifact_root=tmp_path / "there")


@pytest.fixture
def merge(database_url: str, other_url: str, tmp_path: Path) -> Callable[..., MergeOutcome]:
    """Merge the other database into this one."""

    def run(**arguments: bool) -> MergeOutcome:
        return merge_into(database_url, other_url, tmp_path, **arguments)

    return run


def merge_into(url: str, other: str, folder: Path, *, there: str = "there", **arguments: bool) -> MergeOutcome:
    with (
        open_other(other, artifact_root=folder / there) as opened,
        Store.open(url, artifact_root=folder / "here") as store,
    ):
        return store.merging.merge(opened, **arguments)


def all_rows(store: Store) -> Rows:
    """Return all rows of a database, as they are stored."""
    with store._database.reading() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in METADATA.sorted_tables
        }


def change(store: Store, statement: sa.Executable) -> None:
    with store._database.writing() as connection:
        connection.execute(statement)


def content(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder, by their names in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def whole_file(path: Path) -> bytes:
    """Return a database that nobody has open, all in one file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()
