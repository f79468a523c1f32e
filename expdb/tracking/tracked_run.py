"""`TrackedRun`: what a script logs to. No call of it waits for a disk or a database, and none breaks training."""

import os
import sys
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, get_args

from expdb.domain.events import RunFailed, RunFinished
from expdb.domain.metric import DataSplit, Metric, Unit
from expdb.domain.scripts.metric_names import fault_of_name
from expdb.domain.task import is_point, metrics_by_key
from expdb.errors import ExpdbError, SpecError, TakenOverError
from expdb.launch.execute import describe_failure
from expdb.launch.load.system_load import SystemLoad
from expdb.launch.recorder import URGENT_WAIT_SECONDS, Recorder
from expdb.store import name_rules
from expdb.store.store import Store
from expdb.tracking.artifact_files import copy_artifact
from expdb.tracking.gpus_in_use import num_gpus_in_use
from expdb.tracking.logged_values import keep_values
from expdb.tracking.metric_book import MetricBook
from expdb.tracking.note_writer import NoteWriter
from expdb.tracking.open_runs import forget_run
from expdb.tracking.point_writer import LastMeans, MeasuredBeside, PointWriter

if TYPE_CHECKING:
    from expdb.tracking.logged_outcomes import LoggedOutcomes

PREDICTIONS_FILE = "predictions.npz"
_MOST_SHOWN = 40  # letters of a value in a message


class TrackingWarning(RuntimeWarning):
    """What is not recorded as the script may think: one line, each once; training goes on."""


def say_beside(text: str) -> None:
    """Warn about what is not recorded; where warnings are made errors, on standard error."""
    try:
        warnings.warn_explicit(text, TrackingWarning, "expdb", 1)  # a place of ours would say nothing to anybody
    except TrackingWarning:
        with suppress(OSError, ValueError):
            print(f"expdb: {text}", file=sys.stderr)


