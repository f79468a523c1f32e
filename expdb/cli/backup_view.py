"""What `expdb db backup` copies, and what it says of that which it does not copy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

from expdb.cli.context import Context
from expdb.cli.output import print_json, print_line, remark, warn
from expdb.errors import ExpdbError

if TYPE_CHECKING:
    from expdb.store.stored_files import StoredSize
    from expdb.store.whole_backup import CopiedWhole


class CopiedFilesRecord(TypedDict):
    """The files of runs that a backup has."""

    root: Annotated[str, "the folder that they were copied to"]
    num_runs: Annotated[int, "that have files"]
    num_bytes: Annotated[int, "of these files"]


class BackupRecord(TypedDict):
    """What `db backup --json` tells."""

    path: Annotated[str, "the copy"]
    artifacts: Annotated[CopiedFilesRecord | None, "the files of runs that were copied too; null: none"]
    not_copied: Annotated[list[str], "what was not, a line each"]
    is_done: Annotated[bool, "false: `--dry-run`"]


def back_up(context: Context, path: Path, *, with_artifacts: bool, is_dry: bool, as_json: bool) -> None:
    """Copy the database, with or without the files of its runs, or say what that would copy."""
    from expdb.store.database.address import parse_address
    from expdb.store.database.backup import backup_database

    is_server = parse_address(context.config.url).path is None
    if with_artifacts and not is_server:
        _back_up_whole(context, path, is_dry=is_dry, as_json=as_json)
        return
    size = _size(context)
    if is_server and size is not None and size.num_runs:
        remark(f"the server's tool does not copy {_files(size)} in {size.root}: copy that folder too")
    backup_database(context.config.url, path, is_dry_run=is_dry)
    left = "the files of its runs" if size is None else f"{_files(size)} in {size.root}"
    is_left = size is None or size.num_runs > 0
    if as_json:
        print_json(BackupRecord(path=str(path), artifacts=None, not_copied=[left] * is_left, is_done=not is_dry))
        return
    print_line(f"{'would write' if is_dry else 'wrote'} {path}")
    if is_left:
        remark(f"not copied: {left} (--with-artifacts copies them too)")


def _back_up_whole(context: Context, path: Path, *, is_dry: bool, as_json: bool) -> None:
    from expdb.store.whole_backup import backup_with_files

    config = context.config
    done = backup_with_files(config.url, path, artifact_root=config.artifact_dir, is_dry_run=is_dry)
    if config.artifact_dir is not None:
        warn(f"EXPDB_ARTIFACT_DIR is set, and wins: unset it to open the copy, whose files are in {done.artifacts}")
    for line in done.told:
        warn(line)
    if as_json:
        copied = CopiedFilesRecord(root=str(done.artifacts), num_runs=done.num_runs, num_bytes=done.num_bytes)
        print_json(BackupRecord(path=str(path), artifacts=copied, not_copied=list(done.told), is_done=not is_dry))
        return
    print_line(f"{'would write' if is_dry else 'wrote'} {path} and {done.artifacts}: {_files(done)}")


def _size(context: Context) -> "StoredSize | None":
    """Return how much there is of runs' files; None where the database says only to another version of expdb."""
    try:
        with context.open_store(is_read_only=True, tells_waiting=False) as store:
            return store.files.size()
    except ExpdbError:
        return None


def _files(size: "StoredSize | CopiedWhole") -> str:
    from expdb.domain.value_text import bytes_text

    return f"files of {size.num_runs:,} {'run' if size.num_runs == 1 else 'runs'} ({bytes_text(size.num_bytes)})"
