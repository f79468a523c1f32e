"""`expdb worker`: one process of a data-parallel run."""

import os
from typing import Annotated

import typer

from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.training_view import checkpoint_minutes, told_threads


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(hidden=True)(worker)


def worker(
    ctx: typer.Context,
    run_id: Annotated[int, typer.Argument(help="a queued run")],
    resume: Annotated[bool, typer.Option("--resume", help="go on with a run that ended early")] = False,
) -> None:
    """Be one process of a data-parallel run (the command that trains it starts this)."""
    from expdb.launch.ranks import end_with_launcher

    end_with_launcher(f"run {run_id} crashed: the process that started it was killed; see expdb resume {run_id}")
    from expdb.launch.data_parallel import run_rank

    context = context_of(ctx)
    rank = int(os.environ.get("RANK", "0"))
    with stops_as_exit_codes(), context.open_store(is_read_only=True, tells_waiting=False) as store:
        run_rank(
            store,
            run_id,
            data_dir=context.config.data_dir,
            rank=rank,
            checkpoint_minutes=checkpoint_minutes(context),
            threads=told_threads(context),
            resume=resume,
        )