class TrackedRun:
    """One run of a script. Use it as a context manager, or call `finish`.

    In a process that does not record (another rank, `EXPDB_MODE=disabled`, a child) all calls do nothing.

    Attributes:
        id: of the run; None where nothing is recorded.
        name: of the run, if it has one.
        folder: of the run's files; None where nothing is recorded.
    """

    def __init__(
        self,
        store: Store | None,
        recorder: Recorder | None,
        *,
        run_id: int | None,
        next_step: int = 0,
        earlier: Mapping[str, float] | None = None,
        load: SystemLoad | None = None,
    ) -> None:
        """Wrap a run whose attempt has begun; `track` is what scripts call.

        Args:
            next_step: of values that are logged without any place.
            earlier: last values that earlier attempts have recorded, by metric.
        """
        self.id, self.name = run_id, store.run(run_id).name if store and run_id else None
        self.folder: Path | None = recorder.folder if recorder else None
        self.is_in_block = False
        self._thread = threading.get_ident()
        self._store, self._recorder, self._load, self._num_gpus = store, recorder, load, 0
        self._writer: PointWriter | None = None
        if recorder is not None:
            book = MetricBook(say_beside, next_step=next_step, earlier=earlier or {})
            self._writer = PointWriter(recorder, book, say_beside, name=f"run {run_id}", beside=self._watch_gpus)
        self._notes: NoteWriter | None = None
        if store is not None and run_id is not None:
            self._notes = NoteWriter(lambda text: store.edits.set_note(run_id, text), _say_no_note)
        self._has_ended = False
        self._is_told = False
        self._said: set[str] = set()
        self._predictions_file: str | None = None
        self._outcomes: LoggedOutcomes | None = None

    def __enter__(self) -> Self:
        self.is_in_block = True
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the run: well, or as failed or killed by what the block raised, which goes on."""
        is_well = isinstance(error, SystemExit) and error.code in (None, 0)
        is_urgent = error is not None and not isinstance(error, (Exception, SystemExit))  # somebody wants it to stop
        self.end(None if is_well else error, is_urgent=is_urgent)

    def __repr__(self) -> str:
        """Say which run it is, and where its files are."""
        if self.id is None:
            return "TrackedRun(not recorded)"
        return f"TrackedRun(id={self.id}, folder={str(self.folder)!r})"

    def log(
        self,
        metrics: Mapping[str, Any] | None = None,
        /,
        *,
        epoch: int | None = None,
        step: int | None = None,
        **values: Any,
    ) -> None:
        """Log what was measured: numbers by name, of an epoch (from 1), at a step (from 0), or at the next step.

        Accuracies are fractions in [0, 1]. A table below a name is taken apart: `{"test": {"f1": 0.9}}` is `test/f1`.
        """
        writer = self._writer
        if writer is None:
            self._tell_ended("log")
            return
        try:
            writer.put((epoch, step, keep_values(values if metrics is None else {**metrics, **values})))
        except Exception as error:  # noqa: BLE001 - whatever a script's value does
            is_table = metrics is None or hasattr(metrics, "keys")
            why = _text_of(error) if is_table else f"{_shown(metrics)} has no name: say run.log(NAME=…) or a table"
            self._say_once(f"not logged: {why}")

    def define(
        self,
        name: str,
        *,
        unit: Unit = "none",
        higher_is_better: bool | None = None,
        split: DataSplit = "unstated",
        heading: str = "",
    ) -> None:
        """Say what a metric of the script's own is, for this run and all others; before it is logged.

        Args:
            name: as it is logged.
            unit: fraction (in [0, 1], printed as %), points, count, seconds, bytes or none.
            higher_is_better: None: neither; then it is never ranked or tested.
            split: test, val, train or unstated; only what is of the test split is ranked and tested.
            heading: of its column; empty: its name.

        Raises:
            SpecError: one of these is not known, or the metric is one of ours.
        """
        fault = fault_of_name(name)
        if fault is not None:
            raise SpecError(f"metric {str(name)[:40]!r}: {fault}")
        if name in metrics_by_key():
            raise SpecError(f"metric {name!r} is known here, with its unit and split: define another name")
        for what, value, choices in (("unit", unit, get_args(Unit)), ("split", split, get_args(DataSplit))):
            if value not in choices:
                raise SpecError(f"{what} {value!r} of metric {name!r} is not known: choose {', '.join(choices)}")
        if self._writer is None:
            self._tell_ended("define")
            return
        own = Metric(
            key=name,
            unit=unit,
            split=split,
            higher_is_better=None if higher_is_better is None else bool(higher_is_better),
            heading=heading,
            is_point=True,
        )
        self._writer.put(own)

    def log_predictions(self, labels: Any, logits: Any = None, *, probabilities: Any = None) -> None:
        """Keep what the model said of each image of the test split, in its order, as training here does.

        So paired tests, confusion and disagreement know the run.

        Args:
            labels: (images,) true classes from 0.
            logits: (images, classes); or `probabilities`, in [0, 1].
        """
        if self._writer is None or self.folder is None:
            self._tell_ended("log_predictions")
            return
        from expdb.data.predictions import write_predictions
        from expdb.tracking.logged_predictions import measures_of, predictions_of

        try:
            found = predictions_of(labels, logits, probabilities=probabilities)
            write_predictions(found, self.folder / PREDICTIONS_FILE)
            self._predictions_file = PREDICTIONS_FILE
            self._writer.put(MeasuredBeside(measures_of(found)))
        except Exception as error:  # noqa: BLE001 - training goes on
            say_beside(f"predictions are not logged: {_text_of(error)}")

    def log_outcomes(self, name: str, values: Any, *, items: Any = None) -> None:
        """Keep what the model got of every single item of the test split, so that paired tests know the metric.

        At the end of the run their mean is recorded as the metric, unless the script logs that itself.

        Args:
            name: of the metric.
            values: (items,) right and wrong, as booleans or 1 and 0, or a score of each.
            items: (items,) ids or file names, each once, in the same order: two runs on others are never tested then.
        """
        if self._writer is None or self.folder is None:
            self._tell_ended("log_outcomes")
            return
        from expdb.tracking.logged_outcomes import LoggedOutcomes  # and numpy

        try:
            self._outcomes = self._outcomes or LoggedOutcomes(self.folder)
            self._outcomes.keep(name, values, items)
        except Exception as error:  # noqa: BLE001 - training goes on
            say_beside(f"outcomes of {str(name)[:40]!r} are not logged: {_text_of(error)}")

    def artifact(self, path: str | os.PathLike[str], name: str | None = None) -> Path | None:
        """Copy a file or folder into the run's folder, under its name or another; return where it is, None: nowhere.

        It is copied before this returns. Of a folder, what is not copied is said: see `copy_artifact`.
        """
        if self._writer is None or self.folder is None:
            self._tell_ended("artifact")
            return None
        for what, given, kinds in (("path", path, (str, os.PathLike)), ("name", name, (str, type(None)))):
            if not isinstance(given, kinds):
                say_beside(f"artifact: {what} {_shown(given)} is no {'path' if what == 'path' else 'text'}: not copied")
                return None
        try:
            copied = copy_artifact(Path(path), self.folder, name)
        except Exception as error:  # noqa: BLE001 - training goes on
            say_beside(_text_of(error))
            return None
        if copied.told:
            say_beside(copied.told)
        return copied.path

    def note(self, text: str | None) -> None:
        """Set the run's note, soon; an empty one, or None, takes it away."""
        if self._writer is None or self._notes is None:
            self._tell_ended("note")
            return
        said = "" if text is None else str(text)
        try:
            name_rules.note(said)
        except SpecError as error:  # before it takes the place of one that waits to be set
            _say_no_note(error)
            return
        self._notes.put(said)

    def finish(self, status: str = "finished") -> None:
        """End the run; all that was logged is written before this returns.

        Args:
            status: `finished`, `failed` or `killed`.

        Raises:
            SpecError: the status is none of these.
        """
        if status not in ("finished", "failed", "killed"):
            raise SpecError(f"status {status!r} is not known: choose finished, failed or killed")
        self._end(None if status == "finished" else _stated_end(status), is_urgent=False)

    def end(self, error: BaseException | None, *, is_urgent: bool = False) -> None:
        """End the run as well done, or by an error; where it is urgent, wait for the database a few seconds only."""
        self._end(None if error is None else _failure(error), is_urgent=is_urgent)

    def leave_to_parent(self) -> None:
        """Record nothing any more in this process, which is a child of the one that does."""
        self._writer = self._recorder = self._store = self._load = None

    def is_of_this_thread(self) -> bool:
        """Tell whether the run was begun by the thread that asks."""
        return self._thread == threading.get_ident()

    def _end(self, failure: RunFailed | None, *, is_urgent: bool) -> None:
        writer, recorder, store, self._writer = self._writer, self._recorder, self._store, None
        if writer is None or recorder is None or store is None:
            return
        self._has_ended = True
        forget_run(self)
        try:
            if self._load is not None:
                writer.put(MeasuredBeside({key: value for key, value in self._load.end().items() if is_point(key)}))
            if self._outcomes is not None:
                writer.put(LastMeans(self._outcomes.means))
            writer.end()
            if self._notes is not None and not self._notes.end():
                _say_no_note(TimeoutError("the database does not answer"))
            try:
                end = failure or RunFinished(predictions_file=self._predictions_file)
                if not writer.is_taken_over:
                    recorder.record(end, is_awaited=False)
            finally:
                if is_urgent:
                    recorder.wait_at_most(URGENT_WAIT_SECONDS)
                recorder.__exit__(None, None, None)
        except Exception as error:  # noqa: BLE001 - what is not recorded is kept in the folder
            if not isinstance(error, TakenOverError):
                say_beside(_text_of(error))
        finally:
            store.close()

    def _watch_gpus(self) -> None:
        """Let the load of GPUs be watched as soon as the script uses some."""
        num_gpus = num_gpus_in_use()
        if self._load is not None and num_gpus > self._num_gpus:
            self._num_gpus = num_gpus
            self._load.use_gpus(num_gpus)

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            say_beside(text)

    def _tell_ended(self, what: str) -> None:
        if self._has_ended and not self._is_told:
            self._is_told = True
            say_beside(f"run {self.id} has ended: {what} records nothing any more")


def _shown(value: object) -> str:
    """Return an argument as a message has it: short, and in one line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 - an object that cannot say what it is
        text = ""
    return text if text and len(text) <= _MOST_SHOWN else f"of {type(value).__module__}.{type(value).__qualname__}"


def _say_no_note(error: Exception) -> None:
    say_beside(f"the note is not recorded: {_text_of(error)}")


def _failure(error: BaseException) -> RunFailed:
    failure = describe_failure(error)
    if type(error).__name__ == "OutOfMemoryError":  # torch's
        return RunFailed(**{**vars(failure), "reason": "out of memory"})
    return failure


def _stated_end(status: str) -> RunFailed:
    return RunFailed(
        status="killed" if status == "killed" else "failed",
        reason="its script said so",
        error_type="",
        message="",
        traceback="",
    )


def _text_of(error: BaseException) -> str:
    text = str(error) if isinstance(error, ExpdbError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
