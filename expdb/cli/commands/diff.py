"""`expdb diff`: what sets two runs apart."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from expdb.cli.arguments import JsonFlag, RunRef
from expdb.cli.context import context_of
from expdb.cli.output import plain_text, print_json, print_line, print_table
from expdb.domain.metric import Metric
from expdb.domain.run import Run
from expdb.domain.task import FREE

if TYPE_CHECKING:
    from expdb.report.compare.recorded_differences import Difference


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(diff)


def diff(ctx: typer.Context, a: RunRef, b: RunRef, as_json: JsonFlag = False) -> None:
    """Show only what differs between two runs."""
    from expdb.report.compare.recorded_differences import recorded_differences

    with context_of(ctx).open_store(is_read_only=True) as store:
        first, second = store.run(a), store.run(b)
        metrics = store.points.metrics()
    differences = recorded_differences(first, second)
    if as_json:
        print_json(differences)
        return
    if not differences:
        stated = " in what is stated" if "reported" in (first.kind, second.kind) else ""
        print_line(f"runs {first.id} and {second.id} do not differ{stated}")
        return
    rows = [
        [each.field, *_told_apart(each, [_shown(run, each.field, value, metrics) for run, value in of_runs])]
        for each in differences
        for of_runs in [((first, each.a), (second, each.b))]
    ]
    print_table(["", f"run {first.id}", f"run {second.id}"], rows, ["left", "left", "left"])


def _told_apart(difference: "Difference", texts: list[str]) -> list[str]:
    """Return the texts of two values that differ, to their last digit where they would print alike."""
    is_alike = texts[0] == texts[1] and isinstance(difference.a, float) and isinstance(difference.b, float)
    return [str(difference.a), str(difference.b)] if is_alike else texts


def _shown(run: Run, field: str, value: object, metrics: Mapping[str, Metric]) -> str:
    """Return a value as tables print it, with the unit that there stands in the heading."""
    from expdb.domain.value_text import format_value, is_number
    from expdb.report.columns import COLUMNS
    from expdb.report.measured_rows import metric_text

    metric = metrics.get(field.removeprefix(FREE)) if field.startswith(FREE) else None
    if metric is not None and run.kind != "reported" and is_number(value):
        return metric_text(value, metric)
    if run.kind == "reported":
        if value in (None, []):
            return "not stated"
        if isinstance(value, (bool, list)):
            return format_value(value, "text")
    column = COLUMNS.get(field)
    if column is None or value is None or column.format in ("text", "time"):
        return plain_text(value)
    return f"{format_value(value, column.format, column.decimals)} {column.unit}".rstrip()
