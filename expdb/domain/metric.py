"""One quantity that is measured: how it is called, in which unit, of which split, and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from expdb.domain.table import Format

Unit = Literal["fraction", "points", "count", "seconds", "bytes", "none"]
DataSplit = Literal["test", "val", "train", "unstated"]

_FORMATS: Mapping[Unit, Format] = {
    "fraction": "percent",
    "points": "number",
    "count": "integer",
    "seconds": "duration",
    "bytes": "gigas",
    "none": "number",
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One quantity that is measured.

    Attributes:
        key: its name, of columns and filters too; those that a script logs under names of its own are called
            `metrics.NAME` there.
        unit: of its values; a fraction lies in [0, 1], points in percent or on another scale.
        split: of the data that it was measured on; None where it is of none, as a time is.
        higher_is_better: None where neither is, or nobody said.
        heading: of its column; empty: its key.
        description: what it is, in a few words.
        form: how values print; None: as the unit's do.
        decimals: digits after the point; None: the format's own.
        is_point: values stand among the points of a run, not in a column of their own.
    """

    key: str
    unit: Unit = "none"
    split: DataSplit | None = "unstated"
    higher_is_better: bool | None = None
    heading: str = ""
    description: str = ""
    form: Format | None = None
    decimals: int | None = None
    is_point: bool = False

    @property
    def format(self) -> Format:
        """How values print in tables."""
        return self.form or _FORMATS[self.unit]
