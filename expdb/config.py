"""The environment, read once into a frozen object. Only the edges of the program import this."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_URL = "sqlite:///runs.db"
READ_ONLY_VARIABLE = "EXPDB_DASHBOARD_READ_ONLY"
CHECKPOINT_VARIABLE = "EXPDB_CHECKPOINT_MINUTES"
THREADS_VARIABLE = "EXPDB_THREADS"


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
        url=environ.get("EXPDB_URL") or DEFAULT_URL,
        data_dir=Path(environ.get("EXPDB_DATA_DIR") or "~/.cache/expdb/data").expanduser(),
        artifact_dir=Path(artifact_dir).expanduser() if artifact_dir else None,
        checkpoint_minutes=environ.get(CHECKPOINT_VARIABLE) or None,
        threads=environ.get(THREADS_VARIABLE) or None,
        is_group_readable=environ.get("EXPDB_GROUP_READABLE", "") not in ("", "0"),
        is_debug=environ.get("EXPDB_DEBUG", "") not in ("", "0"),
        is_dashboard_read_only=environ.get(READ_ONLY_VARIABLE, "") not in ("", "0"),
    )
