"""What a person sees of a run before it trains, and meanwhile: a line an epoch, on a terminal a bar for the next."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, NotRequired, TypedDict

from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from expdb.catalog.recipes import Recipe
from expdb.cli.context import Context
from expdb.cli.lasting_output import outlive_output
from expdb.cli.output import console, plain_text, print_line, print_pairs, printed_text, warn
from expdb.config import CHECKPOINT_VARIABLE, THREADS_VARIABLE
from expdb.data.cpus import num_usable_cpus
from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES, read_checkpoint_minutes
from expdb.domain.codec import digest, with_code
from expdb.domain.events import EpochEnded, Evaluated, Event, RunFailed, RunFinished, RunStarted
from expdb.domain.events import Progress as Step
from expdb.domain.run import Epoch
from expdb.domain.settings import told_settings
from expdb.domain.spec import FOLDER_PREFIX, RunSpec
from expdb.domain.threads import read_threads
from expdb.domain.value_text import format_value
from expdb.report.run_lines import RunLines

if TYPE_CHECKING:
    from expdb.launch.train_runs import TrainingSetup
    from expdb.store.store import Store


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


@contextmanager
def recorded_runs(context: Context) -> Iterator["Store | None"]:
    """Open the database to look at it; None where there is none yet, for a dry run makes none."""
    from expdb.store.database.address import parse_address

    path = parse_address(context.config.url).path
    if path is not None and not path.exists():
        yield None
        return
    with context.open_store(is_read_only=True, tells_waiting=False) as store:
        yield store


def recipe_line(chosen: Recipe) -> str:
    """Say which recipe a run starts from."""
    return f"recipe {chosen.name}: {chosen.description}"


class ShownRunRecord(TypedDict):
    """What `run` and `evaluate` tell of a run by `--dry-run --json`; of several runs it is an array of these."""

    spec: Annotated[RunSpec, "all settings"]
    digest: Annotated[str, "names the computation: equal settings, equal digests"]
    recipe: Annotated[str | None, "that the settings come from"]
    num_params: Annotated[int, "all parameters"]
    num_trainable_params: int
    macs: Annotated[int | None, "multiply-accumulates an image; null: they cannot be counted"]
    last_grid: Annotated[tuple[int, int] | None, "height and width of the last feature map"]
    warnings: Annotated[list[str], "what is doubtful, a line each"]
    images: NotRequired[Annotated[dict[str, str], "of a folder, what there is of each class"]]


def show_spec(
    spec: RunSpec, *, chosen: Recipe | None = None, cautions: Sequence[str] = (), is_quiet: bool = False
) -> ShownRunRecord:
    """Return, and print unless quiet, a resolved spec with the model's size and what a folder has of each class.

    What is doubtful is warned of.
    """
    from expdb.launch.spec_warnings import spec_warnings
    from expdb.train.model.count import describe_model
    from expdb.train.trainable import check_trainable

    remarks, images = check_trainable(spec), _images(spec)
    size, told = describe_model(spec), spec_warnings(spec)
    for line in told:
        warn(line)
    spec = with_code(spec, size.code)  # as the run would be recorded
    record = ShownRunRecord(
        spec=spec,
        digest=digest(spec),
        recipe=chosen.name if chosen else None,
        num_params=size.num_params,
        num_trainable_params=size.num_trainable_params,
        macs=size.macs,
        last_grid=size.last_grid,
        warnings=[*cautions, *told, *remarks],
    )
    if images:
        record["images"] = dict(images)
    if not is_quiet:
        if chosen is not None:
            print_line(recipe_line(chosen))
        _print_spec(record, remarks)
    return record


def _print_spec(shown: ShownRunRecord, remarks: Sequence[str]) -> None:
    # As `--set` takes them: who copies a line gets what it says.
    values = {
        key: "null" if value is None else plain_text(value) for key, value in told_settings(shown["spec"]).items()
    }
    print_pairs("settings", list(values.items()))
    macs, grid = shown["macs"], shown["last_grid"]
    print_pairs(
        "model",
        [
            ("parameters", f"{shown['num_params']:,} ({shown['num_trainable_params']:,} trainable)"),
            ("MACs", f"{macs:,} per image" if macs else "cannot be counted"),
            ("last feature map", " x ".join(map(str, grid)) if grid else "unknown"),
        ],
    )
    if "images" in shown:
        print_pairs("images", list(shown["images"].items()))
    for text in remarks:
        print_line(text)
    print_line(f"digest {shown['digest']}; nothing was {'trained' if shown['spec'].is_trained else 'evaluated'}")


def _images(spec: RunSpec) -> list[tuple[str, str]]:
    """Look at the pictures of a folder as a run does before it starts; return what there is."""
    if not spec.data.dataset.startswith(FOLDER_PREFIX):
        return []
    from expdb.data.folder_data import describe_folder, read_folder

    return describe_folder(read_folder(spec.data))


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
            case Evaluated():
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
            description=f"epoch {event.epoch}/{self._spec.epochs}" if self._spec.is_trained else "evaluation",
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
