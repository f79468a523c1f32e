import json
from pathlib import Path

import pytest

from expdb.cli.import_record import (
    ENTERED_TABLE_KEYS,
    REPORTED_ROW_KEYS,
    EnteredReportRecord,
    ReadingRecord,
    ShownReportRecord,
)
from tests.cli.conftest import Cli

TABLE = """\
# A study

## CIFAR-10

| Model | Top-1 | Latency (ms) | Zeit |
|---|---|---|---|
| ResNet50 | 95.1 ± 0.2 | 4.1 | 3 |
| SENet50 | 95.5 / 95.9 | 4.2 | 4 |
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "study.md"
    file.write_text(TABLE, encoding="utf-8")
    return file


def test_the_json_of_an_import_has_the_keys_that_the_reference_lists(cli: Cli, report: Path) -> None:
    cli("import", "report", str(report))
    report.write_text(TABLE.replace("95.1", "95.2"), encoding="utf-8")

    said = json.loads(cli("import", "report", str(report), "--json").out)

    assert set(said) == EnteredReportRecord.__required_keys__
    (table,), (reading,) = said["tables"], said["readings"]
    assert set(table) == set(ENTERED_TABLE_KEYS)
    assert list(reading) == list(ReadingRecord.__annotations__)
    assert table["present"] == {"cifar-10/1": 1, "cifar-10/2": 2}
    assert set(table["changed"]["cifar-10/1"]) == {"run", "old_values", "new_values"}
    assert (table["new"], table["gone"]) == ({}, {})


def test_the_json_of_a_dry_run_has_the_keys_that_the_reference_lists(cli: Cli, report: Path) -> None:
    said = json.loads(cli("import", "report", str(report), "--dry-run", "--json").out)

    assert set(said) == ShownReportRecord.__required_keys__
    assert list(said["rows"][0]) == list(REPORTED_ROW_KEYS)
    assert [list(reading) for reading in said["readings"]] == [list(ReadingRecord.__annotations__)]
    assert [set(cell) for cell in said["readings"][0]["kept_as_text"]] == [{"line", "text"}]


def test_accuracies_are_fractions_and_what_stands_beside_them_is_in_percent(cli: Cli, report: Path) -> None:
    row = json.loads(cli("import", "report", str(report), "--dry-run", "--json").out)["rows"][0]

    assert (row["top1"], row["metrics"]["top1_spread"]) == (0.951, 0.2)


@pytest.mark.parametrize("keys", [ENTERED_TABLE_KEYS, REPORTED_ROW_KEYS])
def test_the_reference_describes_every_key_of_a_row(keys) -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference.md").read_text(encoding="utf-8")
    part = text.partition("## Importing reports")[2].partition("\n## ")[0]

    assert [key for key, about in keys.items() if f"| `{key}` | {about} |" not in part] == []
