"""`expdb log`: what a run said while it trained."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from expdb.cli.arguments import RunRef
from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.output import warn
from expdb.errors import DataError, NotFoundError

if TYPE_CHECKING:
    from expdb.store.store import Store

POLL_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(log)


def log(
    ctx: typer.Context,
    ref: RunRef,
    num_lines: Annotated[
        int, typer.Option("-n", "--lines", min=0, metavar="N", help="the last so many lines; 0: all")
    ] = 50,
    is_followed: Annotated[bool, typer.Option("-f", "--follow", help="go on until the run has ended")] = False,
) -> None:
    """Print a run's log: its start, every epoch, the warnings, and how it ended."""
    from expdb.launch.read_log import LOG_FILE, tail_offset

    with context_of(ctx).open_store(is_read_only=True) as store, stops_as_exit_codes():
        run = store.run(ref)
        path = store.artifact_dir(run.id) / LOG_FILE
        try:
            if is_followed:
                _follow(store, run.id, path, num_lines)
            else:
                _print_from(path, tail_offset(path, num_lines))
        except FileNotFoundError:
            if run.kind == "tracked":
                raise NotFoundError(
                    f"run {run.id} is of a script, whose output is its own: expdb show {run.id} has what it logged"
                ) from None
            status = store.run(run.id).status
            raise NotFoundError(f"run {run.id} ({status}) has no log on this machine: {str(path)!r}") from None
        except OSError as error:
            raise DataError(f"cannot read the log {str(path)!r}: {error.strerror}") from error


def _follow(store: "Store", run_id: int, path: Path, num_lines: int) -> None:
    """Print a log and what is added to it, until the run has ended or crashed."""
    from expdb.launch.read_log import tail_offset
    from expdb.report.last_sign import status_text

    offset: int | None = None
    while True:
        store.look_for_gone()
        run = store.run(run_id)  # before the log is read: its last line is written before the end is recorded
        has_ended = run.status not in ("queued", "running")
        if offset is None and (has_ended or path.exists() or path.is_symlink()):
            offset = tail_offset(path, num_lines)
        if offset is not None:
            offset = _print_from(path, offset)
        if run.status == "crashed":
            warn(f"run {run_id} {status_text(run, datetime.now(UTC))}: expdb resume {run_id} goes on with it")
        if has_ended:
            return
        sleep(POLL_SECONDS)


def _print_from(path: Path, offset: int) -> int:
    """Print a log from a place on, in bytes; return its end."""
    from expdb.launch.read_log import read_log

    while True:
        text, offset = read_log(path, offset)
        if not text:
            return offset
        sys.stdout.write(text)
        sys.stdout.flush()
