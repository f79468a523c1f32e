"""`expdb rm | restore`: hide runs and bring them back, and delete them for good."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from expdb.cli.arguments import JsonFlag
from expdb.cli.chosen_runs import chosen_runs
from expdb.cli.confirm import is_confirmed
from expdb.cli.context import context_of
from expdb.cli.output import print_json, print_line, warn
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.domain.run import Run
    from expdb.store.purging import PurgePlan
    from expdb.store.store import Store

_MOST_NAMED = 5  # runs that are named before the question

Refs = Annotated[list[str] | None, typer.Argument(metavar="[RUN]...", help="ids, ranges of ids (22-25) or names")]
Where = Annotated[str | None, typer.Option("--where", help="instead: all runs that this filter holds for")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="show what would be done")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("rm", rich_help_panel="Change")(remove)
    app.command(rich_help_panel="Change")(restore)


class ChosenRecord(TypedDict):
    """What `rm --json` and `restore --json` tell."""

    runs: Annotated[list[int], "ids of the runs that were chosen"]
    is_done: Annotated[bool, "false: nothing was changed, by `--dry-run`, or because nobody said yes"]


class PurgedRecord(ChosenRecord):
    """What `rm --purge --json` tells."""

    num_epochs: Annotated[int, "rows of epochs that go"]
    num_files: Annotated[int, "files that go"]
    num_bytes: Annotated[int, "of these files"]
    mentions: Annotated[list[str], "what builds on one of the runs, or names it, a sentence each"]


def remove(
    ctx: typer.Context,
    refs: Refs = None,
    where: Where = None,
    is_purge: Annotated[
        bool, typer.Option("--purge", help="delete rows and files for good, of removed runs too; asks first")
    ] = False,
    is_sure: Yes = False,
    is_dry: DryRun = False,
    as_json: JsonFlag = False,
) -> None:
    """Take runs out of lists and tables.

    Nothing is lost: `expdb restore` brings them back. With --purge they are gone for good.
    """
    with context_of(ctx).open_store(is_read_only=is_dry) as store:
        chosen = _chosen(store, refs, where, include_removed=is_purge)
        if is_purge:
            _purge(store, chosen, is_sure=is_sure, is_dry=is_dry, as_json=as_json)
            return
        alive = [run.id for run in chosen if run.status == "running"]
        if alive and where is not None:
            raise SpecError(f"{_text(alive)}: running, so not to be removed: stop first, or add: and status != running")
        if where is not None and not chosen and not as_json:
            print_line(store.searching.why_none(where) or "no run matches")
        elif where is not None or is_dry:
            _name(chosen, "to remove", as_json=as_json)
        ids = [run.id for run in chosen]
        is_done = bool(ids) and not is_dry and (where is None or is_confirmed(f"Remove {_text(ids)}?", is_sure=is_sure))
        for run_id in ids if is_done else ():
            store.edits.remove(run_id)
            if where is None and not as_json:
                print_line(f"removed run {run_id}; back with: expdb restore {run_id}")
    if as_json:
        print_json(ChosenRecord(runs=ids, is_done=is_done))
    elif is_done and where is not None:
        print_line(f"removed {_text(ids)}; back with: expdb{context_of(ctx).db_option} restore {_refs(ids)}")


def restore(
    ctx: typer.Context,
    refs: Refs = None,
    where: Where = None,
    is_sure: Yes = False,
    is_dry: DryRun = False,
    as_json: JsonFlag = False,
) -> None:
    """Bring removed runs back."""
    with context_of(ctx).open_store(is_read_only=is_dry) as store:
        chosen = _chosen(store, refs, where, include_removed=True)
        chosen = [run for run in chosen if where is None or run.removed_at is not None]
        if where is not None or is_dry:
            _name(chosen, "to restore", as_json=as_json)
        ids = [run.id for run in chosen]
        is_done = (
            bool(ids) and not is_dry and (where is None or is_confirmed(f"Restore {_text(ids)}?", is_sure=is_sure))
        )
        for run_id in ids if is_done else ():
            store.edits.restore(run_id)
            if not as_json:
                print_line(f"restored run {run_id}")
    if as_json:
        print_json(ChosenRecord(runs=ids, is_done=is_done))


def _chosen(
    store: "Store", refs: Sequence[str] | None, where: str | None, *, include_removed: bool = False
) -> list["Run"]:
    """Return the runs that are named, or that a filter holds for. Raises SpecError."""
    if bool(refs) == (where is not None):
        raise SpecError("name runs (22-25, a name), or a filter of them by --where: one of the two")
    if where is not None and not where.strip():
        raise SpecError("--where '': an empty filter holds for every run; say so by --where 'id > 0'")
    if where is None:
        return chosen_runs(store, refs or ())
    return store.runs(where, include_removed=include_removed)


def _purge(store: "Store", chosen: Sequence["Run"], *, is_sure: bool, is_dry: bool, as_json: bool) -> None:
    """Show what deleting runs for good takes away, ask, and delete."""
    ids = [run.id for run in chosen]
    plan = store.purging.plan(ids)
    _name(chosen, "to delete for good", as_json=as_json)
    for mention in plan.mentions:
        warn(mention)
    if ids and not as_json:
        print_line(_takes(plan))
    is_done = bool(ids) and not is_dry and is_confirmed(f"Delete {_text(ids)} for good?", is_sure=is_sure)
    if is_done:
        plan = store.purging.purge(ids)
    if as_json:
        record = PurgedRecord(
            runs=ids,
            num_epochs=plan.num_epochs,
            num_files=plan.num_files,
            num_bytes=plan.num_bytes,
            mentions=list(plan.mentions),
            is_done=is_done,
        )
        print_json(record)
    elif is_done:
        print_line(f"deleted {_text(ids)} for good")


def _takes(plan: "PurgePlan") -> str:
    from expdb.domain.value_text import bytes_text

    return f"{plan.num_epochs:,} epochs, {plan.num_files:,} files, {bytes_text(plan.num_bytes)}"


def _name(chosen: Sequence["Run"], what: str, *, as_json: bool) -> None:
    """Print how many runs were chosen, and the first of them."""
    from expdb.catalog.labels import model_aug

    if as_json:
        return
    if not chosen:
        print_line("no removed run matches" if what == "to restore" else "no run matches")
        return
    print_line(f"{len(chosen):,} {'run' if len(chosen) == 1 else 'runs'} {what}:")
    for run in chosen[:_MOST_NAMED]:
        name = f" {run.name}" if run.name else ""
        print_line(f"  run {run.id}{name}: {model_aug(run.fields)} on {run.dataset}, {run.status}")
    if len(chosen) > _MOST_NAMED:
        print_line(f"  and {len(chosen) - _MOST_NAMED:,} more")


def _text(ids: Sequence[int]) -> str:
    from expdb.report.run_ids import runs_text

    return runs_text(ids)


def _refs(ids: Sequence[int]) -> str:
    from expdb.report.run_ids import short

    return short(ids).replace(", ", " ")
