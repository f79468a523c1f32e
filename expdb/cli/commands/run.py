"""`expdb run`: train, and record everything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from expdb.catalog.compose_spec import compose_spec
from expdb.cli.arguments import CheckpointMinutes, ThreadsOption
from expdb.cli.context import context_of
from expdb.cli.exit_codes import stops_as_exit_codes
from expdb.cli.output import print_json, print_line, print_pairs, warn
from expdb.cli.settings import gather_settings, parse_seeds
from expdb.cli.spec_flags import with_spec_flags
from expdb.cli.training_view import training_setup
from expdb.domain.codec import digest
from expdb.domain.spec import RunSpec, flatten
from expdb.errors import SpecError


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
        typer.Option(help="several runs: a number of seeds (3) or a list (0,4,7)", rich_help_panel="Training"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="any other setting, as in --set aug.cutmix_alpha=1"),
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="start from a recipe's settings (expdb recipes)")
    ] = None,
    spec_file: Annotated[
        Path | None, typer.Option("--spec", metavar="FILE", help="read settings from a TOML file")
    ] = None,
    name: Annotated[str | None, typer.Option(help="a name for the run, unique in the database")] = None,
    group: Annotated[str | None, typer.Option(help="a label shared by runs that belong together")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="a tag (may be given several times)")] = None,
    note: Annotated[str | None, typer.Option(help="a remark")] = None,
    checkpoint_minutes: CheckpointMinutes = None,
    threads: ThreadsOption = None,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="show the resolved settings, parameters and MACs; train nothing")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --dry-run: as JSON")] = False,
) -> None:
    """Train an image classifier and record everything about it.

    Settings are resolved from defaults, then --recipe NAME, then --spec FILE, then flags, then --set.
    """
    settings = gather_settings(flags, assignments=set_ or (), file=spec_file, recipe_name=recipe)
    specs = _specs(settings, seeds=seeds, seed=flags["seed"])
    if name is not None and len(specs) > 1:
        raise SpecError(f"--name {name!r} with {len(specs)} seeds: names are unique, use --group")
    if is_dry:
        for spec in specs:
            _show(spec, as_json=as_json)
        return
    if as_json:
        raise SpecError("--json goes with --dry-run; results as JSON: expdb ls --json")
    from expdb.launch.train_runs import train_specs

    context = context_of(ctx)
    setup = training_setup(context, minutes=checkpoint_minutes, threads=threads)
    with context.open_store() as store, stops_as_exit_codes():
        train_specs(store, specs, setup, name=name, group=group, tags=tag or (), note=note)


def _specs(settings: dict[str, Any], *, seeds: str | None, seed: object) -> list[RunSpec]:
    """Return one spec, or one a seed where `--seeds` was given."""
    if seeds is not None and seed is not None:
        raise SpecError(f"--seed {seed} and --seeds {seeds}: give one of them")
    if not seeds:
        return [compose_spec(settings)]
    return [compose_spec(settings | {"seed": value}) for value in parse_seeds(seeds)]


def _show(spec: RunSpec, *, as_json: bool) -> None:
    """Print a resolved spec with the model's size."""
    from expdb.launch.spec_warnings import spec_warnings
    from expdb.train.model.count import describe_model

    size, told = describe_model(spec), spec_warnings(spec)
    for line in told:
        warn(line)
    if as_json:
        print_json(
            {
                "spec": spec.model_dump(mode="json"),
                "digest": digest(spec),
                "num_params": size.num_params,
                "num_trainable_params": size.num_trainable_params,
                "macs": size.macs,
                "last_grid": size.last_grid,
                "warnings": told,
            }
        )
        return
    print_pairs("settings", [(key, str(value)) for key, value in flatten(spec).items()])
    macs = f"{size.macs:,} per image" if size.macs else "cannot be counted"
    print_pairs(
        "model",
        [
            ("parameters", f"{size.num_params:,} ({size.num_trainable_params:,} trainable)"),
            ("MACs", macs),
            ("last feature map", " x ".join(map(str, size.last_grid)) if size.last_grid else "unknown"),
        ],
    )
    print_line(f"digest {digest(spec)}; nothing was trained")
