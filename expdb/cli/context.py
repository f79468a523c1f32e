"""What every command gets: the configuration, with `--db` applied, and the store it opens."""

import shlex
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from expdb.config import DEFAULT_URL, Config, load_config
from expdb.domain.masking.mask import mask_address
from expdb.errors import StoreError

if TYPE_CHECKING:
    from expdb.store.store import Store

_LONGEST_URL = 2000


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
    config = load_config()
    url = database_url(db, named_by="--db") if db else database_url(config.url, named_by="EXPDB_URL")
    return Context(replace(config, url=url, is_group_readable=is_group_readable or config.is_group_readable))


def database_url(text: str, *, named_by: str) -> str:
    """Return a database as a URL: `runs.db` is `sqlite:///runs.db`.

    Raises:
        StoreError: it is too long, or holds what cannot be printed, such as bytes that are no UTF-8.
    """
    masked = mask_address(text)  # before it is cut: half a password does not look like one
    shown = f"{masked[:40]!r}{'…' if len(masked) > 40 else ''}"
    if len(text) > _LONGEST_URL:
        raise StoreError(f"{named_by} {shown} has {len(text):,} characters: name a database by at most {_LONGEST_URL}")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise StoreError(f"{named_by} {shown} is no printable text: name a database by a path or URL that is")
    if "://" in text:
        return text
    try:
        return f"sqlite:///{Path(text).expanduser()}"
    except RuntimeError as error:  # no user of that name
        raise StoreError(f"{named_by} {shown}: there is no such user's folder") from error


def context_of(ctx: typer.Context) -> Context:
    """Return the context that the main callback made."""
    made: Context = ctx.obj
    return made
