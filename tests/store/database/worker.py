"""What other processes do to a database, for the tests that need several.

`python -m tests.store.database.worker URL JOB` says on its standard output what it has done, until it is killed or
told to end.
"""

import sqlite3
import sys
from itertools import count

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


def write(url: str) -> list[int]:
    """Add runs, each with an edit of run 1, which all processes share; returns the ids."""
    ids = []
    with Store.open(url) as store:
        for _ in range(WRITES):
            ids.append(store.add_run(make_spec()))
            store.edit_tags(1, add=[f"of-{ids[-1]}"])
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
