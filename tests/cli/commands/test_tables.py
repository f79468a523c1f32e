"""`expdb table` and `expdb tables`, on the rows of the report."""

import json
from pathlib import Path

import pytest

from expdb.catalog.reported import report_tables, reported_runs
from expdb.report.writers.render import FORMATS
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.store_runs import add_seeds

DEFINITION = """
name = "mine"
title = "Learning rates"
rows = ["lr"]
columns = ["lr", "top1", { key = "top1", shows = "p" }]
baseline = "lr = 0.1"
"""


@pytest.fixture
def report(cli: Cli, tmp_path: Path) -> Cli:
    """The command line on a database with the report's rows and tables, and two measured groups."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        for run in reported_runs():
            store.add_reported(run)
        for definition in report_tables():
            store.saved_tables.save(definition)
        for lr, values in ((0.1, [0.80, 0.81, 0.83]), (0.2, [0.82, 0.85, 0.84])):
            add_seeds(store, values, optim__lr=lr)
    return cli


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def test_a_saved_table_prints_as_the_report_did(report: Cli):
    golden = Path(__file__).parents[2] / "report" / "golden" / "report-1.md"

    assert report("table", "report-1").out == golden.read_text(encoding="utf-8")


def test_a_table_is_put_together_from_options(report: Cli):
    made = report(
        "table", "--where", "dataset = digits", "--columns", "lr,top1=Acc,seed", "--sort", "-lr", "--rows", "lr"
    )  # fmt: skip

    assert made.code == 0, made.err
    assert lines(made.out) == [
        "| LR | Acc | Seed |",
        "| --- | --- | --- |",
        "| 0.2 | 83.67 ± 1.53 (3) | 0, 1, 2 |",
        "| 0.1 | 81.33 ± 1.53 (3) | 0, 1, 2 |",
    ]
    assert "No value is bold: the best two cannot be told apart" in made.out


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_is_printed_in_every_format_of_the_list(report: Cli, form: str):
    assert "ResNet" in report("table", "report-1", "--format", form).out


def test_an_unknown_format_is_refused_with_those_of_the_list(report: Cli):
    refused = report("table", "report-1", "--format", "xml")

    assert refused.code == 2
    assert all(f"'{form}'" in refused.err for form in FORMATS)


def test_a_pivot_is_put_together_from_options(report: Cli):
    made = report(
        "table", "--where", "dataset = digits", "--columns", "model,top1", "--rows", "model", "--across", "lr"
    )

    assert made.code == 0, made.err
    assert lines(made.out)[-1] == "| resnet_mini | 81.33 ± 1.53 (3) | 83.67 ± 1.53 (3) |"


@pytest.mark.parametrize("form", ["csv", "tsv", "json"])
def test_notes_are_said_on_stderr_where_the_format_has_none(report: Cli, form: str, tmp_path: Path):
    limited = ("table", "--where", "dataset = digits", "--columns", "lr,top1", "--limit", "1")

    printed, written, whole = report(*limited), report(*limited, "--format", form), report(*limited[:-1], "0")

    assert "1 of 2 rows are shown" in printed.out
    assert printed.err == ""
    assert "shown" not in written.out
    notes = [line.removeprefix("- ") for line in printed.out.splitlines() if line.startswith("- ")]
    assert written.err.splitlines() == [f"note: {note}" for note in notes]
    assert report(*limited, "--format", form, "-o", "table").err == written.err
    assert (tmp_path / "table").read_text(encoding="utf-8") == written.out
    assert len(lines(whole.out)) == 4


def test_a_table_without_notes_says_on_stderr_that_rows_are_missing(report: Cli, tmp_path: Path):
    (tmp_path / "quiet.toml").write_text(
        'name = "quiet"\nwhere = "dataset = digits"\ncolumns = ["lr", "top1"]\nlimit = 1\nnotes = false\n',
        encoding="utf-8",
    )
    report("tables", "add", "quiet.toml")

    for form in ("md", "csv"):
        written = report("table", "quiet", "--format", form)
        assert written.err == "warning: 1 more row is not shown: --limit 0 writes all\n"


def test_explain_says_what_can_be_concluded(report: Cli):
    told = report("table", "report-1", "--explain").out

    assert "met by no row; SENet101 + AutoAugment misses Train time (2h 25m 40s)." in told
    assert "23M parameters are printed, 26.2M are counted" in told


def test_columns_are_listed(report: Cli):
    listed = report("table", "--columns", "help").out

    assert "top1" in listed
    assert "test top-1 at the last epoch" in listed


def test_a_definition_goes_from_file_to_table_to_file(report: Cli, tmp_path: Path):
    (tmp_path / "mine.toml").write_text(DEFINITION, encoding="utf-8")

    assert report("tables", "add", "mine.toml", "--dry-run").out == "mine: a valid definition; nothing was saved\n"
    assert report("table", "mine").code == 2
    assert report("tables", "add", "mine.toml").out == "saved mine, revision 1\n"
    assert "| 0.2 | " in report("table", "mine").out
    assert report("tables", "export", "mine", "--format", "yaml", "-o", "mine.yaml").code == 0
    assert report("tables", "add", "mine.yaml").out == "saved mine, revision 1\n"
    assert "Learning rates" in report("tables").out


def test_revisions_are_listed_and_brought_back(report: Cli, tmp_path: Path):
    (tmp_path / "mine.toml").write_text(DEFINITION, encoding="utf-8")
    report("tables", "add", "mine.toml")
    (tmp_path / "mine.toml").write_text(DEFINITION.replace("Learning rates", "Rates"), encoding="utf-8")
    assert report("tables", "add", "mine.toml").out == "saved mine, revision 2\n"

    history = json.loads(report("tables", "history", "mine", "--json").out)
    assert [entry["revision"] for entry in history] == [1, 2]
    assert 'title = "Learning rates"' in report("tables", "export", "mine", "--revision", "1").out

    back = report("tables", "restore", "mine", "--revision", "1").out
    assert back == "table mine is as in revision 1 again (now revision 3)\n"
    assert len(report("tables", "history", "mine").out.splitlines()) >= 4


def test_a_removed_table_is_gone_until_it_is_restored(report: Cli):
    assert "expdb tables restore report-1" in report("tables", "rm", "report-1").out
    gone = report("table", "report-1")

    assert (gone.code, "expdb tables restore report-1" in gone.err) == (2, True)
    assert [entry["name"] for entry in json.loads(report("tables", "--json").out)] == ["report-2"]
    assert report("tables", "restore", "report-1").out == "restored table report-1\n"
    assert report("table", "report-1").code == 0


def test_a_saved_table_can_be_changed_while_it_is_printed(report: Cli):
    made = report("table", "report-1", "--columns", "model_aug,top1", "--save", "short")

    assert made.code == 0, made.err
    assert lines(made.out)[0] == "| Model | Top-1 Acc |"
    assert lines(report("table", "short").out) == lines(made.out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("table", "--rows", ""), ("names no key",)),
        (("table", "--across", "dataset", "--rows", "runs"), ("needs rows",)),
        (("table", "--rows", "dataset"), ("groups fall into", "add ", "mean of groups")),
        (("table", "--cell", "mean of groups"), ("of rows = [KEYS]",)),
        (("table", "--order", "dataset"), ("--order 'dataset' is no order",)),
        (("table", "--order", "dataset=cifr10"), ("did you mean cifar10",)),
        (("table", "--rows", "modell"), ("modell", "model")),
        (("table", "--sort", "-acc"), ("acc",)),
        (("table", "report-1", "--baseline", "top1 > 80%"), ("picks", "rows")),
        (("tables", "add", "none.toml"), ("none.toml",)),
        (("tables", "add", "bad.toml"), ("bad.toml", "columns")),
        (("tables", "add", "wrong.toml"), ("topp",)),
        (("tables", "rm", "report-9"), ("report-9", "report-1")),
        (("tables", "restore", "report-1"), ("was not removed",)),
        (("tables", "export", "report-1", "--revision", "7"), ("no revision 7",)),
    ],
)
def test_what_is_wrong_is_one_line(report: Cli, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]):
    (tmp_path / "bad.toml").write_text('name = "bad"\n')
    (tmp_path / "wrong.toml").write_text('name = "bad"\ncolumns = ["top1"]\nwhere = "topp = 1"\n')

    result = report(*arguments)

    assert result.code == 2, result
    assert result.err.count("error:") == 1
    for word in words:
        assert word in result.err


def test_json_is_a_format_like_the_others(report: Cli) -> None:
    assert report("table", "report-1", "--json").out == report("table", "report-1", "--format", "json").out
    refused = report("table", "report-1", "--json", "--format", "md")
    assert (refused.code, refused.err) == (2, "error: --json and --format md: give one of them\n")


@pytest.mark.parametrize("option", [("--save", "zz"), ("--format", "csv"), ("--json",), ("--link",)])
def test_explaining_refuses_what_would_have_no_effect(report: Cli, option: tuple[str, ...]) -> None:
    refused = report("table", "report-1", "--explain", *option)

    assert refused.code == 2
    assert refused.err.startswith(f"error: {' '.join(option)} has no effect on --explain")
    assert "zz" not in report("tables").out


def test_settings_and_metrics_that_no_run_states_are_told(report: Cli) -> None:
    built = report("table", "report-2", "--columns", "model,settings.lr,settings.nope,metrics.top_one")

    assert built.code == 0
    assert built.err.startswith("warning: settings.nope, metrics.top_one: no run in the database states it")


def test_sorting_by_a_value_of_a_pivot_that_is_none_is_refused(report: Cli) -> None:
    refused = report("table", "report-1", "--sort", "-top1@nowhere")

    assert refused.code == 2
    assert "sort '-top1@nowhere': only measures of a pivot" in refused.err


def test_macros_are_written_for_a_table_whose_rows_have_keys(report: Cli, tmp_path: Path):
    saved = report(
        "table", "--where", "dataset = digits", "--columns", "model,lr,top1", "--rows", "model,lr", "--save", "ours"
    )
    assert saved.code == 0, saved.err

    written = report("table", "ours", "--format", "macros", "-o", str(tmp_path / "ours.macros.tex"))

    assert written.code == 0, written.err
    text = (tmp_path / "ours.macros.tex").read_text(encoding="utf-8")
    assert "\\expdbset{ours}{resnet_mini/0.1}{top1}{81.33}%" in text
    refused = report("table", "--where", "dataset = digits", "--columns", "lr,top1", "--format", "macros")
    assert (refused.code, refused.out) == (2, "")
    assert "keys.ours = 'model = resnet_mini and aug = " in refused.err
