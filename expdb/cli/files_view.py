"""What `expdb db gc`, `expdb db artifacts` and `expdb db check` show of the runs' files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from expdb.cli.confirm import is_confirmed
from expdb.cli.context import Context
from expdb.cli.output import print_json, print_line, print_table, remark, warn
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.store.garbage import Leftover, RunDisk
    from expdb.store.stored_files import GoneFiles

_MOST_LISTED = 20  # runs, the largest ones


def collect_garbage(context: Context, *, is_dry: bool, is_sure: bool, as_json: bool) -> None:
    """Show what the runs' files take and what is left over, ask, and delete that."""
    from expdb.domain.value_text import bytes_text
    from expdb.store.garbage import GarbageRecord

    with context.open_store(is_read_only=is_dry) as store:
        disk, leftovers = store.garbage.disk(), store.garbage.find()
        goes = [left for left in leftovers if not left.stays]
        num_bytes = sum(left.num_bytes for left in goes)
        if not as_json:
            _show_disk(disk, store.artifact_root)
            _show_leftovers(leftovers)
        question = f"Delete {len(goes)} leftover{'' if len(goes) == 1 else 's'} ({bytes_text(num_bytes)})?"
        is_done = bool(goes) and not is_dry and is_confirmed(question, is_sure=is_sure)
        freed = store.garbage.collect(goes) if is_done else 0
    if as_json:
        record = GarbageRecord(
            runs=disk,
            num_bytes=sum(run.num_bytes for run in disk),
            leftovers=leftovers,
            freed_bytes=freed,
            is_done=is_done,
        )
        print_json(record)
    elif is_done:
        print_line(f"freed {bytes_text(freed)}")
    elif not goes:
        print_line("nothing to delete")
    elif is_dry:
        print_line(f"would free {bytes_text(num_bytes)}")


def show_artifacts(context: Context, path: str | None, *, is_cleared: bool) -> None:
    """Show where the runs' files are, or record another place, and say what does not move."""
    from expdb.store.database.identity import record_artifact_root

    if path is not None and is_cleared:
        raise SpecError(f"--clear and the path {path!r}: give one of them")
    with context.open_store(is_read_only=path is None and not is_cleared) as store:
        before, num_runs = store.artifact_root, len(store.garbage.disk())
    if path is not None or is_cleared:
        place = None if path is None else _usable(path)
        record_artifact_root(context.config.url, place)
        if context.config.artifact_dir is not None:
            warn(f"EXPDB_ARTIFACT_DIR is set, and wins: {context.config.artifact_dir}")
        with context.open_store(is_read_only=True, tells_waiting=False) as store:
            after = store.artifact_root
        if after != before and num_runs:
            warn(f"the files of {_runs(num_runs)} stay in {before}: move what is in it to {after}")
        before = after
    print_line(str(before))


def show_gone(context: Context) -> list[str]:
    """Return which files of runs are gone, a line each; those with which nothing is wrong are only told."""
    from expdb.report.run_ids import runs_text

    with context.open_store(is_read_only=True, tells_waiting=False) as store:
        gone, root = store.files.gone(), store.artifact_root
    for excuse in dict.fromkeys(one.excuse for one in gone if one.excuse):
        count = sum(one.excuse == excuse for one in gone)
        remark(f"the files of {_runs(count)} are not in {root}: {excuse}")
    wrong = [one for one in gone if not one.excuse]
    if not wrong:
        return []
    way_out = "name the folder that they are in: expdb db artifacts PATH"
    if not root.exists():
        ids = [one.run_id for one in wrong]
        return [f"the files of {runs_text(ids)} are gone: there is no folder {root}: move it there, or {way_out}"]
    lines = [_told_gone(one) for one in wrong[:_MOST_LISTED]]
    if len(wrong) > _MOST_LISTED:
        lines.append(f"and the files of {len(wrong) - _MOST_LISTED:,} more runs")
    return [*lines, f"{_runs(len(wrong))} without all files: put them back into {root}, or {way_out}"]


def _told_gone(gone: "GoneFiles") -> str:
    named = f"run {gone.run_id}" + (f" ({gone.name})" if gone.name else "")
    if gone.is_whole:
        return f"{named}: its folder is gone, with {' and '.join(gone.files)}: {gone.folder}"
    return f"{named}: {' and '.join(gone.files)} {'is' if len(gone.files) == 1 else 'are'} gone from {gone.folder}"


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number:,} runs"


def _usable(text: str) -> Path:
    """Return a folder for the runs' files, made if it was not there. Raises SpecError."""
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise SpecError(f"{text!r} depends on the folder that a command is started in: give the whole path")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise SpecError(f"{text!r} is no folder, and cannot be made one: {error}") from error
    return path


def _show_disk(disk: "Sequence[RunDisk]", root: Path) -> None:
    from expdb.domain.value_text import bytes_text

    rows = [
        [str(run.run_id), run.name or "", f"{run.num_files:,}", bytes_text(run.num_bytes)]
        for run in disk[:_MOST_LISTED]
    ]
    if rows:
        print_table(("run", "name", "files", "size"), rows, ("right", "left", "right", "right"))
    if len(disk) > _MOST_LISTED:
        print_line(f"and {len(disk) - _MOST_LISTED:,} more runs (--json lists all)")
    total = sum(run.num_bytes for run in disk)
    print_line(f"{bytes_text(total)} of {len(disk):,} {'run' if len(disk) == 1 else 'runs'} in {root}")


def _show_leftovers(leftovers: "Sequence[Leftover]") -> None:
    from expdb.domain.value_text import bytes_text

    for left in leftovers:
        told = f"{left.path}: {left.what}, {bytes_text(left.num_bytes)}"
        print_line(f"stays: {told}; {left.stays}" if left.stays else f"to delete: {told}")
