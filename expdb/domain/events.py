"""What a training run says while it works. The trainer yields these; the store records them; the CLI shows them.

Accuracies are fractions in [0, 1]. Seconds of training exclude evaluation, compilation and data loading at the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from expdb.domain.metric import Metric

LOST_CONNECTION: Final = "connection lost"  # the reason that a process of several gives when another one is gone

MOST_CLASSES_WITHOUT_TOP5 = 5  # every class is among five guesses then


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """The model is built and the data are at hand; the first step comes next.

    Attributes:
        num_params: all parameters of the model, exactly.
        macs: multiply-accumulates of one image's forward pass at the run's size; None if they cannot be counted.
        device: `cpu` or `cuda`.
        device_name: the processor's or GPU's name.
        driver: GPU driver version, None on a CPU.
        num_threads: CPU threads that torch computes with (results depend on it).
        data_digest: names the images and labels of all splits: equal digests, equal data.
        picture_counts: number of files of a folder by what was done with them: left out for a reason, turned, ...;
            None of named datasets.
        num_train_images, num_val_images: None where nothing is trained.
        pretrained_tag, pretrained_digest: which weights it starts from, or evaluates, where others trained them: a tag
            or a file's name, and the SHA-256 of the file.
        first_epoch: the epoch that comes next; more than 1 where the run goes on from a checkpoint.
        why_not_more_threads: words for `num_threads`, where it was chosen and more processors are there; not recorded.
    """

    num_params: int
    num_trainable_params: int
    macs: int | None
    device: str
    device_name: str
    driver: str | None
    num_devices: int
    num_threads: int
    precision: Literal["fp32", "bf16"]
    batch_size_per_device: int
    num_train_images: int | None
    num_val_images: int | None
    num_test_images: int
    data_digest: str | None = None
    picture_counts: Mapping[str, int] | None = None
    pretrained_tag: str | None = None
    pretrained_digest: str | None = None
    first_epoch: int = 1
    why_not_more_threads: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Somewhere inside an epoch. Shown, never stored.

    Attributes:
        epoch: 1-based; 0 where nothing is trained.
        step: steps done in this epoch, of `num_steps`.
        loss: mean training loss of the epoch so far.
        images_per_second: over the epoch so far, all devices together.
        phase: `train`, or `test` while evaluating.
    """

    epoch: int
    step: int
    num_steps: int
    loss: float
    images_per_second: float
    phase: Literal["train", "test"] = "train"


@dataclass(frozen=True, kw_only=True)
class EpochEnded:
    """One epoch is trained, and evaluated where the spec asks for it.

    Attributes:
        epoch: 1-based.
        test_loss, top1, top5, val_loss, val_top1: None where it was not evaluated; `top5` also where there are no more
            than five classes, for it says nothing there.
        lr: learning rate of the epoch's last step.
        train_seconds: the epoch's training steps, augmentation included, evaluation excluded.
        eval_seconds: evaluation on the validation and test splits.
        images_per_second: training images / train_seconds, all devices together.
        peak_memory_bytes: most device memory so far (CPU: most resident memory of the process).
        cpu_seconds: processor time that the training steps took, loader processes and all ranks included.
        cpu_wait_seconds: how long their threads had to wait for a processor meanwhile, summed over threads. Both None
            where the system does not tell.
    """

    epoch: int
    train_loss: float
    test_loss: float | None
    top1: float | None
    top5: float | None
    val_loss: float | None = None
    val_top1: float | None = None
    lr: float
    train_seconds: float
    eval_seconds: float
    images_per_second: float
    peak_memory_bytes: int | None
    cpu_seconds: float | None = None
    cpu_wait_seconds: float | None = None


class Logged(NamedTuple):
    """Values of one moment; a tuple, since a script may log a million.

    Attributes:
        epoch: 1-based; None where it is not known.
        step: from 0, on whatever scale the script counts; None: the values are of the epoch.
        values: by the name of the metric (`domain.task.point_name`); any may be NaN or infinite.
    """

    epoch: int | None
    step: int | None
    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class PointsLogged:
    """What was measured meanwhile, in order; of the same metric at the same place the last counts."""

    rows: tuple[Logged, ...]


@dataclass(frozen=True, kw_only=True)
class MetricsDefined:
    """What is known of metrics that a script logs under names of its own; comes before their points."""

    metrics: tuple[Metric, ...]


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """A network that is not trained here was evaluated on the test split.

    Attributes:
        top5: None where there are no more than five classes.
        peak_memory_bytes: see `EpochEnded`.
    """

    test_loss: float
    top1: float
    top5: float | None
    eval_seconds: float
    peak_memory_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class RunFinished:
    """All is done, and the results are on disk, under these names in the run's folder; None: there is no such file."""

    weights_file: str | None = None
    predictions_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunFailed:
    """The run ended early.

    Attributes:
        status: `killed` if someone stopped it, else `failed`.
        reason: `error`, `data`, `diverged`, `out of memory`, `rank 1 lost` (a process of several died),
            LOST_CONNECTION, `interrupted` (Ctrl-C) or `terminated` (SIGTERM).
        traceback: its last lines.
    """

    status: Literal["failed", "killed"]
    reason: str
    error_type: str
    message: str
    traceback: str


Event = RunStarted | Progress | EpochEnded | Evaluated | PointsLogged | MetricsDefined | RunFinished | RunFailed
