"""The whole path by commands: train on real digits, look, change, tabulate."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

TINY = ("--dataset", "digits", "--model", "resnet_mini", "--set", "data.limit=96", "--batch-size", "32")


@pytest.fixture
def trained(cli: Cli) -> Cli:
    result = cli("run", *TINY, "--epochs", "2", "--name", "first", "--group", "tiny", "--tag", "a", "--note", "try")
    assert result.code == 0, result.err
    return cli


def test_a_run_prints_a_line_an_epoch_and_a_summary_with_its_id(cli: Cli):
    result = cli("run", *TINY, "--epochs", "2")

    assert result.code == 0, result.err
    assert re.search(r"^ +1/2 .*%.*\n +2/2 ", result.out, re.MULTILINE)
    assert re.search(r"run 1 finished: top-1 [\d.]+%.*expdb show 1", result.out)
    assert "\x1b" not in result.out


def test_ls_as_json_has_the_promised_keys_and_fractions(trained: Cli):
    (run,) = json.loads(trained("ls", "--json").out)

    keys = {"id", "name", "status", "dataset", "model", "aug", "epochs", "seed", "top1", "top5", "num_params"}
    assert keys | {"train_seconds"} <= set(run)
    assert (run["id"], run["name"], run["status"], run["dataset"]) == (1, "first", "finished", "digits")
    assert 0 <= run["top1"] <= run["top5"] <= 1
    assert run["num_params"] > 300_000


def test_ls_as_csv_and_as_text_name_the_run(trained: Cli):
    (row,) = csv.DictReader(io.StringIO(trained("ls", "--csv").out))
    (run,) = json.loads(trained("ls", "--json").out)

    assert row["name"] == "first"
    assert float(row["top1"]) == run["top1"]
    assert "environment" not in run
    assert "first" in trained("ls").out


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (("--status", "finished", "--tag", "a", "--group", "tiny"), 1),
        (("--where", "epochs = 2 and top1 >= 0"), 1),
        (("--model", "resnet50"), 0),
        (("--where", "seed > 0 or dataset = cifar10"), 0),
        (("--sort", "-top1,id", "-n", "1"), 1),
    ],
)
def test_ls_filters(trained: Cli, filters: tuple[str, ...], count: int):
    assert len(json.loads(trained("ls", "--json", *filters).out)) == count


def test_show_has_settings_results_epochs_and_the_command_to_repeat(trained: Cli):
    result = trained("show", "first")

    assert result.code == 0, result.err
    for words in ("resnet_mini", "test_resnet", "finished", "test loss", "python", "weights.safetensors"):
        assert words in result.out
    assert "expdb run --dataset digits --model resnet_mini --epochs 2" in result.out


def test_the_command_shown_repeats_the_run_to_the_bit(trained: Cli):
    command = trained("show", "1").out.split("expdb run ", 1)[1].strip().split()
    again = trained("run", *command)
    first, second = (json.loads(trained("show", ref, "--json").out) for ref in ("1", "2"))

    assert again.code == 0, again.err
    assert first["digest"] == second["digest"]
    assert [row["train_loss"] for row in first["epoch_rows"]] == [row["train_loss"] for row in second["epoch_rows"]]


def test_diff_shows_only_what_differs(trained: Cli):
    trained("run", *TINY, "--epochs", "2", "--lr", "0.01", "--seed", "1")
    fields = {row["field"] for row in json.loads(trained("diff", "1", "2", "--json").out)}

    assert any("lr" in field for field in fields)
    assert any("seed" in field for field in fields)
    assert not any("weight_decay" in field for field in fields)


def test_a_removed_run_is_out_of_lists_until_it_is_restored(trained: Cli):
    assert trained("rm", "first").code == 0
    assert json.loads(trained("ls", "--json").out) == []
    assert len(json.loads(trained("ls", "--json", "--all").out)) == 1
    assert trained("restore", "1").code == 0
    assert len(json.loads(trained("ls", "--json").out)) == 1


def test_tags_notes_and_names_change(trained: Cli):
    assert trained("tag", "1", "best", "--remove", "a").out.strip() == "run 1: best"
    assert trained("note", "1", "kept").out.strip() == "run 1: kept"
    assert trained("rename", "1", "second").out.strip() == "run 1: second"
    assert trained("note", "second", "--clear").out.strip() == "run 1: no note"


def test_a_table_is_put_together_saved_and_printed_again(trained: Cli, tmp_path: Path):
    made = trained("table", "--columns", "model_label=Model,epochs,top1=Acc", "--where", "group = tiny", "--save", "t")
    again = trained("table", "t", "-o", "table.md")

    assert made.code == 0, made.err
    assert made.out.startswith("| Model | Epochs | Acc |\n| --- | --- | --- |\n| ResNet-mini | 2 | ")
    assert again.code == 0
    assert (tmp_path / "table.md").read_text() == made.out
    assert "group = tiny" in trained("tables").out
    assert len(json.loads(trained("table", "t", "--format", "json").out)) == 1
    assert trained("table", "t", "--format", "csv").out.splitlines()[0] == "Model,Epochs,Acc"


def test_several_seeds_are_several_runs(cli: Cli):
    result = cli("run", *TINY, "--epochs", "1", "--seeds", "2,5")

    assert result.code == 0, result.err
    assert [run["seed"] for run in json.loads(cli("ls", "--json").out)] == [2, 5]


def test_a_dry_run_trains_nothing_and_needs_no_data(cli: Cli, tmp_path: Path):
    result = cli("run", "--model", "senet101", "--aug", "autoaugment", "--dry-run")

    assert result.code == 0, result.err
    assert "47,475,092" in result.out
    assert "seresnet101" in result.out
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_as_json_is_the_spec(cli: Cli):
    told = json.loads(cli("run", "--model", "resnet50", "--dry-run", "--json").out)

    assert told["spec"]["model"]["stem"] == "cifar"
    assert told["num_params"] == 23_705_252
    assert round(told["macs"] / 1e6) == 1298
