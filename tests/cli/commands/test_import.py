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


def entered(out: str) -> list[str]:
    """Return the lines behind those that say how the report was read, without the command that undoes it."""
    lines = [line for line in out.splitlines() if not line.startswith("undo: ")]
    return lines[[line.startswith("a heading that is not understood") for line in lines].index(True) + 1 :]


def test_a_report_is_entered_table_by_table(cli: Cli, report: Path) -> None:
    result = cli("import", "report", "report.md")

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "report.md:9: group results-on-cifar-100",
        "  dataset cifar100, as heading 'Results on CIFAR-100' says",
        "  Model → model",
        "  Top-1 Acc → top1, %",
        "  Train Time → train_seconds",
        "report.md:3: table skipped: no column names a model (Week, Paper)",
        "a heading that is not understood is given a meaning by --heading, as in --heading 'Acc. (ours)=top1'",
        "results-on-cifar-100: 2 rows entered (runs 1, 2)",
        "undo: expdb rm 1 2",
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


def test_a_corrected_row_takes_the_new_values_and_both_are_told(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    write(report, REPORT.replace("80.00", "81.00").replace("1h 8m 0s", "1h 9m") + "| SENet101 | 82.85 | 2h |\n")
    result = cli("import", "report", "report.md", "--group", "mine")

    assert (result.code, result.err) == (0, "")
    assert entered(result.out) == [
        "mine: 1 row entered (run 3), 2 were there already (runs 1, 2)",
        "mine/2 (run 2): top-1 80.00 → 81.00, train time 1h 8m 0s → 1h 9m 0s",
    ]
    assert json.loads(cli("show", "mine/2", "--json").out)["top1"] == 0.81


def test_a_run_shows_what_its_row_said_before(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    for value in ("81.00", "82.00"):
        write(report, REPORT.replace("80.00", value))
        cli("import", "report", "report.md", "--group", "mine")

    shown = cli("show", "mine/2").out
    assert "top-1 80.00 → 81.00" in shown
    assert "top-1 81.00 → 82.00" in shown
    first, second = json.loads(cli("show", "mine/2", "--json").out)["changes"]
    assert (first["old_values"]["top1"], first["new_values"]["top1"]) == (0.8, 0.81)
    assert (second["old_values"]["quote.Top-1 Acc"], second["number"]) == ("81.00", 2)
    assert "→" not in cli("show", "mine/1").out
    assert "changes" not in json.loads(cli("show", "mine/1", "--json").out)


def test_a_row_inserted_on_top_is_entered_alone_and_moves_none(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    write(report, REPORT.replace("| ResNet50 |", "| VGG16 | 70.00 | 1h |\n| ResNet50 |"))
    result = cli("import", "report", "report.md", "--group", "mine")

    assert entered(result.out) == ["mine: 1 row entered (run 3), 2 were there already (runs 1, 2)"]
    assert {run["name"]: run["model"] for run in json.loads(cli("ls", "--json").out)} == {
        "mine/1": "ResNet50",
        "mine/2": "SENet50 + AutoAugment",
        "mine/3": "VGG16",
    }
    assert json.loads(cli("show", "mine/1", "--json").out)["source"].endswith("row 2 (line 12)")


def test_a_second_document_with_the_same_heading_is_entered_too(cli: Cli, report: Path, tmp_path: Path) -> None:
    cli("import", "report", "report.md")
    write(tmp_path / "other study.md", REPORT)
    result = cli("import", "report", "other study.md")

    group = "results-on-cifar-100"
    assert entered(result.out) == [
        f"{group}-other-study: 2 rows entered (runs 3, 4) ({group} is the group of other rows)"
    ]
    again = cli("import", "report", "other study.md").out
    assert entered(again) == ["results-on-cifar-100-other-study: 2 rows were there already (runs 3, 4)"]
    assert len(names(cli)) == 4


def test_a_file_that_moved_is_the_same_document_under_a_declared_key(cli: Cli, report: Path, tmp_path: Path) -> None:
    cli("import", "report", "report.md", "--document", "my study")
    (tmp_path / "new").mkdir()
    report.rename(tmp_path / "new" / "text.md")
    result = cli("import", "report", "new/text.md", "--document", "My study")

    assert entered(result.out) == ["results-on-cifar-100: 2 rows were there already (runs 1, 2)"]


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("final/study.md", REPORT, 2),
        ("copy.md", REPORT.replace("A report", "Another one"), 2),
        ("longer.md", f"{REPORT}| VGG16 | 70.00 | 1h |\n", 2),
        ("cited.md", REPORT.replace("80.00", "81.00"), 1),
        ("own.md", REPORT.replace("80.00", "81.00").replace("79.05", "78.00"), 0),
        ("other.md", REPORT.replace("CIFAR-100", "CIFAR-10"), 0),
    ],
)
def test_rows_that_are_there_from_another_document_are_warned_of(
    cli: Cli, tmp_path: Path, name: str, text: str, count: int
) -> None:
    write(tmp_path / "my study.md", REPORT)
    cli("import", "report", "my study.md")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    found = cli("import", "report", str(write(tmp_path / name, text)))

    assert found.code == 0
    said = f"{count} row{'s are' if count > 1 else ' is'} there from my study.md too"
    assert (said in found.err) is (count > 0)
    assert ("--document 'my study.md'" in found.err) is (count > 0)
    assert cli("import", "report", name).err == ""  # what was entered is not said again


@pytest.mark.parametrize(
    "text", [REPORT, REPORT.replace("A report", "Another one"), f"{REPORT}| VGG16 | 70.00 | 1h |\n"]
)
def test_a_copy_of_a_file_does_not_confirm_it(cli: Cli, tmp_path: Path, text: str) -> None:
    write(tmp_path / "my study.md", REPORT)
    cli("import", "report", "my study.md")
    cli("import", "report", str(write(tmp_path / "copy.md", text)))
    found = cli("check", "my study.md")

    assert found.code == 0
    assert "same as its import" in found.out
    assert "as reported" not in found.out


def test_files_taken_for_one_document_that_have_the_same_row_are_refused(
    cli: Cli, report: Path, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "tables of cifar.md", REPORT)
    result = cli("import", "report", "a/tables of cifar.md", "b/tables of cifar.md")

    assert result.code == 2
    assert "both have row 'results-on-cifar-100/1' of the document 'tables of cifar.md'" in result.err
    assert "--document KEY" in result.err
    assert not (tmp_path / "runs.db").exists()


@pytest.mark.parametrize(
    ("title", "change"),
    [
        ("Another one", ("80.00", "60.00")),
        ("A report of 2021", ("1h 7m 26s", "2h")),
        ("보고서", ("| 79.05", "| 78.05")),
        ("Final report", ("80.00", "–")),
    ],
)
def test_another_title_in_a_file_of_the_same_name_changes_no_row(
    cli: Cli, report: Path, tmp_path: Path, title: str, change: tuple[str, str]
) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    before = cli("ls", "--json").out
    key = json.loads(cli("show", "1", "--json").out)["document"]
    write(report, REPORT.replace("A report", title))
    same = cli("import", "report", "report.md")
    write(report, REPORT.replace("A report", title).replace(*change))
    write(tmp_path / "first study.md", REPORT)
    refused = cli("import", "report", "first study.md", "report.md")

    assert (same.code, refused.code) == (0, 2)
    assert f"report.md calls itself “{title}”, and would change 1 row of “A report”" in refused.err
    assert f"say --document '{key}'" in refused.err
    assert cli("ls", "--json").out == before

    told = cli("import", "report", "report.md", "--document", key)
    assert (told.code, len(names(cli))) == (0, 2)
    assert "calls itself" not in told.out
    assert "→" in told.out
    assert cli("import", "report", "report.md", "--document", "my own").code == 0
    assert len(names(cli)) == 4


def test_rows_that_the_file_does_not_have_any_more_are_told_and_kept(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    write(report, REPORT.replace("| SENet50 + AutoAugment | 80.00 | 1h 8m 0s |\n", ""))
    result = cli("import", "report", "report.md", "--group", "mine")

    assert (result.code, result.err) == (0, "")
    document = f"{report.parent.name}/report.md"
    assert entered(result.out) == [
        "mine: 1 row was there already (run 1)",
        f"mine: 1 row is kept that is not in {document} any more: expdb rm 2 removes it",
    ]
    assert names(cli) == ["mine/1", "mine/2"]
    told = json.loads(cli("import", "report", "report.md", "--group", "mine", "--json").out)
    assert told["tables"][0]["gone"] == {"mine/2": 2}
    cli("rm", "2")
    assert "kept" not in cli("import", "report", "report.md", "--group", "mine").out


def test_a_removed_row_is_restored_with_what_changed(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")
    cli("rm", "1", "2")
    write(report, REPORT.replace("80.00", "81.00"))
    result = cli("import", "report", "report.md", "--group", "mine")

    assert (result.code, result.err) == (0, "")
    assert entered(result.out) == [
        "mine: 2 rows restored (runs 1, 2)",
        "mine/2 (run 2): top-1 80.00 → 81.00",
    ]
    assert {run["name"]: run["top1"] for run in json.loads(cli("ls", "--json").out)} == {
        "mine/1": 0.7905,
        "mine/2": 0.81,
    }


def test_source_and_page_are_recorded_and_stay_where_they_are_not_given_again(cli: Cli, report: Path) -> None:
    cited = ("import", "report", "report.md", "--group", "mine", "--source", "Doe 2024", "--page", "7")
    expected = "Doe 2024, p. 7, table “Results on CIFAR-100”, row 1 (line 11)"
    cli("import", "report", "report.md", "--group", "mine")
    told = cli(*cited).out

    assert "mine/1 (run 1): source A report, table “Results on CIFAR-100”, row 1 (line 11) → Doe 2024, p. 7" in told
    assert json.loads(cli("show", "mine/1", "--json").out)["source"] == expected
    assert entered(cli("import", "report", "report.md", "--group", "mine").out) == [
        "mine: 2 rows were there already (runs 1, 2)"
    ]
    assert json.loads(cli("show", "mine/1", "--json").out)["source"] == expected


def test_a_spread_is_kept_beside_its_mean(cli: Cli, report: Path) -> None:
    write(report, REPORT.replace("80.00", "80.00 ± 0.30 (3)"))
    cli("import", "report", "report.md", "--group", "mine")
    run = json.loads(cli("show", "mine/2", "--json").out)

    assert (run["top1"], run["metrics"]) == (0.8, {"top1_spread": 0.3, "top1_n": 3.0})


def test_several_files_of_both_kinds_are_entered(cli: Cli, report: Path, tmp_path: Path) -> None:
    write(tmp_path / "rows.yaml", ROWS)
    result = cli("import", "report", "report.md", "rows.yaml", "--json")

    nothing = {"restored": {}, "present": {}, "changed": {}, "gone": {}, "titles": {}, "kept": {}, "copies": {}}
    said = json.loads(result.out)
    assert [reading["line"] for reading in said.pop("readings")] == [3, 9]
    assert said == {
        "tables": [
            {
                "document": f"{tmp_path.name}/report.md",
                "group": "results-on-cifar-100",
                "wanted": "results-on-cifar-100",
                "new": {"results-on-cifar-100/1": 1, "results-on-cifar-100/2": 2},
                **nothing,
            },
            {"document": "A study", "group": "mine", "wanted": "mine", "new": {"mine/1": 3}, **nothing},
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


def test_each_headings_reading_is_told_before_anything_is_entered(cli: Cli, tmp_path: Path) -> None:
    text = (
        "# Models\n\n## ImageNet\n\n| name | acc@1 | throughput | FLOPs (G) | code |\n|---|---|---|---|---|\n"
        "| A | 81.3 | 940 | 4.1 | [code](https://a.org/a) |\n| B | about 82 | 935 | 8.2 | [code](https://a.org/b) |\n"
    )
    write(tmp_path / "models.md", text)
    result = cli("import", "report", "models.md", "--dataset", "cifar10", "--dry-run")
    speed = "images_per_second"

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[:9] == [
        "models.md:5: group imagenet",
        "  dataset imagenet-1k, as heading 'ImageNet' says",
        "  --dataset cifar10 has no effect",
        "  name → model",
        "  acc@1 → top1, %",
        f"  throughput → metric of its own, not {speed}: say --heading 'throughput={speed}' if it is",
        "  FLOPs (G) → metric of its own, not macs: say --heading 'FLOPs (G)=macs' if it is",
        "  code → links, kept with the source",
        "  line 8: column “acc@1”: “about 82” read as no number, kept as text",
    ]
    [reading] = json.loads(cli("import", "report", "models.md", "--dry-run", "--json").out)["readings"]
    assert reading["dataset"] == "imagenet-1k"
    assert reading["headings"]["acc@1"] == "top1, %"
    assert reading["kept_as_text"] == [
        {"line": 8, "text": "column “acc@1”: “about 82” read as no number, kept as text"}
    ]


@pytest.mark.parametrize("heading", ["Zeit", "Cat score", "Top-1 (EMA)", "epoch(lr = 0.1)", "신뢰도"])
def test_what_is_not_understood_comes_with_a_way_out(cli: Cli, tmp_path: Path, heading: str) -> None:
    text = f"# CIFAR-10\n\n| Model | Acc | {heading} |\n| - | - | - |\n| A | 95.1 | 60.5 |\n"
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    (tmp_path / "b.md").write_text(text.replace(heading, "Epochs").replace("60.5", "60"), encoding="utf-8")
    told, known = (cli("import", "report", name, "--dry-run").out for name in ("a.md", "b.md"))

    assert "is not understood" in told
    assert told.count("is given a meaning by --heading") == 1
    assert "--heading" not in known


def test_a_group_that_rows_do_not_take_is_said(cli: Cli, report: Path) -> None:
    cli("import", "report", "report.md", "--group", "mine")

    assert "mine: --group other has no effect: rows that are there keep their group" in entered(
        cli("import", "report", "report.md", "--group", "other").out
    )
    assert "no effect" not in cli("import", "report", "report.md", "--group", "mine").out
    assert "no effect" not in cli("import", "report", "report.md").out


def test_a_dataset_is_taken_where_nothing_says_it(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "models.md", "# Models\n\n| Model | Top-1 (%) |\n|---|---|\n| A | 81.3 |\n")
    refused = cli("import", "report", "models.md")
    result = cli("import", "report", "models.md", "--dataset", "cifar10")

    assert refused.code == 2
    assert "no column, heading or caption says the dataset: give --dataset NAME" in refused.err
    assert result.out.splitlines()[1] == "  dataset cifar10, as --dataset says"


def test_headings_are_given_a_meaning_by_words_and_files(cli: Cli, tmp_path: Path) -> None:
    text = "# CIFAR-10\n\n| Netz | acc. (ours) | Genauigkeit |\n|---|---|---|\n| A | 81.3 | 97.1 |\n"
    write(tmp_path / "models.md", text)
    write(tmp_path / "german.toml", '[quantities.model]\nen = ["Netz"]\n[quantities.top5]\nen = ["Genauigkeit"]\n')
    words = ("--heading", "acc. (ours)=top1", "--headings", "german.toml")
    result = cli("import", "report", "models.md", *words, "--dry-run", "--json")
    wrong = cli("import", "report", "models.md", "--heading", "acc. (ours)=topp1")

    [row] = json.loads(result.out)["rows"]
    assert (row["model"], row["top1"], row["top5"]) == ("A", 0.813, 0.971)
    assert wrong.code == 2
    assert "topp1" in wrong.err
    assert wrong.err.count("\n") == 1


def test_a_name_of_a_measured_run_is_not_taken_for_a_reported_one(cli: Cli, report: Path) -> None:
    from expdb.store.store import Store
    from tests.factories import make_spec

    with Store.open("sqlite:///runs.db") as store:
        store.add_run(make_spec(), name="mine/1")
    result = cli("import", "report", "report.md", "--group", "mine")

    assert result.code == 0
    assert names(cli) == ["mine/1", "mine/2", "mine/3"]
    assert json.loads(cli("show", "mine/1", "--json").out)["kind"] == "measured"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.md", "# Nothing\n", "none.md: no table of results was found"),
        ("papers.md", REPORT[: REPORT.index("##")], "papers.md:3: table skipped: no column names a model"),
        ("rows.yaml", ROWS.replace("{id", "{{id"), "rows.yaml, line 5: no YAML"),
        ("rows.docx", "", "rows.docx: '.docx' is no format of reports: give a file of .md"),
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


def test_a_word_of_headings_that_no_table_has_is_said(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "a.md", "# CIFAR-10\n\n| Modell | Genauigkeit |\n|---|---|\n| A | 95.1 |\n")

    refused = cli("import", "report", "a.md", "--dry-run")
    words = ("--heading", "Modell=model", "--heading", "Genauigkeit (%)=top1", "--heading", "Genauigkeit=top1")
    shown = cli("import", "report", "a.md", "--dry-run", *words)

    assert refused.code == 2
    assert "no column names a model (Modell, Genauigkeit): say which does with --heading 'Modell=model'" in refused.err
    assert shown.code == 0
    told = "--heading 'Genauigkeit (%)=top1': no table has such a heading: did you mean 'Genauigkeit'?"
    assert shown.err == f"warning: {told}\n"


def test_table_of_values_between_commas_is_entered(cli: Cli, tmp_path: Path) -> None:
    head = "\ufeffModel,Dataset,Top-1 (%),Params (M)"
    text = f'{head}\r\nResNet50,cifar10,95.1,23.5\r\n"SENet50, ours",cifar10,95.9,28.1\r\n'
    write(tmp_path / "table.csv", text)

    shown = cli("import", "report", "table.csv", "--dry-run")
    entered = cli("import", "report", "table.csv", "--json")

    assert (shown.code, shown.err) == (0, "")
    assert "  Top-1 (%) → top1, %" in shown.out.splitlines()
    assert (entered.code, entered.err) == (0, "")
    [table] = json.loads(entered.out)["tables"]
    assert len(table["new"]) == 2
    again = json.loads(cli("import", "report", "table.csv", "--json").out)["tables"]
    assert [(len(one["new"]), len(one["present"]), one["changed"]) for one in again] == [(0, 2, {})]
