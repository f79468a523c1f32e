"""What commands say of a run that a script has tracked."""

import json
from pathlib import Path

import pytest

import expdb
from tests.cli.conftest import Cli


@pytest.fixture
def tracked(cli: Cli, tmp_path: Path) -> Cli:
    """A run of a script in the current folder's database; returns what runs commands there."""
    (tmp_path / "model.pt").write_bytes(b"weights")
    with expdb.track(model="net", dataset="pets", seed=3, lr="1e-3", output_dir="/x", db="runs.db") as run:
        run.define("test/miou", unit="fraction", higher_is_better=True, split="test", heading="mIoU")
        for epoch in (1, 2, 3):
            run.log(epoch=epoch, train_loss=1 / epoch, test_acc=0.25 * epoch, reward=float("nan"))
            run.log({"test/miou": 0.5 / epoch}, epoch=epoch)
        run.artifact("model.pt")
    return cli


def test_show_tells_parameters_what_was_left_out_metrics_and_files(tracked: Cli):
    lines = [" ".join(line.split()) for line in tracked("show", "1").out.splitlines()]

    assert {"kind tracked", "lr 1e-3", "output_dir /x", "left out seed, output_dir"} <= set(lines)
    assert {"Top-1 (last, %) 75.00", "Best epoch 3", "3 0.3333 75.00%"} <= set(lines)
    assert "metric last best at values split better" in lines
    assert "mIoU 16.67% 50.00% epoch 1 3 test higher" in lines
    assert "reward nan – – 3 (3 no number) unstated unknown" in lines
    assert any(line.endswith("artifacts/model.pt (7 bytes)") for line in lines)
    assert not any("img/s" in line for line in lines)  # nobody logged it


def test_a_run_of_a_script_stands_in_lists_as_others_do(tracked: Cli):
    (run,) = json.loads(tracked("ls", "--json").out)

    assert (run["kind"], run["status"], run["top1"], run["lr"]) == ("tracked", "finished", 0.75, 0.001)
    assert tracked("ls", "--where", "metrics.test/miou > 0.1 and settings.lr = 1e-3").out.count("pets") == 1


def test_a_table_has_its_metrics_and_parameters_and_says_of_none_that_nobody_states_it(tracked: Cli):
    result = tracked("table", "--columns", "model,metrics.test/miou,settings.output_dir", "--format", "csv")

    assert "net,16.666" in result.out
    assert "no run in the database states it" not in result.err


def test_a_column_of_a_name_that_is_nearly_one_in_the_database_is_told_which(tracked: Cli):
    result = tracked("table", "--columns", "model,metrics.test/miuo,settings.output_dri")

    assert result.err.startswith(
        "warning: metrics.test/miuo, settings.output_dri: no run in the database states it: "
        "did you mean metrics.test/miou, settings.output_dir?"
    )


@pytest.fixture
def segmented(cli: Cli) -> Cli:
    """Two runs of a script that segments, in the current folder's database."""
    for model, value in (("unet", 0.612345678901), ("fcn", 0.45)):
        with expdb.track(model=model, dataset="shapes", seed=0, db="runs.db") as run:
            run.define("test/miou", unit="fraction", higher_is_better=True, split="test", heading="mIoU")
            run.log({"test/miou": value, "grad_norm": 12.3456789012345}, step=1)
    return cli


def test_a_list_of_segmentations_shows_their_metric_as_tables_do_and_says_which_others_there_are(segmented: Cli):
    listed = segmented("ls")

    assert [line.split() for line in listed.out.splitlines() if "─" not in line] == [
        ["id", "status", "dataset", "model", "seed", "mIoU", "(%)"],
        ["1", "finished", "shapes", "unet", "0", "61.23"],
        ["2", "finished", "shapes", "fcn", "0", "45.00"],
    ]
    assert listed.err == "note: other metrics: metrics.grad_norm (expdb ls --columns id,model,metrics.grad_norm)\n"
    assert "12.3457" in segmented("ls", "--columns", "id,metrics.grad_norm").out


def test_a_table_that_nobody_described_compares_their_metric(segmented: Cli):
    plain, compared = segmented("table"), segmented("table", "--baseline", "model = fcn")

    assert plain.out.startswith("| Dataset | Model | mIoU (%) |\n")
    assert "note: other metrics: metrics.grad_norm (expdb table --columns model,metrics.grad_norm)" in plain.err
    assert "| mIoU (%) | Δ mIoU (points) | Δ mIoU, p (Welch) |\n" in compared.out
    assert "+16.23" in compared.out


def test_programs_that_read_keys_get_the_usual_columns_whatever_there_is(segmented: Cli):
    assert {"dataset", "model_label", "top1"} <= json.loads(segmented("table", "--json").out)[0].keys()
    assert segmented("ls", "--csv").out.startswith("id,name,status,kind,group,dataset,model,aug,epochs,seed,top1,")


TOLD_IN_A_REPORT = (("mIoU (%)", "16.67"), ("score", "0.1667"))


def test_check_of_a_report_knows_its_metrics_and_says_who_confirms_them(tracked: Cli, tmp_path: Path):
    report = tmp_path / "report.md"
    tables = [f"| Model | {heading} |\n|---|---|\n| net | {cell} |\n" for heading, cell in TOLD_IN_A_REPORT]
    report.write_text("\n".join(tables), encoding="utf-8")

    result = tracked("check", "report.md")
    assert (result.code, result.out.endswith("1 number: 1 confirmed by tracked runs\n")) == (0, True)
    given = tracked("check", "report.md", "--heading", "score=metrics.test/miou", "--json")
    assert json.loads(given.out)[0]["numbers"]["confirmed by tracked runs"] == 2

    misspelt = tracked("check", "report.md", "--heading", "score=metrics.test/miuo")
    assert (misspelt.code, misspelt.err.count("\n")) == (2, 1)
    assert "did you mean metrics.test/miou" in misspelt.err

    report.write_text(report.read_text(encoding="utf-8").replace("16.67", "16.97"), encoding="utf-8")
    assert tracked("check", "report.md").code == 1


