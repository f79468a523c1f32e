"""The report's rows, compared with the reference list where that is at hand."""

from pathlib import Path

import pytest
import yaml

from expdb.catalog.reported import report_tables, reported_runs
from expdb.domain.table import TableDefinition

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "report-runs.yaml"


@pytest.fixture(scope="module")
def reference():
    if not REFERENCE.exists():
        pytest.skip("the reference list ../shared/reference/report-runs.yaml is not here")
    return yaml.safe_load(REFERENCE.read_text(encoding="utf-8"))


def test_every_number_is_the_references(reference):
    runs = {run.name: run for run in reported_runs()}

    assert list(runs) == [row["id"] for row in reference["runs"]]
    for row in reference["runs"]:
        run, metrics = runs[row["id"]], row["metrics"]
        for name in ("group", "dataset", "model", "optimizer", "batch_size", "epochs"):
            assert getattr(run, name) == row[name]
        assert (run.num_devices, run.parallel) == (row["gpus"], row["gpu_mode"])
        assert (run.num_params, run.train_seconds) == (metrics["params"], metrics["train_seconds"])
        for name in ("top1", "top5"):
            percent = metrics[name]
            assert getattr(run, name) == (None if percent is None else round(percent / 100, 4))


def test_settings_and_quotes_are_the_references(reference):
    for run, row in zip(reported_runs(), reference["runs"], strict=True):
        assert list(run.settings.items()) == list(row["settings"].items())
        assert list(run.unparsed) == row.get("unparsed", [])
        assert run.extends_another == ("inherits" in row)
        assert set(row["raw"].values()) <= set(run.quote.values())
        assert row["params_reported"] in (None, run.quote.get("Params"))
        assert reference["source"]["title"] in run.source


def test_captions_are_those_of_the_tables(reference):
    for table, group in zip(report_tables(), reference["groups"], strict=True):
        assert table.name == group["id"]
        assert table.title.replace(" ", "") == group["title"].replace(" ", "")


def test_fractions_are_exact():
    accuracies = {run.name: run.top1 for run in reported_runs()}

    assert accuracies["report-1/1"] == 0.7905
    assert accuracies["report-1/4"] == 0.8285


def test_last_row_says_no_more_than_the_document():
    run = reported_runs()[-1]

    assert (run.settings, run.unparsed, run.extends_another) == ({"lr": 0.0005}, ("weight-decay 1e-4 1e-3",), True)
    assert run.quote["GPU-개수"] == "DDP - 2개"
    assert (run.img_size, reported_runs()[-2].img_size) == (None, 224)


def test_tables_hold_their_own_rows_only():
    tables = report_tables()

    assert [table.name for table in tables] == ["report-1", "report-2"]
    assert [table.where for table in tables] == ["group = report-1", "group = report-2"]
    assert all(TableDefinition.model_validate_json(table.model_dump_json()) == table for table in tables)
