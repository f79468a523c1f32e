"""A saved comparison: which runs, which columns, in which order and format."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Format = Literal[
    "text",  # as it is
    "integer",  # 10,000
    "number",  # 0.05; decimals if given, else as short as exact
    "percent",  # a fraction as 82.85
    "millions",  # 47.5M
    "millions_cut",  # 47M, cut as the report prints it, not rounded
    "duration",  # seconds as 1h 7m 26s
    "gigas",  # 1.30 (of 1e9)
    "time",  # 2026-11-21 13:05 UTC
]


class ColumnChoice(BaseModel):
    """One column of a table: a key of `report.columns`, and what differs from that column's own defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    heading: str | None = None
    format: Format | None = None
    decimals: int | None = Field(None, ge=0, le=12)


class TableDefinition(BaseModel):
    """A comparison table, saved by name.

    Attributes:
        where: filter of runs, in the filter language (`group = report-1 and top1 > 0.8`); empty: all.
        sort: columns by which rows are sorted, `-` before a key for descending; empty: by id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    title: str = ""
    where: str = ""
    columns: tuple[ColumnChoice, ...] = Field(min_length=1)
    sort: tuple[str, ...] = ()
