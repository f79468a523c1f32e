"""`expdb demo`: six small runs on bundled images, their table, and the way to the dashboard."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from expdb.catalog.compose_spec import compose_spec
from expdb.cli.commands.run import train_all
from expdb.cli.context import Context, context_of
from expdb.cli.output import print_line
from expdb.domain.codec import digest
from expdb.domain.spec import RunSpec
from expdb.domain.table import ColumnChoice, TableDefinition

DEMO_GROUP = "demo"
DEMO_TABLE = TableDefinition(
    name="demo",
    title="Three small networks on scikit-learn's digits, without and with AutoAugment",
    where=f"group = {DEMO_GROUP} and status = finished",
    columns=tuple(
        ColumnChoice(key=key)
        for key in ("dataset", "model_aug", "optimizer_batch", "epochs", "top1", "num_params", "train_seconds")
    ),
)


TOUR_TABLE = TableDefinition(
    name="tour",
    title="Does squeeze-and-excitation help a small network on scikit-learn's digits? Three seeds each",
    where="group = tour",
    baseline="model = resnet_mini and group = tour",
    columns=(
        ColumnChoice(key="model_label"),
        ColumnChoice(key="top1"),
        ColumnChoice(key="top1", shows="delta"),
        ColumnChoice(key="top1", shows="p"),
        ColumnChoice(key="num_params"),
        ColumnChoice(key="train_seconds"),
    ),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Train")(demo)


def demo_specs() -> list[RunSpec]:
    """Return the six runs: a CNN, its squeeze-and-excitation variant and a ViT, each with two augmentations."""
    base = {"data.dataset": "digits", "epochs": 10, "batch_size": 32}
    recipes: dict[str, dict[str, Any]] = {
        "resnet_mini": {},
        "senet_mini": {},
        "vit_mini": {"optim.name": "muon", "optim.lr": 0.005},
    }
    return [
        compose_spec({**base, "model.name": model, "aug.preset": aug, **settings})
        for (model, settings), aug in product(recipes.items(), ("standard", "autoaugment"))
    ]


def tour_specs() -> list[RunSpec]:
    """Return the runs of the README's tour: two small networks, three seeds each."""
    base = {"data.dataset": "digits", "epochs": 10, "batch_size": 32}
    models = ("resnet_mini", "senet_mini")
    return [compose_spec({**base, "model.name": model, "seed": seed}) for model in models for seed in range(3)]


def demo(ctx: typer.Context) -> None:
    """Train six small runs on bundled images and print their table.

    Offline, and under 3 minutes on 2 cores. Runs that the database holds already are not trained again.
    """
    from expdb.cli.table_view import print_built
    from expdb.report.tables.build import build_table

    context = context_of(ctx)
    train_demo(context)
    with context.open_store(is_read_only=True) as store:
        built = build_table(store, DEMO_TABLE)
    print_line("")
    print_built(built)
    option = context.db_option
    print_line(
        f"\none seed is not a result: this shows the tool, not which network is better\n"
        f"as Markdown:         expdb{option} table demo\n"
        f"browse and compare:  expdb{option} dashboard\n"
        f"list the runs:       expdb{option} ls"
    )


def train_demo(context: Context) -> None:
    """Train those of the six runs that the database lacks, and save their table."""
    with context.open_store() as store:
        done = {run.digest for run in store.runs(DEMO_TABLE.where)}
        store.save_table(DEMO_TABLE)
    train_all(context, [spec for spec in demo_specs() if digest(spec) not in done], group=DEMO_GROUP)


def build_example(context: Context, path: Path) -> None:
    """Write the example database: reported rows and their tables, papers, claims, and the runs of demo and tour.

    It says nothing of host, user or paths.
    """
    from expdb.catalog.reported import example_tables, paper_runs, report_tables, reported_runs
    from expdb.interop.library import read_claims, read_papers
    from expdb.launch.environment import collect_environment
    from expdb.store.database.backup import backup_database

    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/example.db"
        example = Context(replace(context.config, url=url, artifact_dir=None))
        with example.open_store() as store:
            for reported in (*reported_runs(), *paper_runs()):
                store.add_reported(reported)
            for definition in (*report_tables(), *example_tables(), DEMO_TABLE, TOUR_TABLE):
                store.save_table(definition)
            store.library.save_papers(read_papers())
            store.library.save_claims(read_claims())
        here = replace(collect_environment(["expdb", "demo"], folder=Path(folder)), host=None, user=None)
        train_all(example, demo_specs(), group=DEMO_GROUP, environment=here)
        train_all(example, tour_specs(), group="tour", environment=here)
        backup_database(url, path)  # one compact file, without a write-ahead log beside it
