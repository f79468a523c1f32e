import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

REPORT = """\
# A report

| Week | Paper |
|---|---|
| 1 | A paper |

## Results on CIFAR-100

| Model | Top-1 Acc | Train Time |
|---|---|---|
| ResNet50 | 79.05 | 1h 7m 26s |
| SENet50 + AutoAugment | 80.00 | 1h 8m 0s |
"""
ROWS = """\
format: reported-runs/1
source: {title: "A study"}
runs:
  - {id: mine/1, group: mine, dataset: cifar100, model: ResNet50, metrics: {top1: 79.05}}
"""
CLAIMS = """\
[[claims]]
key = "K1"
sentence = "It helps."
source = "us"
[claims.test]
a = "FILTER"
b = "model = senet50"
at_least = 0
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write(tmp_path / "report.md", REPORT)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def names(cli: Cli) -> list[str]:
    return [run["name"] for run in json.loads(cli("ls", "--json").out)]


def test_a_report_is_entered_table_by_table(cli: Cli, report: Path) -> None:
    result = cli("import", "report", "report.md")

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "report.md:3: table skipped: no column names a model (Week, Paper)",
        "results-on-cifar-100: 2 rows entered (runs 1, 2)",
    ]
    run = json.loads(cli("show", "results-on-cifar-100/2", "--json").out)
    assert (run["kind"], run["top1"], run["settings"], run["train_seconds"]) == (
        "reported",
        0.8,
        {"auto_augment": True},
        4080.0,
    )
    assert run["source"] == "A report, table “Results on CIFAR-100”, row 2 (line 12)"


def test_a_second_import_changes_nothing(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    before = cli("ls", "--json").out
    result = cli("import", "report", "report.md", "--group", "mine")

    assert result.code == 0
    assert result.out.splitlines()[-1] == "mine: 2 rows were there already (runs 1, 2)"
    assert result.err == ""
    assert cli("ls", "--json").out == before


def test_a_row_that_reads_differently_now_is_kept_and_told(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    write(report, REPORT.replace("80.00", "81.00") + "| SENet101 | 82.85 | 2h |\n")
    result = cli("import", "report", "report.md", "--group", "mine")

    assert result.out.splitlines()[-1] == "mine: 1 row entered (run 3), 2 were there already (runs 1, 2)"
    assert "warning: mine/2: run 2 says something else than the file and is kept" in result.err
    assert json.loads(cli("show", "mine/2", "--json").out)["top1"] == 0.8


def test_a_removed_row_is_entered_anew_where_the_file_was_corrected(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    cli("rm", "1", "2")
    write(report, REPORT.replace("80.00", "81.00"))
    result = cli("import", "report", "report.md", "--group", "mine")

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1] == "mine: 1 row entered (run 3), 1 row restored (run 1)"
    assert {run["name"]: run["top1"] for run in json.loads(cli("ls", "--json").out)} == {
        "mine/1": 0.7905,
        "mine/2": 0.81,
    }
    assert json.loads(cli("show", "2", "--json").out)["name"] == "mine/2~2"  # it still can be brought back
    assert cli("restore", "2").code == 0


def test_a_row_that_is_kept_says_how_to_correct_it(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    write(report, REPORT.replace("80.00", "81.00"))

    assert "to correct it, expdb rm 2 and import again" in cli("import", "report", "report.md", "--group", "mine").err


def test_source_and_page_of_a_report_are_recorded(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    cited = ("import", "report", "report.md", "--group", "mine", "--source", "Doe 2024", "--page", "7")

    assert "mine/1: run 1 says something else" in cli(*cited).err
    cli("rm", "1", "2")
    cli(*cited)
    run = json.loads(cli("show", "mine/1", "--json").out)
    assert (run["id"], run["source"]) == (3, "Doe 2024, p. 7, table “Results on CIFAR-100”, row 1 (line 11)")


def test_a_spread_is_kept_beside_its_mean(cli: Cli, report: Path) -> None:
    write(report, REPORT.replace("80.00", "80.00 ± 0.30 (3)"))
    cli("import", "report", "report.md", "--group", "mine")
    run = json.loads(cli("show", "mine/2", "--json").out)

    assert (run["top1"], run["metrics"]) == (0.8, {"top1_spread": 0.3, "top1_n": 3.0})


def test_several_files_of_both_kinds_are_entered(cli: Cli, report: Path, tmp_path: Path) -> None:
    write(tmp_path / "rows.yaml", ROWS)
    result = cli("import", "report", "report.md", "rows.yaml", "--json")

    assert json.loads(result.out) == {
        "tables": [
            {
                "group": "results-on-cifar-100",
                "new": {"results-on-cifar-100/1": 1, "results-on-cifar-100/2": 2},
                "restored": {},
                "present": {},
                "different": {},
            },
            {"group": "mine", "new": {"mine/1": 3}, "restored": {}, "present": {}, "different": {}},
        ],
        "skipped": ["report.md:3: table skipped: no column names a model (Week, Paper)"],
    }


def test_a_dry_run_shows_the_rows_and_enters_nothing(cli: Cli, report: Path, tmp_path: Path) -> None:
    result = cli("import", "report", "report.md", "--dry-run")

    assert result.code == 0
    assert "SENet50 + AutoAugment" in result.out
    assert result.out.splitlines()[-1] == "2 rows; nothing was entered"
    assert not (tmp_path / "runs.db").exists()
    rows = json.loads(cli("import", "report", "report.md", "--dry-run", "--json").out)["rows"]
    assert [(row["name"], row["top1"]) for row in rows] == [
        ("results-on-cifar-100/1", 0.7905),
        ("results-on-cifar-100/2", 0.8),
    ]


def test_a_name_of_a_measured_run_is_not_taken_for_a_reported_one(cli: Cli, report: Path) -> None:
    from expdb.store.store import Store
    from tests.factories import make_spec

    with Store.open("sqlite:///runs.db") as store:
        store.add_run(make_spec(), name="mine/1")
    result = cli("import", "report", "report.md", "--group", "mine")

    assert result.code == 2
    assert "name 'mine/1' is taken by run 1, a measured one: choose another group" in result.err
    assert names(cli) == ["mine/1"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.md", "# Nothing\n", "none.md: no table of results was found"),
        ("papers.md", REPORT[: REPORT.index("##")], "papers.md:3: table skipped: no column names a model"),
        ("rows.yaml", ROWS.replace("{id", "{{id"), "rows.yaml, line 5: no YAML"),
        ("rows.csv", "", "'rows.csv' is neither .md nor .yaml"),
    ],
)
def test_a_file_that_holds_no_rows_is_an_error_of_use(cli: Cli, tmp_path: Path, name, text, message) -> None:
    write(tmp_path / name, text)
    write(tmp_path / "report.md", REPORT)
    result = cli("import", "report", "report.md", name)

    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "runs.db").exists()


def test_options_without_effect_and_missing_files_are_errors_of_use(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "rows.yaml", ROWS)
    for arguments, message in (
        (["rows.yaml", "--group", "x"], "--group 'x' has no effect on rows.yaml"),
        (["rows.yaml", "--dataset", "x"], "--dataset 'x' has no effect on rows.yaml"),
        (["rows.yaml", "--page", "7"], "--page 7 has no effect on rows.yaml"),
        (["missing.md"], "cannot read 'missing.md': No such file"),
    ):
        result = cli("import", "report", *arguments)
        assert result.code == 2
        assert message in result.err


def test_papers_and_claims_come_with_expdb(cli: Cli) -> None:
    assert cli("import", "papers").out == "25 papers saved, 25 of them new (expdb papers lists them)\n"
    assert cli("import", "papers").out == "25 papers saved, 0 of them new (expdb papers lists them)\n"
    assert cli("import", "claims").out == "23 claims saved, 23 of them new (expdb claims lists them)\n"
    assert json.loads(cli("import", "claims", "--json").out)["new"] == 0


def test_a_dry_run_of_papers_and_claims_saves_nothing(cli: Cli, tmp_path: Path) -> None:
    for what in ("papers", "claims"):
        result = cli("import", what, "--dry-run")
        assert result.code == 0
        assert result.out.splitlines()[-1].endswith(f"{what}; nothing was entered")
    assert not (tmp_path / "runs.db").exists()


def test_a_claim_whose_filter_is_not_understood_is_refused(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "claims.toml", CLAIMS.replace("FILTER", "modell = resnet50"))
    result = cli("import", "claims", "claims.toml")

    assert result.code == 2
    assert "claim K1: " in result.err
    assert json.loads(cli("claims", "--json").out) == []


def test_a_claim_in_points_instead_of_a_fraction_is_refused(cli: Cli, tmp_path: Path) -> None:
    claims = CLAIMS.replace("FILTER", "model = resnet50")
    write(tmp_path / "claims.toml", claims.replace("at_least = 0", "at_least = 5"))
    result = cli("import", "claims", "claims.toml")

    assert result.code == 2
    assert "claim K1: at_least = 5 is beyond what top1 can differ by" in result.err
    assert "5 points are 0.05" in result.err
    write(tmp_path / "claims.toml", claims.replace("at_least = 0", 'metric = "train_seconds"\nat_least = 5'))
    assert cli("import", "claims", "claims.toml").code == 0


def test_a_claim_is_replaced_by_its_key(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "claims.toml", CLAIMS.replace("FILTER", "model = resnet50"))
    cli("import", "claims", "claims.toml")
    write(tmp_path / "claims.toml", CLAIMS.replace("FILTER", "model = resnet18").replace("It helps.", "It hurts."))

    assert cli("import", "claims", "claims.toml").out == "1 claim saved, 0 of them new (expdb claims lists them)\n"
    [claim] = json.loads(cli("claims", "--json").out)
    assert (claim["sentence"], claim["test"]["a"]) == ("It hurts.", "model = resnet18")
