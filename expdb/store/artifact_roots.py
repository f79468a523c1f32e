"""Where the files of a database's runs are: they belong to the database, by its uuid, and not to its file's name.

Beside an SQLite file they are in `NAME.artifacts`. A small file in it says of which database it is: a database that was
renamed finds its folder again, and one that took its name does not take its files.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from expdb.data.atomic_files import write_whole
from expdb.data.run_files import make_folder, read_run_file
from expdb.domain.run import Run
from expdb.errors import ExpdbError, StoreError
from expdb.store.database.engine import Database
from expdb.store.database.identity import read_identity
from expdb.store.tables import runs

MARKER_FILE = "database.json"

_LENGTH_OF_UUID = 36  # of runs of before they had one, the folders are called by their numbers, as others' are too
_BESIDE_SQLITE = ("-wal", "-shm", "-journal")  # of the names of what SQLite keeps beside a database
_UNKNOWN = ""


@dataclass(frozen=True, kw_only=True)
class RootMarker:
    """What a folder of runs' files says of whose it is; what it does not say is empty.

    Attributes:
        uuid: of the database.
        database: the name of its file, which its copies have not.
    """

    uuid: str = ""
    database: str = ""


@dataclass(frozen=True, kw_only=True)
class ArtifactRoots:
    """The folders that hold the files of a database's runs.

    Attributes:
        own: the one that new files go into.
        uuid: of the database.
        path: its SQLite file; None on a server.
        is_named: somebody said that it is this one; then no other is looked into.
    """

    own: Path
    uuid: str
    path: Path | None
    is_named: bool

    @cached_property
    def further(self) -> tuple[Path, ...]:
        """Others beside the database, in which folders of its runs are only read: a copied database has them there."""
        if self.is_named or self.path is None:
            return ()
        return tuple(root for root in _beside(self.path) if root != self.own)

    @property
    def of_another(self) -> Path | None:
        """The folder that is named after the database and says that it is another one's; None where it does not."""
        usual = None if self.path is None or self.is_named else self.path.with_suffix(".artifacts")
        if usual is None or usual == self.own or read_marker(usual).uuid in ("", self.uuid):
            return None
        return usual

    def holding(self, folder: str) -> Path:
        """Return the root that a run's folder of that name is in; the own one where it is in none."""
        if not (self.own / folder).is_dir():
            for root in self.further:
                is_certain = len(folder) == _LENGTH_OF_UUID or read_marker(root).uuid == self.uuid
                if is_certain and "/" not in folder and (root / folder).is_dir():
                    return root
        return self.own

    def root_of(self, run: Run, *, create: bool, is_group_readable: bool) -> Path:
        """Return the root for the files of a run: with `create` the own one, which is made.

        Raises:
            StoreError: the run's files are to be written, and are in a folder that may be another database's.
        """
        held = self.holding(run.artifact_dir or "")
        if not create:
            return held
        if held != self.own:
            raise StoreError(
                f"the files of run {run.id} are in {held}, which may be another database's too: move its folder "
                f"{run.artifact_dir} to {self.own}, or name that place as this database's own (expdb db artifacts PATH)"
            )
        with suppress(OSError):  # which whoever makes the run's folder tells
            make_folder(self.own, is_group_readable=is_group_readable)
        self.mark()
        return self.own

    def mark(self) -> None:
        """Say in the own folder, where it is there and nothing says so yet, that it is this database's."""
        if self.is_named or not self.own.is_dir():
            return
        name = "" if self.path is None else self.path.resolve().name
        marker = RootMarker(uuid=self.uuid, database=name)
        others = () if self.path is None else _databases_of(self.own, but=self.path)
        if read_marker(self.own) != marker and all(uuid == self.uuid for uuid in others):
            with suppress(OSError, ExpdbError):  # a full or read-only disk: the next one says it
                write_marker(self.own, marker)


def find_roots(database: Database, named: Path | None = None, *, path: Path | None = None) -> ArtifactRoots:
    """Find the folders of the files of a database's runs.

    Args:
        database: open, and at head.
        named: the folder, where somebody said it; None: the one that the database names, or its own.
        path: the SQLite file, where `database` is a copy of it.

    Raises:
        SchemaError: the database has no identity.
    """
    identity = read_identity(database)
    named, path = named or identity.artifact_root, path or database.address.path
    own = named if named is not None else _own_root(database, path, identity.uuid)
    roots = ArtifactRoots(own=own.absolute(), uuid=identity.uuid, path=path, is_named=named is not None)
    if not database.is_read_only:
        roots.mark()
    return roots


