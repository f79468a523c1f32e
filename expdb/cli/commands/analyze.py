"""`expdb analyze`: ask trained networks why they answer as they do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, TypedDict

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from expdb.catalog.analyses import ANALYSES, AnalysisEntry, analysis_entry, analysis_settings
from expdb.catalog.analysis_settings import AnalysisSettings
from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.models import model_label
from expdb.cli.analysis_view import show_pairs, show_result
from expdb.cli.arguments import ThreadsOption
from expdb.cli.chosen_runs import chosen_runs
from expdb.cli.context import context_of
from expdb.cli.exit_codes import FAILED, stops_as_exit_codes
from expdb.cli.output import console, print_json, print_line, print_table, warn
from expdb.cli.settings import gather_settings
from expdb.cli.training_view import told_threads
from expdb.domain.analyses.pairs import PairRecord
from expdb.domain.analyses.result import AnalysisResult
from expdb.domain.task import metrics_by_key
from expdb.domain.value_text import format_value
from expdb.errors import DataError, ExpdbError, NotFoundError, SpecError

if TYPE_CHECKING:
    from expdb.domain.run import Run
    from expdb.domain.spec import RunSpec
    from expdb.store.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Report")(analyze)


def analyze(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="of the analysis; without it: a list")] = None,
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="ids, ranges of ids (22-25), names or uuids")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="instead of a RUN, a model before any training (anatomy)")
    ] = None,
    img_size: Annotated[int | None, typer.Option(min=1, metavar="N", help="of --model: side in pixels")] = None,
    dataset: Annotated[str | None, typer.Option(metavar="NAME", help="of --model: classes, channels and side")] = None,
    images: Annotated[int | None, typer.Option(min=0, metavar="N", help="at most so many test images; 0: all")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="a setting of the analysis; model.KEY of --model"),
    ] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="cpu (the default) or cuda")] = None,
    threads: ThreadsOption = None,
    is_again: Annotated[
        bool, typer.Option("--again", help="although the run was analysed alike; the earlier result is replaced")
    ] = False,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="show what it would cost; analyse nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the results as JSON")] = False,
) -> None:
    """Ask trained networks why they answer as they do: analyses of recorded runs, as columns and charts.

    Results stand beside what training measured, which never changes: as columns (expdb table --columns help), in the
    dashboard, and here. Without RUN, the analysis and its settings are described.
    """
    if name is None:
        _list(as_json=as_json)
        return
    entry = analysis_entry(name)
    of_spec = [text for text in set_ or () if model is not None and text.startswith("model.")]
    own = [text for text in set_ or () if text not in of_spec]
    settings = analysis_settings(entry, _given(own, images))
    context = context_of(ctx)
    flags = {"model.name": model, "data.img_size": img_size, "data.dataset": dataset}
    untrained = _untrained(entry, refs or (), flags, of_spec)
    if untrained is not None:
        _analyse_untrained(untrained, entry, settings, context.config.data_dir, as_json=as_json)
        return
    if not refs:
        _describe(entry, as_json=as_json)
        return
    chosen = _Chosen(entry=entry, settings=settings, device=device, threads=told_threads(context, threads))
    with context.open_store(is_read_only=is_dry) as store, stops_as_exit_codes():
        runs = chosen_runs(store, refs)
        known = {} if is_again else _known(store, runs, chosen)
        todo = [run for run in runs if run.id not in known]
        total = _tell_cost(todo, chosen, num_known=len(known), is_quiet=as_json)
        if is_dry:
            return
        results, failed = dict(known), dict[int, ExpdbError]()
        with _progress(total, is_shown=not as_json) as tell:
            for run in todo:
                try:
                    results[run.id] = _analyse(store, run, chosen, context.config.data_dir, tell)
                except (DataError, NotFoundError, SpecError) as error:
                    failed[run.id] = error
        if not results:
            raise next(iter(failed.values()))
        runs = [run for run in runs if run.id in results]
        pairs = _pairs(store, runs, chosen) if entry.needs == "predictions" else []
    for run_id, why in failed.items():
        warn(f"run {run_id} is left out: {why}")
    _print(runs, entry, results, pairs, as_json=as_json)
    if failed:
        raise typer.Exit(FAILED)


def _print(
    runs: "Sequence[Run]",
    entry: AnalysisEntry,
    results: Mapping[int, AnalysisResult],
    pairs: Sequence[PairRecord],
    *,
    as_json: bool,
) -> None:
    if as_json:
        records = [AnalysedRunRecord(run=run.id, result=results[run.id]) for run in runs]
        for record in records if pairs else ():
            record["pairs"] = [pair for pair in pairs if pair["first"] == record["run"]]
        print_json(records)
        return
    for run in runs:
        show_result(f"run {run.id} ({model_label(str(run.fields['model']))})", entry, results[run.id])
    show_pairs(pairs)


def _untrained(
    entry: AnalysisEntry, refs: Sequence[str], flags: Mapping[str, Any], assignments: Sequence[str]
) -> "RunSpec | None":
    """Return what a run of `--model` would be; None where there is none. Raises SpecError."""
    model = flags["model.name"]
    if model is None:
        odd = [key for key, value in flags.items() if value is not None]
        if odd:
            flag = odd[0].removeprefix("data.").replace("_", "-")
            raise SpecError(f"--{flag} goes with --model NAME: a run has its own")
        return None
    if refs:
        raise SpecError(f"--model {model} and RUN {refs[0]}: give one of them")
    if entry.needs != "architecture":
        raise SpecError(f"--model {model}: {entry.name} needs a trained run; anatomy does not")
    return compose_spec(gather_settings(flags, assignments=assignments, file=None))


def _analyse_untrained(
    spec: "RunSpec", entry: AnalysisEntry, settings: AnalysisSettings, data_dir: Path, *, as_json: bool
) -> None:
    from expdb.analysis.analyse_runs import analyse_architecture

    result = analyse_architecture(spec, entry, settings, data_dir=data_dir)
    if as_json:
        print_json([AnalysedRunRecord(run=None, result=result)])
        return
    side = spec.data.img_size
    show_result(f"{model_label(spec.model.name)} at {side} x {side} px, {spec.data.num_classes} classes", entry, result)


class AnalysedRunRecord(TypedDict):
    """What `analyze --json` tells of a run."""

    run: Annotated[int | None, "its id; null of --model"]
    result: Annotated[AnalysisResult, "what the analysis found, with all that it depends on"]
    pairs: NotRequired[Annotated[list[PairRecord], "of agreement: it beside each later one of several runs"]]


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """Which analysis, and how."""

    entry: AnalysisEntry
    settings: AnalysisSettings
    device: str | None
    threads: int | None


def _given(assignments: Sequence[str], images: int | None) -> dict[str, Any]:
    return gather_settings({"images": images}, assignments=assignments, file=None)


def _known(store: "Store", runs: Sequence["Run"], chosen: _Chosen) -> dict[int, AnalysisResult]:
    """Return what was found before by the same version with the same settings, by run."""
    settings = chosen.settings.model_dump(mode="json")
    found = {}
    for run_id, results in store.analyses.of([run.id for run in runs], [chosen.entry.name]).items():
        result = results[chosen.entry.name]
        if result.version == chosen.entry.version and dict(result.settings) == settings:
            found[run_id] = result
    return found


def _tell_cost(runs: Sequence["Run"], chosen: _Chosen, *, num_known: int, is_quiet: bool) -> int:
    """Say what will be computed; return how many images go through networks."""
    from expdb.analysis.analyse_runs import cost_of

    costs = [cost_of(run, chosen.entry, chosen.settings) for run in runs]
    total = sum(cost.num_forward for cost in costs)
    if is_quiet:
        return total
    if num_known:
        print_line(f"{_runs(num_known)} analysed alike before: shown as found then (--again computes anew)")
    if costs and total:
        macs = [cost.num_macs for cost in costs]
        work = f", {format_value(sum(filter(None, macs)), 'gigas')} GMACs" if None not in macs else ""
        print_line(
            f"{chosen.entry.name} of {_runs(len(costs))}: {costs[0].num_images:,} images each, {total:,} forward "
            f"passes of an image{work}"
        )
    elif costs:
        print_line(f"{chosen.entry.name} of {_runs(len(costs))}: from what they keep, nothing goes through a network")
    return total


def _analyse(
    store: "Store", run: "Run", chosen: _Chosen, data_dir: Path, tell: Callable[[str, int], None]
) -> AnalysisResult:
    from expdb.analysis.analyse_runs import analyse_run

    device = chosen.device or "cpu"
    if device not in ("cpu", "cuda"):
        raise SpecError(f"--device {device}: choose cpu or cuda")
    return analyse_run(
        store,
        run,
        chosen.entry,
        chosen.settings,
        data_dir=data_dir,
        device=device,
        threads=chosen.threads,
        tell=partial(tell, f"run {run.id}"),
    )


@contextmanager
def _progress(total: int, *, is_shown: bool) -> Iterator[Callable[[str, int], None]]:
    """Show a bar on a terminal; gives what is called with whose images, and how many of them went through so far."""
    screen = console(is_error=True)
    if not is_shown or not screen.is_terminal or not total:
        yield lambda _name, _count: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    seen: dict[str, int] = {}
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=total)

        def tell(name: str, count: int) -> None:
            seen[name] = count
            bar.update(task, description=name, completed=sum(seen.values()))

        yield tell


def _pairs(store: "Store", runs: Sequence["Run"], chosen: _Chosen) -> list[PairRecord]:
    from expdb.analysis.agreement_pairs import pairs_of

    return pairs_of(store, runs, images=chosen.settings.images)


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json([_record(entry) for entry in ANALYSES.values()])
        return
    print_table(["analysis", "what it asks"], [[one.name, one.description] for one in ANALYSES.values()], ["left"] * 2)


class AnalysisRecord(TypedDict):
    """What `analyze --json` tells of an analysis."""

    name: str
    title: str
    description: Annotated[str, "what it asks"]
    needs: Annotated[str, "network, predictions or architecture"]
    metrics: Annotated[list[str], "columns that it fills"]
    settings: Annotated[dict[str, Any], "what --set can change, with the defaults"]


def _record(entry: AnalysisEntry) -> AnalysisRecord:
    return AnalysisRecord(
        name=entry.name,
        title=entry.title,
        description=entry.description,
        needs=entry.needs,
        metrics=list(entry.metrics),
        settings=entry.settings().model_dump(mode="json"),
    )


def _describe(entry: AnalysisEntry, *, as_json: bool) -> None:
    if as_json:
        print_json(_record(entry))
        return
    print_line(f"{entry.title}: {entry.description}; of the {entry.needs}")
    if entry.metrics:
        known = metrics_by_key()
        print_table(["column", "what it is"], [[key, known[key].description] for key in entry.metrics], ["left"] * 2)
    defaults = entry.settings().model_dump(mode="json")
    print_table(["setting", "default"], [[key, str(value)] for key, value in defaults.items()], ["left"] * 2)


def _runs(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"
