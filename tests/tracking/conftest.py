"""A database of its own for every test, and the scripts that track into it as processes of their own."""

import os
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from expdb.store.store import Store
from expdb.tracking import open_runs

Script = Callable[..., subprocess.Popen[str]]


@contextmanager
def saying() -> Iterator[list[str]]:
    """Collect what is said while a block lasts, from whatever thread."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield said
        said += [str(one.message) for one in caught]


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let `track` use a database in an empty folder; returns its URL. What a test leaves open is ended."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    monkeypatch.setenv("EXPDB_URL", url)
    monkeypatch.setenv("EXPDB_LOAD_SECONDS", "0")
    yield url
    for run in open_runs.open_runs():
        run.end(None)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """The database that `track` writes, opened beside it."""
    with Store.open(database) as opened:
        yield opened


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Start a script; its warnings and errors are read from its standard error."""

    def start(code: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        path = tmp_path / "train.py"
        path.write_text(textwrap.dedent(code), encoding="utf-8")
        return subprocess.Popen(
            [sys.executable, str(path), *arguments],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
