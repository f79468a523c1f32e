"""`expdb db merge`: bring another database into this one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expdb.cli.arguments import JsonFlag
from expdb.cli.context import context_of
from expdb.cli.output import console, print_json, print_line, warn
from expdb.config import database_url

if TYPE_CHECKING:
    from expdb.store.merging.outcome import MergeOutcome


def merge(
    ctx: typer.Context,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="the other database: a path or an SQLAlchemy URL")],
    artifacts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where its runs' files are, if not at their usual place")
    ] = None,
    no_files: Annotated[bool, typer.Option("--no-files", help="leave the runs' files where they are")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be done")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Bring the runs, tables, papers and claims of another database into this one.

    OTHER stays as it is. Runs are told apart by their uuid and get a number of this database; of a run that both have,
    the state that is further wins, and tags and notes are united. Broken off, it goes on when it is called again.

    Of a damaged SQLite file, what can be read goes into a database that is empty. Exits with 1 if anything could not be
    brought in.
    """
    from expdb.errors import SpecError
    from expdb.report.run_ids import are_here, runs_text
    from expdb.store.merging.other_database import open_other

    if no_files and artifacts is not None:
        raise SpecError(f"--artifacts {artifacts} has no effect with --no-files: leave one out")
    if artifacts is not None and not artifacts.is_dir():
        raise SpecError(f"--artifacts {artifacts}: there is no such folder")
    with open_other(database_url(other, named_by="OTHER"), artifact_root=artifacts) as opened:
        if opened.is_damaged and not as_json:
            warn(f"{opened.label} is damaged: what can be read of it is merged")
        with context_of(ctx).open_store(is_read_only=dry_run) as store, _progress() as show:
            outcome = store.merging.merge(opened, with_files=not no_files, is_dry_run=dry_run, progress=show)
            merged = store.merging.merged(outcome.database)
    if as_json:
        print_json(outcome.record() | {"numbers": dict(merged.numbers) if merged else {}})
    else:
        if merged is not None and not dry_run and any(there != here for there, here in merged.numbers.items()):
            there = sorted(merged.numbers)
            here = are_here([merged.numbers[number] for number in there], there)
            print_line(f"{runs_text(there)} of {outcome.label} {here}")
        _show(outcome, artifacts=opened.roots.own)
    if outcome.failed or outcome.lost:
        raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], object]]:
    """Show on a terminal how many runs are done."""
    from rich.progress import MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("runs"), MofNCompleteColumn())
    out = console(is_error=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as shown:
        task = shown.add_task("runs", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _show(outcome: "MergeOutcome", *, artifacts: Path) -> None:
    for line in outcome.told:
        print_line(line)
    for line in outcome.lost:
        print_line(f"lost: {line}")
    for line in outcome.failed:
        print_line(f"not merged: {line}")
    if outcome.num_without_files:
        runs = f"{outcome.num_without_files:,} run{'' if outcome.num_without_files == 1 else 's'}"
        print_line(f"the files of {runs} are not in {artifacts} (--artifacts DIR names another folder)")
    print_line(_summary(outcome))


def _summary(outcome: "MergeOutcome") -> str:
    parts = [
        f"{outcome.num_new:,} new",
        f"{outcome.num_further:,} updated",
        f"{outcome.num_same:,} known",
    ]
    parts += [f"{outcome.num_left:,} left alone"] if outcome.num_left else []
    parts += [f"{len(outcome.failed):,} not merged"] if outcome.failed else []
    new = [
        f"{number:,} new {kind}{'' if number == 1 else 's'}"
        for kind, number in (
            ("table", outcome.num_tables),
            ("paper", outcome.num_papers),
            ("claim", outcome.num_claims),
        )
        if number
    ]
    if outcome.num_bytes:
        files = f"{outcome.num_files:,} file{'' if outcome.num_files == 1 else 's'}"
        size = f"{outcome.num_bytes / 1e6:,.1f} MB"
        new.append(f"{size} of files to copy" if outcome.is_dry_run else f"{files} copied ({size})")
    would = "would be merged" if outcome.is_dry_run else "merged"
    runs = f"{outcome.num_runs:,} run{'' if outcome.num_runs == 1 else 's'}"
    return f"{outcome.label} {would}: {runs}: {'; '.join([', '.join(parts), *new])}"
