"""`expdb resume`: go on with a run that ended early."""

from typing import Annotated

import typer

from expdb.cli.arguments import CheckpointMinutes, RunRef, ThreadsOption
from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.training_view import training_setup


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(resume)


def resume(
    ctx: typer.Context,
    ref: RunRef,
    checkpoint_minutes: CheckpointMinutes = None,
    threads: ThreadsOption = None,
    accept_changed_data: Annotated[
        bool,
        typer.Option(
            "--accept-changed-data",
            help="go on although the images are not those of its epochs so far; the run is marked as of two data",
        ),
    ] = False,
) -> None:
    """Go on with a stopped or failed run from its last checkpoint.

    On a CPU the result is the same to the bit as without the break. The time between is not counted.
    """
    from expdb.launch.resume import resume_run

    context = context_of(ctx)
    setup = training_setup(context, minutes=checkpoint_minutes, threads=threads)
    with context.open_store() as store, stops_as_exit_codes():
        resume_run(store, ref, setup, accept_changed_data=accept_changed_data)
