"""`expdb evaluate`: a run without training, or what stored predictions say of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from expdb.catalog.datasets import dataset_label
from expdb.catalog.evaluation_spec import spec_of_pretrained, spec_of_run, spec_of_weights
from expdb.cli.arguments import ThreadsOption
from expdb.cli.chosen_runs import chosen_runs
from expdb.cli.context import Context, context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.output import print_json, print_line
from expdb.cli.settings import gather_settings
from expdb.cli.training_view import recorded_runs, show_spec, training_setup
from expdb.domain.spec import RunSpec
from expdb.errors import NotFoundError, SpecError

if TYPE_CHECKING:
    from expdb.domain.run import Run
    from expdb.store.store import Store

_LONGEST_NAME: Final = 255


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(evaluate)


def evaluate(
    ctx: typer.Context,
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="ids, ranges of ids (22-25), names or uuids")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="the network, as expdb run takes it")] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="its weights: safetensors, or a state dict saved by torch"),
    ] = None,
    is_pretrained: Annotated[
        bool, typer.Option("--pretrained", help="its pretrained weights, of timm's or a hub's")
    ] = False,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="whose test split is looked at: a name, or folder:PATH")
    ] = None,
    img_size: Annotated[int | None, typer.Option(metavar="INTEGER", help="side of the square input in pixels")] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="auto (cuda if there), cpu or cuda")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="any other setting, as in --set data.normalize=imagenet"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="a name for the run, unique in the database")] = None,
    group: Annotated[str | None, typer.Option(help="a label shared by runs that belong together")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="a tag (may be given several times)")] = None,
    note: Annotated[str | None, typer.Option(help="a remark")] = None,
    is_again: Annotated[
        bool, typer.Option("--again", help="evaluate although a run of the same weights and settings is there")
    ] = False,
    threads: ThreadsOption = None,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="show the resolved settings; evaluate nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --dry-run: as JSON")] = False,
) -> None:
    """Evaluate a network without training it, as a run of its own: --model NAME --weights FILE --dataset NAME.

    With RUN and --dataset, the final weights of a recorded run are evaluated on other images of the same classes: the
    new run starts from that one, whose results stay as they are. With RUN alone, what can be measured from its stored
    predictions is measured anew, as of runs that ended before that was measured.
    """
    flags = {"data.dataset": dataset, "data.img_size": img_size, "device": device}
    settings = gather_settings(flags, assignments=set_ or (), file=None)
    _check_options(refs or [], model=model, weights=weights, is_pretrained=is_pretrained)
    context = context_of(ctx)
    if as_json and not is_dry:
        raise SpecError("--json goes with --dry-run; results as JSON: expdb ls --json")
    if refs and dataset is None and "data.dataset" not in settings:
        labels = {"--name": name, "--group": group, "--tag": tag, "--note": note, "--dry-run": is_dry or None}
        given = [*settings, *(option for option, value in labels.items() if value is not None)]
        _measure_stored(context, refs, given=given)
        return
    if model is not None:
        settings["model.name"] = model
    if "data.dataset" not in settings:
        raise SpecError("--dataset is needed: on which images to evaluate (expdb datasets)")
    setup = training_setup(context, threads=threads)
    if is_dry:
        with recorded_runs(context) as known:
            if known is None and refs:
                raise NotFoundError(f"no run {refs[0]}: {context.config.url} is not there")
            found = _specs(known, refs or [], settings, weights=weights)
            for spec, _ in found:
                _require_new(known, spec, is_again=is_again)
        shown = [show_spec(spec, is_quiet=as_json) for spec, _ in found]
        if as_json:
            print_json(shown[0] if len(shown) == 1 else shown)
        return
    from expdb.launch.train_runs import train_specs

    with context.open_store() as store, stops_as_exit_codes():
        found = _specs(store, refs or [], settings, weights=weights)
        if name is not None and len(found) > 1:
            raise SpecError(f"--name {name!r} with {len(found)} runs: names are unique, use --group")
        for spec, _ in found:
            _require_new(store, spec, is_again=is_again)
        for spec, source in found:
            train_specs(
                store,
                [spec],
                setup,
                name=name or _name_after(store, source, spec),
                group=group,
                tags=tag or (),
                note=note or (f"evaluates run {source.id}" if source else None),
            )


def _name_after(store: "Store", source: "Run | None", spec: RunSpec) -> str | None:
    """Return a name for the evaluation of a run that has one; None where it has none, or the name is taken."""
    if source is None or source.name is None:
        return None
    name = f"{source.name} on {dataset_label(spec.data.dataset)}"
    try:
        store.run(name)
    except NotFoundError:
        return name if len(name) <= _LONGEST_NAME else None
    return None


def _check_options(refs: list[str], *, model: str | None, weights: Path | None, is_pretrained: bool) -> None:
    """Refuse options that name two networks, or none."""
    network = {"--model": model, "--weights": weights, "--pretrained": is_pretrained or None}
    given = [f"{option} {value}".removesuffix(" True") for option, value in network.items() if value is not None]
    if refs and given:
        raise SpecError(
            f"RUN {refs[0]} with {given[0]}: the network is that of the run, or of --model; give one of them"
        )
    if refs:
        return
    if model is None:
        raise SpecError("nothing to evaluate: give RUN, or --model NAME with --weights FILE or --pretrained")
    if (weights is None) != is_pretrained:
        problem = "both were given" if is_pretrained else "neither was given"
        raise SpecError(f"--model {model} needs --weights FILE or --pretrained: {problem}")


def _specs(
    store: "Store | None", refs: list[str], settings: dict[str, Any], *, weights: Path | None
) -> list[tuple[RunSpec, "Run | None"]]:
    """Return what to evaluate, with the run whose weights it is of."""
    if refs:
        assert store is not None  # noqa: S101 - the caller has looked
        return [(spec_of_run(run, settings), run) for run in chosen_runs(store, refs)]
    if weights is not None:
        from expdb.train.model.weights_file import DIGEST_DIGITS, weights_digest

        digest = weights_digest(weights.expanduser())[:DIGEST_DIGITS]
        return [(spec_of_weights(settings, digest=digest, path=weights.expanduser()), None)]
    from expdb.train.model.pretrained_facts import pretrained_facts

    facts = pretrained_facts(spec_of_pretrained(settings))
    return [(spec_of_pretrained(settings, facts), None)]


def _require_new(store: "Store | None", spec: RunSpec, *, is_again: bool) -> None:
    from expdb.launch.repeats import require_new

    if store is not None and not is_again:
        require_new(store, [spec])


def _measure_stored(context: Context, refs: list[str], *, given: list[str]) -> None:
    """Measure anew what stored predictions say of runs, and say it."""
    from expdb.analysis.measure_predictions import measure_run
    from expdb.domain.task import metrics_by_key
    from expdb.domain.value_text import format_value

    if given:
        raise SpecError(
            f"{given[0]} goes with --dataset: without it, a run's stored predictions are measured as they are"
        )
    known = metrics_by_key()
    with context.open_store() as store, stops_as_exit_codes():
        for run in chosen_runs(store, refs):
            measured = measure_run(store, run.id)
            told = [
                f"{known[key].heading} {format_value(value, known[key].format, known[key].decimals)}"
                for key, value in measured.items()
            ]
            print_line(f"run {run.id}: {', '.join(told)}")
