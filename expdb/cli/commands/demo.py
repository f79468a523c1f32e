"""`expdb demo`: six small runs on bundled images, their table, and the way to the dashboard."""

import typer

from expdb.cli.arguments import CheckpointMinutes, ThreadsOption
from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.output import print_line
from expdb.cli.training_view import training_setup


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(demo)


def demo(ctx: typer.Context, checkpoint_minutes: CheckpointMinutes = None, threads: ThreadsOption = None) -> None:
    """Train six small runs on bundled images and print their table.

    Offline, and about 3 minutes on 2 cores. Runs that the database holds already are not trained again.
    """
    from expdb.cli.table_view import print_built
    from expdb.launch.demo import DEMO_TABLE, train_demo
    from expdb.report.tables.build import build_table

    context = context_of(ctx)
    setup = training_setup(context, minutes=checkpoint_minutes, threads=threads)
    with context.open_store() as store:
        with stops_as_exit_codes():
            train_demo(store, setup)
        built = build_table(store, DEMO_TABLE)
    print_line("")
    print_built(built)
    option = context.db_option
    print_line(
        f"\none seed is not a result: this shows the tool, not which network is better\n"
        f"as Markdown:         expdb{option} table demo\n"
        f"browse and compare:  expdb{option} dashboard\n"
        f"list the runs:       expdb{option} ls"
    )
