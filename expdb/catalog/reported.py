"""Runs that a report prints: reference rows beside which measured ones can stand, and the tables they are from."""

import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any

from expdb.domain.run import ReportedRun
from expdb.domain.table import ColumnChoice, TableDefinition

_COLUMNS = {
    "report-1": (
        ColumnChoice(key="dataset", heading="Dataset"),
        ColumnChoice(key="model_aug", heading="Model"),
        ColumnChoice(key="top1", heading="Top-1 Acc"),
        ColumnChoice(key="top5", heading="Top-5 Acc"),
        ColumnChoice(key="num_params", heading="Params", format="millions_cut"),
        ColumnChoice(key="train_seconds", heading="Train Time"),
    ),
    "report-2": (
        ColumnChoice(key="dataset", heading="Dataset"),
        ColumnChoice(key="model_label", heading="Model"),
        ColumnChoice(key="optimizer_batch", heading="Optimizer / batch size"),
        ColumnChoice(key="settings", heading="Augmentation techniques"),
        ColumnChoice(key="gpus", heading="GPUs"),
        ColumnChoice(key="epochs", heading="Epochs"),
        ColumnChoice(key="top1", heading="Top-1 Acc"),
        ColumnChoice(key="train_seconds", heading="Train Time"),
    ),
}


def reported_runs() -> list[ReportedRun]:
    """Return the rows of the report's result tables, in its order, named `GROUP/ROW`."""
    document = _document()
    return [
        _reported_run(document["title"], table, number, dict(row))
        for table in document["tables"]
        for number, row in enumerate(table["rows"], start=1)
    ]


def report_tables() -> list[TableDefinition]:
    """Return the definitions that print the report's tables again; they fit measured runs as well."""
    return [
        TableDefinition(
            name=table["group"],
            title=table["caption"],
            where=f"group = {table['group']}",
            columns=_COLUMNS[table["group"]],
        )
        for table in _document()["tables"]
    ]


def _document() -> dict[str, Any]:
    text = (files("expdb.catalog") / "report_runs.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)  # 82.85 % is 0.8285, not the nearest to 82.85 over 100


def _reported_run(title: str, table: dict[str, Any], number: int, row: dict[str, Any]) -> ReportedRun:
    return ReportedRun(
        name=f"{table['group']}/{number}",
        group=table["group"],
        source=f"{title}, table “{table['caption']}”",
        quote=dict(zip(table["headings"], row.pop("cells"), strict=True)),
        settings={key: _plain(value) for key, value in row.pop("settings", {}).items()},
        unparsed=tuple(row.pop("unparsed", ())),
        top1=_fraction(row.pop("top1_percent")),
        top5=_fraction(row.pop("top5_percent", None)),
        train_seconds=float(row.pop("train_seconds")),
        **row,
    )


def _fraction(percent: Decimal | None) -> float | None:
    return None if percent is None else float(percent / 100)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
