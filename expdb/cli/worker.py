"""`expdb worker`: one process of a data-parallel run, started by torchrun."""

import os
from typing import Annotated

import typer

from expdb.cli.context import context_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(hidden=True)(worker)


def worker(ctx: typer.Context, run_id: Annotated[int, typer.Argument(help="a queued run")]) -> None:
    """Be one process of a data-parallel run (torchrun starts this)."""
    from expdb.launch.local import run_worker

    context = context_of(ctx)
    with context.open_store() as store:
        run_worker(store, run_id, data_dir=context.config.data_dir, rank=int(os.environ.get("RANK", "0")))
