"""`expdb fill`: train what a table lacks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from expdb.cli.arguments import CheckpointMinutes, TableName, ThreadsOption
from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.output import print_json, print_line, print_table, warn
from expdb.domain.codec import digest
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.analysis.lacking_analyses import LackingAnalysis
    from expdb.launch.fill import FillPlan
    from expdb.launch.train_runs import TrainingSetup
    from expdb.store.store import Store

NUM_SEEDS = 3  # the fewest of which a spread says something


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(fill)


class PlannedRunRecord(TypedDict):
    """A run that would be trained."""

    row: Annotated[str, "what the row of the table is called"]
    cell: Annotated[str, "values of the pivot's keys; without a pivot, the dataset"]
    seed: int
    digest: Annotated[str, "names the computation"]
    group: Annotated[str | None, "the label that it would get"]
    tags: Annotated[list[str], "that it would get"]
    estimated_seconds: Annotated[float | None, "from past runs; null: there is none like it"]
    ended_run: Annotated[int | None, "the run of the same seed that ended early"]
    spec: Annotated[RunSpec, "its settings"]


class UnderivableRecord(TypedDict):
    """An empty cell of which no settings can be made."""

    row: str
    cell: str
    reason: Annotated[str, "why"]


class OutsideRecord(TypedDict):
    """Finished runs whose seed the table does not show; they count all the same."""

    row: str
    cell: str
    runs: Annotated[list[int], "their ids"]


class LackingAnalysisRecord(TypedDict):
    """An analysis that would be made."""

    analysis: str
    run: Annotated[int, "its id"]
    settings: Annotated[dict[str, Any], "of the analysis"]
    num_forward: Annotated[int, "images that go through the run's network"]


class FillRecord(TypedDict):
    """What `fill --dry-run --json` tells."""

    table: Annotated[str, "its name"]
    seeds: Annotated[int, "that each cell should have"]
    runs: Annotated[list[PlannedRunRecord], "that would be trained"]
    num_runs: Annotated[int, "how many these are"]
    num_without_estimate: Annotated[int, "of which no past run tells how long they take"]
    estimated_seconds: Annotated[float | None, "of all others together"]
    underivable: Annotated[list[UnderivableRecord], "empty cells that cannot be filled"]
    outside: Annotated[list[OutsideRecord], "finished runs that the table does not show"]
    waiting: Annotated[list[int], "ids of queued and running runs, which count as if finished"]
    diverged: Annotated[list[int], "ids of runs whose loss was not finite: they would end so again"]
    unlisted: Annotated[list[int], "ids of runs of the table's filter that did not finish and belong to no row"]
    untrained_rows: Annotated[dict[str, int], "number of rows by kind that were not trained here"]
    analyses: Annotated[list[LackingAnalysisRecord], "that runs which are there would be asked for"]


def fill(
    ctx: typer.Context,
    name: TableName,
    seeds: Annotated[
        int, typer.Option(min=1, max=1000, help="how many every row, or cell of a pivot, shall have")
    ] = NUM_SEEDS,
    checkpoint_minutes: CheckpointMinutes = None,
    threads: ThreadsOption = None,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="show what would be run, and for how long")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --dry-run: as JSON, with the specs")] = False,
) -> None:
    """Train and analyse what a table lacks, and print the table.

    That is: seeds of its rows (one seed is not a result), rows whose settings the table lists and nobody ran, empty
    cells of a pivot, and the analyses that its columns show. A spec and seed that is queued, running, finished or
    diverged is never run again, whoever asks; what the table's filter cannot let in is not run.
    """
    if as_json and not is_dry:
        raise SpecError("--json goes with --dry-run; the filled table as JSON: expdb table NAME --format json")
    from expdb.analysis.lacking_analyses import lacking_analyses
    from expdb.cli.training_view import training_setup
    from expdb.launch.fill import plan_fill

    context = context_of(ctx)
    setup = training_setup(context, minutes=checkpoint_minutes, threads=threads)
    with context.open_store(is_read_only=is_dry) as store:
        plan = plan_fill(store, name, num_seeds=seeds)
        lacking = lacking_analyses(store, plan.definition)
        if plan.found.gaps and not plan.shown and not lacking and not is_dry:
            raise SpecError(_hidden(plan))
        if as_json:
            print_json(_as_json(plan, lacking))
        else:
            _show(plan, lacking)
        if plan.num_hidden:
            warn(_hidden(plan))
        if (plan.shown or lacking) and not is_dry:
            _fill(setup, store, plan)


def _fill(setup: "TrainingSetup", store: "Store", plan: "FillPlan") -> None:
    """Train the missing runs, analyse what lacks it, then print the table. Raises Exit with 1 if something is missing.

    Analyses come last: those of the runs that were trained are among them.
    """
    from expdb.analysis.lacking_analyses import lacking_analyses, make_lacking
    from expdb.cli.table_view import print_built
    from expdb.launch.fill import fill_table
    from expdb.report.tables.build import build_table

    with stops_as_exit_codes():
        num_lacking = fill_table(store, plan, setup) if plan.shown else plan.num_runs
        num_unmade = make_lacking(
            store,
            lacking_analyses(store, plan.definition),
            data_dir=setup.data_dir,
            threads=setup.threads,
            tell=print_line,
            warn=warn,
        )
    print_line("")
    print_built(build_table(store, plan.definition))
    if num_lacking:
        warn(f"{num_lacking} run{' is' if num_lacking == 1 else 's are'} still missing")
    if num_unmade:
        warn(f"{num_unmade} {'analysis is' if num_unmade == 1 else 'analyses are'} still missing")
    if num_lacking or num_unmade:
        raise typer.Exit(1)


def _show(plan: "FillPlan", lacking: Sequence["LackingAnalysis"]) -> None:
    """Print what would be run, and what is left alone and why."""
    from expdb.domain.value_text import MISSING, format_value

    found = plan.found
    if found.gaps:
        listed = [
            [
                gap.row,
                gap.cell,
                ", ".join(map(str, gap.seeds)),
                MISSING if each is None else format_value(each * len(gap.seeds), "duration"),
            ]
            for gap, each in zip(found.gaps, plan.seconds, strict=True)
        ]
        print_table(["row", "of", "seeds to run", "estimate"], listed, ["left", "left", "left", "right"])
    for line in _remarks(plan):
        print_line(line)
    for row, cell, reason in found.underivable:
        warn(f"{row} of {cell} cannot be derived: {reason}; use expdb run")
    for row, cell, ids in found.outside:
        warn(f"{row} of {cell}: {_runs(ids)} counted as there, but table {plan.definition.name} does not show it")
    for name in dict.fromkeys(one.entry.name for one in lacking):
        of_name = [one for one in lacking if one.entry.name == name]
        forward = sum(one.num_forward for one in of_name)
        cost = f": {forward:,} forward passes of an image" if forward else ""
        print_line(f"{name} is missing of {_listed([one.run.id for one in of_name])}{cost}")
    if plan.found.gaps or not lacking:
        print_line(_summary(plan))


def _listed(ids: Sequence[int]) -> str:
    from expdb.report.run_ids import runs_text

    return runs_text(ids)


def _remarks(plan: "FillPlan") -> list[str]:
    from expdb.report.run_ids import runs_text

    found = plan.found
    ended = [
        f"run {run_id} ended early; to go on with it instead: expdb resume {run_id}"
        for gap in found.gaps
        for run_id in gap.ended.values()
    ]
    told = [f"{_runs(found.waiting)} queued or running: counted as there"] if found.waiting else []
    if found.diverged:
        runs = runs_text(found.diverged, most=None)
        told.append(f"diverged, and not tried again, as the same seed would do so again: {runs}")
    if found.unlisted:
        told.append(f"{_runs(found.unlisted)} not finished and of no row: left alone (expdb resume RUN)")
    told += [
        f"{number} {kind} {'row was' if number == 1 else 'rows were'} not trained here and cannot be filled: use "
        "expdb run with settings of your own"
        for kind, number in found.untrained.items()
    ]
    if found.num_beyond:
        rows_are = "row is" if found.num_beyond == 1 else "rows are"
        told.append(
            f"{found.num_beyond:,} more {rows_are} beyond the limit of table {plan.definition.name}: not looked at"
        )
    return [*ended, *told]


def _summary(plan: "FillPlan") -> str:
    from expdb.domain.value_text import format_value

    found = plan.found
    if not found.num_groups:
        why = f": {plan.why_none}" if plan.why_none else ": nothing to fill"
        return f"table {plan.definition.name} has no row that could be trained{why}"
    if not found.gaps:
        seeds = f"{plan.num_seeds} seed{'' if plan.num_seeds == 1 else 's'}"
        is_all = not found.underivable and not found.outside and not found.diverged
        rows = "every row" if is_all else "every row that could be filled"
        return f"nothing is missing: {rows} of {plan.definition.name} has {seeds}"
    runs = f"{plan.num_runs} run{'' if plan.num_runs == 1 else 's'}"
    if plan.num_unknown == plan.num_runs:
        return f"{runs}; there is no past run to estimate the time from"
    time = format_value(plan.total_seconds, "duration")
    if plan.num_unknown:
        return f"{runs}, at least {time} (no past run to estimate {plan.num_unknown} of them from)"
    return f"{runs}, about {time}"


def _hidden(plan: "FillPlan") -> str:
    """Return what to do about runs that the table could never show."""
    name, where = plan.definition.name, plan.definition.where
    return (
        f"table {name} would not show {plan.num_hidden} of {plan.num_runs} runs: its filter {where!r} does not hold "
        f"for new ones; save it with one that does (expdb table {name} --where FILTER --save {name})"
    )


def _runs(ids: Sequence[int]) -> str:
    from expdb.report.run_ids import runs_text

    return f"{runs_text(ids, most=None)} {'is' if len(ids) == 1 else 'are'}"


def _as_json(plan: "FillPlan", lacking: Sequence["LackingAnalysis"]) -> FillRecord:
    found = plan.found
    return FillRecord(
        table=plan.definition.name,
        seeds=plan.num_seeds,
        runs=[
            PlannedRunRecord(
                row=gap.row,
                cell=gap.cell,
                seed=spec.seed,
                digest=digest(spec),
                group=gap.like.group if gap.like else None,
                tags=list(gap.like.tags) if gap.like else [],
                estimated_seconds=each,
                ended_run=gap.ended.get(spec.seed),
                spec=spec,
            )
            for gap, each in zip(found.gaps, plan.seconds, strict=True)
            for spec in gap.specs
        ],
        num_runs=plan.num_runs,
        num_without_estimate=plan.num_unknown,
        estimated_seconds=plan.total_seconds,
        underivable=[UnderivableRecord(row=row, cell=cell, reason=reason) for row, cell, reason in found.underivable],
        outside=[OutsideRecord(row=row, cell=cell, runs=list(ids)) for row, cell, ids in found.outside],
        waiting=list(found.waiting),
        diverged=list(found.diverged),
        unlisted=list(found.unlisted),
        untrained_rows=dict(found.untrained),
        analyses=[
            LackingAnalysisRecord(
                analysis=one.entry.name,
                run=one.run.id,
                settings=one.settings.model_dump(mode="json"),
                num_forward=one.num_forward,
            )
            for one in lacking
        ],
    )
