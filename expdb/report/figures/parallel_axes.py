"""Which axes parallel coordinates of a comparison have: the numeric settings that differ, then results."""

from collections.abc import Sequence

from expdb.domain.group import RunGroup
from expdb.report.columns import COLUMNS
from expdb.report.compare.side_by_side import settings_table, stated
from expdb.report.figures.parallel import Axis
from expdb.report.measures import measure_of, number_of
from expdb.report.value_text import MISSING, format_value, is_known

_RESULTS = ("num_params", "macs", "train_seconds", "train_loss", "test_loss", "top1")
_MOST_SETTINGS = 8


def axes_of(groups: Sequence[RunGroup], base: RunGroup, metric: str) -> list[Axis]:
    """Return the axes, the metric last; a result that no group knows has none."""
    keys = [str(row.cells[0].value) for row in settings_table(groups, base).rows]
    settings = [axis for key in keys if (axis := _setting(key, groups)) is not None]
    results = [axis for key in (*(key for key in _RESULTS if key != metric), metric) if (axis := _result(key, groups))]
    return [*settings[:_MOST_SETTINGS], *results]


def _setting(key: str, groups: Sequence[RunGroup]) -> Axis | None:
    """Return an axis of a setting; None where one of its values is no number, or nothing is known of most."""
    values = [stated(group.run, key) for group in groups]
    numbers = [float(value) if isinstance(value, (int, float)) else None for value in values]
    if any(number is None and value is not None for number, value in zip(numbers, values, strict=True)):
        return None
    if len({number for number in numbers if number is not None}) < 2:
        return None
    texts = tuple(MISSING if value is None else format_value(value, "number") for value in numbers)
    return Axis(title=key.rpartition(".")[2].replace("_", " "), values=tuple(numbers), texts=texts)


def _result(key: str, groups: Sequence[RunGroup]) -> Axis | None:
    known = COLUMNS[key]
    values = [number_of(group, known, measure_of(known)) for group in groups]
    if not any(is_known(value) for value in values):
        return None
    return Axis(
        title=known.heading.replace(" (last, %)", " (%)"),
        values=tuple(float(value) if is_known(value) else None for value in values),
        texts=tuple(format_value(value, known.format, known.decimals) for value in values),
    )
