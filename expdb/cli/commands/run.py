"""`expdb run`: train, and record everything."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.recipes import AUTO, TAG, Recipe, fitting_recipe, recipe, unsuited_default
from expdb.cli.arguments import CheckpointMinutes, ThreadsOption
from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.output import print_json, print_line, warn
from expdb.cli.settings import gather_settings, num_next_seeds, parse_seeds
from expdb.cli.spec_flags import with_spec_flags
from expdb.cli.training_view import recipe_line, recorded_runs, show_spec, training_setup
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.store.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(run)


@with_spec_flags
def run(
    ctx: typer.Context,
    *,
    flags: Mapping[str, Any],
    seeds: Annotated[
        str | None,
        typer.Option(
            help="several runs: a number of seeds (3), a list (0,4,7), or the next that no such run has (+2)",
            rich_help_panel="Training",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="any other setting, as in --set aug.cutmix_alpha=1"),
    ] = None,
    recipe_name: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            metavar="NAME",
            help="start from a recipe's settings (expdb recipes), or from those that fit the model (auto)",
        ),
    ] = None,
    spec_file: Annotated[
        Path | None, typer.Option("--spec", metavar="FILE", help="read settings from a TOML file")
    ] = None,
    name: Annotated[str | None, typer.Option(help="a name for the run, unique in the database")] = None,
    group: Annotated[str | None, typer.Option(help="a label shared by runs that belong together")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="a tag (may be given several times)")] = None,
    note: Annotated[str | None, typer.Option(help="a remark")] = None,
    is_again: Annotated[
        bool, typer.Option("--again", help="train it although a run with the same settings and seed is there")
    ] = False,
    checkpoint_minutes: CheckpointMinutes = None,
    threads: ThreadsOption = None,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="show the resolved settings, parameters and MACs; train nothing")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --dry-run: as JSON")] = False,
) -> None:
    """Train an image classifier and record everything about it.

    Settings are resolved from defaults, then --recipe NAME, then --spec FILE, then flags, then --set. The run gets the
    recipe's name as a tag.
    """
    settings = gather_settings(flags, assignments=set_ or (), file=spec_file)
    chosen = _recipe(recipe_name, settings)
    cautions = [] if chosen else [text for text in (unsuited_default(settings),) if text is not None]
    settings = {**(chosen.settings if chosen else {}), **settings}
    if settings.get("epochs") == 0:
        raise SpecError("epochs=0 trains nothing: expdb evaluate makes a run without training")
    specs = _specs(settings, seeds=seeds, seed=flags["seed"])
    if name is not None and len(specs) > 1:
        raise SpecError(f"--name {name!r} with {len(specs)} seeds: names are unique, use --group")
    context = context_of(ctx)
    for text in cautions:
        warn(text)
    setup = training_setup(context, minutes=checkpoint_minutes, threads=threads)
    if is_dry:
        with recorded_runs(context) as store:
            if store is not None:
                specs = _unrecorded(store, specs, settings, seeds=seeds, is_again=is_again)
        shown = [show_spec(each, chosen=chosen, cautions=cautions, is_quiet=as_json) for each in specs]
        if as_json:
            print_json(shown[0] if len(shown) == 1 else shown)
        return
    if as_json:
        raise SpecError("--json goes with --dry-run; results as JSON: expdb ls --json")
    from expdb.launch.train_runs import train_specs

    with context.open_store() as store, stops_as_exit_codes():
        specs = _unrecorded(store, specs, settings, seeds=seeds, is_again=is_again)
        if chosen:
            print_line(recipe_line(chosen))
        tags = [*(tag or ()), *([TAG + chosen.name] if chosen else [])]
        train_specs(store, specs, setup, name=name, group=group, tags=tags, note=note)


def _recipe(name: str | None, settings: Mapping[str, Any]) -> Recipe | None:
    if name is None:
        return None
    return fitting_recipe(settings) if name == AUTO else recipe(name)


def _specs(settings: dict[str, Any], *, seeds: str | None, seed: object) -> list[RunSpec]:
    """Return one spec, or one a seed where `--seeds` was given; the next seeds are the first while no run is known."""
    if seeds is not None and seed is not None:
        raise SpecError(f"--seed {seed} and --seeds {seeds}: give one of them")
    if not seeds:
        return [compose_spec(settings)]
    number = num_next_seeds(seeds)
    values = parse_seeds(seeds) if number is None else range(number)
    return [compose_spec(settings | {"seed": value}) for value in values]


def _unrecorded(
    store: "Store", specs: list[RunSpec], settings: dict[str, Any], *, seeds: str | None, is_again: bool
) -> list[RunSpec]:
    """Return what is to be trained, seeing what there is: the next seeds, or what was asked for. Raises SpecError."""
    from expdb.launch.repeats import next_seeds, require_new

    if seeds and num_next_seeds(seeds):
        return [compose_spec(settings | {"seed": seed}) for seed in next_seeds(store, specs[0], len(specs))]
    if not is_again:
        require_new(store, specs)
    return specs