def write_marker(root: Path, marker: RootMarker) -> None:
    """Write into a folder whose it is. Raises UnwrittenError, OSError."""
    write_whole(f"{json.dumps(asdict(marker))}\n".encode(), root / MARKER_FILE)


def folder_names(database: Database) -> list[str]:
    """Return how the folders of the runs' files are called, of all runs that have one."""
    with database.reading() as connection:
        return [name for name in connection.execute(sa.select(runs.c.artifact_dir)).scalars() if name]


def read_marker(root: Path) -> RootMarker:
    """Return what a folder says of whose it is."""
    try:
        said = json.loads(read_run_file(root.resolve() / MARKER_FILE)[:4096])
        return RootMarker(uuid=str(said["uuid"]), database=Path(str(said["database"])).name)
    except (OSError, ValueError, KeyError, TypeError):
        return RootMarker()


def _own_root(database: Database, path: Path | None, uuid: str) -> Path:
    """Return the folder named after the database, else the one of its runs that has no database any more."""
    if path is None:
        return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "expdb" / uuid
    places = (path.with_suffix(".artifacts"), path.resolve().with_suffix(".artifacts"))  # of a link, both
    for root in places:
        if root.is_dir() and not _is_of_another(root, uuid, path):
            return root
    folders = set(folder_names(database))
    left = [root for root in _beside(path) if root not in places and _is_left(root, uuid, folders, path)]
    if len(left) == 1:
        return left[0]
    place = places[-1] if path.is_symlink() else places[0]
    return place.with_name(f"{place.stem}-{uuid[:8]}.artifacts") if place.exists() else place


def _is_of_another(root: Path, uuid: str, path: Path) -> bool:
    """Whether a folder says that it is another database's: one of another uuid, or a copy that is there."""
    marker = read_marker(root)
    if marker.uuid != uuid or not marker.database:
        return marker.uuid not in (uuid, "")
    named = root.parent / marker.database
    return not _is_same(named, path) and _is_sqlite(named) and _uuid_of(named) in (uuid, _UNKNOWN)


def _is_left(root: Path, uuid: str, folders: set[str], path: Path) -> bool:
    """Whether a folder is of this database's runs, and of no other database that is there."""
    if _is_of_another(root, uuid, path):
        return False
    others, marker = _databases_of(root, but=path), read_marker(root)
    if marker.uuid:
        return marker.database == path.resolve().name or (uuid not in others and _UNKNOWN not in others)
    names = {name for name in folders if len(name) == _LENGTH_OF_UUID}
    return not others and any(entry.name in names for entry in _entries(root))


def _beside(path: Path) -> list[Path]:
    """Return the folders of runs' files beside a database, and beside the file that a link leads to."""
    places = dict.fromkeys((path.parent, path.resolve().parent))
    return [entry for place in places for entry in _entries(place) if entry.suffix == ".artifacts" and entry.is_dir()]


def _databases_of(root: Path, *, but: Path) -> list[str]:
    """Return the uuids of the other SQLite files that a folder is named after; `_UNKNOWN` of what cannot be read."""
    named = (entry for entry in _entries(root.parent) if entry.stem == root.stem and entry.is_file())
    return [_uuid_of(entry) for entry in named if not _is_same(entry, but) and _is_sqlite(entry)]


def _is_same(a: Path, b: Path) -> bool:
    with suppress(OSError):
        return a.samefile(b)
    return a.resolve() == b.resolve()


def _is_open_here(path: Path) -> bool:
    """Whether this process has a file open: closing it once more would drop its locks, as POSIX has it."""
    with suppress(OSError):
        status = path.stat()
        for name in Path("/dev/fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(os.fstat(int(name.name)), status):
                    return True
    return False


def _is_sqlite(path: Path) -> bool:
    if path.name.endswith(_BESIDE_SQLITE):  # locks are in one of them
        return False
    if _is_open_here(path):
        return True
    with suppress(OSError), path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"
    return False


def _uuid_of(path: Path) -> str:
    """Return the uuid of a database that is only looked at: no file is made beside it."""
    if _is_open_here(path):
        return _UNKNOWN
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with suppress(sqlite3.Error, UnicodeError), closing(sqlite3.connect(uri, uri=True)) as connection:
        found = connection.execute("SELECT uuid FROM databases WHERE merged_at IS NULL").fetchall()
        return str(found[0][0]) if len(found) == 1 else _UNKNOWN
    return _UNKNOWN


def _entries(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(folder.iterdir())
