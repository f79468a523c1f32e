"""What every command gets: the configuration, with `--db` applied, and the store it opens."""

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer

from expdb.config import DEFAULT_URL, Config, config_of

if TYPE_CHECKING:
    from expdb.store.store import Store


@dataclass(frozen=True)
class Context:
    """The configuration of this call."""

    config: Config

    @property
    def db_option(self) -> str:
        """The `--db` that names this database in a command to copy, or nothing where it is the default."""
        if self.config.url == DEFAULT_URL:
            return ""
        path = self.config.url.removeprefix("sqlite:///")
        return f" --db {shlex.quote(path)}" if "://" not in path else " --db $EXPDB_URL"

    def open_store(self, *, is_read_only: bool = False, tells_waiting: bool = True) -> "Store":
        """Open the database (created if it is not there, unless read-only).

        Runs may have said what no database has yet: to write, this is recorded first; to read, it is told.
        """
        from expdb.cli.pending_view import bring_in, tell_waiting
        from expdb.store.store import Store  # SQLAlchemy: half a second to import

        config = self.config
        store = Store.open(
            config.url,
            artifact_root=config.artifact_dir,
            is_read_only=is_read_only,
            is_group_readable=config.is_group_readable,
        )
        if tells_waiting:
            try:
                (tell_waiting if is_read_only else bring_in)(store)
            except BaseException:
                store.close()
                raise
        return store


def make_context(db: str | None, *, is_group_readable: bool = False) -> Context:
    """Read the environment; `--db` beats `EXPDB_URL`. A bare path means an SQLite file."""
    config = config_of(db, named_by="--db")
    return Context(replace(config, is_group_readable=is_group_readable or config.is_group_readable))


def context_of(ctx: typer.Context) -> Context:
    """Return the context that the main callback made."""
    made: Context = ctx.obj
    return made
