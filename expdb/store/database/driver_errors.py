"""What a database driver's error means to a person."""

import sqlite3

import sqlalchemy as sa

from expdb.errors import RefusedValueError, StoreError
from expdb.store.database.address import Address

# Raised by SQLAlchemy, by the file system, and by drivers for values that they cannot even encode.
DRIVER_ERRORS = (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, OverflowError, UnicodeEncodeError)

_POSTGRES_READ_ONLY = "25006"
# Of these, the value is to blame; of all others, the database.
_OF_VALUES = (sa.exc.IntegrityError, sa.exc.DataError, sqlite3.IntegrityError, OverflowError, ValueError)

_POSTGRES_LOCKED = ("55P03", "40P01")  # lock_not_available, deadlock_detected


def translated(error: Exception, address: Address, *, busy_seconds: float) -> StoreError:
    """Return the error that says what happened, to which database, and what to do; no password in it."""
    cause = _cause(error)
    kind = RefusedValueError if isinstance(error, _OF_VALUES) or isinstance(cause, _OF_VALUES) else StoreError
    if isinstance(cause, sqlite3.Error):
        message = _sqlite_message(cause, address, busy_seconds)
        if isinstance(cause, sqlite3.IntegrityError):
            message = f"{address.label}: the database refused a value: {cause}"
        return kind(message)
    if isinstance(cause, OSError):
        return StoreError(f"{address.label} cannot be used: {cause.strerror or cause}")
    first_line = address.redact((str(cause).strip().splitlines() or [type(cause).__name__])[0])
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate in _POSTGRES_LOCKED:
        return StoreError(_locked(address, busy_seconds))
    if sqlstate == _POSTGRES_READ_ONLY:
        return StoreError(
            f"the database {address.label} is read-only: let this user write, or choose another with --db"
        )
    if isinstance(error, sa.exc.IntegrityError):
        return kind(f"{address.label}: the database refused a value: {first_line}")
    if isinstance(error, sa.exc.OperationalError):
        return StoreError(f"cannot use the database {address.label}: {first_line}")
    return kind(f"{address.label}: cannot store or read a value: {first_line}")


def suggests_damage(error: Exception) -> bool:
    """Tell whether an error is one that damage to an SQLite file makes, so that looking for it is worth while."""
    cause = _cause(error)
    if not isinstance(cause, sqlite3.Error):
        return isinstance(cause, (UnicodeDecodeError, MemoryError))
    return _primary_code(cause) == sqlite3.SQLITE_CORRUPT or str(cause).startswith(
        ("Could not decode", "no such table", "no such column", "no such index")
    )


def damaged(label: str, what: str) -> str:
    """Return the message for a damaged SQLite file, with the ways out."""
    return (
        f"{label} is damaged: {what}: restore a backup, or save what can be read by expdb db merge into an empty "
        "database (expdb db check lists all that is wrong)"
    )


def _cause(error: Exception) -> BaseException:
    return error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error


def _primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _locked(address: Address, busy_seconds: float) -> str:
    return (
        f"{address.label}: database is locked by another process (waited {busy_seconds:g} s): "
        "end that process or try again"
    )


def _sqlite_message(error: sqlite3.Error, address: Address, busy_seconds: float) -> str:
    code, words = _primary_code(error), " ".join(str(error).split())
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _locked(address, busy_seconds)
    if suggests_damage(error):
        return damaged(address.label, words[:120])
    meanings = {
        sqlite3.SQLITE_NOTADB: "is not an SQLite database: choose another file with --db",
        sqlite3.SQLITE_READONLY: "is read-only: change its permissions or choose another with --db",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened: does it exist, and may you read and write its folder?",
        sqlite3.SQLITE_PERM: "may not be opened by this user: change its permissions",
        sqlite3.SQLITE_NOMEM: "cannot be read: there is not enough memory",
        sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
        sqlite3.SQLITE_IOERR: f"cannot be read or written: {words} (disk full, or a limit on file sizes?)",
    }
    return f"{address.label} {meanings.get(code) or f'cannot be used: {words}'}"
