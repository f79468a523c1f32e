"""Stores whose transactions wait shortly, and a recorder that does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from expdb.launch import recorder
from expdb.store.store import Store
from tests.store.conftest import database_url, new_postgres_url, sqlite_url  # noqa: F401 - fixtures


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a recorder wait shortly."""
    monkeypatch.setattr(recorder, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(recorder, "_FIRST_PAUSE", 0.02)


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:  # noqa: F811
    """An empty store, on each back end in turn."""
    with Store.open(database_url, artifact_root=tmp_path / "artifacts", busy_seconds=0.1) as opened:
        yield opened


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db", busy_seconds=0.1) as opened:
        yield opened
