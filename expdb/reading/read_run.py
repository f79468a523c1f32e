"""One run in a notebook or script: its settings, results, curves and predictions."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expdb.domain.run import Results, Run
from expdb.domain.settings import settings_by_name
from expdb.errors import NotFoundError
from expdb.reading.frames import RunName, history_frame
from expdb.reading.opened import DatabaseName, opened_for_reading
from expdb.report.run_data import run_record

if TYPE_CHECKING:
    import pandas as pd

    from expdb.data.predictions import Predictions


class ReadRun:
    """A run as it was when it was read: later events do not change it; `history` and `predictions` read anew.

    Attributes:
        snapshot: everything recorded, with typed views of it.
    """

    def __init__(self, snapshot: Run, folder: Path | None, db: DatabaseName) -> None:
        self.snapshot, self._folder, self._db = snapshot, folder, db

    @property
    def id(self) -> int:
        """Its number."""
        return self.snapshot.id

    @property
    def name(self) -> str | None:
        """Its name, if it has one."""
        return self.snapshot.name

    @property
    def status(self) -> str:
        """How it stands: queued, running, finished, failed, killed or crashed."""
        return self.snapshot.status

    @property
    def settings(self) -> dict[str, Any]:
        """What it was asked to do, by the names of filters; what a document or script states besides is among them."""
        fields = self.snapshot.fields
        known = {name: fields[name] for name in ("dataset", "model", *settings_by_name())}
        return {**{name: value for name, value in known.items() if value is not None}, **self.snapshot.settings}

    @property
    def results(self) -> dict[str, Any]:
        """What was counted and measured and is known, by the names of filters: accuracies as fractions, seconds."""
        fields = self.snapshot.fields
        known = {name: fields[name] for name in Results.names()}
        return {**{name: value for name, value in known.items() if value is not None}, **self.snapshot.metrics}

    @property
    def record(self) -> dict[str, Any]:
        """Everything recorded, as `expdb show --json` prints it, but its epochs and attempts."""
        return run_record(self.snapshot)

    @property
    def folder(self) -> Path:
        """The folder of its files (docs/files.md says what is in it). Raises NotFoundError: it has none."""
        if self._folder is None:
            raise NotFoundError(f"run {self.id} is copied from a document: it has no files")
        return self._folder

    def history(self, metrics: Iterable[str] | None = None) -> "pd.DataFrame":
        """Return its curves as `expdb.history` does."""
        with opened_for_reading(self._db) as store:
            return history_frame(store, [self.id], metrics)

    def predictions(self) -> "Predictions":
        """Return what its final model said about each test image.

        Row i of each array is image i of the test split: `label` (N,), the true class; `top5` (N, k), the most probable
        classes, best first, with their `confidence` (N, k) in [0, 1]; `probability` (N,), of the true class.

        Raises:
            NotFoundError: it kept none.
            DataError: its file is not on this machine, or holds something else.
        """
        from expdb.data.predictions import read_predictions

        if self.snapshot.predictions_file is None:
            raise NotFoundError(f"run {self.id} has no predictions: {self._why_no_predictions()}")
        return read_predictions(self.folder / self.snapshot.predictions_file)

    def _why_no_predictions(self) -> str:
        if self.snapshot.kind == "reported":
            return "it is copied from a document"
        if self.snapshot.kind == "tracked":
            has_ended = self.status in ("finished", "failed", "killed")
            return "its script kept none (run.log_predictions does)" if has_ended else f"it is {self.status}"
        return f"they are kept at the end, and it is {self.status}" if self.status != "finished" else "it kept none"

    def _repr_html_(self) -> str:
        from expdb.report.writers.html import escape

        pairs: Mapping[str, Any] = {"status": self.status, **self.settings, **self.results}
        rows = "".join(f"<tr><th>{escape(key)}</th><td>{escape(str(value))}</td></tr>" for key, value in pairs.items())
        return f"<table><caption>{escape(self._title)}</caption><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        about = f"{self.status}, {self.snapshot.model} on {self.snapshot.dataset}"
        return f"<expdb {self._title}: {about}>"

    @property
    def _title(self) -> str:
        return f"run {self.id}" if self.name is None else f"run {self.id} {self.name!r}"


def run(ref: RunName, *, db: DatabaseName = None) -> ReadRun:
    """Return one run, removed or not.

    Args:
        ref: its id, its name, or the first 8 digits of its uuid.
        db: the database, a path or SQLAlchemy URL; None: EXPDB_URL, else `runs.db` in the working folder.

    Raises:
        NotFoundError: there is no such run.
        StoreError: there is no such database, or it cannot be read.
    """
    with opened_for_reading(db) as store:
        found = store.run(ref)
        return ReadRun(found, store.artifact_dir(found.id) if found.artifact_dir else None, db)
