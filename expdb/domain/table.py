"""A saved comparison: which runs, what a row is, which columns, and how the table prints."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    field_validator,
    model_validator,
)

TABLE_VERSION: Final = 2
MOST_ROWS: Final = 500  # unless a table says otherwise: nobody reads more, and they take a while
MOST_CELLS: Final = 2_000  # of each measure of a pivot: reading a cell takes as long as reading a row

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
    "tick",  # a check mark where it is true
]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[^\s,=]+)?$", max_length=100)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# So that it can be named in a text, in quotes if it has spaces.
RowKey = Annotated[str, StringConstraints(pattern=r"""^[^\s"'\p{C}]+( [^\s"'\p{C}]+)*$""", max_length=100)]
Where = str | tuple[str, ...]  # filters of runs that must all hold
Shows = Literal["value", "delta", "interval", "p", "n"]
Against = Literal["baseline", "previous", "first"]
CellOf = Literal["one group", "mean of groups"]
Adjust = Literal["holm", "none"]
TestName = Literal["welch", "paired", "mcnemar", "bootstrap"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnChoice(_Part):
    """One column of a table: a key of `report.columns`, and what differs from that column's own defaults.

    Attributes:
        key: a column, `settings.NAME` or `metrics.NAME` of a reported row, or `changes` (see `against`).
        heading: another than the column's own.
        format: how values print, unless as the column always does; the column's own heading has its unit.
        decimals: digits after the point, if other than the column's own.
        unit: printed in brackets after the heading.
        under: heading that this column shares with its neighbours.
        at: which epochs a metric is of: `last`, `best` (over all epochs: optimistic on the test split) or
            `mean-5` (mean of the last five).
        shows: the value itself; its difference to the row of `against`, or to that the interval or p of `test`
            (intervals each on its own); or n, the number of seeds.
        spread: what follows a mean over seeds: the sample standard deviation, the half-width of Student's 95 %
            interval, or nothing.
        against: the row that deltas, tests and `changes` (settings that differ) are taken to.
        test: Welch's t or seed-paired t on the seeds; on what each test image, or item of a script, got: exact McNemar,
            which gives a p and no interval, or the paired bootstrap, which gives an interval and no p.
        adjust: what is done to p for the number of comparisons: Holm's correction over all p of the table that have it,
            or nothing.
        best: which value is best; auto: the column's own direction.
    """

    key: Key = Field(description="a key that expdb table --columns help lists, settings.NAME or metrics.NAME")
    heading: str | None = None
    format: Format | None = None
    decimals: int | None = Field(None, ge=0, le=12)
    unit: str | None = None
    under: str | None = None
    at: str = Field(
        "last", pattern=r"^(last|best|mean-[1-9]\d{0,3})$", description="last, best, or mean-5 and the like"
    )
    shows: Shows = "value"
    spread: Literal["std", "interval", "none"] = "std"
    against: Against = "baseline"
    test: TestName = "welch"
    # Left out of what is stored where it says nothing, as of definitions that are older than it.
    adjust: Adjust = Field("holm", exclude_if=lambda adjust: adjust == "holm")
    best: Literal["auto", "max", "min", "none"] = "auto"

    @model_validator(mode="after")
    def _check_together(self) -> "ColumnChoice":
        if self.shows == "p" and self.test == "bootstrap":
            raise ValueError("the bootstrap gives an interval and no p: say shows = 'interval', or test = 'mcnemar'")
        if self.shows == "interval" and self.test == "mcnemar":
            raise ValueError("McNemar's test gives a p and no interval: say shows = 'p', or test = 'bootstrap'")
        if self.adjust == "none" and self.shows != "p":
            raise ValueError("adjust = 'none' is of a p: say shows = 'p' too (intervals are not corrected anyway)")
        is_on_images = self.shows in ("delta", "interval", "p") and self.test in ("mcnemar", "bootstrap")
        if is_on_images and (self.at != "last" or not _is_of_items(self.key)):
            raise ValueError(
                f"test = {self.test!r} compares predictions, of which the last epoch's top1 is known, or what a script "
                f"logged of every item (metrics.NAME): it does not go with key = {self.key!r} and at = {self.at!r}"
            )
        return self


def _is_of_items(key: str) -> bool:
    """Tell whether a column is the mean of something that single items of the test split have."""
    return key in ("top1", "top5", "nll", "test_loss") or key.startswith("metrics.")


class Mark(_Part):
    """A mark on the rows whose runs a filter holds for, explained below the table.

    Attributes:
        where: the filter.
        mark: one to three characters, as `*`.
        note: what it means.
    """

    where: str
    mark: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=3)]
    note: str


