"""The columns of a list that nobody described: those that its runs fill, and what scripts measured instead of top-1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expdb.domain.metric import Metric
from expdb.domain.run import RunPart
from expdb.domain.table import ColumnChoice
from expdb.domain.task import CLASSIFICATION, FREE
from expdb.domain.value_text import is_known
from expdb.report.columns import COLUMNS
from expdb.report.source import MeasuredPoints

_TYPED = tuple(metric for metric in CLASSIFICATION.metrics if not metric.is_point and metric.key != "best_top1")
_SPLITS = ("test", "val", "unstated", None, "train")  # the earlier, the sooner it says how good a run is
_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class FilledColumns:
    """What a list shows.

    Attributes:
        choices: its columns.
        others: keys of what scripts logged of its runs and no column shows, in the order of their weight.
    """

    choices: tuple[ColumnChoice, ...]
    others: tuple[str, ...] = ()

    @property
    def others_text(self) -> str:
        """The other metrics in a few words, as the keys of columns; empty where there are none."""
        more = f" and {len(self.others) - _MOST_NAMED:,} more" if len(self.others) > _MOST_NAMED else ""
        return ", ".join(self.others[:_MOST_NAMED]) + more


def read_of(choices: Sequence[ColumnChoice]) -> set[str]:
    """Return the fields of a run that decide which columns a list has."""
    return {*(metric.key for metric in _TYPED), *(field for one in choices for field in COLUMNS[one.key].fields)}


def filled_columns(
    choices: Sequence[ColumnChoice], runs: Sequence[RunPart], points: MeasuredPoints, *, most: int
) -> FilledColumns:
    """Return the columns for these runs.

    Runs that expdb trains fill the usual columns sooner or later. Where scripts track some, columns that are empty for
    all runs are left out, and runs without any of the results have what they measured themselves in their place: what
    can be ranked first, of the test split before that of others, of the training split only where there is nothing
    else.

    Args:
        choices: the usual columns.
        runs: all that the list shows, with the fields of `read_of`.
        points: what was logged of them.
        most: so many metrics, at most, stand in for what is left out.
    """
    tracked = [run for run in runs if run.kind == "tracked"]
    if not tracked:
        return FilledColumns(choices=tuple(choices))
    filled = [one for one in choices if any(is_known(COLUMNS[one.key].value(run.fields)) for run in runs)]
    results = [one.key for one in choices if one.key in {metric.key for metric in _TYPED}]
    lacking = {run.id for run in tracked if not any(is_known(run.fields[key]) for key in results)}
    logged = points.logged([run.id for run in tracked])
    known = {FREE + name: metric for name, metric in points.metrics().items()}
    ids_of = {FREE + name: ids for name, ids in logged.items() if FREE + name in known}
    ranked = _ranked(ids_of, known)
    typed = {metric.key: _ids_with(tracked, metric.key) for metric in _TYPED if metric.key not in results}
    metrics = {**known, **{metric.key: metric for metric in _TYPED}}
    added: list[ColumnChoice] = []
    num_free = max(1, len(choices) - len(filled))
    while lacking and len(added) < most:  # one task after the other, of which the first has the free places
        asked = {key: ids & lacking for key, ids in (ids_of | typed).items() if ids & lacking}
        best = _primary(_ranked(asked, metrics))[: min(num_free, most - len(added))]
        added += (ColumnChoice(key=key) for key in best)
        lacking = lacking.difference(*(asked[key] for key in best)) if best else set()
        num_free = 1
    place = next((index for index, one in enumerate(choices) if one.key == CLASSIFICATION.primary), len(choices))
    before, behind = choices[: place + 1], choices[place + 1 :]
    shown = (*(one for one in before if one in filled), *added, *(one for one in behind if one in filled))
    keys = {one.key for one in shown}
    return FilledColumns(choices=shown, others=tuple(key for _, key in ranked if key not in keys))


def _ids_with(runs: Sequence[RunPart], key: str) -> set[int]:
    return {run.id for run in runs if is_known(run.fields[key])}


def _ranked(ids_of: Mapping[str, set[int]], metrics: Mapping[str, Metric]) -> list[tuple[int, str]]:
    """Return the keys by weight, each behind its tier: 0 can be ranked, 1 cannot, 2 is of the training split."""

    def weight(key: str) -> tuple[Any, ...]:
        metric = metrics[key]
        return (
            _tier(metric),
            _SPLITS.index(metric.split),
            metric.higher_is_better is not True,
            not metric.heading,
            -len(ids_of[key]),
            key,
        )

    return [(_tier(metrics[key]), key) for key in sorted(ids_of, key=weight)]


def _tier(metric: Metric) -> int:
    if metric.split == "train":
        return 2
    return 0 if metric.split not in ("unstated", None) and metric.higher_is_better is not None else 1


def _primary(ranked: Sequence[tuple[int, str]]) -> list[str]:
    """Return the keys of the best tier that there is."""
    return [key for tier, key in ranked if tier == ranked[0][0]]
