"""`expdb run`: train, and record everything."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.flags import FLAGS
from expdb.cli.context import Context, context_of
from expdb.cli.output import print_json, print_line, print_pairs
from expdb.cli.settings import gather_settings, help_text, parse_seeds, parse_value
from expdb.domain.codec import digest
from expdb.domain.events import RunStarted
from expdb.domain.run import Environment
from expdb.domain.spec import RunSpec, flatten
from expdb.errors import SpecError

if TYPE_CHECKING:
    from expdb.store.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(run)


def option(key: str, *names: str) -> Any:
    """Return the Typer option of a setting: its flag and help come from the one list of flags and the spec.

    Numbers are read as `--set` reads them and judged by the spec, so that there is one place that says what is wrong.
    """
    flag = next(flag for flag, flagged in FLAGS.items() if flagged == key)
    kind = type(flatten(RunSpec())[key])
    return typer.Option(
        *names or (flag,),
        help=help_text(key),
        rich_help_panel="Training",
        show_default=False,
        metavar={int: "INTEGER", float: "NUMBER", str: "NAME"}.get(kind),
        parser=parse_value if kind in (int, float) else None,
    )


def run(
    ctx: typer.Context,
    model: Annotated[str | None, option("model.name")] = None,
    aug: Annotated[str | None, option("aug.preset")] = None,
    dataset: Annotated[str | None, option("data.dataset")] = None,
    epochs: Annotated[Any, option("epochs")] = None,
    batch_size: Annotated[Any, option("batch_size")] = None,
    optimizer: Annotated[str | None, option("optim.name")] = None,
    lr: Annotated[Any, option("optim.lr")] = None,
    weight_decay: Annotated[Any, option("optim.weight_decay")] = None,
    momentum: Annotated[Any, option("optim.momentum")] = None,
    scheduler: Annotated[str | None, option("schedule.name")] = None,
    warmup_epochs: Annotated[Any, option("schedule.warmup_epochs")] = None,
    img_size: Annotated[Any, option("data.img_size")] = None,
    seed: Annotated[Any, option("seed")] = None,
    seeds: Annotated[
        str | None,
        typer.Option(help="several runs: a number of seeds (3) or a list (0,4,7)", rich_help_panel="Training"),
    ] = None,
    device: Annotated[str | None, option("device")] = None,
    gpus: Annotated[Any, option("gpus")] = None,
    amp: Annotated[bool | None, option("amp", "--amp/--no-amp")] = None,
    compile: Annotated[bool | None, option("compile", "--compile/--no-compile")] = None,
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
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="show the resolved settings, parameters and MACs; train nothing")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --dry-run: as JSON")] = False,
) -> None:
    """Train an image classifier and record everything about it.

    Settings are resolved from defaults, then --recipe NAME, then --spec FILE, then flags, then --set.
    """
    flags = {
        "model.name": model,
        "aug.preset": aug,
        "data.dataset": dataset,
        "epochs": epochs,
        "batch_size": batch_size,
        "optim.name": optimizer,
        "optim.lr": lr,
        "optim.weight_decay": weight_decay,
        "optim.momentum": momentum,
        "schedule.name": scheduler,
        "schedule.warmup_epochs": warmup_epochs,
        "data.img_size": img_size,
        "seed": seed,
        "device": device,
        "gpus": gpus,
        "amp": amp,
        "compile": compile,
    }
    settings = gather_settings(flags, assignments=set_ or (), file=spec_file, recipe_name=recipe)
    if seeds is not None and seed is not None:
        raise SpecError(f"--seed {seed} and --seeds {seeds}: give one of them")
    specs = (
        [compose_spec(settings | {"seed": value}) for value in parse_seeds(seeds)]
        if seeds
        else [compose_spec(settings)]
    )
    if name is not None and len(specs) > 1:
        raise SpecError(f"--name {name!r} with {len(specs)} seeds: names are unique, use --group")
    if is_dry:
        for spec in specs:
            show_spec(spec, as_json=as_json)
        return
    if as_json:
        raise SpecError("--json goes with --dry-run; results as JSON: expdb ls --json")
    train_all(context_of(ctx), specs, name=name, group=group, tags=tag or (), note=note)


def train_all(
    context: Context,
    specs: list[RunSpec],
    *,
    name: str | None = None,
    group: str | None = None,
    tags: Sequence[str] = (),
    note: str | None = None,
    environment: Environment | None = None,
) -> None:
    """Record and train specs one after the other, shown live.

    Args:
        environment: recorded instead of this machine's.

    Raises:
        DataError: the images of a spec are not at hand (then nothing is recorded).
        SpecError: the device of a spec is not there, or a run that it builds on (likewise).
        ExpdbError: a run failed; the ones before it are recorded, the ones after it not begun.
        Exit: a run was stopped by Ctrl-C (130) or SIGTERM (143).
    """
    from expdb.launch.sources import gather_sources

    with context.open_store() as store:
        store.mark_crashed()
        for spec in specs:
            require_means(context, spec)
            gather_sources(store, spec)
        for spec in specs:
            run_id = store.add_run(spec, name=name, group=group, tags=tags, note=note)
            train_recorded(context, store, run_id, spec, environment=environment or environment_here())


def environment_here() -> Environment:
    """Describe this process, as it is recorded with what it trains."""
    from expdb.launch.environment import collect_environment

    return collect_environment(["expdb", *sys.argv[1:]], folder=Path.cwd())


def require_means(context: Context, spec: RunSpec) -> None:
    """Check that device and images are at hand and the model can be built. Raises SpecError, DataError."""
    from expdb.train.device import choose_device
    from expdb.train.input.splits import find_data
    from expdb.train.model.build import describe_model

    choose_device(spec)
    describe_model(spec)
    find_data(spec, context.config.data_dir)


def train_recorded(
    context: Context,
    store: "Store",
    run_id: int,
    spec: RunSpec,
    *,
    environment: Environment,
    resume: bool = False,
    remark: Callable[[RunStarted], str] | None = None,
) -> None:
    """Train a recorded run, shown live.

    Args:
        resume: go on with a run that ended early.
        remark: gives a line to show below what is told at the start.

    Raises:
        ExpdbError: the run failed, or cannot be started.
        Exit: it was stopped by Ctrl-C (130) or SIGTERM (143).
    """
    from expdb.cli.training_view import RunDisplay
    from expdb.launch.local import launch_run
    from expdb.launch.stopping import Terminated

    try:
        with RunDisplay(run_id, spec, earlier=store.epochs(run_id), remark=remark) as display:
            launch_run(
                store,
                run_id,
                url=context.config.url,
                data_dir=context.config.data_dir,
                environment=environment,
                on_event=display.show,
                resume=resume,
            )
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Terminated:
        raise typer.Exit(143) from None


def show_spec(spec: RunSpec, *, as_json: bool) -> None:
    """Print a resolved spec with the model's size."""
    from expdb.train.model.build import describe_model

    size = describe_model(spec)
    if as_json:
        print_json(
            {
                "spec": spec.model_dump(mode="json"),
                "digest": digest(spec),
                "num_params": size.num_params,
                "num_trainable_params": size.num_trainable_params,
                "macs": size.macs,
                "last_grid": size.last_grid,
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
