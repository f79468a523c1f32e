"""What a table says of its columns of analyses: from how many images a value is, and how sure that makes it."""

from collections.abc import Mapping, Sequence

from expdb.catalog.analyses import analysis_entry
from expdb.domain.analyses.metrics import analysis_of_metric
from expdb.domain.analyses.result import AnalysisResult, Estimate
from expdb.domain.value_text import format_value
from expdb.report.source import TableSource
from expdb.report.tables.footnotes import CARE, SPREAD, Footnotes
from expdb.report.tables.shown_columns import ShownColumn
from expdb.report.tables.table_row import TableRow


def tell_analyses(
    notes: Footnotes, source: TableSource, slots: Sequence[ShownColumn], lines: Sequence[TableRow]
) -> None:
    """Note of every column of an analysis what one run's value is of, and what the analysis says of itself."""
    metrics = {slot.known.key: slot for slot in slots if analysis_of_metric(slot.known.key) is not None}
    names = {key: str(analysis_of_metric(key)) for key in metrics}
    if not metrics:
        return
    found = source.analyses.of([run_id for line in lines for run_id in line.run_ids], set(names.values()))
    for key, slot in metrics.items():
        results = [results[names[key]] for results in found.values() if names[key] in results]
        estimates = [result.values[key] for result in results if key in result.values]
        if estimates:
            notes.add(f"{slot.known.heading}: {_counted(estimates, slot)}.", place=SPREAD)
    for text in _said(found):
        notes.add(text, place=CARE)


def _counted(estimates: Sequence[Estimate], slot: ShownColumn) -> str:
    least, most = (pick(one.n for one in estimates) for pick in (min, max))
    counted = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    told = f"a run's value is counted from {counted}"
    halves = [(one.high - one.low) / 2 for one in estimates if one.low is not None and one.high is not None]
    if not halves:
        return told
    mean = sum(halves) / len(halves)
    known = slot.known
    unit = " points" if known.format == "percent" else ""
    return f"{told}, which alone makes it uncertain by ±{format_value(mean, known.format, known.decimals)}{unit} (95 %)"


def _said(found: Mapping[int, Mapping[str, AnalysisResult]]) -> list[str]:
    texts: dict[str, None] = {}
    for results in found.values():
        for name, result in results.items():
            for note in result.notes:
                texts.setdefault(f"{analysis_entry(name).title}: {note.rstrip('.')}.")
    return list(texts)
