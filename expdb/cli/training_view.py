"""What a person sees while a run trains: a line an epoch, and on a terminal a bar for the epoch under way."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from expdb.cli.context import Context
from expdb.cli.lasting_output import outlive_output
from expdb.cli.output import console, print_line, printed_text, warn
from expdb.config import CHECKPOINT_VARIABLE, THREADS_VARIABLE
from expdb.data.cpus import num_usable_cpus
from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES, read_checkpoint_minutes
from expdb.domain.events import EpochEnded, Event, RunFailed, RunFinished, RunStarted
from expdb.domain.events import Progress as Step
from expdb.domain.run import Epoch
from expdb.domain.spec import RunSpec
from expdb.domain.threads import read_threads
from expdb.domain.value_text import format_value
from expdb.report.run_lines import RunLines

if TYPE_CHECKING:
    from expdb.launch.train_runs import TrainingSetup


def checkpoint_minutes(context: Context, option: str | None = None) -> float:
    """Return the least time between two checkpoints: by the option, else by the environment, else the default.

    Raises:
        SpecError: that is no number of minutes.
    """
    if option is not None:
        return read_checkpoint_minutes(option, source="--checkpoint-minutes")
    told = context.config.checkpoint_minutes
    return DEFAULT_CHECKPOINT_MINUTES if told is None else read_checkpoint_minutes(told, source=CHECKPOINT_VARIABLE)


def told_threads(context: Context, option: str | None = None) -> int | None:
    """Return with how many CPU threads to train: by the option, else by the environment; None: nobody says.

    Raises:
        SpecError: that is no number of threads.
    """
    if option is not None:
        return read_threads(option, source="--threads")
    told = context.config.threads
    return None if told is None else read_threads(told, source=THREADS_VARIABLE)


def training_setup(context: Context, *, minutes: str | None = None, threads: str | None = None) -> "TrainingSetup":
    """Return how this call trains: with its database and data folder, shown live as long as that is possible.

    Args:
        minutes: what `--checkpoint-minutes` says, where the command has it.
        threads: what `--threads` says, likewise.

    Raises:
        SpecError: that, or the variable of either, is no number of minutes or threads.
    """
    from expdb.launch.train_runs import TrainingSetup  # SQLAlchemy: half a second to import

    config, minutes_apart = context.config, checkpoint_minutes(context, minutes)
    num_threads, usable = told_threads(context, threads), num_usable_cpus()
    if num_threads is not None and num_threads > usable:
        warn(
            f"{num_threads} threads on {usable} processor{'s' * (usable > 1)} that this process may use: "
            "each one that waits for a processor holds up the others"
        )
    outlive_output()
    return TrainingSetup(
        url=config.url,
        data_dir=config.data_dir,
        checkpoint_minutes=minutes_apart,
        threads=num_threads,
        watch=RunDisplay,
        tell=print_line,
        warn=warn,
    )


class RunDisplay:
    """Shows one run's events. As a context manager it gives `show`, to be called with each of them."""

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
        self._spec, self._remark = spec, remark
        self._lines = RunLines(run_id, spec, earlier=earlier)
        self._last: EpochEnded | None = None
        self._num_epochs = 0  # shown so far
        self._seconds = 0.0
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

    def __enter__(self) -> Callable[[Event], None]:
        self._line(self._lines.opening(), style="bold")
        self._bar.start()
        return self.show

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        lines = self._lines.of(event)
        match event:
            case RunStarted():
                self._show_all(lines + ([self._remark(event)] if self._remark else []), style="dim")
                self._show_all(self._lines.headings(event), style="bold")
            case Step():
                self._show_step(event)
            case EpochEnded():
                self._last = event
                self._num_epochs += 1
                self._seconds += event.train_seconds + event.eval_seconds
                self._show_all(lines)
            case RunFinished():
                self._bar.stop()
                self._show_all(lines, style="green")
            case RunFailed():
                self._bar.stop()
                self._show_all(lines)

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

    def _show_all(self, lines: Sequence[str], *, style: str = "") -> None:
        for line in lines:
            self._line(line, style=style)

    def _line(self, text: str, *, style: str = "") -> None:
        self._bar.console.print(Text(printed_text(text), style=style), soft_wrap=True)
