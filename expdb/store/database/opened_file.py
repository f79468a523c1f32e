"""Which file an SQLite database is: while it is used, another one may be put in its place."""

from collections.abc import Callable
from pathlib import Path

from expdb.errors import ReplacedError, StoreError

_FileId = tuple[int, int]


class OpenedFile:
    """The file at a path as it was when it was last looked at, and its log."""

    def __init__(self, path: Path, *, label: str) -> None:
        self._path, self._label = path, label
        self._id: _FileId | None = None
        self._log_id: _FileId | None = None

    def look(self, on_another: Callable[[], None]) -> None:
        """Look whether it is the same file still.

        Args:
            on_another: called where it is another one, to close the connections to the one before.

        Raises:
            ReplacedError: it is gone, or another one lies beside the log of the one before.
            StoreError: it cannot be looked at.
        """
        try:
            found, log = _id_of(self._path), _id_of(log_path(self._path))
        except OSError as error:
            raise StoreError(f"{self._label} cannot be used: {error.strerror}") from error
        if found is None:
            raise ReplacedError(f"{self._label} is gone (deleted or moved?): put it back")
        if self._id not in (None, found):
            on_another()
            if log is not None and log == self._log_id:  # SQLite would write what is in it into the new file
                raise ReplacedError(
                    f"another file is in the place of {self._label}, beside the log of the one before: "
                    f"move {log_path(self._path).name} away"
                )
        self._id, self._log_id = found, log


def log_path(path: Path) -> Path:
    """Return where SQLite keeps the log of a file."""
    return path.with_name(path.name + "-wal")


def _id_of(path: Path) -> _FileId | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino
