"""The database that a script or notebook reads, opened for reading only."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from expdb.config import config_of

if TYPE_CHECKING:
    from expdb.store.store import Store

# A path or an SQLAlchemy URL; None: EXPDB_URL, else `runs.db` in the working folder.
DatabaseName = str | os.PathLike[str] | None

_TO_CALLER = 4  # this generator, its context manager, the public function; then who calls that


@contextmanager
def opened_for_reading(db: DatabaseName) -> Iterator["Store"]:
    """Open a database, in which nothing is changed, and warn of what runs have said and it has not got yet.

    Raises:
        StoreError: there is no such database, or it cannot be opened.
        SchemaError: it is at another revision.
    """
    from expdb.launch.sync import attempts_wait, count_waiting
    from expdb.store.store import Store

    config = config_of(db, named_by="db")
    with Store.open(config.url, artifact_root=config.artifact_dir, is_read_only=True) as store:
        if number := count_waiting(store):
            told = f"{attempts_wait(number)} to be recorded: expdb db sync brings in what they said"
            warnings.warn(told, stacklevel=_TO_CALLER)
        yield store
