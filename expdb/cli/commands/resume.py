"""`expdb resume | rerun`: go on with a run that ended early; train a recorded spec anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expdb.cli.commands.run import environment_here, require_means, train_recorded
from expdb.cli.context import context_of
from expdb.cli.output import print_line
from expdb.domain.events import RunStarted
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import RunFinishedError

if TYPE_CHECKING:
    from expdb.store.store import Store

RunRef = Annotated[str, typer.Argument(metavar="RUN", help="a run's id or name")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (resume, rerun):
        app.command(rich_help_panel="Train")(command)


def resume(ctx: typer.Context, ref: RunRef) -> None:
    """Go on with a stopped or failed run from its last checkpoint.

    On a CPU the result is the same to the bit as without the break. The time between is not counted.
    """
    from expdb.report.compare.reproduction import changes_since

    context = context_of(ctx)
    with context.open_store() as store:
        store.mark_crashed()
        run = store.run(ref)
        spec = _spec_of(run)
        if run.status not in ("queued", "finished"):
            require_means(context, spec)
        here = environment_here()

        def remark(event: RunStarted) -> str:
            if event.first_epoch == 1:
                return "no checkpoint to go on from: it starts from the beginning"
            changes = changes_since(run.environment, here) if run.environment.packages else []
            if run.num_threads not in (None, event.num_threads):
                changes.append(f"threads: {event.num_threads}, then {run.num_threads}")
            goes_on = f"goes on from a checkpoint: epoch {event.first_epoch} comes next"
            return goes_on + (f" (results may not be the same to the bit: {'; '.join(changes)})" if changes else "")

        train_recorded(context, store, run.id, spec, environment=here, resume=True, remark=remark)


def rerun(
    ctx: typer.Context,
    ref: RunRef,
    name: Annotated[str | None, typer.Option(help="a name for the new run, unique in the database")] = None,
) -> None:
    """Train a run's spec anew, and compare the results.

    It makes another run. Before, it says whether code, packages or data differ from then.
    """
    from expdb.report.compare.reproduction import changes_since, data_change, verdict

    context = context_of(ctx)
    with context.open_store() as store:
        store.mark_crashed()
        first = store.run(ref)
        spec = _spec_of(first)
        require_means(context, spec)
        here = environment_here()
        for line in changes_since(first.environment, here) or ["code and packages: the same as then"]:
            print_line(line)
        run_id = store.add_run(spec, name=name, group=first.group, tags=first.tags, note=f"rerun of run {first.id}")

        def remark(event: RunStarted) -> str:
            return data_change(first.data_digest, event.data_digest)

        train_recorded(context, store, run_id, spec, environment=here, remark=remark)
        again = store.run(run_id)
        same_weights = _are_equal(*(_weights(store, run) for run in (first, again)))
        print_line(verdict(first, store.epochs(first.id), again, store.epochs(run_id), same_weights=same_weights))


def _spec_of(run: Run) -> RunSpec:
    if run.spec is None:
        raise RunFinishedError(f"run {run.id} is {run.kind}: there is nothing to train")
    return run.spec


def _weights(store: "Store", run: Run) -> Path | None:
    path = store.artifact_dir(run.id) / run.weights_file if run.weights_file else None
    return path if path is not None and path.is_file() else None


def _are_equal(first: Path | None, second: Path | None) -> bool | None:
    if first is None or second is None:
        return None
    return first.read_bytes() == second.read_bytes()