@pytest.mark.parametrize("form", ["md", "csv"])
@pytest.mark.parametrize(("value", "text"), [("nan", "NaN"), ("inf", "inf"), ("-inf", "-inf")])
def test_a_list_says_as_a_table_does_that_a_metric_ended_with_no_number(cli: Cli, form: str, value: str, text: str):
    with expdb.track(model="net", dataset="pets", db="runs.db") as run:
        run.log(step=1, reward=float(value), test_acc=float(value), lr=0.1)
    columns = "id,metrics.reward,top1,metrics.absent,test_loss"

    listed = cli("ls", "--columns", columns, *(["--csv"] if form == "csv" else []))
    built = cli("table", "--columns", columns, "--rows", "runs", "--format", form)

    assert listed.out.count(text) == built.out.count(text) == (0 if form == "csv" else 2)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("log", "run 1 is of a script, whose output is its own: expdb show 1 has what it logged"),
        ("resume", 'run 1 is tracked: its own script trains it, and goes on with it by expdb.track(..., resume="must"'),
        ("rerun", "run 1 is tracked: its own script trains it"),
    ],
)
def test_what_only_a_script_can_do_is_said_in_one_line(tracked: Cli, command: str, words: str):
    result = tracked(command, "1")

    assert result.code == 2
    assert words in result.err
    assert result.err.count("\n") == 1


@pytest.fixture
def two(tracked: Cli) -> Cli:
    """A second run beside it: other weights of the loss, another metric."""
    with expdb.track({"model": "net", "dataset": "pets", "seed": 4, "loss weight": 0.5}, db="runs.db") as run:
        run.log({"test/miou": 0.2, "val error": 0.37860859153705, "reward": 12345.678}, epoch=1)
    return tracked


def lines_of(cli: Cli, *words: str) -> list[str]:
    return [" ".join(line.split()) for line in cli(*words).out.splitlines()]


def test_diff_tells_parameters_and_metrics_name_by_name(two: Cli):
    lines = lines_of(two, "diff", "1", "2")

    assert {"seed 3 4", "settings.loss weight – 0.5", "metrics.test/miou 16.67% 20.00%"} <= set(lines)
    assert {"metrics.reward – 12346", "metrics.val error – 0.3786", "settings.lr 1e-3 –"} <= set(lines)
    assert not any(
        line.startswith(("settings ", "metrics ", "uuid ", "settings.seed", "settings.model")) for line in lines
    )


def test_diff_of_metrics_is_exact_as_json(two: Cli):
    found = {one["field"]: one["b"] for one in json.loads(two("diff", "1", "2", "--json").out)}

    assert found["metrics.val error"] == 0.37860859153705


def test_metrics_print_with_the_digits_that_a_reader_needs_and_exactly_as_json(two: Cli):
    lines = lines_of(two, "show", "2")

    assert "val error 0.3786 0.3786 epoch 1 1 val lower" in lines
    assert "mIoU 20.00% 20.00% epoch 1 1 test higher" in lines
    assert "0.37860859153705" in two("show", "2", "--json").out


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("metrics.test/miu > 0", "no document or script states metrics.test/miu, did you mean metrics.test/miou?"),
        ("metrics.test/miou > 0.9", "it is 0.166667 to 0.2"),
        ("settings.loss_weight = 1", 'states settings.loss_weight, did you mean "settings.loss weight"?'),
        ('"settings.loss weight" = 1', "it is 0.5"),
        ("settings.output_dir = /y", "there is /x"),
    ],
)
def test_a_filter_that_finds_none_says_what_scripts_have_logged(two: Cli, where: str, words: str):
    assert words in " ".join(two("ls", "--where", where).out.split())


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("test/miou > 0.1", "say metrics.test/miou"),
        ("Test/MIoU > 0.1", "say metrics.test/miou"),
        ('"loss weight" = 0.5', 'say "settings.loss weight"'),
    ],
)
def test_a_name_without_the_word_before_it_is_told_how_to_say_it(two: Cli, where: str, said: str):
    result = two("ls", "--where", where)

    assert result.code == 2
    assert said in result.err


def test_a_table_of_scripts_runs_says_once_and_briefly_what_they_do_not_state(two: Cli):
    out = two("table", "--columns", "model,metrics.test/miou").out

    assert out.count("do not state") == 1
    assert "- By scripts that do not state: image size, epochs, precision." in out
    assert "cannot be told" not in out


def test_rows_of_one_model_are_told_apart_by_the_parameters_of_their_scripts(two: Cli):
    out = two("table", "--columns", "model,metrics.test/miou").out

    assert "loss weight 0.5" in out
    assert "runs" not in out.partition("- ")[0]


def test_a_row_of_a_script_beside_one_of_ours_is_said_to_be_its_and_never_to_be_without_a_setting(cli: Cli):
    from expdb.store.store import Store
    from tests.store_runs import add_finished

    with Store.open("sqlite:///runs.db") as store:
        add_finished(store, model__name="resnet50")
    for seed in range(2):
        with expdb.track(model="resnet50", dataset="digits", seed=seed, db="runs.db") as run:
            run.log(epoch=1, test_acc=0.5)

    out = cli("table", "--columns", "model,top1").out

    assert "resnet50 (by a script)" in out
    assert "not stated for the others" not in out  # of ours: it is the scripts' rows that do not state it
    assert "; this one: no " not in out
