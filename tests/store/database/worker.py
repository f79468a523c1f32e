"""What other processes do to a database, for the tests that need several.

`python -m tests.store.database.worker URL JOB` says on its standard output what it has done, until it is killed or
told to end.
"""

import os
import signal
import sqlite3
import sys
from itertools import count
from typing import Any

from expdb.domain.run import Environment
from expdb.errors import LaunchError
from expdb.store.database.upgrade import upgrade_database
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import epoch, running

WRITES = 20


def open_store(url: str) -> None:
    with Store.open(url) as store:
        store.runs()


def upgrade(url: str) -> None:
    upgrade_database(url)


def upgrade_until(url: str, step: int) -> None:
    """Upgrade, and be killed at this step: steps are what is opened, renamed, removed, and the statements of SQLite."""
    reached = count(1)

    def take_step(*_: object) -> None:
        if next(reached) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, _: tuple[object, ...]) -> None:
        if event in ("open", "os.rename", "os.remove", "sqlite3.connect"):
            take_step()

    connect = sqlite3.connect

    def connect_watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(take_step)
        return connection

    sqlite3.connect = connect_watched
    sys.addaudithook(watch)
    upgrade_database(url)


def write(url: str) -> list[int]:
    """Add runs, each with an edit of run 1, which all processes share; returns the ids."""
    ids = []
    with Store.open(url) as store:
        for _ in range(WRITES):
            ids.append(store.add_run(make_spec()))
            store.edits.change_tags(1, add=[f"of-{ids[-1]}"])
    return ids


def claim(url: str) -> bool:
    """Try to start run 1; returns whether this process was the one."""
    with Store.open(url) as store:
        try:
            store.start_run(1, Environment())
        except LaunchError:
            return False
        return True


def train(url: str) -> None:
    """Record epochs for ever, saying each number once it is stored."""
    with Store.open(url) as store:
        run_id = running(store, epochs=100_000)
        for number in count(1):
            store.record(run_id, epoch(number))
            print(number, flush=True)


def lock(url: str) -> None:
    """Hold SQLite's lock until a line comes in."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    print("locked", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    {"train": train, "lock": lock}[sys.argv[2]](sys.argv[1])
