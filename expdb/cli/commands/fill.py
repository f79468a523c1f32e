"""`expdb fill`: train what a table lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from expdb.cli.commands.run import environment_here, require_means, train_recorded
from expdb.cli.commands.tables import TableName
from expdb.cli.context import Context, context_of
from expdb.cli.output import print_json, print_line, print_table, warn
from expdb.domain.codec import digest
from expdb.domain.table import TableDefinition
from expdb.errors import DataError, LaunchError, SpecError, TrainingError

if TYPE_CHECKING:
    from expdb.report.tables.missing_runs import Gap, Gaps
    from expdb.store.store import Store

NUM_SEEDS = 3  # the fewest of which a spread says something


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a table lacks, and how long each run of each gap will take, in seconds; None: not known."""

    table: str
    num_seeds: int
    found: "Gaps"
    seconds: Sequence[float | None]

    @property
    def num_runs(self) -> int:
        """How many runs it takes."""
        return sum(len(gap.seeds) for gap in self.found.gaps)

    @property
    def num_unknown(self) -> int:
        """How many of them no past run tells the time of."""
        pairs = zip(self.found.gaps, self.seconds, strict=True)
        return sum(len(gap.seeds) for gap, each in pairs if each is None)

    @property
    def total_seconds(self) -> float:
        """Time of those runs whose time is known."""
        pairs = zip(self.found.gaps, self.seconds, strict=True)
        return sum(each * len(gap.seeds) for gap, each in pairs if each is not None)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(fill)


def fill(
    ctx: typer.Context,
    name: TableName,
    seeds: Annotated[
        int, typer.Option(min=1, max=1000, help="how many every row, or cell of a pivot, shall have")
    ] = NUM_SEEDS,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="show what would be run, and for how long")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --dry-run: as JSON, with the specs")] = False,
) -> None:
    """Train what a table lacks, and print the table.

    That is: seeds of its rows (one seed is not a result), rows whose settings the table lists and nobody ran, empty
    cells of a pivot. A spec and seed that is queued, running, finished or diverged is never run again, whoever asks;
    what the table's filter cannot let in is not run.
    """
    if as_json and not is_dry:
        raise SpecError("--json goes with --dry-run; the filled table as JSON: expdb table NAME --format json")
    from expdb.launch.estimate import estimate_seconds, shown_gaps
    from expdb.report.tables.missing_runs import find_gaps

    context = context_of(ctx)
    with context.open_store(is_read_only=is_dry) as store:
        if not is_dry:
            store.mark_crashed()
        definition = store.table(name)
        found = find_gaps(store, definition, num_seeds=seeds)
        seconds = estimate_seconds(store, [gap.spec for gap in found.gaps]) if found.gaps else []
        plan = Plan(table=name, num_seeds=seeds, found=found, seconds=seconds)
        shown = shown_gaps(store, definition, found.gaps)
        num_hidden = plan.num_runs - sum(len(gap.seeds) for gap in shown)
        if found.gaps and not shown and not is_dry:
            raise SpecError(_hidden(plan, definition, num_hidden))
        if as_json:
            print_json(_as_json(plan))
        else:
            _show(plan)
        if num_hidden:
            warn(_hidden(plan, definition, num_hidden))
        if shown and not is_dry:
            _train(context, store, definition, shown, num_lacking=num_hidden)


def _show(plan: Plan) -> None:
    """Print what would be run, and what is left alone and why."""
    from expdb.report.value_text import MISSING, format_value

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
        warn(f"{row} of {cell}: {_runs(ids)} counted as there, but table {plan.table} does not show it")
    print_line(_summary(plan))


def _remarks(plan: Plan) -> list[str]:
    found = plan.found
    ended = [
        f"run {run_id} ended early; to go on with it instead: expdb resume {run_id}"
        for gap in found.gaps
        for run_id in gap.ended.values()
    ]
    told = [f"{_runs(found.waiting)} queued or running: counted as there"] if found.waiting else []
    if found.diverged:
        ids = ", ".join(map(str, found.diverged))
        told.append(f"diverged, and not tried again, as the same seed would do so again: run {ids}")
    if found.unlisted:
        told.append(f"{_runs(found.unlisted)} not finished and of no row: left alone (expdb resume RUN)")
    told += [
        f"{number} {kind} {'row was' if number == 1 else 'rows were'} not trained here and cannot be filled: use "
        "expdb run with settings of your own"
        for kind, number in found.untrained.items()
    ]
    if found.num_beyond:
        rows_are = "row is" if found.num_beyond == 1 else "rows are"
        told.append(f"{found.num_beyond:,} more {rows_are} beyond the limit of table {plan.table}: not looked at")
    return [*ended, *told]


