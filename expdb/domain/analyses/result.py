"""What an analysis finds of a recorded run: numbers with their intervals, and what charts and tables are made of."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr

_DIGITS = 12  # of what names conditions: a number of 64 bits holds them exactly
_SIGNIFICANT = 6  # digits that are kept of what charts show: more than any of them could


def _shortened(value: Any) -> Any:
    return float(f"{float(value):.{_SIGNIFICANT}g}")


Rounded = Annotated[float, BeforeValidator(_shortened), Field(allow_inf_nan=False)]

# Of a table: counts stay whole, and words words; rounding comes last, as it takes both.
ListingCell = Annotated[None | StrictInt | StrictStr | Rounded, Field(union_mode="left_to_right")]  # noqa: RUF036


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimate(_Part):
    """One number, and what it was counted from.

    Attributes:
        value: in the unit of its metric.
        n: of how many images, decisions or pairs.
        low, high: ends of its 95 % interval over these; None where none is computed.
    """

    value: float = Field(allow_inf_nan=False)
    n: int = Field(ge=0)
    low: float | None = None
    high: float | None = None


class Line(_Part):
    """One line of a chart, or one group of its bars.

    Attributes:
        label: what a legend calls it.
        x: numbers; or words, under bars.
        low, high: ends of the interval around each y; empty where there is none.
        kind: how it is drawn: the network itself, or what it is read against.
    """

    label: str
    x: tuple[Rounded | str, ...]
    y: tuple[Rounded | None, ...]
    low: tuple[Rounded, ...] = ()
    high: tuple[Rounded, ...] = ()
    kind: Literal["network", "baseline"] = "network"


class Chart(_Part):
    """Lines over one axis, bars, or a map of numbers.

    Attributes:
        key: its name among the charts of the analysis; of the same key are the same axes.
        title, x_label, y_label: as printed, with units.
        percent: y are fractions, printed as percent.
        grid: of a map, row by row from the top; `x_label` and `y_label` say what its axes are.
        extent: of a map: least and greatest x, least and greatest y.
    """

    key: str
    title: str
    x_label: str
    y_label: str
    kind: Literal["lines", "bars", "map"] = "lines"
    percent: bool = False
    lines: tuple[Line, ...] = ()
    grid: tuple[tuple[Rounded, ...], ...] = ()
    extent: tuple[float, float, float, float] | None = None


class Listing(_Part):
    """A table of what was found, as it prints."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[ListingCell, ...], ...]


class AnalysisResult(_Part):
    """What an analysis found of a run, with all that it depends on.

    Attributes:
        name: of the analysis.
        version: of its code; raised when what it computes changes.
        package: version of this package.
        settings: that it ran with, all of them.
        dataset: whose images; None where it needs none.
        data_digest: names the images that it looked at, with their labels; None likewise.
        num_images: how many these are.
        num_forward: images that went through the network.
        seconds: that it took.
        device: cpu or cuda.
        values: by key of the metric.
        arrays_file: what is too large for here, in the run's folder; None where nothing is.
        notes: sentences that belong below whatever is shown of it.
    """

    name: str
    version: int
    package: str
    settings: Mapping[str, Any]
    dataset: str | None
    data_digest: str | None
    num_images: int
    num_forward: int
    seconds: float
    device: str
    made_at: datetime
    values: Mapping[str, Estimate] = Field(default_factory=dict)
    charts: tuple[Chart, ...] = ()
    listings: tuple[Listing, ...] = ()
    arrays_file: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def conditions(self) -> str:
        """What names how it was made: equal of runs that were analysed alike, whose values may stand side by side."""
        made = {"version": self.version, "settings": dict(self.settings), "data": self.data_digest}
        return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:_DIGITS]
