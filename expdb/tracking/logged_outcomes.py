"""Outcomes of single items that a script logs: kept in the run's folder, and their means for the end of the run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expdb.data.outcomes import OUTCOMES_FILE, outcomes_of, read_outcomes, write_outcomes
from expdb.domain.scripts.metric_names import read_metric_name
from expdb.errors import DataError
from expdb.tracking.logged_predictions import array_of
from expdb.tracking.metric_book import OutcomesMean


class LoggedOutcomes:
    """What one attempt logs of single items.

    Attributes:
        means: by metric, as it was logged.
    """

    def __init__(self, folder: Path) -> None:
        """Take the run's folder, in which earlier attempts may have left some."""
        self._folder = folder
        self._before: Mapping[str, float] | None = None
        self.means: dict[str, OutcomesMean] = {}

    def keep(self, name: str, values: Any, items: Any = None) -> None:
        """Keep the outcomes of a metric, in place of earlier ones.

        Raises:
            DataError: they have another form, or the name says that they are not of the test split.
            UnwrittenError: they cannot be written.
        """
        split = read_metric_name(name).split if isinstance(name, str) else "test"  # what is no text is told below
        if split in ("val", "train"):
            raise DataError(f"its name says {split}, and outcomes are of the test split: log them as those of test/…")
        found = outcomes_of(array_of(values), None if items is None else array_of(items))
        if self._before is None:
            self._before = _means_in(self._folder)
        write_outcomes(self._folder, name, found)
        self.means[name] = OutcomesMean(mean=found.mean, before=self._before.get(name))


def _means_in(folder: Path) -> dict[str, float]:
    if not (folder / OUTCOMES_FILE).exists():
        return {}
    return {name: kept.mean for name, kept in read_outcomes(folder).items()}
