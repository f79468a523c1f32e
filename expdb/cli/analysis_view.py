"""What a person sees of an analysis on the command line: its numbers, its charts as tables, its listings and notes."""

from collections.abc import Sequence
from typing import Final

from expdb.catalog.analyses import AnalysisEntry
from expdb.cli.output import Align, print_line, print_table
from expdb.domain.analyses.pairs import PairRecord
from expdb.domain.analyses.result import AnalysisResult, Chart, Estimate
from expdb.domain.metric import Metric
from expdb.domain.task import metrics_by_key
from expdb.domain.value_text import format_value

_MOST_COLUMNS: Final = 12  # of a chart that is printed as a table
_MOST_ACROSS: Final = 6  # of these side by side; more stand below each other where that is shorter
_MOST_PAIRS_BY_CLASS: Final = 3


def show_result(name: str, entry: AnalysisEntry, result: AnalysisResult) -> None:
    """Print what was found of a run, or of a model."""
    known = metrics_by_key()
    images = f", {result.num_images:,} images" if result.num_images else ""
    print_line("")
    seconds = format_value(result.seconds, "duration")
    print_line(f"{name}: {entry.title.lower()}{images}, {seconds}")
    rows = [
        [known[key].heading, *_shown(result.values[key], known[key])] for key in entry.metrics if key in result.values
    ]
    if rows:
        print_table(["", "value", "95 % interval", "n"], rows, ["left", "right", "right", "right"])
    for chart in result.charts:
        _show_chart(chart)
    for listing in result.listings:
        print_line(listing.title)
        print_table(
            listing.headings,
            [[_text(value) for value in row] for row in listing.rows],
            [_align(column) for column in zip(*listing.rows, strict=True)],
        )
    for note in result.notes:
        print_line(f"note: {note}")


def _show_chart(chart: Chart) -> None:
    """Print the lines of a chart as a table, a row a line; maps are for the dashboard."""
    if chart.kind == "map" or not chart.lines:
        return
    xs = list(dict.fromkeys(x for line in chart.lines for x in line.x))
    if len(xs) > _MOST_COLUMNS:
        return
    rows = []
    for line in chart.lines:
        at = dict(zip(line.x, line.y, strict=True))
        rows.append([line.label, *(_number(at.get(x), is_percent=chart.percent) for x in xs)])
    print_line(f"{chart.title}: {chart.y_label}, by {chart.x_label}")
    table = [["", *map(_text, xs)], *rows]
    if len(xs) > max(_MOST_ACROSS, len(rows)):
        table = [list(column) for column in zip(*table, strict=True)]
    print_table(table[0], table[1:], _aligns(len(table[0])))


def _shown(estimate: Estimate, metric: Metric) -> tuple[str, str, str]:
    value, low, high = (
        "" if one is None else format_value(one, metric.format, metric.decimals)
        for one in (estimate.value, estimate.low, estimate.high)
    )
    return value, f"{low} to {high}" if low else "", f"{estimate.n:,}"


def _number(value: float | None, *, is_percent: bool) -> str:
    if value is None:
        return ""
    return f"{100 * value:.1f}" if is_percent else f"{value:.3g}"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _align(column: Sequence[object]) -> Align:
    return "left" if all(value is None or isinstance(value, str) for value in column) else "right"


def show_pairs(pairs: Sequence[PairRecord]) -> None:
    """Print how runs agree with each other: a row a pair, and class by class where there are few pairs."""
    if not pairs:
        return
    from expdb.analysis.agreement_pairs import CLASS_HEADINGS, PAIR_HEADINGS, PAIR_NOTES, class_rows, pair_rows

    print_line("")
    rows = pair_rows(pairs)
    if rows:
        print_line("Two runs on the same images: both right, only the first, only the second, none")
        print_table(PAIR_HEADINGS, rows, _aligns(len(PAIR_HEADINGS)))
    for pair in pairs if len(pairs) <= _MOST_PAIRS_BY_CLASS else ():
        if pair["classes"]:
            print_line(f"runs {pair['first']} and {pair['second']} by class")
            print_table(CLASS_HEADINGS, class_rows(pair), _aligns(len(CLASS_HEADINGS)))
    for reason in [pair["reason"] for pair in pairs if pair["reason"]]:
        print_line(f"note: {reason}")
    if rows:
        for note in PAIR_NOTES:
            print_line(f"note: {note}")


def _aligns(count: int) -> list[Align]:
    return ["left" if column == 0 else "right" for column in range(count)]
