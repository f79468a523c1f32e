"""Whatever a driver says becomes one line that names the database."""

import sqlite3

import pytest

from expdb.store.database.address import parse_address
from expdb.store.database.driver_errors import translated

CODES = sorted(
    (name, code)
    for name, code in vars(sqlite3).items()
    if name.startswith("SQLITE_")
    and name.isupper()
    and isinstance(code, int)
    and 0 < code < 32
    # Of the constants of the module, those of authorizers and limits are no results.
    and not name.startswith(("SQLITE_LIMIT", "SQLITE_DBCONFIG"))
)


@pytest.mark.parametrize("code", sorted({code for _, code in CODES}))
def test_every_result_of_sqlite_is_one_line_with_the_file(code):
    error = sqlite3.OperationalError("what sqlite\nsays of it")
    error.sqlite_errorcode = code

    message = str(translated(error, parse_address("sqlite:////data/runs.db"), busy_seconds=60))

    assert message.startswith("/data/runs.db")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_BUSY, "locked by another process"),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, "locked by another process"),
        (sqlite3.SQLITE_CORRUPT, "is damaged: what it says: restore a backup"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "is damaged: what it says: restore a backup"),
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_IOERR_SHORT_READ, "cannot be read or written"),
        (sqlite3.SQLITE_NOTADB, "is not an SQLite database"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "is read-only"),
        (sqlite3.SQLITE_NOMEM, "not enough memory"),
        (sqlite3.SQLITE_PERM, "may not be opened"),
        (sqlite3.SQLITE_CANTOPEN_FULLPATH, "cannot be opened"),
    ],
)
def test_a_result_says_what_to_do_also_where_it_is_an_extended_one(code, words):
    error = sqlite3.DatabaseError("what it says")
    error.sqlite_errorcode = code

    assert words in str(translated(error, parse_address("sqlite:////data/runs.db"), busy_seconds=60))


@pytest.mark.parametrize("words", ["Could not decode to UTF-8 column 'note' with text 'a'", "no such table: run_tags"])
def test_what_only_damage_makes_says_so(words):
    message = str(translated(sqlite3.OperationalError(words), parse_address("sqlite:////data/x.db"), busy_seconds=60))

    assert message.startswith(f"/data/x.db is damaged: {words}: restore a backup")
