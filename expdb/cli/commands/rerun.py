"""`expdb rerun`: train a recorded spec anew."""

from typing import Annotated

import typer

from expdb.cli.arguments import CheckpointMinutes, RunRef, ThreadsOption
from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.output import print_line
from expdb.cli.training_view import training_setup


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(rerun)


def rerun(
    ctx: typer.Context,
    ref: RunRef,
    name: Annotated[str | None, typer.Option(help="a name for the new run, unique in the database")] = None,
    checkpoint_minutes: CheckpointMinutes = None,
    threads: ThreadsOption = None,
) -> None:
    """Train a run's spec anew, and compare the results.

    It makes another run. Before, it says whether code, packages or data differ from then.
    """
    from expdb.launch.rerun import train_again

    context = context_of(ctx)
    setup = training_setup(context, minutes=checkpoint_minutes, threads=threads)
    with context.open_store() as store, stops_as_exit_codes():
        print_line(train_again(store, ref, setup, name=name))
