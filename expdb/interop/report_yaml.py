"""Reported rows as a YAML list of the form `reported-runs/1`.

    format: reported-runs/1
    source: {document: "002", title: "An Initial Study", language: ko, page: 7}
    defaults: {status: reported}                    # of every run
    metric_info: {top1: {unit: percent}}
    groups: [{id: report-1, title: "a caption"}]
    runs:
      - id: report-1/1
        group: report-1
        page: 8                                     # if not that of the source
        dataset: cifar100
        model: ResNet50
        settings: {auto_augment: true}              # only what the row states
        unparsed: ["weight-decay 1e-4 1e-3"]        # what it states without a single reading
        inherits: {base: null}                      # the row starts with "+"
        metrics: {top1: 79.05, params: 23000000, train_seconds: 4046}
        raw: {train_time: "1h 7m 26s"}              # cells as printed
        ours: {doubts: ["…"]}                       # not the document's

null means that the document does not say. What a row holds beyond the fields of a run is kept as text in its quote.
A row is known by its document (`document`, or the title where that is missing) and its id: another list of the same
document updates it.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from expdb.data.documents import Entry, entries_of, parse_yaml
from expdb.domain.run import ReportedRun
from expdb.domain.validation import checked
from expdb.errors import SpecError
from expdb.interop.reported.enter import ReportedTable, row_source
from expdb.report.written.row_identity import declared_key, row_key
from expdb.store.name_rules import label, run_name

FORMAT = "reported-runs/1"

_Count = Annotated[int, Field(ge=0, lt=2**31)]
_Page = int | Annotated[str, Field(min_length=1)]
_UNITS = {"top1": "percent", "top5": "percent", "params": "count", "macs": "count", "train_seconds": "s"}
_EXPONENT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+")


class _Source(Entry):
    title: str = Field(min_length=1)
    document: str | None = None
    language: str | None = None
    page: _Page | None = None


class _Group(Entry):
    id: str
    title: str = ""
    target: Any = None
    columns: tuple[str, ...] = ()
    ours: Any = None


class _MetricInfo(Entry):
    name: str | None = None
    unit: str | None = None
    direction: Literal["max", "min"] | None = None
    precision: float | None = None
    note: str | None = None


class _Inherits(Entry):
    base: str | None = None
    candidates: tuple[Mapping[str, Any], ...] = ()


class _Row(Entry):
    id: str
    group: str
    order: _Count | None = None
    page: _Page | None = None
    dataset: str
    model: str
    optimizer: str | None = None
    batch_size: _Count | None = None
    settings: Mapping[str, Any] = Field(default_factory=dict)
    unparsed: tuple[str, ...] = ()
    inherits: _Inherits | None = None
    gpus: _Count | None = None
    gpu_mode: str | None = None
    epochs: _Count | None = None
    metrics: Mapping[str, int | float | None] = Field(default_factory=dict)
    raw: Mapping[str, str] = Field(default_factory=dict)
    # These have no field in a run: the quote keeps them.
    params_reported: str | None = None
    ours: Mapping[str, Any] | None = None
    status: Literal["reported"] = "reported"
    seeds: Any = None
    n_runs: int | None = None
    split: str | None = None
    checkpoint_selection: str | None = None
    gpu_model: str | None = None
    precision: str | None = None


_KEPT_AS_TEXT = (
    *("params_reported", "seeds", "n_runs", "split", "checkpoint_selection", "gpu_model", "precision", "inherits"),
    "ours",
)


class _Document(Entry):
    format: str
    source: _Source
    defaults: Mapping[str, Any] = Field(default_factory=dict)
    metric_info: Mapping[str, _MetricInfo] = Field(default_factory=dict)
    groups: tuple[_Group, ...] = ()
    runs: tuple[Any, ...]


def read_yaml(text: str, *, name: str, document_key: str | None = None) -> list[ReportedTable]:
    """Return the rows of a list, table by table, in its order.

    Args:
        text: the list.
        name: what an error calls it.
        document_key: what tells the document from others; None: what the list says.

    Raises:
        SpecError: it is no YAML or not of the form; names the line or the row.
    """
    values = parse_yaml(text, name=name)
    form = values.get("format") if isinstance(values, dict) else None
    if form != FORMAT:
        raise SpecError(f"{name} is of the format {form!r}: reported rows are of {FORMAT!r}")
    entries_of(values, "runs", name=name)
    document = checked(_Document, values, place=name)
    for metric, info in document.metric_info.items():
        if metric in _UNITS and info.unit not in (None, _UNITS[metric]):
            raise SpecError(f"{name}: {metric} in {info.unit!r}: give it in {_UNITS[metric]!r}")
    captions = {group.id: group.title for group in document.groups}
    tables: dict[str, list[ReportedRun]] = {group: [] for group in captions}
    seen: set[str] = set()
    key = declared_key(document_key or document.source.document or document.source.title)
    defaults = {"page": document.source.page, **document.defaults}
    for number, entry in enumerate(document.runs, start=1):
        called = entry.get("id", number) if isinstance(entry, dict) else number
        place = f"{name}: run {called}"
        row = checked(_Row, {**defaults, **entry} if isinstance(entry, dict) else entry, place=place)
        if row.id in seen:
            raise SpecError(f"{place}: the id is there twice: choose another")
        if captions and row.group not in captions:
            raise SpecError(f"{place}: group {row.group!r} is not among the groups: {', '.join(captions)}")
        seen.add(row.id)
        rows = tables.setdefault(row.group, [])
        run = _reported_run(row, document, captions.get(row.group, ""), place, number=len(rows) + 1)
        rows.append(replace(run, document=key, row_key=row_key(key, "", [("id", row.id)], 1)))
    return [
        ReportedTable(file=name, group=group, runs=tuple(rows), is_cited=True) for group, rows in tables.items() if rows
    ]


def _reported_run(row: _Row, document: _Document, caption: str, place: str, *, number: int) -> ReportedRun:
    settings = {key: _setting(value, place) for key, value in row.settings.items()}
    metrics = {key: value for key, value in row.metrics.items() if value is not None}
    return ReportedRun(
        name=run_name(row.id),
        group=label("group", row.group),
        source=row_source(document.source.title, page=row.page, table=caption or row.group, row=row.order or number),
        quote={**row.raw, **_beyond(row)},
        dataset=row.dataset,
        model=row.model,
        settings=settings,
        unparsed=row.unparsed,
        extends_another=row.inherits is not None,
        optimizer=row.optimizer,
        batch_size=row.batch_size,
        epochs=row.epochs,
        num_devices=row.gpus,
        parallel=row.gpu_mode,
        img_size=_side(settings.get("image_size")),
        top1=_fraction(metrics.pop("top1", None), place),
        top5=_fraction(metrics.pop("top5", None), place),
        num_params=_count(metrics.pop("params", None), place),
        macs=_count(metrics.pop("macs", None), place),
        train_seconds=_seconds(metrics.pop("train_seconds", None), place),
        metrics={key: float(value) for key, value in metrics.items()},
    )


def _beyond(row: _Row) -> dict[str, str]:
    """Return what has no field of its own as text by dotted path: `ours.doubts.1`."""
    values = row.model_dump(mode="python")
    return {path: text for key in _KEPT_AS_TEXT for path, text in _leaves(key, values[key])}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value, start=1):
            yield from _leaves(f"{path}.{number}", item)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _setting(value: Any, place: str) -> Any:
    """Return a setting as plain data. YAML 1.1 reads 1e-4 as text, and what looks like a date as one."""
    if isinstance(value, list):
        return [_setting(item, place) for item in value]
    if isinstance(value, dict):
        return {str(key): _setting(item, place) for key, item in value.items()}
    if isinstance(value, str) and _EXPONENT.fullmatch(value):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise SpecError(f"{place}: settings: a number is finite, not {value}")
    return value.isoformat() if isinstance(value, date) else value


def _side(value: Any) -> int | None:
    """Return the side of a square image."""
    side = value[0] if isinstance(value, list) and len(value) == 2 and value[0] == value[1] else value
    return side if isinstance(side, int) and not isinstance(side, bool) else None


def _fraction(percent: float | None, place: str) -> float | None:
    if percent is None:
        return None
    if not 0 <= percent <= 100:
        raise SpecError(f"{place}: an accuracy is a percentage from 0 to 100, not {percent}")
    return float(Decimal(repr(percent)) / 100)


def _count(value: float | None, place: str) -> int | None:
    if value is None:
        return None
    if value < 0 or value != int(value) or value >= 2**63:
        raise SpecError(f"{place}: a count is a whole number, not {value}")
    return int(value)


def _seconds(value: float | None, place: str) -> float | None:
    if value is not None and value < 0:
        raise SpecError(f"{place}: a time is not negative: {value}")
    return None if value is None else float(value)
