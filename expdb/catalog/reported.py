"""Runs that documents print: reference rows beside which measured ones can stand, and the tables they are from."""

import tomllib
from collections.abc import Iterator
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
_TARGETS = {"report-1": {"top1": "> 82%", "train_seconds": "<= 2h"}, "report-2": {"top1": "> 82%"}}
_PAPERS = ("vit_comer", "vit_adapter", "convnext", "swin", "coatnet")
_EXAMPLES = ("vit_comer_modules", "vit_adapter_interactions", "vit_comer_kernels", "convnext", "coatnet")


def reported_runs() -> list[ReportedRun]:
    """Return the rows of the report's result tables, in its order, named `GROUP/ROW`."""
    return list(_runs_of("report_runs.toml"))


def paper_runs() -> list[ReportedRun]:
    """Return the rows of published tables, paper by paper, named `GROUP/ROW`."""
    return [run for name in _PAPERS for run in _runs_of(f"reported_tables/{name}.toml")]


def report_tables() -> list[TableDefinition]:
    """Return the definitions that print the report's tables again; they fit measured runs as well."""
    return [
        TableDefinition(
            name=table["group"],
            title=table["caption"],
            where=f"group = {table['group']}",
            rows="runs",
            columns=_COLUMNS[table["group"]],
            targets=_TARGETS[table["group"]],
            # Printed as in the report; expdb table NAME --explain says what can be concluded.
            emphasis="none",
            notes=False,
        )
        for table in _document("report_runs.toml")["tables"]
    ]


def example_tables() -> list[TableDefinition]:
    """Return definitions of other kinds of tables, over the rows of `paper_runs`."""
    folder = files("expdb.catalog") / "example_tables"
    texts = ((folder / f"{name}.toml").read_text(encoding="utf-8") for name in _EXAMPLES)
    return [TableDefinition.model_validate(tomllib.loads(text)) for text in texts]


def _document(path: str) -> dict[str, Any]:
    text = files("expdb.catalog").joinpath(*path.split("/")).read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)  # 82.85 % is 0.8285, not the nearest to 82.85 over 100


def _runs_of(path: str) -> Iterator[ReportedRun]:
    document = _document(path)
    for table in document["tables"]:
        for number, row in enumerate(table["rows"], start=1):
            yield _reported_run(document["title"], table, number, dict(row))


def _reported_run(title: str, table: dict[str, Any], number: int, row: dict[str, Any]) -> ReportedRun:
    is_unchecked = row.pop("unchecked", False)
    source = f"{title}, table “{table['caption']}”"
    return ReportedRun(
        name=f"{table['group']}/{number}",
        group=table["group"],
        source=f"{source} (not compared with the print)" if is_unchecked else source,
        quote=dict(zip(table["headings"], row.pop("cells"), strict=True)),
        settings={key: _plain(value) for key, value in row.pop("settings", {}).items()},
        metrics={key: float(value) for key, value in row.pop("metrics", {}).items()},
        unparsed=tuple(row.pop("unparsed", ())),
        top1=_fraction(row.pop("top1_percent", None)),
        top5=_fraction(row.pop("top5_percent", None)),
        train_seconds=_seconds(row.pop("train_seconds", None)),
        **row,
    )


def _fraction(percent: Decimal | int | None) -> float | None:
    return None if percent is None else float(Decimal(percent) / 100)


def _seconds(value: Decimal | int | None) -> float | None:
    return None if value is None else float(value)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
