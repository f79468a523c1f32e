"""Statements that are compiled once, and bound before a transaction begins: its locks are held for the statements only.

Running a short statement through `Connection.execute` costs some ten times what it costs SQLite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from expdb.store.tables import UtcDateTime


class Now(FunctionElement[Any]):
    """The time by the database's clock when the statement runs, which asks for no round trip of its own."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(Now, "sqlite")
def _now_sqlite(_element: Now, _compiler: Any, **_kw: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(Now, "postgresql")
def _now_postgres(_element: Now, _compiler: Any, **_kw: Any) -> str:
    return "clock_timestamp()"


class Prepared:
    """A statement in the words of one database's driver."""

    def __init__(self, statement: sa.UpdateBase, dialect: sa.Dialect) -> None:
        # By name, so that one value is bound once however often a statement uses it.
        named = sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
        compiled = statement.compile(dialect=named)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - as all dialects of databases give
        self._sql = str(compiled)
        self._constants = dict(compiled.params)
        of_types = {
            name: parameter.type.dialect_impl(named).bind_processor(named)
            for parameter, name in compiled.bind_names.items()
        }
        self._processors = {name: process for name, process in of_types.items() if process is not None}

    def bind(self, values: Mapping[str, Any]) -> "Bound":
        """Return the statement with values of its parameters; those of other names are passed over."""
        parameters = {**self._constants, **values}
        for name, process in self._processors.items():
            parameters[name] = process(parameters[name])
        return Bound(sql=self._sql, parameters=parameters)


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A statement with its values."""

    sql: str
    parameters: dict[str, Any]

    def first(self, connection: sa.Connection) -> tuple[Any, ...] | None:
        """Run it, and return the first row that it returns."""
        rows: list[tuple[Any, ...]] = self._run(connection, {}).fetchall()
        return rows[0] if rows else None

    def count(self, connection: sa.Connection, **later: object) -> int:
        """Run it, with values that were not known before, and return how many rows it changed."""
        return int(self._run(connection, later).rowcount)

    def _run(self, connection: sa.Connection, later: Mapping[str, object]) -> Any:
        dialect = connection.dialect
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql, {**self.parameters, **later})
        except dialect.loaded_dbapi.Error as error:
            raise _wrapped(error, self.sql, dialect) from error
        return cursor


def _wrapped(error: Exception, sql: str, dialect: sa.Dialect) -> BaseException:
    """Return a driver's error as `Connection.execute` raises it, so that all code knows it."""
    kind = dialect.loaded_dbapi.Error
    return sa.exc.DBAPIError.instance(sql, None, error, kind, hide_parameters=True, dialect=dialect)
