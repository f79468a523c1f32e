"""What a person sees while a run trains: a line an epoch, and on a terminal a bar for the epoch under way."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from expdb.cli.output import console, printable
from expdb.domain.events import EpochEnded, Event, RunFailed, RunFinished, RunStarted
from expdb.domain.events import Progress as Step
from expdb.domain.run import Epoch
from expdb.domain.spec import RunSpec
from expdb.report.formats import format_value

_HEADINGS = f"{'epoch':>9}  {'lr':>8}  {'train':>7}  {'test':>7}  {'top-1':>7}  {'top-5':>7}  {'img/s':>8}  {'time':>7}"


class RunDisplay:
    """Shows one run's events. Use as a context manager; give `show` to `execute_run`."""

    def __init__(
        self,
        run_id: int,
        spec: RunSpec,
        *,
        earlier: Sequence[Epoch] = (),
        remark: Callable[[RunStarted], str] | None = None,
    ) -> None:
        """Prepare to show a run.

        Args:
            earlier: its epochs so far, where it is resumed.
            remark: gives a line to show below what is told at the start.
        """
        self._run_id, self._spec, self._earlier, self._remark = run_id, spec, earlier, remark
        self._last: EpochEnded | None = None
        self._num_epochs = 0  # shown so far
        self._train_seconds = self._seconds = 0.0
        self._console = console()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[state]}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("loading images", total=None, state="")

    def __enter__(self) -> Self:
        spec = self._spec
        self._line(
            f"run {self._run_id}: {spec.model.name} on {spec.data.dataset}, {spec.aug.preset} augmentation, "
            f"seed {spec.seed}, {spec.epochs} epoch{'s' * (spec.epochs > 1)}",
            style="bold",
        )
        self._bar.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RunStarted():
                self._show_start(event)
            case Step():
                self._show_step(event)
            case EpochEnded():
                self._show_epoch(event)
            case RunFinished():
                self._bar.stop()
                self._show_end()
            case RunFailed():
                self._bar.stop()
                way_out = "resume" if event.status == "killed" else "show"
                self._line(f"run {self._run_id} {event.status} ({event.reason}); see expdb {way_out} {self._run_id}")

    def _show_start(self, event: RunStarted) -> None:
        macs = f", {event.macs / 1e9:.3g} GMACs" if event.macs else ""
        devices = f"{event.num_devices} x " if event.num_devices > 1 else ""
        threads = f", {event.num_threads} threads" if event.device == "cpu" else ""
        self._line(
            f"{event.num_params:,} parameters{macs}; {event.num_train_images:,} training and "
            f"{event.num_test_images:,} test images",
            style="dim",
        )
        self._line(f"{devices}{event.device_name} ({event.device}, {event.precision}{threads})", style="dim")
        if self._remark is not None:
            self._line(self._remark(event), style="dim")
        self._line(_HEADINGS, style="bold")
        self._train_seconds = sum(epoch.train_seconds for epoch in self._earlier if epoch.epoch < event.first_epoch)

    def _show_step(self, event: Step) -> None:
        if event.phase == "test":
            state = "testing"
        else:
            state = f"loss {event.loss:.4f}  {event.images_per_second:,.0f} img/s  ETA {self._eta(event)}"
        self._bar.update(
            self._task,
            description=f"epoch {event.epoch}/{self._spec.epochs}",
            total=event.num_steps,
            completed=event.step,
            state=state,
        )

    def _eta(self, event: Step) -> str:
        """Seconds an epoch so far, evaluation included; in the first one, from its images per second alone."""
        left = self._spec.epochs - event.epoch + 1 - event.step / event.num_steps
        if self._last:
            return format_value(left * self._seconds / self._num_epochs, "duration")
        if event.images_per_second <= 0:
            return "?"
        return format_value(left * event.num_steps * self._spec.batch_size / event.images_per_second, "duration")

    def _show_epoch(self, event: EpochEnded) -> None:
        self._last = event
        self._num_epochs += 1
        self._train_seconds += event.train_seconds
        self._seconds += event.train_seconds + event.eval_seconds
        position = f"{event.epoch}/{self._spec.epochs}"
        self._line(
            f"{position:>9}  {event.lr:>8.2g}  {event.train_loss:>7.4f}  "
            f"{event.test_loss:>7.4f}  {event.top1:>7.2%}  {event.top5:>7.2%}  {event.images_per_second:>8,.0f}  "
            f"{event.train_seconds + event.eval_seconds:>6.1f}s"
        )

    def _show_end(self) -> None:
        last = self._last
        if last is None:
            return
        self._line(
            f"run {self._run_id} finished: top-1 {last.top1:.2%}, top-5 {last.top5:.2%} (last epoch) "
            f"in {format_value(self._train_seconds, 'duration')}; expdb show {self._run_id}",
            style="green",
        )

    def _line(self, text: str, *, style: str = "") -> None:
        self._bar.console.print(Text(printable(text), style=style), soft_wrap=True)
