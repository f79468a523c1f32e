"""`expdb tag | note | rename | group`: what may change about a recorded run."""

from typing import Annotated

import typer

from expdb.cli.arguments import RunRef, RunRefs
from expdb.cli.chosen_runs import chosen_runs
from expdb.cli.context import context_of
from expdb.cli.output import print_line
from expdb.errors import SpecError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (tag, note, rename, group):
        app.command(rich_help_panel="Change")(command)


def tag(
    ctx: typer.Context,
    ref: RunRef,
    tags: Annotated[list[str] | None, typer.Argument(metavar="[TAG]...", help="tags to add")] = None,
    removed: Annotated[list[str] | None, typer.Option("--remove", metavar="TAG", help="a tag to take away")] = None,
) -> None:
    """Add tags to a run, take them away, or show them."""
    with context_of(ctx).open_store() as store:
        run = store.run(ref)
        if tags or removed:
            run = store.edits.change_tags(run.id, add=tags or (), remove=removed or ())
    print_line(f"run {run.id}: {', '.join(run.tags) or 'no tags'}")


def note(
    ctx: typer.Context,
    ref: RunRef,
    text: Annotated[str | None, typer.Argument(help="the remark")] = None,
    is_cleared: Annotated[bool, typer.Option("--clear", help="take the remark away")] = False,
) -> None:
    """Set a run's remark, or show it."""
    if text is not None and is_cleared:
        raise SpecError(f"--clear and the text {text!r}: give one of them")
    with context_of(ctx).open_store() as store:
        run = store.run(ref)
        if text is not None or is_cleared:
            run = store.edits.set_note(run.id, text)
    print_line(f"run {run.id}: {run.note or 'no note'}")


def rename(ctx: typer.Context, ref: RunRef, name: Annotated[str, typer.Argument(help="the new name, unique")]) -> None:
    """Give a run a name."""
    with context_of(ctx).open_store() as store:
        run = store.edits.rename(store.run(ref).id, name)
    print_line(f"run {run.id}: {run.name}")


def group(
    ctx: typer.Context,
    refs: RunRefs,
    is_cleared: Annotated[bool, typer.Option("--clear", help="take the runs out of their groups")] = False,
) -> None:
    """Put runs into a group: `expdb group 22-25 NAME`; with --clear, into none.

    The last word is the group, unless --clear is given. What the runs were in before is told.
    """
    *named, name = [*refs, None] if is_cleared else refs
    if not named:
        raise SpecError(f"expdb group {refs[0]}: name runs and then the group, or --clear")
    with context_of(ctx).open_store() as store:
        runs = chosen_runs(store, [ref for ref in named if ref is not None])
        store.edits.set_group([run.id for run in runs], name)
    for run in runs:
        before = f" (was {run.group})" if run.group is not None else ""
        print_line(f"run {run.id}: {'no group' if name is None else name}{before}")
