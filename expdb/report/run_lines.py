"""A run's events in words: the lines that a terminal and the run's log show."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from expdb.catalog.datasets import tested_part
from expdb.data.picture_counts import counts_text
from expdb.domain.events import (
    MOST_CLASSES_WITHOUT_TOP5,
    EpochEnded,
    Evaluated,
    Event,
    MetricsDefined,
    PointsLogged,
    Progress,
    RunFailed,
    RunFinished,
    RunStarted,
)
from expdb.domain.run import Epoch
from expdb.domain.spec import RunSpec
from expdb.domain.value_text import MISSING, format_value


@dataclass
class _SoFar:
    """What the last evaluated epoch said, and how long a run took so far, in seconds."""

    epoch: int | None = None
    top1: float | None = None
    top5: float | None = None
    train_seconds: float = 0.0
    eval_seconds: float = 0.0

    def add(self, epoch: Epoch | EpochEnded) -> None:
        self.train_seconds += epoch.train_seconds or 0.0
        self.eval_seconds += epoch.eval_seconds or 0.0
        if epoch.top1 is not None:
            self.epoch, self.top1, self.top5 = epoch.epoch, epoch.top1, epoch.top5


class RunLines:
    """Words the events of one run, told in order: the last line sums up those before."""

    def __init__(self, run_id: int, spec: RunSpec, *, earlier: Sequence[Epoch] = ()) -> None:
        """Prepare to word a run's events; `earlier` are its epochs so far, where it is resumed."""
        self._run_id, self._spec, self._earlier = run_id, spec, earlier
        self._so_far = _SoFar()
        self._last_epoch = max((epoch.epoch for epoch in earlier), default=0)
        self._has_top5 = spec.data.num_classes > MOST_CLASSES_WITHOUT_TOP5

    def opening(self) -> str:
        """Return what is said before the first event: what will be trained, or evaluated."""
        spec = self._spec
        if not spec.is_trained:
            return f"run {self._run_id}: {spec.model.name} on {spec.data.dataset}, evaluated with {weights_of(spec)}"
        return (
            f"run {self._run_id}: {spec.model.name} on {spec.data.dataset}, {spec.aug.preset} augmentation, "
            f"seed {spec.seed}, {spec.epochs} epoch{'s' * (spec.epochs > 1)}"
        )

    def of(self, event: Event) -> list[str]:
        """Return the lines of an event; none of progress inside an epoch. `headings` go below those of the start."""
        match event:
            case RunStarted():
                return self._started(event)
            case Progress() | PointsLogged() | MetricsDefined():
                return []
            case EpochEnded():
                return [self._epoch(event)]
            case Evaluated():
                self._so_far = _SoFar(epoch=0, top1=event.top1, top5=event.top5, eval_seconds=event.eval_seconds)
                return []
            case RunFinished():
                return self._finished()
            case RunFailed():
                return [self._failed(event)]

    def _started(self, event: RunStarted) -> list[str]:
        self._so_far, self._last_epoch = _SoFar(), event.first_epoch - 1
        for epoch in self._earlier:
            if epoch.epoch < event.first_epoch:
                self._so_far.add(epoch)
        macs = f", {event.macs / 1e9:.3g} GMACs" if event.macs else ""
        devices = f"{event.num_devices} x " if event.num_devices > 1 else ""
        why = f" {event.why_not_more_threads}" if event.why_not_more_threads else ""
        threads = f", {event.num_threads} thread{'s' * (event.num_threads > 1)}{why}" if event.device == "cpu" else ""
        files = counts_text(event.picture_counts or {}, label="images: ")
        validation = f", {event.num_val_images:,} validation" if event.num_val_images else ""
        training = "" if event.num_train_images is None else f"{event.num_train_images:,} training{validation} and "
        images = f"{training}{event.num_test_images:,} test images"
        return [
            f"{event.num_params:,} parameters{macs}; {images}",
            *([files] if files else []),
            f"{devices}{event.device_name} ({event.device}, {event.precision}{threads})",
        ]

    def headings(self, event: RunStarted) -> list[str]:
        """Return the line over the epochs; none where all of them are told already."""
        if event.first_epoch > self._spec.epochs:
            return []
        top5 = f"  {'top-5':>7}" if self._has_top5 else ""
        return [f"{'epoch':>9}  {'lr':>8}  {'train':>7}  {'test':>7}  {'top-1':>7}{top5}  {'img/s':>8}  {'time':>7}"]

    def _epoch(self, event: EpochEnded) -> str:
        self._so_far.add(event)
        self._last_epoch = event.epoch
        position = f"{event.epoch}/{self._spec.epochs}"
        test_loss = MISSING if event.test_loss is None else f"{event.test_loss:.4f}"
        top5 = f"  {_share(event.top5):>7}" if self._has_top5 else ""
        return (
            f"{position:>9}  {event.lr:>8.2g}  {event.train_loss:>7.4f}  "
            f"{test_loss:>7}  {_share(event.top1):>7}{top5}  {event.images_per_second:>8,.0f}  "
            f"{event.train_seconds + event.eval_seconds:>6.1f}s"
        )

    def _finished(self) -> list[str]:
        so_far = self._so_far
        if so_far.epoch is None:
            return []
        top5 = f", top-5 {_share(so_far.top5)}" if self._has_top5 else ""
        seconds = (so_far.train_seconds, so_far.eval_seconds, so_far.train_seconds + so_far.eval_seconds)
        training, evaluation, total = (format_value(value, "duration") for value in seconds)
        part = tested_part(self._spec.data.dataset, self._spec.data.test_limit)
        result = f"top-1 {_share(so_far.top1)}{top5}{f' on {part}' if part else ''}"
        if not self._spec.is_trained:
            return [f"run {self._run_id} finished: {result}; evaluation {evaluation}; expdb show {self._run_id}"]
        result += " (last epoch)"
        times = f"training {training}, evaluation {evaluation}, together {total}"
        return [f"run {self._run_id} finished: {result}; {times}; expdb show {self._run_id}"]

    def _failed(self, event: RunFailed) -> str:
        """Return how a run ended early, after which epoch, and the command to go on with."""
        after = f" after epoch {self._last_epoch} of {self._spec.epochs}" if self._last_epoch else ""
        way_out = "resume" if event.status == "killed" or event.reason == "disk full" else "show"
        return f"run {self._run_id} {event.status} ({event.reason}){after}; see expdb {way_out} {self._run_id}"


def weights_of(spec: RunSpec) -> str:
    """Say whose weights a spec evaluates that trains nothing."""
    if spec.model.weights_path is not None:
        return f"the weights {Path(spec.model.weights_path).name!r}"
    return f"the weights of run {spec.model.init_from}" if spec.model.init_from else "pretrained weights"


def _share(value: float | None) -> str:
    """Return a fraction in percent, of what was evaluated."""
    return MISSING if value is None else f"{value:.2%}"
