"""The text of a mean over seeds with its spread and their number, the same wherever it stands: `82.85 ± 0.12 (3)`."""

from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.table import Format
from expdb.domain.value_text import MISSING, format_value, is_known, text_and_spread
from expdb.report.columns import COLUMNS, Column
from expdb.report.measures import measure_of, number_of, sample_of_group, stated_spread, stated_text


def mean_text(
    sample: Sample, form: Format, decimals: int | None = None, *, spread: float | None = None, shows_n: bool = True
) -> str:
    """Return a mean, ± its spread and the number of seeds; of one seed the value alone.

    Args:
        sample: in the unit of its column.
        form: the column's format.
        decimals: the column's; more are shown where the spread would print as 0 and is not.
        spread: what stands behind ±, instead of the sample standard deviation.
        shows_n: whether the number of seeds is told.
    """
    around = sample.std if spread is None else spread
    number = f" ({sample.n})" if shows_n and sample.n > 1 else ""
    if around is None:
        return format_value(sample.mean, form, decimals) + number
    mean, behind = text_and_spread(sample.mean, around, form, decimals)
    return f"{mean} ± {behind}{number}"


def group_text(group: RunGroup, known: Column) -> str:
    """Return what a group says of a column, as a table prints it: the mean over its seeds, or what its runs share."""
    if stated := stated_spread(group.run.fields, known):
        return stated_text(known.value(group.run.fields), stated, known.format, known.decimals)
    measure = measure_of(known)
    sample = None if measure is None else sample_of_group(group, known, measure)
    if sample is not None:
        return mean_text(sample, known.format, known.decimals)
    value = number_of(group, known, measure)
    return format_value(value, known.format, known.decimals) if is_known(value) else MISSING


def measure_text(measure: Measure, sample: Sample) -> str:
    """Return a sample as the column of its measure prints it, if there is one."""
    known = COLUMNS.get(measure.field)
    return mean_text(sample, known.format, known.decimals) if known else mean_text(sample, "number")
