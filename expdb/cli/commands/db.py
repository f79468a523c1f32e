"""`expdb db ...`: create, upgrade, check, back up and merge databases; record what waits."""

from pathlib import Path
from typing import Annotated, TypedDict

import typer

from expdb.cli.arguments import JsonFlag
from expdb.cli.backup_view import back_up
from expdb.cli.context import Context, context_of
from expdb.cli.db_merge import merge
from expdb.cli.exit_codes import FAILED, stops_as_exit_codes
from expdb.cli.files_view import collect_garbage, show_artifacts, show_gone
from expdb.cli.output import print_json, print_line, remark, warn
from expdb.cli.pending_view import synced_line
from expdb.cli.training_view import training_setup

db = typer.Typer(help="The database: upgrade, check, back up, merge, and record what waits.", no_args_is_help=True)


class WaitingRecord(TypedDict):
    """What `db sync --dry-run --json` tells."""

    waiting: Annotated[int, "attempts that have said what no database has"]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    db.command()(merge)
    app.add_typer(db, name="db", rich_help_panel="Database")


@db.command()
def upgrade(ctx: typer.Context) -> None:
    """Create the database, or bring it to this version.

    An SQLite file is backed up first.
    """
    from expdb.store.database.upgrade import upgrade_database

    config = context_of(ctx).config
    before, after = upgrade_database(config.url, is_group_readable=config.is_group_readable)
    print_line(f"already at {after}" if before == after else f"upgraded from {before or 'nothing'} to {after}")


@db.command()
def current(ctx: typer.Context) -> None:
    """Show the database's revision and this version's."""
    from expdb.store.database.upgrade import current_revision, head_revision

    revision = current_revision(context_of(ctx).config.url)
    print_line(f"database: {revision or 'none yet'}; this expdb: {head_revision()}")


@db.command()
def check(ctx: typer.Context) -> None:
    """Check integrity, schema, and whether the files of the runs are there.

    Exits with 1 if something is wrong.
    """
    from expdb.store.database.check import check_database

    context = context_of(ctx)
    findings = check_database(context.config.url) or show_gone(context)
    for finding in findings:
        print_line(finding)
    if findings:
        raise typer.Exit(1)
    print_line("sound")


@db.command()
def backup(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="the copy to write; must not exist")],
    with_artifacts: Annotated[
        bool, typer.Option("--with-artifacts", help="copy the files of the runs too, into NAME.artifacts beside it")
    ] = False,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="show what would be copied")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Copy the database while it is in use, and say what is not copied.

    To restore, open the copy. It finds the files of its runs beside it; without --with-artifacts, where they were.
    """
    back_up(context_of(ctx), path, with_artifacts=with_artifacts, is_dry=is_dry, as_json=as_json)


@db.command()
def gc(
    ctx: typer.Context,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="show what would be deleted")] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show what the runs' files take, and delete what killed processes left.

    That is: folders that no run has, temporary files, parts of backups. What may still be of use stays, and is told.
    """
    collect_garbage(context_of(ctx), is_dry=is_dry, is_sure=is_sure, as_json=as_json)


@db.command()
def sync(
    ctx: typer.Context,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="say what waits; record nothing")] = False,
    as_json: JsonFlag = False,
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


@db.command()
def artifacts(
    ctx: typer.Context,
    path: Annotated[str | None, typer.Argument(help="the folder to keep them in from now on: a whole path")] = None,
    is_cleared: Annotated[bool, typer.Option("--clear", help="the usual place again")] = False,
) -> None:
    """Show where the runs' files are, or record another place in the database.

    Everybody who uses the database finds them there, whatever folder a command is started in. EXPDB_ARTIFACT_DIR wins.
    Nothing is moved.
    """
    show_artifacts(context_of(ctx), path, is_cleared=is_cleared)


@db.command()
def example(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", help="the database to write")] = Path("runs.db.example"),
    is_rebuilt: Annotated[
        bool, typer.Option("--rebuild", help="train its 12 small runs anew: about 4 minutes on 2 cores")
    ] = False,
) -> None:
    """Write the example database that comes with expdb, to look at.

    It holds rows that documents report with their tables, papers, claims, and the runs of the demo and the tour.
    """
    from expdb.launch.example import copy_example

    is_new = True
    if is_rebuilt:
        _rebuild(context_of(ctx), output)
    else:
        is_new = copy_example(output)
    print_line(f"{'wrote' if is_new else 'there already:'} {output}; look: expdb --db {output} tables")


def _rebuild(context: Context, output: Path) -> None:
    from expdb.interop.papers_and_claims import read_claims, read_papers
    from expdb.launch.example import build_example

    with stops_as_exit_codes():
        build_example(output, training_setup(context), papers=read_papers(), claims=read_claims())
