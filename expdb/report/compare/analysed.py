"""What analyses found of several runs, side by side: their values with intervals, and in what they were made unlike."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from expdb.catalog.analyses import ANALYSES, AnalysisEntry
from expdb.domain.analyses.result import AnalysisResult, Estimate
from expdb.domain.group import Sample
from expdb.domain.metric import Metric
from expdb.domain.run import Run
from expdb.domain.task import metrics_by_key
from expdb.domain.value_text import MISSING, format_value
from expdb.report.compare.side_by_side import line_label
from expdb.report.mean_text import mean_text
from expdb.report.run_ids import runs_text
from expdb.report.table import Cell, Row, Table, TableColumn

_RUN = "Run"
_HEADINGS = ("Metric", _RUN, "Value", "95 % interval", "n", "Its seeds here")


@dataclass(frozen=True, kw_only=True)
class AnalysedRun:
    """A run with what one analysis found of it."""

    run: Run
    result: AnalysisResult


def values_table(name: str, analysed: Sequence[AnalysedRun]) -> Table:
    """Return the values of an analysis: a row a metric and run, with the mean over its seeds among these.

    A mean is over runs that differ in the seed only and were analysed alike.
    """
    known = metrics_by_key()
    rows = [
        _row(one, known[key], key, analysed)
        for key in ANALYSES[name].metrics
        for one in analysed
        if key in one.result.values
    ]
    has_seeds = any(row.cells[-1].value is not None for row in rows)
    columns = [
        TableColumn(
            key=heading,
            heading=heading,
            format="text",
            decimals=None,
            align="left" if place < 2 else "right",
        )
        for place, heading in enumerate(_HEADINGS)
    ]
    if not has_seeds:
        columns.pop()
        rows = [Row(run_ids=row.run_ids, cells=row.cells[:-1]) for row in rows]
    return Table(name=f"{name}-values", title="", columns=tuple(columns), rows=tuple(rows))


def found_table(analysed: Sequence[AnalysedRun]) -> Table:
    """Return all values of analyses of one run, a row an analysis and metric."""
    tables = {one.result.name: values_table(one.result.name, [one]) for one in analysed if one.result.name in ANALYSES}
    headings = [TableColumn(key="analysis", heading="Analysis", format="text", decimals=None, align="left")]
    rows = []
    for name, table in tables.items():
        headings[1:] = [column for column in table.columns if column.key != _RUN]
        place = [column.key for column in table.columns].index(_RUN)
        rows += [
            replace(row, cells=(Cell(value=name, text=name), *row.cells[:place], *row.cells[place + 1 :]))
            for row in table.rows
        ]
    return Table(name="analyses", title="", columns=tuple(headings), rows=tuple(rows))


def unlike_reasons(analysed: Sequence[AnalysedRun]) -> list[str]:
    """Return in what runs were analysed unlike the first of them, a line a reason; such values hardly compare.

    Lines begin with the runs that they are about.
    """
    if not analysed:
        return []
    first = analysed[0]
    found: dict[str, list[int]] = {}
    for one in analysed[1:]:
        for reason in _differences(first.result, one.result):
            found.setdefault(reason, []).append(one.run.id)
    return [f"{runs_text(ids)} unlike run {first.run.id}: {reason}" for reason, ids in found.items()]


def not_analysable(run: Run, entry: AnalysisEntry) -> str | None:
    """Return in a clause why a run cannot be analysed so; None where it can."""
    if run.spec is None:
        return f"it is {run.kind}, so that there is no network here to analyse"
    if entry.needs == "network" and run.weights_file is None:
        return f"it is {run.status} and has no final weights, which {entry.name} needs"
    if entry.needs == "predictions" and run.predictions_file is None:
        return f"it kept no predictions, which {entry.name} needs"
    return None


def how_made(one: AnalysedRun) -> str:
    """Return in a sentence how a result was made."""
    result = one.result
    parts = [f"{result.num_images:,} images"] if result.num_images else []
    parts += [f"{result.num_forward:,} forward passes"] if result.num_forward else []
    parts += [f"{result.made_at:%Y-%m-%d}", f"version {result.version}", f"expdb {result.package}", result.device]
    return f"{line_label(one.run)}: {', '.join(parts)}."


def _row(one: AnalysedRun, metric: Metric, key: str, analysed: Sequence[AnalysedRun]) -> Row:
    estimate = one.result.values[key]
    value = format_value(estimate.value, metric.format, metric.decimals)
    interval = _interval(estimate, metric)
    seeds = _over_seeds(one, key, analysed)
    cells = (
        Cell(value=metric.heading, text=metric.heading),
        Cell(value=line_label(one.run), text=line_label(one.run)),
        Cell(value=estimate.value, text=value, low=estimate.low, high=estimate.high),
        Cell(value=estimate.low, text=interval),
        Cell(value=estimate.n, text=f"{estimate.n:,}"),
        Cell(
            value=None if seeds is None else seeds.mean,
            text=MISSING if seeds is None else mean_text(seeds, metric.format, metric.decimals),
        ),
    )
    return Row(run_ids=(one.run.id,), cells=cells)


def _interval(estimate: Estimate, metric: Metric) -> str:
    if estimate.low is None or estimate.high is None:
        return MISSING
    return " to ".join(format_value(end, metric.format, metric.decimals) for end in (estimate.low, estimate.high))


def _over_seeds(one: AnalysedRun, key: str, analysed: Sequence[AnalysedRun]) -> Sample | None:
    """Return the sample of a run and its seeds that were analysed alike; None where it is alone."""
    digest, conditions = one.run.group_digest, one.result.conditions
    values = [
        other.result.values[key].value
        for other in analysed
        if digest is not None
        and other.run.group_digest == digest
        and other.result.conditions == conditions
        and key in other.result.values
    ]
    if len(values) < 2:
        return None
    return Sample(n=len(values), mean=statistics.fmean(values), std=statistics.stdev(values))


def _differences(first: AnalysisResult, other: AnalysisResult) -> list[str]:
    if first.conditions == other.conditions:
        return []
    found = [] if first.version == other.version else [f"version {other.version} of the analysis, not {first.version}"]
    mine, theirs = dict(first.settings), dict(other.settings)
    unlike = [key for key in sorted(mine.keys() | theirs.keys()) if mine.get(key) != theirs.get(key)]
    found += [f"{key} {_setting(theirs, key)}, there {_setting(mine, key)}" for key in unlike]
    if first.dataset != other.dataset:
        found.append(f"images of {other.dataset or 'no dataset'}, not of {first.dataset or 'none'}")
    elif first.data_digest != other.data_digest:
        found.append(f"other images: {other.num_images:,} with digest {other.data_digest}, not {first.data_digest}")
    return found


def _setting(settings: Mapping[str, object], key: str) -> str:
    return format_value(settings[key], "text") if key in settings else "not set"
