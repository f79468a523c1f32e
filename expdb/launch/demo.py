"""Small runs on bundled images: the six of `expdb demo`, and those of the README's tour."""

from itertools import product
from typing import Any

from expdb.catalog.compose_spec import compose_spec
from expdb.domain.codec import digest
from expdb.domain.spec import RunSpec
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.launch.train_runs import TrainingSetup, train_specs
from expdb.store.store import Store

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
TOUR_GROUP = "tour"
TOUR_TABLE = TableDefinition(
    name="tour",
    title="Does squeeze-and-excitation help a small network on scikit-learn's digits? Three seeds each",
    where=f"group = {TOUR_GROUP}",
    baseline=f"model = resnet_mini and group = {TOUR_GROUP}",
    columns=(
        ColumnChoice(key="model_label"),
        ColumnChoice(key="top1"),
        ColumnChoice(key="top1", shows="delta"),
        ColumnChoice(key="top1", shows="p"),
        ColumnChoice(key="num_params"),
        ColumnChoice(key="train_seconds"),
    ),
)
_BASE: dict[str, Any] = {"data.dataset": "digits", "epochs": 10, "batch_size": 32}


def demo_specs() -> list[RunSpec]:
    """Return the six runs: a CNN, its squeeze-and-excitation variant and a ViT, each with two augmentations."""
    recipes: dict[str, dict[str, Any]] = {
        "resnet_mini": {},
        "senet_mini": {},
        "vit_mini": {"optim.name": "muon", "optim.lr": 0.005},
    }
    return [
        compose_spec({**_BASE, "model.name": model, "aug.preset": aug, **settings})
        for (model, settings), aug in product(recipes.items(), ("standard", "autoaugment"))
    ]


def tour_specs() -> list[RunSpec]:
    """Return the runs of the README's tour: two small networks, three seeds each."""
    models = ("resnet_mini", "senet_mini")
    return [compose_spec({**_BASE, "model.name": model, "seed": seed}) for model in models for seed in range(3)]


def train_demo(store: Store, setup: TrainingSetup) -> None:
    """Train those of the six runs that the database lacks, and save their table. Raises as `train_specs`."""
    done = {run.digest for run in store.runs(DEMO_TABLE.where)}
    store.saved_tables.save(DEMO_TABLE)
    train_specs(store, [spec for spec in demo_specs() if digest(spec) not in done], setup, group=DEMO_GROUP)
