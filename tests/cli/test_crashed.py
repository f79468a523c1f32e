"""What the commands say of runs whose processes were killed: at once, and without anybody having written it."""

import json
import re
import shutil
from pathlib import Path

import pytest

from expdb.domain.spec import RunSpec
from tests.cli.conftest import Cli
from tests.killed import EPOCHS, TINY, killed_queue, killed_run


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that run 1 has left, killed after its first epoch."""
    folder = tmp_path_factory.mktemp("left")
    assert killed_run(folder, "--name", "first") == 1
    return folder


@pytest.fixture
def killed(cli: Cli, left: Path, tmp_path: Path) -> Cli:
    """Return a command line whose folder is a copy of what the killed run has left."""
    shutil.copytree(left, tmp_path, dirs_exist_ok=True)
    return cli


def test_every_view_calls_a_killed_run_crashed_at_once(killed: Cli):
    shown = killed("show", "1")

    assert re.search(r"status +crashed \(last sign of life \d{4}-\d\d-\d\d .* UTC, \d+ s ago\)", shown.out)
    assert json.loads(killed("show", "1", "--json").out)["status"] == "crashed"
    assert re.search(r"^ *1 +crashed ", killed("ls").out, re.MULTILINE)
    assert [run["status"] for run in json.loads(killed("ls", "--json").out)] == ["crashed"]
    assert killed("ls", "--csv", "--where", "status = crashed").out.count("\n") == 2
    assert killed("ls", "--status", "running").out == 'no run has status = "running": there is crashed\n'
    table = killed("table", "--rows", "runs", "--columns", "id,status", "--where", "status != running")
    assert "| crashed |" in table.out
    assert "not finished: crashed" in table.out
    followed = killed("log", "-f", "1")
    assert followed.code == 0
    assert "run 1 crashed (last sign of life" in followed.err


def test_a_killed_run_is_removed_at_once(killed: Cli):
    assert killed("rm", "first").code == 0
    assert killed("ls").out.startswith("no runs yet")
    assert killed("restore", "first").code == 0


def test_a_killed_run_goes_on_and_show_lists_its_attempts(cli: Cli, tmp_path: Path):
    killed_run(tmp_path, "--checkpoint-minutes", "60")

    resumed = cli("resume", "1")

    assert resumed.code == 0, resumed.err
    told = json.loads(cli("show", "1", "--json").out)
    first, second = told["attempts"]
    assert (first["outcome"], first["first_epoch"], first["num_counted"]) == ("crashed", 1, 0)
    assert (second["outcome"], second["first_epoch"], second["num_counted"]) == ("finished", 1, EPOCHS)
    assert [epoch["epoch"] for epoch in first["superseded_epochs"]] == list(range(1, first["num_superseded"] + 1))
    assert first["num_superseded"] >= 1
    assert second["superseded_epochs"] == []
    assert len(told["epoch_rows"]) == EPOCHS
    shown = cli("show", "1").out
    assert "attempts (starts and resumes" in shown
    assert re.search(r"\d+ epochs? of attempt 1 (is|are) kept that a later attempt did again", shown)


def test_a_run_that_was_never_resumed_lists_no_attempts(cli: Cli):
    assert cli("run", *TINY, "--epochs", "1").code == 0

    assert "how it ended" not in cli("show", "1").out
    assert len(json.loads(cli("show", "1", "--json").out)["attempts"]) == 1


def test_fill_counts_a_run_whose_queue_died_as_lacking_and_resume_starts_it(cli: Cli, tmp_path: Path):
    assert cli("run", *TINY, "--epochs", "2").code == 0
    spec = RunSpec.model_validate(json.loads(cli("show", "1", "--json").out)["spec"])
    columns = ("--columns", "model_label,top1", "--where", "dataset = digits")
    assert cli("table", *columns, "--save", "t").code == 0

    assert killed_queue(tmp_path, spec.model_copy(update={"seed": 1})) == 2

    plan = json.loads(cli("fill", "t", "--seeds", "2", "--dry-run", "--json").out)
    assert ([run["ended_run"] for run in plan["runs"]], plan["waiting"]) == ([2], [])
    assert re.search(r"^ *2 +crashed ", cli("ls").out, re.MULTILINE)
    resumed = cli("resume", "2")
    assert resumed.code == 0, resumed.err
    assert json.loads(cli("fill", "t", "--seeds", "2", "--dry-run", "--json").out)["runs"] == []
