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

    assert "net,0.1666" in result.out
    assert "no run in the database states it" not in result.err


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
