"""A database with as many runs as one asks for: made-up results of real specs, to measure tables and pages on."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa

from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.preset_sizes import preset_sizes
from expdb.domain.codec import digest, spec_to_json
from expdb.domain.spec import RunSpec
from expdb.store import tables
from expdb.store.database.address import parse_address
from expdb.store.row_values import spec_values
from expdb.store.store import Store

_DATASETS = ("cifar10", "cifar100", "digits")
_AUGS = ("standard", "autoaugment", "randaugment", "trivialaugment", "augmix", "cutout")
_LRS = (0.05, 0.1, 0.2)
_START = datetime(2026, 1, 1, tzinfo=UTC)
_CHUNK = 2000


def populate(url: str, *, num_runs: int, seeds: int, epochs_a_run: int) -> None:
    """Fill a new database with finished runs.

    Args:
        url: of an SQLite file that does not exist yet, or of an empty PostgreSQL database.
        num_runs: how many.
        seeds: runs that differ only in the seed, in each group.
        epochs_a_run: rows of epochs of each run; 0: none.
    """
    with Store.open(url):
        pass  # creates the tables
    engine = sa.create_engine(parse_address(url).url)
    rng = np.random.default_rng(0)
    numbered = enumerate(islice(_runs(seeds), num_runs), start=1)
    with engine.begin() as connection:
        while chunk := list(islice(numbered, _CHUNK)):
            runs = [_values(run_id, values, rng, epochs_a_run or 200) for run_id, values in chunk]
            connection.execute(tables.runs.insert(), runs)
            if epochs_a_run:
                connection.execute(tables.epochs.insert(), [row for run in runs for row in _epochs(run, epochs_a_run)])
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("ANALYZE"))  # as the server does by itself a minute later
    engine.dispose()


def _runs(seeds: int) -> Iterator[dict[str, Any]]:
    """Yield the columns of run after run: group after group, seed after seed."""
    for spec in _specs():
        values = spec_values(spec)
        for seed in range(seeds):
            seeded = spec.model_copy(update={"seed": seed})
            yield values | {"seed": seed, "spec_json": spec_to_json(seeded), "digest": digest(seeded)}


def _specs() -> Iterator[RunSpec]:
    models = [name for name in preset_sizes() if ":" not in name]
    for epochs, weight_decay, lr in product((200, 100, 300, 50), (5e-4, 1e-4, 1e-3, 5e-5), _LRS):
        for model, aug, dataset in product(models, _AUGS, _DATASETS):
            settings = {"model.name": model, "aug.preset": aug, "data.dataset": dataset, "epochs": epochs}
            yield compose_spec(settings | {"optim.lr": lr, "optim.weight_decay": weight_decay})


def _values(run_id: int, values: dict[str, Any], rng: np.random.Generator, epochs: int) -> dict[str, Any]:
    size = preset_sizes()[values["model"]]
    # Of the group, then of the seed: seeds spread by two tenths of a point, as they do.
    centre = 0.5 + 0.45 * int(values["group_digest"], 16) / 16**16
    top1 = min(1.0, max(0.0, float(rng.normal(centre, 0.002))))
    started = _START + timedelta(minutes=run_id)
    seconds = size.mmacs * float(rng.uniform(2.9, 3.1))
    status = "finished" if rng.random() < 0.98 else "failed"
    return values | {
        "id": run_id,
        "uuid": str(UUID(int=run_id)),
        "attempt": 1,
        "name": None,
        "note": None,
        "group": f"sweep-{run_id // 500}",
        "status": status,
        "reason": None if status == "finished" else "out of memory",
        "created_at": started,
        "started_at": started,
        "ended_at": started + timedelta(seconds=seconds),
        "heartbeat_at": started,
        "epochs_done": epochs,
        "top1": top1,
        "top5": min(1.0, top1 + 0.04),
        "best_top1": min(1.0, top1 + 0.001),
        "best_epoch": epochs,
        "best_by": "test",
        "train_loss": 2 * (1 - top1),
        "test_loss": 2.2 * (1 - top1),
        "num_params": size.num_params,
        "num_trainable_params": size.num_params,
        "macs": round(size.mmacs * 1e6),
        "num_train_images": 50_000,
        "num_test_images": 10_000,
        "train_seconds": seconds,
        "eval_seconds": seconds / 20,
        "wall_seconds": seconds * 1.1,
        "images_per_second": 50_000 * epochs / seconds,
        "device": "cuda",
        "device_name": "NVIDIA H100",
        "num_devices": 1,
        "precision": "bf16",
    }


def _epochs(run: dict[str, Any], number: int) -> Sequence[dict[str, Any]]:
    return [
        {
            "run_id": run["id"],
            "epoch": epoch,
            "attempt": 1,
            "train_loss": 4 - (4 - run["train_loss"]) * (epoch / number) ** 0.5,
            "test_loss": 4 - (4 - run["test_loss"]) * (epoch / number) ** 0.5,
            "top1": run["top1"] * (epoch / number) ** 0.3,
            "top5": run["top5"] * (epoch / number) ** 0.2,
            "lr": 0.1 * (1 - (epoch - 1) / number),
            "train_seconds": run["train_seconds"] / number,
            "eval_seconds": run["eval_seconds"] / number,
            "images_per_second": run["images_per_second"],
            "peak_memory_bytes": 8_000_000_000,
        }
        for epoch in range(1, number + 1)
    ]
