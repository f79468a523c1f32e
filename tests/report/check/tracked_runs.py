"""A store of runs that a script of the user's tracked: two models of three seeds, with metrics of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expdb.domain.events import Logged, MetricsDefined, PointsLogged, RunFinished
from expdb.domain.metric import Metric
from expdb.domain.run import Environment
from expdb.domain.scripts.metric_names import read_metric_name
from expdb.store.store import Store
from tests.factories import tracked_start

# By model, of each seed at the last of two epochs.
VALUES: Mapping[str, Mapping[str, Sequence[float]]] = {
    "unet": {
        "test/miou": (0.6141, 0.6172, 0.6233),
        "val/miou": (0.6512, 0.6577, 0.6601),
        "square_iou": (0.3915, 0.3954, 0.3933),
        "reward": (121.25, 119.5, 127.75),
        "probe": (2.75, 3.5, 1.25),
    },
    "fcn": {
        "test/miou": (0.5711, 0.5833, 0.5766),
        "val/miou": (0.6123, 0.6217, 0.6188),
        "square_iou": (0.3511, 0.3444, 0.3527),
        "reward": (111.25, 109.5, 113.5),
        "probe": (2.5, 3.25, 1.75),
    },
}
DEFINED = (
    Metric(key="square_iou", unit="fraction", split="test", higher_is_better=True, heading="Square IoU"),
    Metric(key="reward", split="test", higher_is_better=True, heading="Reward"),
)
SETTINGS = {"width": 16, "loss": "dice", "ratio": 0.25}


def open_tracked(folder: Path) -> Store:
    """Return a store with these runs."""
    store = Store.open(f"sqlite:///{folder}/runs.db", artifact_root=folder / "artifacts")
    for model, values in VALUES.items():
        for seed in range(3):
            track(store, model, seed, {name: of[seed] for name, of in values.items()}, defined=DEFINED)
    return store


def track(
    store: Store, model: str, seed: int, values: Mapping[str, float], *, defined: Sequence[Metric] = (), **start: Any
) -> int:
    """Add a run that logged half of its values at its first epoch."""
    settings = SETTINGS | {"width": SETTINGS["width"] * (1 + (model == "fcn"))}
    start = {"settings": settings, "group_digest": model, "digest": f"{model}{seed}"} | start
    run_id = store.tracked.add(tracked_start(seed=seed, model=model, **start))
    store.tracked.begin(run_id, Environment())
    known = {metric.key for metric in defined}
    named = {name: read_metric_name(name) for name in values if name not in known}
    said = [
        Metric(key=name, split=one.split, higher_is_better=one.higher_is_better, unit=one.unit)
        for name, one in named.items()
    ]
    store.record(run_id, MetricsDefined(metrics=(*defined, *said)))
    halves = {name: value / 2 for name, value in values.items()}
    store.record(run_id, PointsLogged(rows=(Logged(1, None, halves), Logged(2, None, dict(values)))))
    store.record(run_id, RunFinished())
    return run_id
