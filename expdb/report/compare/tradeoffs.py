"""Quality against cost: the groups that know both, and which of them nothing beats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expdb.catalog.labels import model_aug
from expdb.domain.group import RunGroup
from expdb.domain.value_text import format_value, is_known
from expdb.report.columns import COLUMNS, Column
from expdb.report.compare.model_families import family_of
from expdb.report.mean_text import group_text
from expdb.report.measures import measure_of, number_of, sample_of_group
from expdb.report.stats.pareto import pareto_front
from expdb.report.table import Cell, Row, Table, TableColumn

QUALITIES = ("top1", "top5", "val_top1", "best_top1", "test_loss")
COSTS = ("num_params", "macs", "train_seconds", "gpu_hours", "wall_seconds", "peak_memory_bytes")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One group in the chart.

    Attributes:
        run_id: of the run that stands for the group.
        cost, quality, size: in the units of their columns; `size` None where it is not asked for or not known.
        std: of the quality over seeds; None for one seed.
        cells: what a table shows of these quantities, by column.
    """

    run_id: int
    name: str
    family: str
    cost: float
    quality: float
    size: float | None
    std: float | None
    cells: Mapping[str, Cell]
    is_reported: bool


def points_of(groups: Sequence[RunGroup], *, quality: str, cost: str, size: str | None = None) -> list[Point]:
    """Return the groups of which both quality and cost are known; a cost of 0 has no place on a logarithmic axis.

    Args:
        groups: with samples of the measures.
        quality: one of QUALITIES.
        cost, size: of COSTS.
    """
    points = []
    for group in groups:
        if not group.seeds:
            continue
        y, x = (_number(group, key) for key in (quality, cost))
        if y is None or x is None or x <= 0:
            continue
        cells = {key: _cell(group, COLUMNS[key]) for key in (quality, cost, size) if key is not None}
        points.append(
            Point(
                run_id=group.run.id,
                name=model_aug(group.run.fields),
                family=family_of(group.run),
                cost=x,
                quality=y,
                size=None if size is None else _number(group, size),
                std=cells[quality].std,
                cells=cells,
                is_reported=group.run.kind == "reported",
            )
        )
    return points


def front_of(points: Sequence[Point], *, quality: str) -> list[Point]:
    """Return the Pareto front by cost: of what was measured here; where nothing was, of what is reported."""
    rivals = [point for point in points if not point.is_reported] or list(points)
    is_higher_better = COLUMNS[quality].higher_is_better is not False
    found = pareto_front([(point.cost, point.quality) for point in rivals], is_higher_better=is_higher_better)
    return [rivals[index] for index in found]


def size_words(points: Sequence[Point], size: str) -> str:
    """Return the legend of the bubbles' areas, in words."""
    known = [point.size for point in points if point.size is not None]
    name = COLUMNS[size].heading
    if not known:
        return f"{name} is not known of any of these: all bubbles are alike."
    least, largest = (_with_unit(COLUMNS[size], value) for value in (min(known), max(known)))
    unknown = len(points) - len(known)
    gap = f" Of {unknown} it is not known: these are drawn as small as the smallest." if unknown else ""
    return f"The area of a bubble is its {name}: the smallest {least}, the largest {largest}.{gap}"


def points_table(points: Sequence[Point], *, quality: str, cost: str, size: str | None = None) -> Table:
    """Return the points as a table: run, model, family, quality with n, and costs."""
    keys = list(dict.fromkeys(key for key in (quality, cost, size) if key is not None))
    columns = [
        TableColumn(key="id", heading="Run", format="number", decimals=None, align="right"),
        *(
            TableColumn(key=key, heading=heading, format="text", decimals=None, align="left")
            for key, heading in (("label", "Model"), ("family", "Family"))
        ),
        *(
            TableColumn(
                key=key,
                heading=COLUMNS[key].heading,
                format=COLUMNS[key].format,
                decimals=COLUMNS[key].decimals,
                align="right",
                is_sample=COLUMNS[key].measure is not None,
            )
            for key in keys
        ),
    ]
    return Table(name="tradeoffs", title="", columns=tuple(columns), rows=tuple(_row(point, keys) for point in points))


def _row(point: Point, keys: Sequence[str]) -> Row:
    cells = [Cell(value=point.run_id, text=str(point.run_id))]
    cells += [Cell(value=text, text=text) for text in (point.name, point.family)]
    cells += [point.cells[key] for key in keys]
    return Row(run_ids=(point.run_id,), cells=tuple(cells), is_reported=point.is_reported)


def _cell(group: RunGroup, known: Column) -> Cell:
    measure = measure_of(known)
    sample = None if measure is None else sample_of_group(group, known, measure)
    text = group_text(group, known)
    if sample is None:
        return Cell(value=_number(group, known.key), text=text)
    return Cell(value=sample.mean, text=text, std=sample.std, n=sample.n)


def _number(group: RunGroup, key: str) -> float | None:
    known = COLUMNS[key]
    value = number_of(group, known, measure_of(known))
    return float(value) if is_known(value) else None


def _with_unit(known: Column, value: float) -> str:
    """Return a value with its unit, as sentences say it."""
    text = format_value(value, known.format, known.decimals)
    return f"{text} G" if known.format == "gigas" else text
