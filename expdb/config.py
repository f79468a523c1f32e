"""The environment, read once into a frozen object. Only the edges of the program import this."""

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from expdb.domain.masking.mask import mask_address
from expdb.errors import StoreError

DEFAULT_URL = "sqlite:///runs.db"
READ_ONLY_VARIABLE = "EXPDB_DASHBOARD_READ_ONLY"
URL_VARIABLE = "EXPDB_URL"
CHECKPOINT_VARIABLE = "EXPDB_CHECKPOINT_MINUTES"
THREADS_VARIABLE = "EXPDB_THREADS"

_LONGEST_URL = 2000


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the environment says.

    Attributes:
        url: SQLAlchemy URL of the database (`EXPDB_URL`; by default `runs.db` in the working folder).
        data_dir: where datasets are looked for and downloaded to (`EXPDB_DATA_DIR`).
        artifact_dir: where weights and predictions go (`EXPDB_ARTIFACT_DIR`); None: beside the database.
        checkpoint_minutes: the least time between two checkpoints, as it is written (`EXPDB_CHECKPOINT_MINUTES`): who
            trains nothing does not mind what it says; None: nothing.
        threads: the number of CPU threads to train with, as it is written (`EXPDB_THREADS`), likewise.
        is_group_readable: new databases and folders are for this user's group to read (`EXPDB_GROUP_READABLE=1`).
        is_debug: show tracebacks (`EXPDB_DEBUG=1`).
        is_dashboard_read_only: the dashboard changes nothing (`EXPDB_DASHBOARD_READ_ONLY=1`).
    """

    url: str
    data_dir: Path
    artifact_dir: Path | None
    checkpoint_minutes: str | None
    threads: str | None
    is_group_readable: bool
    is_debug: bool
    is_dashboard_read_only: bool


def load_config(environ: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration from environment variables."""
    artifact_dir = environ.get("EXPDB_ARTIFACT_DIR")
    return Config(
        url=environ.get(URL_VARIABLE) or DEFAULT_URL,
        data_dir=Path(environ.get("EXPDB_DATA_DIR") or "~/.cache/expdb/data").expanduser(),
        artifact_dir=Path(artifact_dir).expanduser() if artifact_dir else None,
        checkpoint_minutes=environ.get(CHECKPOINT_VARIABLE) or None,
        threads=environ.get(THREADS_VARIABLE) or None,
        is_group_readable=environ.get("EXPDB_GROUP_READABLE", "") not in ("", "0"),
        is_debug=environ.get("EXPDB_DEBUG", "") not in ("", "0"),
        is_dashboard_read_only=environ.get(READ_ONLY_VARIABLE, "") not in ("", "0"),
    )


def config_of(db: str | os.PathLike[str] | None, *, named_by: str) -> Config:
    """Read the configuration of a call: a database that it names (`named_by` says how) beats the environment's.

    Raises:
        StoreError: the database is named by no printable text.
    """
    config = load_config()
    chosen, named_by = (os.fspath(db), named_by) if db else (config.url, URL_VARIABLE)
    return replace(config, url=database_url(chosen, named_by=named_by))


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