class TableDefinition(_Part):
    """A comparison table, saved by name.

    Attributes:
        name: what it is asked for by: letters, digits, `.`, `_` and `-`, at most 64.
        title: what stands above it.
        columns: what it shows, from the left.
        where: filter of runs, in the filter language (`group = report-1 and top1 > 0.8`); empty: all.
        specs: instead of a filter, settings by dotted key, one entry a row (`{"model.name": "resnet18"}`); parts may
            be nested (`{"model": {"name": "resnet18"}}`).
        rows: `runs`: one row each; `groups`: runs that differ only in the seed are one row; keys of columns:
            runs that agree on these are one row, which shows these keys first. No key here, in `across` or in
            `section` may be what each run of a group has for itself: a result, a time, the seed.
        across: keys of columns whose values become columns (a pivot), at most 100; `rows` are keys then: where they say
            `groups`, the columns that show settings, else the model.
        cell: of `rows` that are keys, what a cell shows into which several groups fall: `one group`: nothing, and a
            mark that says what varies; `mean of groups`: the unweighted mean of their means, without ±, tests and
            bold.
        section: key of a column; rows with another value stand under another heading, and have a best of their own.
        sort: columns by which rows are sorted, `-` before a key for descending; empty: by id. With a pivot, a measure
            sorts by its first column, or by that of a value: `-top1@cifar100`. Order and targets are of the epochs
            that the table shows of a metric, of the last if it shows these or none.
        order: the order of a key's values, as in `{"dataset": ["cifar100", "cifar10"]}`: as cells print them or as they
            are recorded; others come behind, in natural order. Of a key of rows or sections, rows are sorted by it
            first, unless `sort` names it; of a key in `across`, the columns are. `sort` may name a key in `across` too:
            it sorts columns then.
        limit: at most so many rows, the first ones of the order and the baseline; of a pivot fewer, where they have
            more than 2,000 cells of each measure; 0: all.
        baseline: filter that picks the baseline row, or one in each section, or in a pivot all cells of one column:
            then each row is compared with its own cell there.
        keys: by which a text asks for a row, each with a filter that holds for runs of this row alone, as in
            `{"ours": "model = senet101 and aug = autoaugment"}`. A row without one is asked for by the values of the
            keys in `rows` (`senet101/autoaugment`), with `rows = "runs"` by the run's name, else its number.
        labels: other texts for what cells, headings of a pivot and of sections print, as in
            `{"crop + flip": "Standard"}`; values stay as they are.
        targets: goal by column key, as in `{"top1": "> 82%", "train_seconds": "<= 2h"}`.
        marks: marks of your own on some rows.
        emphasis: best in bold, second best underlined, or neither.
        clear_only: no bold where the best is not told apart from the next (95 % interval of their difference: of means
            over seeds Welch's, of single accuracies Newcombe's on the test images), nor where one of the two is a
            single run and the other a mean, nor of single values that nothing tells apart (losses, times). Counts of
            the model, and reported values, are in bold as they are. What is not comparable never is.
        rank_reported: reported values compete with measured ones for best.
        notes: footnotes: what was left out, what is not comparable, how many seeds.
        footnotes: sentences of your own below the table, also with `notes = false`.
        missing: text of an empty cell.
        transpose: columns as rows.
    """

    version: Literal[2] = TABLE_VERSION
    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="letters, digits, '.', '_' and '-', at most 64"
    )
    title: str = ""
    where: str = ""
    specs: tuple[dict[str, Any], ...] = ()
    rows: Literal["runs", "groups"] | tuple[Key, ...] = "groups"
    across: tuple[Key, ...] = ()
    cell: CellOf = Field("one group", exclude_if=lambda cell: cell == "one group")
    columns: tuple[ColumnChoice, ...] = Field(min_length=1)
    section: Key | None = Field(None, description="the key of a column (expdb table --columns help)")
    sort: tuple[str, ...] = ()
    order: Mapping[Key, tuple[StrictBool | StrictInt | StrictFloat | StrictStr, ...]] = Field(
        default_factory=dict, exclude_if=lambda order: not order
    )
    limit: int = Field(MOST_ROWS, ge=0)
    baseline: str = ""
    keys: Mapping[RowKey, str] = Field(default_factory=dict, exclude_if=lambda keys: not keys)
    labels: Mapping[Sentence, Sentence] = Field(default_factory=dict, exclude_if=lambda labels: not labels)
    targets: Mapping[Key, str] = Field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    emphasis: Literal["best", "second", "none"] = "second"
    clear_only: bool = True
    rank_reported: bool = False
    notes: bool = True
    footnotes: tuple[Sentence, ...] = ()
    missing: str = "–"
    transpose: bool = False

    def _check_means(self) -> None:
        """Refuse what a mean of groups cannot have: one group is told from another by its seeds, a mean by nothing."""
        if isinstance(self.rows, str) and not self.across:
            raise ValueError(
                f"cell = {self.cell!r} is of rows = [KEYS], into which several groups fall: name their keys"
            )
        for choice in self.columns:
            if choice.shows in ("interval", "p") or (choice.shows == "delta" and choice.test != "welch"):
                asked = choice.shows if choice.shows != "delta" else f"delta by test = {choice.test!r}"
                raise ValueError(f"column {choice.key!r}: a mean of groups has a plain delta, and no {asked}")
            if choice.key == "changes":
                raise ValueError("column 'changes' says how one group differs from another: it is of no mean of groups")

    @model_validator(mode="before")
    @classmethod
    def _read_version_1(cls, values: Any) -> Any:
        """Version 1 knew one row a run, without emphasis or notes."""
        if isinstance(values, dict) and values.get("version") == 1:
            return {"rows": "runs", "emphasis": "none", "notes": False, **values, "version": TABLE_VERSION}
        return values

    @field_validator("columns", mode="before")
    @classmethod
    def _read_bare_keys(cls, columns: Any) -> Any:
        """A column that needs no more than its key may be written as that."""
        if not isinstance(columns, (list, tuple)):
            return columns
        return [{"key": column} if isinstance(column, str) else column for column in columns]

    @field_validator("specs", mode="before")
    @classmethod
    def _flatten_parts(cls, specs: Any) -> Any:
        """TOML reads `model.name = "resnet18"` as a part with a name in it."""
        if not isinstance(specs, (list, tuple)):
            return specs
        return [_flat(spec) if isinstance(spec, Mapping) else spec for spec in specs]

    @model_validator(mode="after")
    def _check_together(self) -> "TableDefinition":
        if self.across and self.rows == "runs":
            raise ValueError(f"across = {list(self.across)} needs rows = [KEYS], not rows = 'runs'")
        if self.cell != "one group":
            self._check_means()
        if self.where and self.specs:
            raise ValueError("where and specs both say which runs: give one of them")
        if self.marks and not self.notes:
            raise ValueError("marks are explained in notes: they have no effect with notes = false")
        signs: dict[str, str] = {}
        for mark in self.marks:
            if signs.setdefault(mark.mark, mark.note) != mark.note:
                raise ValueError(f"mark {mark.mark!r} has two notes: give each its own sign")
        for entry in self.sort:
            key, is_at, _ = entry.removeprefix("-").partition("@")
            if not key:
                raise ValueError(f"sort {entry!r} names no column: write KEY, or -KEY for descending")
            if is_at and not self.across:
                raise ValueError(
                    f"sort {entry!r}: only measures of a pivot have a column of each value: leave out the @"
                )
        if self.specs and self.rows == "runs":
            raise ValueError("specs make one row each, with all their seeds: they do not go with rows = 'runs'")
        if isinstance(self.rows, tuple) and not self.rows:
            raise ValueError("rows = [] names no key: give keys, or rows = 'groups'")
        needy = [c.key for c in self.columns if c.shows in ("delta", "interval", "p") and c.against == "baseline"]
        if needy and not self.baseline:
            raise ValueError(f"column {needy[0]!r} is compared with a baseline: say baseline = 'FILTER'")
        return self


def _flat(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by dotted key, of which some may be nested in their part; other keys hold no mapping."""
    flat: dict[str, Any] = {}
    for key, value in spec.items():
        if isinstance(value, Mapping) and "." not in key:
            flat |= {f"{key}.{name}": inner for name, inner in value.items()}
        else:
            flat[key] = value
    return flat
