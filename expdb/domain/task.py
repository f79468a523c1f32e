"""What is measured: every metric that columns, filters, ranks, curves and the reference know of, and of which task.

A metric of a task is one entry here. Where `is_point` is set its values are points, which need no column of their own
in the database and no migration. What a script logs beside these registers itself, as `metrics.NAME`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from expdb.domain.analyses.metrics import ANALYSIS_METRICS
from expdb.domain.metric import DataSplit, Metric

FREE = "metrics."  # what the name of a metric that is no task's begins with, of columns and filters


@dataclass(frozen=True, kw_only=True)
class Task:
    """What runs are for, and what is measured of them.

    Attributes:
        primary: key of the metric that says how good a run is; empty where a script decides.
    """

    name: str
    metrics: tuple[Metric, ...] = ()
    primary: str = ""


def _accuracy(key: str, heading: str, description: str, split: DataSplit = "test", *, is_point: bool = False) -> Metric:
    return Metric(
        key=key,
        unit="fraction",
        split=split,
        higher_is_better=True,
        heading=heading,
        description=description,
        is_point=is_point,
    )


def _loss(key: str, heading: str, description: str, split: DataSplit, *, is_point: bool = False) -> Metric:
    return Metric(
        key=key,
        split=split,
        higher_is_better=False,
        heading=heading,
        description=description,
        decimals=4,
        is_point=is_point,
    )


def _seconds(key: str, heading: str, description: str) -> Metric:
    return Metric(key=key, unit="seconds", split=None, higher_is_better=False, heading=heading, description=description)


# Measured from the predictions that a run keeps: see `report.predictions.class_metrics`.
_OF_PREDICTIONS = (
    _accuracy(
        "balanced_accuracy",
        "Balanced acc. (%)",
        "mean over the classes of the share of a class's test images that are right",
        is_point=True,
    ),
    _accuracy("macro_f1", "Macro F1 (%)", "mean F1 over the classes, on the test split", is_point=True),
    _loss(
        "nll",
        "NLL",
        "negative log-likelihood of the true class, mean over the test images, in nats",
        "test",
        is_point=True,
    ),
    Metric(
        key="ece",
        unit="fraction",
        split="test",
        higher_is_better=False,
        heading="ECE (%)",
        description="expected calibration error: how far confidence and accuracy lie apart, in 15 bins, on the test "
        "split",
        is_point=True,
    ),
)
CLASSIFICATION = Task(
    name="classification",
    primary="top1",
    metrics=(
        _accuracy("top1", "Top-1 (last, %)", "test top-1 at the last epoch"),
        _accuracy("top5", "Top-5 (last, %)", "test top-5 at the last epoch"),
        _accuracy("val_top1", "Val top-1 (last, %)", "validation top-1, last epoch", "val"),
        _accuracy(
            "best_top1",
            "Best Top-1 (%)",
            "test top-1 at the best epoch; best_by says which split chose it (test: an optimistic number)",
        ),
        _loss("train_loss", "Train loss", "at the last epoch", "train"),
        _loss("test_loss", "Test loss", "at the last epoch", "test"),
        *_OF_PREDICTIONS,
    ),
)
# What is measured of any training, whatever it is for.
TRAINING = Task(
    name="training",
    metrics=(
        _seconds("train_seconds", "Train time", "training steps, summed"),
        _seconds(
            "cpu_seconds",
            "CPU time",
            "processor time of the training steps, all threads, loaders and ranks together",
        ),
        _seconds(
            "cpu_wait_seconds",
            "CPU wait",
            "how long threads of the training steps had to wait for a processor, summed over them",
        ),
        _seconds("eval_seconds", "Eval time", "evaluation, summed"),
        _seconds("wall_seconds", "Wall time", "from start to end, pauses out"),
        Metric(
            key="images_per_second",
            split=None,
            higher_is_better=True,
            heading="Images/s",
            description="training throughput",
            form="integer",
        ),
        Metric(
            key="peak_memory_bytes",
            unit="bytes",
            split=None,
            higher_is_better=False,
            heading="Peak memory (GB)",
            description="most memory used",
        ),
    ),
)


def _load(key: str, heading: str, description: str, **of_metric: Any) -> Metric:
    is_spent = key.endswith("energy_kwh")
    return Metric(
        key=key,
        split=None,
        higher_is_better=False if is_spent else None,
        heading=heading,
        description=description,
        is_point=True,
        **of_metric,
    )


# Of what is read beside training, every few seconds (`data/load_file`), over all attempts of a run together.
LOAD = Task(
    name="load",
    metrics=(
        _load("gpu_use_mean", "GPU use (%)", "part of the time in which its GPUs computed", unit="fraction"),
        _load(
            "gpu_memory_bytes_peak",
            "GPU memory in use (GB)",
            "most memory in use on its GPUs, by anybody",
            unit="bytes",
        ),
        _load("gpu_celsius_peak", "GPU temperature (°C)", "of the hottest of its GPUs, at most", decimals=0),
        _load("gpu_watts_mean", "GPU power (watts)", "of its GPUs together, on average", decimals=0),
        _load("gpu_watts_peak", "GPU power, peak (watts)", "of its GPUs together, at most", decimals=0),
        _load("energy_kwh", "GPU energy (kWh)", "spent by its GPUs; not by the rest of the machine", decimals=3),
        _load(
            "cpu_energy_kwh",
            "CPU energy (kWh)",
            "spent by all processors of the machine meanwhile, where the system lets it be read",
            decimals=3,
        ),
        _load("num_busy_cpus_mean", "CPUs busy", "processors that its processes kept busy, on average", decimals=1),
        _load("num_busy_cpus_peak", "CPUs busy, peak", "processors that its processes kept busy, at most", decimals=1),
        _load("ram_bytes_mean", "RAM (GB)", "memory of its processes, on average", unit="bytes"),
        _load("ram_bytes_peak", "RAM, peak (GB)", "memory of its processes, at most", unit="bytes"),
        _load(
            "machine_cpu_use_mean",
            "Machine's CPU use (%)",
            "part of the machine's processors that anybody kept busy, on average",
            unit="fraction",
        ),
        _load(
            "machine_ram_bytes_peak",
            "Machine's RAM, peak (GB)",
            "memory in use by anybody",
            unit="bytes",
        ),
    ),
)
# Of trained networks, beside training: see `catalog.analyses`.
ANALYSIS = Task(name="analysis", metrics=ANALYSIS_METRICS)
TASKS: Mapping[str, Task] = {task.name: task for task in (CLASSIFICATION, TRAINING, LOAD, ANALYSIS)}


@cache
def metrics_by_key() -> Mapping[str, Metric]:
    """Return the metrics of all tasks by their keys."""
    return {metric.key: metric for task in TASKS.values() for metric in task.metrics}


def is_point(key: str) -> bool:
    """Tell whether a column or filter of this name reads points: of a task's metric, or of a free one."""
    if key.startswith(FREE):
        return len(key) > len(FREE)
    metric = metrics_by_key().get(key)
    return metric is not None and metric.is_point


def point_name(key: str) -> str:
    """Return the name that a metric's points are kept under, of its name in columns and filters."""
    return key.removeprefix(FREE)
