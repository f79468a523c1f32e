"""`expdb sync`: record what runs said while the database could not take it."""

from typing import Annotated, TypedDict

import typer

from expdb.cli.context import context_of
from expdb.cli.exit_codes import FAILED
from expdb.cli.output import print_json, print_line, remark, warn
from expdb.cli.pending_view import synced_line


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Database")(sync)


class WaitingRecord(TypedDict):
    """What `sync --dry-run --json` tells."""

    waiting: Annotated[int, "attempts that have said what no database has"]


def sync(
    ctx: typer.Context,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="say what waits; record nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """Record what runs said while the database could not take it.

    Events of a run are kept in its folder until the database has them. Every command that writes does this first, so
    it is seldom called. Exits with 1 if something cannot be recorded.
    """
    from expdb.launch.sync import attempts_wait, count_waiting, sync_pending

    context = context_of(ctx)
    if is_dry:
        with context.open_store(is_read_only=True, tells_waiting=False) as store:
            number = count_waiting(store)
        if as_json:
            print_json(WaitingRecord(waiting=number))
        else:
            print_line(f"{attempts_wait(number)} to be recorded" if number else "nothing waits to be recorded")
        return
    context.open_store(is_read_only=True, tells_waiting=False).close()  # one that was deleted is not made anew
    with context.open_store(tells_waiting=False) as store:
        synced = list(sync_pending(store))
        of_another = store.roots.of_another
    if as_json:
        print_json(synced)
    for one in synced if not as_json else ():
        (warn if one.problem else print_line)(synced_line(one))
    if not synced and not as_json:
        print_line("nothing waits to be recorded")
    if of_another is not None:
        remark(f"{of_another} is of another database, whose runs are not brought in here")
    if any(one.problem for one in synced):
        raise typer.Exit(FAILED)