def _summary(plan: Plan) -> str:
    from expdb.report.value_text import format_value

    found = plan.found
    if not found.num_groups:
        return f"table {plan.table} has no row that could be trained: nothing to fill"
    if not found.gaps:
        seeds = f"{plan.num_seeds} seed{'' if plan.num_seeds == 1 else 's'}"
        is_all = not found.underivable and not found.outside and not found.diverged
        rows = "every row" if is_all else "every row that could be filled"
        return f"nothing is missing: {rows} of {plan.table} has {seeds}"
    runs = f"{plan.num_runs} run{'' if plan.num_runs == 1 else 's'}"
    if plan.num_unknown == plan.num_runs:
        return f"{runs}; there is no past run to estimate the time from"
    time = format_value(plan.total_seconds, "duration")
    if plan.num_unknown:
        return f"{runs}, at least {time} (no past run to estimate {plan.num_unknown} of them from)"
    return f"{runs}, about {time}"


def _hidden(plan: Plan, definition: TableDefinition, number: int) -> str:
    """Return what to do about runs that the table could never show."""
    return (
        f"table {plan.table} would not show {number} of {plan.num_runs} runs: its filter {definition.where!r} does not "
        f"hold for new ones; save it with one that does (expdb table {plan.table} --where FILTER --save {plan.table})"
    )


def _runs(ids: Sequence[int]) -> str:
    return f"run {ids[0]} is" if len(ids) == 1 else f"runs {', '.join(map(str, ids))} are"


def _train(
    context: Context, store: "Store", definition: TableDefinition, gaps: Sequence["Gap"], *, num_lacking: int
) -> None:
    """Train the missing runs, beside those that are lacking anyway, one after the other, then print the table.

    What cannot be trained here, and a run that fails, keeps no other from being trained.

    Raises:
        ExpdbError: nothing of it can be trained here.
        Exit: with 1 if something is still missing; a run was stopped by Ctrl-C (130) or SIGTERM (143).
    """
    from expdb.cli.table_view import print_built
    from expdb.launch.estimate import labels_of
    from expdb.report.tables.build import build_table

    ready = _those_with_means(context, store, gaps)
    num_lacking += sum(len(gap.seeds) for gap in gaps) - sum(len(gap.seeds) for gap in ready)
    is_warned = False
    for gap in ready:
        for spec in gap.specs:
            run_id = store.add_run_once(spec, **labels_of(gap, definition))
            if run_id is None:
                print_line(f"{gap.row} of {gap.cell}, seed {spec.seed}: somebody else runs it by now")
                continue
            try:
                train_recorded(context, store, run_id, spec, environment=environment_here())
            except (DataError, LaunchError, TrainingError) as error:
                warn(f"run {run_id}: {error}")
                num_lacking += 1
                continue
            if not is_warned and not definition.specs and run_id not in store.ids(definition.where):
                warn(f"run {run_id} is not in table {definition.name}: its filter is {definition.where!r}")
                is_warned = True
    print_line("")
    print_built(build_table(store, definition))
    if num_lacking:
        warn(f"{num_lacking} run{' is' if num_lacking == 1 else 's are'} still missing")
        raise typer.Exit(1)


def _those_with_means(context: Context, store: "Store", gaps: Sequence["Gap"]) -> list["Gap"]:
    """Return what can be trained here, with a warning about the rest. Raises ExpdbError if it is nothing."""
    from expdb.launch.sources import gather_sources

    ready, refused = [], []
    for gap in gaps:
        try:
            require_means(context, gap.spec)
            gather_sources(store, gap.spec)
            ready.append(gap)
        except (DataError, SpecError) as error:
            refused.append((gap, error))
    if not ready:
        raise refused[0][1]
    for gap, reason in refused:
        warn(f"{gap.row} of {gap.cell} is left out: {reason}")
    return ready


def _as_json(plan: Plan) -> dict[str, Any]:
    found = plan.found
    return {
        "table": plan.table,
        "seeds": plan.num_seeds,
        "runs": [
            {
                "row": gap.row,
                "cell": gap.cell,
                "seed": spec.seed,
                "digest": digest(spec),
                "group": gap.like.group if gap.like else None,
                "tags": list(gap.like.tags) if gap.like else [],
                "estimated_seconds": each,
                "ended_run": gap.ended.get(spec.seed),
                "spec": spec.model_dump(mode="json"),
            }
            for gap, each in zip(found.gaps, plan.seconds, strict=True)
            for spec in gap.specs
        ],
        "num_runs": plan.num_runs,
        "num_without_estimate": plan.num_unknown,
        "estimated_seconds": plan.total_seconds,
        "underivable": [{"row": row, "cell": cell, "reason": reason} for row, cell, reason in found.underivable],
        "outside": [{"row": row, "cell": cell, "runs": list(ids)} for row, cell, ids in found.outside],
        "waiting": list(found.waiting),
        "diverged": list(found.diverged),
        "unlisted": list(found.unlisted),
        "untrained_rows": dict(found.untrained),
    }
