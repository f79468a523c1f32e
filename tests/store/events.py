"""Events for the store's tests: valid by default, changed by keyword."""

from datetime import UTC, datetime, timedelta
from typing import Any

from expdb.domain.events import EpochEnded, RunFailed, RunFinished, RunStarted
from expdb.domain.run import Environment
from expdb.store.store import Store
from expdb.store.tables import runs
from tests.factories import make_spec

FINISHED = RunFinished(weights_file="weights.safetensors", predictions_file="predictions.npz")


def started(**values: Any) -> RunStarted:
    defaults = {
        "num_params": 467_474,
        "num_trainable_params": 467_474,
        "macs": 9_876_543,
        "device": "cpu",
        "device_name": "a processor",
        "driver": None,
        "num_devices": 1,
        "num_threads": 1,
        "precision": "fp32",
        "batch_size_per_device": 128,
        "num_train_images": 1437,
        "num_val_images": 0,
        "num_test_images": 360,
    }
    return RunStarted(**(defaults | values))


def epoch(number: int, **values: Any) -> EpochEnded:
    defaults = {
        "train_loss": 1.5,
        "test_loss": 1.25,
        "top1": 0.5,
        "top5": 0.9,
        "lr": 0.1,
        "train_seconds": 2.0,
        "eval_seconds": 0.5,
        "images_per_second": 700.0,
        "peak_memory_bytes": 1 << 33,
    }
    return EpochEnded(epoch=number, **(defaults | values))


def failed(**values: Any) -> RunFailed:
    defaults = {"status": "failed", "reason": "error", "error_type": "ValueError", "message": "no", "traceback": "…"}
    return RunFailed(**(defaults | values))


def running(store: Store, **settings: Any) -> int:
    """Queue a run on digits and start it; returns its id."""
    run_id = store.add_run(make_spec(**settings))
    store.start_run(run_id, Environment())
    return run_id


def silence(store: Store, *run_ids: int, seconds: float = 121.0) -> None:
    """Let the last sign of life of runs be so old."""
    past = datetime.now(UTC) - timedelta(seconds=seconds)
    with store._database.writing() as connection:
        connection.execute(runs.update().where(runs.c.id.in_(run_ids)).values(heartbeat_at=past))
