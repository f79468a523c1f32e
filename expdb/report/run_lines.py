"""A run's events in words: the lines that a terminal and the run's log show."""

from collections.abc import Sequence

from expdb.domain.events import EpochEnded, Event, Progress, RunFailed, RunFinished, RunStarted
from expdb.domain.run import Epoch
from expdb.domain.spec import RunSpec
from expdb.report.value_text import format_value

EPOCH_HEADINGS = (
    f"{'epoch':>9}  {'lr':>8}  {'train':>7}  {'test':>7}  {'top-1':>7}  {'top-5':>7}  {'img/s':>8}  {'time':>7}"
)


class RunLines:
    """Words the events of one run, told in order: the last line sums up those before."""

    def __init__(self, run_id: int, spec: RunSpec, *, earlier: Sequence[Epoch] = ()) -> None:
        """Prepare to word a run's events; `earlier` are its epochs so far, where it is resumed."""
        self._run_id, self._spec, self._earlier = run_id, spec, earlier
        self._last: EpochEnded | None = None
        self._train_seconds = 0.0

    def opening(self) -> str:
        """Return what is said before the first event: what will be trained."""
        spec = self._spec
        return (
            f"run {self._run_id}: {spec.model.name} on {spec.data.dataset}, {spec.aug.preset} augmentation, "
            f"seed {spec.seed}, {spec.epochs} epoch{'s' * (spec.epochs > 1)}"
        )

    def of(self, event: Event) -> list[str]:
        """Return the lines of an event; none of progress inside an epoch. `headings` go below those of the start."""
        match event:
            case RunStarted():
                return self._started(event)
            case Progress():
                return []
            case EpochEnded():
                return [self._epoch(event)]
            case RunFinished():
                return self._finished()
            case RunFailed():
                return [failed_line(self._run_id, event)]

    def _started(self, event: RunStarted) -> list[str]:
        self._train_seconds = sum(epoch.train_seconds for epoch in self._earlier if epoch.epoch < event.first_epoch)
        macs = f", {event.macs / 1e9:.3g} GMACs" if event.macs else ""
        devices = f"{event.num_devices} x " if event.num_devices > 1 else ""
        why = f" {event.why_not_more_threads}" if event.why_not_more_threads else ""
        threads = f", {event.num_threads} thread{'s' * (event.num_threads > 1)}{why}" if event.device == "cpu" else ""
        images = f"{event.num_train_images:,} training and {event.num_test_images:,} test images"
        return [
            f"{event.num_params:,} parameters{macs}; {images}",
            f"{devices}{event.device_name} ({event.device}, {event.precision}{threads})",
        ]

    def headings(self, event: RunStarted) -> list[str]:
        """Return the line over the epochs; none where all of them are told already."""
        return [EPOCH_HEADINGS] if event.first_epoch <= self._spec.epochs else []

    def _epoch(self, event: EpochEnded) -> str:
        self._last = event
        self._train_seconds += event.train_seconds
        position = f"{event.epoch}/{self._spec.epochs}"
        return (
            f"{position:>9}  {event.lr:>8.2g}  {event.train_loss:>7.4f}  "
            f"{event.test_loss:>7.4f}  {event.top1:>7.2%}  {event.top5:>7.2%}  {event.images_per_second:>8,.0f}  "
            f"{event.train_seconds + event.eval_seconds:>6.1f}s"
        )

    def _finished(self) -> list[str]:
        last = self._last or next(iter(sorted(self._earlier, key=lambda epoch: epoch.epoch, reverse=True)), None)
        if last is None:
            return []
        result = f"top-1 {last.top1:.2%}, top-5 {last.top5:.2%} (last epoch)"
        duration = format_value(self._train_seconds, "duration")
        return [f"run {self._run_id} finished: {result} in {duration}; expdb show {self._run_id}"]


def failed_line(run_id: int, event: RunFailed) -> str:
    """Return how a run ended early, and the command to go on with."""
    way_out = "resume" if event.status == "killed" or event.reason == "disk full" else "show"
    return f"run {run_id} {event.status} ({event.reason}); see expdb {way_out} {run_id}"
