"""Databases that the pages are tried on, made through the store."""

import math
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from expdb.catalog.reported import report_tables, reported_runs
from expdb.domain.events import EpochEnded, RunFailed, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.store.store import Store
from tests.factories import make_spec

NUM_PARAMS = {"resnet_mini": 376_282, "senet_mini": 389_914, "vit_mini": 291_530}
ENVIRONMENT = Environment(
    command="expdb run --dataset digits",
    git_commit="0123456789abcdef0123456789abcdef01234567",
    git_dirty=True,
    git_diff="--- a/x.py\n+++ b/x.py\n-lr = 1\n+lr = 2",
    host="workstation",
    python_version="3.11.2",
    packages={"torch": "2.10.0", "timm": "1.0.31"},
)


@pytest.fixture(autouse=True)
def forget_caches() -> Iterator[None]:
    """Each test has a database of its own, and Streamlit's caches outlive a test.

    So does the page that it puts in place of `__main__`, which processes started by later tests would run.
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
    st.cache_resource.clear()


@pytest.fixture
def url(tmp_path, monkeypatch) -> str:
    """The URL of a new file, which the dashboard is pointed at."""
    address = f"sqlite:///{tmp_path / 'runs.db'}"
    monkeypatch.setenv("EXPDB_URL", address)
    return address


@pytest.fixture
def empty(url) -> str:
    """A database without runs and tables."""
    Store.open(url).close()
    return url


@pytest.fixture
def reported(url) -> str:
    """The report's ten runs and its two tables."""
    with Store.open(url) as store:
        fill_reported(store)
    return url


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Path:
    """The file that `measured` is a copy of: it holds a hundred events, and is filled once."""
    path = tmp_path_factory.mktemp("filled") / "runs.db"
    with Store.open(f"sqlite:///{path}") as store:
        fill_awkward(store)
        fill_demo(store)
    return path


@pytest.fixture
def measured(filled, url, tmp_path) -> str:
    """A running (1), a failed (2) and a queued run (3), and six finished ones."""
    shutil.copy(filled, tmp_path / "runs.db")
    with Store.open(url) as store:
        assert store.heartbeat(1)
    return url


def fill_reported(store: Store) -> None:
    """Store the report's runs and tables."""
    for run in reported_runs():
        store.add_reported(run)
    for definition in report_tables():
        store.saved_tables.save(definition)


def fill_awkward(store: Store) -> None:
    """Store a running, a failed and a queued run, with names that are hard to show."""
    add_measured(store, make_spec(epochs=12, seed=3), epochs=5, is_finished=False, name="still running")
    failed = add_measured(
        store, make_spec(optim__lr=50.0, epochs=12), epochs=1, is_finished=False, name="|<script>alert(1)</script>"
    )
    store.record(
        failed,
        RunFailed(
            status="failed",
            reason="diverged",
            error_type="TrainingError",
            message="the loss of epoch 2 is nan: lower --lr (50)",
            traceback="Traceback (most recent call last):\n  …\nTrainingError: <b>nan</b>",
        ),
    )
    store.add_run(make_spec(seed=9), name="이미지 분류 :red[실험] *9*", note="한국어 메모")


def fill_demo(store: Store) -> None:
    """Store six finished runs, three models with two augmentations each, and a table of them."""
    for model in ("resnet_mini", "senet_mini", "vit_mini"):
        for aug in ("standard", "randaugment"):
            spec = make_spec(model__name=model, aug__preset=aug, epochs=12, data__val_fraction=0.1)
            add_measured(store, spec, epochs=12, group="demo", tags=("baseline",))
    store.saved_tables.save(
        TableDefinition(
            name="demo",
            title="Digits: <b>three</b> models, :red[two] augmentations :tada: $x$ *top-1* > 90%",
            where="group = demo",
            columns=tuple(
                ColumnChoice(key=key)
                for key in ("dataset", "model_label", "aug_label", "top1", "top5", "num_params", "train_seconds")
            ),
            sort=("-top1",),
        )
    )


def add_measured(store, spec, *, epochs, is_finished=True, **labels) -> int:
    """Store a run that trained for so many epochs, with curves as a real one has."""
    run_id = store.add_run(spec, **labels)
    store.start_run(run_id, ENVIRONMENT)
    store.record(
        run_id,
        RunStarted(
            num_params=NUM_PARAMS[spec.model.name],
            num_trainable_params=NUM_PARAMS[spec.model.name],
            macs=21_000_000,
            device="cpu",
            device_name="a processor",
            driver=None,
            num_devices=1,
            num_threads=2,
            precision="fp32",
            batch_size_per_device=128,
            num_train_images=1293,
            num_val_images=144,
            num_test_images=360,
        ),
    )
    has_val = spec.data.val_fraction > 0
    for epoch in range(1, epochs + 1):
        share = 1 - math.exp(-epoch * (0.3 + 0.01 * run_id))
        store.record(
            run_id,
            EpochEnded(
                epoch=epoch,
                train_loss=2.3 * (1 - 0.95 * share),
                test_loss=2.3 * (1 - 0.9 * share),
                val_loss=2.3 * (1 - 0.92 * share) if has_val else None,
                top1=round(360 * (0.96 + 0.004 * (run_id % 7)) * share) / 360,
                top5=round(360 * (0.5 + 0.499 * share)) / 360,
                val_top1=round(144 * 0.98 * share) / 144 if has_val else None,
                lr=0.1 * math.cos(math.pi / 2 * epoch / 12) ** 2,
                train_seconds=1.5 + 0.1 * run_id,
                eval_seconds=0.2,
                images_per_second=1293 / (1.5 + 0.1 * run_id),
                peak_memory_bytes=612_000_000,
            ),
        )
    if is_finished:
        store.record(run_id, RunFinished(weights_file="weights.safetensors", predictions_file="predictions.parquet"))
    return run_id
